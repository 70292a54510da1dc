"""Who lived where on a day, from rows of the population register.

Rule: half-open intervals; a person lives somewhere certainly or possibly, and a letter address houses nobody.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from barrier.detect.occupancy.intervals import homes_of
from barrier.errors import InputError
from barrier.model.dates import FAR_FUTURE, FAR_PAST, OPEN_FROM, DateParts, Mask, day_number, day_of, parse_dates
from barrier.model.register import close_open_residences
from barrier.model.words import NO, YES

_COLUMNS = ("person", "address", "from", "until", "function", "in_enquiry")


def residents_on(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return who lived where on a day.

    Args:
        rows: ``person, address, from, until, function, in_enquiry``, one row a registration; where starts do not tell
            the order, in that of the register (oldest first). Dates are text as registers write them
            (``2024-05-00``: day unknown; ``0000-00-00``: wholly unknown). ``until``, ``function`` and ``in_enquiry``
            may be absent, as columns or in a row: then the next row of the person ends this one, as certainly as its
            start is known; the function is residence; and there is no enquiry. An ``until`` from 2200 on is as if it
            were absent; one of which the day is not known lies before the next row. A row without ``address`` (moved
            abroad) only ends the one before.
        day: The day looked at.

    Returns:
        ``person, address, state`` with state ``certain`` or ``possible`` (possible excludes certain), one row for
        each person and address, ordered by them.

    Raises:
        InputError: A column is missing, a text is no date, or an enquiry is neither true nor false.

    Source:
        RvIG, specification of the BRP occupancy service (Haal Centraal BRP bewoning), rules for reference dates.
    """
    stays = _stays(rows)
    number = day_number(day)
    possible = (stays["possible_from"] <= number) & (number < stays["possible_until"])
    certain = possible & (stays["certain_from"] <= number) & (number < stays["certain_until"])
    found = stays.loc[possible, ["person", "address"]].assign(state=np.where(certain[possible], "certain", "possible"))
    found = found.sort_values(["person", "address", "state"], kind="stable").drop_duplicates(["person", "address"])
    return found.reset_index(drop=True)


def residents_between(rows: pd.DataFrame, first: date, until: date) -> pd.DataFrame:
    """Return who lived where in a period: the period counterpart of `residents_on`.

    Args:
        rows: As for `residents_on`.
        first: First day of the period.
        until: First day after the period.

    Returns:
        ``person, address, state, from, until``: for each person and address the half-open intervals (dates) within
        the period on which `residents_on` gives that state, ordered.

    Raises:
        InputError: ``until`` is not after ``first``, a column is missing, or a text is no date.
    """
    if until <= first:
        raise InputError([f"the period {first} to {until} is empty: expected its end after its start"])
    low, high = day_number(first), day_number(until)
    pieces: list[tuple[object, object, str, date, date]] = []
    for (person, address), group in _stays(rows).groupby(["person", "address"], sort=True):
        edges = np.unique(
            np.clip(group[["possible_from", "certain_from", "certain_until", "possible_until"]].to_numpy(), low, high)
        )
        edges = np.unique(np.concatenate([edges, [low, high]]))
        states = [_state_of(group, int(edge)) for edge in edges[:-1]]
        pieces += _merged(person, address, states, [int(e) for e in edges])
    return pd.DataFrame(pieces, columns=["person", "address", "state", "from", "until"])


def _stays(rows: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in ("person", "address", "from") if c not in rows.columns]
    if missing:
        raise InputError([f"rows: expected the columns {', '.join(_COLUMNS)}; missing {', '.join(missing)}"])
    rows = rows.reset_index(drop=True)
    starts, _ = _parsed(rows, "from")
    ends, no_end = _parsed(rows, "until")
    is_open = no_end | (ends.low >= OPEN_FROM)
    end_low, end_high = (np.where(is_open, FAR_FUTURE, e).astype(np.int32) for e in (ends.low, ends.high))
    bounds = (starts.low.copy(), starts.high, end_low, end_high)
    person = pd.factorize(rows["person"])[0].astype(np.int64)
    close_open_residences(person, *bounds, counts=np.ones(len(rows), dtype=bool), is_open=is_open)
    names = ("possible_from", "certain_from", "certain_until", "possible_until")
    stays = rows[["person", "address"]].assign(**dict(zip(names, bounds, strict=True)))
    stays["function"] = rows.get("function")
    stays["in_enquiry"] = _enquiries(rows)
    homes, in_enquiry = homes_of(stays[rows["address"].notna()])
    return homes.assign(certain_until=np.where(in_enquiry, FAR_PAST, homes["certain_until"]))


def _enquiries(rows: pd.DataFrame) -> pd.Series:
    """Return whether each row is in enquiry; absent is no.

    Raises:
        InputError: A value is neither true nor false.
    """
    given = rows["in_enquiry"] if "in_enquiry" in rows else pd.Series(False, rows.index)
    words = given.astype("str").str.strip().str.lower().str.removesuffix(".0").where(given.notna(), "")
    if (strange := np.flatnonzero(~words.isin([*YES, *NO, ""]))).size:
        where = ", ".join(map(str, strange[:5]))
        raise InputError([f"rows: in_enquiry: neither true nor false in row {where}"])
    return words.isin(YES)


def _parsed(rows: pd.DataFrame, column: str) -> tuple[DateParts, Mask]:
    texts = rows[column] if column in rows else pd.Series([None] * len(rows), dtype=object)
    absent = texts.isna().to_numpy() | texts.eq("").fillna(False).to_numpy(dtype=bool)
    parts = parse_dates(np.where(absent, "0000-00-00", texts.astype(object).to_numpy()))
    if not parts.valid.all():
        where = ", ".join(str(i) for i in np.flatnonzero(~parts.valid)[:5])
        raise InputError(
            [f"rows: {column}: not a date in row {where}; expected YYYY-MM-DD, with 00 for what is unknown"]
        )
    return parts, absent


def _state_of(group: pd.DataFrame, day: int) -> str | None:
    possible = (group["possible_from"] <= day) & (day < group["possible_until"])
    if not possible.any():
        return None
    certain = possible & (group["certain_from"] <= day) & (day < group["certain_until"])
    return "certain" if certain.any() else "possible"


def _merged(
    person: object, address: object, states: list[str | None], edges: list[int]
) -> list[tuple[object, object, str, date, date]]:
    pieces: list[tuple[object, object, str, date, date]] = []
    begin = 0
    for i in range(1, len(states) + 1):
        if i == len(states) or states[i] != states[begin]:
            state = states[begin]
            if state is not None:
                pieces.append((person, address, state, day_of(edges[begin]), day_of(edges[i])))
            begin = i
    return pieces
