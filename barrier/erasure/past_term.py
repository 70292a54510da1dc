"""What of a graph is past its term, and a delivery without it.

Rule: what was erased from a store does not come back with the next delivery; how much was left out is said each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from barrier.audit.places import cases_of
from barrier.casework.terms import Extensions, shipped_terms
from barrier.ingest.region import Region
from barrier.model.dates import FAR_PAST, day_number
from barrier.model.kinds import loose as loose_labels
from barrier.printable import counted
from barrier.store.tables import GraphTables

_ENDS = ("source_id", "target_id")


@dataclass(frozen=True)
class Limits:
    """Which days decide what of a delivery is past its term.

    Args:
        day: A signal whose term ends on it, or before, is left out.
        extended: Until when signals count whose term was extended.
        links_days: A link that ended so many days before is left out too; None where none was ever erased.
    """

    day: date
    extended: Mapping[str, date]
    links_days: int | None = None


@dataclass(frozen=True)
class Without:
    """A graph without what is past its term.

    Args:
        tables: What is left.
        signals: Ids of the signals that are not.
        links: How many links are not, but for those of the signals.
        loose: Ids of persons, contacts and visits whose last link went.
    """

    tables: GraphTables
    signals: pa.Array
    links: int
    loose: tuple[str, ...]

    def notes(self) -> tuple[str, ...]:
        """Return in words what was left out."""
        signals, said = len(self.signals), []
        if signals:
            said.append(f"{counted(signals, 'signal was', 'signals were')} past the term and left out")
        if self.links:
            said.append(f"{counted(self.links, 'link')} past their term were left out, as what was erased stays erased")
        if self.loose:
            told = counted(len(self.loose), "person, contact or visit", "persons, contacts and visits")
            said.append(f"{told} left without a link by that: left out")
        return tuple(said)


def limits_of(store: str, day: date) -> Limits:
    """Return what a delivery may bring into a store that is looked at on a day.

    What was erased as on a later day stays out, also where an earlier day is looked at.
    """
    extensions = Extensions(cases_of(store), shipped_terms())
    erased = extensions.erased_on()
    links_days = None if erased is None else extensions.terms.links_days
    return Limits(max(day, erased or day), extensions.until(), links_days)


def within_term(region: Region, limits: Limits) -> Region:
    """Return a region as it is loaded: what is past its term left out, extended terms in force."""
    signals = region.tables.nodes["Signal"]
    ends = ends_of(signals, limits.extended)
    moved = not ends.equals(signals.column("expires_day").combine_chunks())
    found = without_past(region.tables, limits.day, limits.extended, links_days=limits.links_days)
    if not (len(found.signals) or found.links or moved):
        return region
    left = found.tables.nodes["Signal"]
    column = left.column_names.index("expires_day")
    moved_ends = left.set_column(column, left.schema.field(column), ends_of(left, limits.extended))
    terms = json.dumps([sorted(found.signals.to_pylist()), ends.to_pylist(), found.links, len(found.loose)])
    mark = hashlib.sha256((region.fingerprint + terms).encode()).hexdigest()
    nodes = {**found.tables.nodes, "Signal": moved_ends} if moved else found.tables.nodes
    tables = replace(found.tables, nodes=nodes, fingerprint=mark)
    notes = (*region.notes, *found.notes())
    return replace(region, tables=tables, notes=notes, rows_loaded=tables.counts(), fingerprint=mark)


def without_past(
    tables: GraphTables, day: date, extended: Mapping[str, date], *, links_days: int | None = None
) -> Without:
    """Return a graph without what is past its term on a day.

    Args:
        tables: The graph.
        day: The day.
        extended: Until when signals count whose term was extended.
        links_days: How long a link is kept after it ended; None: for ever.
    """
    signals = tables.table("Signal")
    gone = pc.fill_null(pc.less_equal(ends_of(signals, extended), day_number(day)), False)
    ids = signals.column("id").filter(gone).combine_chunks()
    of_signals = {"Signal": _flat(pc.invert(gone))} if len(ids) else {}
    if len(ids):
        about = pc.is_in(tables.table("CONCERNS").column("source_id"), value_set=ids)
        of_signals["CONCERNS"] = _flat(pc.invert(about))
    left = tables.filter(of_signals)
    ended = {} if links_days is None else _ended(left, day_number(day) - links_days)
    count = sum(mask.false_count for mask in ended.values())
    left = left.filter(ended)
    loose = _loose(tables, left)
    left = replace(_but(left, loose), unread=left.unread.without({*ids.to_pylist(), *loose.to_pylist()}))
    return Without(left, ids, count, tuple(loose.to_pylist()))


def ends_of(signals: pa.Table, extended: Mapping[str, date]) -> pa.Array:
    """Return the day on which each signal ends: its own, or the extended one."""
    ids, ends = signals.column("id").to_pylist(), signals.column("expires_day").to_pylist()
    moved = [day_number(extended[i]) if i in extended and e is not None else e for i, e in zip(ids, ends, strict=True)]
    return pa.array(moved, signals.schema.field("expires_day").type)


def _ended(tables: GraphTables, limit: int) -> dict[str, pa.BooleanArray]:
    """Return which links did not end by a day, by type, where some did; of an unknown day it is not known."""
    masks = {}
    for name in tables.links:
        ended = tables.table(name).column("end_day")
        kept = _flat(pc.fill_null(pc.or_(pc.greater(ended, limit), pc.equal(ended, FAR_PAST)), True))
        if kept.false_count:
            masks[name] = kept
    return masks


def _loose(before: GraphTables, left: GraphTables) -> pa.Array:
    """Return the ids of nodes that had a link and have none left: persons, contacts, visits and the like."""
    changed = [n for n in before.links if before.table(n).num_rows != left.table(n).num_rows]
    ended = pc.unique(_ids([before.table(n).column(c) for n in changed for c in _ENDS]))
    linked = [c.filter(pc.is_in(c, value_set=ended)) for t in left.links.values() for c in map(t.table.column, _ENDS)]
    loose = ended.filter(pc.invert(pc.is_in(ended, value_set=_ids(linked))))
    held = _ids([before.table(label).column("id") for label in loose_labels()])
    return held.filter(pc.is_in(held, value_set=loose))


def _but(tables: GraphTables, loose: pa.Array) -> GraphTables:
    """Return a graph without some persons, contacts and visits."""
    masks = {n: _flat(pc.invert(pc.is_in(tables.table(n).column("id"), value_set=loose))) for n in loose_labels()}
    return tables.filter({label: mask for label, mask in masks.items() if mask.false_count})


def _ids(columns: list[pa.ChunkedArray]) -> pa.Array:
    return pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()).combine_chunks()


def _flat(mask: pa.Array | pa.ChunkedArray) -> pa.BooleanArray:
    return mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask
