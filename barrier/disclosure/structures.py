"""What of the structures may be told to a partner: parts of the structures of the whole graph.

Rule: a structure of a view lies within one structure of the whole graph; nothing in it is larger, stronger or surer
than there, and what the partner may not know is left out, never told as absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from barrier.detect.sentences import PARTLY
from barrier.disclosure.findings import weaker
from barrier.model.barriers import BarrierModel
from barrier.networks.chains import groups_of
from barrier.networks.clusters import Cluster
from barrier.networks.positions import Position

if TYPE_CHECKING:
    from barrier.networks.graph import ClusterGraph

NOT_TOLD = {"sets": [], "exact": False, "broken": 0, "groups": 0, "remains": []}


def within_whole(cluster: Cluster, whole: Sequence[Cluster]) -> Cluster | None:
    """Return the structure of the whole graph of which a structure is a part."""
    members = set(cluster.graph)
    return next((c for c in whole if members <= set(c.graph)), None)


def disclosed_cluster(
    seen: Cluster, whole: Cluster, *, model: BarrierModel, withheld: frozenset[str], complete: bool
) -> Cluster:
    """Return a structure of a view as far as the whole one says the same.

    Args:
        seen: The structure in what the partner sees.
        whole: That of the whole graph within which it lies.
        model: The barrier model, for the barriers at which something is withheld.
        withheld: Relationship types of which the partner does not see all.
        complete: Whether the partner sees everything; else each position says that it is told as far as it may be.
    """
    ours, theirs = seen.record, whole.record
    known = {p.id: p for p in whole.facilitators}
    facilitators = [_position(p, known[p.id], complete=complete) for p in seen.facilitators if p.id in known]
    shown = ours["people"] == theirs["people"]
    people = ours["people"] if shown else None
    record = {
        **ours,
        "facilitators": [p.as_record() for p in facilitators],
        "chains": _chains(seen, whole, model, withheld),
        "choke_points": ours["choke_points"] if same_chains(seen, whole) else {**NOT_TOLD, "most": NOT_TOLD},
        "layers": _layers(ours["layers"], theirs["layers"]),
        "together": [t for t in ours["together"] if t in theirs["together"]],
        "people": people,
        "rank": {**ours["rank"], "people": people},
        "strength": weaker(ours["strength"], theirs["strength"]),
        "context": [],
        "expected": ours["expected"] if ours["expected"] == theirs["expected"] else None,
    }
    return Cluster(record, _counts_of_both(seen.graph, whole.graph), facilitators)


def same_chains(seen: Cluster, whole: Cluster) -> bool:
    """Return whether both say the same of the chains, so that what breaks them here breaks them in truth."""
    ours, theirs = seen.record, whole.record
    return bool(ours["choke_points"] == theirs["choke_points"] and ours["chains"]["count"] == theirs["chains"]["count"])


def _counts_of_both(seen: ClusterGraph, whole: ClusterGraph) -> ClusterGraph:
    """Return the graph with counts of people only where the whole graph has the same."""
    graph: ClusterGraph = seen.copy()
    for node, data in graph.nodes(data=True):
        if data["residents"] != whole.nodes[node]["residents"]:
            data["residents"] = 0
    for source, target, data in graph.edges(data=True):
        there = (whole.get_edge_data(source, target) or {}).values()
        if not any(d["kind"] == data["kind"] and d["people"] == data["people"] for d in there):
            data["people"] = 0
    return graph


def _position(seen: Position, whole: Position, *, complete: bool) -> Position:
    constraint = [c for c in (seen.constraint, whole.constraint) if c is not None]
    return replace(
        seen,
        barriers=[b for b in seen.barriers if b in whole.barriers],
        separates=min(seen.separates, whole.separates),
        betweenness=min(seen.betweenness, whole.betweenness),
        constraint=max(constraint, default=None),
        participation=min(seen.participation, whole.participation),
        facts=seen.facts
        if complete
        else [
            f"{PARTLY}{f}" if first else f
            for f, first in zip(seen.facts, (True, *[False] * len(seen.facts)), strict=False)
        ],
    )


def _chains(seen: Cluster, whole: Cluster, model: BarrierModel, withheld: frozenset[str]) -> dict[str, Any]:
    """Return the chains; a gap is told where it is one in the whole graph and nothing of its barrier is withheld."""
    steps = [b.id for b in model.barriers]
    shut = {b.id for b in model.barriers if not withheld.isdisjoint(model.relationships_of(b.id))}
    there = {g.address: g for g in groups_of(whole.graph, steps)}
    examples = []
    for example in seen.record["chains"]["examples"]:
        group = there.get(example["address"])
        if group is not None and group.people == example["people"]:
            gaps = [g for g in example["gaps"] if g not in group.options and g not in shut]
            examples.append({**example, "gaps": gaps})
    return {"count": min(seen.record["chains"]["count"], whole.record["chains"]["count"]), "examples": examples}


def _layers(seen: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layers; that none alone holds the members together is said only where the whole says so too."""
    there = {n: a for n, a in seen["alone"].items() if n in whole["alone"]}
    alone = {n: {k: min(v, whole["alone"][n][k]) for k, v in a.items()} for n, a in there.items()}
    return {"alone": alone, "merged": seen["merged"], "only_merged": seen["only_merged"] and whole["only_merged"]}
