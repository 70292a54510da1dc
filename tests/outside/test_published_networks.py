"""Structures and positions beside networks that others published."""

from __future__ import annotations

import pytest

from barrier.networks.graph import ClusterGraph
from barrier.networks.positions import Position, positions
from tools.published_networks import KEYS, PAGE, Compared, compare, page

# V. E. Krebs, "Mapping networks of terrorist cells", Connections 24(3), 2002, in the form of 34 actors and 93 links
# of V. Latora, V. Nicosia, G. Russo, "Complex Networks", 2017, figure 2.1. Actors are numbers here as there.
KREBS = """
0-1 0-2 0-3 0-4 0-5 0-6 0-7 0-8 0-11 0-12 0-13 0-18 0-21 0-29 0-32 0-33 1-6 1-10 1-11 1-12 1-13 1-20 1-21 1-29 2-3 2-4
2-5 2-6 2-18 2-32 3-4 3-5 3-6 4-5 4-6 4-8 5-6 6-7 6-8 6-10 6-11 6-12 6-13 6-19 6-32 7-10 8-9 10-11 10-12 10-13 11-12
11-13 12-13 12-15 12-16 13-14 14-19 15-16 15-17 16-17 16-20 17-18 17-19 17-22 17-23 18-19 19-20 19-22 19-23 20-21 20-29
21-22 21-24 21-27 21-28 21-29 22-23 22-25 22-26 22-27 22-28 22-29 25-26 25-27 26-27 27-28 27-29 28-29 29-30 29-31 29-32
30-31 30-32
"""


@pytest.fixture(scope="module")
def compared() -> Compared:
    return compare()


def test_our_structures_agree_with_the_published_ones_far_better_than_chance(compared: Compared) -> None:
    assert len(compared.both) > 500
    assert compared.agreement > 0.5
    assert compared.homogeneity > 0.85
    assert compared.completeness > 0.85


def test_the_page_about_them_is_up_to_date(compared: Compared) -> None:
    assert PAGE.read_text(encoding="utf-8") == page([compared, *(compare(key) for key in KEYS[1:])]), (
        "run: python -m tools.published_networks"
    )


@pytest.fixture(scope="module")
def krebs() -> list[Position]:
    graph = ClusterGraph()
    for i, link in enumerate(KREBS.split()):
        ends = [f"n{x}" for x in link.split("-")]
        for node in ends:
            graph.add_node(node, label="Business", residents=0, subject=True)
        graph.add_edge(*ends, kind="CONTROLS", barrier=("finance", "labour")[i % 2], people=0)
    assert (len(graph), graph.number_of_edges()) == (34, 93)
    return positions(graph)


def test_the_paper_s_central_actor_is_the_first_by_every_measure(krebs: list[Position]) -> None:
    constraint = {p.id: p.constraint for p in krebs if p.constraint is not None}

    assert max(krebs, key=lambda p: p.betweenness).id == "n0"
    assert min(constraint, key=lambda node: constraint[node]) == "n0"
    assert max(krebs, key=lambda p: sum(map(len, p.links.values()))).id == "n0"


def test_the_paper_s_next_central_actors_come_next(krebs: list[Position]) -> None:
    between = sorted(krebs, key=lambda p: -p.betweenness)

    assert {p.id for p in between[:4]} == {"n0", "n6", "n29", "n22"}


def test_who_alone_reaches_an_outer_actor_separates_it(krebs: list[Position]) -> None:
    assert {p.id for p in krebs if p.separates} == {"n0", "n8", "n21"}
