"""What of a scan may be told to a partner: a part of what the whole scan says, and nothing else.

Rule: a finding, verdict, structure or piece of advice is told only where the whole graph and the part that the partner
sees both give it; strength is the lower of both, and no explanation is lost. What rests on an absence is silent where
that is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from barrier.detect.findings import STRENGTHS, Finding
from barrier.detect.header import DetectorHeader, Fact
from barrier.detect.library import Detector
from barrier.detect.occupancy import Occupancy
from barrier.detect.run import Detected, DetectorRun
from barrier.detect.sentences import WITHHELD
from barrier.history.snapshots import PEOPLE

_DECIDED = ("verdict", "explanation")
WEIGHED = "something that you may not see was weighed: it makes this less likely"


def silent_for(detector: Detector, withheld: frozenset[str]) -> bool:
    """Return whether a rule is told to nobody from whom ``withheld`` is: what it says is absent may only be hidden."""
    absent = detector.header.absent
    return absent is None or not withheld.isdisjoint(absent)


def disclosed_occupancy(seen: Occupancy, whole: Occupancy) -> Occupancy:
    """Return the rows whose verdict and reason are those of the whole graph, with no more people than there.

    An address keeps its row where something withheld happens that changes neither, such as a sighting at a house
    that is large enough: a row that is missing would tell of it.
    """
    other = whole.table.set_index("address").reindex(seen.table["address"]).reset_index()
    same = pd.Series(True, index=seen.table.index)
    for column in _DECIDED:
        same &= seen.table[column] == other[column]
    for column in PEOPLE:
        same &= seen.table[column] <= other[column]
    return replace(seen, table=seen.table[same].reset_index(drop=True))


def disclosed(seen: Detected, whole: Detected, *, complete: bool, withheld: frozenset[str] = frozenset()) -> Detected:
    """Return the findings that both hold, as far as both say the same of them; a rule that was not asked has none.

    Args:
        seen: What was found in what the partner sees.
        whole: What was found in the whole graph.
        complete: Whether the partner sees everything. If not, every number of which a part stays true is told as "at
            least", also where it is all there is: else the words would tell where something is withheld.
        withheld: Relationship types of which the partner does not see all.
    """
    ours = {r.detector.id: r.findings for r in seen.runs}
    runs = []
    for run in whole.runs:
        theirs = {f.id: f for f in run.findings}
        pairs = [(f, theirs[f.id]) for f in ours.get(run.detector.id, ()) if f.id in theirs]
        header = run.detector.header
        limits = {"complete": complete, "denials": withheld.isdisjoint(header.excepts)}
        told = [disclosed_finding(f, other, header, **limits) for f, other in pairs]
        runs.append(DetectorRun(run.detector, tuple(f for f in told if f is not None), 0.0))
    return Detected(seen.occupancy, tuple(runs), 0.0)


def disclosed_finding(
    seen: Finding, whole: Finding, header: DetectorHeader, *, complete: bool = False, denials: bool = True
) -> Finding | None:
    """Return what both say of a finding; None where they state a fact differently and no part of it is true.

    Args:
        seen: The finding in what the partner sees.
        whole: The same in the whole graph.
        header: Of its rule, which says of which facts a part stays true.
        complete: Whether the partner sees everything.
        denials: Whether an explanation that does not hold is told. Where what it rests on is withheld it would give
            away that there is none ("no licence").
    """
    facts = disclosed_facts(seen.facts, whole.facts, header.facts, complete=complete)
    if facts is None:
        return None
    explanations = disclosed_explanations(seen.explanations, whole.explanations)
    return replace(
        seen,
        facts=facts,
        strength=weaker(seen.strength, whole.strength),
        explanations=[e for e in explanations if e["holds"] or denials],
        first_seen=max(seen.first_seen, whole.first_seen),
    )


Facts = dict[str, dict[str, Any]]


def disclosed_facts(
    seen: Facts, whole: Facts, described: Mapping[str, Fact], *, complete: bool = False
) -> Facts | None:
    """Return the facts both state; those of which a part stays true as "at least"; None where they differ otherwise."""
    partial = {n for n, f in described.items() if f.lower_bound}
    if any(n not in seen and n not in partial for n in whole) or any(n not in whole for n in seen):
        return None
    facts: Facts = {}
    for name, fact in seen.items():
        ours, theirs = fact["value"], whole[name]["value"]
        if ours != theirs and not (name in partial and _is_part(ours, theirs)):
            return None
        facts[name] = fact if complete or name not in partial else {**fact, "at_least": True}
    return facts


def _is_part(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list) and isinstance(theirs, list):
        return all(v in theirs or str(v).startswith(f"{WITHHELD}-") for v in ours)
    numbers = not isinstance(ours, (str, bool)) and not isinstance(theirs, (str, bool))
    return numbers and bool(ours <= theirs)


def disclosed_explanations(
    seen: Sequence[Mapping[str, Any]], whole: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the explanations that both checked with one outcome; of one that only the whole graph shows, that.

    One that only the part shows rests on something withheld and is no explanation: it is left out.
    """
    ours = {e["name"]: bool(e["holds"]) for e in seen}
    told = [dict(e) for e in whole if bool(e["holds"]) == ours.get(e["name"])]
    hidden = any(e["holds"] and not ours.get(e["name"]) for e in whole)
    return told + [{"name": WITHHELD, "about": WEIGHED, "holds": True}] * hidden


def weaker(one: str, other: str) -> str:
    """Return the lower of two strengths."""
    return min(one, other, key=STRENGTHS.index)
