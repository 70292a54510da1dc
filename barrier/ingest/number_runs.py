"""Runs of digits and account numbers inside an id, whatever stands around them.

Rule: a run is a whole one; part of a longer number is no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from stdnum import iban

_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?e\+\d{1,2}(?!\d)|\d[.,]\d+e\d{1,2}(?!\d)", re.I)  # as a spreadsheet writes it
_RUN = re.compile(r"\d+")
_GROUPED = re.compile(  # a citizen number in groups, a phone in groups: no year and serial number
    r"(?<!\d)(?:\d{4}[-_. ]\d{2}[-_. ]\d{3}|\d{3}[-_. ]\d{3}[-_. ]\d{3}"
    r"|(?:00|\+)?31[-_. (]*0?[-_. )]*[1-9](?:[-_. ]?\d){8}"
    r"|0[1-9](?:[-_. ]?\d){8})(?!\d)"
)
_MARKS = re.compile(r"[\s.()/\-_:=,]+")
_ACCOUNT = re.compile(r"(?=([A-Z]{2}\d{2}[A-Z0-9]{11,30}))")
_DUTCH_ACCOUNT = re.compile(r"NL\d{2}[A-Z]{4}\d{10}")
_LENGTHS = range(15, 35)  # of an IBAN


def scientific(text: str) -> str:
    """Return a text with `6.12345678E+08` written out."""
    return _SCIENTIFIC.sub(lambda found: f"{int(Decimal(found.group().replace(',', '.'))):d}", text)


def number_runs(text: str) -> Iterator[str]:
    """Give every run of digits in a text, without the zeros in front of it; such as are written in groups, as one."""
    for found in (*_RUN.finditer(text), *_GROUPED.finditer(text)):
        yield re.sub(r"\D", "", found.group()).lstrip("0")


def dutch_accounts(text: str) -> list[str]:
    """Return what has the shape of a Dutch account number in a text."""
    return _DUTCH_ACCOUNT.findall(_MARKS.sub("", text.replace(";", "").replace("|", "")).upper())


def account_in(text: str) -> str | None:
    """Return the account number in a text: one that proves right, or has the shape of a Dutch one."""
    compact = _MARKS.sub("", text).upper()
    dutch = _DUTCH_ACCOUNT.search(compact)
    if dutch:
        return dutch.group()
    for found in _ACCOUNT.finditer(compact):
        for length in _LENGTHS:
            if length <= len(found.group(1)) and iban.is_valid(found.group(1)[:length]):
                return found.group(1)[:length]
    return None
