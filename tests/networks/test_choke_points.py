"""Chains and choke points against brute force, and positions against their definitions."""

from __future__ import annotations

from itertools import chain, combinations, product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.networks.chains import Group, choke_points
from barrier.networks.positions import positions

SUBJECTS = "abcdef"
OPTIONS = st.dictionaries(
    st.sampled_from(["entry", "housing", "labour"]),
    st.frozensets(st.sampled_from(SUBJECTS), min_size=1, max_size=3),
    min_size=1,
    max_size=3,
)
GROUPS = st.lists(OPTIONS, min_size=1, max_size=5)


def _groups(options: list[dict[str, frozenset[str]]]) -> list[Group]:
    return [Group(f"a{i}", 3, o) for i, o in enumerate(options)]


def _smallest(groups: list[Group]) -> int:
    """Return the size of the smallest set that leaves no chain of any group, chain by chain."""
    for size in range(len(SUBJECTS) + 1):
        for removed in combinations(SUBJECTS, size):
            chains = chain.from_iterable(product(*g.options.values()) for g in groups)
            if all(set(c) & set(removed) for c in chains):
                return size
    raise AssertionError


@given(GROUPS)
@settings(max_examples=150)
def test_no_smaller_set_breaks_all_chains(options: list[dict[str, frozenset[str]]]) -> None:
    groups = _groups(options)
    found = choke_points(groups)

    assert found.broken == found.groups == len(groups)
    if found.exact:
        assert {len(s) for s in found.sets} == {_smallest(groups)}
    else:
        assert len(found.sets[0]) >= _smallest(groups)


@given(GROUPS)
def test_every_set_that_is_shown_leaves_no_chain(options: list[dict[str, frozenset[str]]]) -> None:
    groups = _groups(options)

    for chosen in choke_points(groups).sets:
        for group in groups:
            assert all(set(c) & set(chosen) for c in product(*group.options.values())) or any(
                o <= set(chosen) for o in group.options.values()
            )


@given(GROUPS, st.floats(0.1, 1))
def test_breaking_a_part_never_needs_more(options: list[dict[str, frozenset[str]]], share: float) -> None:
    groups = _groups(options)
    part, whole = choke_points(groups, share=share), choke_points(groups)

    if part.exact and whole.exact:
        assert len(part.sets[0]) <= len(whole.sets[0])


def test_four_groups_without_anything_shared_need_four_and_the_search_says_it_was_step_by_step() -> None:
    found = choke_points([Group(f"a{i}", 3, {"housing": frozenset({f"l{i}"})}) for i in range(4)])

    assert [found.sets, found.exact] == [[["l0", "l1", "l2", "l3"]], False]


def test_a_share_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="share must be above 0"):
        choke_points([], share=0)


def _cluster() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for node, label in (("a1", "Address"), ("a2", "Address"), ("l", "Business"), ("e", "Business")):
        graph.add_node(node, label=label, residents=4 if label == "Address" else 0, subject=False)
    graph.add_edge("l", "a1", kind="LETS", barrier="housing", people=0)
    graph.add_edge("l", "a2", kind="LETS", barrier="housing", people=0)
    graph.add_edge("a1", "e", kind="workers", barrier="labour", people=3)
    graph.add_edge("l", "e", kind="CONTROLS", barrier="finance", people=0)
    return graph


def test_a_party_separates_the_groups_that_only_it_joins() -> None:
    found = {p.id: p for p in positions(_cluster())}

    assert found["l"].separates == 1
    assert found["l"].facts == ["controls e", "lets a1, a2"]
    assert found["e"].facts == ["is controlled by l", "employs 3 residents of a1"]
    assert found["l"].participation == pytest.approx(1 - (2 / 3) ** 2 - (1 / 3) ** 2, abs=1e-4)


def test_betweenness_and_constraint_are_those_of_networkx() -> None:
    graph = _cluster()
    simple = nx.Graph(graph.to_undirected())
    found = {p.id: p for p in positions(graph)}

    assert found["l"].betweenness == pytest.approx(nx.betweenness_centrality(simple)["l"], abs=1e-4)
    assert found["l"].constraint == pytest.approx(nx.constraint(simple)["l"], abs=1e-4)
