"""Clusters: parties, addresses, businesses, licences and contacts that belong together, and who holds them together.

In Python: ``barrier.open(store).clusters(day)`` gives the clusters of a store; the graph of each is a `ClusterGraph`, a
`networkx.MultiDiGraph` with typed attributes that shows itself in a notebook.
NetworkX is imported where a structure was found; many a region has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from barrier.lazy import importing

if TYPE_CHECKING:
    from barrier.networks.graph import ClusterGraph

__all__ = ["ClusterGraph"]

__getattr__ = importing(__name__, {"ClusterGraph": "barrier.networks.graph"})
