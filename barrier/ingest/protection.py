"""What is protected in a delivery, what is known only through it, and leaving both out.

Rule: when in doubt it is protected: a row that is set aside, or one of two rows with the same id, protects too. Nothing
here is ever written; the ids live as long as the region in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.hidden_ids import hidden_texts
from barrier.ingest.lookalikes import folded, look_alike, shown
from barrier.ingest.lost_digits import may_be_scientific
from barrier.ingest.ragged import ids_in_doubt
from barrier.ingest.rawtable import UNREADABLE
from barrier.ingest.reader import RawTable
from barrier.model.kinds import PLACE, about, known_by, lived_at, protectable
from barrier.model.schema import PROTECTED
from barrier.model.words import NO
from barrier.printable import counted
from barrier.store.tables import GraphTables, LinkTable

COLUMN = PROTECTED
_NOT = ("", "-", *NO)
_RAGGED = "a row with too many or too few cells may protect an id that cannot be read"
_AS_TEXT = "format the column of ids as text, write what was meant, and deliver the file again"
Flag = tuple[str, str]  # label and id
Ends = tuple[pa.ChunkedArray, pa.ChunkedArray]  # ids of sources and of targets
NO_LINKS: Mapping[str, Sequence[Ends]] = {}
_Row = tuple[str, str, str]  # kind of link, label and id of the other end
_Tie = tuple[str, str, str, str, str]  # kind of link, ids of source and target, their labels


@dataclass(frozen=True)
class Protected:
    """The protected nodes of a delivery.

    Args:
        persons: Ids of protected persons.
        places: Ids of protected addresses.
        neighbours: Ids of nodes known only through these.
        homes: Ids of ordinary addresses where one of these persons is registered or stays; they stay.
    """

    persons: frozenset[str] = field(default=frozenset(), repr=False)
    places: frozenset[str] = field(default=frozenset(), repr=False)
    neighbours: frozenset[str] = field(default=frozenset(), repr=False)
    homes: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def ids(self) -> frozenset[str]:
        """All ids of which no trace may stay."""
        return self.persons | self.places | self.neighbours

    def count(self) -> int:
        """Return how many persons and places are protected; one in several spellings counts once."""
        return distinct(self.persons) + distinct(self.places)

    def spelled(self, persons: Iterable[str], places: Iterable[str]) -> Protected:
        """Return the same with those of some ids that are these in another spelling."""
        return replace(
            self,
            persons=_spelled(self.persons, _array(persons)),
            places=_spelled(self.places, _array(places)),
        )


NOTHING = Protected()


def distinct(ids: Iterable[str]) -> int:
    """Return how many ids there are; one in several spellings counts once."""
    return len({*_texts(folded(_array(ids)))})


def protected_rows(raw: RawTable, label: str) -> frozenset[Flag]:
    """Return what a delivered table of nodes protects, in rows that are set aside too.

    Args:
        raw: The table as delivered.
        label: Label of its nodes.
    """
    if label not in protectable() or not {"id", COLUMN} <= set(raw.table.column_names):
        return frozenset()
    rows = pc.invert(is_plain_no(raw.table.column(COLUMN)))
    ids = pc.utf8_trim_whitespace(pc.fill_null(raw.table.column("id").filter(rows), ""))
    doubtful = ids_in_doubt(raw, COLUMN)
    return frozenset((label, i) for i in {*pc.unique(ids).to_pylist(), *doubtful, *hidden_texts(doubtful, label)} if i)


def with_lookalikes(raw: RawTable, label: str) -> tuple[RawTable, list[str]]:
    """Return a delivered table of nodes in which what looks like a protected id is protected too, and what to tell.

    Args:
        raw: The table as delivered, before its ids are hashed.
        label: Label of its nodes.
    """
    if label not in protectable() or not {"id", COLUMN} <= set(raw.table.column_names):
        return raw, []
    flags, ids = raw.table.column(COLUMN), raw.table.column("id")
    protects = pc.invert(is_plain_no(flags))
    secret = _array({*ids.filter(protects).to_pylist(), *ids_in_doubt(raw, COLUMN)} - {None})
    if not len(secret):
        return raw, []
    more = pc.and_(look_alike(ids, secret), pc.invert(protects))
    if not pc.any(more).as_py():
        return raw, []
    place = raw.table.column_names.index(COLUMN)
    told = f"{counted(int(pc.sum(more).as_py()), 'row')} without the flag"
    note = f"{raw.name}: {told}, of an id that is protected in another row, in whatever spelling: protected too"
    return replace(raw, table=raw.table.set_column(place, COLUMN, pc.if_else(more, "true", flags))), [note]


def with_alike_keys(flags: pd.Series, keys: pd.Series) -> pd.Series:
    """Return a column of flags in which every key that looks like a protected one protects too."""
    flagged = is_flagged(flags).to_numpy()
    texts = pa.chunked_array([pa.array(keys, pa.string(), from_pandas=True)])
    secret = pc.drop_null(texts.filter(pa.array(flagged)))
    if not len(secret):
        return flags
    return flags.mask(look_alike(texts, secret).to_numpy() & ~flagged, "true")


def check_ids(raw: RawTable, label: str) -> None:
    """Refuse a table of nodes in which a row protects, and the reader of the file cannot say what.

    Args:
        raw: The table as delivered.
        label: Label of its nodes.

    Raises:
        InputError: The id of such a row is a date, an error, a number without its last digits or in scientific
            notation: which node is meant cannot be known.
    """
    if label not in protectable() or not {"id", COLUMN} <= set(raw.table.column_names):
        return
    protects = pc.invert(is_plain_no(raw.table.column(COLUMN))).to_numpy().astype(bool)
    doubts = [*raw.doubted_texts("id", key=True), *(d for d in raw.doubted("id") if d.kind in UNREADABLE)]
    unread = np.zeros(raw.table.num_rows, dtype=bool)
    for doubt in doubts:
        unread[doubt.rows] = True
    secret = np.flatnonzero(protects)
    unread[secret[may_be_scientific(raw.table.column("id").take(pa.array(secret)).to_pylist())]] = True
    lines = raw.lines(np.flatnonzero(unread & protects))
    if len(lines):
        told = f"line {lines[0]:,}" + (f" and {len(lines) - 1:,} more" if len(lines) > 1 else "")
        raise InputError([f"{raw.name}: {told}: protected, and the id of it cannot be read"], hint=_AS_TEXT)
    if may_be_scientific(sorted(ids_in_doubt(raw, COLUMN))).any():
        raise InputError([f"{raw.name}: {_RAGGED}"], hint=_AS_TEXT)


def is_plain_no(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which cells of a column of flags, as delivered, are empty or a plain no; all others protect."""
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(column, "")))
    return pc.is_in(texts, value_set=pa.array(_NOT))


def is_flagged(column: pd.Series) -> pd.Series:
    """Return which cells of a column of flags, as delivered, protect: all but empty ones and a plain no."""
    plain: pd.Series = column.fillna("").astype(str).str.strip().str.lower().isin(_NOT)
    return ~plain


def withhold_protected(
    tables: GraphTables, flagged: Set[Flag] = frozenset(), aside: Mapping[str, Sequence[Ends]] = NO_LINKS
) -> tuple[GraphTables, Protected]:
    """Leave protected persons and addresses out, with their links and all that is known only through them.

    Args:
        tables: The rows that were delivered and are good.
        flagged: What was protected by any delivered row, good or set aside.
        aside: Both ends of the links in rows that are set aside, by type: a contact of somebody protected goes too
            where the row that says so is not good.

    Returns:
        What remains, and what was left out.
    """
    persons, places = (
        _spelled(
            _secret(tables.table(label), [i for of, i in flagged if of == label]), tables.table(label).column("id")
        )
        for label in protectable()
    )
    if not persons and not places:
        return tables, NOTHING
    hidden = persons | places
    columns = [end for parts in aside.values() for pair in parts for end in pair]
    ends = _array({i for column in columns for i in _texts(pc.unique(column)) if i})
    of_label = zip(protectable(), (_spelled(ids, ends) for ids in (persons, places)), strict=True)
    neighbours = known_only_through(tables, {i: label for label, ids in of_label for i in ids}, aside)
    left_out = pa.array(sorted(hidden | neighbours), pa.string())
    kept = {label: _names_none(table, ["id"], left_out) for label, table in tables.nodes.items()}
    kept |= {n: _names_none(link.table, ["source_id", "target_id"], left_out) for n, link in tables.links.items()}
    left = tables.filter({name: mask for name, mask in kept.items() if not pc.all(mask).as_py()})
    return left, Protected(persons, places, neighbours, _homes(tables, left_out) - hidden)


def _homes(tables: GraphTables, persons: pa.Array) -> frozenset[str]:
    """Return the addresses where some persons are registered or stay."""
    found: set[str] = set()
    for kind in {*lived_at()} & tables.links.keys():
        link = tables.links[kind].table
        found.update(link.column("target_id").filter(pc.is_in(link.column("source_id"), value_set=persons)).to_pylist())
    return frozenset(found)


def known_only_through(
    tables: GraphTables, hidden: Mapping[str, str], aside: Mapping[str, Sequence[Ends]] = NO_LINKS
) -> frozenset[str]:
    """Return the nodes that are known only through hidden ones.

    Without the hidden nodes, what was tied to them falls into parts. A part is known otherwise where it holds a node
    tied to an ordinary one of a label by which the schema says it is known (`known_by`): an ordinary address, or for a
    business without a seat at a hidden address a person, business or licence; any other part goes. A node of a label
    of which the schema says nothing holds no part. A signal, visit or licence goes with what it is about, whatever
    else it is tied to. An ordinary address never goes.

    Args:
        tables: The graph.
        hidden: Label of each protected node, by id; also of one whose own row is set aside.
        aside: Both ends of the links in rows that are set aside, by type; those of hidden nodes tie too.
    """
    around = _Around(tables, _ties(tables, hidden, aside))
    gone = set(hidden)
    around.expand(gone)
    while True:
        lost = _cut_off(around, gone) | _about_gone(around, gone)
        if not lost:
            return frozenset(gone - hidden.keys())
        gone |= lost
        around.expand(lost)


def _cut_off(around: _Around, gone: Set[str]) -> set[str]:
    """Return the nodes of all parts beside what is gone that are not known otherwise."""
    seen: set[str] = set()
    fixed: set[str] = set()
    look = around.beside(gone) - gone
    while look:
        around.expand(look)
        seen |= look
        found = {n for n in look if around.is_known(n, gone)}
        fixed |= found
        look = around.beside(look - found) - seen - gone
    reached, grow = set(fixed), set(fixed)
    while grow:
        grow = (around.beside(grow) & seen) - reached - gone
        reached |= grow
    return seen - reached


def _about_gone(around: _Around, gone: Set[str]) -> set[str]:
    """Return the signals, visits and licences whose every subject is gone."""
    lost = set()
    for node in around.beside(gone) - gone:
        kinds = about(around.labels[node])
        subjects = [other for name, _, other in around.rows[node] if name in kinds]
        if subjects and gone >= set(subjects):
            lost.add(node)
    return lost


class _Around:
    """The links around some nodes of a graph, taken from its tables when they are asked for."""

    def __init__(self, tables: GraphTables, ties: Sequence[_Tie] = ()) -> None:
        self.tables = tables
        self.ties = ties
        self.rows: dict[str, list[_Row]] = {}
        self.labels: dict[str, str] = {}

    def expand(self, nodes: Iterable[str]) -> None:
        """Take in all links of some nodes."""
        asked = {n for n in nodes if n not in self.rows}
        if not asked:
            return
        self.rows |= {n: [] for n in asked}
        values = pa.array(sorted(asked), pa.string())
        for name, link in self.tables.links.items():
            near = _touching(link, values)
            ends = [near.table.column(c).to_pylist() for c in ("source_id", "target_id")]
            labels = near.source_labels.to_pylist(), near.target_labels.to_pylist()
            self._take(name, zip(*ends, *labels, strict=True), asked)
        for name, *tie in self.ties:
            self._take(name, [tie], asked)

    def _take(self, name: str, links: Iterable[Sequence[str]], asked: Set[str]) -> None:
        for source, target, of_source, of_target in links:
            self.labels[source], self.labels[target] = of_source, of_target
            if source in asked:
                self.rows[source].append((name, of_target, target))
            if target in asked:
                self.rows[target].append((name, of_source, source))

    def beside(self, nodes: Iterable[str]) -> set[str]:
        """Return the nodes that links of some nodes lead to, addresses left out."""
        return {o for n in nodes for _, label, o in self.rows.get(n, ()) if label != PLACE}

    def is_known(self, node: str, gone: Set[str]) -> bool:
        """Return whether a node is known otherwise than through what is gone."""
        wanted = known_by(self.labels[node])
        left = {label for _, label, other in self.rows[node] if other not in gone} & {*wanted}
        if PLACE in left or not left:
            return PLACE in left
        return not any(label == PLACE for _, label, other in self.rows[node] if other in gone)


def _ties(tables: GraphTables, hidden: Mapping[str, str], aside: Mapping[str, Sequence[Ends]]) -> list[_Tie]:
    """Return the links in rows that are set aside that join a hidden node with another node of the graph."""
    secret = pa.array(sorted(hidden), pa.string())
    found = []
    for name, parts in aside.items():
        for ends in parts:
            named = pc.or_(*(pc.is_in(column, value_set=secret) for column in ends))
            found += [(name, *pair) for pair in zip(*(c.filter(named).to_pylist() for c in ends), strict=True)]
    if not found:
        return []
    asked = pa.array(sorted({i for _, *pair in found for i in pair if i}), pa.string())
    labels: dict[str, str] = {**hidden}
    for label in tables.nodes:
        ids = tables.table(label).column("id")
        labels |= dict.fromkeys(ids.filter(pc.is_in(ids, value_set=asked)).to_pylist(), label)
    return [(n, s, t, labels[s], labels[t]) for n, s, t in found if s in labels and t in labels]


def _touching(link: LinkTable, ids: pa.Array) -> LinkTable:
    ends = [pc.is_in(link.table.column(c), value_set=ids) for c in ("source_id", "target_id")]
    return link.filter(pc.or_(*ends))


def _names_none(table: pa.Table, columns: Sequence[str], ids: pa.Array) -> pa.BooleanArray:
    """Return the rows that name none of the ids in any of the columns."""
    named = [pc.is_in(table.column(c).combine_chunks(), value_set=ids) for c in columns]
    return pc.invert(named[0] if len(named) == 1 else pc.or_(*named))


def _secret(table: pa.Table, flagged: Sequence[str]) -> frozenset[str]:
    secret = table.column("id").filter(pc.fill_null(table.column(COLUMN), False))
    return frozenset([*secret.to_pylist(), *flagged])


def _array(ids: Iterable[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(sorted(ids), pa.string())])


def _texts(ids: pa.ChunkedArray) -> list[str]:
    found: list[str] = ids.to_pylist()
    return found


def _spelled(secret: frozenset[str], ids: pa.ChunkedArray) -> frozenset[str]:
    """Return secret ids as they stand, as they are seen, and what looks like one of them among some ids."""
    if not secret:
        return secret
    given = _array(secret)
    there = ids.filter(look_alike(ids, given))
    return frozenset(i for i in (*secret, *_texts(shown(given)), *_texts(there)) if i)
