"""What of one case a partner may know: by the gates, by its own part in it, and never where it sees nothing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from barrier.advise.plan import Plan, plan_for
from barrier.advise.powers import shipped_powers
from barrier.disclosure.casefile import Reader, Seen, shown_case
from tests.disclosure.partners import viewer
from tests.planning import dossier, finding, setting

NOT_ASKED: Any = None  # what is told of a case rests on plans, not on structures
TAKEN = {"state": "accepted", "decided_by": "Jansen", "decided_at": "2026-09-01", "reason": "why"}


def _plan() -> Plan:
    return plan_for(dossier([finding("overcrowded", "housing", "a-1", "Address")]), setting())


def _row(**more: Any) -> dict[str, Any]:
    told = {"step": "assignment", "opened_at": "2026-09-01", "opened_by": "Jansen", "verdict": "", "closed_at": ""}
    done: dict[str, Any] = {"advice": [], "assignments": [], "interventions": [], "feedback": []}
    return {"case_id": "case-1", "members": {"a-1": "Address"}, "scan": "s", **told, **done, **more}


def _shown(partner: str, row: dict[str, Any], *plans: Plan) -> dict[str, Any] | None:
    seen = Seen(plans, NOT_ASKED, {})
    return shown_case(row, seen, Reader(viewer(partner), partner, "test", shipped_powers()))


def test_who_sees_nothing_of_what_it_is_about_knows_of_no_case_whatever_the_gates_say() -> None:
    other = plan_for(dossier([finding("overcrowded", "housing", "a-2", "Address")]), setting())

    assert _shown("police", _row()) is None
    assert _shown("police", _row(), other) is None
    assert _shown("police", _row(), _plan()) is not None


@pytest.mark.parametrize(
    "part",
    [
        {"advice": [{"partner": "bank", "power": "x", **TAKEN}]},
        {"assignments": [{"partner": "bank", "person": "De Wit"}]},
        {"interventions": [{"id": 1, "day": "2026-09-02", "partner": "bank", "outcome": "", "targets": ["a-1"]}]},
    ],
    ids=["accepted advice", "an assignment", "an intervention"],
)
def test_who_has_a_part_in_it_knows_of_it_and_not_who_opened_it_or_how_far_it_is(part: dict[str, Any]) -> None:
    assert _shown("bank", _row(), _plan()) is None
    told = _shown("bank", _row(**part), _plan())

    assert told is not None
    assert {told[k] for k in ("step", "opened_at", "opened_by", "verdict", "closed_at")} == {""}


def test_advice_to_it_that_nobody_accepted_gives_a_partner_no_part() -> None:
    row = _row(advice=[{"partner": "bank", "power": "x", **TAKEN, "state": "draft"}])

    assert _shown("bank", row, _plan()) is None


def test_of_what_others_do_only_what_the_gates_open_is_told_and_of_a_visit_not_where() -> None:
    visits = [{"id": 1, "day": "2026-09-02", "partner": p, "outcome": "", "targets": ["a-1"]} for p in ("bank", "tax")]
    row = _row(
        assignments=[{"partner": "bank", "person": "De Wit"}, {"partner": "tax", "person": "De Vries"}],
        interventions=visits,
        feedback=[{"reporter": p, "sent_at": "", "due": ""} for p in ("bank", "ggd")],
    )

    told = _shown("bank", row, _plan())

    assert told is not None
    assert [x["partner"] for x in told["assignments"]] == ["bank"]
    assert told["interventions"] == [{"id": 1, "day": "2026-09-02", "partner": "bank", "outcome": ""}]
    assert [x["reporter"] for x in told["feedback"]] == ["bank"]


def test_a_decision_about_another_is_not_told_and_its_own_is() -> None:
    plan = _plan()
    powers = {a.power.partner: a.power.id for a in plan.advice}
    partner, other = sorted(powers)[:2]
    row = _row(
        advice=[{"partner": p, "power": powers[p], **TAKEN} for p in powers],
        assignments=[{"partner": partner, "person": "De Wit"}],
    )
    closed = replace(viewer(partner), sharing=viewer(partner).sharing.model_copy(update={"gates": ()}))

    told = shown_case(row, Seen([plan], NOT_ASKED, {}), Reader(closed, partner, "test", shipped_powers()))

    assert told is not None
    stated = {a["partner"]: a["state"] for a in told["advice"]}
    assert (stated[partner], stated[other]) == ("accepted", "not_shown")


def test_people_that_are_withheld_are_no_number() -> None:
    plan = _plan()
    hidden = replace(plan, dossier=replace(plan.dossier, people=(0, 0), people_shown=False))

    shown, withheld = (_shown("police", _row(), p) for p in (plan, hidden))
    assert shown is not None
    assert withheld is not None
    assert (shown["people"], withheld["people"]) == ([5, 5], None)


def test_under_pseudonyms_the_case_has_one_too() -> None:
    told = _shown("emm", _row(), _plan())

    assert told is not None
    assert told["case_id"].startswith("x-")
    assert told["opened_by"] == ""
