"""Clusters: parties, addresses, businesses, licences and contacts that belong together, and who holds them together."""
