"""Sources that no gate knows: rows that views for partners would hide from everybody, told to who scans.

Rule: a source is told by its name only where it is a plain word; of others their number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

import pyarrow.compute as pc

from barrier.advise.sharing import Sharing
from barrier.model.yamlfile import is_plain
from barrier.printable import counted
from barrier.store.tables import GraphTables

_SHOWN = 3
_CLOSE = 0.75  # difflib's ratio
_COLUMNS = ("holder", "team")  # of a node: who knows it, who went there
_HIDDEN = "views for partners hide these rows from everybody"
_NAME_IT = "name it under sources (of visits: teams) in partners/sharing.yaml of your rules"


def unknown_holders(tables: GraphTables, sharing: Sharing, partners: Collection[str]) -> list[str]:
    """Return what to tell of sources, holders and teams that are neither a partner nor known to the gates.

    Args:
        tables: The graph.
        sharing: The gates.
        partners: Ids of all partners.
    """
    known = {*partners, *sharing.sources, *sharing.teams}
    return [note for name, column, texts in _said(tables) if (note := _note(name, column, texts - known, known))]


def _said(tables: GraphTables) -> Iterator[tuple[str, str, set[str]]]:
    for name, link in tables.links.items():
        yield name, "source", {*pc.unique(link.table.column("source")).drop_null().to_pylist()} - {""}
    for label, table in tables.nodes.items():
        for column in (c for c in _COLUMNS if c in table.column_names):
            yield label, column, {*pc.unique(table.column(column)).drop_null().to_pylist()} - {""}


def _note(name: str, column: str, strange: set[str], known: set[str]) -> str:
    if not strange:
        return ""
    plain = sorted(s for s in strange if is_plain(s))[:_SHOWN]
    near = [
        f"{p} (did you mean {m[0]}?)" if (m := get_close_matches(p, known, n=1, cutoff=_CLOSE)) else p for p in plain
    ]
    others = len(strange) - len(plain)
    told = ", ".join([*near, *([counted(others, "other text")] if others else [])])
    return f"{name}: {column}: no partner and no source that the gates know: {told}; {_HIDDEN}; {_NAME_IT}"
