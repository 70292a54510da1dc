"""Clusters: parties, addresses, businesses, licences and contacts that belong together, and who holds them together.

In Python: ``barrier.open(store).clusters(day)`` gives the clusters of a store; the graph of each is a `ClusterGraph`, a
`networkx.MultiDiGraph` with typed attributes that shows itself in a notebook.
"""

from barrier.networks.graph import ClusterGraph

__all__ = ["ClusterGraph"]
