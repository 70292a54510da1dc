"""Dates with unknown parts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.model.dates import FAR_FUTURE, FAR_PAST, day_number, parse_dates


def _one(text: str) -> tuple[int, int, bool]:
    parts = parse_dates(np.array([text], dtype=object))
    return int(parts.low[0]), int(parts.high[0]), bool(parts.valid[0])


@given(st.dates(min_value=date(1800, 1, 1), max_value=date(9998, 12, 31)))
def test_a_whole_date_is_one_day(day: date) -> None:
    assert _one(day.isoformat()) == (day_number(day), day_number(day), True)


def test_an_unknown_day_lies_in_the_month_and_has_surely_come_on_the_first_of_the_next() -> None:
    assert _one("2024-02-00") == (day_number(date(2024, 2, 1)), day_number(date(2024, 3, 1)), True)


def test_an_unknown_month_lies_in_the_year() -> None:
    assert _one("2024-00-00") == (day_number(date(2024, 1, 1)), day_number(date(2025, 1, 1)), True)


def test_a_wholly_unknown_date_can_be_any_day() -> None:
    assert _one("0000-00-00") == (FAR_PAST, FAR_FUTURE, True)


@pytest.mark.parametrize(
    "text",
    ["2024-02-31", "2023-02-29", "2024-13-01", "2024-00-05", "24-01-01", "2024/01/01", "01-02-2024", "x", "1200-01-01"],
)
def test_what_is_no_date_is_not_valid(text: str) -> None:
    assert not _one(text)[2]
