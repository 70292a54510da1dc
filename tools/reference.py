"""Write docs/reference from code and data: commands, model, detectors, queries, the register authority's cases.

Run it after a change of any of these: make docs
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from barrier.cli.main import main
from barrier.detect.library import load_detectors, load_explore
from barrier.model import kinds
from barrier.model.barriers import load_model, model_names
from barrier.model.norms import shipped_norms
from barrier.model.schema import Label, Property, schema
from tools.reference_mapping import mapping
from tools.reference_powers import powers, sharing
from tools.reference_rules import rules

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_NOTE = "This page is written by `make docs`."


def commands() -> str:
    """Return the page of all commands."""
    lines = ["# Commands", "", _NOTE, ""]
    for path, command in _all_commands(main, ()):
        context = click.Context(command, info_name=" ".join(("barrier", *path)), help_option_names=["-h", "--help"])
        lines += [f"## barrier {' '.join(path)}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _all_commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise AssertionError(f"{name} is listed and not there")
        if isinstance(command, click.Group):
            yield from _all_commands(command, (*path, name))
        else:
            yield (*path, name), command


def model() -> str:
    """Return the page of labels, relationships, barrier models and norms."""
    lines = ["# The model", "", _NOTE, "", schema().about, "", "## Labels", ""]
    for label, node in schema().labels.items():
        lines += [f"### {label}", "", f"{node.about} {_part(node)}", "", *_properties(node.properties)]
    lines += ["## Relationships", "", "Every relationship may carry `from`, `until` and `source`.", ""]
    for name, kind in schema().relationships.items():
        ends = f"{' or '.join(kind.sources)} → {' or '.join(kind.targets)}"
        lines += [f"### {name}", "", f"{kind.about} ({ends}; barrier: {kind.barrier or 'none'})", ""]
        lines += [*_sharing(name), *_properties(kind.properties)]
    lines += ["## Barrier models", ""]
    for name in model_names():
        found = load_model(name)
        lines += [f"### {found.name} (`{found.id}`, version {found.version})", "", f"Source: {found.source}", ""]
        for step in found.barriers:
            links = ", ".join(found.relationships_of(step.id)) or "no relationship"
            lines.append(f"- **{step.name}**: {step.about} ({links})")
        lines += [""]
    lines += ["## Norms", "", "| kind | m2 a person | from | until | source | verify |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {n.kind} | {n.m2_per_person:g} | {n.begins} | {n.ends or ''} | {n.source} | {'yes' if n.verify else ''} |"
        for n in shipped_norms().norms
    ]
    return "\n".join(lines) + "\n"


def _part(label: Label) -> str:
    """Return what is said of a label beside what it is: whom it is about, and what it may be."""
    about = {"direct": "A natural person.", "indirect": "May lead to a person.", "none": "Says nothing of a person."}
    parts = {"subject": label.subject, "scored": label.scored, "facilitator": label.facilitator, "public": label.public}
    may_be = ", ".join(name for name, holds in parts.items() if holds)
    data = f" Shared one by one, as data of kind {label.data}." if label.data else ""
    known = f" Known by: {', '.join(label.known_by)}." if label.known_by else ""
    return f"{about[label.personal]}{f' May be: {may_be}.' if may_be else ''}{data}{known}"


def _sharing(name: str) -> list[str]:
    """Return what is said of a relationship: for the gates, about its absence, and in a network."""
    kind, link = schema().relationships[name], kinds.network_of(name)
    whose = (
        f"data {kind.data}, held by {kind.holder} where no source is named" if kind.data else "shared with its source"
    )
    absence = "a fact" if kind.absence == "evidence" else "no evidence"
    lines = [f"- For the gates: {whose}.", f"- That there is none is {absence}. It misses: {kind.misses}"]
    if link.says is not None:
        words = "; ".join(f"{language}: {' / '.join(getattr(link.says, language))}" for language in ("en", "nl"))
        lines.append(f"- Network: layer {link.layer}; {words}")
    if link.people is not None:
        lines.append(f"- Shared by residents: `{link.people.kind}`, layer {link.people.layer}; {link.people.houses.en}")
    return [*lines, ""]


def _properties(properties: dict[str, Property]) -> list[str]:
    if not properties:
        return []
    lines = ["| property | type | unit | personal | about |", "|---|---|---|---|---|"]
    for name, p in properties.items():
        values = f" One of: {', '.join(p.values)}." if p.values else ""
        lines.append(f"| `{name}` | {p.type} | {p.unit or ''} | {p.personal or ''} | {p.about}{values} |")
    return [*lines, ""]


def detectors() -> str:
    """Return the page of all detectors."""
    lines = ["# Detectors", "", _NOTE, ""]
    for detector in load_detectors():
        h = detector.header
        lines += [f"## {h.name} (`{h.id}`, version {h.version})", "", f"{h.asks}", ""]
        lines += [f"- Barrier: {h.barrier}", f"- Cannot see: {h.misses}", f"- Source: {h.source}"]
        lines += [f"- Parameter `{n}` = {p.default} {p.unit}: {p.about}" for n, p in h.params.items()]
        lines += [f"- Innocent explanation `{n}`: {about}" for n, about in h.explanations.items()]
        lines += [""]
    return "\n".join(lines)


def queries() -> str:
    """Return the page of the queries to start from."""
    lines = ["# Queries to start from", "", _NOTE, "", "The examples work after `barrier demo`.", ""]
    for query in load_explore():
        lines += [f"## {query.id}", "", query.header.asks, "", "```sh", query.header.example, "```", ""]
    return "\n".join(lines)


PAGES = {
    "commands": commands,
    "model": model,
    "detectors": detectors,
    "queries": queries,
    "powers": powers,
    "sharing": sharing,
    "mapping": mapping,
    "rules": rules,
}

if __name__ == "__main__":
    from tests.outside.rvig import table

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in {**PAGES, "rvig-cases": table}.items():
        (FOLDER / f"{name}.md").write_text(page(), encoding="utf-8", newline="\n")
        print(f"docs/reference/{name}.md")
