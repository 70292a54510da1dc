"""Occupancy at its boundaries: below, at and above each number, the last day and the day after."""

from __future__ import annotations

from typing import Any

import pytest

from barrier.analysis.detector_cases import Case, case_tables
from barrier.detect.occupancy import occupancy
from barrier.model.norms import Norms, shipped_norms
from barrier.model.yamlfile import validate
from barrier.store.tables import TableColumns

DAY = "2026-09-01"


def _row(norms: Norms | None = None, *, at: str = DAY, **graph: Any) -> Any:
    case = validate({"name": "case", "hits": [], "at": at, **graph}, Case, where="case")
    table = occupancy(TableColumns(case_tables(case)), case.at, norms or shipped_norms()).table
    return table.set_index("address").loc["a1"]


def _house(people: int, begun: str = "2024-01-01", source: str = "BRP", **address: Any) -> dict[str, Any]:
    return {
        "nodes": {"Person": [f"p1..p{people}"], "Address": {"a1": {"kind": "dwelling", **address}}},
        "links": [[f"p1..p{people}", "REGISTERED_AT", "a1", {"from": begun, "source": source}]],
    }


@pytest.mark.parametrize(("people", "verdict"), [(5, "ok"), (6, "ok"), (7, "overcrowded")])
def test_as_many_as_are_permitted_in_a_house_that_is_large_enough_need_no_explanation(
    people: int, verdict: str
) -> None:
    assert _row(**_house(people, area_m2=400, permitted_occupants=6))["verdict"] == verdict


@pytest.mark.parametrize(("people", "verdict"), [(6, "explained"), (7, "possibly_overcrowded")])
def test_possible_people_are_held_against_the_permit_from_the_first_one_too_many(people: int, verdict: str) -> None:
    house = _house(people, begun="0000-00-00", area_m2=30, permitted_occupants=6)

    assert _row(**house)["verdict"] == verdict


@pytest.mark.parametrize(("area", "verdict"), [(9.9, "area_unreliable"), (10, "overcrowded"), (10.1, "overcrowded")])
def test_an_area_of_ten_says_something_and_one_below_does_not(area: float, verdict: str) -> None:
    assert _row(**_house(3, area_m2=area))["verdict"] == verdict


@pytest.mark.parametrize(("area", "verdict"), [(2700, "overcrowded"), (2700.5, "area_unreliable")])
def test_a_dwelling_of_2700_says_something_and_a_larger_one_does_not(area: float, verdict: str) -> None:
    assert _row(**_house(300, area_m2=area))["verdict"] == verdict


@pytest.mark.parametrize(("units", "verdict"), [(1, "overcrowded"), (2, "area_unreliable")])
def test_one_object_for_two_units_already_says_nothing(units: int, verdict: str) -> None:
    assert _row(**_house(6, area_m2=40, units=units))["verdict"] == verdict


@pytest.mark.parametrize(("born", "verdict"), [(2009, "explained"), (2008, "overcrowded")])
def test_who_turns_eighteen_this_year_is_no_minor(born: int, verdict: str) -> None:
    nodes = {
        "Person": {"g1..g3": {}, "k1": {"birth_year": born}},
        "Address": {"a1": {"kind": "dwelling", "area_m2": 40}},
    }
    links = [[p, "REGISTERED_AT", "a1"] for p in ("g1..g3", "k1")]

    assert _row(nodes=nodes, links=links)["verdict"] == verdict


def _licensed(
    people: int, licence: dict[str, Any] | None = None, premises: dict[str, Any] | None = None
) -> dict[str, Any]:
    house = _house(people, area_m2=40)
    terms = {"kind": "room_letting", "status": "active", "conditions": ["max_persons=6"], **(licence or {})}
    house["nodes"]["Licence"] = {"l1": terms}
    house["links"].append(["l1", "FOR_PREMISES", "a1", premises or {}])
    return house


@pytest.mark.parametrize(("people", "verdict"), [(6, "explained"), (7, "overcrowded")])
def test_a_licence_explains_up_to_its_number(people: int, verdict: str) -> None:
    assert _row(**_licensed(people))["verdict"] == verdict


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        (["max_persons=6"], "explained"),
        (["MAX_PERSONS = 6", "snf"], "explained"),
        (["snf"], "explained"),
        ([], "explained"),
        (["max_persons=6;snf"], "explained"),
        (["max_persons=5;snf"], "overcrowded"),
        (["max_persons=6;sauna"], "overcrowded"),
        (["max_persons=6.0"], "explained"),
        (["max_persons=6.000"], "overcrowded"),
        (["max_persons=\N{SUPERSCRIPT TWO}"], "overcrowded"),
        (["max_persons=\N{ARABIC-INDIC DIGIT EIGHT}"], "overcrowded"),
        (["max_persons=-1"], "overcrowded"),
        (["max_persons="], "overcrowded"),
        (["max-persons:6"], "explained"),
        (["max-persons:5"], "overcrowded"),
        (["MaxPersons: 5"], "overcrowded"),
        (["5 personen"], "overcrowded"),
        (["max. 6 pers."], "explained"),
        (["max. 5 pers."], "overcrowded"),
        (["aantal personen: 5"], "overcrowded"),
        (["8"], "overcrowded"),
        (["8 bedden"], "overcrowded"),
        (["2 personen per kamer"], "overcrowded"),
        (["minimaal 2 personen"], "overcrowded"),
        (["acht personen"], "overcrowded"),
        (["personeel aanwezig", "contactpersoon bereikbaar", "sluit 23:00"], "explained"),
        (["max_persons=8", "max_persons=5"], "overcrowded"),
        (["max_persons=5", "max_persons=8"], "overcrowded"),
    ],
)
def test_a_number_of_persons_that_cannot_be_read_never_allows_any_number(conditions: list[str], verdict: str) -> None:
    assert _row(**_licensed(6, licence={"conditions": conditions}))["verdict"] == verdict


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        ({"valid_from": "2026-09-01"}, "explained"),
        ({"valid_from": "2026-09-02"}, "overcrowded"),
        ({"valid_until": "2026-09-02"}, "explained"),
        ({"valid_until": "2026-09-01"}, "overcrowded"),
    ],
)
def test_a_licence_holds_from_its_first_day_until_the_day_before_its_end(dates: dict[str, str], verdict: str) -> None:
    assert _row(**_licensed(6, licence=dates))["verdict"] == verdict


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        ({"from": "2026-09-01"}, "explained"),
        ({"from": "2026-09-02"}, "overcrowded"),
        ({"until": "2026-09-02"}, "explained"),
        ({"until": "2026-09-01"}, "overcrowded"),
        ({"until": "2025-01-01"}, "overcrowded"),
    ],
)
def test_a_licence_explains_its_premises_only_while_it_is_for_them(dates: dict[str, str], verdict: str) -> None:
    assert _row(**_licensed(6, premises=dates))["verdict"] == verdict


def _corrected(corrected: int, others: int, until: str | None = None) -> dict[str, Any]:
    """Return a house for people whose rows come from a correction of the register, and for others."""
    house = _house(others, area_m2=40)
    row = {"from": "2024-01-01", "source": "register_correction"} | ({"until": until} if until else {})
    house["nodes"]["Person"].append(f"c1..c{corrected}")
    house["links"].append([f"c1..c{corrected}", "REGISTERED_AT", "a1", row])
    return house


@pytest.mark.parametrize(("corrected", "verdict"), [(2, "overcrowded"), (3, "explained"), (4, "explained")])
def test_a_correction_of_the_register_explains_from_half_of_the_rows(corrected: int, verdict: str) -> None:
    assert _row(**_corrected(corrected, 6 - corrected))["verdict"] == verdict


@pytest.mark.parametrize(("until", "verdict"), [("2026-09-02", "explained"), ("2026-09-01", "overcrowded")])
def test_a_corrected_row_counts_until_the_day_before_its_end(until: str, verdict: str) -> None:
    assert _row(**_corrected(4, 4, until=until))["verdict"] == verdict


@pytest.mark.parametrize(
    ("at", "verdict"),
    [("2025-12-31", "ok"), ("2026-01-01", "overcrowded"), ("2026-06-30", "overcrowded"), ("2026-07-01", "ok")],
)
def test_a_norm_is_in_force_from_its_first_day_until_the_day_before_its_end(at: str, verdict: str) -> None:
    stricter = {"kind": "dwelling", "m2_per_person": 30, "from": "2026-01-01", "until": "2026-07-01", "source": "test"}
    norms = shipped_norms().plus(
        [validate({"format": 1, "about": "Local.", "norms": [stricter]}, Norms, where="norms")]
    )

    assert _row(norms, at=at, **_house(4, area_m2=100))["verdict"] == verdict


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (["max_persons=6"], "licensed for 6 persons"),
        (["max_persons=999999"], "licensed for 999999 persons"),
        (["snf"], "licensed for any number of persons"),
    ],
)
def test_the_words_say_for_how_many_a_licence_is(conditions: list[str], words: str) -> None:
    assert _row(**_licensed(6, licence={"conditions": conditions}))["explanation"] == words
