"""The shipped detectors: every case, what every file must have, and what a wrong file is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from barrier import resources
from barrier.analysis.detector_cases import CaseFile, case_folder, run_cases
from barrier.detect.library import load_detectors, load_explore
from barrier.errors import InputError
from barrier.model.yamlfile import load_yaml
from tests.helpers import run

DETECTORS = {d.id: d for d in load_detectors()}
LOCK = Path(__file__).parent / "detectors.lock.json"

ASKED_FOR = {
    "entry": {"arrival_burst", "one_sponsor_many", "registered_by_one_helper"},
    "identity": {"correspondence_crowd", "shared_contact_many_persons", "unregistered_stay", "rapid_turnover"},
    "housing": {
        "overcrowded",
        "observed_more_than_registered",
        "living_in_non_residential",
        "landlord_is_employer",
        "landlord_many_crowded",
        "letting_without_licence",
        "holiday_park_year_round",
        "rotation",
    },
    "labour": {
        "lender_without_licence",
        "phoenix_lender",
        "workplace_is_bedroom",
        "self_employed_one_client",
        "licence_front",
        "licence_condition_breach",
    },
    "finance": {"wages_to_one_account", "straw_director", "circular_ownership"},
    "across": {"signals_at_two_barriers", "not_looked_at"},
}


@pytest.mark.parametrize("barrier", ASKED_FOR)
def test_every_barrier_has_its_detectors(barrier: str) -> None:
    found = {d.id for d in DETECTORS.values() if d.header.barrier == barrier}

    assert found >= ASKED_FOR[barrier]


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_case_of_a_detector_comes_out_as_it_says(detector: str) -> None:
    results = list(run_cases(DETECTORS[detector], [case_folder()]))

    assert [f"{r.name}: {r.problems}" for r in results if r.problems] == []
    assert {r.hits for r in results} == {True, False}, "a detector needs a case that hits and one that does not"


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_says_what_a_reader_needs(detector: str) -> None:
    header = DETECTORS[detector].header

    assert header.asks.endswith("?")
    assert len(header.misses) > 30
    assert all(p.unit and p.about for p in header.params.values())
    assert header.explanations or detector in {"not_looked_at", "unregistered_stay"}
    assert "ORDER BY" in DETECTORS[detector].query


def test_a_changed_detector_has_a_new_version() -> None:
    now = {d.id: {"version": d.header.version, "hash": d.digest} for d in DETECTORS.values()}
    then = json.loads(LOCK.read_text(encoding="utf-8"))

    same = [i for i in now if i in then and now[i]["version"] == then[i]["version"]]
    changed = [i for i in same if now[i]["hash"] != then[i]["hash"]]
    assert changed == [], "raise the version where rows can change, then run: python -m tools.detector_lock"
    assert now == then, "run: python -m tools.detector_lock"


WRONG = {
    "unknown parameter": ("WHERE n >= $many", "parameters differ: used ['many'], declared ['few']"),
    "unknown label": ("MATCH (c:Car)", "unknown label Car"),
    "unknown relationship": ("MATCH ()-[:LIKES]->()", "unknown relationship type LIKES"),
    "writing": ("SET a.x = 1", "SET on query line 2; a query only reads"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_detector_is_told_what_is_wrong(what: str, tmp_path: Path) -> None:
    line, message = WRONG[what]
    text = (resources.queries() / "detectors" / "straw_director.cypher").read_text(encoding="utf-8")
    head = [x for x in text.splitlines() if x.startswith("//|") and "params:" not in x and "default:" not in x]
    head = [x.replace("id: straw_director", "id: mine") for x in head]
    head.append("//| params: {few: {default: 1, unit: x, about: y}}")
    (tmp_path / "mine.cypher").write_text("\n".join([*head, "MATCH (a:Address)", line, "RETURN a.id AS address"]))

    with pytest.raises(InputError) as error:
        load_detectors([tmp_path])

    assert any(message in p for p in error.value.problems)


def test_missing_and_unknown_header_fields_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "mine.cypher").write_text("//| id: mine\n//| mises: nothing\nMATCH (a:Address) RETURN a.id AS a\n")

    with pytest.raises(InputError) as error:
        load_detectors([tmp_path])

    text = str(error.value)
    assert "misses: field required" in text
    assert "mises: not a field; fields are id, " in text


OWN = """//| id: many_rooms
//| version: 1
//| status: stable
//| barrier: housing
//| asks: Which addresses have many rooms?
//| misses: Rooms that nobody registered, and rooms that were split since.
//| key: [address]
//| personal_data: none
//| source: Written for this test.
//| params:
//|   min_rooms: {default: 9, unit: rooms, about: Smallest number that counts as many.}
MATCH (a:Address)
WHERE a.rooms >= $min_rooms
RETURN a.id AS address, a.rooms AS rooms
ORDER BY rooms DESC, address
"""
OWN_CASES = """cases:
  - name: nine rooms are a hit
    nodes: {Address: {a1: {rooms: 9}, a2: {rooms: 8}}}
    hits: [[a1]]
"""


def test_a_detector_of_ones_own_is_listed_tested_and_run(tmp_path: Path) -> None:
    (tmp_path / "many_rooms.cypher").write_text(OWN)
    (tmp_path / "many_rooms.yaml").write_text(OWN_CASES)

    listed = run("detectors", "list", "--detectors", str(tmp_path), "--json")
    tested = run("detectors", "test", "many_rooms", "--detectors", str(tmp_path))
    shown = run("detectors", "show", "many_rooms", "--detectors", str(tmp_path))

    assert '"id": "many_rooms"' in listed.output
    assert tested.exit_code == 0
    assert "1 case, 0 failed" in tested.output
    assert "MATCH (a:Address)" in shown.output


def test_a_case_that_fails_says_what_was_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "many_rooms.cypher").write_text(OWN)
    (tmp_path / "many_rooms.yaml").write_text(OWN_CASES.replace("[[a1]]", "[[a1], [a2]]"))

    done = run("detectors", "test", "many_rooms", "--detectors", str(tmp_path))

    assert done.exit_code == 2
    assert "expected hits ['many_rooms:a1', 'many_rooms:a2'], found ['many_rooms:a1']" in done.output


def test_a_detector_that_returns_a_person_stops_the_scan(tmp_path: Path, region: Path) -> None:
    (tmp_path / "own").mkdir()
    text = OWN.replace("a.rooms >= $min_rooms", "a.rooms >= $min_rooms MATCH (p:Person)").replace(
        "RETURN a.id AS address,", "RETURN a.id AS address, p.id AS who,"
    )
    (tmp_path / "own" / "many_rooms.cypher").write_text(text)
    (region / "Person.csv").write_text("id\np-1\n")
    (region / "Address.csv").write_text("id,rooms\na-1,12\n")

    done = run("scan", str(region), "--out", str(tmp_path / "out"), "--detectors", str(tmp_path / "own"))

    assert done.exit_code == 2
    assert "many_rooms: a row names a person" in done.stderr
    assert not (tmp_path / "out").exists()


def test_at_least_twelve_queries_are_there_to_start_from() -> None:
    assert len(load_explore()) >= 12


def test_every_case_file_belongs_to_a_detector() -> None:
    files = {f.stem: load_yaml(f, CaseFile) for f in case_folder().glob("*.yaml")}

    assert set(files) == set(DETECTORS)


@pytest.mark.parametrize("detector", [i for i, d in DETECTORS.items() if "status = 'active'" in d.query])
def test_a_detector_that_asks_for_an_active_licence_asks_whether_it_holds_on_the_day(detector: str) -> None:
    query = DETECTORS[detector].query
    active = re.findall(r"(\w+)\.status = 'active'", query)

    holding = [
        f"{name}.status = 'active' AND coalesce({name}.valid_from_day, $at_day) <= $at_day"
        f" AND coalesce({name}.valid_until_day, $at_day + 1) > $at_day"
        for name in active
    ]

    assert [rule for rule in holding if rule not in query] == []
    assert sum(query.count(rule) for rule in set(holding)) == len(active)
