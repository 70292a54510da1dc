"""The situations of the case studies in the bundled region: what must be found, and which look-alikes stay silent."""

from __future__ import annotations

import pandas as pd
import pytest

from barrier import resources
from barrier.ingest.described import described_columns
from barrier.report.telling import most_telling
from barrier.store import open_store
from tests.helpers import Results, values
from tools.situations import SINCE, load_situations


def test_every_situation_stands_in_the_bundled_region() -> None:
    for situation in load_situations():
        for name, columns in described_columns(situation, since=SINCE).items():
            there = pd.read_csv(resources.fixtures() / "demo" / f"{name}.csv", dtype=str, keep_default_na=False)
            wanted = pd.DataFrame(columns).fillna("")
            kept = there[list(wanted.columns)].merge(wanted.drop_duplicates(), how="inner")
            assert len(kept) == len(wanted), name


def test_a_sector_with_three_signals_and_no_inspection_is_not_looked_at(demo: Results) -> None:
    found = demo.about("GM9002 38")["not_looked_at"]

    assert values(found, "origins", "inspections") == [3, 0]
    assert found["strength"] == "weak"
    assert found["subject"]["label"] == "Coverage"
    assert "GM9002 38" in demo.report


def test_a_sector_with_a_signal_and_one_visit_without_result_was_looked_at(demo: Results) -> None:
    assert demo.about("GM9002 25") == {}


def test_a_camp_with_a_permit_for_eight_holds_fourteen(demo: Results) -> None:
    row = demo.occupancy.loc["camp-a1"]

    assert row["verdict"] == "overcrowded"
    assert [row["certain"], row["possible"], row["observed"], row["permitted"]] == [4, 4, 14, "8"]
    assert demo.about("camp-a1")["observed_more_than_registered"]["strength"] == "strong"


def test_the_agency_that_places_workers_without_registration_is_found_with_two_clients(demo: Results) -> None:
    found = demo.about("camp-agency")["lender_without_licence"]

    assert values(found, "clients", "sbi") == [2, "8299"]


def test_a_camp_within_its_permit_is_no_finding_although_nobody_is_registered(demo: Results) -> None:
    assert demo.about("neat-a1") == {}
    assert demo.about("neat-lender") == {}
    assert demo.occupancy.loc["neat-a1", "verdict"] in ("ok", "explained")


def test_two_reports_about_one_employer_cross_the_threshold_together(demo: Results) -> None:
    found = demo.about("lost-b1")["signals_at_two_barriers"]

    assert values(found, "barriers", "origins") == [["housing", "labour"], 2]


@pytest.mark.parametrize("employer", ["lost-b2", "lost-b3"])
def test_one_report_about_an_employer_crosses_nothing(demo: Results, employer: str) -> None:
    assert demo.about(employer) == {}


def test_three_entries_of_one_kind_and_one_from_care_cross_the_threshold_together(demo: Results) -> None:
    found = demo.about("weak-b1")["signals_at_two_barriers"]

    assert values(found, "origins", "reports") == [4, 4]


@pytest.mark.parametrize("business", ["weak-b2", "weak-b3"])
def test_three_entries_of_one_kind_or_one_from_care_alone_do_not(demo: Results, business: str) -> None:
    assert demo.about(business) == {}


def test_three_firm_names_at_two_addresses_share_one_phone(demo: Results) -> None:
    found = demo.about("escort-tel")["shared_contact_many_businesses"]

    assert values(found, "businesses", "kind") == [3, "phone"]
    assert [e["name"] for e in found["explanations"] if e["holds"]] == []


def test_of_three_firms_two_are_gone_and_the_third_stays_visible_as_uncertain(demo: Results) -> None:
    found = demo.about("ghost-tel")["shared_contact_many_businesses"]
    store = open_store(demo.store)
    ended = store.read("MATCH (b:Business) WHERE b.name ENDS WITH 'Roos' RETURN b.ended AS ended ORDER BY b.id").frame

    assert values(found, "businesses", "ended_businesses", "signals") == [3, 2, 1]
    assert [e["name"] for e in found["explanations"] if e["holds"]] == ["mostly_ended"]
    assert found["strength"] == "weak"
    assert list(ended["ended"]) == ["2025-11-01", "2026-02-01", None]


@pytest.mark.parametrize("contact", ["pair-tel", "past-tel"])
def test_two_firms_of_one_owner_or_a_number_of_years_ago_are_silent(demo: Results, contact: str) -> None:
    assert demo.about(contact) == {}


def test_somebody_registered_at_a_venue_where_nobody_may_live_breaches_the_licence(demo: Results) -> None:
    found = demo.about("venue-l1")["licence_condition_breach"]

    assert found["subject"] == {"label": "Licence", "id": "venue-l1"}
    assert values(found, "breach", "found", "address") == ["no_living_in", 1, "venue-a1"]
    assert demo.about("venue-a2") == {}


def test_a_new_licence_after_a_fire_leaves_one_active_licence_and_no_finding(demo: Results) -> None:
    query = "MATCH (p:Person {id: 'house-holder'})-[:HOLDS]->(l:Licence) WHERE l.status = 'active' RETURN l.id AS id"
    active = open_store(demo.store).read(query).frame

    assert list(active["id"]) == ["house-l2"]
    assert demo.about("house-l1") | demo.about("house-l2") | demo.about("house-b1") == {}


def test_four_partners_with_one_story_are_one_source(demo: Results) -> None:
    assert demo.about("story-b1") == {}


def test_four_reports_of_two_events_are_two_sources(demo: Results) -> None:
    found = demo.about("story-b2")["signals_at_two_barriers"]

    assert values(found, "origins", "reports") == [2, 4]
    assert found["sources"] == ["story-event-2", "story-event-3"]


@pytest.mark.parametrize("shelter", ["minor-a1", "await-a1"])
def test_a_secret_shelter_is_nowhere_in_the_results_nor_in_the_store(demo: Results, shelter: str) -> None:
    files = [f for place in (demo.path, demo.store) for f in place.rglob("*") if f.is_file()]

    assert len(files) > 20
    assert [f.name for f in files if shelter.encode() in f.read_bytes()] == []
    assert open_store(demo.store).read(f"MATCH (a {{id: '{shelter}'}}) RETURN a.id AS id").total == 0


def test_the_landlord_of_five_full_houses_is_found_with_all_five(demo: Results) -> None:
    found = demo.about("street-landlord")["landlord_many_crowded"]

    assert values(found, "crowded_addresses", "all_addresses") == [5, 5]
    assert found["strength"] == "strong"
    assert demo.by("letting_without_licence", "street-") == [f"street-a{i}" for i in range(1, 6)]


def test_no_finding_is_about_a_person(demo: Results) -> None:
    persons = set(pd.read_csv(resources.fixtures() / "demo" / "Person.csv", dtype=str)["id"])
    named = {f["subject"]["id"] for f in demo.findings} | {
        item
        for f in demo.findings
        for fact in f["facts"].values()
        for item in (fact["value"] if isinstance(fact["value"], list) else [fact["value"]])
    }

    assert {f["subject"]["label"] for f in demo.findings} <= {"Address", "Business", "Licence", "Contact", "Coverage"}
    assert persons & {n for n in named if isinstance(n, str)} == set()


def test_thirteen_files_without_a_place_are_kept_and_tied_to_nothing(demo: Results) -> None:
    query = "MATCH (s:Signal) WHERE NOT EXISTS { MATCH (s)-[:CONCERNS]->() } RETURN s.id AS id"

    assert open_store(demo.store).read(query).total == 13
    assert any("13 signals concern nothing" in w for w in demo.scan["warnings"])


def test_twelve_seen_where_three_are_registered_ranks_above_twelve_registered_in_a_large_house(demo: Results) -> None:
    order = [line.split()[1] for line in _subjects_in_order(demo)]

    assert demo.occupancy.loc["large-a1", "verdict"] == "ok"
    assert values(demo.about("tax-a1")["observed_more_than_registered"], "observed_persons", "registered_persons") == [
        12,
        3,
    ]
    assert "large-a1" not in order or order.index("tax-a1") < order.index("large-a1")
    assert demo.about("tax-a1")["overcrowded"]["strength"] == "medium"


def test_four_houses_of_the_owner_of_the_agency_are_found_and_he_is_not(demo: Results) -> None:
    assert demo.by("landlord_is_employer", "tied-") == ["tied-a1", "tied-a2", "tied-a3", "tied-a4"]
    assert values(demo.about("tied-a1")["landlord_is_employer"], "business", "workers_housed") == ["tied-agency", 12]


def test_a_landlord_and_an_employer_with_one_accountant_are_not_tied(demo: Results) -> None:
    assert demo.about("free-a1") == {}


def test_three_months_without_registration_are_allowed_and_five_are_not(demo: Results) -> None:
    assert demo.by("unregistered_stay", "limit-") == ["limit-a2"]
    assert values(demo.about("limit-a2")["unregistered_stay"], "persons", "longest_days") == [1, 153]


RING = {
    "ring-a1": ["landlord_is_employer", "overcrowded", "rapid_turnover", "registered_by_one_helper"],
    "ring-lender": ["phoenix_lender", "signals_at_two_barriers", "wages_to_one_account"],
    "ring-letting": ["landlord_many_crowded", "rotation"],
    "ring-recruiter": ["one_sponsor_many"],
    "ring-tel": ["shared_contact_many_persons"],
}


@pytest.mark.parametrize("subject", RING)
def test_the_ring_is_found_at_every_barrier(demo: Results, subject: str) -> None:
    assert set(RING[subject]) <= set(demo.about(subject))


FRONTS = {
    "circular_ownership": ["circle-b1"],
    "licence_front": [f"front-l{i}" for i in range(1, 8)],
    "straw_director": [f"straw-b{i}" for i in range(1, 7)],
    "workplace_is_bedroom": ["bed-a1"],
    "self_employed_one_client": ["solo-a1"],
}


@pytest.mark.parametrize("detector", FRONTS)
def test_fronts_and_circles_are_found_whole(demo: Results, detector: str) -> None:
    found = demo.by(detector)

    assert [s for s in found if not s[2:].startswith("00")] == FRONTS[detector]


EXPLAINED = {
    "family-a1": "family: 8 minors, 2 others",
    "three-a1": "family: 5 minors, 4 others",
    "care-a1": "institution",
    "convent-a1": "institution",
    "student-a1": "licensed for 8 persons",
    "split-a1": "register correction: object just split or renumbered",
}


@pytest.mark.parametrize("address", EXPLAINED)
def test_a_full_house_with_an_innocent_reason_is_explained_by_name(demo: Results, address: str) -> None:
    assert demo.occupancy.loc[address, "verdict"] == "explained"
    assert demo.occupancy.loc[address, "explanation"] == EXPLAINED[address]
    assert "overcrowded" not in demo.about(address)


@pytest.mark.parametrize(
    ("address", "reason"),
    [("area-a1", "registered area of 1 m2 says nothing"), ("complex-a1", "one object for 12 units")],
)
def test_an_area_that_says_nothing_is_said_so(demo: Results, address: str, reason: str) -> None:
    assert demo.occupancy.loc[address, "verdict"] == "area_unreliable"
    assert demo.occupancy.loc[address, "explanation"] == reason


def test_a_letter_address_houses_nobody(demo: Results) -> None:
    found = demo.about("letter-a1")["correspondence_crowd"]

    assert "letter-a1" not in demo.occupancy.index
    assert values(found, "letter_persons", "residents") == [25, 0]
    assert [e["name"] for e in found["explanations"] if e["holds"]] == ["public_body"]


def test_people_the_register_doubts_are_possibly_there(demo: Results) -> None:
    row = demo.occupancy.loc["doubt-a1"]

    assert [row["certain"], row["possible"], row["verdict"]] == [0, 5, "possibly_overcrowded"]
    assert demo.about("doubt-a1")["overcrowded"]["strength"] == "weak"


def _subjects_in_order(demo: Results) -> list[str]:
    from barrier.detect.findings import Finding
    from barrier.detect.library import load_detectors

    findings = [Finding(**f) for f in demo.findings]
    return [t.line for t in most_telling(findings, load_detectors())]
