"""A kglite graph from tables: from nothing, or from an earlier one and what changed since.

Rule: both ways give the same graph, link by link and property by property.
"""

from __future__ import annotations

import warnings

import kglite
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.schema import link_columns, schema
from barrier.store.changes import Changes, TableChange, keys_of
from barrier.store.frames import column_types, frame_of
from barrier.store.protocol import Progress
from barrier.store.tables import GraphTables, LinkTable

_ENDS = ("source_id", "target_id")


def build_graph(tables: GraphTables, *, progress: Progress = lambda _: None) -> kglite.KnowledgeGraph:
    """Return the tables as a kglite graph in memory; links that were delivered twice stay two."""
    graph = kglite.KnowledgeGraph()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="relationship type .* relationships were created on")
        try:
            _fill(graph, tables, progress)
        except ValueError as error:
            if "KeyboardInterrupt" in str(error):  # kglite turns Ctrl-C during a load into an error of the column
                raise KeyboardInterrupt from error
            raise
    return graph


def _fill(graph: kglite.KnowledgeGraph, tables: GraphTables, progress: Progress) -> None:
    for label, table in tables.nodes.items():
        progress(label)
        if table.num_rows:
            graph.add_nodes(_untitled(table), label, "id", column_types=column_types(table))
    for name, links in tables.links.items():
        progress(name)
        first = True
        for source, target, rows in links.by_labels():
            several = None if first else _several(rows)  # only into an empty type does kglite take links as they are
            table = rows if several is None else rows.filter(pc.invert(several))
            graph.add_relationships(
                frame_of(table), name, source, "source_id", target, "target_id", column_types=column_types(table)
            )
            if several is not None:
                _create(graph, name, source, target, rows.filter(several))
            first = False


def _untitled(table: pa.Table) -> pd.DataFrame:
    """Return nodes as a frame with an empty title: without one, kglite gives the id where a name is missing."""
    return frame_of(table).assign(title=None)


def _several(rows: pa.Table) -> pa.Array | None:
    """Return which links join nodes that another link of the same kind joins too; None where there is none."""
    pairs = keys_of(rows, _ENDS)
    if pc.count_distinct(pairs).as_py() == len(pairs):
        return None
    counts = pairs.value_counts()
    return pc.is_in(pairs, value_set=counts.field("values").filter(pc.greater(counts.field("counts"), 1)))


def apply_changes(
    graph: kglite.KnowledgeGraph, tables: GraphTables, changes: Changes, *, progress: Progress = lambda _: None
) -> None:
    """Change a graph so that it holds ``tables``.

    Args:
        graph: Holds the state that ``changes`` begin with.
        tables: The new state.
        changes: What differs between the two.
        progress: Called with the name of each table.
    """
    for label in schema().labels:
        progress(label)
        if label in changes.tables:
            _change_nodes(graph, label, changes.tables[label])
    for name in schema().relationships:
        progress(name)
        if name in changes.tables:
            _change_links(graph, name, tables.links[name], changes.tables[name])


def _change_nodes(graph: kglite.KnowledgeGraph, label: str, change: TableChange) -> None:
    added = change.added.column("id").combine_chunks()
    gone = change.removed.column("id").combine_chunks()
    gone = gone.filter(pc.invert(pc.is_in(gone, value_set=added))).to_pylist()
    graph.cypher(f"UNWIND $ids AS i MATCH (n:{label} {{id: i}}) DETACH DELETE n", params={"ids": gone})
    if len(added):
        rows = change.added
        graph.add_nodes(_untitled(rows), label, "id", column_types=column_types(rows), conflict_handling="replace")


def _change_links(graph: kglite.KnowledgeGraph, name: str, links: LinkTable, change: TableChange) -> None:
    """Remove the links between the nodes that a changed link joins, where there are any, and add those there now."""
    changed = change.both().select(_ENDS)
    pairs, before = keys_of(changed, _ENDS), keys_of(change.removed, _ENDS)
    near = links.filter(pc.is_in(links.table.column("source_id"), value_set=changed.column("source_id")))
    every = keys_of(near.table, _ENDS)
    here = pc.is_in(every, value_set=pairs)
    left = changed.filter(pc.invert(pc.is_in(pairs, value_set=_new(every.filter(here), before, change))))
    kind, rows = schema().relationships[name], left.to_pylist()
    sources, targets = (pc.count_distinct(left.column(c)).as_py() for c in _ENDS)
    for source in kind.sources:
        for target in kind.targets:
            ends = f"(:{source} {{id: x.source_id}})", f"(:{target} {{id: x.target_id}})"
            # begun where there are more different nodes: each of them has fewer links to look through
            way = f"{ends[1]}<-[r:{name}]-{ends[0]}" if targets > sources else f"{ends[0]}-[r:{name}]->{ends[1]}"
            graph.cypher(f"UNWIND $rows AS x MATCH {way} DELETE r", params={"rows": rows})
    for source, target, found in near.filter(here).by_labels():
        _create(graph, name, source, target, found)


def _new(here: pa.Array, before: pa.Array, change: TableChange) -> pa.Array:
    """Return the pairs of nodes that no link joined before: all the links that join them are added ones.

    Args:
        here: The pairs that changed links join, once for each link that joins them now.
        before: The pairs that links join which are no more.
        change: The links that differ.
    """
    now = here.value_counts()
    added = keys_of(change.added, _ENDS).value_counts()
    place = pc.index_in(now.field("values"), value_set=added.field("values"))
    all_added = pc.fill_null(pc.equal(now.field("counts"), added.field("counts").take(place)), False)
    found = now.field("values").filter(all_added)
    return found.filter(pc.invert(pc.is_in(found, value_set=before)))


def _create(graph: kglite.KnowledgeGraph, name: str, source: str, target: str, rows: pa.Table) -> None:
    """Add links one by one: added as a table, two links between the same nodes would become one."""
    properties = ", ".join(f"`{c}`: x.`{c}`" for c in link_columns(name))
    query = (
        f"UNWIND $rows AS x MATCH (a:{source} {{id: x.source_id}}) MATCH (b:{target} {{id: x.target_id}}) "
        f"CREATE (a)-[:{name} {{{properties}}}]->(b)"
    )
    graph.cypher(query, params={"rows": rows.to_pylist()})
