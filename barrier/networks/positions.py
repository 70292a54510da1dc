"""Who holds a cluster together: positions of parties and contacts, as facts.

Rule: a position is what a party joins; it is no judgement, "knowingly" stays unknown, and nobody else is listed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from barrier.model.dates import day_of
from barrier.model.kinds import acting, facilitators, shared_kinds, words_of
from barrier.networks.plain_igraph import igraph

if TYPE_CHECKING:
    import networkx as nx

MOST_NEIGHBOURS = 100  # constraint takes the cube of the degree; beyond, a party plainly bridges
Link = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class Position:
    """What one party or contact joins in a cluster.

    Args:
        label: Business, Person (in a business role) or Contact.
        id: Its id.
        links: Ids it is linked to, by kind of link.
        barriers: Barriers of these links, and of the links of businesses it directs or controls.
        separates: How many more groups (addresses with residents, subjects with findings) stand apart without it.
        betweenness: Share of shortest ways between others that run over it, 0 to 1.
        constraint: Burt's constraint, near 1 where its neighbours know each other, low where it bridges; None above
            100 neighbours.
        participation: How evenly its links are spread over barriers, 0 to 1.
        facts: The links in words.
    """

    label: str
    id: str
    links: dict[str, list[str]]
    barriers: list[str]
    separates: int
    betweenness: float
    constraint: float | None
    participation: float
    facts: list[str]

    def as_record(self) -> dict[str, Any]:
        """Return the position as in `clusters.jsonl`."""
        return {
            "label": self.label,
            "id": self.id,
            "links": self.links,
            "barriers": self.barriers,
            "separates": self.separates,
            "facts": self.facts,
            "measures": {
                "betweenness": self.betweenness,
                "constraint": self.constraint,
                "participation": self.participation,
            },
        }


def positions(graph: nx.MultiDiGraph) -> list[Position]:
    """Return the facilitators of a cluster, best first.

    They are the parties and contacts that join two barriers, hold groups together, or reach residents and join two
    parties or places beside.

    Args:
        graph: The cluster; nodes with ``label``, ``residents`` and ``subject``, links with ``kind``,
            ``barrier`` and ``people``.

    Source:
        S. P. Borgatti, "Identifying sets of key players in a social network", CMOT 12, 2006 (what falls apart);
        L. C. Freeman, "A set of measures of centrality based on betweenness", Sociometry 40, 1977;
        R. S. Burt, "Structural Holes", 1992 (constraint);
        R. Guimerà, L. A. N. Amaral, "Functional cartography of complex metabolic networks", Nature 433, 2005
        (participation coefficient, here over barriers).
    """
    ring, incident, parties = _Simple.of(graph), _incident(graph), facilitators()
    found = [
        _position(graph, ring, incident, node)
        for node, label in graph.nodes(data="label")
        if label in parties and (ring.degree(node) >= 2 or _acted_through(incident, node))
    ]
    kept = [p for p in found if len(p.barriers) >= 2 or p.separates >= 1 or _reaches_and_joins(p)]
    return sorted(kept, key=lambda p: (-p.separates, -len(p.barriers), -p.betweenness, p.id))


def _reaches_and_joins(position: Position) -> bool:
    shared = shared_kinds()
    beside = {other for kind, others in position.links.items() if kind not in shared for other in others}
    return len(beside) >= 2 and not shared.keys().isdisjoint(position.links)


@dataclass(frozen=True)
class _Simple:
    """A cluster without directions, repeats and loops, and what is measured on all of it at once."""

    index: dict[str, int]
    graph: igraph.Graph
    groups: frozenset[int]
    betweenness: list[float]
    constraint: list[float]
    cut: frozenset[int]
    apart: int

    @classmethod
    def of(cls, graph: nx.MultiDiGraph) -> _Simple:
        index = {n: i for i, n in enumerate(graph)}
        simple = igraph.Graph(n=len(index), edges=[(index[u], index[v]) for u, v in graph.edges()])
        simple.simplify()
        groups = frozenset(index[n] for n, d in graph.nodes(data=True) if d["residents"] or d["subject"])
        pairs = max(1, (len(index) - 1) * (len(index) - 2) / 2)
        small = [i for i, d in enumerate(simple.degree()) if 0 < d <= MOST_NEIGHBOURS]
        constraint = [math.nan] * len(index)
        for i, value in zip(small, simple.constraint(small) if small else [], strict=True):
            constraint[i] = value
        return cls(
            index,
            simple,
            groups,
            [b / pairs for b in simple.betweenness()],
            constraint,
            frozenset(simple.articulation_points()),
            _parts_with(simple, groups),
        )

    def degree(self, node: str) -> int:
        return int(self.graph.degree(self.index[node]))

    def separates(self, node: str) -> int:
        """Return how many more parts hold groups once the node is gone."""
        gone = self.index[node]
        if gone not in self.cut:
            return 0
        rest = self.graph.copy()
        rest.delete_edges(rest.incident(gone))
        return _parts_with(rest, self.groups - {gone}) - self.apart


def _parts_with(simple: igraph.Graph, groups: frozenset[int]) -> int:
    """Return in how many components there are groups."""
    membership = simple.connected_components().membership
    return len({membership[i] for i in groups})


def _incident(graph: nx.MultiDiGraph) -> Mapping[str, list[Link]]:
    """Return the links out of and into each node, each once; asked of NetworkX once, not once a node."""
    found: dict[str, list[Link]] = {node: [] for node in graph}
    for link in graph.edges(data=True):
        found[link[0]].append(link)
        if link[0] != link[1]:
            found[link[1]].append(link)
    return found


def _position(graph: nx.MultiDiGraph, simple: _Simple, incident: Mapping[str, list[Link]], node: str) -> Position:
    links: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for u, v, data in incident[node]:
        links.setdefault(data["kind"], set()).add(v if u == node else u)
        counts[data["barrier"]] = counts.get(data["barrier"], 0) + 1
    total = sum(counts.values())
    constraint = simple.constraint[simple.index[node]]
    return Position(
        label=str(graph.nodes[node]["label"]),
        id=node,
        links={kind: sorted(others) for kind, others in sorted(links.items())},
        barriers=sorted(set(counts) | _acted_through(incident, node)),
        separates=simple.separates(node),
        betweenness=round(simple.betweenness[simple.index[node]], 4),
        constraint=None if math.isnan(constraint) else round(constraint, 4),
        participation=round(1 - sum((n / total) ** 2 for n in counts.values()), 4) if total else 0.0,
        facts=_facts(node, incident[node], graph.graph.get("day")),
    )


def _facts(node: str, incident: Sequence[Link], day: int | None) -> list[str]:
    said: dict[str, set[str]] = {}
    counts = shared_kinds()
    shared: dict[str, dict[str, int]] = {}
    for u, v, data in incident:
        kind, other = data["kind"], v if u == node else u
        if kind in counts:
            shared.setdefault(kind, {})[other] = int(data["people"])
        else:
            ended = day is not None and data["end_day"] <= day
            told = f"{other} (until {day_of(int(data['end_day'])).isoformat()})" if ended else other
            said.setdefault(words_of(kind)[u != node], set()).add(told)
    facts = [f"{words} {', '.join(sorted(ids))}" for words, ids in sorted(said.items())]
    for kind, at in sorted(shared.items()):
        facts.append(counts[kind].says.en.format(people=sum(at.values()), addresses=", ".join(sorted(at))))
    return facts


def _acted_through(incident: Mapping[str, Sequence[Link]], node: str) -> set[str]:
    """Return the barriers at which the businesses that a party directs or controls have links of their own."""
    kinds = acting()
    own = {v for u, v, d in incident[node] if u == node != v and d["kind"] in kinds}
    return {data["barrier"] for business in own for u, _, data in incident[business] if u != node}
