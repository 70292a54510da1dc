"""Ids of delivered tables that are values in clear: in their place comes a keyed hash, in every file alike.

Rule: done before anything else looks at the rows; what is said of it is how many and of what kind, never which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.clear_values import HASHED, Clear, business_value, contact_value, opaque, other_value, person_value
from barrier.ingest.limits import MAX_ID
from barrier.ingest.listed import listed
from barrier.ingest.lost_digits import scientific_ids
from barrier.ingest.placeholders import Placeholders
from barrier.ingest.reader import RawTable
from barrier.ingest.row_notes import row_note
from barrier.ingest.several_contacts import several_contacts
from barrier.keys import Purpose, open_key
from barrier.model.kinds import ids_of
from barrier.model.schema import schema

CONTACT, PERSON, BUSINESS = "contact", "person", "business"  # how ids are looked at (`ids` in the schema)
SIGNAL = "Signal"
_LETTERS = "correspondence"  # by whatever way
_OTHER_KIND = "with another kind than that of the id, which is a value in clear: kept; write the kind it is"
_ENDS = ("source_id", "target_id")
_REACHED = r"@|://|[Ww][Ww][Ww]\.|(\d[^\d]{0,3}){8}"  # what may be a way to reach somebody, or a number of somebody


@dataclass(frozen=True)
class Renamed:
    """What became of the ids of one node table.

    Args:
        ids: The hashed id by the id as delivered, of those that were values in clear.
        all_hashed: Every id that is a hash of the reader, so that links in other spellings are joined.
        several: For contacts, the ids in which more than one stands, as delivered, and of what.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    all_hashed: frozenset[str] = frozenset()
    several: Mapping[str, str] = field(default_factory=dict, repr=False)


def hide_node_ids(raw: RawTable, label: str, words: Placeholders) -> tuple[RawTable, Renamed, list[str]]:
    """Return a node table with hashes in place of ids that are values in clear, which they are, and what to tell.

    Args:
        raw: The table.
        label: Label of its nodes.
        words: Words that stand for nothing: they stay, so that their rows are set aside, as do several contacts in one.
    """
    delivered = raw.table.column("id")
    kind = ids_of(label)
    if not pc.any(_may_be_values(delivered, label)).as_py() and kind != CONTACT:
        return raw, Renamed(), []
    ids = _trimmed(delivered)
    forms = raw.table.column("legal_form") if kind == BUSINESS and "legal_form" in raw.table.column_names else None
    told = _clear(ids, label, forms)
    for word in words.among(told, whole_key=kind == CONTACT):
        del told[word]
    several = {t: of for t in told if (of := several_contacts(t))} if kind == CONTACT else {}
    told = {text: clear for text, clear in told.items() if text not in several}
    other_kinds = _other_kinds(raw, label, ids, told) if kind == CONTACT else []
    hashed = _hashed(told, label)
    if hashed:
        raw = replace(raw, table=_replaced(raw.table, "id", ids, hashed))
    new = raw.table.column("id")
    every = frozenset(pc.unique(new.filter(pc.fill_null(pc.starts_with(new, HASHED), False))).to_pylist())
    if not hashed:
        return raw, Renamed(all_hashed=every, several=several), []
    raw, other_spellings = _one_a_value(raw, ids, hashed) if kind == CONTACT else (raw, 0)
    notes = [f"{raw.name}: {_counted(told)}: kept as keyed hashes only", *other_kinds]
    if other_spellings:
        notes.append(f"{raw.name}: {other_spellings:,} ids were other spellings of one that stands there: taken as one")
    return raw, Renamed(hashed, every, several), notes


def _other_kinds(raw: RawTable, label: str, ids: pa.ChunkedArray, told: Mapping[str, Clear]) -> list[str]:
    """Return what to tell of contacts of which the kind says something else than the value in clear."""
    if "kind" not in raw.table.column_names or not told:
        return []
    kinds = schema().labels[label].properties["kind"].values
    sure = {t: c.kind for t, c in told.items() if c.kind in kinds}
    of = pa.array(list(sure.values()), pa.string()).take(
        pc.index_in(ids, value_set=pa.array(list(sure), pa.string())).combine_chunks()
    )
    cells = raw.table.column("kind").combine_chunks()
    said = {t: listed(t.strip(), kinds) for t in pc.unique(cells).drop_null().to_pylist()}
    known = pa.array([said[t] if t is not None else None for t in pc.unique(cells).to_pylist()], pa.string())
    given = known.take(pc.index_in(cells, value_set=pc.unique(cells)))
    marked = pc.fill_null(pc.and_(pc.not_equal(given, of), pc.not_equal(given, _LETTERS)), False)
    rows = np.asarray(marked.to_numpy(zero_copy_only=False), dtype=bool)
    return [row_note(raw, "kind", rows, _OTHER_KIND)] if rows.any() else []


def hide_ends(raw: RawTable, name: str, renamed: Mapping[str, Renamed]) -> RawTable:
    """Return a link table with the same hashes at its ends."""
    kind = schema().relationships[name]
    for column, labels in zip(_ENDS, (kind.sources, kind.targets), strict=True):
        here = {old: new for label in labels for old, new in renamed.get(label, Renamed()).ids.items()}
        hashed = {label: known for label in labels if label in renamed and (known := renamed[label].all_hashed)}
        if not here and not hashed:
            continue
        ids = _trimmed(raw.table.column(column))
        left = pc.unique(ids.filter(pc.invert(pc.is_in(ids, value_set=pa.array(list(here), pa.string())))))
        for label, known in hashed.items():  # in another spelling than in the table of its nodes
            others = _clear(pa.chunked_array([left]), label, None)
            here |= {old: new for old, new in _hashed(others, label).items() if new in known}
        if here:
            raw = replace(raw, table=_replaced(raw.table, column, ids, here))
    return raw


def hide_texts(raw: RawTable, column: str) -> tuple[RawTable, list[str]]:
    """Return a table with hashes in place of texts of a column that are values in clear, and what to tell.

    Who reported something is now and then written down by phone number; equal ones stay equal.
    """
    if column not in raw.table.column_names:
        return raw, []
    texts = _trimmed(raw.table.column(column))
    distinct = pc.unique(texts).drop_null()
    found = _clear(pa.chunked_array([distinct.filter(pc.match_substring_regex(distinct, _REACHED))]), SIGNAL, None)
    if not found:
        return raw, []
    told = {text: contact_value(text) or clear for text, clear in found.items()}  # one in several spellings is one
    kinds = ", ".join(f"{kind} {n:,}" for kind, n in sorted(Counter(c.kind for c in told.values()).items()))
    note = f"{raw.name}: {column}: values in clear ({kinds}): kept as keyed hashes only"
    return replace(raw, table=_replaced(raw.table, column, texts, _hashed(told, SIGNAL))), [note]


def hidden_texts(texts: Collection[str], label: str) -> frozenset[str]:
    """Return the hashes that stand in place of those of some ids that are values in clear."""
    if not texts:
        return frozenset()
    ids = pa.chunked_array([pa.array(sorted(texts), pa.string())])
    return frozenset(_hashed(_clear(ids, label, None), label).values())


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_trim_whitespace(column)


def _clear(ids: pa.ChunkedArray, label: str, forms: pa.ChunkedArray | None) -> dict[str, Clear]:
    """Return what each id that is a value is in clear."""
    short = pc.fill_null(pc.less_equal(pc.utf8_length(ids), MAX_ID), False)  # what is longer is set aside
    lost = scientific_ids(ids) if label != SIGNAL else None
    if lost is not None:  # and so is what lost its digits: no number is made of it
        short = pc.and_not(short, pc.fill_null(lost, False))
    looked_at = pc.and_(short, _may_be_values(ids, label))
    if not pc.any(looked_at).as_py():
        return {}
    texts = ids.filter(looked_at)
    if ids_of(label) == BUSINESS:
        legal = forms.filter(looked_at).to_pylist() if forms is not None else [None] * len(texts)
        found = {text: business_value(text, form) for text, form in zip(texts.to_pylist(), legal, strict=True)}
    else:
        tell = {CONTACT: contact_value, PERSON: person_value}.get(ids_of(label), other_value)
        found = {text: tell(text) for text in pc.unique(texts).to_pylist()}
    return {text: told for text, told in found.items() if told is not None}


def _may_be_values(ids: pa.ChunkedArray, label: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.invert(pc.match_substring_regex(ids, opaque(ids_of(label)))), False)


def _hashed(told: Mapping[str, Clear], label: str) -> dict[str, str]:
    """Return the hashed id of each value; a contact by its one form, anything else as it stands."""
    if not told:
        return {}
    key = open_key()
    scope = "" if ids_of(label) == CONTACT else f"{label} "
    return {text: f"{HASHED}{c.kind}-{key.hash(scope + c.normal, Purpose.CONTACTS)}" for text, c in told.items()}


def _replaced(table: pa.Table, column: str, ids: pa.ChunkedArray, hashed: Mapping[str, str]) -> pa.Table:
    old, new = pa.array(list(hashed), pa.string()), pa.array(list(hashed.values()), pa.string())
    values = pc.coalesce(new.take(pc.index_in(ids, value_set=old).combine_chunks()), ids.combine_chunks())
    return table.set_column(table.column_names.index(column), column, pa.chunked_array([values]))


def _one_a_value(raw: RawTable, delivered: pa.ChunkedArray, hashed: Mapping[str, str]) -> tuple[RawTable, int]:
    """Return the table with one row for a value that stands there in several spellings: the first."""
    first: dict[str, str] = {}
    extra = np.zeros(raw.table.num_rows, dtype=bool)
    places = np.flatnonzero(pc.is_in(delivered, value_set=pa.array(list(hashed), pa.string())).to_numpy())
    found = delivered.take(pa.array(places)).combine_chunks().dictionary_encode()  # in the order of the rows
    other = [first.setdefault(hashed[text], text) != text for text in found.dictionary.to_pylist()]
    extra[places] = np.array(other, dtype=bool)[found.indices.to_numpy()]
    if not extra.any():
        return raw, 0
    return raw.folded_to(np.flatnonzero(~extra)), int(extra.sum())


def _counted(told: Mapping[str, Clear]) -> str:
    kinds = Counter(c.kind for c in told.values())
    parts = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    total = sum(kinds.values())
    return f"{total:,} {'id was a value' if total == 1 else 'ids were values'} in clear ({parts})"
