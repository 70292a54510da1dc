"""Small regions cut out of synthetic ones by somebody else, each with one fault that a scan once made."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Results, run

SMALL = Path(__file__).parent / "small"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what scans a small region by its number, once."""
    folder = tmp_path_factory.mktemp("small")

    @cache
    def scan(number: str) -> Results:
        [region] = SMALL.glob(f"{number}-*")
        done = run("scan", str(region), "--at", "2026-07-01", "--out", str(folder / number))
        assert done.exit_code == 0, done.output
        return Results(folder / number)

    return scan


def _advised(results: Results, subject: str) -> list[str]:
    lines = (results.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()
    about = [json.loads(line)["about"] for line in lines]
    return [a["id"] for a in about if a["kind"] == "finding" and subject in a["id"].split(":")]


def _clusters(results: Results) -> list[dict[str, Any]]:
    return [json.loads(x) for x in (results.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("number", "address", "reason"),
    [
        ("01", "a00046350", "late_deregistration"),
        ("02", "a00073495", "licensed_lodging"),
        ("04", "a00015182", "institution"),
    ],
)
def test_nobody_is_advised_on_an_address_with_an_innocent_reason(
    scanned: Any, number: str, address: str, reason: str
) -> None:
    results = scanned(number)
    explained = {
        f["subject"]["id"] for f in results.findings for e in f["explanations"] if e["name"] == reason and e["holds"]
    }

    assert address in explained
    assert [a for subject in explained for a in _advised(results, subject)] == []


def test_one_number_for_a_complex_is_explained(scanned: Any) -> None:
    table = scanned("03").occupancy

    assert set(table.loc[table["explanation"].str.startswith("one object for 42 units"), "verdict"]) == {"explained"}


def test_three_generations_that_arrived_on_one_day_are_a_family(scanned: Any) -> None:
    assert scanned("05").occupancy["verdict"].tolist() == ["explained"]


def test_people_registered_and_others_seen_add_up(scanned: Any) -> None:
    [row] = scanned("06").occupancy.to_dict("records")

    assert (row["certain"], row["observed"], row["together"]) == (4, 4, 8)
    assert row["verdict"] == "possibly_overcrowded"


def test_payments_known_in_part_do_not_show_that_all_wages_go_to_one_account(scanned: Any) -> None:
    assert [f["id"] for f in scanned("07").findings if f["detector"] == "wages_to_one_account"] == []


def test_lenders_are_facilitators_and_their_hirers_are_not(scanned: Any) -> None:
    listed = {p["id"] for c in _clusters(scanned("09")) for p in c["facilitators"]}

    assert {"p00046921", "b00005065", "b00016813", "b00001489"} <= listed
    assert listed.isdisjoint({"b00006704", "b00006989"})
