"""Dates as registers, databases and spreadsheets deliver them, read as days; each distinct text is looked at once.

Rule: a date-time is the day it is in Amsterdam; what marks an open end is open; whatever could be another day is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.dates import DUTCH_TIME, OPEN_FROM, OPEN_YEAR, Days, Mask, parse_dates

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?"
_LOCAL = rf"^\d{{4}}-\d{{2}}-\d{{2}}[Tt ]{_CLOCK}$"
_ZONED = rf"^\d{{4}}-\d{{2}}-\d{{2}}[Tt ]{_CLOCK} ?(?:[Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)$"
_OFFSET = r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?$"
_DAYS_ZERO = (-25_569, -25_568)  # 1899-12-30 and 1899-12-31: how spreadsheets write an empty date, or its first day
_MONTH_ZERO = -25_567  # 1900-01-00: the same
_NO_END = -25_567  # 1900-01-01: how databases and spreadsheets write one; what a register knows did not end then
_EXPECTED = "not a date; expected YYYY-MM-DD, with 00 for what is unknown"
SAY_FORMAT = "or a mapping that gives its format"
_REASONS = (  # the first that fits is told
    (r"^(?:1899-12-3[01]|1900-01-00)", "day zero of a spreadsheet, which is no date; expected an empty cell or a date"),
    (r"^\d{4}-\d{2}-\d{2}", _EXPECTED),
    (
        r"^[1-9]\d{4}(?:[.,]\d+)?$",
        f"a number, as spreadsheets keep dates, is no date; expected YYYY-MM-DD, {SAY_FORMAT}",
    ),
    (r"^\d{8}$", f"not a date; expected YYYY-MM-DD, with hyphens, {SAY_FORMAT}"),
    (r"^\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}(?:[T ].*)?$", f"{_EXPECTED}, {SAY_FORMAT}"),
)
_EMPTY_END = (
    "1900-01-01, which programs write for an empty date, is no end; expected an empty cell where it has not ended, "
    "0000-00-00 where the day is unknown"
)
_TOO_LATE = f"a day from {OPEN_YEAR} on, on which nothing begins; expected the day, or an empty cell"


class DateCells(NamedTuple):
    """Distinct texts read as dates.

    Args:
        texts: The day of each as YYYY-MM-DD, with 00 for what is unknown; as delivered where it is no date.
        low: First day each can be.
        high: Day by which it has surely come.
        open: Which mark an end that has not come; as if the cell were empty.
        wrong: Which are no date that can stand here, with the reason.
    """

    texts: npt.NDArray[np.object_]
    low: Days
    high: Days
    open: Mask
    wrong: tuple[tuple[Mask, str], ...]


def read_dates(texts: npt.NDArray[np.object_], *, ends: bool) -> DateCells:
    """Read distinct texts as dates.

    Args:
        texts: One text each, none empty.
        ends: Whether they say when something no longer holds; then the far future means that nobody knows.
    """
    texts = _as_days(texts)
    parts = parse_dates(texts)
    valid = parts.valid & ~(np.isin(parts.low, _DAYS_ZERO) & (parts.high == parts.low))
    valid &= ~((parts.low == _MONTH_ZERO) & (parts.high == _MONTH_ZERO + 31))
    late = valid & (parts.low >= OPEN_FROM)
    wrong = _reasons(texts, ~valid)
    no_end = valid & (parts.low == _NO_END) & (parts.high == _NO_END)
    if ends and no_end.any():
        wrong = (*wrong, (no_end, _EMPTY_END))
    if not ends and late.any():
        wrong = (*wrong, (late, _TOO_LATE))
    return DateCells(texts, parts.low, parts.high, late if ends else np.zeros(len(texts), dtype=bool), wrong)


def dutch_days(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the day number in Amsterdam of moments in seconds since 1970-01-01 in universal time."""
    moments = pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC").tz_convert(DUTCH_TIME).tz_localize(None)
    return moments.to_numpy().astype("datetime64[D]").astype(np.int64)


def _as_days(texts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return texts with date-times as the day they are in Amsterdam; those without a zone are in Dutch time."""
    if max(map(len, texts), default=0) <= 10:
        return texts
    longer = np.fromiter(map(len, texts), np.int64, len(texts)) > 10
    cells = pa.array(texts[longer], pa.string())
    local, zoned = (np.asarray(pc.match_substring_regex(cells, p)) for p in (_LOCAL, _ZONED))
    days = texts[longer].copy()
    days[local] = [t[:10] for t in days[local]]
    days[zoned] = _zoned_days(days[zoned])
    found = texts.copy()
    found[longer] = days
    return found


def _zoned_days(texts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the day in Amsterdam of date-times with a zone; the date in it where it is none or far away."""
    days = np.array([t[:10] for t in texts], dtype=object)
    parts = parse_dates(days)
    near = parts.valid & (parts.low == parts.high) & (parts.low < OPEN_FROM)
    if not near.any():
        return days
    clock = pd.Series([t[11:19] for t in texts[near]], dtype="str").str.extract(r"^(\d{2}):(\d{2})(?::(\d{2}))?")
    shift = pd.Series(texts[near], dtype="str").str.extract(_OFFSET)
    hours, minutes, seconds = (clock[i].fillna("0").astype("int64").to_numpy() for i in range(3))
    east = 60 * shift["hours"].fillna("0").astype("int64") + shift["minutes"].fillna("0").astype("int64")
    east = east.mask(shift["sign"].eq("-").fillna(False), -east)
    begun = parts.low[near].astype(np.int64) * 86_400 + hours * 3_600 + minutes * 60 + seconds
    numbers = dutch_days(begun - 60 * east.to_numpy())
    # midnight by a Dutch clock is that day, also where today's offset is given to a day that had another one
    midnight = (hours + minutes + seconds == 0) & east.isin([60, 120]).to_numpy()
    numbers = np.where(midnight, parts.low[near], numbers)
    days[near] = numbers.astype("datetime64[D]").astype(str)
    return days


def _reasons(texts: npt.NDArray[np.object_], wrong: Mask) -> tuple[tuple[Mask, str], ...]:
    found: list[tuple[Mask, str]] = []
    if not wrong.any():
        return ()
    cells, left = pa.array(texts, pa.string()), wrong.copy()
    for pattern, reason in _REASONS:
        here = left & np.asarray(pc.match_substring_regex(cells, pattern))
        if here.any():
            found.append((here, reason))
            left &= ~here
    return (*found, (left, _EXPECTED)) if left.any() else tuple(found)


def unusual_dates(column: pa.ChunkedArray) -> bool:
    """Return whether a column may hold a date that is kept otherwise than it stands there; surely not where false."""
    odd = pc.or_(pc.not_equal(pc.binary_length(column), 10), pc.greater_equal(column, "2200"))
    return bool(pc.any(odd).as_py())
