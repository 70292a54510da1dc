"""Which nodes of the party graph belong together.

Rule: components of the links that count; only what is too large to read is split, with a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.networks.plain_igraph import igraph
from barrier.networks.settings import NetworkSettings

MOST_RESOLUTION = 64.0
NAMED = "named"  # kind of a link that a finding says between its subject and another party


def communities(links: pd.DataFrame, *, keep: set[str], settings: NetworkSettings) -> list[list[str]]:
    """Return the groups of node ids, each sorted, that hold a node of ``keep``, ordered by their first id.

    Args:
        links: ``source_id, target_id, kind, weight``.
        keep: Ids that matter; what is further than ``reach`` links from all of them is left out.
        settings: Numbers: smallest weight, largest size, resolution, seed.

    Source:
        V. A. Traag, L. Waltman, N. J. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
        Scientific Reports 9, 5233, 2019 (igraph's implementation, modularity).
    """
    strong = _around(links, links["weight"].to_numpy() >= settings.weak_weight, keep, settings.reach)
    ends = pd.concat([strong["source_id"], strong["target_id"]])
    codes, names = pd.factorize(ends, sort=True)
    half = len(strong)
    graph = igraph.Graph(n=len(names), edges=np.column_stack([codes[:half], codes[half:]]).tolist())
    graph.es["weight"] = strong["weight"].tolist()
    graph.es["market"] = strong["kind"].isin(settings.market_links).astype(int).tolist()
    graph.es["contact"] = strong["kind"].isin(settings.contact_links).astype(int).tolist()
    graph.es["service"] = (strong["kind"].isin(settings.service_links) & (strong["weight"] < 1)).astype(int).tolist()
    graph.es["named"] = (strong["kind"] == NAMED).astype(int).tolist()
    kept = {"market": "min", "contact": "min", "service": "min", "named": "max"}
    graph.simplify(combine_edges={"weight": "sum", **kept})
    seeds = {i for i in pd.Index(names).get_indexer(pd.Index(sorted(keep))).tolist() if i >= 0}
    near = [i for i in _near(graph, seeds, settings.reach) if i in seeds or not _one_of_many(graph, i)]
    part, near_names = graph.induced_subgraph(near), names[near].tolist()
    findings = {i for i, name in enumerate(near_names) if name in keep}
    part.delete_edges(_market_bridges(part, findings))
    part.delete_edges(_connectors(part, findings))
    found: list[list[str]] = []
    for component in part.connected_components():
        found += _split(part, component, near_names, settings)
    return sorted((group for group in found if not keep.isdisjoint(group)), key=lambda group: group[0])


def _around(links: pd.DataFrame, strong: np.ndarray, keep: set[str], reach: int) -> pd.DataFrame:
    """Return the strong links that touch what is within reach of ``keep``: no other link decides anything."""
    rows = np.flatnonzero(strong)
    ends = pa.Table.from_pandas(links[["source_id", "target_id"]].iloc[rows], preserve_index=False)
    source, target = (ends.column(c).cast(pa.string()) for c in ends.column_names)
    near = pa.array(sorted(keep), pa.string())
    for step in range(reach + 1):
        touches = pc.or_(pc.is_in(source, value_set=near), pc.is_in(target, value_set=near))
        if step < reach:
            both = source.filter(touches).chunks + target.filter(touches).chunks
            near = pc.unique(pa.chunked_array([near, *both], pa.string()))
    kept: pd.DataFrame = links.iloc[rows[touches.to_numpy(zero_copy_only=False)]]
    return kept


def _near(graph: igraph.Graph, seeds: set[int], reach: int) -> list[int]:
    """Return the nodes within reach of a seed; of the outermost ones only those that join two others.

    A market link is the last one of a way: a hirer belongs to the picture, what else the hirer touches does not.
    """
    held = graph.subgraph_edges(graph.es.select(market=0), delete_vertices=False)
    inner, near = (
        {i for around in held.neighborhood(sorted(seeds), order=order) for i in around} for order in (reach - 1, reach)
    )
    kept = {i for i in near if i in inner or len(near.intersection(held.neighbors(i))) > 1}
    market = (edge.tuple for edge in graph.es.select(market=1))
    beyond = {end for ends in market for end in ends if not inner.isdisjoint(ends)}
    return sorted(kept | beyond)


def _one_of_many(graph: igraph.Graph, node: int) -> bool:
    """Return whether a node is only one of the many contacts of one party: a worker's account, a shop's phone."""
    if graph.degree(node) != 1:
        return False
    edge = graph.es[graph.incident(node)[0]]
    return bool(edge["contact"] and edge["weight"] < 1)


def _market_bridges(graph: igraph.Graph, findings: set[int]) -> list[int]:
    """Return the bridges that are market links only and have findings on both sides.

    That two lenders serve one hirer says nothing about a common hand; other links between them do.
    """
    candidates = [e for e in graph.bridges() if graph.es[e]["market"]]
    if not candidates:
        return []
    membership = graph.connected_components().membership
    parent, below, total = [-1] * graph.vcount(), [0] * graph.vcount(), dict.fromkeys(membership, 0)
    for node in findings:
        below[node] = 1
        total[membership[node]] += 1
    for root in {membership[graph.es[e].source]: graph.es[e].source for e in candidates}.values():
        order, _, parents = graph.bfs(root)
        for node in reversed(order):
            parent[node] = parents[node]
            if node != root:
                below[parents[node]] += below[node]
    cut = []
    for edge in candidates:
        source, target = graph.es[edge].tuple
        inner = source if parent[source] == target else target  # a bridge is in every spanning tree
        if 0 < below[inner] < total[membership[inner]]:
            cut.append(edge)
    return cut


def _connectors(graph: igraph.Graph, findings: set[int]) -> list[int]:
    """Return the links of busy addresses and contacts that do no more than join structures.

    An office or a phone that serves many and carries no finding itself is part of none of the structures it touches,
    where two or more of them stand without it, each with findings at several members: it is visible in all of them.
    """
    otherwise = {end for edge in graph.es.select(service=0) for end in edge.tuple}
    served = {end for edge in graph.es.select(service=1) for end in edge.tuple}
    busy = sorted(served - otherwise - findings)
    if not busy:
        return []
    rest = graph.copy()
    rest.delete_edges({edge for node in busy for edge in graph.incident(node)})
    membership = rest.connected_components().membership
    held: dict[int, int] = {}
    for node in findings:
        held[membership[node]] = held.get(membership[node], 0) + 1
    cut = set()
    for node in busy:
        parts = {membership[other] for other in graph.neighbors(node)}
        if sum(held.get(part, 0) > 1 for part in parts) > 1:
            cut.update(graph.incident(node))
    return sorted(cut)


def _split(
    graph: igraph.Graph, component: Sequence[int], names: Sequence[str], settings: NetworkSettings
) -> list[list[str]]:
    """Split a component again and again until its parts can be read, or do not split any further."""
    whole = graph.induced_subgraph(component)
    if len(component) > settings.max_members:  # customers are what ties least: they go first
        whole.delete_edges(whole.es.select(market=1))
        parts = whole.connected_components()
        if len(parts) > 1:
            apart = ([component[i] for i in part] for part in parts)
            return [group for part in apart for group in _split(graph, part, names, settings)]
    inside, blocks = _held_together(whole, settings.max_members)
    done: list[list[str]] = []
    waiting = [(list(range(len(blocks))), settings.resolution)]
    while waiting:
        part, resolution = waiting.pop()
        here = [component[i] for block in part for i in blocks[block]]
        if len(here) <= settings.max_members or len(part) == 1 or resolution > MOST_RESOLUTION:
            done.append(sorted(names[i] for i in here))
            continue
        rest = inside.induced_subgraph(part)
        igraph.set_random_number_generator(random.Random(settings.seed))  # noqa: S311 - the same clusters each time
        leiden = rest.community_leiden("modularity", weights="weight", resolution=resolution, n_iterations=4)
        finer = resolution if len(leiden) > 1 else 2 * resolution
        waiting += [([part[i] for i in community], finer) for community in leiden]
    return done


def _held_together(graph: igraph.Graph, most: int) -> tuple[igraph.Graph, list[list[int]]]:
    """Return a graph in which what findings tie is one node, and which nodes each stands for.

    A series that findings tie to more than ``most`` is left to be split.
    """
    named = graph.subgraph_edges(graph.es.select(named=1), delete_vertices=False).connected_components()
    blocks = [b for held in named for b in ([held] if len(held) <= most else [[i] for i in held])]
    of = {node: i for i, block in enumerate(blocks) for node in block}
    smaller = graph.copy()
    smaller.contract_vertices([of[i] for i in range(graph.vcount())])
    smaller.simplify(combine_edges={"weight": "sum"})
    return smaller, blocks
