"""Reading files that hardly differ from what a store holds: rows that stand there unchanged are taken over.

Rule: the rest is checked like any delivery; a row is taken over only when nothing it depends on differs: its own
cells, the nodes it joins and, for a residence, the other residences of the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import DamagedError
from barrier.ingest.cells import FROM, OWN_CELLS, UNTIL, check
from barrier.ingest.dates import unusual_dates
from barrier.ingest.decimal_signs import decided_notes
from barrier.ingest.reader import RawTable
from barrier.ingest.rejects import Rows
from barrier.model.schema import Property, schema
from barrier.store.changes import LINK_KEY, NODE_KEY, equal_rows
from barrier.store.tables import LinkTable, TakenOver, label_array

_TEXT = Property(type="string", about="As delivered.")
_ENDS = ("source_id", "target_id")
RESIDENCES = "REGISTERED_AT"


@dataclass(frozen=True)
class Part:
    """A delivered table in two: rows that are taken over, and the rest.

    Args:
        stored: What the store holds of the table.
        kept: The rows of it that are taken over.
        at: Where each of them stands in the delivered table, in rising order.
        rest: The other rows of the delivered table.
        notes: What is to be told of the whole table, found while it was divided.
    """

    stored: pa.Table
    kept: Rows
    at: Rows
    rest: RawTable
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column of the rows that are taken over."""
        column = self.stored.column(name)
        return column if len(self.kept) == len(column) and (np.diff(self.kept) == 1).all() else column.take(self.kept)

    def gone(self) -> pa.Table:
        """Return the rows that the store holds and that are not taken over."""
        gone = np.ones(self.stored.num_rows, dtype=bool)
        gone[self.kept] = False
        return self.stored.filter(pa.array(gone))

    def without(self, ids: pa.Array, columns: Sequence[str], raw: RawTable) -> Part:
        """Return the same with rows that name one of ``ids`` in one of the columns among the rest."""
        if not len(ids) or not len(self.kept):
            return self
        named = np.zeros(len(self.kept), dtype=bool)
        for column in columns:
            named |= pc.is_in(self.column(column), value_set=ids).to_numpy()
        return _part(self.stored, self.kept[~named], self.at[~named], raw) if named.any() else self

    def merged(self, fresh: pa.Table, places: Rows) -> pa.Table:
        """Return the rows taken over and those that were checked, in the order of the delivery."""
        stored = self.stored.select(fresh.column_names)
        if not fresh.num_rows and len(self.kept) == stored.num_rows and (np.diff(self.kept) == 1).all():
            return stored
        rows = np.concatenate([self.kept, stored.num_rows + np.arange(fresh.num_rows)])[self._order(places)]
        return pa.concat_tables([stored, fresh]).take(pa.array(rows)).combine_chunks()

    def merged_links(self, fresh: LinkTable, places: Rows, name: str) -> LinkTable:
        """Return links taken over and those that were checked, in the order of the delivery."""
        kind = schema().relationships[name]
        order, labels = self._order(places), []
        for column, known, found in (
            ("source_label", kind.sources, fresh.source_labels),
            ("target_label", kind.targets, fresh.target_labels),
        ):
            held = self.column(column).combine_chunks()
            place = np.array([known.index(label) for label in held.dictionary.to_pylist()], np.int8)
            old = place[held.indices.to_numpy()]
            labels.append(label_array(np.concatenate([old, found.indices.to_numpy()])[order], known))
        return LinkTable(self.merged(fresh.table, places), labels[0], labels[1])

    def _order(self, places: Rows) -> Rows:
        """Return the rows taken over, and then those that were checked, in the order of the delivery."""
        return np.argsort(np.concatenate([self.at, places]), kind="stable")

    def taken(self, table: pa.Table, places: Rows, before: str) -> TakenOver:
        """Return how the merged table was put together.

        Args:
            table: The merged table.
            places: Where the rows that were checked stand in the delivered table.
            before: Fingerprint of what the store holds.
        """
        codes, fresh = None, np.flatnonzero(self._order(places) >= len(self.at))
        if {"source_code", "target_code"} <= set(self.stored.column_names):
            codes = self.column("source_code").to_numpy(), self.column("target_code").to_numpy()
        return TakenOver(table, fresh, self.gone(), before, codes)


def divide(raw: RawTable, name: str, stored: pa.Table) -> Part:
    """Divide a delivered table into rows that a store holds as they are, and the rest.

    Args:
        raw: The delivered table.
        name: Label or relationship type.
        stored: What the store holds of it.
    """
    is_node = name in schema().labels
    if name == RESIDENCES:
        stored.column("has_closing_rows")  # a store of an earlier version does not say: read everything
    delivered, wrong, notes = _typed(raw, name, is_node)
    old, new = equal_rows(stored, delivered, NODE_KEY if is_node else LINK_KEY)
    right = ~wrong[new]
    old, new = old[right], new[right]
    order = np.argsort(new, kind="stable")
    old, new = old[order], new[order]
    if name == RESIDENCES and len(old):  # an unknown start keeps its place in the file: what moved is read anew
        stayed = old >= np.maximum.accumulate(old)
        old, new = old[stayed], new[stayed]
    return replace(_part(stored, old, new, raw), notes=tuple(notes))


def still_right(part: Part, name: str, lost: pa.Array, raw: RawTable) -> Part:
    """Return a table of links with those among the rest that other rows decide about.

    Args:
        part: The table, divided by its own rows.
        name: Relationship type.
        lost: Ids of nodes that are no more, or under another label.
        raw: The delivered table.
    """
    part = part.without(lost, _ENDS, raw)
    if name != RESIDENCES:
        return part
    # one residence of a person ends another: all of them are read anew where one of them is, or is no more
    moved = [pc.utf8_trim_whitespace(part.rest.table.column("source_id")), part.gone().column("source_id")]
    closed = pc.fill_null(part.column("has_closing_rows"), False)  # by rows that make no link: they may be gone now
    moved.append(part.column("source_id").filter(closed))
    persons = pc.unique(pa.chunked_array([c for m in moved for c in m.chunks], pa.string()))
    return part.without(persons, ["source_id"], raw)


def _part(stored: pa.Table, kept: Rows, at: Rows, raw: RawTable) -> Part:
    rest = np.ones(raw.table.num_rows, dtype=bool)
    rest[at] = False
    return Part(stored, kept, at, raw.only(np.flatnonzero(rest)))


def _typed(raw: RawTable, name: str, is_node: bool) -> tuple[pa.Table, np.ndarray, list[str]]:
    """Return the delivered columns as a store would hold them, rows with a cell that cannot be, and what to tell."""
    kind = schema().labels[name] if is_node else schema().relationships[name]
    props = {n: p for n, p in kind.properties.items() if not p.derived}
    if not is_node:
        props = {**dict.fromkeys((*_ENDS, "source"), _TEXT), "from": FROM, "until": UNTIL, **props}
    columns, wrong = {}, np.zeros(raw.table.num_rows, dtype=bool)
    notes: list[str] = []
    for column, prop in props.items():
        if column not in raw.table.column_names:
            columns[column] = pa.nulls(raw.table.num_rows, _ARROW.get(prop.type, pa.string()))
        elif prop.type in _ARROW:
            checked = check(raw.table.column(column), prop, partial(raw.written, column))
            columns[column] = checked.values.cast(_ARROW[prop.type])
            notes += decided_notes(raw, column, checked)
            for mask, _ in checked.problems:
                wrong |= mask
        elif prop.type == "date" and unusual_dates(raw.table.column(column)):
            columns[column] = check(raw.table.column(column), prop).values
        else:
            columns[column] = raw.table.column(column)
    keys = ("id",) if is_node else _ENDS
    texts = [d for c in columns if props[c].type not in OWN_CELLS for d in raw.doubted_texts(c, key=c in keys)]
    for doubt in (*raw.doubts, *texts):
        if doubt.column in ("", *columns):
            wrong[doubt.rows] = True
    return pa.table(columns), wrong, notes


_ARROW: Mapping[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}


class Known:
    """What a store holds of a region, table by table, while its files are read again.

    Args:
        table: Gives what it holds of a label or relationship type, of links with the labels of both ends.
        ids: Gives the ids by number, for the numbers in these tables.
        fingerprint: Of all it holds.
    """

    def __init__(self, table: Callable[[str], pa.Table], ids: Callable[[], pa.Array], fingerprint: str) -> None:
        self._table = table
        self._ids = ids
        self.fingerprint = fingerprint

    def ids(self) -> pa.Array | None:
        """Return the ids by number, or None where the store cannot say them."""
        try:
            return self._ids()
        except (DamagedError, OSError, KeyError, pa.ArrowInvalid):
            return None

    def part(self, raw: RawTable, name: str) -> Part | None:
        """Return a delivered table in two; None where the store cannot say what it holds."""
        try:
            return divide(raw, name, self._table(name))
        except (DamagedError, OSError, KeyError, pa.ArrowInvalid):
            return None

    def lost(self, parts: Mapping[str, Part], nodes: Mapping[str, pa.Table]) -> pa.Array:
        """Return the ids that the store holds under a label and that are not under it any more.

        Args:
            parts: The node tables that were divided.
            nodes: All nodes as they are now, by label.

        Raises:
            DamagedError: What the store holds is damaged.
            OSError: The store cannot say what it holds.
        """
        lost = [pa.array([], pa.string())]
        for label, table in nodes.items():
            held = parts[label].gone() if label in parts else self._table(label)
            gone = pc.unique(held.column("id"))
            left = np.ones(len(gone), dtype=bool)
            left[pc.index_in(table.column("id"), value_set=gone).drop_null().to_numpy()] = False  # few among many
            lost.append(gone.filter(pa.array(left)))
        return pa.concat_arrays(lost)
