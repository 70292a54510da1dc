"""Dates with unknown parts, as Dutch registers write them, turned into day numbers.

Rule: a date is an interval of days; ``2024-05-00`` is some day of May 2024 and ``0000-00-00`` any day at all.
As the register authority counts it, what began in May 2024 has surely begun on 1 June.
Day numbers count from 1970-01-01. All functions work on whole arrays.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

FAR_PAST = -719_162  # 0001-01-01
FAR_FUTURE = 2_932_896  # 9999-12-31
EPOCH = date(1970, 1, 1)
_ZERO = ord("0")
_DASH = ord("-") - _ZERO
OPEN_YEAR = 2200  # an end in this year or later means that it has not come
OPEN_FROM = 84_006  # the first day of it
DUTCH_TIME = ZoneInfo("Europe/Amsterdam")


class DateParts(NamedTuple):
    """Parsed dates: the first day each can be, the day by which it has surely come, and which texts are no date.

    ``high`` equals ``low`` for a whole date and is the day after the unknown period otherwise; both are
    FAR_PAST and FAR_FUTURE where wholly unknown.
    """

    low: Days
    high: Days
    valid: Mask


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return EPOCH + timedelta(days=number)


def parse_dates(texts: npt.NDArray[np.object_]) -> DateParts:
    """Parse ISO dates with unknown parts (``2024-05-00``, ``2024-00-00``, ``0000-00-00``).

    Args:
        texts: One text a row, not None. Meant for the distinct values of a column.

    Returns:
        Arrays as long as ``texts``. Years outside 1800 to 9999 are not valid, nor is a known day in an unknown month.
    """
    size = len(texts)
    raw = np.array(texts, dtype="U10") if size else np.zeros(0, "U10")
    longer = np.fromiter(map(len, texts), np.int64, size) != 10
    signs = raw.view(np.uint32).reshape(size, 10).astype(np.int32) - _ZERO
    digits = (signs >= 0) & (signs <= 9)
    shape = ~longer & digits[:, [0, 1, 2, 3, 5, 6, 8, 9]].all(axis=1)
    shape &= (signs[:, 4] == _DASH) & (signs[:, 7] == _DASH)
    number = np.where(digits & shape[:, np.newaxis], signs, 0)
    year = number[:, 0] * 1000 + number[:, 1] * 100 + number[:, 2] * 10 + number[:, 3]
    return _bounds(year, number[:, 5] * 10 + number[:, 6], number[:, 8] * 10 + number[:, 9], shape)


def latest(low: Days, high: Days) -> Days:
    """Return the last day each date can be, of `parse_dates`: of one that is partly unknown the last of its period."""
    return np.where(high > low, high - 1, high).astype(np.int32)


def _bounds(year: Days, month: Days, day: Days, shape: Mask) -> DateParts:
    no_year, no_month, no_day = year == 0, month == 0, day == 0
    valid = shape & (month <= 12) & ((year >= 1800) | no_year)
    valid &= ~(no_month & ~no_day) & ~(no_year & ~no_month)
    first = _month_start(np.where(valid & ~no_year, year, 1970), np.where(valid & ~no_month, month, 1))
    next_month = _month_start(np.where(valid & ~no_year, year, 1970), np.where(valid & ~no_month, month, 12) + 1)
    known = ~no_day
    low = np.where(known, first + day - 1, first)
    high = np.where(known, low, next_month)
    valid &= ~(known & (low >= next_month))
    low = np.where(no_year, FAR_PAST, low)
    high = np.where(no_year | (year == 9999), FAR_FUTURE, high)
    return DateParts(low.astype(np.int32), high.astype(np.int32), valid)


def _month_start(year: Days, month: Days) -> Days:
    months = (year.astype(np.int64) - 1970) * 12 + month - 1
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64).astype(np.int32)


def today() -> date:
    """Return the day it is in the Netherlands."""
    return datetime.now(DUTCH_TIME).date()
