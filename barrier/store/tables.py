"""A graph as columns: what an importer hands to a store, and what a store keeps beside its graph.

Rule: every column of `schema.yaml` is there, also when nothing was delivered for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.schema import link_columns, node_columns, schema
from barrier.store.codes import NONE, Codes, Ends, Part, codes_again, codes_of, with_ends
from barrier.store.frames import frame_of
from barrier.store.unread import ALL_READ, Unread

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}


@dataclass(frozen=True)
class LinkTable:
    """The links of one relationship type.

    Args:
        table: ``source_id``, ``target_id`` and the columns of `link_columns`.
        source_labels: Label of each row's source, dictionary encoded.
        target_labels: Label of each row's target, dictionary encoded.
    """

    table: pa.Table
    source_labels: pa.DictionaryArray
    target_labels: pa.DictionaryArray

    def by_labels(self) -> Iterator[tuple[str, str, pa.Table]]:
        """Yield (source label, target label, rows) for every pair that occurs."""
        for source in self.source_labels.dictionary.to_pylist():
            for target in self.target_labels.dictionary.to_pylist():
                if len(self.source_labels.dictionary) == len(self.target_labels.dictionary) == 1:
                    rows = self.table
                else:
                    rows = self.table.filter(pc.and_(_is(self.source_labels, source), _is(self.target_labels, target)))
                if rows.num_rows:
                    yield source, target, rows

    def filter(self, mask: pa.BooleanArray | pa.ChunkedArray) -> LinkTable:
        """Return the rows where ``mask`` is true."""
        mask = mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask
        return LinkTable(self.table.filter(mask), self.source_labels.filter(mask), self.target_labels.filter(mask))


@dataclass(frozen=True)
class TakenOver:
    """How a table was put together: from rows that a store held as they are, and others.

    Args:
        table: The table.
        fresh: Places in it of the rows that were not taken over.
        gone: The rows of the store that were not taken over.
        before: Fingerprint of what the store held.
        codes: Of links, the numbers of the ends of the rows that were taken over, of which the store holds the ids.
    """

    table: pa.Table
    fresh: npt.NDArray[np.int64]
    gone: pa.Table
    before: str
    codes: Ends | None = None

    def filter(self, mask: pa.BooleanArray, table: pa.Table) -> TakenOver:
        """Return the same of ``table``, in which only the rows are left where ``mask`` is true."""
        is_fresh = np.zeros(self.table.num_rows, dtype=bool)
        is_fresh[self.fresh] = True
        kept = mask.to_numpy(zero_copy_only=False)
        codes = self.codes and (self.codes[0][kept[~is_fresh]], self.codes[1][kept[~is_fresh]])
        lost = self.table.filter(pa.array(~kept & ~is_fresh))
        gone = pa.concat_tables([self.gone.select(lost.column_names), lost])
        return TakenOver(table, np.flatnonzero(is_fresh[kept]), gone, self.before, codes)


@dataclass(frozen=True)
class GraphTables:
    """A whole graph as columns: nodes by label, links by relationship type, and the fingerprint of their source.

    Where files were read that hardly differ from what a store holds, ``taken`` says so, by label and relationship type,
    and ``held`` are the ids that the numbers in it stand for. ``unread`` is what was delivered and is not in it, or
    never delivered.
    """

    nodes: dict[str, pa.Table]
    links: dict[str, LinkTable]
    fingerprint: str
    taken: Mapping[str, TakenOver] = field(default_factory=dict)
    held: pa.Array | None = None
    unread: Unread = ALL_READ
    _once: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def codes(self) -> Codes:
        """Return the numbers of nodes that links join; they are given out once."""
        with self._once:
            known: Codes | None = self.__dict__.get("_codes")
            if known is None:
                known = self._again() or codes_of({name: self._ends(name) for name in self.links})
                self.__dict__["_codes"] = known
            return known

    def _ends(self, name: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        table = self.links[name].table
        return table.column("source_id"), table.column("target_id")

    def _again(self) -> Codes | None:
        """Return the numbers that a store has for what was taken over from it, and new ones for the rest."""
        if self.held is None:
            return None
        parts = {}
        for name, links in self.links.items():
            taken = self.taken.get(name)
            if taken is not None and taken.codes is not None and taken.table is links.table:
                parts[name] = Part(self._ends(name), taken.codes, taken.fresh)
            else:
                parts[name] = Part(self._ends(name), NONE, np.arange(links.table.num_rows))
        return codes_again(self.held, parts)

    def counts(self) -> dict[str, int]:
        """Return the number of nodes or links by label and relationship type."""
        found = {label: table.num_rows for label, table in self.nodes.items()}
        found |= {name: links.table.num_rows for name, links in self.links.items()}
        return found

    def table(self, name: str) -> pa.Table:
        """Return the columns of a label or relationship type; without rows where nothing was delivered."""
        if name in schema().labels:
            return self.nodes.get(name, node_arrow_schema(name).empty_table())
        return self.links[name].table if name in self.links else link_arrow_schema(name).empty_table()

    def filter(self, masks: Mapping[str, pa.BooleanArray]) -> GraphTables:
        """Return the rows of each table named where its mask is true, and the other tables as they are."""
        nodes = {label: t.filter(masks[label]) if label in masks else t for label, t in self.nodes.items()}
        links = {name: link.filter(masks[name]) if name in masks else link for name, link in self.links.items()}
        left = GraphTables(nodes, links, self.fingerprint)
        taken = {n: t.filter(masks[n], left.table(n)) if n in masks else t for n, t in self.taken.items()}
        return replace(left, taken=taken, held=self.held, unread=self.unread)

    def all_tables(self) -> dict[str, pa.Table]:
        """Return the columns of every label and relationship type of the schema."""
        return {name: self.table(name) for name in [*schema().labels, *schema().relationships]}


@dataclass(frozen=True)
class TableColumns:
    """The tables of a graph, read like the columns of a store.

    Args:
        tables: The graph.
    """

    tables: GraphTables

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""
        return frame_of(self.tables.table(label).select(list(columns)))

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type."""
        return frame_of(self.tables.table(relationship).select(list(columns)))

    def numbered(self, wanted: Mapping[str, Sequence[str]]) -> tuple[pa.Array, dict[str, pd.DataFrame]]:
        """Return ids by number, and columns of all links of some types with the numbers of their ends."""
        codes = self.tables.codes()
        frames = {n: with_ends(self.edges(n, columns), codes.ends.get(n, NONE)) for n, columns in wanted.items()}
        return codes.ids, frames


def node_arrow_schema(label: str) -> pa.Schema:
    """Return the columns of a node table."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in node_columns(label).items()])


def link_arrow_schema(relationship: str) -> pa.Schema:
    """Return the columns of a link table."""
    ends = [("source_id", pa.string()), ("target_id", pa.string())]
    return pa.schema(ends + [(name, _ARROW[kind]) for name, kind in link_columns(relationship).items()])


def empty_links(relationship: str) -> LinkTable:
    """Return a link table without rows."""
    kind = schema().relationships[relationship]
    return LinkTable(
        link_arrow_schema(relationship).empty_table(), label_array([], kind.sources), label_array([], kind.targets)
    )


def label_array(codes: object, labels: tuple[str, ...]) -> pa.DictionaryArray:
    """Return labels by row from codes into ``labels``."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array(labels, pa.string()))


def _is(labels: pa.DictionaryArray, label: str) -> pa.BooleanArray:
    return pc.equal(labels.indices, labels.dictionary.index(label).as_py())
