"""What is told to a partner is a part of what the whole scan says, over random regions, partners and gates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barrier import resources
from barrier.advise.plan import Setting
from barrier.advise.powers import shipped_powers
from barrier.detect.findings import Finding
from barrier.detect.library import load_detectors
from barrier.detect.run import detect
from barrier.disclosure.findings import WEIGHED, disclosed_facts, disclosed_finding
from barrier.disclosure.partner_results import PartnerResults, partner_plans
from barrier.disclosure.partner_view import view_of
from barrier.ingest.region import read_region
from barrier.ingest.synthetic import generate
from barrier.model.schema import schema
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables
from tests.disclosure.partners import (
    DAY,
    PARTNERS,
    STRENGTHS,
    demo_tables,
    random_sharing,
    terms,
    told,
    viewer,
    with_some_rows,
)
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

FALSELY_ACCUSED = ["accountant", "bank", "fire_brigade", "ggd", "mayor", "notary"]  # 20 strong findings each, before
DETECTORS = {d.id: d for d in load_detectors()}


@pytest.fixture(scope="module")
def demo_region() -> GraphTables:
    return demo_tables()


def _problems(results: PartnerResults) -> list[str]:
    """Return where what is told says more than the whole scan."""
    whole = {f.id: f for f in results.whole.findings}
    found = [p for f in results.found.findings() for p in _about_finding(f, whole.get(f.id))]
    rows = results.whole.occupancy.table.set_index("address")
    for row in results.found.occupancy.table.to_dict("records"):
        there = rows.loc[row["address"]]
        differ = [c for c in ("certain", "possible", "observed") if row[c] > there[c]]
        differ += [] if row["verdict"] == there["verdict"] else ["verdict"]
        differ += [] if there["explanation"].startswith(row["explanation"]) else ["explanation"]
        found += [f"{row['address']}: {c}" for c in differ]
    for cluster in results.clusters:
        found += _about_cluster(cluster.record, results.parents[cluster.id].record)
    return found


def _about_finding(told_: Finding, whole: Finding | None) -> list[str]:
    if whole is None:
        return [f"{told_.id}: the whole scan has none"]
    found = []
    if STRENGTHS.index(told_.strength) > STRENGTHS.index(whole.strength):
        found.append(f"{told_.id}: {told_.strength}, in the whole scan {whole.strength}")
    held = {e["name"] for e in whole.explanations if e["holds"]}
    ours = {e["name"] for e in told_.explanations if e["holds"]}
    if not (held <= ours or "withheld" in ours) or not ours <= held | {"withheld"}:
        found.append(f"{told_.id}: explained by {ours}, in the whole scan by {held}")
    for name, fact in told_.facts.items():
        other = whole.facts[name]["value"]
        part = fact.get("at_least") and (isinstance(other, list) or fact["value"] <= other)
        if fact["value"] != other and not part:
            found.append(f"{told_.id}: {name} is {fact['value']}, in the whole scan {other}")
    return found


def _about_cluster(told_: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    ids = {m["id"] for m in told_["members"]}
    found = [] if ids <= {m["id"] for m in whole["members"]} and len(ids) > 2 else ["members"]
    positions = {f["id"]: f for f in whole["facilitators"]}
    for position in told_["facilitators"]:
        there = positions.get(position["id"])
        if (
            there is None
            or position["separates"] > there["separates"]
            or set(position["barriers"]) - set(there["barriers"])
        ):
            found.append(f"position {position['id']}")
    if STRENGTHS.index(told_["strength"]) > STRENGTHS.index(whole["strength"]):
        found.append("strength")
    if told_["chains"]["count"] > whole["chains"]["count"]:
        found.append("chains")
    if told_["choke_points"]["sets"] and told_["choke_points"] != whole["choke_points"]:
        found.append("choke points")
    if told_["people"] is not None and any(n > m for n, m in zip(told_["people"], whole["people"], strict=True)):
        found.append("people")
    return [f"structure {told_['id']}: {f}" for f in found]


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    share=st.sampled_from([0.6, 0.85, 1.0]),
    partner=st.sampled_from(PARTNERS),
    shipped=st.booleans(),
    investigation=st.booleans(),
    consent=st.booleans(),
)
def test_what_is_told_is_a_part_of_the_whole(
    seed: int,
    share: float,
    partner: str,
    shipped: bool,
    investigation: bool,
    consent: bool,
    demo_region: GraphTables,
) -> None:
    chance = Random(seed)
    more: dict[str, Any] = {"investigation": investigation, "consent": consent}
    if not shipped:
        more["sharing"] = random_sharing(chance, partner)

    results = told(with_some_rows(demo_region, chance, share=share), viewer(partner, **more))

    assert _problems(results) == []


@pytest.mark.parametrize("partner", FALSELY_ACCUSED)
def test_a_partner_is_told_no_finding_that_rests_on_what_is_withheld(partner: str, demo_region: GraphTables) -> None:
    results = told(demo_region, viewer(partner))
    alone = detect(results.graphs.seen, load_detectors(), day=DAY, norms=terms().norms, model=terms().model)
    whole = {f.id for f in results.whole.findings}
    invented = [f for f in alone.findings() if f.id not in whole and f.strength == "strong"]

    assert len(invented) == 20, "the job on the view alone invents these"
    assert [f.id for f in results.found.findings() if f.id not in whole] == []


def test_no_partner_is_told_more_than_there_is_of_a_made_up_region(tmp_path: Path) -> None:
    generate(tmp_path / "made", persons=800, seed=11)
    tables = read_region(tmp_path / "made").tables

    alike = {view_of(tables, viewer(p)).tables.fingerprint: p for p in PARTNERS}  # many partners see the same

    problems = {p: _problems(told(tables, viewer(p))) for p in alike.values()}

    assert {p: found for p, found in problems.items() if found} == {}


@pytest.mark.parametrize("kind", sorted(schema().relationships))
def test_a_rule_that_finds_more_where_something_is_taken_away_says_so(kind: str, demo_region: GraphTables) -> None:
    undeclared = set()
    for seed, share in ((1, 0.0), (2, 0.5), (3, 0.8)):
        region = with_some_rows(demo_region, Random(seed), share=0.9)
        less = with_some_rows(region, Random(seed), share=share, only=kind)
        before, after = _found(region), _found(less)
        undeclared |= {f.detector for i, f in after.items() if i not in before}

    assert {
        d for d in undeclared if kind not in (*(DETECTORS[d].header.absent or ()), *DETECTORS[d].header.excepts)
    } == set()


def _found(tables: GraphTables) -> dict[str, Finding]:
    store = EmbeddedStore.in_memory(tables)
    found = detect(store, load_detectors(), day=DAY, norms=terms().norms, model=terms().model)
    return {f.id: f for f in found.findings()}


def test_every_shipped_rule_says_what_it_rests_on_being_absent() -> None:
    assert [d.id for d in DETECTORS.values() if d.header.absent is None] == []


def test_a_rule_about_absence_is_silent_where_that_is_withheld(demo_region: GraphTables) -> None:
    results = told(demo_region, viewer("mayor"))

    assert "CONTROLS" in results.graphs.withheld
    assert "straw_director" in results.not_asked
    assert [f for f in results.found.findings() if f.detector == "straw_director"] == []
    assert "straw_director" not in told(demo_region, viewer("police")).not_asked


def _finding(strength: str, facts: dict[str, Any], held: dict[str, bool]) -> Finding:
    explanations = [{"name": n, "about": f"about {n}", "holds": h} for n, h in held.items()]
    stated = {n: {"value": v, "unit": "", "source": ""} for n, v in facts.items()}
    subject = {"label": "Address", "id": "a1"}
    days = ("2026-09-01", "2026-11-30")
    return Finding("r:a1", "r", 1, "h", "housing", subject, stated, strength, explanations, [], *days)


HEADER = DETECTORS["observed_more_than_registered"].header


def test_an_explanation_that_the_partner_may_not_see_is_said_in_neutral_words_and_lowers() -> None:
    seen = _finding("strong", {"observed_persons": 8}, {"lodging": False})
    whole = _finding("medium", {"observed_persons": 8}, {"lodging": True})

    told_ = disclosed_finding(seen, whole, HEADER)

    assert told_ is not None
    assert told_.strength == "medium"
    assert told_.explanations == [{"name": "withheld", "about": WEIGHED, "holds": True}]


def test_an_explanation_that_rests_on_something_withheld_is_none() -> None:
    seen = _finding("medium", {"observed_persons": 8}, {"first_use": True})
    whole = _finding("strong", {"observed_persons": 8}, {"first_use": False})

    told_ = disclosed_finding(seen, whole, HEADER)

    assert told_ is not None
    assert (told_.strength, told_.explanations) == ("medium", [])


def test_that_an_explanation_does_not_hold_is_not_told_where_its_ground_is_withheld() -> None:
    found = _finding("strong", {"observed_persons": 8}, {"lodging": False, "family": True})

    told_ = disclosed_finding(found, found, HEADER, denials=False)

    assert told_ is not None
    assert [e["name"] for e in told_.explanations] == ["family"]


def test_the_fire_brigade_is_not_told_that_there_is_no_licence(demo_region: GraphTables) -> None:
    results = told(demo_region, viewer("fire_brigade"))
    assert "FOR_PREMISES" in results.graphs.withheld

    crowded = [f for f in results.found.findings() if f.detector == "overcrowded"]

    assert crowded
    assert all(e["holds"] for f in crowded for e in f.explanations)


def test_a_lower_count_is_told_as_at_least_and_a_lower_limit_not_at_all() -> None:
    described = HEADER.facts
    whole = _finding("strong", {"observed_persons": 8, "registered_persons": 4}, {}).facts
    fewer = _finding("strong", {"observed_persons": 7, "registered_persons": 4}, {}).facts
    registered = _finding("strong", {"observed_persons": 8, "registered_persons": 1}, {}).facts

    part = disclosed_facts(fewer, whole, described)

    assert part is not None
    assert part["observed_persons"] == {"value": 7, "unit": "", "source": "", "at_least": True}
    assert disclosed_facts(registered, whole, described) is None


def test_the_words_do_not_tell_whether_more_is_withheld() -> None:
    facts = _finding("strong", {"observed_persons": 8, "registered_persons": 4}, {}).facts

    same = disclosed_facts(facts, facts, HEADER.facts)
    everything = disclosed_facts(facts, facts, HEADER.facts, complete=True)

    assert same is not None
    assert [n for n, f in same.items() if f.get("at_least")] == ["observed_persons"]
    assert everything == facts


def test_advice_is_only_what_the_whole_scan_advises_about_the_same(demo_region: GraphTables) -> None:
    setting = Setting(DAY, terms().model, shipped_powers())
    everything = told(demo_region, viewer("police"))
    results = told(demo_region, viewer("social_support"))
    whole = {p.dossier.id: p for p in partner_plans(replace(everything, parents=everything.parents), setting)}

    made = partner_plans(results, setting)

    assert made
    for plan in made:
        parent = results.parents.get(plan.dossier.id)
        there = whole.get(parent.id if parent else plan.dossier.id)
        if there is not None:
            assert {a.power.id for a in plan.advice} <= {a.power.id for a in there.advice}
            assert all(m["state"] == "not known to you" for a in plan.advice for m in a.missing)


def _scanned(tmp_path: Path, partner: str, *more: str) -> Results:
    region = str(resources.fixtures() / "demo")
    done = run("scan", region, "--as", partner, "--out", str(tmp_path / partner), *more)
    assert done.exit_code == 0, done.output
    return Results(tmp_path / partner)


def test_every_page_of_a_view_says_for_whom_it_is_and_by_which_gates(tmp_path: Path) -> None:
    seen = _scanned(tmp_path, "mayor", "--investigation")
    audience = seen.scan["audience"]
    pages = [seen.path / "report.html", *(seen.path / "networks").glob("*.html")]

    assert (audience["partner"], audience["investigation"], audience["consent"]) == ("mayor", True, False)
    assert "covenant_riec" in audience["gates"]
    assert "intelligence_police" not in audience["gates"]
    assert len(pages) > 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "Made for Mayor" in text
        assert audience["rules"] in text
        assert "What is not here says nothing" in text


def test_a_scan_for_a_partner_keeps_no_store(tmp_path: Path) -> None:
    _scanned(tmp_path, "bank")

    assert sorted(p.name for p in tmp_path.iterdir()) == ["bank", "bank.audit.jsonl"]


def test_the_log_of_a_view_can_be_read_and_is_told_when_it_was_begun_anew(tmp_path: Path) -> None:
    seen = _scanned(tmp_path, "bank")
    on = ("--store", str(seen.path))
    assert " as bank: scan" in run("audit", "list", *on).stdout
    assert run("audit", "verify", *on).exit_code == 0
    (tmp_path / "bank.audit.jsonl").unlink()
    _scanned(tmp_path, "bank")

    assert "line 1 was written when a line, known elsewhere, was gone" in run("audit", "verify", *on).stderr
    assert run("audit", "restored", "--by", "Jansen", "--reason", "disk broke", *on).exit_code == 0
    assert run("audit", "verify", *on).exit_code == 0


def test_a_store_of_everything_is_not_mixed_with_a_view(tmp_path: Path, demo: Results) -> None:
    region = str(resources.fixtures() / "demo")
    done = run("scan", region, "--as", "bank", "--out", str(tmp_path / "out"), "--store", str(demo.store))

    assert done.exit_code == 2
    assert "a scan for a partner keeps no store" in done.stderr


def test_the_answer_of_a_command_says_for_whom_it_is(demo: Results) -> None:
    done = run("networks", "list", "--store", str(demo.store), "--at", "2026-09-01", "--as", "mayor")

    assert done.exit_code == 0
    assert "Made for Mayor" in done.stderr


def test_scores_for_a_partner_hold_only_what_may_be_told(demo: Results, tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("id\nring-lender\nring-a1\n", encoding="utf-8")
    place = [str(file), "--store", str(demo.store), "--at", "2026-09-01"]
    everything, bank = run("score", *place), run("score", *place, "--as", "bank")

    assert "nothing" not in everything.stdout
    assert bank.exit_code == 0
    lender, house = bank.stdout.splitlines()[1:]
    assert "phoenix_lender" in lender  # what the open trade register shows
    assert [w for w in ("landlord_is_employer", "wages", "lender_without") if w in lender] == []
    assert "nothing that may be told to you" in house
    assert "Made for Bank" in bank.stderr


def test_a_page_for_a_partner_shows_no_zero_where_rows_are_withheld(tmp_path: Path) -> None:
    page = (_scanned(tmp_path, "bank").path / "report.html").read_text(encoding="utf-8")

    assert "0 strong, 0 medium, 0 weak" not in page
    assert "Overcrowded</th>" not in page
    assert "<p>None.</p>" not in page
    assert "For bank only" not in page
    assert page.count("Made for Bank:") == 2  # at the top and at the end


def test_the_table_of_gates_fits_on_screen_and_paper(demo: Results) -> None:
    page = (demo.path / "report.html").read_text(encoding="utf-8")

    assert '<th class="n"><span>signals of Civil registry</span></th>' in page
    assert ".gates th.n span { writing-mode: vertical-rl;" in page
    assert ".wide { overflow: visible; }" in page
