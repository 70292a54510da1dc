"""What differs between the columns a store holds and new tables, row by row.

Rule: a row counts as changed when any of its columns differs, those Barrier worked out included; whoever looks only at
changed rows sees every difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.schema import schema
from barrier.store.tables import GraphTables

NODE_KEY = ("id",)
LINK_KEY = ("source_id", "target_id", "from")
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_APART = "\x1f"  # the unit separator stands in no id


@dataclass(frozen=True)
class TableChange:
    """The rows of one table that differ.

    Args:
        removed: Rows that are no more, or were otherwise.
        added: Rows that are new, or are otherwise now.
    """

    removed: pa.Table
    added: pa.Table

    def __len__(self) -> int:
        return int(self.removed.num_rows + self.added.num_rows)

    def both(self) -> pa.Table:
        """Return all rows that differ."""
        return pa.concat_tables([self.removed, self.added])


@dataclass(frozen=True)
class Changes:
    """What differs between two states of a graph.

    Args:
        tables: By label and relationship type; tables without a difference are left out.
        rows: Rows of the new state, for the share that changed.
        before: Fingerprint of the earlier state.
    """

    tables: Mapping[str, TableChange]
    rows: int
    before: str

    def share(self) -> float:
        """Return the part of all rows that differs; a row that is otherwise now counts once."""
        most: int = sum(max(c.removed.num_rows, c.added.num_rows) for c in self.tables.values())
        return most / max(1, self.rows)

    def moved_labels(self) -> bool:
        """Return whether an id left one label and came under another."""
        labels = [c for name, c in self.tables.items() if name in schema().labels]
        gone = {i: n for n, c in enumerate(labels) for i in c.removed.column("id").to_pylist()}
        return any(gone.get(i, n) != n for n, c in enumerate(labels) for i in c.added.column("id").to_pylist())


def changes_between(earlier: Callable[[str], pa.Table], tables: GraphTables, *, before: str) -> Changes:
    """Return what differs between earlier columns and new tables.

    Args:
        earlier: Gives the earlier columns of a label or relationship type.
        tables: The new tables.
        before: Fingerprint of the earlier state.
    """
    names = [*schema().labels, *schema().relationships]
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda name: _change(earlier, tables, name, before), names)
        kept = {name: change for name, change in zip(names, found, strict=True) if len(change)}
    return Changes(kept, sum(tables.counts().values()), before)


def _change(earlier: Callable[[str], pa.Table], tables: GraphTables, name: str, before: str) -> TableChange:
    """Return the rows of a table that find no equal row on the other side."""
    new, taken = tables.table(name), tables.taken.get(name)
    if taken is not None and taken.before == before and taken.table is new:  # the rest is as it was
        old, new = taken.gone, new.take(pa.array(taken.fresh))
    else:
        old = earlier(name)
    old = old.select(new.column_names)
    if old.equals(new):
        return TableChange(old.slice(0, 0), new.slice(0, 0))
    was, now = equal_rows(old, new, NODE_KEY if name in schema().labels else LINK_KEY)
    gone, come = np.ones(old.num_rows, dtype=bool), np.ones(new.num_rows, dtype=bool)
    gone[was] = come[now] = False
    return TableChange(old.filter(pa.array(gone)), new.filter(pa.array(come)))


def equal_rows(old: pa.Table, new: pa.Table, key: Iterable[str]) -> tuple[Rows, Rows]:
    """Return which rows of two tables are equal in every column of the new one: first at the same place, then by key.

    Of rows that are alike in all no one can say which is which: where they moved, all count as different.

    Args:
        old: The earlier table; it may have more columns.
        new: The later one.
        key: Columns by which a row is found at another place.

    Returns:
        Places in the old table and, as many, in the new one; each place once.
    """
    old, new = old.select(new.column_names).combine_chunks(), new.combine_chunks()
    most = min(old.num_rows, new.num_rows)
    here = _equal(old.slice(0, most), new.slice(0, most))
    apart = np.flatnonzero(~here)
    left = [np.concatenate([apart, np.arange(most, t.num_rows)]) for t in (old, new)]
    old, new = (t.take(pa.array(rows)) for t, rows in zip((old, new), left, strict=True))
    keys = [keys_of(t, key) for t in (old, new)]
    place = pc.index_in(keys[1], value_set=keys[0])
    same = _equal(old.take(place), new)
    at = pc.fill_null(place, -1).to_numpy()
    taken = np.bincount(at[same], minlength=old.num_rows)
    same[same] = taken[at[same]] == 1
    stayed = np.flatnonzero(here)
    return np.concatenate([stayed, left[0][at[same]]]), np.concatenate([stayed, left[1][same]])


def keys_of(table: pa.Table, columns: Iterable[str]) -> pa.Array:
    """Return columns of text joined row by row; a missing value is empty."""
    found = [_flat(pc.fill_null(table.column(c), "")) for c in columns]
    return found[0] if len(found) == 1 else pc.binary_join_element_wise(*found, _APART)


def _equal(old: pa.Table, new: pa.Table) -> Mask:
    """Return where two tables of equal length have equal rows; two missing values are equal."""
    same = np.ones(new.num_rows, dtype=bool)
    for name in new.column_names:
        a, b = (_comparable(_flat(t.column(name))) for t in (old, new))
        if not a.equals(b):
            here = pc.or_(pc.fill_null(pc.equal(a, b), False), pc.and_(pc.is_null(a), pc.is_null(b)))
            same &= here.to_numpy(zero_copy_only=False)
    return same


def _comparable(column: pa.Array) -> pa.Array:
    return pc.binary_join(column, _APART) if pa.types.is_list(column.type) else column


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
