"""Chains through the barriers for each group of residents, and the smallest sets of subjects that break them.

Rule: a barrier where nobody is known is a gap and is named; a gap cannot be broken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import TYPE_CHECKING, Any

from barrier.model.kinds import chained

if TYPE_CHECKING:
    import networkx as nx


EXACT_SIZE = 3
EXACT_TRIES = 20_000
SHOWN = 5
Options = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Group:
    """The residents of one address and, by barrier, who makes it passable for them.

    Args:
        address: The address.
        people: Number of residents.
        options: Subjects by barrier; a barrier that is absent is a gap.
    """

    address: str
    people: int
    options: Options

    def chains(self) -> int:
        """Return the number of chains: one choice of a subject at each barrier that is known."""
        return math.prod(len(o) for o in self.options.values()) if self.options else 0

    def without(self, removed: frozenset[str]) -> Group:
        """Return the group with what is left of its barriers."""
        return Group(self.address, self.people, {b: o - removed for b, o in self.options.items()})

    def broken_by(self, removed: frozenset[str]) -> bool:
        """Return whether a barrier has no subject left."""
        return any(o <= removed for o in self.options.values())


@dataclass(frozen=True)
class ChokePoints:
    """The smallest sets that break the chains of enough groups.

    Args:
        sets: Each a smallest set, in order; one set where the search was greedy.
        exact: Whether no smaller set exists for certain.
        broken: Groups whose chains break.
        groups: All groups with a chain.
    """

    sets: list[list[str]]
    exact: bool
    broken: int
    groups: int

    def as_record(self, groups: Sequence[Group]) -> dict[str, Any]:
        """Return the sets as in `clusters.jsonl`, each with what would remain without it."""
        remains = [left_standing(groups, chosen) for chosen in self.sets]
        return {**self.__dict__, "remains": [{"chains": r[0], "groups": r[1], "people": r[2]} for r in remains]}


def left_standing(groups: Iterable[Group], removed: Iterable[str]) -> tuple[int, int, int]:
    """Return the chains, groups and people that stand without ``removed``.

    A group stands as long as every barrier that was passable for it still is.
    """
    gone = frozenset(removed)
    left = [g.without(gone) for g in groups if g.address not in gone and not g.broken_by(gone)]
    return sum(g.chains() for g in left), len(left), sum(g.people for g in left)


def groups_of(graph: nx.MultiDiGraph, steps: Sequence[str]) -> list[Group]:
    """Return the groups of residents of a cluster.

    At an address the barriers are made passable by: who its residents arrived through (entry), contacts they share
    (identity), who lets or owns it (housing), whom they work for (labour), and the accounts their employers pay into
    (finance); each link counts at the barrier that the model in force gives it.

    Args:
        graph: The cluster.
        steps: Barriers of the model, in order.
    """
    found = []
    for address, data in graph.nodes(data=True):
        if data["label"] == "Address" and data["residents"]:
            options = _options(graph, address)
            if options:
                ordered = {s: frozenset(options[s]) for s in steps if s in options}
                found.append(Group(address, int(data["residents"]), ordered))
    return sorted(found, key=lambda g: g.address)


def _options(graph: nx.MultiDiGraph, address: str) -> dict[str, set[str]]:
    options: dict[str, set[str]] = {}
    landlords, by_work, accounts = chained("landlord"), chained("employer"), chained("account")
    employers = set()
    for _, other, data in graph.out_edges(address, data=True):
        options.setdefault(data["barrier"], set()).add(other)
        if data["kind"] in by_work:
            employers.add(other)
    for other, _, data in graph.in_edges(address, data=True):
        if data["kind"] in landlords:
            options.setdefault(data["barrier"], set()).add(other)
    for employer in employers:
        for _, account, data in graph.out_edges(employer, data=True):
            if data["kind"] in accounts:
                options.setdefault(data["barrier"], set()).add(account)
    return options


def chain_examples(groups: Iterable[Group], steps: Sequence[str]) -> list[dict[str, Any]]:
    """Return a few chains, one a group first, each with its gaps."""
    examples = []
    for group in islice(groups, SHOWN):
        choice = next(iter(product(*(sorted(o) for o in group.options.values()))))
        passed = dict(zip(group.options, choice, strict=True))
        gaps = [s for s in steps if s not in group.options]
        examples.append({"address": group.address, "people": group.people, "passes": passed, "gaps": gaps})
    return examples


def choke_points(groups: Sequence[Group], *, share: float = 1.0) -> ChokePoints:
    """Return the smallest sets of subjects that break the chains of ``share`` of the groups.

    Exact up to three subjects (every smaller set was tried); greedy beyond, which needs at most ln(n) + 1 times as
    many subjects as the best set.

    Args:
        groups: Groups with their options.
        share: Part of the groups to break, above 0 to 1.

    Raises:
        ValueError: ``share`` is out of range.

    Source:
        Minimum hitting set; the bound of the greedy cover: V. Chvátal, "A greedy heuristic for the set-covering
        problem", Mathematics of Operations Research 4(3), 1979.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    subjects = sorted({s for g in groups for o in g.options.values() for s in o})
    wanted = math.ceil(share * len(groups))
    if not groups:
        return ChokePoints([], True, 0, 0)
    for size in range(1, EXACT_SIZE + 1):
        if math.comb(len(subjects), size) > EXACT_TRIES:
            break
        tried = ((c, _broken(groups, frozenset(c))) for c in combinations(subjects, size))
        best = [(list(c), n) for c, n in tried if n >= wanted]
        if best:
            return ChokePoints([c for c, _ in best][:SHOWN], True, max(n for _, n in best), len(groups))
    return _greedy(groups, subjects, wanted)


def _broken(groups: Sequence[Group], removed: frozenset[str]) -> int:
    return sum(g.broken_by(removed) for g in groups)


def _greedy(groups: Sequence[Group], subjects: Sequence[str], wanted: int) -> ChokePoints:
    chosen: frozenset[str] = frozenset()
    while _broken(groups, chosen) < wanted:
        rest = [s for s in subjects if s not in chosen]
        chosen |= {max(rest, key=lambda s: (_broken(groups, chosen | {s}), _progress(groups, chosen, s)))}
    return ChokePoints([sorted(chosen)], False, _broken(groups, chosen), len(groups))


def _progress(groups: Sequence[Group], chosen: frozenset[str], subject: str) -> float:
    """Return how much nearer a subject brings groups that stand to breaking: the largest part of a barrier it is."""
    open_groups = [g for g in groups if not g.broken_by(chosen)]
    return sum(max((1 / len(o - chosen) for o in g.options.values() if subject in o), default=0) for g in open_groups)
