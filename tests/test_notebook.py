"""Barrier in Python: data frames from a store, residents from register rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import barrier
from barrier.errors import InputError
from tests.helpers import Results

pytestmark = pytest.mark.slow


def test_a_store_answers_shipped_queries_and_cypher_as_data_frames(demo: Results) -> None:
    with barrier.open(demo.store, purpose="test") as graph:
        houses = graph.query("landlord_houses", at=date(2026, 9, 1), party="ring-letting")
        count = graph.query("MATCH (a:Address) WHERE a.kind = $kind RETURN count(*) AS n", kind="caravan")

    assert "ring-a1" in houses.to_string()
    assert count["n"].tolist() == [0]


def test_the_occupancy_in_python_is_that_of_the_scan(demo: Results) -> None:
    with barrier.open(demo.store) as graph:
        found = graph.occupancy(date(2026, 9, 1)).set_index("address")

    assert found.loc["camp-a1", "verdict"] == "overcrowded"
    assert found["certain"].sum() == demo.occupancy["certain"].sum()


def test_a_writing_query_is_refused_in_python_too(demo: Results) -> None:
    with barrier.open(demo.store) as graph, pytest.raises(InputError, match="a query only reads"):
        graph.query("MATCH (a) DELETE a")


def test_opening_a_store_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        barrier.open(tmp_path / "none.barrier")
    assert error.value.hint == "make one with: barrier import REGION --store STORE"


ROWS = pd.DataFrame(
    [
        ["p1", "a1", "2020-01-01", None, "residence", False],
        ["p1", "a2", "2024-05-00", None, "residence", False],
        ["p2", "a1", "2021-01-01", "2024-05-10", "residence", False],
        ["p3", "a1", "2021-01-01", None, "residence", True],
        ["p4", "a1", "2021-01-01", None, "correspondence", False],
    ],
    columns=["person", "address", "from", "until", "function", "in_enquiry"],
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 4, 30), [("p1", "a1", "certain"), ("p2", "a1", "certain"), ("p3", "a1", "possible")]),
        (
            date(2024, 5, 1),
            [("p1", "a1", "possible"), ("p1", "a2", "possible"), ("p2", "a1", "certain"), ("p3", "a1", "possible")],
        ),
        (date(2024, 6, 1), [("p1", "a2", "certain"), ("p3", "a1", "possible")]),
        (date(2019, 1, 1), []),
    ],
)
def test_residents_on_a_day(day: date, expected: list[tuple[str, str, str]]) -> None:
    assert list(barrier.residents_on(ROWS, day).itertuples(index=False, name=None)) == expected


def test_residents_between_two_days_agree_with_residents_on_every_day() -> None:
    first, until = date(2024, 4, 20), date(2024, 6, 10)
    found = barrier.residents_between(ROWS, first, until)

    for number in range(first.toordinal(), until.toordinal()):
        day = date.fromordinal(number)
        inside = found[(found["from"] <= day) & (day < found["until"])]
        got = sorted(inside[["person", "address", "state"]].itertuples(index=False, name=None))
        assert got == list(barrier.residents_on(ROWS, day).itertuples(index=False, name=None))


def test_rows_that_are_wrong_are_told() -> None:
    with pytest.raises(InputError, match="missing address"):
        barrier.residents_on(ROWS.drop(columns="address"), date(2024, 1, 1))
    with pytest.raises(InputError, match="from: not a date in row 1"):
        barrier.residents_on(ROWS.replace("2024-05-00", "May"), date(2024, 1, 1))


def test_a_store_is_not_opened_without_a_purpose(demo: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARRIER_PURPOSE", " ")
    with pytest.raises(InputError, match="no purpose was given"):
        barrier.open(demo.store, purpose="\t")
