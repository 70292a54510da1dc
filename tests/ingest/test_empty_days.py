"""Days that programs write for an empty date: no end, and told where they may be meant."""

from __future__ import annotations

import numpy as np
import pytest

from barrier.ingest.dates import read_dates
from barrier.ingest.empty_days import empty_day_notes
from barrier.ingest.reader import given_table


@pytest.mark.parametrize("text", ["1900-01-01", "1900-01-01 00:00:00", "1899-12-30", "1899-12-31", "1900-01-00"])
def test_what_stands_for_an_empty_date_is_no_end(text: str) -> None:
    found = read_dates(np.array([text, "1900-01-02", "1900-00-00"], dtype=object), ends=True)

    assert [mask.tolist() for mask, _ in found.wrong] == [[True, False, False]]


@pytest.mark.parametrize(("text", "wrong"), [("1900-01-01", False), ("1899-12-31", True), ("1899-12-30", True)])
def test_what_begins_may_have_begun_in_1900(text: str, wrong: bool) -> None:
    assert bool(read_dates(np.array([text], dtype=object), ends=False).wrong) is wrong


def test_days_that_may_stand_for_an_empty_date_are_told_with_their_lines() -> None:
    started = ["1900-01-01", " 1900-01-01 00:00", "2020-01-01", "1900-01-01", "1900-01-01"]
    ended = [None, "1900-01-01", "1970-01-01", "1904-01-01", "11900-01-01"]

    told = empty_day_notes(given_table("b.csv", {"id": ["1"] * 5, "started": started, "ended": ended}), "Business")

    taken = "which programs also write for an empty date: taken for that day; clear the cell if it is none"
    assert told == [
        f"b.csv: 4 rows have started 1900-01-01 (lines 2, 3, 5, …), {taken}",
        f"b.csv: 1 row has ended 1904-01-01 (line 5), {taken}",
        f"b.csv: 1 row has ended 1970-01-01 (line 4), {taken}",
    ]


def test_days_on_links_are_told_and_texts_are_not() -> None:
    raw = given_table("s.csv", {"from": ["1970-01-01"], "until": ["2020-01-01"], "source": ["1970-01-01"]})

    assert [n.partition(",")[0] for n in empty_day_notes(raw, "STAYS_AT")] == [
        "s.csv: 1 row has from 1970-01-01 (line 2)"
    ]
