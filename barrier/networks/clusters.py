"""Clusters: communities with findings, ranked by a tuple that stands in the result.

Rule: members are parties, addresses, businesses, licences and contacts; people are a range, never a list.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from barrier.detect.findings import Finding
from barrier.detect.innocence import explained_subjects
from barrier.detect.occupancy import Occupancy
from barrier.model.barriers import ACROSS, BarrierModel
from barrier.model.kinds import subjects
from barrier.model.schema import PLACE
from barrier.networks.chains import chain_examples, choke_points, groups_of
from barrier.networks.communities import communities
from barrier.networks.layers import layers_of, together
from barrier.networks.parties import PartyGraph, among, node_labels, party_graph
from barrier.networks.plain_igraph import igraph
from barrier.networks.positions import Position, positions
from barrier.networks.settings import NetworkSettings
from barrier.networks.surprise import Surprise
from barrier.networks.ties import involved, named_in, one_hand, with_named
from barrier.printable import counted, json_text
from barrier.store import NumberedColumns

if TYPE_CHECKING:
    from barrier.networks.graph import ClusterGraph

COVERAGE = "Coverage"
SHOWN_CONTEXT = 10
MOST_CHAINS = 0.8  # the smaller sets that break not all, but most chains
BUSIEST = 1000  # what touches more things than this is no context worth a line


@dataclass(frozen=True)
class Cluster:
    """One structure, as in `clusters.jsonl`, and its graph.

    Args:
        record: The line of `clusters.jsonl`.
        graph: Nodes with ``label`` and ``residents``; links with ``kind``, ``barrier``, ``people``, ``source``, days.
        facilitators: Positions, best first.
    """

    record: dict[str, Any]
    graph: ClusterGraph
    facilitators: list[Position]

    @property
    def id(self) -> str:
        """Id of the cluster."""
        return str(self.record["id"])

    def as_json(self) -> str:
        """Return the cluster as one line of `clusters.jsonl`."""
        return json_text(self.record, sort_keys=True, separators=(",", ":"))


def cluster_id(members: Sequence[str]) -> str:
    """Return the id of a structure: a hash of the ids of its members, in order."""
    return f"c-{hashlib.sha256(json.dumps(list(members)).encode()).hexdigest()[:10]}"


def find_clusters(
    graph: NumberedColumns,
    day: int,
    findings: Sequence[Finding],
    occupancy: Occupancy,
    *,
    model: BarrierModel,
    settings: NetworkSettings,
    parties: PartyGraph | None = None,
    within: Sequence[Iterable[str]] | None = None,
) -> list[Cluster]:
    """Return the clusters of a region on a day, best first.

    Args:
        graph: The graph as columns.
        day: Day number looked at.
        findings: What the detectors found; a community without any solid one is no cluster.
        occupancy: For the people affected.
        model: Barrier model.
        settings: Numbers.
        parties: The party graph, where it was read already.
        within: Groups of ids inside which clusters are looked for, in place of the whole party graph: then the parts of
            each that its links hold together.
    """
    by_subject: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.subject["label"] != COVERAGE:
            by_subject.setdefault(finding.subject["id"], []).append(finding)
    parties = parties or party_graph(graph, day, model=model, settings=settings)
    innocent = explained_subjects(findings, occupancy.table)
    solid = {s for s, found in by_subject.items() if s not in innocent and any(f.strength != "weak" for f in found)}
    found = (
        communities(with_named(parties.links, by_subject, solid, settings, day), keep=solid, settings=settings)
        if within is None
        else _parts(parties.links, within, keep=solid, settings=settings)
    )
    groups = [group for group in found if _is_structure(group, by_subject)]
    of_member = {member: i for i, group in enumerate(groups) for member in group}
    labels = node_labels(graph, list(of_member)) if groups else {}
    people = _people(occupancy.table[occupancy.table["address"].isin(list(of_member))])
    inside, context = _links_of(parties.links, of_member)
    counted_in = [label for label in subjects() if label != PLACE] if groups else []
    looked_at = {label: len(graph.nodes(label, ["id"])) for label in counted_in} | {PLACE: len(occupancy.table)}
    usual = Surprise.of((f for found in by_subject.values() for f in found), looked_at, innocent)
    touched = Counter(other for rows in context.values() for other in {row["other"] for row in rows})
    known = _Known(parties, labels, by_subject, people, [s.id for s in model.barriers], settings, day, touched, usual)
    made = [_cluster(known, group, inside.get(i, []), context.get(i, [])) for i, group in enumerate(groups)]
    return sorted(made, key=_order)


def _is_structure(group: Sequence[str], by_subject: Mapping[str, list[Finding]]) -> bool:
    """Return whether a group has findings on several members, or one that itself ties another party of the group."""
    about = [member for member in group if member in by_subject]
    tied = {other for subject in about for f in by_subject[subject] for other in named_in(f)}
    return len(group) > 2 and (len(about) > 1 or not tied.isdisjoint(group))


def _parts(
    links: pd.DataFrame, within: Sequence[Iterable[str]], *, keep: set[str], settings: NetworkSettings
) -> list[list[str]]:
    """Return what the links that count hold together inside each group, where it holds something of ``keep``."""
    of = {node: i for i, group in enumerate(within) for node in group}
    strong = links[links["weight"] >= settings.weak_weight]
    source, target = strong["source_id"].map(of), strong["target_id"].map(of)
    inside = strong[(source == target).to_numpy(dtype=bool)]
    codes, names = pd.factorize(pd.concat([inside["source_id"], inside["target_id"]]), sort=True)
    half = len(inside)
    graph = igraph.Graph(n=len(names), edges=np.column_stack([codes[:half], codes[half:]]).tolist())
    parts = [sorted(str(names[i]) for i in part) for part in graph.connected_components()]
    return sorted((part for part in parts if not keep.isdisjoint(part)), key=lambda part: part[0])


def _order(cluster: Cluster) -> tuple[Any, ...]:
    rank = cluster.record["rank"]
    latest = int(str(rank["most_recent"]).replace("-", "") or 0)
    expected = cluster.record["expected"]["value"]
    return expected, -rank["barriers"], -rank["strong"], -rank["medium"], -rank["people"][1], -latest, cluster.id


def _people(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    low = table[["certain", "observed"]].max(axis=1)
    high = table[["possible", "observed"]].max(axis=1)
    return {a: (int(x), int(y)) for a, x, y in zip(table["address"], low, high, strict=True)}


Rows = list[dict[str, Any]]


def _links_of(links: pd.DataFrame, of_member: Mapping[str, int]) -> tuple[dict[int, Rows], dict[int, Rows]]:
    """Return the links inside each community, and those that lead out of it."""
    links = links[among(links["source_id"], [*of_member]) | among(links["target_id"], [*of_member])]
    source, target = links["source_id"].map(of_member), links["target_id"].map(of_member)
    inside: dict[int, Rows] = {}
    same = (source == target).to_numpy(dtype=bool)
    for row in _records(links[same]):
        inside.setdefault(of_member[row["source_id"]], []).append(row)
    out: dict[int, Rows] = {}
    leading = links[(source.notna() | target.notna()).to_numpy(dtype=bool) & ~same]
    for row in _records(leading[leading["hub"] <= BUSIEST]):
        for end, other in (("source_id", "target_id"), ("target_id", "source_id")):
            if row[end] in of_member:
                out.setdefault(of_member[row[end]], []).append({**row, "member": row[end], "other": row[other]})
    return inside, out


def _records(links: pd.DataFrame) -> Rows:
    names = [str(c) for c in links.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*(links[c].tolist() for c in names), strict=True)]


@dataclass(frozen=True)
class _Known:
    """What every cluster of a region draws on."""

    parties: PartyGraph
    labels: Mapping[str, str]
    by_subject: Mapping[str, list[Finding]]
    people: Mapping[str, tuple[int, int]]
    steps: Sequence[str]
    settings: NetworkSettings
    day: int
    touched: Mapping[str, int]
    usual: Surprise


def _cluster(known: _Known, members: list[str], links: Rows, leading: Rows) -> Cluster:
    here = {m: known.by_subject[m] for m in members if m in known.by_subject}
    graph = _graph(known, members, links, subjects=set(here))
    groups = groups_of(graph, known.steps)
    found = [f for fs in here.values() for f in fs]
    solid = [f for f in found if f.strength != "weak" and f.subject["id"] not in known.usual.innocent]
    facilitators = [p for p in positions(graph) if p.id in involved(graph, solid)]
    affected = [known.people[g.address] for g in groups if g.address in known.people]
    rank = {
        "barriers": len({f.barrier for f in solid} - {ACROSS}),
        "strong": sum(f.strength == "strong" for f in found),
        "medium": sum(f.strength == "medium" for f in found),
        "people": [sum(low for low, _ in affected), sum(high for _, high in affected)],
        "most_recent": max((f.first_seen for f in solid), default=""),
        "subjects": sorted(here),
    }
    choke, most = choke_points(groups), choke_points(groups, share=MOST_CHAINS)
    record = {
        "id": cluster_id(members),
        "members": [{"label": known.labels[m], "id": m} for m in members],
        "facilitators": [p.as_record() for p in facilitators],
        "barriers": {b: sorted(f.id for f in found if f.barrier == b) for b in sorted({f.barrier for f in found})},
        "chains": {"count": sum(g.chains() for g in groups), "examples": chain_examples(groups, known.steps)},
        "choke_points": {**choke.as_record(groups), "most": most.as_record(groups)},
        "layers": layers_of(graph),
        "together": together(graph),
        "people": rank["people"],
        "strength": _strength(rank),
        "expected": known.usual.expected([known.labels[m] for m in members], found, once=one_hand(graph, solid)),
        "rank": rank,
        "context": _context(leading, known),
    }
    return Cluster(record, graph, facilitators)


def _strength(rank: Mapping[str, Any]) -> str:
    """Return strong where strong findings stand at two barriers or more, medium where solid ones do, else weak."""
    if rank["barriers"] >= 2 and rank["strong"] >= 2:
        return "strong"
    return "medium" if rank["barriers"] >= 2 else "weak"


def _context(leading: Rows, known: _Known) -> Rows:
    """Return what the cluster touches without belonging to it, with the reason."""
    seen: dict[str, dict[str, Any]] = {}
    listed = {h.id: f"known hub: {h.reason}" for h in known.settings.known_hubs}
    for row in sorted(leading, key=lambda r: (-r["weight"], str(r["other"]))):
        weak = row["weight"] < known.settings.weak_weight
        hub = f"touches {row['hub']} others by {row['kind']}: ties nobody"
        told = {"id": row["other"], "through": row["member"], "kind": row["kind"]}
        elsewhere = "belongs to another structure" if row["other"] in known.labels else "only this link ties it"
        if row["other"] not in known.labels and known.touched[row["other"]] > 1:
            elsewhere = f"touched by {counted(known.touched[row['other']], 'structure')}, part of none"
        why = listed.get(row["other"]) or (hub if weak else elsewhere)
        seen.setdefault(row["other"], {**told, "reason": why})
    return list(seen.values())[:SHOWN_CONTEXT]


def _graph(known: _Known, members: Sequence[str], links: Rows, *, subjects: set[str]) -> ClusterGraph:
    from barrier.networks.graph import ClusterGraph  # here, as in layers.py

    graph = ClusterGraph(day=known.day)
    for member in members:
        label = known.labels[member]
        residents = int(known.parties.residents.get(member, 0)) if label == "Address" else 0
        graph.add_node(member, label=label, residents=residents, subject=member in subjects)
    for row in sorted(links, key=lambda r: (r["source_id"], r["target_id"], r["kind"])):
        data = {k: row[k] for k in ("kind", "barrier", "people", "start_day", "end_day", "weight", "hub", "chance")}
        source = row["source"] if isinstance(row["source"], str) else ""
        graph.add_edge(row["source_id"], row["target_id"], source=source, **data)
    return graph
