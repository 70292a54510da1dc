"""What each kind of link alone shows of a cluster, beside all kinds together.

Rule: a structure that only appears when layers are merged is said to be one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from barrier.model.dates import FAR_FUTURE, FAR_PAST, day_of
from barrier.model.kinds import chained, layers

if TYPE_CHECKING:
    import networkx as nx


def layers_of(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """Return, for each layer that has links and for all together, how many links and parts it has.

    Args:
        graph: The cluster.

    Returns:
        ``alone``: by layer ``links``, ``joined`` (members it touches) and ``parts`` (components with it as the only
        layer, untouched members counted each); ``merged``: components of all layers; ``only_merged``: whether no
        layer alone holds the members together.
    """
    import networkx as nx  # here, because a scan that finds no structure need not wait for its import

    by_kind: dict[str, list[tuple[str, str]]] = {}
    for u, v, kind in graph.edges(data="kind"):
        by_kind.setdefault(kind, []).append((u, v))
    alone = {}
    for layer, kinds in layers().items():
        links = [link for kind in kinds for link in by_kind.get(kind, ())]
        if links:
            parts, joined = _parts(links)
            alone[layer] = {"links": len(links), "joined": joined, "parts": parts + len(graph) - joined}
    merged = nx.number_weakly_connected_components(graph) if len(graph) else 0
    return {"alone": alone, "merged": merged, "only_merged": all(a["parts"] > merged for a in alone.values())}


def _parts(links: list[tuple[str, str]]) -> tuple[int, int]:
    """Return the number of components of links and of the nodes in them (disjoint sets: these graphs are tiny)."""
    root: dict[str, str] = {}

    def find(node: str) -> str:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for u, v in links:
        root[find(u)] = find(v)
    return len({find(n) for n in root}), len(root)


def together(graph: nx.MultiDiGraph) -> list[dict[str, Any]]:
    """Return who shares a landlord and an employer: how many people, at which addresses, over which days; most first.

    Args:
        graph: The cluster.

    Returns:
        ``landlord, employer, people, addresses, from, until``: the days on which both links held (empty: unknown or
        still so).
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    landlords, employers = chained("landlord"), chained("employer")
    for address, employer, work in graph.edges(data=True):
        if work.get("kind") not in employers:
            continue
        for landlord, _, link in graph.in_edges(address, data=True):
            begun, ended = max(work["start_day"], link["start_day"]), min(work["end_day"], link["end_day"])
            if link["kind"] not in landlords or ended <= begun:
                continue
            blank = {"people": 0, "addresses": [], "begun": begun, "ended": ended}
            row = found.setdefault((landlord, employer), blank)
            if address not in row["addresses"]:
                row["people"] += int(work["people"])
                row["addresses"] = sorted([*row["addresses"], address])
            row["begun"], row["ended"] = min(row["begun"], begun), max(row["ended"], ended)
    rows = [_pair(*ends, row) for ends, row in found.items()]
    return sorted(rows, key=lambda r: (-r["people"], r["landlord"], r["employer"]))


def _pair(landlord: str, employer: str, row: dict[str, Any]) -> dict[str, Any]:
    begun = "" if row["begun"] <= FAR_PAST else day_of(int(row["begun"])).isoformat()
    ended = "" if row["ended"] >= FAR_FUTURE else day_of(int(row["ended"])).isoformat()
    told = {"people": row["people"], "addresses": row["addresses"], "from": begun, "until": ended}
    return {"landlord": landlord, "employer": employer, **told}
