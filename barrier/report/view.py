"""A cluster as a page for a browser: offline, one file, nothing in it runs but our own script.

Rule: data goes into a JSON block that the template engine escapes; the page's policy allows two scripts by their hash.
People are counts. pyvis holds nodes, links and options; the page around them is ours (pyvis' own asks a network).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from barrier.detect.sentences import people_words
from barrier.model.barriers import BarrierModel
from barrier.model.dates import FAR_FUTURE, FAR_PAST, day_of
from barrier.model.kinds import layer_of, picture, shared_kinds
from barrier.networks.clusters import Cluster
from barrier.printable import counted, visible, visible_all
from barrier.report.layout import layer_words, layout

if TYPE_CHECKING:
    import networkx as nx

# Okabe and Ito, colours that colour-blind readers tell apart
_EDGES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8a7a00", "#000000")
_LIBRARY = "templates/lib/vis-9.1.2/vis-network.min.js"
MOST_NODES = 1000


@dataclass(frozen=True)
class View:
    """What a page says beside the network.

    Args:
        region: Name of the region.
        day: Day looked at.
        model: Barrier model, for the names of barriers.
        words: What each member is, by id.
        audience: For whom it is, in words; empty for everything.
    """

    region: str
    day: date
    model: BarrierModel
    words: Mapping[str, str]
    audience: str = ""


def network_html(cluster: Cluster, view: View) -> str:
    """Return the page of a cluster.

    The layout is computed here (Fruchterman-Reingold, fixed seed), so the picture stands still and is the same each
    time. A cluster of more than 1,000 members shows the best connected and says how many more there are.
    """
    drawn, left = _core(cluster.graph)
    steps = [s.id for s in view.model.barriers]
    colors = {step: _EDGES[i % len(_EDGES)] for i, step in enumerate(steps)}
    marks = _marks(cluster)
    places = zip(drawn.nodes(data=True), layout(drawn), strict=True)
    nodes = [_node(n, d, view, marks, place) for (n, d), place in places]
    edges = [_edge(i, link, d, view, colors) for i, (*link, d) in enumerate(drawn.edges(data=True))]
    library, script, digests = _scripts()
    people = people_words(cluster.record["people"])
    more = f", and {left} more that are not drawn" if left else ""
    data = {
        "nodes": nodes,
        "edges": edges,
        "layers": [{"name": name, "told": told} for name, told in layer_words(cluster.graph)],
        "options": _options(nodes, edges),
        "file": cluster.id,
    }
    return _page().render(
        title=f"Structure {cluster.id}",
        subtitle=visible(
            f"{view.region}, {view.day}: {counted(len(drawn), 'member')}{more}, people affected: {people}"
        ),
        audience=visible(view.audience),
        day=view.day.isoformat(),
        hashes=digests,
        data=visible_all(data),
        library=Markup(library),  # noqa: S704 - from the package pyvis, closing tags made harmless above
        script=Markup(script),  # noqa: S704 - our own file
    )


@lru_cache(maxsize=1)
def _scripts() -> tuple[str, str, list[str]]:
    """Return the library, our script, and their hashes; read once for all pages."""
    library = (files("pyvis") / _LIBRARY).read_text(encoding="utf-8").replace("</script", "<\\/script")
    script = (Path(__file__).parent / "network.js").read_text(encoding="utf-8")
    return library, script, [_digest(s) for s in (library, script)]


@lru_cache(maxsize=1)
def _page() -> jinja2.Template:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
    return environment.get_template("network.html.j2")


def _options(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    """Let pyvis hold the network, and return its options and, in ``nodes`` and ``edges``, what it made of them."""
    from pyvis.network import Network  # here, because its import takes longer than a small scan

    network = Network(directed=True, cdn_resources="local")
    for node in nodes:
        network.add_node(node["id"], **node.pop("drawing"))
    for made, node in zip(network.nodes, nodes, strict=True):
        node["vis"] = made
    for edge in edges:
        edge["vis"] = edge.pop("drawing")
    return {
        "physics": {"enabled": False},
        "interaction": {"hover": True, "keyboard": {"enabled": False}, "hideEdgesOnDrag": True, "tooltipDelay": 150},
        "edges": {"smooth": False, "arrows": {"to": {"enabled": True, "scaleFactor": 0.5}}},
        "nodes": {"font": {"size": 13, "strokeWidth": 3, "strokeColor": "#ffffff"}},
    }


def _core(graph: nx.MultiDiGraph) -> tuple[nx.MultiDiGraph, int]:
    if len(graph) <= MOST_NODES:
        return graph, 0
    kept = sorted(graph, key=lambda n: (-graph.degree(n), n))[:MOST_NODES]
    return graph.subgraph(kept), len(graph) - MOST_NODES


def _marks(cluster: Cluster) -> dict[str, set[str]]:
    choke = {s for one in cluster.record["choke_points"]["sets"] for s in one}
    return {"holds": {p.id for p in cluster.facilitators}, "choke": choke}


def _node(
    node: str, data: Mapping[str, Any], view: View, marks: Mapping[str, set[str]], place: tuple[float, float]
) -> dict[str, Any]:
    drawn = picture(data["label"])
    words = view.words.get(node, "")
    people = f"{data['residents']} residents" if data["residents"] else ""
    name = words if drawn.by_name and words else node
    label = f"[[{name}]]" if node in marks["choke"] else name
    facts = [people] if people else []
    facts += ["holds the structure together"] if node in marks["holds"] else []
    facts += ["stands in a smallest set that breaks all chains"] if node in marks["choke"] else []
    drawing = {
        "label": f"{label}\n{people}" if people else label,
        "title": ", ".join(x for x in (drawn.name, node, words, people) if x),
        "shape": drawn.shape,
        "color": {"background": drawn.color, "border": "#000000" if node in marks["holds"] else drawn.color},
        "borderWidth": 5 if node in marks["holds"] else 1,
        "size": 16,
        "x": place[0],
        "y": place[1],
    }
    shown = f"{node} {words}".strip()
    about = {"id": node, "label": data["label"], "kind": drawn.name, "symbol": drawn.symbol, "color": drawn.color}
    about["words"] = words
    return {**about, "shown": shown, "facts": facts, "drawing": drawing}


def _edge(
    number: int, link: Sequence[str], data: Mapping[str, Any], view: View, colors: Mapping[str, str]
) -> dict[str, Any]:
    source, target = link
    step, people = view.model.title(data["barrier"]), int(data["people"])
    since = "" if data["start_day"] <= FAR_PAST else day_of(int(data["start_day"])).isoformat()
    until = "" if data["end_day"] >= FAR_FUTURE else day_of(int(data["end_day"])).isoformat()
    color = colors.get(data["barrier"], _EDGES[-1])
    count = f", {counted(people, 'person')}" if people else ""
    dates = f", from {since}" * bool(since) + f" until {until}" * bool(until)
    said = f", says {data['source']}" if data["source"] else ""
    shared = shared_kinds().get(data["kind"])
    kind = shared.houses.en if shared else data["kind"]
    told = f"{source} {kind} {target} ({step}{count}{dates}{said})"
    drawing = {"id": number, "from": source, "to": target, "title": told, "color": color, "width": 2}
    drawing |= {"label": str(people)} if people else {}
    about = {"from": source, "to": target, "barrier": data["barrier"], "step": step, "color": color}
    about["layer"] = layer_of().get(data["kind"], "")
    return {**about, "since": since, "until": until, "told": told, "drawing": drawing}


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
