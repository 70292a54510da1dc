"""Cases: decided once and by a named person, nothing half-done, a journal that tells when it was touched."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from barrier.advise.dossier import Dossier
from barrier.advise.plan import plan_for
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Viewer, shipped_sharing
from barrier.casework.cases import By, Cases
from barrier.casework.database import CaseDatabase
from barrier.errors import BarrierError, InputError, TryAgainError
from tests.casework.journals import edit
from tests.helpers import Results, copy_store, run, small_disk
from tests.planning import dossier, finding, setting, told

DAY = date(2026, 11, 24)
JANSEN = By("Jansen", "account", "because")


def _dossier() -> Dossier:
    signals = [told("nuisance", "police", "o1", "confirmed"), told("outreach_concern", "ggd", "o2")]
    return dossier([finding("overcrowded", "housing", "a1", "Address")], signals=signals, visits=("breach",))


@pytest.fixture
def cases(tmp_path: Path) -> Cases:
    return Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY)


def _opened(cases: Cases) -> str:
    made = plan_for(_dossier(), setting())
    return cases.open(made.dossier, made.records(shipped_powers()), JANSEN, title="Trial", scan="s1")


def test_a_case_goes_through_its_steps_with_who_when_and_why(cases: Cases) -> None:
    case = _opened(cases)
    cases.weigh(case, "administrative", JANSEN)
    cases.assign(case, "municipality_housing", "De Wit", JANSEN)
    cases.decide(case, "housing_visit", "accepted", JANSEN)
    cases.intervene(case, "housing_visit", DAY, "Awb 5:11", JANSEN)
    cases.outcome(case, 1, "victims helped", JANSEN, helped=4)
    left = cases.close(case, JANSEN)

    lines = cases.database.lines()
    assert [x["action"] for x in lines] == ["open", "weigh", "assign", "accept", "intervene", "outcome", "close"]
    assert {x["actor"] for x in lines} == {"Jansen"}
    assert left == ["no feedback yet: ggd", "no feedback yet: police"]
    assert cases.get(case)["step"] == "closed"
    assert cases.database.verify() == []


@pytest.mark.parametrize("state", ["accepted", "rejected"])
@pytest.mark.parametrize(
    ("by", "problem"),
    [
        (By("", "x", "why"), "nobody was named"),
        (By("\u3164", "x", "why"), "nobody was named"),
        (By("Jansen", "x", " "), "none was given"),
        (By("Jansen", "x", "\u2800.\u3164"), "none was given"),
    ],
)
def test_accepting_and_rejecting_both_need_a_name_and_a_reason(cases: Cases, state: str, by: By, problem: str) -> None:
    case = _opened(cases)

    with pytest.raises(InputError, match=problem):
        cases.decide(case, "housing_visit", state, by)
    assert {a["state"] for a in cases.get(case)["advice"]} == {"draft"}


def test_a_decision_is_made_once_and_the_second_one_is_told_who_made_it(cases: Cases) -> None:
    case = _opened(cases)
    cases.decide(case, "housing_visit", "accepted", JANSEN)

    with pytest.raises(InputError, match="was accepted by Jansen on .*: because"):
        cases.decide(case, "housing_visit", "rejected", By("De Wit", "x", "no"))
    assert len(cases.database.rows("SELECT 1 FROM journal")) == 2


def test_of_two_persons_who_decide_at_once_one_wins_and_nothing_is_half_decided(cases: Cases) -> None:
    case = _opened(cases)
    said: list[str] = []

    def decide(name: str, state: str) -> None:
        try:
            Cases(CaseDatabase(cases.database.path), DAY).decide(case, "housing_visit", state, By(name, "x", "now"))
            said.append(name)
        except BarrierError:
            pass

    threads = [threading.Thread(target=decide, args=(f"P{i}", ("accepted", "rejected")[i % 2])) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (advice,) = (a for a in cases.get(case)["advice"] if a["power"] == "housing_visit")
    assert [advice["decided_by"]] == said
    assert len(cases.database.rows("SELECT 1 FROM journal")) == 2
    assert cases.database.verify() == []


def test_what_was_not_accepted_or_is_blocked_or_has_no_basis_is_not_carried_out(cases: Cases) -> None:
    case = _opened(cases)

    with pytest.raises(InputError) as error:
        cases.intervene(case, "close_home", DAY, "", JANSEN)
    assert [p.split(": ", 1)[1] for p in error.value.problems] == [
        "is draft; a named person accepts it first",
        "no legal basis was given; a visit without one cannot be used",
        "first: Beds arranged for the whole group",
    ]


def test_with_beds_arranged_the_accepted_closure_can_be_carried_out(cases: Cases) -> None:
    case = _opened(cases)
    cases.decide(case, "close_home", "accepted", JANSEN)
    cases.intervene(case, "close_home", DAY, "Gemeentewet 174a", JANSEN, met=["beds"])

    assert cases.get(case)["interventions"][0]["basis"] == "Gemeentewet 174a"


def test_case_supervision_as_pretext_warns_when_the_basis_is_criminal_only(cases: Cases) -> None:
    case = _opened(cases)
    cases.decide(case, "housing_visit", "accepted", JANSEN)

    (warning,) = cases.intervene(case, "housing_visit", DAY, "art. 273f Sr", JANSEN)
    assert "supervision may not serve the investigation alone" in warning


def test_case_duplicate_work_gives_notice_of_an_overlap_without_what_for(cases: Cases, tmp_path: Path) -> None:
    first = _opened(cases)
    cases.decide(first, "fire_visit" if _has(cases, first, "fire_visit") else "housing_visit", "accepted", JANSEN)
    cases.intervene(first, "fire_visit" if _has(cases, first, "fire_visit") else "housing_visit", DAY, "Awb", JANSEN)
    other = dossier([finding("letting_without_licence", "housing", "a1", "Address")])
    made = plan_for(other, setting())
    second = cases.open(made.dossier, made.records(shipped_powers()), JANSEN, title="Second", scan="s1")
    cases.decide(second, "letting_licence", "accepted", JANSEN)
    warnings = cases.intervene(second, "letting_licence", DAY + timedelta(days=3), "Wgv 5", JANSEN)

    assert warnings == ["overlap: another partner is active at the same subject on 2026-11-24; agree on who goes when"]


def _has(cases: Cases, case: str, power: str) -> bool:
    return power in {a["power"] for a in cases.get(case)["advice"]}


def test_case_no_feedback_after_ninety_days_is_in_the_ageing_list(cases: Cases) -> None:
    case = _opened(cases)
    later = Cases(cases.database, DAY + timedelta(days=90))

    assert cases.ageing() == []
    assert [(r["reporter"], r["late_days"]) for r in later.ageing()] == [("ggd", 30), ("police", 30)]
    viewer = Viewer("ggd", DAY, shipped_sharing(), shipped_powers().partners)
    assert later.feedback(case, "ggd", JANSEN, viewer=viewer).startswith("Your signal was received")
    assert [r["reporter"] for r in later.ageing()] == ["police"]


def test_feedback_takes_the_form_that_the_gate_allows(cases: Cases) -> None:
    case = _opened(cases)
    police, ggd = (Viewer(p, DAY, shipped_sharing(), shipped_powers().partners) for p in ("police", "ggd"))

    assert "Step: intake" in cases.feedback(case, "police", JANSEN, viewer=police)
    assert "case" not in cases.feedback(case, "ggd", JANSEN, viewer=ggd).casefold()


def test_a_fact_that_only_people_know_is_recorded_in_the_file_and_completes_advice(cases: Cases) -> None:
    case = _opened(cases)
    missed = {m["fact"] for a in cases.get(case)["advice"] for m in a["facts_missing"]}
    completed = cases.gather(case, ["earlier_warning"], By("Jansen", "account", "letter of 3 May"))
    after = cases.get(case)

    assert after["step"] == "file"
    assert "earlier_warning" in missed
    assert "earlier_warning" not in {m["fact"] for a in after["advice"] for m in a["facts_missing"]}
    known = {
        w for a in after["advice"] for p in a["facts_present"] if p["fact"] == "earlier_warning" for w in p["where"]
    }
    assert known == {"as recorded by Jansen"}
    assert {a["id"] for a in after["advice"] if a["id"] in completed} == set(completed)
    assert cases.database.verify() == []


def test_a_fact_without_reason_or_that_no_advice_misses_is_refused(cases: Cases) -> None:
    case = _opened(cases)

    with pytest.raises(InputError, match="a decision needs a reason"):
        cases.gather(case, ["earlier_warning"], By("Jansen", "account"))
    with pytest.raises(InputError, match="landlord_taste: no advice of"):
        cases.gather(case, ["landlord_taste"], JANSEN)
    assert cases.get(case)["step"] == "intake"


def test_a_file_that_is_put_together_later_does_not_take_a_case_back(cases: Cases) -> None:
    case = _opened(cases)
    cases.weigh(case, "care", JANSEN)
    cases.gather(case, [], JANSEN)

    assert cases.get(case)["step"] == "weighing"


def test_a_second_open_case_about_the_same_is_refused(cases: Cases) -> None:
    case = _opened(cases)

    with pytest.raises(InputError, match=f"is {case} already|is case {case} already"):
        _opened(cases)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE journal SET header = replace(header, 'Jansen', 'Pietersen') WHERE number = 2", "line 2: was changed"),
        (
            "UPDATE journal_content SET text = replace(text, 'because', 'whatever') WHERE number = 2",
            "line 2: its content was changed",
        ),
        ("DELETE FROM journal WHERE number = 2", "line 2: missing (the next one is 3)"),
        ("DELETE FROM journal WHERE number = 3", "line 3: missing, the journal was cut off (there were 3 lines)"),
        ("DELETE FROM journal WHERE number > 1", "line 2: missing, the journal was cut off (there were 3 lines)"),
        (
            "UPDATE advice SET state = 'accepted' WHERE state = 'draft'",
            "table advice: state: is not what the journal says",
        ),
    ],
)
def test_the_journal_tells_when_it_was_touched(cases: Cases, statement: str, problem: str) -> None:
    case = _opened(cases)
    cases.weigh(case, "care", JANSEN)
    cases.decide(case, "housing_visit", "accepted", JANSEN)
    edit(cases.database.path, statement)

    assert any(problem in p for p in cases.database.verify())


def test_the_journal_refuses_to_be_changed_while_its_triggers_stand(cases: Cases) -> None:
    _opened(cases)

    with sqlite3.connect(cases.database.path) as db, pytest.raises(sqlite3.IntegrityError, match="only added to"):
        db.execute("DELETE FROM journal")


def test_a_change_on_a_full_disk_leaves_neither_a_decision_nor_a_line(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        cases = Cases(CaseDatabase(disk / "cases.sqlite"), DAY)
        case = _opened(cases)
        (disk / "filler").write_bytes(b"0" * (shutil.disk_usage(disk).free - 4096))
        with pytest.raises(TryAgainError, match="no space left on the device"):
            cases.weigh(case, "care", By("Jansen", "account", "because " * 2000))
        (disk / "filler").unlink()

        assert cases.get(case)["step"] == "intake"
        assert cases.database.verify() == []


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "cases.sqlite").write_text("this is no database, but it is long enough to be looked at " * 20)

    with pytest.raises(InputError, match="is no SQLite file, expected the file with cases"):
        Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY).all()


def test_a_migration_that_was_done_is_not_done_again(cases: Cases) -> None:
    _opened(cases)
    again = CaseDatabase(cases.database.path, clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    assert {r["at"][:4] for r in again.rows("SELECT at FROM migration")} == {str(datetime.now(UTC).year)}


def test_decisions_survive_a_rescan(demo: Results, tmp_path: Path) -> None:
    store = tmp_path / "again.barrier"
    copy_store(demo.store, store)
    on = ["--store", str(store)]
    assert run("case", "open", "ring-lender", "--by", "Jansen", "--at", "2026-09-01", *on).exit_code == 0
    assert run("case", "reject", "ring-lender", "bibob", "--by", "J", "--reason", "no", *on).exit_code == 2
    assert run("case", "accept", "ring-lender", "wml", "--by", "J", "--reason", "yes", *on).exit_code == 0

    assert run("scan", "fixtures/demo", "--out", str(tmp_path / "again"), "--at", "2026-08-01").exit_code == 0
    shown = run("case", "show", "ring-lender", *on).stdout
    assert "[accepted by J: yes] labour_inspectorate: Minimum-wage inspection and fine" in shown
    told = run("case", "verify", *on).stdout
    assert told.startswith("journal: 2 lines, whole; held against 3 lines kept elsewhere\nlast line: 2:")


def test_an_outcome_before_the_day_of_its_intervention_is_refused(cases: Cases) -> None:
    case = _opened(cases)
    cases.decide(case, "housing_visit", "accepted", JANSEN)
    cases.intervene(case, "housing_visit", DAY + timedelta(days=1), "Awb 5:11", JANSEN)

    with pytest.raises(InputError, match="which has not come"):
        cases.outcome(case, 1, "breach", JANSEN)
    Cases(cases.database, DAY + timedelta(days=1)).outcome(case, 1, "breach", JANSEN)
    assert cases.get(case)["interventions"][0]["outcome"] == "breach"
