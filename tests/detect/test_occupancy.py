"""Occupancy by day: against a brute force that walks every day, and rule by rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.analysis.detector_cases import Case, case_tables
from barrier.detect.occupancy import occupancy
from barrier.detect.occupancy.intervals import Intervals, codes_of, stays_of, united, without_seen_elsewhere
from barrier.detect.occupancy.peaks import peaks
from barrier.model.norms import shipped_norms
from barrier.model.yamlfile import validate
from barrier.store.tables import TableColumns

LAST = 24
STAY = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, LAST - 1), st.integers(1, 8))
STAYS = st.lists(STAY, max_size=14)


def _intervals(stays: list[tuple[int, int, int, int]]) -> Intervals:
    columns = np.array([(p, a, s, s + n) for p, a, s, n in stays], dtype=np.int64).reshape(-1, 4)
    return Intervals(*columns.T)


@pytest.mark.parametrize(
    ("ids", "known", "codes"),
    [
        (["c", "a", "c"], ["a", "b", "c", "d"], [2, 0, 2]),  # fewer than are known
        (["c", "a", "c", "b", "b"], ["a", "b", "c"], [2, 0, 2, 1, 1]),
        (["x", "a"], ["a", "b", "c"], [-1, 0]),
        (["x", "a", "y"], ["a"], [-1, 0, -1]),
        ([], ["a"], []),
        ([], [], []),
    ],
)
def test_ids_have_their_place_among_those_that_are_known(ids: list[str], known: list[str], codes: list[int]) -> None:
    assert codes_of(pd.Series(ids, dtype="str"), pd.Series(known, dtype="str")).tolist() == codes


def _days(stays: list[tuple[int, int, int, int]]) -> set[tuple[int, int, int]]:
    return {(p, a, day) for p, a, s, n in stays for day in range(s, s + n)}


@given(STAYS)
def test_people_at_an_address_are_the_same_as_counted_day_by_day(stays: list[tuple[int, int, int, int]]) -> None:
    found = united(_intervals(stays))

    for day in range(LAST + 9):
        expected = [len({p for p, a, d in _days(stays) if a == address and d == day}) for address in range(3)]
        assert found.counts(day, 3).tolist() == expected


@given(STAYS, STAYS)
def test_certain_is_registered_and_not_seen_elsewhere_since_day_by_day(
    registered: list[tuple[int, int, int, int]], seen: list[tuple[int, int, int, int]]
) -> None:
    found = united(without_seen_elsewhere(_intervals(registered), _intervals(seen)))

    expected = {
        (p, a, day)
        for p, a, start, length in registered
        for day in range(start, start + length)
        if not any(q == p and b != a and s >= start and s <= day < s + n for q, b, s, n in seen)
    }
    got = {
        (int(p), int(a), day)
        for p, a, s, e in zip(found.person, found.address, found.start, found.end, strict=True)
        for day in range(s, e)
    }
    assert got == expected


@given(STAYS, st.integers(0, LAST + 8))
def test_the_peak_is_the_last_stretch_with_most_people_day_by_day(
    stays: list[tuple[int, int, int, int]], until: int
) -> None:
    found = peaks(united(_intervals(stays)), addresses=3, day=until)

    for address in range(3):
        counts = [len({p for p, a, d in _days(stays) if a == address and d == day}) for day in range(until + 1)]
        assert found.persons[address] == max(counts)
        if max(counts):
            last = max(day for day in range(until + 1) if counts[day] == max(counts))
            assert found.start[address] <= last
            assert found.until[address] == (last + 1 if last < until else -1)


@given(STAYS)
@settings(max_examples=30)
def test_the_order_of_rows_does_not_matter(stays: list[tuple[int, int, int, int]]) -> None:
    there, back = united(_intervals(stays)), united(_intervals(stays[::-1]))

    assert [there.counts(d, 3).tolist() for d in range(30)] == [back.counts(d, 3).tolist() for d in range(30)]


def test_a_letter_address_houses_nobody_and_an_enquiry_makes_possible() -> None:
    rows: dict[str, list[Any]] = {
        "person": [0, 1, 2],
        "address": [0, 0, 0],
        "start_day": [0, 0, 0],
        "end_day": [9, 9, 9],
        "possible_start_day": [0, 0, 0],
        "possible_end_day": [9, 9, 9],
        "function": ["correspondence", "residence", None],
        "in_enquiry": [None, True, False],
        "source": ["BRP"] * 3,
    }
    nobody = pd.DataFrame({c: pd.Series([], dtype="int64") for c in ("person", "address", "start_day", "end_day")})

    found = stays_of(pd.DataFrame(rows), nobody.assign(source=pd.Series([], dtype="str")))

    assert [found.certain.counts(5, 1).tolist(), found.possible.counts(5, 1).tolist()] == [[1], [2]]


def _row(**case: Any) -> Any:
    graph = validate({"name": "case", "hits": [], "at": "2026-09-01", **case}, Case, where="case")
    table = occupancy(TableColumns(case_tables(graph)), graph.at, shipped_norms()).table
    return table.set_index("address").loc["a1"]


def _house(people: int, **address: Any) -> dict[str, Any]:
    return {
        "nodes": {"Person": [f"p1..p{people}"], "Address": {"a1": {"kind": "dwelling", **address}}},
        "links": [[f"p1..p{people}", "REGISTERED_AT", "a1", {"from": "2024-01-01"}]],
    }


@pytest.mark.parametrize(
    ("people", "address", "verdict"),
    [
        (6, {"area_m2": 72}, "ok"),
        (6, {"area_m2": 71}, "overcrowded"),
        (4, {"area_m2": 24, "kind": "caravan"}, "ok"),
        (5, {"area_m2": 24, "kind": "caravan"}, "overcrowded"),
        (6, {"area_m2": 59, "kind": "lodging"}, "overcrowded"),
        (6, {"area_m2": 60, "kind": "lodging"}, "ok"),
        (6, {"area_m2": 71, "kind": "recreational"}, "overcrowded"),
        (6, {"area_m2": 40, "kind": "unknown"}, "possibly_overcrowded"),
        (6, {"area_m2": 40, "kind": "commercial"}, "ok"),
        (6, {"area_m2": 40, "kind": "institution"}, "explained"),
        (6, {"area_m2": 40, "permitted_occupants": 6}, "explained"),
        (6, {"area_m2": 400, "permitted_occupants": 5}, "overcrowded"),
        (6, {"permitted_occupants": 5}, "overcrowded"),
        (6, {"area_m2": 40, "units": 4}, "area_unreliable"),
        (6, {"area_m2": 40, "purposes": ["gezondheidszorgfunctie"]}, "explained"),
    ],
)
def test_the_verdict_follows_the_norm_the_permit_and_the_kind(
    people: int, address: dict[str, Any], verdict: str
) -> None:
    assert _row(**_house(people, **address))["verdict"] == verdict


@pytest.mark.parametrize("area", [None, 1, 9, 999, 9999, 99999, 999999, 2701])
def test_an_area_that_says_nothing_is_never_overcrowded(area: int | None) -> None:
    assert _row(**_house(300, area_m2=area))["verdict"] == "area_unreliable"


def test_only_possible_people_make_it_possibly_overcrowded() -> None:
    house = _house(6, area_m2=40)
    house["links"][0][3]["from"] = "0000-00-00"
    row = _row(**house)

    assert [row["certain"], row["possible"], row["verdict"]] == [0, 6, "possibly_overcrowded"]


def test_somebody_seen_elsewhere_since_is_only_possibly_here() -> None:
    house = _house(2, area_m2=40)
    house["nodes"]["Address"]["a2"] = {"kind": "dwelling"}
    house["links"].append(["p1", "STAYS_AT", "a2", {"from": "2026-01-01"}])
    row = _row(**house)

    assert [row["certain"], row["possible"]] == [1, 2]


@pytest.mark.parametrize(
    ("adults", "minors", "verdict"), [(4, 4, "explained"), (5, 4, "overcrowded"), (8, 0, "overcrowded")]
)
def test_a_family_is_a_minor_and_at_most_four_others(adults: int, minors: int, verdict: str) -> None:
    people = {f"g1..g{adults}": {"birth_year": 1980}} | ({f"k1..k{minors}": {"birth_year": 2015}} if minors else {})
    nodes = {"Person": people, "Address": {"a1": {"kind": "dwelling", "area_m2": 60}}}
    links = [[p, "REGISTERED_AT", "a1"] for p in people]

    assert _row(nodes=nodes, links=links)["verdict"] == verdict


def test_the_day_before_a_move_counts_and_the_day_of_it_does_not() -> None:
    house = _house(3, area_m2=40)
    house["links"][0][3]["until"] = "2026-09-01"
    nobody_left = {**house, "at": "2026-08-31"}

    assert _row(**nobody_left)["certain"] == 3
    with pytest.raises(KeyError):
        _row(**house)


def test_a_protected_person_is_counted_nowhere() -> None:
    house = _house(3, area_m2=30)
    house["nodes"]["Person"] = {"p1": {"protected": True}, "p2..p3": {}}

    assert _row(**house)["certain"] == 2


def test_peak_is_the_fullest_stretch_up_to_the_day() -> None:
    house = _house(2, area_m2=90)
    house["nodes"]["Person"].append("q1..q5")
    house["links"].append(["q1..q5", "REGISTERED_AT", "a1", {"from": "2025-02-01", "until": "2025-05-01"}])
    row = _row(**house)

    assert [row["certain"], row["peak_persons"], row["peak_from"], row["peak_until"]] == [
        2,
        7,
        "2025-02-01",
        "2025-05-01",
    ]


def test_the_day_looked_at_decides_which_residents_count() -> None:
    day = date(2026, 9, 1)
    assert _row(**_house(3, area_m2=90), at=day.isoformat())["certain"] == 3
