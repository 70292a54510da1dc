"""A cluster as a NetworkX graph that shows itself in a notebook.

Rule: everything from the data is escaped; people are counts.
"""

from __future__ import annotations

from html import escape

import networkx as nx

from barrier.printable import counted

_SHOWN = 40


class ClusterGraph(nx.MultiDiGraph):  # type: ignore[misc]  # networkx has no types
    """Members of a cluster and the links between them.

    Nodes carry ``label`` (str), ``residents`` (int, persons at an address) and ``subject`` (bool, has a finding).
    Links carry ``kind`` (relationship type, or ``workers``, ``arrivals``, ``reached``), ``barrier`` (id), ``people``
    (int), ``start_day`` and ``end_day`` (days since 1970-01-01), ``weight`` (0 to 1), ``hub`` (int), ``chance`` (0 to
    1) and ``source`` (str).
    """

    def _repr_html_(self) -> str:
        """Return a table of the members for a notebook: what each is, and what it is linked to."""
        order = sorted(self, key=lambda n: (-self.degree(n), str(n)))
        rows = [self._row(n) for n in order[:_SHOWN]]
        more = f"<p>… and {len(order) - _SHOWN} more members</p>" if len(order) > _SHOWN else ""
        head = "<tr><th>member</th><th>label</th><th>residents</th><th>linked to</th></tr>"
        title = f"<p>{counted(len(self), 'member')}, {counted(self.number_of_edges(), 'link')}</p>"
        return f"{title}<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{more}"

    def _row(self, node: str) -> str:
        data = self.nodes[node]
        told = [f"{d.get('kind', '')} → {v}" for _, v, d in self.out_edges(node, data=True)]
        told += [f"← {d.get('kind', '')} {u}" for u, _, d in self.in_edges(node, data=True)]
        cells = (str(node), str(data.get("label", "")), str(data.get("residents") or ""), "; ".join(sorted(told)))
        return "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>"
