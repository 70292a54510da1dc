"""The reference page of the files that an office can put into its folder with rules, from the models that read them."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from barrier.advise.powers import Check, Effect, Fact, Partner, Power, Powers, Safeguard
from barrier.advise.sharing import Covenant, Gate, LinkData, Sharing
from barrier.model.norms import Norm, Norms, UnreliableArea

EXAMPLES: Mapping[str, str] = {
    "partners/sharing-ours.yaml": """\
format: 1
covenants:
  riec: {expires: 2029-01-01}
gates:
  - id: our_housing_to_fire
    data: [letting]
    from: [municipality_housing]
    to: [fire_brigade]
    condition: open
    purpose: safety of a building that is let
    source: our agreement of 2026-01-05, art. 3
off: [covenant_minors]
""",
    "partners/ours.yaml": """\
format: 1
powers:
  - id: our_letting_visit
    partner: municipality_letting
    nl: Controle van verhuurders
    en: Visit of a landlord
    law: Verhuurverordening
    article: '4'
    version: 2026-01-01
    barriers: [housing]
    subjects: [Address]
    needs: [too_many_people]
    days: [5, 20]
    route: administrative
    step: visit
    reversible: true
    effect: watched
    source: our bylaw
    confidence: H
off: [housing_visit]
""",
    "norms/ours.yaml": """\
format: 1
about: Our bylaw.
norms:
  - {kind: dwelling, municipality: GM9001, m2_per_person: 15, from: 2026-01-01, source: our bylaw art. 2}
""",
}
_MODELS: tuple[tuple[str, str, tuple[tuple[str, type[BaseModel]], ...]], ...] = (
    (
        "Gates and covenants",
        "partners/sharing-ours.yaml",
        (("The file", Sharing), ("covenants", Covenant), ("gates", Gate), ("links", LinkData)),
    ),
    (
        "Partners and powers",
        "partners/ours.yaml",
        (
            ("The file", Powers),
            ("partners", Partner),
            ("powers", Power),
            ("facts", Fact),
            ("check of a fact: one of these", Check),
            ("safeguards", Safeguard),
            ("effects", Effect),
        ),
    ),
    (
        "Norms",
        "norms/ours.yaml",
        (("The file", Norms), ("norms", Norm), ("unreliable_area", UnreliableArea)),
    ),
)
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def rules() -> str:
    """Return the page of the files of a folder with rules."""
    lines = [
        "# Rules of the office",
        "",
        "This page is written by `make docs`.",
        "",
        "Files in a folder that is named with `--rules DIR` add to the shipped rules, replace them or switch them off.",
        "What ships: [powers](powers.md), [sharing](sharing.md), [norms](model.md).",
        "`barrier check REGION --rules DIR` refuses a file that is wrong.",
        "",
    ]
    for title, file, models in _MODELS:
        lines += [f"## {title}", "", f"For instance `{file}`:", "", "```yaml", EXAMPLES[file].rstrip(), "```", ""]
        for name, model in models:
            lines += [f"### {name}", "", inspect.cleandoc(model.__doc__ or ""), ""]
            lines += ["| field | needed | what stands there | else |", "|---|---|---|---|"]
            lines += [_row(n, f) for n, f in model.model_fields.items()]
            lines.append("")
    return "\n".join(lines)


def _row(name: str, field: Any) -> str:
    needed = field.is_required()
    default = "" if needed or field.default in (PydanticUndefined, None, "", ()) else str(field.default)
    kind = _kind(field.annotation).replace("|", "or")
    return f"| `{field.alias or name}` | {'yes' if needed else ''} | {kind} | {default} |"


def _kind(annotation: Any) -> str:
    """Return what a field holds, in words."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, parts = get_origin(annotation), [a for a in get_args(annotation) if a not in (type(None), ...)]
    if origin is Literal:
        return "one of " + ", ".join(f"`{p}`" if p != "" else "nothing" for p in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(p) for p in parts)
    if origin is tuple:
        several = f"{len(parts)} of: " if len(parts) > 1 else "list of: "
        return several + ", ".join(dict.fromkeys(_kind(p) for p in parts))
    if origin is dict:
        return f"name: {_kind(parts[1])}"
    if isinstance(annotation, type):
        return _words(annotation.__name__)
    return _kind(parts[0]) if parts else str(annotation)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
