"""Dates as other systems write them (`d-m-yyyy`, `yyyymmdd`, `dd-MMM-yyyy`, `excel`), turned into ISO dates.

Rule: a text that fits no format asked for is no date; formats that read one text as two days are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import permutations

EXCEL, ISO = "excel", "iso"
_TOKEN = re.compile(r"yyyy|[mM]{3}|[mM]{1,2}|[dD]{1,2}|[^a-zA-Z0-9]+|(?P<strange>.)", re.S)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb februari february",
            "mar mrt maa maart march",
            "apr april",
            "may mei",
            "jun juni june",
            "jul juli july",
            "aug augustus august",
            "sep sept september",
            "oct okt october oktober",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_PIECES = {"yyyy": r"(?P<y>\d{4})", "mmm": r"(?P<name>[^\W\d_]{3,9})\.?"}
_DIGITS = {"m": "m", "d": "d"}
_TRIAL = date(2003, 2, 1)
_FIRST, _LEAP, _LAST = 1, 60, 2_958_465  # serial numbers of a spreadsheet; day 60 (29 February 1900) never was
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIAL = re.compile(r"(\d{1,7})(?:[.,]\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}.*)?")  # whether it is one, and which day, is looked at later


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that cannot be, and such as read one text as two days.

    Raises:
        ValueError: A format has no year, a strange letter or a part twice, or two of them differ about a text.
    """
    for text in formats:
        if text not in (EXCEL, ISO):
            _compiled(text)
    for first, other in permutations(formats, 2):
        written = _written(_TRIAL, first)
        if written and _one(written, other) not in (None, _one(written, first)):
            raise ValueError(f"formats {first} and {other} read one text as two days, expected one of them")


def iso_dates(texts: Iterable[str], formats: Sequence[str]) -> dict[str, str | None]:
    """Return each distinct text as an ISO date, perhaps with unknown parts; None where it fits no format."""
    return {t: next((made for f in formats if (made := _one(t.strip(), f)) is not None), None) for t in set(texts)}


def day_after(text: str) -> str:
    """Return the day after an ISO date; one with unknown parts stays as it is."""
    try:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text


@dataclass(frozen=True)
class _Format:
    pattern: re.Pattern[str]
    parts: frozenset[str]


@lru_cache(maxsize=256)
def _compiled(text: str) -> _Format:
    pieces, parts = [], []
    for token in _TOKEN.finditer(text):
        found = token.group().lower()
        if token.group("strange"):
            raise ValueError(f"format {text}: expected d, dd, m, mm, MMM, yyyy and signs, or excel or iso")
        if found in _PIECES:
            pieces.append(_PIECES[found])
        elif found[0] in _DIGITS:
            pieces.append(rf"(?P<{found[0]}>\d{{2}})" if len(found) == 2 else rf"(?P<{found[0]}>\d{{1,2}})")
        else:
            pieces.append(re.escape(found))
            continue
        parts.append("m" if found == "mmm" else found[0])
    if "y" not in parts or ("d" in parts and "m" not in parts) or len(parts) != len(set(parts)):
        raise ValueError(f"format {text}: expected yyyy, and m and d at most once each")
    return _Format(re.compile("".join(pieces), re.ASCII if "MMM" not in text.upper() else 0), frozenset(parts))


def _one(text: str, wanted: str) -> str | None:
    if wanted == EXCEL:
        return _serial(text)
    if wanted == ISO:
        return text if _ISO.fullmatch(text) else None
    made = _compiled(wanted)
    found = made.pattern.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    month = _MONTHS.get(parts["name"].casefold()) if "name" in parts else int(parts.get("m") or 0)
    if month is None:
        return None
    return f"{int(parts['y']):04d}-{month:02d}-{int(parts.get('d') or 0):02d}"


def _serial(text: str) -> str | None:
    """Return the day that a spreadsheet keeps as a number, counted from 1 January 1900; part of a day is left out."""
    found = _SERIAL.fullmatch(text)
    number = int(found.group(1)) if found else 0
    if not _FIRST <= number <= _LAST or number == _LEAP:
        return None
    return (_EXCEL_EPOCH + timedelta(days=number + (number < _LEAP))).isoformat()


def _written(day: date, wanted: str) -> str:
    """Return a day in a format; empty where it is not one of parts."""
    if wanted in (EXCEL, ISO):
        return day.isoformat() if wanted == ISO else ""
    names = {"yyyy": f"{day:%Y}", "mmm": f"{day:%b}", "mm": f"{day:%m}", "m": str(day.month), "dd": f"{day:%d}"}
    names["d"] = str(day.day)
    return "".join(names.get(t.group().lower(), t.group()) for t in _TOKEN.finditer(wanted))
