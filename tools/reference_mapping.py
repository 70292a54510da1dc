"""The reference page of mapping files, from the models that read them.

Rule: what a field does stands in the docstring of its model, and nowhere else.
"""

from __future__ import annotations

import inspect
import re

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from barrier.ingest.mapping_file import (
    Condition,
    Identity,
    LinkMapping,
    MappingFile,
    NodeMapping,
    Part,
    SourceMapping,
    Value,
)

_WHERE: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", MappingFile),
    ("sources", SourceMapping),
    ("where", Condition),
    ("nodes", NodeMapping),
    ("id", Identity),
    ("columns of an id", Part),
    ("links", LinkMapping),
    ("properties", Value),
)
_FIELD = re.compile(r"^    (\w+): (.+(?:\n        .+)*)", re.M)


def mapping() -> str:
    """Return the page of the fields of a mapping file."""
    lines = [
        "# Mapping files",
        "",
        "This page is written by `make docs`.",
        "",
        "How they are used: [the guide](../guide/mapping.md).",
        "",
    ]
    for title, model in _WHERE:
        about, _, described = inspect.cleandoc(model.__doc__ or "").partition("\n\nArgs:\n")
        told = {name: " ".join(text.split()) for name, text in _FIELD.findall(described)}
        lines += [f"## {title}", "", about, "", "| field | needed | what it is |", "|---|---|---|"]
        lines += [_row(name, field, told[name]) for name, field in model.model_fields.items()]
        lines.append("")
    return "\n".join(lines)


def _row(name: str, field: FieldInfo, told: str) -> str:
    needed = "yes" if field.is_required() else ""
    return f"| `{field.alias or name}` | {needed} | {told} |"
