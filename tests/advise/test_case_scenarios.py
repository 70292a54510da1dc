"""Scenarios of the two case studies, by their number there, with the advice, order, block, view or feedback expected.

AE: study of Arnhem and Emmen. EV: study of Eindhoven and Vlaardingen. Others stand under `test_case_…` in the tests of
plans, sharing, cases and documents.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Viewer, shipped_sharing
from barrier.model.dates import today
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

AT = ["--at", "2026-09-01"]


@pytest.fixture(scope="module")
def advice(demo: Results) -> list[dict[str, Any]]:
    return [json.loads(x) for x in (demo.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()]


def _about(advice: list[dict[str, Any]], subject: str) -> dict[str, dict[str, Any]]:
    """Return the advice whose targets hold a subject, or that is about a finding on it, by power."""
    return {a["power"]: a for a in advice if subject in a["targets"] or f":{subject}" in a["about"]["id"]}


def test_ae1_nobody_is_sent_because_nobody_looked(advice: list[dict[str, Any]], demo: Results) -> None:
    assert demo.about("GM9002 38")["not_looked_at"]["subject"]["label"] == "Coverage"
    assert [a for a in advice if a["about"]["id"].startswith("not_looked_at")] == []


def test_ae3_the_camp_is_advised_on_at_housing_and_labour_and_the_agency_for_both_growers(
    advice: list[dict[str, Any]],
) -> None:
    cluster = {a["about"]["id"] for a in advice if a["about"]["kind"] == "cluster" and "camp-a1" in a["targets"]}
    here = [a for a in advice if a["about"]["id"] in cluster]

    assert {b for a in here for b in a["barriers"]} == {"housing", "labour"}
    assert [a["targets"] for a in here if a["power"] == "waadi"] == [["camp-agency"]]


def test_ae4_the_camp_within_its_permit_gets_no_advice(advice: list[dict[str, Any]]) -> None:
    assert [a["power"] for a in advice if any(t.startswith("neat-") for t in a["targets"])] == []


def test_ae5_two_reports_at_two_desks_reach_one_table(advice: list[dict[str, Any]]) -> None:
    here = _about(advice, "lost-b1")

    assert {"riec_plan", "investigation"} <= set(here)
    assert [f["fact"] for f in here["riec_plan"]["facts_present"]] == ["two_sources"]
    assert _about(advice, "lost-b2") == {}


def test_ae7_one_phone_of_three_names_is_context_and_no_advice(advice: list[dict[str, Any]], demo: Results) -> None:
    assert demo.by("shared_contact_many_businesses") != []
    assert [a for a in advice if any(t.startswith("escort-") for t in a["targets"])] == []


def test_ae9_a_home_in_a_licensed_venue_is_a_matter_of_the_licence_not_of_who_lives_there(
    advice: list[dict[str, Any]],
) -> None:
    here = _about(advice, "venue-l1")

    assert {"licence_conditions", "licence_review"} <= set(here)
    assert {t for a in here.values() for t in a["targets"]} == {"venue-l1"}
    assert "two_sources" in [m["fact"] for m in here["licence_review"]["facts_missing"]]


def test_ae11_the_advice_is_never_to_tax_a_worker(advice: list[dict[str, Any]]) -> None:
    fiscal = [a for a in advice if a["route"] == "fiscal"]

    assert fiscal
    assert [t for a in fiscal for t in a["targets"] if "-p" in t] == []
    assert {a["victim_effect"] for a in fiscal} == {"None, as long as workers are not taxed for it"}


def test_ae11_the_list_of_home_workers_is_hidden_from_tax() -> None:
    viewer = Viewer("tax", today(), shipped_sharing(), shipped_powers().partners)

    assert viewer.state("advert", "police") == "hidden"
    assert viewer.state("signal", "police") == "open"


def test_ae13_seven_visitors_are_told_to_agree_on_who_goes_when(advice: list[dict[str, Any]]) -> None:
    said = [c for a in advice if a["power"] == "health_visit" and "ring-a1" in a["targets"] for c in a["conflicts"]]

    assert any("another visit of" in c and "agree on who goes when" in c for c in said)


def test_ae19_and_ev10_a_shelter_is_nowhere_in_advice_whoever_looks(demo: Results) -> None:
    for partner in ("police", "municipality_housing", "care_coordinator"):
        done = run("advise", "--json", "--store", str(demo.store), *AT, "--as", partner)
        assert "shelter" not in "".join(json.dumps(json.loads(x)["targets"]) for x in done.stdout.splitlines())


def test_ae20_residence_and_place_of_work_are_counted_apart(demo: Results, tmp_path: Path) -> None:
    run("regional-scan", "--out", str(tmp_path / "r.html"), "--lang", "en", "--store", str(demo.store), *AT)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    homes, seats = page.split("<h2>")[1:3]

    assert homes.startswith("Where people live")
    assert seats.startswith("Where the work or the business is")
    assert homes.split("<table>")[1] != seats.split("<table>")[1]


def test_ev3_a_signal_without_a_place_gets_no_forced_address(advice: list[dict[str, Any]], demo: Results) -> None:
    assert any("signals concern nothing in this region" in w for w in demo.scan["warnings"])
    assert [a for a in advice if "unplaced" in json.dumps(a["targets"])] == []


def test_ev5_a_firm_that_may_be_gone_is_uncertain_not_dropped(advice: list[dict[str, Any]], demo: Results) -> None:
    found = demo.about("ghost-c1") or {d: f for d, f in demo.about("ghost-tel").items()}

    assert {f["strength"] for f in found.values()} <= {"weak"}
    assert [a for a in advice if any(t.startswith("ghost-") for t in a["targets"])] == []


def test_ev6_a_licence_that_moved_is_no_breach(advice: list[dict[str, Any]]) -> None:
    assert [a for a in advice if any(t.startswith("house-") for t in a["targets"])] == []


def test_ev7_three_of_twelve_registered_comes_before_twelve_in_a_large_house(advice: list[dict[str, Any]]) -> None:
    small, large = _about(advice, "tax-a1"), _about(advice, "large-a1")

    assert "people_seen" in [f["fact"] for f in small["housing_visit"]["facts_present"]]
    assert len(small) > len(large)


def test_ev8_the_landlord_who_owns_the_agency_gets_advice_at_housing_labour_and_money(
    advice: list[dict[str, Any]],
) -> None:
    here = _about(advice, "tied-a1") | _about(advice, "tied-agency")

    assert {"tax_landlord", "wgv_takeover", "housing_visit"} <= set(here)
    assert here["wgv_takeover"]["victim_effect"] == "Residents keep their roof"
    assert "landlord_is_employer" in [f["fact"] for f in here["tax_landlord"]["facts_present"]]


def test_ev9_a_case_that_the_prosecutor_drops_leaves_the_other_barriers_open_and_tells_the_reporter(
    demo: Results, tmp_path: Path
) -> None:
    store = tmp_path / "s.barrier"
    shutil.copytree(demo.store, store)
    on = ["--store", str(store)]
    run("case", "open", "ring-lender", "--by", "J", *AT, *on)
    dropped = ["--by", "OM", "--reason", "too thin to succeed", *on]
    assert run("case", "reject", "ring-lender", "investigation", *dropped).exit_code == 0

    shown = run("case", "show", "ring-lender", *on).stdout
    assert "[rejected by OM: too thin to succeed] police: Criminal investigation" in shown
    assert shown.count("[draft]") > 30
    assert run("case", "accept", "ring-lender", "wml", "--by", "J", "--reason", "wages", *on).exit_code == 0
    told = run("case", "feedback", "ring-lender", "--to", "labour_inspectorate", "--by", "J", *on).stdout
    assert told.startswith("Your signal became part of a case.")


def test_ev11_weak_signals_cross_together_what_none_crosses_alone(advice: list[dict[str, Any]]) -> None:
    assert _about(advice, "weak-b1") != {}
    assert _about(advice, "lost-b3") == {}


def test_ev12_care_is_hidden_as_a_source_from_all_but_care() -> None:
    partners = ("police", "municipality_housing", "care_coordinator")
    viewer = {p: Viewer(p, today(), shipped_sharing(), shipped_powers().partners) for p in partners}

    assert {p: v.state("signal", "ggd") for p, v in viewer.items()} == {
        "police": "hidden",
        "municipality_housing": "hidden",
        "care_coordinator": "open",
    }


def test_ev18_five_months_call_for_something_and_three_do_not(advice: list[dict[str, Any]]) -> None:
    assert _about(advice, "limit-a2") != {}
    assert _about(advice, "limit-a1") == {}
