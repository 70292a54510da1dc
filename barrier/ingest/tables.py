"""Checking delivered tables: types, dates, ids that are unique, endpoints that exist.

Rule: every wrong row is found in one pass and set aside; the rest goes on. No loop over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.cells import FROM, OWN_CELLS, UNTIL, Checked, Mask, check, check_id
from barrier.ingest.count import RowCount
from barrier.ingest.decimal_signs import decided_notes
from barrier.ingest.empty_cells import nothing_in
from barrier.ingest.intake import Intake
from barrier.ingest.placeholders import REASON
from barrier.ingest.plain_words import shown_words
from barrier.ingest.ragged import possible_ends, possible_ids
from barrier.ingest.reader import RawTable
from barrier.ingest.rejects import Rows, SetAside, set_aside, value_kinds
from barrier.ingest.row_notes import row_note
from barrier.ingest.several_contacts import SEVERAL
from barrier.ingest.unknown_ends import NodeIds, unknown_ends
from barrier.ingest.unread_links import UnreadLinks
from barrier.model.dates import FAR_FUTURE, FAR_PAST, Days, latest
from barrier.model.register import close_open_residences
from barrier.model.schema import PROTECTED, Property, schema
from barrier.store.tables import LinkTable, label_array, link_arrow_schema, node_arrow_schema

RESIDENCES = "REGISTERED_AT"
_OF_DAYS = "Licence"  # what it means is that it holds on a day; one that was read, and holds on none, is not unread
_ENDS = ("source_id", "target_id")


@dataclass(frozen=True)
class NodeRows:
    """The rows of one node file, typed, before their ids are compared with those of other files."""

    label: str
    rows: _Rows
    table: pa.Table

    def good(self) -> pa.Table:
        """Return the rows that are not set aside, and of wholly equal ones the first."""
        kept = self.rows.kept()
        return self.table if kept.all() else self.table.filter(pa.array(kept))

    def gone(self) -> pa.Array:
        """Return the ids of the rows that are set aside; of one with a wrong number of cells what can be its id."""
        ids = pc.utf8_trim_whitespace(self.rows.column("id")).filter(pa.array(self.rows.wrong)).drop_null()
        return pa.array([*ids.to_pylist(), *possible_ids(self.rows.raw)], pa.string())

    def set_aside(self) -> Mapping[str, SetAside]:
        """Return the rows that are set aside, under the label; nothing where there are none."""
        return self.rows.set_aside(self.label)

    def places(self) -> Rows:
        """Return where these rows stand in the delivered table."""
        return self.rows.places()


def node_rows(raw: RawTable, label: str, intake: Intake) -> NodeRows:
    """Return the rows of a node file, typed."""
    columns: dict[str, pa.Array] = {}
    dates: dict[str, Checked] = {}
    rows = _Rows(raw, intake)
    nothing = intake.words.ids(rows.column("id"), label)
    if len(nothing):
        rows.reject(pc.fill_null(pc.is_in(rows.column("id"), value_set=nothing), False).to_numpy(), "id", REASON)
    rows.reject_several(intake.several)
    for name, prop in schema().labels[label].properties.items():
        checked = rows.take(name, prop, intake.notes)
        columns[name] = checked.values
        if prop.past:
            later = pc.fill_null(pc.greater(checked.values.cast(pa.int64()), intake.day.year), False)
            rows.reject(np.asarray(later) & ~rows.wrong, name, f"after {intake.day.year}, the year of the extract")
        if prop.type == "date":
            dates[name] = checked
            columns[f"{name}_day"] = _known_days(checked, ends=prop.ends is not None)
    for name, prop in schema().labels[label].properties.items():
        if prop.ends is not None:
            reversed_ = rows.reject_reversed(prop.ends, dates[prop.ends], name, dates[name])
            if label == _OF_DAYS and reversed_.any():
                intake.of_no_day |= frozenset(columns["id"].filter(pa.array(reversed_)).to_pylist())
    return NodeRows(label, rows, _assemble(columns, node_arrow_schema(label)))


def link_table(raw: RawTable, name: str, intake: Intake) -> tuple[LinkTable, Rows, Callable[[int], RowCount]]:
    """Return the good rows of a relationship file, typed, with the days between which each link held.

    Returns:
        The links, where each stands in the delivered table, and what counts the rows of the file once it is known how
        many are in the tables.
    """
    kind = schema().relationships[name]
    rows = _Rows(raw, intake)
    rows.closing = _closing(rows) if name == RESIDENCES else rows.closing
    ends = [
        _Endpoint.find(rows, column, labels, intake)
        for column, labels in zip(_ENDS, (kind.sources, kind.targets), strict=True)
    ]
    start, end = (rows.take(column, prop, intake.notes) for column, prop in (("from", FROM), ("until", UNTIL)))
    rows.reject_reversed("from", start, "until", end)
    columns = {c: e.ids for c, e in zip(_ENDS, ends, strict=True)}
    columns |= {"from": start.values, "until": end.values, "source": rows.take("source", _TEXT, intake.notes).values}
    for column, prop in kind.properties.items():
        if not prop.derived:
            columns[column] = rows.take(column, prop, intake.notes).values
    days = _Days.of(start, end, unknown_start=FAR_FUTURE if name == RESIDENCES else FAR_PAST)
    if name == RESIDENCES:
        intake.closed_residences += _close_residences(columns, ends[0].codes, days, ~rows.wrong)
        closing = rows.closing & ~rows.wrong
        intake.closing_rows += int(closing.sum())
        closed = pc.is_in(ends[0].ids, value_set=pc.unique(ends[0].ids.filter(pa.array(closing))))
        columns["has_closing_rows"] = pc.if_else(closed, True, None)
        columns |= {"possible_start_day": pa.array(days.start_low), "possible_end_day": pa.array(days.end_high)}
    columns |= {"start_day": pa.array(days.start_high), "end_day": pa.array(days.end_low)}
    table = _assemble(columns, link_arrow_schema(name))
    intake.aside |= rows.set_aside(name)
    if rows.wrong.any() or len(raw.ragged):
        one, other = (pc.utf8_trim_whitespace(rows.column(c).filter(pa.array(rows.wrong))) for c in _ENDS)
        intake.unread[name] = [UnreadLinks(one, other, len(raw.ragged), tuple(possible_ends(raw, _ENDS)))]
    links = LinkTable(table, label_array(ends[0].labels, kind.sources), label_array(ends[1].labels, kind.targets))
    kept = rows.kept()
    return links if kept.all() else links.filter(pa.array(kept)), rows.places(), rows.count


def _closing(rows: _Rows) -> Mask:
    """Return which rows say that a person is registered elsewhere: they have no address, and end the row before."""
    addresses = pc.utf8_trim_whitespace(pc.fill_null(rows.column("target_id"), ""))
    return np.asarray(pc.equal(addresses, "").to_numpy(), dtype=bool)


_TEXT = Property(type="string", about="Who says so.")


class _Rows:
    """The rows of one file: takes columns from it and remembers which rows are wrong."""

    def __init__(self, raw: RawTable, intake: Intake) -> None:
        self.raw = raw
        self.rejects, self.words = intake.rejects, intake.words
        rejects = intake.rejects
        self.wrong = np.zeros(raw.table.num_rows, dtype=bool)
        self.equal = np.zeros(raw.table.num_rows, dtype=bool)
        self.doubted: dict[str, Mask] = {}  # by column, which cells the reader of the file doubts
        self.closing = np.zeros(raw.table.num_rows, dtype=bool)  # rows that end another one and make no link
        if len(raw.ragged):
            lines = raw.record_lines(raw.ragged)
            for reason in sorted(set(raw.ragged_reasons)):
                here = np.array([r == reason for r in raw.ragged_reasons])
                rejects.add(raw.name, lines[here], "", "row", reason)
        self.doubt("")

    def kept(self) -> Mask:
        """Return which rows make something: not set aside, equal to no earlier one, and more than the end of one."""
        return ~(self.wrong | self.equal | self.closing)

    def places(self) -> Rows:
        """Return where the rows that make something stand in the delivered table."""
        good = np.flatnonzero(self.kept())
        return good if self.raw.whole is None else self.raw.whole[1][good]

    def set_aside(self, name: str) -> Mapping[str, SetAside]:
        """Return the rows that are wrong, under the name of the table; nothing where there are none."""
        found = set_aside(self.raw.table.filter(pa.array(self.wrong)), self.raw.ragged_texts)
        return {name: found} if found.rows else {}

    def count(self, used: int) -> RowCount:
        """Return what became of all rows of the file, ``used`` of which are in the tables."""
        aside, ending = int(self.wrong.sum()) + len(self.raw.ragged), int((self.closing & ~self.wrong).sum())
        equal = int(self.equal.sum()) + self.raw.folded
        return RowCount(self.raw.name, self.raw.rows_in(), used + ending, aside, equal).checked()

    def column(self, name: str) -> pa.ChunkedArray:
        if name in self.raw.table.column_names:
            return self.raw.table.column(name)
        return pa.chunked_array([pa.nulls(self.raw.table.num_rows, pa.string())])

    def take(self, name: str, prop: Property, notes: list[str]) -> Checked:
        if name not in self.raw.table.column_names:
            zero = np.zeros(self.raw.table.num_rows, np.int32)
            return Checked(self.column(name), low=zero, high=zero)
        self.doubt(name, as_text=prop.type not in OWN_CELLS, key=prop.key)
        whole = None if self.raw.whole is None else self.raw.whole[0].column(name)
        checked = self._checked(name, prop, notes)
        self.note(name, checked)
        notes += decided_notes(self.raw, name, checked) if whole is None else []  # else told of the whole file, once
        told = checked
        if whole is not None and (
            prop.code or (prop.values and not prop.strict)
        ):  # what is told is told of the whole file
            told = check(whole, prop)
        if told.new_values:
            shown = shown_words(told.new_values, most=5)
            notes.append(f"{self.raw.name}: {name} has values no detector knows, kept: {shown}")
        notes += [row_note(self.raw.all_rows(), name, rows, said) for rows, said in told.remarks]
        return checked

    def _checked(self, name: str, prop: Property, notes: list[str]) -> Checked:
        """Return a column as its type; cells with a word that stands for nothing are empty, and told."""
        checked = check(self.column(name), prop, partial(self.raw.written, name))
        if name == PROTECTED or prop.key:
            return checked
        nothing = nothing_in(self.column(name), prop, checked, self.words)
        if not nothing.any():
            return checked
        notes.append(row_note(self.raw, name, nothing, f"with a word that stands for nothing: no {name}"))
        cells = pc.if_else(pa.array(nothing), None, self.column(name))
        return check(pa.chunked_array([cells.combine_chunks()]), prop, partial(self.raw.written, name))

    def ids(self, name: str) -> Checked:
        checked = check_id(pc.utf8_trim_whitespace(self.column(name)))
        if name == "target_id" and self.closing.any():
            checked.problems = [(mask & ~self.closing, reason) for mask, reason in checked.problems]
        self.doubt(name, as_text=True, key=True)
        self.note(name, checked)
        return checked

    def doubt(self, column: str, *, as_text: bool = False, key: bool = False) -> None:
        """Set the rows aside whose cell of a column (empty: that as a whole) the reader of the file doubts.

        Args:
            column: The column.
            as_text: Whether its cells are used as text.
            key: Whether they are ids.
        """
        doubted = self.doubted.setdefault(column, np.zeros(len(self.wrong), dtype=bool))
        texts = self.raw.doubted_texts(column, key=key) if as_text else []
        for doubt in (*self.raw.doubted(column), *texts):
            if len(doubt.rows):
                self.rejects.add(self.raw.name, self.raw.lines(doubt.rows), column, doubt.kind, doubt.reason)
                doubted[doubt.rows] = True
        self.wrong |= doubted

    def note(self, name: str, checked: Checked) -> None:
        doubted = self.doubted[name] | self.doubted[""]
        for mask, reason in checked.problems:
            self.reject(mask & ~doubted, name, reason)

    def reject_several(self, found: Mapping[str, str]) -> None:
        """Set rows of contacts aside in whose id more than one stands: ``found`` says of what."""
        ids = pc.utf8_trim_whitespace(self.column("id"))
        for kind in sorted({*found.values()}):
            mask = pc.is_in(ids, value_set=pa.array([i for i, of in found.items() if of == kind], pa.string()))
            self.reject(mask.to_numpy(), "id", SEVERAL.format(kind))

    def reject_reversed(self, first: str, start: Checked, last: str, end: Checked) -> Mask:
        """Set rows aside whose end lies before their beginning; return which."""
        reversed_ = _filled(end) & _filled(start) & (latest(_low(end), _high(end)) < _low(start)) & ~self.wrong
        self.reject(reversed_, last, f"{last} lies before {first}")
        return reversed_

    def reject(self, mask: Mask, column: str, reason: str, *, follows: bool = False) -> None:
        here = np.flatnonzero(mask)
        cells = self.column(column)
        for file, rows in self.raw.by_file(here) if len(here) else ():
            kinds = partial(_kinds_of, cells, rows)
            self.rejects.add(file, self.raw.lines(rows), column, kinds, reason, follows=follows)
        self.wrong[here] = True


def _known_ids(ids: dict[str, pa.Array], labels: tuple[str, ...]) -> list[pa.Array]:
    return [ids.get(label, pa.array([], pa.string())) for label in labels]


def _reject_unknown(rows: _Rows, column: str, unknown: Mask, nodes: NodeIds, labels: Sequence[str]) -> None:
    """Set rows aside whose end is no node: it was set aside itself, there is nearly one, or it stands for nothing."""
    here = np.flatnonzero(unknown)
    values = rows.column(column).take(pa.array(here))
    left = np.ones(len(here), dtype=bool)
    for found, reason, follows in unknown_ends(values, nodes, rows.words, labels):
        mask = np.zeros(len(unknown), dtype=bool)
        mask[here[found & left]] = True
        left &= ~found
        rows.reject(mask, column, reason, follows=follows)


def _kinds_of(cells: pa.ChunkedArray, rows: Rows, first: Rows) -> npt.NDArray[np.object_]:
    return value_kinds(cells.take(pa.array(rows[first])))


class _Endpoint(NamedTuple):
    ids: pa.ChunkedArray
    codes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int8]

    @classmethod
    def find(cls, rows: _Rows, column: str, labels: tuple[str, ...], intake: Intake) -> _Endpoint:
        """Look the ids of one end up among the nodes of the labels it may have."""
        values = rows.ids(column).values
        known = _known_ids(intake.ids, labels)
        stops = np.cumsum([len(k) for k in known])
        found = pc.index_in(values, value_set=pa.concat_arrays(known), skip_nulls=True)
        codes = pc.fill_null(found, -1).to_numpy().astype(np.int64)
        unknown = (codes < 0) & ~rows.wrong & ~(rows.closing & (column == "target_id"))
        if unknown.any():
            every = pa.concat_arrays(_known_ids(intake.every or intake.ids, labels))
            gone = pa.concat_arrays(_known_ids(intake.gone, labels))
            _reject_unknown(rows, column, unknown, NodeIds(every, gone), labels)
        which = np.minimum(np.searchsorted(stops, np.maximum(codes, 0), side="right"), len(labels) - 1)
        return cls(values, codes, which.astype(np.int8))


@dataclass
class _Days:
    """The four day numbers of each link: first and last day it can have begun, and ended."""

    start_low: Days
    start_high: Days
    end_low: Days
    end_high: Days

    @classmethod
    def of(cls, start: Checked, end: Checked, *, unknown_start: int) -> _Days:
        begun, ended = _filled(start), _filled(end)
        wholly = begun & (_low(start) == FAR_PAST)
        known = begun & ~wholly
        return cls(
            start_low=np.where(known, _low(start), FAR_PAST).astype(np.int32),
            start_high=np.where(known, _high(start), unknown_start).astype(np.int32),
            end_low=np.where(ended, _low(end), FAR_FUTURE).astype(np.int32),
            end_high=np.where(ended, _high(end), FAR_FUTURE).astype(np.int32),
        )


def _close_residences(columns: dict[str, pa.Array], person: npt.NDArray[np.int64], days: _Days, good: Mask) -> int:
    open_ended = pc.is_null(columns["until"]).to_numpy()
    return close_open_residences(
        person, days.start_low, days.start_high, days.end_low, days.end_high, counts=good, is_open=open_ended
    )


def _assemble(columns: dict[str, pa.Array], arrow: pa.Schema) -> pa.Table:
    return pa.table([_cast(columns[f.name], f.type) for f in arrow], schema=arrow)


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if values.type == kind:
        return values
    if pa.types.is_string(values.type) and values.null_count == len(values):
        return pa.nulls(len(values), kind)
    return values.cast(kind)


def _known_days(checked: Checked, *, ends: bool) -> pa.Array:
    """Return the day of each date, null where it is absent or wholly unknown; an end that is, came long ago."""
    unknown = _low(checked) == FAR_PAST
    days = np.where(unknown, FAR_PAST, _high(checked))
    return pa.array(days, pa.int64(), mask=~_filled(checked) | (unknown & (not ends)))


def _filled(checked: Checked) -> Mask:
    return np.asarray(pc.is_valid(checked.values).to_numpy())


def _low(checked: Checked) -> Days:
    return checked.low if checked.low is not None else np.zeros(len(checked.values), np.int32)


def _high(checked: Checked) -> Days:
    return checked.high if checked.high is not None else np.zeros(len(checked.values), np.int32)
