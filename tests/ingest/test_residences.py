"""Registrations that follow each other: what the scan reads is what `barrier.residents_on` says of the same rows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier import residents_on
from barrier.detect.occupancy.intervals import Intervals, read_stays
from barrier.errors import InputError
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.reader import given_table
from barrier.ingest.region import Region, build_region, read_region
from barrier.model.dates import day_number, parse_dates
from barrier.store.tables import TableColumns

PERSONS, ADDRESSES = ("p-1", "p-2"), ("a-1", "a-2", "a-3")
COLUMNS = ["person", "address", "from", "until", "function", "in_enquiry"]
Row = tuple[str, str | None, str, str | None, str, bool]


def _written(day: date, known: str) -> str:
    return {"day": day.isoformat(), "month": f"{day:%Y-%m}-00", "year": f"{day:%Y}-00-00"}[known]


STARTS = st.builds(_written, st.dates(date(2020, 1, 1), date(2023, 12, 31)), st.sampled_from(["day", "month", "year"]))
ENDS = st.one_of(
    st.none(),
    st.sampled_from(["0000-00-00", "9999-12-31", "2200-00-00"]),
    st.builds(_written, st.dates(date(2021, 1, 1), date(2025, 12, 31)), st.sampled_from(["day", "month", "year"])),
)


@st.composite
def registers(draw: st.DrawFn) -> list[Row]:
    """Return rows of two persons in register order: residences, letter addresses and moves elsewhere."""
    rows: list[Row] = []
    for person in PERSONS:
        starts = sorted(draw(st.lists(STARTS, max_size=4)), key=lambda s: (_bound(s)[1], _bound(s)[0]))
        for place in draw(st.lists(st.integers(0, len(starts)), max_size=1)):
            starts.insert(place, "0000-00-00")
        for start in starts:
            end = draw(ENDS)
            if end is not None and _last(end) < _bound(start)[0]:
                end = None  # such a row is set aside
            address = draw(st.one_of(st.sampled_from(ADDRESSES), st.none()))
            function = draw(st.sampled_from(["residence", "residence", "correspondence"]))
            rows.append((person, address, start, end, function, draw(st.booleans()) and draw(st.booleans())))
    return rows


def _last(text: str) -> int:
    """Return the last day that a date can be."""
    low, high = _bound(text)
    return high - 1 if high > low else high


def _bound(text: str) -> tuple[int, int]:
    parts = parse_dates(np.array([text], dtype=object))
    return int(parts.low[0]), int(parts.high[0])


def _region(rows: list[Row]) -> Region:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    names = ("source_id", "target_id", "from", "until", "function")
    table = {n: list(c) for n, c in zip(names, columns, strict=False)}
    table["in_enquiry"] = ["true" if c else "false" for c in columns[5]]
    given = {
        "Person": given_table("Person.csv", {"id": PERSONS}),
        "Address": given_table("Address.csv", {"id": ADDRESSES}),
        "REGISTERED_AT": given_table("REGISTERED_AT.csv", table),
    }
    return build_region(RegionFolder(Path(), RegionConfig(), {}, ()), given)


def _scanned(region: Region, day: date) -> set[tuple[str, str, str]]:
    stays = read_stays(TableColumns(region.tables), pd.Series(PERSONS), pd.Series(ADDRESSES))

    def there(held: Intervals) -> set[tuple[str, str]]:
        now = held.on(day_number(day))
        return {(PERSONS[p], ADDRESSES[a]) for p, a in zip(now.person, now.address, strict=True)}

    certain, possible = there(stays.certain), there(stays.possible)
    return {(*pair, "certain" if pair in certain else "possible") for pair in possible}


@settings(max_examples=200)
@given(rows=registers(), ago=st.integers(0, 2500))
def test_a_scan_and_residents_on_say_the_same(rows: list[Row], ago: int) -> None:
    day = date(2026, 6, 1) - timedelta(days=ago)
    region = _region(rows)

    asked = residents_on(pd.DataFrame(rows, columns=COLUMNS), day) if rows else pd.DataFrame(columns=COLUMNS)

    assert region.rejected.to_dict("records") == []
    expected = {(r.person, r.address, r.state) for r in asked.itertuples()} if rows else set()
    assert _scanned(region, day) == expected


@pytest.mark.parametrize(
    ("later", "certain"),
    [
        (("p-1", "a-2", "2024-05-01", None, "correspondence", False), set()),
        (("p-1", None, "2024-05-01", None, "residence", False), set()),
        (("p-1", "a-2", "2024-05-01", None, "residence", False), {("p-1", "a-2", "certain")}),
    ],
    ids=["letter address", "elsewhere", "residence"],
)
def test_a_later_registration_of_any_kind_ends_a_residence(later: Row, certain: set[tuple[str, str, str]]) -> None:
    region = _region([("p-1", "a-1", "2020-01-01", None, "residence", False), later])

    assert _scanned(region, date(2024, 4, 30)) == {("p-1", "a-1", "certain")}
    assert _scanned(region, date(2024, 5, 1)) == certain


def test_a_row_without_an_address_makes_no_link_is_not_set_aside_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id\np-1\n", encoding="utf-8")
    (tmp_path / "Address.csv").write_text("id\na-1\n", encoding="utf-8")
    rows = "source_id,target_id,from\np-1,a-1,2020-01-01\np-1, ,2024-05-00\np-9,,2024-05-01\n"
    (tmp_path / "REGISTERED_AT.csv").write_text(rows, encoding="utf-8")

    read = read_region(tmp_path)

    assert read.rejected[["line", "column", "reason"]].to_numpy().tolist() == [
        [4, "source_id", "there is no Person with this id; deliver it too, or take this row out"]
    ]
    assert read.rows_loaded["REGISTERED_AT"] == 1
    assert "REGISTERED_AT: 1 row ends another one and holds no address" in read.notes
    home = read.tables.links["REGISTERED_AT"].table
    assert home.column("end_day").to_pylist() == [day_number(date(2024, 5, 1))]
    assert home.column("possible_end_day").to_pylist() == [day_number(date(2024, 6, 1))]


def test_six_people_whose_registration_ended_on_an_unknown_day_live_there_possibly_not_certainly() -> None:
    region = _region([(p, "a-1", "2020-01-01", "0000-00-00", "residence", False) for p in PERSONS])

    assert _scanned(region, date(2026, 9, 1)) == {(p, "a-1", "possible") for p in PERSONS}


@pytest.mark.parametrize("end", ["0000-00-00", "2022-00-00"])
def test_an_end_on_an_unknown_day_lies_before_the_next_registration(end: str) -> None:
    rows: list[Row] = [
        ("p-1", "a-1", "2020-01-01", end, "residence", False),
        ("p-1", "a-2", "2022-03-01", None, "residence", False),
    ]

    for day, expected in ((date(2022, 2, 28), {("p-1", "a-1", "possible")}), (date(2022, 3, 1), set())):
        asked = residents_on(pd.DataFrame(rows, columns=COLUMNS), day)
        found = set(zip(asked["person"], asked["address"], asked["state"], strict=True))
        assert (
            {f for f in found if f[1] == "a-1"}
            == {f for f in _scanned(_region(rows), day) if f[1] == "a-1"}
            == expected
        )


UNKNOWN_MONTH: list[Row] = [
    ("p-1", "a-1", "2012-00-00", "2012-06-28", "residence", False),
    ("p-1", "a-2", "2012-06-28", None, "residence", False),
    ("p-2", "a-3", "2026-00-00", "2026-09-04", "residence", False),
    ("p-2", "a-1", "2026-09-04", None, "residence", False),
]


@pytest.mark.parametrize("rows", [UNKNOWN_MONTH, UNKNOWN_MONTH[::-1]], ids=["oldest first", "newest first"])
def test_a_row_that_ended_as_another_began_is_not_later_though_the_day_of_its_start_is_not_known(
    rows: list[Row],
) -> None:
    today = {("p-1", "a-2", "certain"), ("p-2", "a-1", "certain")}

    assert _scanned(_region(rows), date(2026, 10, 1)) == _asked(rows, date(2026, 10, 1)) == today
    before = {("p-1", "a-2", "certain"), ("p-2", "a-3", "possible")}
    assert _scanned(_region(rows), date(2026, 9, 3)) == _asked(rows, date(2026, 9, 3)) == before


def test_a_start_in_an_unknown_month_comes_after_the_row_before_it_in_the_register() -> None:
    known_first: list[Row] = [
        ("p-1", "a-1", "2022-05-10", None, "residence", False),
        ("p-1", "a-2", "2022-00-00", None, "residence", False),
        ("p-1", "a-3", "2022-00-00", None, "residence", False),
    ]

    for rows, last in ((known_first, "a-3"), (known_first[::-1], "a-1")):
        assert _scanned(_region(rows), date(2024, 1, 1)) == _asked(rows, date(2024, 1, 1)) == {("p-1", last, "certain")}


def _asked(rows: list[Row], day: date) -> set[tuple[str, str, str]]:
    found = residents_on(pd.DataFrame(rows, columns=COLUMNS), day)
    return set(found.itertuples(index=False, name=None))


@pytest.mark.parametrize("word", ["false", "False", " nee", "0", False, 0.0, None, ""])
def test_an_enquiry_that_is_denied_in_words_is_none(word: object) -> None:
    row = ("p-1", "a-1", "2020-01-01", None, "residence", word)

    assert list(residents_on(pd.DataFrame([row], columns=COLUMNS), date(2024, 1, 1))["state"]) == ["certain"]


@pytest.mark.parametrize("word", ["true", "JA", "1", True, 1.0])
def test_an_enquiry_in_words_makes_a_residence_possible(word: object) -> None:
    row = ("p-1", "a-1", "2020-01-01", None, "residence", word)

    assert list(residents_on(pd.DataFrame([row], columns=COLUMNS), date(2024, 1, 1))["state"]) == ["possible"]


def test_an_enquiry_that_is_neither_true_nor_false_is_refused() -> None:
    row = ("p-1", "a-1", "2020-01-01", None, "residence", "maybe")

    with pytest.raises(InputError, match="in_enquiry: neither true nor false in row 0"):
        residents_on(pd.DataFrame([row], columns=COLUMNS), date(2024, 1, 1))
