"""Plans as a reader sees them: barrier by barrier, in the order of the plan, the first few and then the rest.

Rule: advice is a draft; what blocks it and what is missing stands in the same row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from barrier.advise.plan import Advice, Plan
from barrier.advise.powers import Powers
from barrier.advise.sharing import ANONYMISED, HIDDEN, OPEN, SOURCE_HIDDEN, Sharing, Viewer
from barrier.model.barriers import BarrierModel
from barrier.printable import counted

SHOWN_EACH = 3


@dataclass(frozen=True)
class PlanTable:
    """The plan of one cluster for the report: the first rows of each barrier, and the rest in the order of the plan."""

    rows: list[dict[str, Any]]
    rest: list[dict[str, Any]]
    uncovered: list[str]
    leaves: str
    routes: list[dict[str, Any]]
    beds: dict[str, Any]
    evidence: dict[str, Any]
    verify: bool


def plan_table(plan: Plan, powers: Powers, model: BarrierModel, language: str = "en") -> PlanTable:
    """Return the plan of a finding or cluster as rows, barrier by barrier."""
    rows: list[dict[str, Any]] = []
    shown: set[str] = set()
    numbered = list(enumerate(plan.advice, start=1))
    for step in model.barriers:
        here = [(n, a) for n, a in numbered if step.id in (set(a.barriers) - set(a.linked) or a.linked)]
        fresh = [(n, a) for n, a in here if a.power.id not in shown][:SHOWN_EACH]
        shown |= {a.power.id for _, a in fresh}
        rows += [{"order": n, "barrier": _named(step.name, a), **_row(a, plan, powers, language)} for n, a in fresh]
    left = [(n, a) for n, a in numbered if a.power.id not in shown]
    rest = [
        {"order": n, "barrier": _named(model.title(a.barriers[0]), a), **_row(a, plan, powers, language)}
        for n, a in left
    ]
    uncovered = [f"{model.title(b)}: {why}" for b, why in plan.uncovered.items()]
    evidence = plan.advice[0].evidence.as_record() if plan.advice else {}
    routes = [r for r in plan.routes() if r["advice"]]
    verify = any(a.power.verify for a in plan.advice)
    return PlanTable(rows, rest, uncovered, _leaves(plan), routes, plan.beds, evidence, verify)


def _named(title: str, a: Advice) -> str:
    """Return the barrier of a row, and that nothing was found there where only links or signals lead to it."""
    return f"{title} (no finding here: a link or signal)" if set(a.barriers) <= set(a.linked) else title


def _row(a: Advice, plan: Plan, powers: Powers, language: str) -> dict[str, Any]:
    power = a.power
    return {
        "partner": getattr(powers.partners[power.partner], language),
        "instrument": getattr(power, language),
        "basis": power.basis + (", to be verified" if power.verify else ""),
        "present": [p["about"] for p in a.present],
        "missing": [m["about"] for m in a.missing],
        "days": f"{power.days[0]} to {power.days[1]}",
        "effect": getattr(powers.effects[power.effect], language),
        "first": [p["about"] for p in a.preconditions if p["state"] == "open"],
        "blocked": bool(a.blocked),
        "conflicts": list(plan.conflicts.get(power.id, ())),
    }


def _leaves(plan: Plan) -> str:
    if plan.leaves is None:
        return ""
    chains, groups, people = plan.leaves
    return (
        f"{counted(chains, 'chain')} for {counted(groups, 'group')}, {counted(people, 'person')}"
        if chains
        else "no chain"
    )


@dataclass(frozen=True)
class Seeing:
    """Who may see which kind of data: kinds as columns, a row for each partner of the plans."""

    kinds: list[str]
    rows: list[tuple[str, list[str]]]


def who_sees(plans: Sequence[Plan], powers: Powers, sharing: Sharing, day: date) -> Seeing:
    """Return, for the partners that the plans name, which links and which signals of the plans they may see."""
    named = sorted({a.power.partner for p in plans for a in p.advice})
    columns = {rule.data: (rule.data, rule.holder) for rule in sharing.links.values()}
    for holder in sorted({s.holder for p in plans for _, s in p.dossier.signals() if s.holder in powers.partners}):
        columns[f"signals of {powers.partners[holder].en}"] = ("signal", holder)
    rows = []
    for partner in named:
        viewer = Viewer(partner, day, sharing, powers.partners)
        rows.append((powers.partners[partner].en, [_MARKS[viewer.state(*pair)] for pair in columns.values()]))
    return Seeing(list(columns), rows)


_MARKS = {OPEN: "✓", HIDDEN: "·", ANONYMISED: "a", SOURCE_HIDDEN: "s"}


def plan_tables(plans: Sequence[Plan], powers: Powers, model: BarrierModel) -> dict[str, PlanTable]:
    """Return the tables of all plans for clusters, by cluster."""
    return {p.dossier.id: plan_table(p, powers, model) for p in plans if p.dossier.kind == "cluster"}
