"""What is known about a finding or a cluster: findings, signals, visits, licences, links, people.

Rule: signals with one origin count once, expired ones not at all; what is there is shown with where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from barrier.advise.powers import Check
from barrier.detect.findings import Finding
from barrier.model.barriers import BarrierModel
from barrier.model.kinds import chained
from barrier.model.validity import holds_on
from barrier.networks.chains import Group, groups_of
from barrier.networks.clusters import Cluster
from barrier.networks.parties import among
from barrier.store import Columns

RELIABLE = ("confirmed", "probable")
LOOKED_BACK_DAYS = 730


@dataclass(frozen=True)
class Signal:
    """A valid signal about a subject."""

    kind: str
    holder: str
    origin: str
    reliability: str
    barrier: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What the graph holds about subjects beside findings, by subject id.

    Args:
        signals: Valid on the day, without repeats of an origin for one subject and kind.
        inspections: Outcomes of visits in the last two years.
        licences: Status of licences held or for the premises, of a licence its own; an active one only while it holds.
        links: Relationship types that lead to it (owners, landlords).
        activities: Activity codes of businesses that are in force.
    """

    signals: Mapping[str, tuple[Signal, ...]]
    inspections: Mapping[str, tuple[str, ...]]
    licences: Mapping[str, tuple[str, ...]]
    links: Mapping[str, frozenset[str]]
    activities: Mapping[str, str]


def surroundings(graph: Columns, day: int, subjects: Iterable[str]) -> Surroundings:
    """Read what the graph holds about subjects on a day."""
    wanted = sorted(set(subjects))
    return Surroundings(
        _signals(graph, day, wanted),
        _inspections(graph, day, wanted),
        _licences(graph, day, wanted),
        _owners(graph, day, wanted),
        _activities(graph, day, wanted),
    )


def _signals(graph: Columns, day: int, wanted: Sequence[str]) -> dict[str, tuple[Signal, ...]]:
    about = graph.edges("CONCERNS", ["source_id", "target_id"])
    about = about[among(about["target_id"], wanted)]
    signals = graph.nodes("Signal", ["id", "kind", "barrier", "holder", "origin", "reliability", "expires_day"])
    signals = signals[signals["expires_day"].isna() | (signals["expires_day"] > day).fillna(True)]
    rows = about.merge(signals, left_on="source_id", right_on="id")
    found: dict[str, dict[tuple[str, str], Signal]] = {}
    for row in rows.fillna({"kind": "", "barrier": "", "holder": "", "reliability": "", "origin": ""}).to_dict(
        "records"
    ):
        one = Signal(row["kind"], row["holder"], row["origin"] or row["id"], row["reliability"], row["barrier"])
        found.setdefault(row["target_id"], {}).setdefault((one.origin, one.kind), one)
    return {subject: tuple(sorted(s.values(), key=lambda x: (x.kind, x.origin))) for subject, s in found.items()}


def _inspections(graph: Columns, day: int, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    visits = graph.edges("INSPECTED", ["source_id", "target_id"])
    visits = visits[among(visits["target_id"], wanted)]
    known = graph.nodes("Inspection", ["id", "outcome", "date_day"])
    recent = known[(known["date_day"] <= day) & (known["date_day"] > day - LOOKED_BACK_DAYS)]
    rows = visits.merge(recent, left_on="source_id", right_on="id")
    return {str(k): tuple(sorted(v["outcome"].fillna("").astype(str))) for k, v in rows.groupby("target_id")}


def _licences(graph: Columns, day: int, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    licences = graph.nodes("Licence", ["id", "status", "valid_from_day", "valid_until_day"]).fillna({"status": ""})
    not_now = licences["status"].eq("active") & ~holds_on(licences["valid_from_day"], licences["valid_until_day"], day)
    licences = licences[~not_now]
    status = dict(zip(licences["id"], licences["status"], strict=True))
    found: dict[str, set[str]] = {}
    for kind, subject, licence in (("HOLDS", "source_id", "target_id"), ("FOR_PREMISES", "target_id", "source_id")):
        edges = _at(graph, kind, day)
        for row in edges[among(edges[subject], wanted)].to_dict("records"):
            if row[licence] in status:
                found.setdefault(row[subject], set()).add(status[row[licence]])
    for licence in (i for i in wanted if i in status):
        found.setdefault(licence, set()).add(status[licence])
    return {subject: tuple(sorted(s)) for subject, s in found.items()}


def _owners(graph: Columns, day: int, wanted: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind in chained("landlord"):
        edges = _at(graph, kind, day)
        for end in ("source_id", "target_id"):
            for subject in edges.loc[among(edges[end], wanted), end].unique():
                found.setdefault(str(subject), set()).add(kind)
    return {subject: frozenset(kinds) for subject, kinds in found.items()}


def _activities(graph: Columns, day: int, wanted: Sequence[str]) -> dict[str, str]:
    businesses = graph.nodes("Business", ["id", "sbi", "started_day", "ended_day"])
    here = businesses[among(businesses["id"], wanted) & businesses["sbi"].notna()]
    here = here[holds_on(here["started_day"], here["ended_day"], day)]
    return dict(zip(here["id"], here["sbi"].astype(str), strict=True))


def _at(graph: Columns, kind: str, day: int) -> pd.DataFrame:
    edges = graph.edges(kind, ["source_id", "target_id", "start_day", "end_day"])
    return edges[(edges["start_day"] <= day) & (edges["end_day"] > day)]


@dataclass(frozen=True)
class Dossier:
    """A finding or a cluster with all that is known about it.

    Args:
        kind: ``finding`` or ``cluster``.
        id: Its id.
        members: Label by id.
        findings: Findings about members.
        around: What the graph holds beside.
        people: Lowest and highest number of people affected.
        groups: Groups of residents with their chains; empty for a finding.
        focus: The finding it is about; None for a cluster. Facts come from all findings about the subject.
        linked: Who passes each barrier by a link or is reported there, by barrier; empty for a finding.
        people_shown: Whether the reader may be told how many people; a number that is not shown is no nought.
    """

    kind: str
    id: str
    members: Mapping[str, str]
    findings: Sequence[Finding]
    around: Surroundings
    people: tuple[int, int]
    groups: Sequence[Group] = field(default=())
    focus: Finding | None = None
    people_shown: bool = True
    linked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def signals(self) -> list[tuple[str, Signal]]:
        """Return the valid signals about members."""
        return self._signals

    @cached_property
    def _signals(self) -> list[tuple[str, Signal]]:
        return [(m, s) for m in sorted(self.members) for s in self.around.signals.get(m, ())]

    def origins(self) -> set[str]:
        """Return the independent origins: registers and holders behind findings, and origins of signals."""
        return {s for f in self.findings for s in f.sources} | {s.origin for _, s in self.signals()}

    def where(self, check: Check) -> list[str]:
        """Return what shows that a fact is there: finding ids, or subjects; empty where it is missing."""
        if check.finding:
            return [f.id for f in self.findings if f.detector in check.finding and not _explained(f)]
        if check.signal:
            return sorted({m for m, s in self.signals() if s.kind in check.signal})
        if check.reliable:
            return sorted({m for m, s in self.signals() if s.reliability in RELIABLE})
        if check.sources:
            origins = sorted(self.origins())
            return origins if len(origins) >= check.sources else []
        if check.people:
            return [f"{self.people[0]} to {self.people[1]} people"] if self.people[1] >= check.people else []
        return sorted(m for m in self.members if self._holds(m, check))

    def _holds(self, member: str, check: Check) -> bool:
        around = self.around
        if check.inspection:
            return not set(check.inspection).isdisjoint(around.inspections.get(member, ()))
        if check.licence:
            return not set(check.licence).isdisjoint(around.licences.get(member, ()))
        if check.link:
            return not set(check.link).isdisjoint(around.links.get(member, ()))
        return bool(check.activity) and around.activities.get(member, "").startswith(check.activity)


def _explained(finding: Finding) -> bool:
    return finding.strength == "weak" and any(e["holds"] for e in finding.explanations)


def cluster_dossier(
    cluster: Cluster, findings: Mapping[str, Finding], around: Surroundings, model: BarrierModel
) -> Dossier:
    """Return what is known about a cluster."""
    members = {m["id"]: m["label"] for m in cluster.record["members"]}
    ids = [i for found in cluster.record["barriers"].values() for i in found]
    low, high = cluster.record["people"] or (0, 0)
    groups = groups_of(cluster.graph, [s.id for s in model.barriers])
    known = [findings[i] for i in ids]
    linked = _linked(cluster, groups, around, model)
    return Dossier("cluster", cluster.id, members, known, around, (low, high), groups, linked=linked)


def _linked(
    cluster: Cluster, groups: Sequence[Group], around: Surroundings, model: BarrierModel
) -> dict[str, tuple[str, ...]]:
    """Return who passes a barrier by a link of a facilitator or of residents, and about whom a signal stands there."""
    found: dict[str, set[str]] = {step.id: set() for step in model.barriers}
    for group in groups:
        for barrier, who in group.options.items():
            found[barrier] |= who
    for position in cluster.facilitators:
        for barrier in found.keys() & set(position.barriers):
            found[barrier].add(position.id)
    for member in (m["id"] for m in cluster.record["members"]):
        for barrier in {model.place(s.barrier) for s in around.signals.get(member, ())} & found.keys():
            found[barrier].add(member)
    return {barrier: tuple(sorted(who)) for barrier, who in found.items() if who}


def finding_dossier(
    finding: Finding, beside: Sequence[Finding], people: tuple[int, int], around: Surroundings
) -> Dossier:
    """Return what is known about the subject of one finding, with all findings about it (``beside``)."""
    member = {finding.subject["id"]: finding.subject["label"]}
    return Dossier("finding", finding.id, member, beside, around, people, focus=finding)
