"""What would be left of a cluster without some of its subjects, and who might take their place.

Rule: it shows what the known links say; who really comes in their place nobody knows beforehand.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from barrier.errors import InputError
from barrier.model.kinds import facilitators, functions
from barrier.networks.chains import choke_points, groups_of, left_standing
from barrier.networks.clusters import Cluster

if TYPE_CHECKING:
    import networkx as nx

TRIES = 200


@dataclass(frozen=True)
class Standing:
    """What stands of a cluster.

    Args:
        chains: Chains through the barriers.
        groups: Groups of residents with a chain.
        people: Residents of these groups.
        parts: Components.
    """

    chains: int
    groups: int
    people: int
    parts: int


def standing(graph: nx.MultiDiGraph, steps: Sequence[str], removed: Iterable[str] = ()) -> Standing:
    """Return what stands of a cluster without ``removed``.

    A group stands as long as every barrier that was passable for it still is.
    """
    import networkx as nx  # here, as in layers.py

    gone = frozenset(removed)
    chains, groups, people = left_standing(groups_of(graph, steps), gone)
    rest = graph.copy()
    rest.remove_nodes_from(gone)
    return Standing(chains, groups, people, nx.number_weakly_connected_components(rest))


def check_members(cluster: Cluster, removed: Iterable[str]) -> None:
    """Refuse ids that are no members.

    Raises:
        InputError: One or more are not in the cluster.
    """
    strange = sorted(set(removed) - set(cluster.graph))
    if strange:
        hint = f"see: barrier networks show {cluster.id}"
        raise InputError([f"{one}: is no member of {cluster.id}" for one in strange], hint=hint)


def replacements(cluster: Cluster, removed: Iterable[str], links: pd.DataFrame) -> list[dict[str, Any]]:
    """Return parties outside the cluster with a function that falls away and a tie to a member that stays.

    Args:
        cluster: The cluster.
        removed: Members that fall away.
        links: The links of the whole party graph.
    """
    gone, members = set(removed), set(cluster.graph)
    words, able = functions(), _able(links)
    lost = [kind for kind, who in able.items() if who & gone]
    stays = members - gone
    touching = links[links["source_id"].isin(list(stays)) ^ links["target_id"].isin(list(stays))]
    ties: dict[str, set[str]] = {}
    for source, target in zip(touching["source_id"], touching["target_id"], strict=True):
        outside, inside = (target, source) if source in stays else (source, target)
        if outside not in members:
            ties.setdefault(outside, set()).add(inside)
    return [
        {"id": who, "functions": [words[k][0] for k in lost if who in able[k]], "tied_to": sorted(inside)}
        for who, inside in sorted(ties.items())
        if any(who in able[k] for k in lost)
    ]


def _able(links: pd.DataFrame) -> dict[str, set[str]]:
    """Return who has each function."""
    return {kind: set(links.loc[links["kind"] == kind, end]) for kind, (_, end) in functions().items()}


def candidates(clusters: Sequence[Cluster], links: pd.DataFrame) -> dict[str, list[str]]:
    """Return, by cluster, who outside it has a function that one of its members has, and a tie to a member.

    They are whom `replacements` would name, whichever member falls away; kept for looking back at who really came.

    Args:
        clusters: All clusters.
        links: The links of the whole party graph.
    """
    if not clusters:
        return {}
    of_member = {m: c.id for c in clusters for m in c.graph}
    holders = _able(links)
    able = set().union(*holders.values())
    ends = links[links["source_id"].isin(list(of_member)) | links["target_id"].isin(list(of_member))]
    tied: dict[str, set[str]] = {c.id: set() for c in clusters}
    for pair in zip(ends["source_id"], ends["target_id"], strict=True):
        for inside, outside in (pair, pair[::-1]):
            home = of_member.get(inside)
            if home is not None and outside in able and of_member.get(outside) != home:
                tied[home].add(outside)
    found = {}
    for cluster in clusters:
        wanted = [who for who in holders.values() if not who.isdisjoint(cluster.graph)]
        found[cluster.id] = sorted(o for o in tied[cluster.id] if any(o in who for who in wanted))
    return found


def compare_strategies(cluster: Cluster, steps: Sequence[str], *, most: int = 3, seed: int = 1) -> pd.DataFrame:
    """Return how many chains stand after taking out one, two, … parties chosen in different ways.

    Args:
        cluster: The cluster.
        steps: Barriers of the model, in order.
        most: Largest number of parties taken out.
        seed: Of the random choice (its mean over 200 draws).

    Returns:
        ``strategy, removed, chains, people``.

    Source:
        P. A. C. Duijn, V. Kashirin, P. M. A. Sloot, "The relative ineffectiveness of criminal network disruption",
        Scientific Reports 4, 4238, 2014.
    """
    import networkx as nx  # here, as in layers.py

    graph = cluster.graph
    simple = nx.Graph(graph.to_undirected(as_view=True))
    wanted = facilitators()
    parties = sorted(n for n, label in graph.nodes(data="label") if label in wanted)
    degree, between = dict(simple.degree()), nx.betweenness_centrality(simple)
    choke = choke_points(groups_of(graph, steps)).sets
    rows: list[dict[str, Any]] = []
    draw = random.Random(seed)  # noqa: S311 - a repeatable experiment
    for k in range(1, min(most, len(parties)) + 1):
        tried = [standing(graph, steps, draw.sample(parties, k)) for _ in range(TRIES)]
        mean = {n: round(sum(getattr(t, n) for t in tried) / TRIES, 1) for n in ("chains", "people")}
        rows.append({"strategy": "random (mean)", "removed": k, **mean})
        for name, rank in (("degree", degree), ("betweenness", between)):
            rows.append(_row(name, _top(parties, rank, k), graph, steps))
        if choke:
            chosen = [*choke[0], *(p for p in _top(parties, degree, len(parties)) if p not in choke[0])]
            rows.append(_row("choke point", chosen[:k], graph, steps))
    return pd.DataFrame(rows, columns=["strategy", "removed", "chains", "people"])


def _top(parties: Sequence[str], rank: Mapping[str, float], k: int) -> list[str]:
    return sorted(parties, key=lambda p: (-rank[p], p))[:k]


def _row(name: str, removed: Sequence[str], graph: nx.MultiDiGraph, steps: Sequence[str]) -> dict[str, Any]:
    left = standing(graph, steps, removed)
    return {"strategy": name, "removed": len(removed), "chains": left.chains, "people": left.people}
