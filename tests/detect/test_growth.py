"""What a rule visits grows no faster than the graph: counted by the engine, not by a clock.

The demo region stands here once and several times over, in one municipality and in as many. All that a rule may look at
grows by that number, so its rows must too, from step to step; one that pairs what no link joins grows with the square.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import kglite
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from barrier import resources
from barrier.detect.library import load_detectors
from barrier.detect.run import measure_occupancy
from barrier.ingest.region import read_region
from barrier.model.norms import shipped_norms
from barrier.store.graphs import build_graph
from barrier.store.tables import GraphTables, LinkTable, TableColumns
from tests.conftest import DEMO_DAY

TIMES = 3
RULES = {d.id: d for d in load_detectors() if not d.header.measure}
SILENT = {"holiday_park_year_round"}  # nothing of the kind stands in the demo region
ONE_TOWN = pytest.mark.parametrize("towns", [1, TIMES], ids=["one municipality", "as many municipalities"])
_CLAUSE = re.compile(r"\b(?=(?:WITH|MATCH|OPTIONAL MATCH|WHERE|UNWIND|RETURN|ORDER BY|CALL|UNION)\b)")
_INNER = re.compile(r"\b(?:EXISTS|COUNT)\s*\{(?:\s*MATCH)?([^{}]*)")
_COLLECTED = re.compile(r"collect\((?:DISTINCT )?(.*)\)\s+AS\s+\w+", re.DOTALL)


@ONE_TOWN
@pytest.mark.parametrize("rule", RULES)
def test_a_region_that_is_three_times_as_large_is_three_times_the_work(rule: str, towns: int) -> None:
    alone, together = visited(rule, 1, 1), visited(rule, TIMES, towns)

    assert together <= TIMES * alone
    assert alone > 0 or rule in SILENT


@pytest.mark.parametrize("rule", RULES)
def test_a_list_over_the_whole_region_holds_municipalities_only(rule: str) -> None:
    clauses = [[_listed(item) for item in _items(c)] for c in _CLAUSE.split(_code(rule)) if c.startswith("WITH")]

    whole = [listed for clause in clauses if all(clause) for listed in clause]  # nothing to group by

    assert [listed for listed in whole if not listed.endswith("municipality")] == []


@pytest.mark.parametrize("rule", RULES)
def test_what_stands_in_braces_begins_at_what_was_found_outside(rule: str) -> None:
    code = _code(rule)  # the engine does not count the rows of these, so they must not begin at a whole label

    loose = [code[at.start() : at.end()] for at in _INNER.finditer(code) if not _is_bound(code, at)]

    assert loose == []


@pytest.mark.parametrize(
    ("query", "times"),
    [
        ("MATCH (l:Licence) RETURN l.id AS id", TIMES),
        ("MATCH (l:Licence), (o:Licence) RETURN count(*) AS n", TIMES**2),
        ("MATCH (l:Licence) OPTIONAL MATCH (o:Licence) WHERE o.kind = l.kind RETURN l.id AS l, o.id AS o", TIMES**2),
    ],
    ids=["each once", "pairs", "pairs that share a value"],
)
def test_the_engine_counts_the_pairs_that_a_query_makes(query: str, times: int) -> None:
    alone, together = (_rows(query, {}, graph(n, 1)) for n in (1, TIMES))

    assert times * alone * 0.9 < together <= times * alone


def visited(rule: str, times: int, towns: int) -> int:
    """Return how many rows all steps of a rule make in the demo region that stands several times over."""
    arguments = RULES[rule].arguments(DEMO_DAY, None, crowded(times), ())
    return _rows(RULES[rule].query, arguments, graph(times, towns))


@cache
def crowded(times: int) -> list[str]:
    """Return the overcrowded addresses."""
    return measure_occupancy(TableColumns(tables(times, 1)), DEMO_DAY, shipped_norms()).occupancy.overcrowded()


def _rows(query: str, arguments: Mapping[str, object], graph: kglite.FrozenGraph) -> int:
    steps = graph.cypher(f"PROFILE {query}", params=dict(arguments)).profile
    return sum(step["rows_out"] for step in steps)


@cache
def graph(times: int, towns: int) -> kglite.FrozenGraph:
    """Return the demo region several times over as a graph."""
    return build_graph(tables(times, towns)).freeze()


@cache
def tables(times: int, towns: int) -> GraphTables:
    """Return the demo region several times over, spread over some municipalities."""
    nodes = {label: _repeated(t, ("id", "origin"), times, towns) for label, t in demo_tables().nodes.items()}
    links = {name: _links(links, times) for name, links in demo_tables().links.items()}
    return GraphTables(nodes, links, f"{times} in {towns}")


@cache
def demo_tables() -> GraphTables:
    """Return the demo region as it is."""
    return read_region(resources.fixtures() / "demo").tables


def _links(links: LinkTable, times: int) -> LinkTable:
    labels = (pa.concat_arrays([ends] * times) for ends in (links.source_labels, links.target_labels))
    return LinkTable(_repeated(links.table, ("source_id", "target_id"), times, 1), *labels)


def _repeated(table: pa.Table, named: tuple[str, ...], times: int, towns: int) -> pa.Table:
    """Return a table several times over, with names of its own in each."""
    return pa.concat_tables([_copy(table, named, n, n % towns) for n in range(times)]).combine_chunks()


def _copy(table: pa.Table, named: tuple[str, ...], number: int, town: int) -> pa.Table:
    columns = {c: table.column(c) for c in table.column_names}
    for name in columns.keys() & set(named):
        columns[name] = pc.binary_join_element_wise(columns[name], f"-{number}", "")
    if "municipality" in columns:
        columns["municipality"] = pa.chunked_array([pa.repeat(f"GM{town:04}", table.num_rows)])
    return pa.table(columns)


def _code(rule: str) -> str:
    return "\n".join(line.partition("//")[0] for line in RULES[rule].query.splitlines())


def _is_bound(code: str, at: re.Match[str]) -> bool:
    """Return whether a node of the pattern in braces has the name of one outside, before the braces."""
    pattern = re.split(r"\bWHERE\b", at.group(1))[0]
    return any(re.search(rf"\(\s*{name}\b", code[: at.start()]) for name in re.findall(r"\(\s*(\w+)", pattern))


def _items(clause: str) -> list[str]:
    """Return the items of a WITH, apart at commas outside brackets."""
    items, depth = [""], 0
    for sign in clause.removeprefix("WITH"):
        depth += (sign in "([{") - (sign in ")]}")
        items = [*items, ""] if sign == "," and not depth else [*items[:-1], items[-1] + sign]
    return [item.strip() for item in items]


def _listed(item: str) -> str:
    """Return what an item collects; empty where it is something else."""
    found = _COLLECTED.fullmatch(item)
    return found.group(1) if found else ""
