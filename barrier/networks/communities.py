"""Which nodes of the party graph belong together.

Rule: components of the links that count; only what is too large to read is split, with a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import igraph
import numpy as np
import pandas as pd

from barrier.networks.settings import NetworkSettings

MOST_RESOLUTION = 64.0


def communities(links: pd.DataFrame, *, keep: set[str], settings: NetworkSettings) -> list[list[str]]:
    """Return the groups of node ids, each sorted, that hold a node of ``keep``, ordered by their first id.

    Args:
        links: ``source_id, target_id, weight``.
        keep: Ids that matter; what is further than ``reach`` links from all of them is left out.
        settings: Numbers: smallest weight, largest size, resolution, seed.

    Source:
        V. A. Traag, L. Waltman, N. J. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities",
        Scientific Reports 9, 5233, 2019 (igraph's implementation, modularity).
    """
    strong = links[links["weight"] >= settings.weak_weight]
    ends = pd.concat([strong["source_id"], strong["target_id"]])
    codes, names = pd.factorize(ends, sort=True)
    half = len(strong)
    graph = igraph.Graph(n=len(names), edges=np.column_stack([codes[:half], codes[half:]]).tolist())
    graph.es["weight"] = strong["weight"].tolist()
    graph.simplify(combine_edges="sum")
    seeds = [i for i in pd.Index(names).get_indexer(pd.Index(sorted(keep))).tolist() if i >= 0]
    near = sorted({i for around in graph.neighborhood(seeds, order=settings.reach) for i in around})
    part, names = graph.induced_subgraph(near), names[near]
    found: list[list[str]] = []
    for component in part.connected_components():
        found += _split(part, component, names, settings)
    return sorted((group for group in found if not keep.isdisjoint(group)), key=lambda group: group[0])


def _split(
    graph: igraph.Graph, component: Sequence[int], names: pd.Index, settings: NetworkSettings
) -> list[list[str]]:
    """Split a component again and again until its parts can be read, or do not split any further."""
    done: list[list[str]] = []
    waiting = [(list(component), settings.resolution)]
    while waiting:
        part, resolution = waiting.pop()
        if len(part) <= settings.max_members or resolution > MOST_RESOLUTION:
            done.append(sorted(names[i] for i in part))
            continue
        inside = graph.induced_subgraph(part)
        igraph.set_random_number_generator(random.Random(settings.seed))  # noqa: S311 - the same clusters each time
        leiden = inside.community_leiden("modularity", weights="weight", resolution=resolution, n_iterations=10)
        finer = resolution if len(leiden) > 1 else 2 * resolution
        waiting += [([part[i] for i in community], finer) for community in leiden]
    return done
