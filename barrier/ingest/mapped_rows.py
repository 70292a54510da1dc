"""One delivered table read through a mapping: what its rows make, and what became of each row.

Rule: a row is used, set aside with its line, equal to an earlier one, or left out by `where`; what it protects counts
whatever becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from barrier.errors import InputError
from barrier.ingest.cells import OWN_CELLS
from barrier.ingest.decimal_signs import reading
from barrier.ingest.hashing import keyed_hashes
from barrier.ingest.key_cells import TOO_LONG, key_cells
from barrier.ingest.limits import MAX_ID, check_at_most, limits
from barrier.ingest.lost_digits import may_be_scientific
from barrier.ingest.made_dates import MADE_DATE, made_dates
from barrier.ingest.made_rows import KEY, LINE, Fate, Made
from barrier.ingest.mapped_cells import (
    Cells,
    Distinct,
    Mask,
    count_cells,
    counted_rows,
    no_words,
    property_cells,
    reversed_ends,
    unsure_rows,
)
from barrier.ingest.mapped_keys import OTHER_COLUMNS, OTHER_SIGN, Keys, Written, joined
from barrier.ingest.mapping_file import Identity, LinkMapping, NodeMapping, Part, SourceMapping, Value
from barrier.ingest.placeholders import Placeholders, word_form
from barrier.ingest.plain_words import shown_words
from barrier.ingest.protection import COLUMN, is_flagged
from barrier.ingest.rawtable import LIST, UNREADABLE, RawTable
from barrier.ingest.rejects import Rejects
from barrier.ingest.row_marks import RowMarks
from barrier.ingest.sheet_marks import ZEROS
from barrier.ingest.unread_links import UnreadLinks, unread_links
from barrier.model.kinds import protectable
from barrier.model.schema import Property

ENDS = ("source_id", "target_id")
_WORDS = 5
_PARTLY = "with a last day that is partly unknown: it may hold until the first day after that month or year"
_NO_END = "a part of the key of where it is registered is not filled or says nothing; a row that ends has none of them"
_LEAST_NAMED = 5  # characters of a key that is looked for in other texts: a shorter one is any number


@dataclass(frozen=True)
class Setting:
    """What holds for all tables of a delivery.

    Args:
        words: Words that stand for nothing.
        key_file: Key for hashed ids.
        rejects: Where rows that are wrong go.
        keys: What made the ids so far.
    """

    words: Placeholders
    key_file: Path | None
    rejects: Rejects
    keys: Keys = field(default_factory=Keys)


def read_rows(source: SourceMapping, raw: RawTable, setting: Setting) -> Made:
    """Return what the rows of a table make.

    Args:
        source: How they are read.
        raw: The table.
        setting: What holds for all tables of the delivery.
    """
    return _Reading(source, raw, setting).made()


class _Reading:
    """The rows of one table while they are read."""

    def __init__(self, source: SourceMapping, raw: RawTable, setting: Setting) -> None:
        self.source, self.raw, self.setting, self.words = source, raw, setting, setting.words
        self.size = raw.table.num_rows
        texts = {c: pd.Series(pd.array(raw.table.column(c).combine_chunks(), dtype="str")) for c in source.columns()}
        self.columns = {c: Distinct.of(texts[c], raw.numbers.get(c), raw.days(c)) for c in sorted(texts)}
        unsure = {c.column: unsure_rows(c, raw) for c in source.where}
        self.counted = counted_rows(self.columns, source.where, self.words, unsure)
        self.equal = self._equal()
        self.marks = RowMarks(raw, setting.rejects, self.counted & ~self.equal)
        self.lines = self.marks.lines
        self.named: set[str] = set()
        self.keys: dict[str, pd.Series] = {}  # before they are hashed
        told = [d for d in raw.doubts if d.column in ("", *source.columns())]
        for doubt in (*told, *(d for c in source.where for d in no_words(c, raw))):
            self.marks.doubt(doubt)

    def _unreadable(self, part: Part, identity: Identity) -> Mask:
        """Return the rows whose part of a key cannot be read: a date, an error, a number without its last digits."""
        rows = np.zeros(self.size, dtype=bool)
        passed = {LIST, "number"} if identity.hash else set()
        passed |= {ZEROS} if identity.width_of(part) else set()  # they come back
        doubts = [d for d in self.raw.doubted_texts(part.column, key=True) if d.kind not in passed]
        for doubt in (d for d in doubts if not (part.date and d.kind == "date")):
            self.marks.doubt(doubt)
            rows[doubt.rows] = True
        for doubt in (d for d in self.raw.doubted(part.column) if d.kind in UNREADABLE):
            rows[doubt.rows] = True
        return rows

    def made(self) -> Made:
        ids = {name: self._ids(name, node) for name, node in self.source.nodes.items()}
        properties = [self._properties(m.properties, m.kinds(), _owner(m)) for m in self._mappings()]
        for mapping, made in zip(self._mappings(), properties, strict=True):
            for rows, name, begins in reversed_ends(made, mapping.kinds(), mapping.properties):
                reason = f"{_owner(mapping)}.{name} lies before {begins}"
                made_here = rows & self._makes(mapping, ids) & ~self.marks.aside
                self.marks.set_aside(made_here, mapping.properties[name].column or "", reason)
        for link in (c for c in self.source.links if c.closing):
            moved = self._filled(ids[link.source]) & ~self._filled(ids[link.target]) & self._written(link.target)
            self.marks.set_aside(moved, self.source.nodes[link.target].id.columns[0].column, _NO_END)
        nothing = self.marks.good() & ~np.logical_or.reduce([self._filled(i) for i in ids.values()])
        self.marks.set_aside(nothing, "", "makes nothing: no key is filled in it")
        good = self.marks.good()
        tables: list[tuple[str, pd.DataFrame]] = []
        for mapping, made in zip(self._mappings(), properties, strict=True):
            if isinstance(mapping, NodeMapping):
                name = next(n for n, node in self.source.nodes.items() if node is mapping)
                self._protect(mapping, ids[name], made)
                tables.append((mapping.label, self._nodes(name, ids[name], made, good)))
            else:
                tables.append((mapping.type, self._links(mapping, ids, made, good)))
        fates = np.where(self.marks.aside, Fate.ASIDE, np.where(self.equal, Fate.EQUAL, Fate.USED))
        fates[~self.counted] = Fate.LEFT_OUT
        notes, named = list(dict.fromkeys(self.marks.notes)), frozenset(self.named)
        return Made(tables, fates.astype(np.int8), notes, named, self._unread(ids))

    def _unread(self, ids: Mapping[str, pd.Series]) -> dict[str, UnreadLinks]:
        """Return the links that the rows set aside would have made, as far as their keys can be read."""
        if not self.marks.aside.any():
            return {}
        found = {}
        for link in self.source.links:
            rows = self.marks.aside & self._written(link.source) & self._written(link.target)
            found[link.type] = unread_links(*(ids[name][rows[ids[name].index]] for name in (link.source, link.target)))
        return found

    def _written(self, name: str) -> Mask:
        """Return the rows in which something stands where the key of a node is."""
        node = self.source.nodes[name]
        texts = joined([self.columns[p.column].spelled() for p in node.id.columns])
        return np.asarray(texts.str.strip() != "", dtype=bool)

    def _mappings(self) -> Sequence[NodeMapping | LinkMapping]:
        return [*self.source.nodes.values(), *self.source.links]

    def _equal(self) -> Mask:
        """Return the rows that are equal to an earlier one in every column that the mapping makes something of."""
        codes = pd.DataFrame({c: self.columns[c].codes for c in sorted(self.source.made_of())})
        equal = np.zeros(self.size, dtype=bool)
        equal[self.counted] = codes[self.counted].duplicated().to_numpy() if len(codes.columns) else False
        return equal

    # ids

    def _ids(self, name: str, node: NodeMapping) -> pd.Series:
        """Return the id that each row makes, missing where a part that is required is empty."""
        identity = node.id
        texts = {part.column: self._part(node, part) for part in identity.columns}
        parts = [texts[p.column] for p in identity.columns]
        key = joined(parts)
        lacking = np.logical_or.reduce([texts[p.column].isna() for p in identity.columns if p.required])
        key = key.mask(lacking | (key == ""))
        self.keys[name] = key
        made = self._hashed(key) if identity.hash else key.str.replace(" ", "-", regex=False)
        ids: pd.Series = identity.prefix + made
        first = identity.columns[0].column
        if not identity.hash:
            self.marks.set_aside(self.setting.keys.in_other_signs(ids.where(self.marks.active), key), first, OTHER_SIGN)
        good = ids.where(self.marks.good())
        self.marks.set_aside(self.setting.keys.in_other_columns(identity.prefix, good, parts), first, OTHER_COLUMNS)
        self.marks.set_aside(_mask(ids.str.len() > MAX_ID), first, TOO_LONG)
        self._tell_spellings(name, identity, ids, parts)
        return ids if node.repeat is None else self._repeated(ids, node.repeat)

    def _part(self, node: NodeMapping, part: Part) -> pd.Series:
        """Return a part of a key in its normal form, missing where it is empty or stands for nothing."""
        read = key_cells(self.columns[part.column], part, node.id, node.form_of(part), self.words)
        for rows, text in read.told:
            self.marks.note(rows, text)
        unreadable = self._unreadable(part, node.id)
        for rows, reason in read.wrong:
            self.marks.set_aside(rows, part.column, reason)
        if not part.date:
            made = made_dates(self.raw.table.column(part.column)) & self.marks.active & ~unreadable
            self.marks.set_aside(made, part.column, MADE_DATE)
            unreadable |= made
        return read.texts.mask(unreadable)

    def _hashed(self, key: pd.Series) -> pd.Series:
        filled = key.notna()
        return keyed_hashes(key.fillna(""), self.setting.key_file).where(filled)

    def _tell_spellings(self, name: str, identity: Identity, ids: pd.Series, parts: Sequence[pd.Series]) -> None:
        """Tell that ids stand in several spellings, in this table or over several, with the lines of the first two."""
        cells = [self.columns[p.column].spelled() for p in identity.columns]
        written = Written(parts, cells, self.raw.name, pd.Series(self.lines))
        told = self.setting.keys.spelled(identity.prefix, ids.where(self.marks.good()), written)
        self.marks.notes += [f"{self.raw.name}: {one.text(name, self.lines)}" for one in told]

    def _repeated(self, ids: pd.Series, column: str) -> pd.Series:
        """Return ids with a number behind them, as many for each row as a column says."""
        counts = count_cells(self.columns[column])
        for rows, reason in counts.wrong:
            self.marks.set_aside(rows, column, f"expected a count: {reason}")
        if counts.decided is not None:
            self.marks.note(counts.decided, f"{column}: {{rows}} {reading(counts.sign)}")
        times = counts.values.astype("float64").fillna(0).where(self.marks.good(), 0)
        check_at_most(self.raw.name, f"nodes that {column} asks for", int(times.sum()), limits().rows)
        more = ids.loc[ids.index.repeat(times.astype("int64"))]
        return more + "-" + (more.groupby(level=0).cumcount() + 1).astype(str)

    def _filled(self, ids: pd.Series) -> Mask:
        filled = np.zeros(self.size, dtype=bool)
        filled[ids.index[ids.notna()]] = True
        return filled

    def _makes(self, mapping: NodeMapping | LinkMapping, ids: Mapping[str, pd.Series]) -> Mask:
        """Return the rows in which the keys of a node, or of both ends of a link, are filled."""
        if isinstance(mapping, LinkMapping):
            return self._filled(ids[mapping.source]) & (mapping.closing | self._filled(ids[mapping.target]))
        return self._filled(next(ids[n] for n, node in self.source.nodes.items() if node is mapping))

    # properties

    def _properties(
        self, wanted: Mapping[str, Value], known: Mapping[str, Property], owner: str
    ) -> dict[str, pd.Series]:
        return {name: self._property(name, value, known[name], owner) for name, value in wanted.items()}

    def _property(self, name: str, value: Value, prop: Property, owner: str) -> pd.Series:
        if value.column is None:
            return pd.Series([value.value] * self.size, dtype="str")
        column = self.columns[value.column]
        if prop.type not in OWN_CELLS:
            words = {word_form(w) for w in value.values}
            translated = column.rows([word_form(t) in words for t in column.texts])
            for doubt in self.raw.doubted_texts(value.column, key=False):
                self.marks.doubt(doubt, but_for=translated)
        cells = property_cells(column, value, prop, name, self.words)
        for rows, reason in cells.wrong:
            self.marks.set_aside(rows, value.column, f"{owner}.{name}: {reason}")
        where, taken = f"{value.column}: {{rows}}", "no entry of values" if value.values else "no match"
        self.marks.note(cells.nothing, f"{where} with a word that stands for nothing: no {name} of {owner}")
        self.marks.note(cells.untaken, f"{where} with a word that {taken} takes: no {name} of {owner}{_told(cells)}")
        if cells.partly is not None:
            self.marks.note(cells.partly, f"{value.column}: {{rows}} {_PARTLY}")
        if cells.decided is not None:
            self.marks.note(cells.decided, f"{value.column}: {{rows}} {reading(cells.sign)}")
        return cells.values

    # what is made

    def _protect(self, node: NodeMapping, ids: pd.Series, properties: Mapping[str, pd.Series]) -> None:
        """Keep how the keys of what is protected are written, and refuse a key that cannot be read.

        Raises:
            InputError: A row protects, and of what is not known.
        """
        if node.label not in protectable() or COLUMN not in properties or node.repeat is not None:
            return
        flagged = is_flagged(properties[COLUMN]).to_numpy()
        written = joined([self.columns[p.column].spelled() for p in node.id.columns])
        unread = ids.isna().to_numpy() & self.marks.aside & (written != "").to_numpy()
        secret = np.flatnonzero(flagged)
        unread[secret[may_be_scientific(written.iloc[secret].tolist())]] = True
        lost = np.flatnonzero(flagged & unread)
        if len(lost):
            told = f"{self.marks.shown(lost)}: protected, and the key of it cannot be read"
            raise InputError([f"{self.raw.name}: {told}"], hint="write the key as the mapping expects it")
        self.named |= {text for text in written[flagged].unique() if len(text) >= _LEAST_NAMED}

    def _nodes(self, name: str, ids: pd.Series, properties: Mapping[str, pd.Series], good: Mask) -> pd.DataFrame:
        at, label = ids.index.to_numpy(), self.source.nodes[name].label
        table = pd.DataFrame({"id": ids.to_numpy(), **{n: v.to_numpy()[at] for n, v in properties.items()}})
        table[LINE] = self.lines[at]
        if self.source.nodes[name].id.hash:  # else the ids themselves are compared
            table[KEY] = self.keys[name].to_numpy()[at]
        kept = good[at]
        if label in protectable() and COLUMN in properties:  # whatever else is wrong with the row
            flagged = is_flagged(table[COLUMN]).to_numpy() & ~kept
            table.loc[flagged, [c for c in properties if c != COLUMN]] = None
            kept = kept | flagged
        made: pd.DataFrame = table[kept & table["id"].notna().to_numpy()]
        return made

    def _links(
        self, link: LinkMapping, ids: Mapping[str, pd.Series], properties: Mapping[str, pd.Series], good: Mask
    ) -> pd.DataFrame:
        source, target = ids[link.source], ids[link.target]
        filled = self._filled(source), self._filled(target)
        sides = ((filled[0], filled[1], link.target), (filled[1], filled[0], link.source))
        for here, there, name in sides[1:] if link.closing else sides:
            if self.source.nodes[name].repeat is None:
                self.marks.note(good & here & ~there, f"{{rows}} without a key of {name}: no {link.type} is made")
        kept = good & filled[0] & (link.closing | filled[1])
        left = pd.DataFrame({ENDS[0]: source})[kept[source.index]].dropna()
        right = pd.DataFrame({ENDS[1]: target}).dropna()
        ends = left.join(right, how="left" if link.closing else "inner")
        at = ends.index.to_numpy()
        table = ends.reset_index(drop=True).assign(**{n: v.to_numpy()[at] for n, v in properties.items()})
        return table.assign(**{LINE: self.lines[at]})


def _owner(mapping: NodeMapping | LinkMapping) -> str:
    return mapping.label if isinstance(mapping, NodeMapping) else mapping.type


def _mask(rows: pd.Series) -> Mask:
    return np.asarray(rows.fillna(value=False), dtype=bool)


def _told(cells: Cells) -> str:
    return f": {shown_words(cells.words, most=_WORDS)}" if cells.words else ""
