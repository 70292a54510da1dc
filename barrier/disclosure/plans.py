"""What of the advice may be told to a partner: what the whole scan advises too, about the same thing.

Rule: nothing that holds a piece of advice back in the whole scan is lost; what the partner may not know is not called
missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from barrier.advise.plan import Advice, Plan

NOT_KNOWN = "not known to you"


def disclosed_plan(seen: Plan, whole: Plan) -> Plan:
    """Return a plan as far as the plan of the whole scan advises the same.

    Args:
        seen: The plan from what the partner sees.
        whole: The plan of the whole scan about the same finding, or the structure within which this one lies.
    """
    there = {a.power.id: a for a in whole.advice}
    pairs = [(a, there[a.power.id]) for a in seen.advice if a.power.id in there]
    told = [disclosed_advice(a, other) for a, other in pairs]
    advice = tuple(sorted((a for a in told if a is not None), key=Advice.key))
    kept = {a.power.id for a in advice}
    uncovered = {b: why for b, why in seen.uncovered.items() if b in whole.uncovered}
    both = {p: tuple(c for c in found if c in whole.conflicts.get(p, ())) for p, found in seen.conflicts.items()}
    conflicts = {p: found for p, found in both.items() if p in kept and found}
    beds = seen.beds if seen.dossier.people_shown else {**seen.beds, "needed": None, "enough": False}
    return Plan(seen.dossier, advice, conflicts, uncovered, seen.leaves if seen.leaves == whole.leaves else None, beds)


def disclosed_advice(seen: Advice, whole: Advice) -> Advice | None:
    """Return a piece of advice as far as the whole scan gives it; None where something hidden holds it back there."""
    own = set(seen.power.safeguards)  # a safeguard beyond them tells who is there
    stated = {
        p["safeguard"]: p for p in (*seen.preconditions, *(p for p in whole.preconditions if p["safeguard"] in own))
    }
    blocked = tuple(p["safeguard"] for p in stated.values() if p["state"] == "open" and p["blocks"])
    if not set(whole.blocked) <= set(blocked):
        return None
    targets = tuple(t for t in seen.targets if t in whole.targets)
    barriers = tuple(b for b in seen.barriers if b in whole.barriers)
    if not targets or not barriers:
        return None
    return replace(
        seen,
        barriers=barriers,
        linked=tuple(b for b in seen.linked if b in barriers),
        targets=targets,
        missing=tuple(_unknown(m) for m in seen.missing),
        acute=seen.acute and whole.acute,
        preconditions=tuple(stated.values()),
        blocked=blocked,
        left=max(seen.left, whole.left),
    )


def _unknown(fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "state": NOT_KNOWN}


def plan_of(plans: Sequence[Plan], kind: str, about: str) -> Plan | None:
    """Return the plan about a finding or cluster, or None."""
    return next((p for p in plans if (p.dossier.kind, p.dossier.id) == (kind, about)), None)
