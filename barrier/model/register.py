"""How a population register's rows follow each other: one row a residence, the next one ends it.

Rule: one registration at a time: a residence begins after the one before it began, and where no end is given a later
one (a residence, a letter address, elsewhere) ends it, as certainly as its own start is known.

Source: RvIG, specification of the BRP occupancy service (Haal Centraal BRP bewoning).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from barrier.model.dates import FAR_FUTURE, FAR_PAST, Days, Mask

Codes = npt.NDArray[np.int64]


def close_open_residences(
    person: Codes,
    start_low: Days,
    start_high: Days,
    end_low: Days,
    end_high: Days,
    *,
    counts: Mask,
    is_open: Mask,
) -> int:
    """End each open registration at the start of the same person's next one, in place.

    Args:
        person: Code of the person, by row in the order of the file.
        start_low: First day it can have begun; later where the one before it says so.
        start_high: Last day it can have begun.
        end_low: First day it can have ended; changed where it was open.
        end_high: Last day it can have ended; changed where it was open, and where the day is not known.
        counts: Rows that are right; a letter address and a row without an address end a residence too.
        is_open: No end was delivered.

    Returns:
        How many open registrations were ended by a later one.
    """
    rows = np.flatnonzero(counts)
    if not len(rows):
        return 0
    order = _register_order(person[rows], start_low[rows], start_high[rows], end_high[rows])
    rows = rows[order]
    first_row, last_row = row_edges(person[rows])
    start_low[rows] = refined_starts(start_low[rows], start_high[rows], first_row)
    following_low, following_high = next_starts(start_low[rows], start_high[rows], last_row)
    end_low[rows], end_high[rows] = bounded_ends(
        end_low[rows], end_high[rows], is_open[rows], (following_low, following_high)
    )
    return int((~last_row & is_open[rows]).sum())


def _register_order(person: Codes, start_low: Days, start_high: Days, end_high: Days) -> Codes:
    """Return rows by person, then start.

    A start of which the day is not known keeps its place after the row before it in the file, as far as it can have
    been then; a row that ended before another began, or as it began, is never the later one.
    """
    if not (start_low != start_high).any():
        return np.lexsort((start_high, person))
    by_person = np.argsort(person, kind="stable")
    person, low, high, end = (a[by_person].astype(np.int64) for a in (person, start_low, start_high, end_high))
    unsure = low != high
    start = _placed(low, np.maximum(low, np.minimum(high, end)), unsure & ~row_edges(person)[0])
    ended = unsure & (end < high) & (start >= end)
    return by_person[np.lexsort((~ended, start, person))]


def _placed(low: Codes, high: Codes, follows: Mask) -> Codes:
    """Return where each start stands: after the row before where it ``follows`` it, else as early as it can be."""
    place = np.arange(len(low))
    depth = place - np.maximum.accumulate(np.where(follows, 0, place))  # how far from the last that follows none
    start = low.copy()
    waiting = np.argsort(depth, kind="stable")[int((depth == 0).sum()) :]
    for rows in np.split(waiting, np.flatnonzero(np.diff(depth[waiting])) + 1) if len(waiting) else ():
        start[rows] = np.clip(start[rows - 1], low[rows], high[rows])
    return start


def refined_starts(low: Days, high: Days, first_row: Mask) -> Days:
    """Return the earliest start of each row, given that rows follow each other.

    A start with unknown parts lies after the start of the row before it: at least a day after a known one,
    at the earliest together with one that is unknown too.

    Args:
        low: First day each start can be, persons after each other, each in register order.
        high: Day by which each has surely come; equal to ``low`` where the date is whole.
        first_row: First row of a person.
    """
    before_low = np.append(FAR_PAST, low[:-1])
    before_known = np.append(False, (low == high)[:-1])
    after = (low != high) & ~first_row & (before_low > FAR_PAST)
    earliest = np.maximum(low, before_low + before_known)
    return np.where(after, np.minimum(earliest, high), low).astype(np.int32)


def next_starts(low: Days, high: Days, last_row: Mask) -> tuple[Days, Days]:
    """Return when each row is ended by the next: earliest and surely; never for the last row of a person."""
    following_low = np.where(last_row, FAR_FUTURE, np.append(low[1:], FAR_FUTURE))
    following_high = np.where(last_row, FAR_FUTURE, np.append(high[1:], FAR_FUTURE))
    return following_low.astype(np.int32), following_high.astype(np.int32)


def bounded_ends(low: Days, high: Days, is_open: Mask, following: tuple[Days, Days]) -> tuple[Days, Days]:
    """Return when each row ended: where no end is given, and at the latest where its day is not known, by the next row.

    Args:
        low: First day each can have ended, where an end is given.
        high: Day by which it has surely ended.
        is_open: No end is given.
        following: When the next row ends each, earliest and surely.
    """
    unsure = ~is_open & (low != high)
    latest = np.where(is_open, following[1], np.where(unsure, np.minimum(high, following[1]), high))
    earliest = np.where(is_open, following[0], np.minimum(low, latest))
    return earliest.astype(np.int32), latest.astype(np.int32)


def row_edges(person: np.ndarray) -> tuple[Mask, Mask]:
    """Return which rows are the first and which the last of a person, persons standing together."""
    changes = person[1:] != person[:-1]
    size = len(person)
    return np.append(True, changes)[:size], np.append(changes, True)[:size]
