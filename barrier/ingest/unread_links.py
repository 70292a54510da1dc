"""Links that were delivered in rows that are set aside: which nodes they would have joined.

Rule: an id counts only where it is a node of the graph; a row that names something protected is left out as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.protection import Protected
from barrier.model.schema import schema
from barrier.store.tables import GraphTables
from barrier.store.unread import EMPTY, NONE_READ, NOT_DELIVERED, End, RowsAside, Unread


@dataclass(frozen=True)
class UnreadLinks:
    """The ends of links in rows that are set aside, as delivered.

    Args:
        sources: Ids, null where none can be read.
        targets: The same of the other end.
        without_ends: How many more rows there are of which no cell can be read for sure.
        maybe: What can be the ends of these, each with each.
    """

    sources: pa.ChunkedArray = field(repr=False)
    targets: pa.ChunkedArray = field(repr=False)
    without_ends: int = 0
    maybe: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def rows(self) -> int:
        """How many rows they are."""
        return len(self.sources) + self.without_ends

    def ends(self) -> list[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
        """Return the ids of sources and targets: those that were read, and those that can be meant."""
        one, other = (pa.chunked_array([pa.array([e[i] for e in self.maybe], pa.string())]) for i in (0, 1))
        return [(self.sources, self.targets), *([(one, other)] if self.maybe else [])]

    def without(self, ids: pa.Array) -> UnreadLinks:
        """Return the same without the links of some nodes."""
        named = pc.or_(*(pc.is_in(column, value_set=ids) for column in (self.sources, self.targets)))
        return replace(
            self, sources=self.sources.filter(pc.invert(named)), targets=self.targets.filter(pc.invert(named))
        )


def unread_links(sources: pd.Series, targets: pd.Series) -> UnreadLinks:
    """Return the links between the keys of rows, by the number of the row."""
    ends = pd.DataFrame({"source": sources}).join(pd.DataFrame({"target": targets}), how="outer")
    one, other = (
        pa.chunked_array([pa.array(ends[c].to_numpy(object), pa.string(), from_pandas=True)])
        for c in ("source", "target")
    )
    return UnreadLinks(one, other)


def unread(
    whole: GraphTables,
    protected: Protected,
    links: Mapping[str, Sequence[UnreadLinks]],
    rows_read: Mapping[str, int],
    of_no_day: Set[str] = frozenset(),
) -> Unread:
    """Return what of a delivery is not in the graph.

    Args:
        whole: The good rows, those of what is protected too.
        protected: What is protected in it.
        links: Links in rows that are set aside, by type.
        rows_read: How many rows of each table were delivered.
        of_no_day: Ids of what was read and holds on no day: links with it are no unread ones.
    """
    past = pa.array(sorted(of_no_day), pa.string())
    named = _texts(links) if protected.ids else set()
    secret = protected.spelled(named, named)
    hidden = pa.array(sorted(secret.ids), pa.string())
    ids = {label: whole.table(label).column("id") for label in schema().labels}
    missing, aside = {}, {}
    for name, kind in schema().relationships.items():
        good = whole.table(name).num_rows
        delivered = links.get(name, ())
        parts = [part.without(past) for part in delivered] if of_no_day else delivered
        found = [_aside(part, hidden, _of(ids, kind.sources), _of(ids, kind.targets)) for part in parts]
        rows = sum(count for count, _ in found)
        if rows:
            aside[name] = RowsAside(rows, good + rows).kept(end for _, ends in found for end in ends)
        if not good and sum(p.rows for p in parts) == sum(p.rows for p in delivered):
            missing[name] = NONE_READ if rows else EMPTY if name in rows_read else NOT_DELIVERED
    return Unread(missing, aside)


def ends_by_type(
    links: Mapping[str, Sequence[UnreadLinks]],
) -> dict[str, list[tuple[pa.ChunkedArray, pa.ChunkedArray]]]:
    """Return the ids of sources and targets of links in rows that are set aside, by type."""
    return {name: [ends for part in parts for ends in part.ends()] for name, parts in links.items()}


def _texts(links: Mapping[str, Sequence[UnreadLinks]]) -> set[str]:
    columns = [column for parts in links.values() for part in parts for column in (part.sources, part.targets)]
    return {i for column in columns for i in pc.unique(column).to_pylist() if i}


def _of(ids: Mapping[str, pa.ChunkedArray], labels: Sequence[str]) -> pa.Array:
    return pa.chunked_array([chunk for label in labels for chunk in ids[label].chunks], pa.string()).combine_chunks()


def _aside(part: UnreadLinks, hidden: pa.Array, sources: pa.Array, targets: pa.Array) -> tuple[int, list[End]]:
    """Return how many links are unread, and the ends of those that would join a node of the graph."""
    ends = list(zip((part.sources, part.targets), (sources, targets), strict=True))
    secret = np.logical_or.reduce([pc.is_in(column, value_set=hidden).to_numpy() for column, _ in ends])
    shown = [_known(column.filter(pa.array(~secret)), known) for column, known in ends]
    pairs = zip(*(column.to_pylist() for column in shown), strict=True)
    return int((~secret).sum()) + part.without_ends, [(s, t) for s, t in pairs if s or t]


def _known(column: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
    """Return ids, null where they are those of no node."""
    if len(column) < len(known):  # the fewer are sorted into a table, the many are looked up in it
        known = known.filter(pc.is_in(known, value_set=column.combine_chunks()))
    return pc.if_else(pc.is_in(column, value_set=known, skip_nulls=True), column, None)
