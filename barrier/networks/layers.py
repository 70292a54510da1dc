"""What each kind of link alone shows of a cluster, beside all kinds together.

Rule: a structure that only appears when layers are merged is said to be one.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

LAYERS = {
    "ownership": ("OWNS",),
    "letting": ("LETS",),
    "direction": ("DIRECTS",),
    "control": ("CONTROLS",),
    "premises": ("ESTABLISHED_AT", "FOR_PREMISES"),
    "licence": ("HOLDS", "MANAGES"),
    "supply of workers": ("SUPPLIES_WORKERS_TO", "workers"),
    "entry": ("arrivals",),
    "contact": ("REACHED_AT", "reached"),
    "money": ("PAID_TO",),
}


def layers_of(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """Return, for each layer that has links and for all together, how many links and parts it has.

    Args:
        graph: The cluster.

    Returns:
        ``alone``: by layer ``links``, ``joined`` (members it touches) and ``parts`` (components with it as the only
        layer, untouched members counted each); ``merged``: components of all layers; ``only_merged``: whether no
        layer alone holds the members together.
    """
    alone = {}
    for layer, kinds in LAYERS.items():
        links = [(u, v) for u, v, kind in graph.edges(data="kind") if kind in kinds]
        if links:
            one = nx.Graph(links)
            parts = nx.number_connected_components(one) + len(graph) - len(one)
            alone[layer] = {"links": len(links), "joined": len(one), "parts": parts}
    merged = nx.number_weakly_connected_components(graph) if len(graph) else 0
    return {"alone": alone, "merged": merged, "only_merged": all(a["parts"] > merged for a in alone.values())}
