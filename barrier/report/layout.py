"""Where the members of a cluster stand in a picture, and each layer of it as a small picture beside the others.

Rule: the same place in every picture; pictures hold shapes and numbers only, no text from the data.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from barrier.model.kinds import layer_of
from barrier.networks.layers import layers_of
from barrier.networks.plain_igraph import igraph
from barrier.printable import counted

if TYPE_CHECKING:
    import networkx as nx

MERGED = "all layers merged"
_WIDTH, _HEIGHT, _EDGE = 150, 96, 7
_INK, _PALE = "#1c2430", "#c3cad4"


@dataclass(frozen=True)
class LayerPicture:
    """One layer of a cluster, drawn small.

    Args:
        name: The layer, or that all are merged.
        told: Its links and parts in words.
        svg: The picture.
    """

    name: str
    told: str
    svg: Markup


def layout(graph: nx.MultiDiGraph) -> list[tuple[float, float]]:
    """Return the place of each member, in the order of the graph: Fruchterman and Reingold, the same each time."""
    index = {n: i for i, n in enumerate(graph)}
    drawing = igraph.Graph(n=len(index), edges=[(index[u], index[v]) for u, v in graph.edges()])
    drawing.simplify()
    igraph.set_random_number_generator(random.Random(1))  # noqa: S311 - the same picture each time
    places = drawing.layout_fruchterman_reingold(niter=800)
    places.fit_into((0, 0, 260 * len(index) ** 0.5, 180 * len(index) ** 0.5))
    return [(round(x, 1), round(y, 1)) for x, y in places]


def layer_words(graph: nx.MultiDiGraph) -> list[tuple[str, str]]:
    """Return each layer that has links with what it shows alone, and at last all of them merged."""
    found = layers_of(graph)
    words = [
        (name, f"{counted(a['links'], 'link')}, {counted(a['parts'], 'part')}") for name, a in found["alone"].items()
    ]
    return [*words, (MERGED, f"{counted(graph.number_of_edges(), 'link')}, {counted(found['merged'], 'part')}")]


def layer_pictures(graph: nx.MultiDiGraph) -> list[LayerPicture]:
    """Return small pictures of a cluster: each layer alone and all merged, every member in the same place.

    Members that a layer touches are dark, the others pale. Nothing where there is one layer only: it is the picture.

    Source:
        E. R. Tufte, "The Visual Display of Quantitative Information", 1983 (small multiples).
    """
    words = layer_words(graph)
    if len(words) < 3:
        return []
    places = _small(layout(graph))
    at = dict(zip(graph, places, strict=True))
    of = layer_of()
    links: dict[str, set[tuple[str, str]]] = {MERGED: set()}
    for u, v, kind in graph.edges(data="kind"):
        for name in (of.get(kind, ""), MERGED):
            links.setdefault(name, set()).add((u, v))
    return [LayerPicture(name, told, _svg(at, links[name])) for name, told in words]


def _small(places: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return places that fill the small picture."""
    xs, ys = zip(*places, strict=True)
    wide, high = max(xs) - min(xs) or 1, max(ys) - min(ys) or 1
    return [
        (
            round(_EDGE + (x - min(xs)) / wide * (_WIDTH - 2 * _EDGE), 1),
            round(_EDGE + (y - min(ys)) / high * (_HEIGHT - 2 * _EDGE), 1),
        )
        for x, y in zip(xs, ys, strict=True)
    ]


def _svg(at: dict[str, tuple[float, float]], links: set[tuple[str, str]]) -> Markup:
    touched = {end for link in links for end in link}
    lines = "".join(f"M{at[u][0]} {at[u][1]}L{at[v][0]} {at[v][1]}" for u, v in sorted(links))
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="{3 if node in touched else 2}" fill="{_INK if node in touched else _PALE}"/>'
        for node, (x, y) in at.items()
    )
    path = f'<path d="{lines}" stroke="{_INK}" stroke-width="1" fill="none" opacity=".55"/>'
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return Markup(f'<svg {size} aria-hidden="true">{path}{dots}</svg>')  # noqa: S704 - numbers and colours only
