"""Dates as other systems write them (`d-m-yyyy`, `yyyymmdd`, `dd-MMM-yyyy`, `excel`), turned into ISO dates.

Rule: a text that fits no format asked for, or two of them as different days, is no date; formats that surely read one
text as two days are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

import numpy as np

from barrier.model.dates import parse_dates

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
_PIECES = {"yyyy": "(?P<y>[0-9]{4})", "mmm": r"(?P<name>[^\W\d_]{3,9})\.?"}
_TRIAL = date(2003, 2, 1)
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIAL = re.compile(r"([0-9]{5,7})(?:[.,][0-9]+)?")
_SERIAL_DIGITS = 5  # 2020 is a year, 202405 a month
_OPEN_ENDS = (401_768, 2_958_465)  # 2999-12-31 and 9999-12-31
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}.*)?")  # whether it is one, and which day, is looked at later


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that cannot be, and such as read one text as two days.

    Raises:
        ValueError: A format has no year, a strange letter, a part twice or parts of no fixed width side by side, or
            two of them differ about a text.
    """
    for text in formats:
        if text not in (EXCEL, ISO):
            _compiled(text)
    for first, other in permutations(formats, 2):
        written = _written(_TRIAL, first)
        if written and _one(written, other) not in (None, _one(written, first)):
            raise ValueError(f"formats {first} and {other} read one text as two days, expected one of them")


class Days(NamedTuple):
    """Texts as ISO dates.

    Args:
        read: Each distinct text as a date, perhaps with unknown parts; None where it fits no format.
        several: Those of them that the formats read as different days.
    """

    read: dict[str, str | None]
    several: frozenset[str]


def iso_dates(texts: Iterable[str], formats: Sequence[str]) -> Days:
    """Return texts as ISO dates; a text that two formats read as different days is told."""
    found = {t: _readings(t.strip(), formats) for t in set(texts)}
    several = {t: _days(readings) for t, readings in found.items() if len(readings) > 1}
    first = {t: next(iter(several.get(t) or readings), None) for t, readings in found.items()}
    return Days(first, frozenset(t for t, days in several.items() if len(days) > 1))


def is_partly_known(text: str) -> bool:
    """Return whether an ISO date has a year, and an unknown day."""
    return text.endswith("-00") and not text.startswith("0000")


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
    loose = 0  # parts of one digit or two since the last sign
    for token in _TOKEN.finditer(text):
        found = token.group().lower()
        if token.group("strange"):
            raise ValueError(f"format {text}: expected d, dd, m, mm, MMM, yyyy and signs, or excel or iso")
        if found in _PIECES:
            pieces.append(_PIECES[found])
        elif found[0] in "dm":
            pieces.append(f"(?P<{found[0]}>[0-9]{{{'2' if len(found) == 2 else '1,2'}}})")
        else:
            pieces.append(re.escape(found))
            loose = 0
            continue
        loose = 0 if found == "mmm" else loose + (len(found) == 1)
        if loose > 1:
            raise ValueError(
                f"format {text}: 1112024 is two days without a sign between d and m; expected dd, mm or signs"
            )
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


def is_serial(text: str) -> bool:
    """Return whether a text is such a number as spreadsheets keep for a day."""
    return _serial(text) is not None


def _serial(text: str) -> str | None:
    """Return the day that a spreadsheet keeps as a number of five digits (1927 to 2173), or an open end."""
    found = _SERIAL.fullmatch(text)
    number = int(found.group(1)) if found else 0
    if len(str(number)) != _SERIAL_DIGITS and number not in _OPEN_ENDS:
        return None
    return (_EXCEL_EPOCH + timedelta(days=number)).isoformat()


def _readings(text: str, formats: Sequence[str]) -> list[str]:
    """Return the different dates that formats make of a text, in their order."""
    return list(dict.fromkeys(made for f in formats if (made := _one(text, f)) is not None))


def _days(readings: Sequence[str]) -> list[str]:
    """Return those of some dates that are any."""
    valid = parse_dates(np.array(readings, dtype=object)).valid
    return [made for made, is_day in zip(readings, valid, strict=True) if is_day]


def _written(day: date, wanted: str) -> str:
    """Return a day in a format; empty where it is not one of parts."""
    if wanted in (EXCEL, ISO):
        return day.isoformat() if wanted == ISO else ""
    names = {"yyyy": f"{day:%Y}", "mmm": f"{day:%b}", "mm": f"{day:%m}", "m": str(day.month), "dd": f"{day:%d}"}
    names["d"] = str(day.day)
    return "".join(names.get(t.group().lower(), t.group()) for t in _TOKEN.finditer(wanted))
