"""The advice for one finding or cluster: which power, with what known and missing, in which order, and what it leaves.

Rule: no competence, no advice; acute danger, then victims, then what intrudes least; nobody loses a bed before another
stands ready; everything is a draft.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from barrier.advise.beds import Beds
from barrier.advise.dossier import Dossier
from barrier.advise.evidence import Evidence, evidence_of
from barrier.advise.powers import ROUTES, STEPS, Power, Powers
from barrier.model.barriers import ACROSS, BarrierModel
from barrier.networks.chains import left_standing

DISRUPTIVE = ("order", "sanction", "criminal", "closure", "clearance")
NEEDS_GROUND = ("sanction", "criminal", "closure", "clearance")
DRAFT = "draft"


@dataclass(frozen=True)
class Advice:
    """A power matched to a finding or cluster; ``linked`` are those of its barriers at which nothing was found."""

    power: Power
    barriers: tuple[str, ...]
    targets: tuple[str, ...]
    present: tuple[dict[str, Any], ...]
    missing: tuple[dict[str, Any], ...]
    acute: bool
    preconditions: tuple[dict[str, Any], ...]
    blocked: tuple[str, ...]
    evidence: Evidence
    left: int
    linked: tuple[str, ...] = ()

    def key(self) -> tuple[Any, ...]:
        """Order: acute danger, victim safety, least intrusive, evidence, disruption; what is blocked waits."""
        now = self.acute and not self.blocked
        care = self.power.route == "care"
        step = STEPS.index(self.power.step)
        known = len(self.present) - len(self.missing)
        return not now, not care, bool(self.blocked), step, -self.evidence.best, -known, self.left, self.power.id


@dataclass(frozen=True)
class Plan:
    """All advice for a finding or cluster, in order.

    Args:
        dossier: What it is about.
        advice: Best first.
        conflicts: By power id, what it collides with.
        uncovered: Barriers with findings for which no power fits, with the reason.
        leaves: Chains, groups and people that stand when all disruptive advice is carried out; None without chains.
        beds: Beds needed and arranged.
    """

    dossier: Dossier
    advice: tuple[Advice, ...]
    conflicts: dict[str, tuple[str, ...]]
    uncovered: dict[str, str]
    leaves: tuple[int, int, int] | None
    beds: dict[str, Any]

    def records(self, powers: Powers) -> list[dict[str, Any]]:
        """Return the lines of `advice.jsonl`."""
        return [self._record(a, order, powers) for order, a in enumerate(self.advice, start=1)]

    def _record(self, a: Advice, order: int, powers: Powers) -> dict[str, Any]:
        power, effect = a.power, powers.effects[a.power.effect]
        return {
            "id": advice_id(power.id, self.dossier),
            "about": {"kind": self.dossier.kind, "id": self.dossier.id},
            "barrier": a.barriers[0],
            "barriers": list(a.barriers),
            "linked": list(a.linked),
            "targets": list(a.targets),
            "partner": power.partner,
            "power": power.id,
            "instrument": power.en,
            "instrument_nl": power.nl,
            "route": power.route,
            "step": power.step,
            "legal_basis": power.basis,
            "verify": power.verify,
            "confidence": power.confidence,
            "source": power.source,
            "facts_present": list(a.present),
            "facts_missing": list(a.missing),
            "evidence": a.evidence.as_record(),
            "lead_time_days": list(power.days),
            "reversible": power.reversible,
            "victim_effect": effect.en,
            "victim_effect_nl": effect.nl,
            "preconditions": list(a.preconditions),
            "blocked": list(a.blocked),
            "beds": self.beds if power.clears else None,
            "conflicts": list(self.conflicts.get(power.id, ())),
            "chains_left": a.left if self.dossier.groups else None,
            "acute": a.acute,
            "order": order,
            "state": DRAFT,
        }

    def routes(self) -> list[dict[str, Any]]:
        """Return the criminal, administrative, fiscal and care route side by side."""
        found = []
        for route in ROUTES:
            here = [a for a in self.advice if a.power.route == route]
            missing = sorted({m["fact"] for a in here for m in a.missing})
            low, high = (f(a.power.days[i] for a in here) if here else 0 for f, i in ((min, 0), (max, 1)))
            ready = sum(not a.missing and not a.blocked for a in here)
            effects = sorted({a.power.effect for a in here})
            row = {"route": route, "advice": len(here), "ready": ready, "days": [low, high], "missing": missing}
            found.append({**row, "effects": effects, "blocked": sum(bool(a.blocked) for a in here)})
        return found


def advice_id(power: str, dossier: Dossier) -> str:
    """Return the id of a piece of advice: the same over scans as long as power and subjects are the same."""
    text = "|".join((power, dossier.id if dossier.kind == "finding" else ",".join(sorted(dossier.members))))
    return f"ad-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Setting:
    """What holds for every plan: the day, the barrier model, the powers, beds arranged, safeguards already met."""

    day: date
    model: BarrierModel
    powers: Powers
    beds: Beds = field(default_factory=Beds.none)
    met: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @cached_property
    def places(self) -> dict[str, frozenset[str]]:
        """Barriers of the model in force at which each power fits, by power."""
        return {p.id: frozenset(self.model.place(b) for b in p.barriers) for p in self.powers.powers}

    @cached_property
    def _fitting(self) -> dict[tuple[tuple[str, ...], frozenset[str]], list[tuple[Power, tuple[str, ...]]]]:
        return {}

    def fitting(self, barriers: Sequence[str], labels: Iterable[str]) -> list[tuple[Power, tuple[str, ...]]]:
        """Return the powers in force that fit some barriers and labels, each with the barriers; looked up once."""
        key = tuple(barriers), frozenset(labels)
        if key not in self._fitting:
            in_force = [p for p in self.powers.powers if p.in_force(self.day) and not key[1].isdisjoint(p.subjects)]
            fits = ((p, tuple(b for b in key[0] if self._fits(p, b))) for p in in_force)
            self._fitting[key] = [(power, here) for power, here in fits if here]
        return self._fitting[key]

    def _fits(self, power: Power, barrier: str) -> bool:
        """Return whether a power fits a barrier; what fits every barrier fits also what stands across them."""
        places = self.places[power.id]
        return barrier in places or (barrier == ACROSS and places >= self.everywhere)

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """All barriers of the model in force."""
        return frozenset(s.id for s in self.model.barriers)


class Present:
    """What shows that facts are there: each is looked up once, when a power asks for it.

    Args:
        dossier: What is known.
        setting: The facts, and those that people know.
    """

    def __init__(self, dossier: Dossier, setting: Setting) -> None:
        self._dossier, self._facts = dossier, setting.powers.facts
        self._found = {name: ["as recorded"] for name in setting.known & set(self._facts)}

    def __getitem__(self, name: str) -> list[str]:
        """Return what shows that a fact is there; empty where it is missing."""
        if name not in self._found:
            self._found[name] = self._dossier.where(self._facts[name].check)
        return self._found[name]

    def is_there(self, name: str) -> bool:
        """Return whether there is such a fact, and it is there."""
        return name in self._facts and bool(self[name])


def plan_for(dossier: Dossier, setting: Setting) -> Plan:
    """Return the plan for a finding or cluster.

    Args:
        dossier: What is known.
        setting: Day, model, powers, beds, safeguards that are met and facts that people know.

    Returns:
        The plan; every barrier with findings is covered, or named with the reason why not. At barriers where members
        are involved by a link or a signal only, what the known facts call for is advised too, with a lower grade.
    """
    present = Present(dossier, setting)
    barriers = _barriers(dossier)
    linked = {b: list(who) for b, who in dossier.linked.items() if b not in barriers}
    everywhere = {**barriers, **linked}
    beds = setting.beds.arranged({dossier.id, *dossier.members}, dossier.people[1])
    grade = evidence_of(dossier)
    matched = [
        _advice(power, dossier, setting, here=here, present=present, barriers=everywhere, beds=beds, grade=grade)
        for power, here in setting.fitting(list(everywhere), dossier.members.values())
    ]
    told = (_told_by_links(a, linked) for a in matched if a is not None)
    advice = tuple(sorted(told, key=Advice.key))
    uncovered = _uncovered(barriers, advice, setting, dossier)
    return Plan(dossier, advice, _conflicts(advice, setting.powers), uncovered, _leaves(dossier, advice), beds)


def _told_by_links(advice: Advice, linked: Container[str]) -> Advice:
    """Return advice with its barriers where nothing was found last; where nothing was found at any, graded lower."""
    found = tuple(b for b in advice.barriers if b not in linked)
    only = tuple(b for b in advice.barriers if b in linked)
    grade = advice.evidence if found else advice.evidence.lowered()
    return replace(advice, barriers=(*found, *only), linked=only, evidence=grade)


def _barriers(dossier: Dossier) -> dict[str, list[str]]:
    """Return the subjects with findings by barrier."""
    found: dict[str, list[str]] = {}
    for finding in [dossier.focus] if dossier.focus else dossier.findings:
        here = found.setdefault(finding.barrier, [])
        if finding.subject["id"] not in here:
            here.append(finding.subject["id"])
    return found


def _advice(
    power: Power,
    dossier: Dossier,
    setting: Setting,
    *,
    here: Sequence[str],
    present: Present,
    barriers: dict[str, list[str]],
    beds: dict[str, Any],
    grade: Evidence,
) -> Advice | None:
    """Return the advice of a power that fits barriers ``here``: something calls for it, and its subject is there."""
    called = [f for f in (power.when or power.needs) if present[f]]
    if not called:
        return None
    targets = _targets(power, dossier, [s for b in here for s in barriers[b]], [w for f in called for w in present[f]])
    if not targets:
        return None
    texts = setting.powers.facts
    asked = dict.fromkeys((*power.needs, *called))
    known = tuple({"fact": f, "about": texts[f].en, "where": present[f]} for f in asked if present[f])
    missing = tuple(
        {"fact": f, "about": texts[f].en, "from": list(texts[f].from_)} for f in power.needs if not present[f]
    )
    preconditions = tuple(_preconditions(power, setting, beds, minors=present.is_there("minor")))
    blocked = tuple(p["safeguard"] for p in preconditions if p["state"] == "open" and p["blocks"])
    left = left_standing(dossier.groups, targets)[0] if dossier.groups else 0
    in_order = tuple(b for b in (s.id for s in setting.model.barriers) if b in here) or tuple(here)
    acute = any(present[f] for f in power.acute)
    return Advice(power, in_order, targets, known, missing, acute, preconditions, blocked, grade, left)


def _targets(power: Power, dossier: Dossier, subjects: Iterable[str], shown: Iterable[str]) -> tuple[str, ...]:
    """Return the subjects of the power: those of its labels with findings in its barriers, or that a fact names."""
    named = {w for w in shown if w in dossier.members}
    found = {s for s in (*subjects, *named) if dossier.members.get(s) in power.subjects}
    if not found:  # an owner or licence holder among the members, where the finding itself is about something else
        found = {m for m, label in dossier.members.items() if label in power.subjects and label != "Address"}
    return tuple(sorted(found))


def _preconditions(power: Power, setting: Setting, beds: dict[str, Any], *, minors: bool) -> list[dict[str, Any]]:
    """Return what must come first, with whether it is met and whether it holds the power back until then."""
    goes_there = power.visits or power.raid or power.clears
    guards = {n: g for n, g in setting.powers.safeguards.items() if n in power.safeguards}
    if minors and goes_there and power.route != "care":
        guards |= {n: g for n, g in setting.powers.safeguards.items() if g.blocks == "minors"}
    found = []
    for name, guard in guards.items():
        met = name in setting.met or (name == "beds" and beds["enough"])
        holds = {
            "clear": power.clears,
            "raid": power.raid or power.clears,
            "minors": goes_there,
            "punish": power.step == "criminal",
        }.get(guard.blocks, False)
        found.append({"safeguard": name, "about": guard.en, "state": "met" if met else "open", "blocks": bool(holds)})
    return found


def _uncovered(
    barriers: dict[str, list[str]], advice: Sequence[Advice], setting: Setting, dossier: Dossier
) -> dict[str, str]:
    covered = {b for a in advice for b in a.barriers}
    found = {}
    for barrier in (b for b in barriers if b not in covered and b != ACROSS):
        labels = sorted({dossier.members.get(s, "structure") for s in barriers[barrier]})
        fits = [p for p in setting.powers.powers if barrier in setting.places[p.id]]
        why = "no power names this barrier" if not fits else f"no power there fits {', '.join(labels)} with these facts"
        found[barrier] = why
    return found


def _conflicts(advice: Sequence[Advice], powers: Powers) -> dict[str, tuple[str, ...]]:
    """Return, by power, what it collides with: closing before beds, tipping off, police with tax, two visits."""
    found: dict[str, list[str]] = {}
    criminal = [a for a in advice if a.power.route == "criminal" and a.power.step == "criminal"]
    visits = [a for a in advice if a.power.visits or a.power.raid]
    for a in advice:
        said = found.setdefault(a.power.id, [])
        if a.power.clears and "beds" in a.blocked:
            said.append("closure before beds: arrange beds for the whole group first")
        if "investigation" in a.power.spoils and criminal and a.power.route != "criminal":
            said.append("may tip off or spoil an investigation: ask the prosecutor first")
        if a.power.partner == "tax" and any(v.power.partner.startswith("police") for v in visits):
            said.append("police and tax do not visit workers together: they would take police for collectors")
        same = {v.power.partner for v in visits if v is not a and set(v.targets) & set(a.targets)} - {a.power.partner}
        if a.power.visits and same:
            others = ", ".join(powers.partners[p].en for p in sorted(same))
            said.append(f"another visit of {others} would meet the same subject: agree on who goes when")
    return {power: tuple(said) for power, said in found.items() if said}


def _leaves(dossier: Dossier, advice: Sequence[Advice]) -> tuple[int, int, int] | None:
    if not dossier.groups:
        return None
    gone = {t for a in advice if a.power.step in DISRUPTIVE for t in a.targets}
    houses = {g.address for g in dossier.groups}
    return left_standing(dossier.groups, gone - houses)
