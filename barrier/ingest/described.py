"""Small graphs written by hand in YAML, as the columns of a region's tables.

Rule: what is written here goes through the same checks as a delivered file; ``p1..p3`` stands for p1, p2, p3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from barrier.errors import InputError
from barrier.model.yamlfile import Strict

MOST_SPREAD = 100_000
_SPAN = re.compile(r"^(\D*)(\d+)\.\.(\D*)(\d+)$")
Columns = dict[str, list[str | None]]


class Described(Strict):
    """A graph: nodes by label (ids, or ids with properties), and links ``[source, TYPE, target, {properties}]``."""

    nodes: dict[str, list[str] | dict[str, dict[str, Any] | None]] = Field(default_factory=dict)
    links: list[list[Any]] = Field(default_factory=list)


def described_columns(graph: Described, *, since: str) -> dict[str, Columns]:
    """Return the columns of each table; ``since`` is the start of a link that says none."""
    rows: dict[str, list[dict[str, str]]] = {}
    for label, nodes in graph.nodes.items():
        known: Mapping[str, Any] = nodes if isinstance(nodes, dict) else dict.fromkeys(nodes)
        for node, properties in known.items():
            rows.setdefault(label, []).extend({"id": one, **_texts(properties or {})} for one in spread(node))
    for source, kind, target, *rest in graph.links:
        properties = {"from": since, **_texts(rest[0] if rest else {})}
        pairs = [(s, t) for s in spread(source) for t in spread(target)]
        rows.setdefault(kind, []).extend({"source_id": s, "target_id": t, **properties} for s, t in pairs)
    return {name: {c: [row.get(c) for row in table] for c in _names(table)} for name, table in rows.items()}


def spread(node: str) -> list[str]:
    """Return ``p1..p3`` as p1, p2, p3, and any other id as itself."""
    found = _SPAN.match(node)
    if found is None:
        return [node]
    first, last = int(found.group(2)[-18:]), int(found.group(4)[-18:])
    if last - first >= MOST_SPREAD:
        raise InputError([f"a span of {last - first + 1:,} nodes; at most {MOST_SPREAD:,} can be written so"])
    return [f"{found.group(1)}{i}" for i in range(first, last + 1)]


def _names(rows: Sequence[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _texts(properties: Mapping[str, Any]) -> dict[str, str]:
    def text(value: Any) -> str:
        if isinstance(value, list):
            return "|".join(map(str, value))
        return str(value).lower() if isinstance(value, bool) else str(value)

    return {name: text(value) for name, value in properties.items() if value is not None}
