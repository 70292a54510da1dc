"""A cluster as a file other tools read.

Rule: no text starts a formula in a spreadsheet; people are counts.
"""

from __future__ import annotations

import io

import networkx as nx

from barrier.printable import json_text, visible, visible_all
from barrier.spreadsheet import safe_cell

FORMATS = ("graphml", "gexf", "json", "csv")
_COLUMNS = ("source_id", "target_id", "kind", "barrier", "people", "source", "start_day", "end_day", "weight")


def exported(graph: nx.MultiDiGraph, form: str) -> str:
    """Return a cluster as text.

    Args:
        graph: The cluster.
        form: ``graphml``, ``gexf``, ``json`` (node-link) or ``csv`` (one row a link).
    """
    if form == "csv":
        return _csv(graph)
    if form == "json":
        data = nx.node_link_data(graph, edges="edges")
        return json_text(data, sort_keys=True, indent=1, default=_plain) + "\n"
    plain = nx.MultiDiGraph()
    plain.add_nodes_from((visible(n), visible_all(dict(d))) for n, d in sorted(graph.nodes(data=True)))
    links = ((visible(u), visible(v), d) for u, v, d in graph.edges(data=True))
    plain.add_edges_from((u, v, {k: visible_all(_plain(x)) for k, x in d.items()}) for u, v, d in links)
    buffer = io.BytesIO()
    (nx.write_graphml if form == "graphml" else nx.write_gexf)(plain, buffer)
    return buffer.getvalue().decode("utf-8") + "\n"


def _csv(graph: nx.MultiDiGraph) -> str:
    import csv

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for u, v, d in graph.edges(data=True):
        writer.writerow([_safe(x) for x in (u, v, *(d[c] for c in _COLUMNS[2:]))])
    return buffer.getvalue()


def _safe(value: object) -> object:
    return safe_cell(value) if isinstance(value, str) else _plain(value)


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else value
