"""Who was at which address from when until when: certainly, possibly, and as observed.

Rule: half-open day intervals; one person counts once at one address on one day. All work is on whole columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.dates import FAR_PAST
from barrier.store import Columns
from barrier.store.codes import places_of

Codes = npt.NDArray[np.int64]
_REGISTERED = (
    "source_id",
    "target_id",
    "start_day",
    "end_day",
    "possible_start_day",
    "possible_end_day",
    "function",
    "in_enquiry",
    "source",
)
_STAYS = ("source_id", "target_id", "start_day", "end_day", "source")


@dataclass(frozen=True)
class Intervals:
    """Half-open stays: ``person`` was at ``address`` from ``start`` up to, not including, ``end``.

    Args:
        person: Code of the person.
        address: Row of the address in the address table.
        start: Day number.
        end: Day number, after ``start``.
    """

    person: Codes
    address: Codes
    start: Codes
    end: Codes

    def take(self, rows: npt.NDArray[np.bool_] | Codes) -> Intervals:
        """Return the chosen intervals."""
        return Intervals(self.person[rows], self.address[rows], self.start[rows], self.end[rows])

    def on(self, day: int) -> Intervals:
        """Return the intervals that hold on a day."""
        return self.take((self.start <= day) & (day < self.end))

    def counts(self, day: int, addresses: int) -> Codes:
        """Return how many persons are at each address on a day; the intervals are `united`."""
        return np.bincount(self.on(day).address, minlength=addresses)


@dataclass(frozen=True)
class Stays:
    """The three readings of who was where, and who says so.

    Args:
        certain: Surely registered there and not known to be elsewhere.
        possible: Perhaps registered there; includes the certain ones.
        observed: Seen or reported staying there.
        sources: ``address, start, end, source`` of every row behind them.
    """

    certain: Intervals
    possible: Intervals
    observed: Intervals
    sources: pd.DataFrame

    def staying(self, day: int) -> Intervals:
        """Return the possible stays of a day without those of people who were seen elsewhere since."""
        return without_seen_elsewhere(self.possible.on(day), self.observed.on(day)).on(day)


def read_stays(graph: Columns, persons: pd.Series, addresses: pd.Series) -> Stays:
    """Read registrations and stays of a graph and work out the three readings.

    Args:
        graph: The graph as columns.
        persons: Ids of all persons.
        addresses: Ids of all addresses, in the order of the address table.
    """
    registered = graph.edges("REGISTERED_AT", _REGISTERED)
    seen = graph.edges("STAYS_AT", _STAYS)
    return stays_of(_coded(registered, persons, addresses), _coded(seen, persons, addresses))


def stays_of(registered: pd.DataFrame, seen: pd.DataFrame) -> Stays:
    """Work out who was where.

    Args:
        registered: ``person, address`` (codes), ``start_day, end_day`` (certain), ``possible_start_day,
            possible_end_day``, ``function``, ``in_enquiry``, ``source``.
        seen: ``person, address, start_day, end_day, source``.
    """
    homes, enquiry = homes_of(registered)
    possible = _intervals(homes, "possible_start_day", "possible_end_day")
    sure = _intervals(homes[~enquiry], "start_day", "end_day")
    observed = _intervals(seen, "start_day", "end_day")
    columns = ["address", "start_day", "end_day", "source"]
    sources = pd.concat([homes[columns], seen[columns]], ignore_index=True)
    certain = without_seen_elsewhere(_proper(sure), _proper(observed))
    return Stays(united(certain), united(_proper(possible)), united(_proper(observed)), sources)


def homes_of(registered: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return the registrations at which somebody may live, and which of them nobody is sure of.

    A letter address houses nobody; where the register is in enquiry, that somebody lives there is possible.

    Args:
        registered: ``function, in_enquiry`` and more, one row a registration.
    """
    letters = registered["function"].eq("correspondence").fillna(False).to_numpy(dtype=bool)
    homes = registered[~letters]
    return homes, homes["in_enquiry"].fillna(False).to_numpy(dtype=bool)


def united(stays: Intervals) -> Intervals:
    """Return the intervals with those of one person at one address that overlap or touch made one."""
    order = np.lexsort((stays.start, stays.address, stays.person))
    s = stays.take(order)
    if not len(order):
        return s
    same = (s.person[1:] == s.person[:-1]) & (s.address[1:] == s.address[:-1])
    group = np.append(0, np.cumsum(~same))
    reach = _running_max(s.end, group)
    begins = np.append(True, ~same | (s.start[1:] > reach[:-1]))
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(order)) - 1
    return Intervals(s.person[first], s.address[first], s.start[first], reach[last])


def either(a: Intervals, b: Intervals, *, day: int) -> Intervals:
    """Return who is at which address on a day by one reading or the other, each pair once."""
    first, second = a.on(day), b.on(day)
    if not len(second.person):
        return first
    both = (np.concatenate([getattr(first, n), getattr(second, n)]) for n in ("person", "address", "start", "end"))
    joined = Intervals(*both)
    pairs = joined.person << 32 | joined.address
    return joined.take(np.unique(pairs, return_index=True)[1])


def without_seen_elsewhere(certain: Intervals, observed: Intervals) -> Intervals:
    """Return the certain stays without the days on which the person was seen elsewhere since.

    Only what was seen on or after the start of the registration counts against it.
    """
    if not len(certain.person) or not len(observed.person):
        return certain
    known = observed.take(observed.start > FAR_PAST)
    mine = np.flatnonzero(np.isin(certain.person, known.person))
    pairs = pd.DataFrame({"person": certain.person[mine], "row": mine}).merge(
        pd.DataFrame({"person": known.person, "elsewhere": known.address, "start": known.start, "end": known.end}),
        on="person",
    )
    row = pairs["row"].to_numpy()
    since = (pairs["elsewhere"].to_numpy() != certain.address[row]) & (pairs["start"].to_numpy() >= certain.start[row])
    pairs, row = pairs[since], row[since]
    gaps = Intervals(
        row,
        np.zeros(len(row), np.int64),
        pairs["start"].to_numpy(),
        np.minimum(pairs["end"].to_numpy(), certain.end[row]),
    )
    return _minus(certain, united(_proper(gaps)))


def _minus(stays: Intervals, gaps: Intervals) -> Intervals:
    """Return ``stays`` with gaps cut out; the ``person`` of a gap is a row of ``stays``, gaps are united and sorted."""
    touched = np.unique(gaps.person)
    row = np.concatenate([touched, gaps.person])
    order = np.lexsort((np.concatenate([stays.start[touched], gaps.end]), row))
    begin = np.concatenate([stays.start[touched], gaps.end])[order]
    finish_row = np.concatenate([gaps.person, touched])
    finish = np.concatenate([gaps.start, stays.end[touched]])[
        np.lexsort((np.concatenate([gaps.start, stays.end[touched]]), finish_row))
    ]
    owner = row[order]
    pieces = _proper(Intervals(stays.person[owner], stays.address[owner], begin, finish))
    untouched = np.ones(len(stays.person), dtype=bool)
    untouched[touched] = False
    rest = stays.take(untouched)
    return Intervals(
        *(np.concatenate([getattr(rest, n), getattr(pieces, n)]) for n in ("person", "address", "start", "end"))
    )


def _running_max(values: Codes, group: Codes) -> Codes:
    """Return the running maximum within each group; groups are numbered 0, 1, … in order."""
    span = np.int64(values.max() - values.min() + 1)
    lifted = np.maximum.accumulate(values - values.min() + group * span)
    return np.asarray(lifted - group * span + values.min(), dtype=np.int64)


def _intervals(rows: pd.DataFrame, start: str, end: str) -> Intervals:
    return Intervals(*(rows[c].to_numpy(dtype=np.int64) for c in ("person", "address", start, end)))


def _proper(stays: Intervals) -> Intervals:
    return stays.take(stays.end > stays.start)


def _coded(links: pd.DataFrame, persons: pd.Series, addresses: pd.Series) -> pd.DataFrame:
    coded = links.drop(columns=["source_id", "target_id"])
    coded["person"] = codes_of(links["source_id"], persons)
    coded["address"] = codes_of(links["target_id"], addresses)
    return coded


def codes_of(ids: pd.Series, known: pd.Series) -> Codes:
    """Return the position of each id in ``known`` (-1 where it is not there), in which none stands twice."""
    wanted, there = (pa.array(column, pa.string()) for column in (ids, known))
    if len(wanted) < len(there):  # the fewer are hashed, the many looked up
        each = wanted.dictionary_encode()
        return np.asarray(places_of(there, each.dictionary)[each.indices.to_numpy()], dtype=np.int64)
    return np.asarray(pc.fill_null(pc.index_in(wanted, value_set=there), -1).to_numpy(), dtype=np.int64)
