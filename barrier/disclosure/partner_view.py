"""A graph as one partner may see it, beside the whole one.

Rule: here are only graphs; what may be told of what is found in them is decided in one place, `disclosure/findings.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.advise.powers import powers_of
from barrier.advise.sharing import ANONYMISED, HIDDEN, SOURCE_HIDDEN, Viewer, sharing_of
from barrier.ingest.hashing import keyed_hashes
from barrier.keys import Key, Purpose, open_key
from barrier.model.kinds import public, shared_by_themselves, withheld_under_pseudonyms
from barrier.model.rules import Rules
from barrier.model.schema import link_columns, node_columns, schema
from barrier.store import Store
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables, LinkTable, label_array, link_arrow_schema, node_arrow_schema

WITHHELD = "withheld"
SIGNAL = "signal"  # data class
_UNKNOWN_HOLDER = "riec"


@dataclass(frozen=True)
class PartnerView:
    """What a partner sees of a graph.

    Args:
        tables: The rows that remain.
        anonymised: Whether ids are pseudonyms, because something is seen that way only.
    """

    tables: GraphTables
    anonymised: bool


@dataclass(frozen=True)
class PartnerGraphs:
    """A whole graph and the part of it that a partner sees.

    Args:
        whole: Everything, to compare with; nothing of it is shown.
        seen: What the partner sees.
        tables: The same as tables.
        viewer: Who looks.
        withheld: Relationship types of which the partner does not see all.
        pseudonymous: Whether ids are pseudonyms, in both graphs the same.
        complete: Whether the partner sees every row.
    """

    whole: EmbeddedStore
    seen: EmbeddedStore
    tables: GraphTables
    viewer: Viewer
    withheld: frozenset[str]
    pseudonymous: bool
    complete: bool

    def as_record(self) -> dict[str, Any]:
        """Return for whom the view is, as in scan.json."""
        return {**self.viewer.as_record(), "pseudonyms": self.pseudonymous}


def viewer_of(partner: str, day: date, rules: Rules, *, investigation: bool = False, consent: bool = False) -> Viewer:
    """Return who looks, by the shipped partners and gates and those of the office.

    Raises:
        InputError: There is no such partner, or a rule is wrong.
    """
    partners, sharing = powers_of(rules).partners, sharing_of(rules)
    return Viewer(partner, day, sharing, partners, investigation=investigation, consent=consent)


def view_of(tables: GraphTables, viewer: Viewer) -> PartnerView:
    """Return the part of a graph that a partner may see."""
    alone, states = {}, set()
    for label, data in shared_by_themselves().items():
        alone[label], found = _by_itself(tables.table(label), data, viewer)
        states |= found
    seen = {label: set(table.column("id").to_pylist()) for label, table in alone.items()}
    links: dict[str, LinkTable] = {}
    contacts = tables.table("Contact")
    kinds = dict(zip(contacts.column("id").to_pylist(), _texts(contacts, "kind"), strict=True))
    for name, link in tables.links.items():
        kept, found = _link(name, link, viewer, seen, kinds)
        links[name] = kept
        states |= found
    nodes = {**tables.nodes, **alone}
    linked = _ends(links)
    nodes = {label: _without_orphans(label, table, linked) for label, table in nodes.items()}
    view = GraphTables(nodes, links, _fingerprint(nodes, links))
    anonymised = ANONYMISED in states
    return PartnerView(_pseudonyms(view, viewer.partner) if anonymised else view, anonymised)


def _fingerprint(nodes: dict[str, pa.Table], links: dict[str, LinkTable]) -> str:
    """Return a hash of what is seen only: it does not change with what is not."""
    digest = hashlib.sha256()
    for name, table in sorted({**nodes, **{k: v.table for k, v in links.items()}}.items()):
        digest.update(name.encode())
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        digest.update(sink.getvalue())
    return digest.hexdigest()


def partner_graphs(tables: GraphTables, viewer: Viewer) -> PartnerGraphs:
    """Return a whole graph and what a partner sees of it, both in memory, both under the ids that the partner sees."""
    view = view_of(tables, viewer)
    whole = _pseudonyms(tables, viewer.partner) if view.anonymised else tables
    hidden = frozenset(n for n, link in tables.links.items() if _withheld(n, link, view.tables.links[n], viewer))
    stores = EmbeddedStore.in_memory(whole), EmbeddedStore.in_memory(view.tables)
    complete = view.tables.counts() == tables.counts()
    return PartnerGraphs(*stores, view.tables, viewer, hidden, view.anonymised, complete)


def _withheld(name: str, link: LinkTable, left: LinkTable, viewer: Viewer) -> bool:
    """Return whether links of a type are withheld, or would be where there are any."""
    rule = viewer.sharing.links.get(name)
    by_gate = rule is not None and viewer.state(rule.data, rule.holder) == HIDDEN
    return by_gate or left.table.num_rows < link.table.num_rows


def tables_of(graph: Store) -> GraphTables:
    """Return a whole graph as tables, read from its columns."""
    nodes = {
        label: _arrow(graph.nodes(label, list(node_columns(label))), node_arrow_schema(label))
        for label in schema().labels
    }
    of = {i: label for label, table in nodes.items() for i in table.column("id").to_pylist()}
    links = {}
    for name, kind in schema().relationships.items():
        table = _arrow(graph.edges(name, ["source_id", "target_id", *link_columns(name)]), link_arrow_schema(name))
        ends = []
        for column, labels in (("source_id", kind.sources), ("target_id", kind.targets)):
            codes = [labels.index(of[i]) for i in table.column(column).to_pylist()]
            ends.append(label_array(codes, labels))
        links[name] = LinkTable(table, *ends)
    return GraphTables(nodes, links, "view", unread=graph.unread())


def _arrow(frame: pd.DataFrame, arrow: pa.Schema) -> pa.Table:
    return pa.table([_array(frame[field.name], field.type) for field in arrow], schema=arrow)


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_list(kind):
        return pa.array(values, kind, from_pandas=True)
    missing = values.isna().to_numpy(dtype=bool)
    return pa.array([None if m else list(v) for v, m in zip(values, missing, strict=True)], kind)


def _texts(table: pa.Table, column: str) -> list[str]:
    return [v or "" for v in table.column(column).to_pylist()]


def _states(keys: list[tuple[str, str, str]], viewer: Viewer) -> np.ndarray:
    known = {key: viewer.state(*key) for key in set(keys)}
    return np.array([known[k] for k in keys], dtype=object)


def _kept(table: pa.Table, states: np.ndarray, columns: Sequence[str]) -> tuple[pa.Table, set[str]]:
    """Return the rows that are seen, ``columns`` withheld where the source is hidden, and the states of these rows."""
    visible = states != HIDDEN
    left = states[visible]
    shown = table.filter(pa.array(visible.astype(bool)))
    if (left == SOURCE_HIDDEN).any():
        for column in columns:
            shown = _masked(shown, column, (left == SOURCE_HIDDEN).astype(bool))
    return shown, set(left)


def _by_itself(table: pa.Table, data: str, viewer: Viewer) -> tuple[pa.Table, set[str]]:
    """Return the nodes that are seen of a label that is shared node by node, and how.

    Args:
        table: The nodes. Whose they are stands in ``holder`` or ``team``, the law they are held under in ``regime``;
            where nothing stands, it is the holder who tells nobody by himself.
        data: Data class of the label; the kind of a signal may be one of its own.
        viewer: Who looks.
    """
    rules, none = viewer.sharing, [""] * table.num_rows
    columns = {c: _texts(table, c) if c in table.column_names else none for c in ("kind", "holder", "team", "regime")}
    rows = zip(*columns.values(), strict=True)
    own = rules.signals if data == SIGNAL else {}
    keys = [
        (own.get(kind, data), holder or rules.teams.get(team, team) or _UNKNOWN_HOLDER, regime)
        for kind, holder, team, regime in rows
    ]
    source = [c for c in ("holder", "origin", "team") if c in table.column_names]
    return _kept(table, _states(keys, viewer), source)


def _link(
    name: str, link: LinkTable, viewer: Viewer, seen: dict[str, set[str]], contacts: dict[str, str]
) -> tuple[LinkTable, set[str]]:
    table, kind = link.table, schema().relationships[name]
    for label in (label for label in seen if label in kind.sources and name not in viewer.sharing.links):
        mask = pc.is_in(table.column("source_id"), value_set=pa.array(sorted(seen[label]), pa.string()))
        return link.filter(mask), set()
    rule = viewer.sharing.links[name]
    sources = viewer.sharing.sources
    data = [rule.contacts.get(contacts.get(t, ""), rule.data) for t in table.column("target_id").to_pylist()]
    holders = [sources.get(s, s) if s else rule.holder for s in _texts(table, "source")]
    keys = [(d, h, "") for d, h in zip(data, holders, strict=True)]
    states = _states(keys, viewer)
    kept = link.filter(pa.array((states != HIDDEN).astype(bool)))
    shown, left = _kept(table, states, ("source",))
    return replace(kept, table=shown), left


def _masked(table: pa.Table, column: str, mask: np.ndarray) -> pa.Table:
    """Withhold a column where ``mask`` is true; equal values stay equal, so that one origin still counts once."""
    values = pd.Series(table.column(column).to_pylist(), dtype=object)
    hidden = values[mask & values.notna().to_numpy()]
    values.loc[hidden.index] = f"{WITHHELD}-" + keyed_hashes(hidden.astype(str), None, purpose=Purpose.VIEWS).str[:8]
    return _with_column(table, column, pa.array(values.tolist(), pa.string()))


def _with_column(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(column), table.schema.field(column), values)


def _ends(links: dict[str, LinkTable]) -> pa.Array:
    """Return every id that a link leads from or to."""
    columns = [link.table.column(c) for link in links.values() for c in ("source_id", "target_id")]
    return pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()))


def _without_orphans(label: str, table: pa.Table, linked: pa.Array) -> pa.Table:
    return table if label in public() else table.filter(pc.is_in(table.column("id"), value_set=linked))


def _pseudonyms(tables: GraphTables, partner: str) -> GraphTables:
    """Return the graph with every id replaced by a keyed hash, the same for this partner each time."""
    nodes = {
        label: _nameless(_renamed(table, ("id", "origin"), partner), label) for label, table in tables.nodes.items()
    }
    links = {
        name: replace(link, table=_renamed(link.table, ("source_id", "target_id"), partner))
        for name, link in tables.links.items()
    }
    named = sorted({i for a in tables.unread.aside.values() for ends in a.ends for i in ends if i})
    shown = dict(zip(named, pseudonyms(named, partner), strict=True))
    return GraphTables(nodes, links, tables.fingerprint, unread=tables.unread.renamed(shown.__getitem__))


def _nameless(table: pa.Table, label: str) -> pa.Table:
    for column in (c for c in withheld_under_pseudonyms(label) if c in table.column_names):
        table = _with_column(table, column, pa.nulls(table.num_rows, table.schema.field(column).type))
    return table


def pseudonyms(ids: Sequence[str], partner: str) -> list[str]:
    """Return how a partner sees ids under pseudonyms: keyed hashes, the same each time, others for another partner."""
    named = pd.Series([f"{partner}|{i}" for i in ids], dtype=object)
    return [_pseudonym(digest) for digest in keyed_hashes(named, None, purpose=Purpose.VIEWS)]


def _pseudonym(digest: str) -> str:
    return f"x-{digest}"


def every_pseudonym(ids: Iterable[str], partner: str) -> set[str]:
    """Return how a partner sees ids under pseudonyms, and saw them before each rotation of the key."""
    keys = [Key((generation,)) for generation in open_key().generations]
    return {_pseudonym(key.hash(f"{partner}|{i}", Purpose.VIEWS)) for i in ids for key in keys}


def _renamed(table: pa.Table, columns: tuple[str, ...], partner: str) -> pa.Table:
    for column in (c for c in columns if c in table.column_names):
        values = pd.Series(table.column(column).to_pylist(), dtype=object)
        filled = values[values.notna()]
        values.loc[filled.index] = pseudonyms(filled.astype(str).tolist(), partner)
        table = _with_column(table, column, pa.array(values.tolist(), pa.string()))
    return table
