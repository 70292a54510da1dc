"""When each registration certainly and possibly held.

Rule: one registration at a time: a later one (a residence, a letter address, elsewhere) ends an earlier open one, as
certainly as its own start is known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from barrier.model.dates import FAR_FUTURE, FAR_PAST, Days, Mask
from barrier.model.register import bounded_ends, next_starts, refined_starts, row_edges

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
    order = _register_order(person[rows], start_high[rows])
    rows = rows[order]
    first_row, last_row = row_edges(person[rows])
    start_low[rows] = refined_starts(start_low[rows], start_high[rows], first_row)
    following_low, following_high = next_starts(start_low[rows], start_high[rows], last_row)
    end_low[rows], end_high[rows] = bounded_ends(
        end_low[rows], end_high[rows], is_open[rows], (following_low, following_high)
    )
    return int((~last_row & is_open[rows]).sum())


def _register_order(person: Codes, start: Days) -> Codes:
    """Return rows by person, then start; an unknown start keeps its place after the row before it in the file."""
    by_person = np.argsort(person, kind="stable")
    unknown = (start == FAR_FUTURE) | (start == FAR_PAST)
    if unknown.any():
        order = np.asarray(start, dtype=np.int64).copy()
        order[by_person] = _carried(order[by_person], unknown[by_person], person[by_person])
        return np.lexsort((order, person))
    return np.lexsort((start, person))


def _carried(start: npt.NDArray[np.int64], unknown: Mask, person: Codes) -> npt.NDArray[np.int64]:
    last_known = np.maximum.accumulate(np.where(unknown, 0, np.arange(len(start))))
    known_there = ~unknown[last_known] & (person[last_known] == person)
    return np.where(unknown, np.where(known_there, start[last_known], FAR_PAST), start)
