"""Texts of rows that stay, in which something protected is named: they are emptied.

Rule: an id stands where somebody wrote it, not only where ids belong: in who said it, what it is called, a condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.column_bytes import may_hold_signs
from barrier.ingest.protection import Protected
from barrier.model.kinds import PERSON, PLACE, free_texts
from barrier.model.schema import schema
from barrier.store.tables import GraphTables
from barrier.traces import LEAST_INSIDE, Traces

_AT_ONCE = 200  # ids in one expression


def without_names(tables: GraphTables, ids: Set[str]) -> tuple[GraphTables, int]:
    """Return a graph without texts that name some ids, and how many texts that were.

    Args:
        tables: The graph, in which these nodes are no more; a table without such texts stays the one it is.
        ids: Ids of which no trace may stay.
    """
    if not ids:
        return tables, 0
    traces, emptied = Traces(ids), 0
    nodes, links = dict(tables.nodes), dict(tables.links)
    for label in tables.nodes:
        nodes[label], count = _emptied(nodes[label], free_texts(schema().labels[label].properties), traces)
        emptied += count
    for name, link in tables.links.items():
        texts = free_texts(schema().relationships[name].properties)
        table, count = _emptied(link.table, ("source", *texts), traces)
        if count:
            links[name] = replace(link, table=table)
            emptied += count
    return (replace(tables, nodes=nodes, links=links) if emptied else tables), emptied


def count_naming(tables: GraphTables, protected: Protected) -> int:
    """Return how many ids of other things hold the id of a protected person or address."""
    found = 0
    for ids, own in ((protected.persons, PERSON), (protected.places, PLACE)):
        named = sorted(i for i in ids if len(i) >= LEAST_INSIDE)
        for at in range(0, len(named), _AT_ONCE):
            either = "|".join(map(re.escape, named[at : at + _AT_ONCE]))
            pattern = rf"(?:^|[^a-z0-9])(?:{either})(?:[^a-z0-9]|$)"
            for label, table in tables.nodes.items():
                if label != own and _may_name(table.column("id"), named):  # 12-a is another dwelling than 12
                    holds = pc.match_substring_regex(table.column("id"), pattern, ignore_case=True)
                    found += int(pc.sum(holds).as_py() or 0)
    return found


def _may_name(column: pa.ChunkedArray, named: Sequence[str]) -> bool:
    """Return whether one of some ids may hold one of others; ids of letters and digits alone are it, or hold none."""
    if may_hold_signs(column) or not all(i.isascii() and i.isalnum() for i in named):
        return True
    small = pa.array([i.lower() for i in named], pa.string())
    return bool(pc.any(pc.is_in(pc.ascii_lower(column), value_set=small)).as_py())


def check_said(texts: Mapping[str, str], ids: Set[str]) -> None:
    """Refuse a delivery in which what is said of the whole region names something protected: it heads every page.

    Args:
        texts: What is said, by what it is.
        ids: Ids of which no trace may stay.

    Raises:
        InputError: One does.
    """
    traces = Traces(ids)
    problems = [
        f"{what} of the region names something protected" for what, text in texts.items() if traces.in_words(text)
    ]
    if problems:
        raise InputError(problems, hint="write it without ids: it stands above every report")


def _emptied(table: pa.Table, columns: Sequence[str], traces: Traces) -> tuple[pa.Table, int]:
    emptied = 0
    for name in (c for c in columns if c in table.column_names):
        column = table.column(name)
        is_list = pa.types.is_list(column.type)
        texts = pc.list_flatten(column) if is_list else column
        named = [t for t in pc.unique(texts).drop_null().to_pylist() if traces.in_words(t)]
        if not named:
            continue
        gone, rows = frozenset(named), column.to_pylist()
        kept = [_kept(row, gone) for row in rows]
        count = sum(new != old for new, old in zip(kept, rows, strict=True))
        new = pa.chunked_array([pa.array(kept, column.type)])  # built anew: no byte of what is gone stays behind
        table = table.set_column(table.column_names.index(name), table.schema.field(name), new)
        emptied += count
    return table, emptied


def _kept(value: str | list[str] | None, gone: Set[str]) -> str | list[str] | None:
    if isinstance(value, list):
        return [text for text in value if text not in gone]
    return None if value in gone else value
