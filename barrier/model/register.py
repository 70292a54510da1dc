"""How a population register's rows follow each other: one row a residence, the next one ends it.

Rule: a residence begins after the one before it began, and ends when the next one begins, each as certainly as that
start is known.

Source: RvIG, specification of the BRP occupancy service (Haal Centraal BRP bewoning).
"""

from __future__ import annotations

import numpy as np

from barrier.model.dates import FAR_FUTURE, FAR_PAST, Days, Mask


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
