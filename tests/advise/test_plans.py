"""Plans: what is advised to whom, in which order, what blocks, what collides, what is missing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from barrier.advise.beds import Beds
from barrier.advise.evidence import Evidence, evidence_of
from barrier.advise.plan import plan_for
from barrier.advise.powers import ADDED, Powers, powers_from, powers_of, shipped_powers
from barrier.errors import InputError
from barrier.model.rules import delivered_rules
from tests.helpers import Results, run
from tests.planning import about, by_power, dossier, finding, plans_of, setting, told

pytestmark = pytest.mark.slow

HOUSE = {"kind": "dwelling", "area_m2": 60}
CAMP: dict[str, Any] = {
    "nodes": {
        "Person": ["p1..p14"],
        "Address": {"camp1": HOUSE, "farm1": {"kind": "agricultural"}},
        "Business": {"grower1": {"sbi": "0113"}, "agency1": {"sbi": "8121"}, "hirer1": {"sbi": "0113"}},
        "Signal": {"s1": {"kind": "fire_safety", "holder": "fire_brigade", "origin": "o1", "reliability": "confirmed"}},
    },
    "links": [
        ["p1..p4", "REGISTERED_AT", "camp1"],
        ["p1..p14", "STAYS_AT", "camp1"],
        ["p1..p14", "WORKS_FOR", "agency1", {"form": "agency"}],
        ["grower1", "OWNS", "camp1"],
        ["agency1", "SUPPLIES_WORKERS_TO", "grower1"],
        ["agency1", "SUPPLIES_WORKERS_TO", "hirer1"],
        ["s1", "CONCERNS", "camp1"],
    ],
}


def test_case_glasshouse_camp_gets_advice_at_housing_and_labour_for_both_parties() -> None:
    plan = about(plans_of(**CAMP), "camp1")
    advice = by_power(plan)

    assert plan.dossier.kind == "cluster"
    assert {"housing", "labour"} <= {b for a in plan.advice for b in a.barriers}
    assert advice["waadi"].targets == ("agency1",)
    assert advice["housing_visit"].targets == ("camp1",)
    assert plan.uncovered == {}


PAID_TOO_LITTLE: dict[str, Any] = {
    "nodes": {
        **CAMP["nodes"],
        "Address": {"camp1": HOUSE, "home2": HOUSE},
        "Business": {"agency1": {"sbi": "8121"}},
        "Signal": {
            "s1": {
                "kind": "underpayment",
                "barrier": "labour",
                "holder": "labour_inspectorate",
                "origin": "o1",
                "reliability": "probable",
            }
        },
    },
    "links": [
        ["p1..p9", "REGISTERED_AT", "camp1"],
        ["p10..p14", "REGISTERED_AT", "home2"],
        ["agency1", "LETS", "camp1"],
        ["agency1", "LETS", "home2"],
        ["s1", "CONCERNS", "agency1"],
    ],
}


def test_where_a_signal_stands_and_nothing_is_found_advice_says_so_and_is_graded_lower() -> None:
    plan = about(plans_of(**PAID_TOO_LITTLE), "agency1")
    advice = by_power(plan)

    assert plan.dossier.kind == "cluster"
    assert "labour" not in {f.barrier for f in plan.dossier.findings}
    assert (advice["wml"].barriers, advice["wml"].linked) == (("labour",), ("labour",))
    assert advice["wml"].evidence == evidence_of(plan.dossier).lowered()
    assert "labour" not in plan.uncovered


def test_advice_names_barriers_where_something_was_found_first() -> None:
    plan = about(plans_of(**PAID_TOO_LITTLE), "agency1")
    both = [a for a in plan.advice if a.linked and len(a.linked) < len(a.barriers)]

    assert both
    assert all(set(a.barriers[: -len(a.linked)]).isdisjoint(a.linked) for a in both)
    assert all(a.evidence == evidence_of(plan.dossier) for a in both)


def test_a_link_calls_for_no_power_whose_facts_are_not_there() -> None:
    nodes = {k: v for k, v in PAID_TOO_LITTLE["nodes"].items() if k != "Signal"}
    plan = about(plans_of(nodes=nodes, links=PAID_TOO_LITTLE["links"][:-1]), "agency1")

    assert "wml" not in by_power(plan)


def test_a_grade_is_lowered_by_one_step_and_what_is_thin_stays_thin() -> None:
    assert Evidence("established", "supported", 2, 1, 1).lowered() == Evidence("supported", "thin", 2, 1, 1)
    assert Evidence("thin", "none", 1, 0, 1).lowered() == Evidence("thin", "none", 1, 0, 1)


def test_acute_danger_comes_first_then_care_then_what_intrudes_least() -> None:
    plan = about(plans_of(**CAMP), "camp1")
    steps = [(a.acute and not a.blocked, a.power.route == "care", a.power.step) for a in plan.advice]

    assert plan.advice[0].power.id == "fire_visit"
    assert steps[1][1] is True
    order = [a.power.id for a in plan.advice]
    assert order.index("care_support") < order.index("brp_enquiry") < order.index("waadi")


def test_nobody_is_cleared_out_before_beds_for_all_stand_ready() -> None:
    known = frozenset({"inspection_breach"})
    plan = about(plans_of(setting(known=known), **CAMP), "camp1")
    clearance = by_power(plan)["emergency_clearance"]

    assert clearance.acute
    assert clearance.blocked == ("beds", "care_notice")
    assert plan.advice[0].power.id == "fire_visit", "what is blocked does not come first, however acute"
    assert any("closure before beds" in c for c in plan.conflicts["emergency_clearance"])


def test_with_beds_and_care_told_the_clearance_is_no_longer_blocked(tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text("about,group,people,beds,for\ncamp1,crew,14,14,men\n")
    given = setting(beds=Beds.read(tmp_path / "beds.csv"), met=frozenset({"care_notice"}))
    clearance = by_power(about(plans_of(given, **CAMP), "camp1"))["emergency_clearance"]

    assert clearance.blocked == ()


def test_a_row_of_beds_that_stands_there_twice_is_counted_once_and_told(tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text("about,group,people,beds,for\ncamp1,crew,7,7,men\ncamp1,crew,7,7,men\n")
    beds = Beds.read(tmp_path / "beds.csv")

    assert beds.arranged({"camp1"}, 14)["enough"] is False
    assert beds.told == ("rows of beds.csv: 2 rows: 1 used, 1 equal to an earlier one",)


def test_case_group_rescue_nine_men_and_six_beds_stays_blocked(tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text("about,group,people,beds,for\na1,men,9,6,men\n")
    beds = Beds.read(tmp_path / "beds.csv").arranged({"a1"}, 9)

    assert beds == {"needed": 9, "arranged": 6, "apart": ["men"], "outside_region": 0, "enough": False}


def test_fourteen_beds_that_split_a_group_are_not_enough(tmp_path: Path) -> None:
    rows = "about,group,people,beds,for\na1,men,9,6,men\na1,women,5,8,women\n"
    (tmp_path / "beds.csv").write_text(rows)

    assert Beds.read(tmp_path / "beds.csv").arranged({"a1"}, 14)["enough"] is False


def test_case_placed_away_warns_that_beds_lie_outside_the_region(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text("about,group,people,beds,for,region\ncamp-a1,crew,14,14,men,out\n")
    place = ["--store", str(demo.store), "--at", "2026-09-01", "--beds", str(tmp_path / "beds.csv")]
    done = run("advise", "camp-agency", *place)

    assert "Warning: 14 beds lie outside the region" in done.stdout


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("about,group\na1,men\n", "missing people, beds, for"),
        ("about,group,people,beds,for\na1,men,nine,6,men\n", "line 2: people: expected a whole number"),
        ("about;group;people;beds;for\na1;men;9,5;6;men\n", "line 2: people: expected a whole number"),
        ("about,group,people,beds,for\na1,men,-9,6,men\n", "line 2: people: less than 0; expected 0 or more"),
        ("about,group,people,beds,for\na1,men,9,6,men,x\n", "line 2: row: expected 5 cells, found 6"),
        ("about,group,people,beds,for\na1,men,9,6,dogs\n", "line 2: for: expected one of men, women"),
    ],
)
def test_a_wrong_file_of_beds_says_where(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "beds.csv").write_text(text)

    with pytest.raises(InputError, match=problem):
        Beds.read(tmp_path / "beds.csv")


def test_case_raid_without_care_notice_is_blocked_by_the_checklist() -> None:
    known = frozenset({"statement"})
    one = dossier(
        [finding("overcrowded", "housing", "a1", "Address")],
        signals=[told("underpayment", "police", "o1", "confirmed"), told("nuisance", "police", "o2")],
    )
    investigation = by_power(plan_for(one, setting(known=known)))["investigation"]

    assert investigation.blocked == ("care_notice", "non_punishment")
    open_guards = {p["safeguard"] for p in investigation.preconditions if p["state"] == "open"}
    assert open_guards == {"care_notice", "reflection", "non_punishment"}


def test_where_a_minor_is_known_of_nobody_goes_there_before_the_guardian_and_the_guardian_is_not_held_back() -> None:
    unknown = by_power(about(plans_of(**CAMP), "camp1"))
    known = by_power(about(plans_of(setting(known=frozenset({"minor"})), **CAMP), "camp1"))

    assert unknown["housing_visit"].blocked == ()
    assert known["housing_visit"].blocked == ("guardian",)
    assert known["care_support"].blocked == ()
    assert [p.id for p in shipped_powers().powers if p.route == "care" and "guardian" in p.safeguards] == []


def test_case_restaurant_gets_a_closure_option_with_a_warning_about_care() -> None:
    one = dossier(
        [finding("licence_condition_breach", "labour", "b1", "Business")],
        signals=[told("licence_breach", "police", "o1", "confirmed")],
        visits=("breach",),
    )
    closure = by_power(plan_for(one, setting()))["close_business"]

    assert closure.blocked == ("beds", "care_notice")
    assert {m["fact"] for m in closure.missing} == {"policy_rule", "view_heard"}


def test_case_tax_conflict_taxes_the_operator_and_offers_the_workers_care() -> None:
    graph: dict[str, Any] = {
        "nodes": {"Person": ["p1..p6"], "Business": {"b1": {"sbi": "7820"}}, "Contact": {"c1": {"kind": "iban"}}},
        "links": [
            ["p1..p6", "WORKS_FOR", "b1"],
            ["p1..p6", "REACHED_AT", "c1"],
            ["b1", "PAID_TO", "c1", {"payments": 9}],
        ],
    }
    made = plans_of(**graph)
    tax = [(a.power.id, a.targets) for p in made for a in p.advice if a.power.partner == "tax"]

    assert tax == [] or all("b1" in targets for _, targets in tax)
    assert not {f"p{i}" for i in range(1, 7)} & {t for p in made for a in p.advice for t in a.targets}


def test_case_collision_names_the_overlap_of_two_visits_and_keeps_police_and_tax_apart() -> None:
    plan = about(plans_of(**CAMP), "camp1")

    assert any("another visit of" in c for c in plan.conflicts["housing_visit"])
    assert "police and tax do not visit workers together" in plan.conflicts["tax_landlord"][0]


def test_an_administrative_visit_that_may_tip_off_asks_the_prosecutor_first() -> None:
    one = dossier(
        [finding("overcrowded", "housing", "a1", "Address")],
        signals=[told("underpayment", "police", "o1", "confirmed"), told("nuisance", "police", "o2")],
    )
    plan = plan_for(one, setting())

    assert "investigation" in by_power(plan)
    assert any("ask the prosecutor first" in c for c in plan.conflicts["housing_visit"])


def test_a_partner_without_power_is_not_advised_at_all() -> None:
    advised = {a.power.partner for p in plans_of(**CAMP) for a in p.advice}
    without = set(shipped_powers().partners) - {p.partner for p in shipped_powers().powers}

    assert {"emm", "accountant", "shelter"} <= without
    assert advised & without == set()


def test_a_power_that_is_not_in_force_yet_is_not_advised() -> None:
    one = dossier([finding("lender_without_licence", "labour", "b1", "Business", sources=["KVK"])])

    assert "wtta" not in by_power(plan_for(one, setting(day=date(2026, 12, 31))))
    assert "wtta" in by_power(plan_for(one, setting(day=date(2027, 1, 1))))


def test_a_barrier_without_fitting_power_is_named_with_the_reason() -> None:
    few = powers_from(
        {
            "format": 1,
            "partners": {"mayor": {"nl": "Burgemeester", "en": "Mayor", "kind": "municipality"}},
        },
        "few",
    )
    one = dossier([finding("overcrowded", "housing", "a1", "Address")])

    assert plan_for(one, setting(powers=few)).uncovered == {"housing": "no power names this barrier"}


def test_a_weak_finding_alone_calls_for_nobody(demo: Results) -> None:
    weak = {f["id"] for f in demo.findings if f["strength"] == "weak"}
    lines = [json.loads(x) for x in (demo.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()]

    assert weak
    assert {x["about"]["id"] for x in lines if x["about"]["kind"] == "finding"} & weak == set()


def test_every_line_of_advice_is_a_draft_with_everything_the_design_asks(demo: Results) -> None:
    lines = [json.loads(x) for x in (demo.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = {"id", "about", "barrier", "partner", "instrument", "legal_basis", "facts_present", "facts_missing"}
    wanted |= {"lead_time_days", "reversible", "victim_effect", "preconditions", "conflicts", "order", "state"}

    assert len(lines) > 300
    assert [x["id"] for x in lines if not wanted <= set(x)] == []
    assert {x["state"] for x in lines} == {"draft"}
    assert [x["id"] for x in lines if x["barrier"] == "across" and x["about"]["kind"] == "cluster"] == []
    assert len({(x["about"]["id"], x["id"]) for x in lines}) == len(lines)


def test_no_resident_worker_or_protected_subject_is_a_target(demo: Results) -> None:
    text = (demo.path / "advice.jsonl").read_text(encoding="utf-8")
    people = [f"{place}-p{i}" for place in ("ring", "camp", "tied", "street", "shelter") for i in range(1, 40)]

    assert [p for p in people if f'"{p}"' in text] == []
    assert "shelter-a" not in text


def test_the_id_of_advice_stays_when_the_same_subjects_are_found_again() -> None:
    first, second = (sorted(a.id for a in _records(plans_of(**CAMP))) for _ in range(2))

    assert first == second


def _records(made: list[Any]) -> list[Any]:
    class Line:
        def __init__(self, record: dict[str, Any]) -> None:
            self.id = record["id"]

    return [Line(r) for p in made for r in p.records(shipped_powers())]


def test_at_least_fifty_powers_and_all_background_knowledge_is_marked() -> None:
    powers = shipped_powers().powers

    assert len(powers) >= 50
    assert [p.id for p in powers if "background" in p.source and not p.verify] == []
    assert [p.id for p in powers if p.confidence == "BK" and not p.verify] == []


GOOD: dict[str, Any] = {
    "id": "x",
    "partner": "mayor",
    "nl": "x",
    "en": "x",
    "law": "x",
    "article": "1",
    "version": "2026-01-01",
    "barriers": ["housing"],
    "subjects": ["Address"],
    "needs": ["nuisance"],
    "days": [1, 2],
    "route": "administrative",
    "step": "visit",
    "reversible": True,
    "effect": "none",
    "source": "x",
    "confidence": "H",
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"needs": ["no_such_fact"]}, "x: unknown fact no_such_fact"),
        ({"partner": "nobody"}, "x: unknown partner nobody"),
        ({"subjects": ["Person", "Car"]}, "x: unknown label Car"),
        ({"safeguards": ["hope"]}, "x: unknown safeguard hope"),
        ({"days": [9, 2]}, "days: expected low before high"),
        ({"clears": True}, "its safeguards must name beds"),
        ({"confidence": "BK"}, "background knowledge needs verify"),
        ({"speed": 3}, "powers.0.speed: not a field"),
    ],
)
def test_a_wrong_power_of_a_region_is_refused_with_the_place(
    change: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "town.yaml").write_text(json.dumps({"format": 1, "powers": [{**GOOD, **change}]}))

    with pytest.raises(InputError) as error:
        powers_of(delivered_rules(tmp_path))
    assert problem in str(error.value)


def test_two_powers_with_one_id_and_a_fact_about_an_unknown_detector_are_refused_together(tmp_path: Path) -> None:
    (tmp_path / "partners").mkdir()
    fact = {"nl": "x", "en": "x", "check": {"finding": ["no_such_detector"]}, "from": ["mayor"]}
    data = {"format": 1, "facts": {"f": fact}, "powers": [GOOD, GOOD]}
    (tmp_path / "partners" / "town.yaml").write_text(json.dumps(data))

    with pytest.raises(InputError) as error:
        powers_of(delivered_rules(tmp_path))
    assert list(error.value.problems) == [
        f"partners/town.yaml: power stands twice: x; {ADDED}",
        "partners/town.yaml: fact f: unknown detector no_such_detector",
    ]


def _regional(tmp_path: Path, data: dict[str, Any]) -> Powers:
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "town.yaml").write_text(json.dumps({"format": 1, **data}))
    return powers_of(delivered_rules(tmp_path))


def test_a_region_adds_replaces_and_switches_off_powers(tmp_path: Path) -> None:
    powers = _regional(tmp_path, {"powers": [{**GOOD, "replaces": "close_home"}], "off": ["bibob"]})
    ids = {p.id for p in powers.powers}

    assert "x" in ids
    assert ids & {"close_home", "bibob"} == set()


def test_switching_off_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown power nothing_like_it"):
        _regional(tmp_path, {"off": ["nothing_like_it"]})


def test_advise_shows_a_plan_and_refuses_an_unknown_safeguard(demo: Results) -> None:
    place = ["--store", str(demo.store), "--at", "2026-09-01"]
    done = run("advise", "camp-agency", "--lang", "nl", *place)
    wrong = run("advise", "camp-agency", "--met", "luck", *place)

    assert "Nederlandse Arbeidsinspectie: Boete voor uitlenen zonder registratie (camp-agency)" in done.stdout
    assert "Route administrative:" in done.stdout
    assert wrong.exit_code == 2
    assert "luck: not known" in wrong.stderr


def test_advice_on_the_command_line_is_that_of_the_scan(demo: Results) -> None:
    done = run("advise", "--store", str(demo.store), "--at", "2026-09-01", "--json")

    assert sorted(done.stdout.splitlines()) == sorted(
        json.dumps(json.loads(x), ensure_ascii=False, sort_keys=True)
        for x in (demo.path / "advice.jsonl").read_text(encoding="utf-8").splitlines()
    )


def test_a_weak_finding_has_a_plan_once_somebody_asks_about_it(demo: Results) -> None:
    weak = "arrival_burst:a-0000778"
    on = ["--store", str(demo.store), "--at", "2026-09-01", "--json"]
    listed = run("advise", *on).output
    asked = [json.loads(x) for x in run("advise", weak, *on).output.splitlines()]

    assert f'"id": "{weak}"' not in listed
    assert {a["about"]["id"] for a in asked} == {weak}
    assert (asked[0]["partner"], asked[0]["route"]) == ("care_coordinator", "care")
