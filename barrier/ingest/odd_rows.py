"""Rows that are none of the table's by how their key is written: totals by name, lines below it, units, a second table.

Rule: an odd key alone sets nothing aside and is told; what else stands in the row, and where it is, must say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.no_rows import FOOTER, TOTALS
from barrier.ingest.plain_words import known_words
from barrier.ingest.rawtable import Doubt, RawTable, Rows
from barrier.printable import counted

Mask = npt.NDArray[np.bool_]
_TOTAL_NAMED = re.compile(
    r"(?i)(?:(?:sub|eind|grand |sub-)?(?:totaa?l|totals|totalen)|som|sum|summe|gesamt|gemiddeld(?:e)?|average|mean"
    r"|mediaan|median|minimum|maximum|aantal|count)\b(?![-_.]\w).*|.*\s(?:totaa?l|totals|totalen|som|sum)\W*"
)
_TOTAL_WORD = re.compile(r"(?i)(?:sub|eind|grand )?(?:totaa?ls?|totalen|som|sum)\W*")
_NUMBER = re.compile(r"[-+]?[€$]?\s*[\d.,' \u00a0\u202f]*\d\s*(?:%|€|EUR|m2|m²)?-?", re.I)
_UNIT = re.compile(
    r"[(\[]?(?:te(?:ks|x)t|string|str|varchar|char|object|int(?:eger)?|int64|float(?:64)?|double|decimal|numeric|number"
    r"|num|getal|nummer|aantal|boolean|bool|logical|factor|date|datum|datetime|timestamp|time|tijd|category|code"
    r"|m2|m²|m\^2|eur|euro|€|%|st|stuks|jaar|jaren|year|years|dag|dagen|days|ja/nee|j/n|y/n|yes/no|true/false"
    r"|(?:dd|mm|yyyy|jjjj|d|m)(?:[-/.](?:dd|mm|yyyy|jjjj|d|m)){2}|-|\*)(?:\(\d+\))?[)\]]?",
    re.I,
)
_ODD = r"^[^0-9]*$|\s"
_QUOTED = r"^\s*['\x{2018}\x{2019}\x{201c}\x{201d}\x{201e}`\"=]"
_ID_FIRST = re.compile(r"[^\W\d]\w*[-_.:/]\w*\d")  # an id, whatever stands behind it
_ID_LIKE = re.compile(r"\w[-_.:/]\w")  # words put together as ids are, and never a line of prose
_MOST_ODD = 10_000  # rows that are looked at one by one
_HEADERS = frozenset(
    re.findall(
        r"\w+",
        "naam omschrijving beschrijving plaats nr code sleutel key titel title waarde value categorie category land "
        "country oppervlakte jaar year geboortejaar description toelichting opmerking",
    )
)
_UNIT_ROWS = 3  # below the header at most
_FEWEST = 5  # other rows, before an id without a digit is no id
_TOLD_FROM = 20  # rows, of which one in as many is told
_LINES = 3  # that are named as examples
UNITS = "a row of units or kinds below the header, and not one of the table; take it out"
SECOND = "the header of another table; expected one table in a file: deliver the other as a file of its own"
_OF_SECOND = "a row of another table, whose header stands on line {line:,}; deliver that as a file of its own"


def with_odd_rows(raw: RawTable, keys: Sequence[Sequence[str]]) -> tuple[RawTable, list[str]]:
    """Return a table in which rows that are none of it are doubted, and what to tell of others whose key is odd.

    Args:
        raw: The table.
        keys: The columns of each key.
    """
    columns = dict.fromkeys(key[0] for key in keys if key and key[0] in raw.table.column_names)
    told: list[str] = []
    for column in columns:
        rows = _KeyRows.of(raw, column)
        doubts = [d for d in rows.doubts() if len(d.rows)]
        raw = replace(raw, doubts=(*raw.doubts, *doubts))
        told += rows.notes(doubts)
    return raw, told


def quoted_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of ids that begin with a sign by which programs mark a text: kept, and perhaps not meant."""
    quoted = pc.fill_null(pc.match_substring_regex(raw.table.column(column), _QUOTED), False)
    rows = np.flatnonzero(quoted.to_numpy())
    if not len(rows):
        return []
    ids = "1 id begins" if len(rows) == 1 else f"{len(rows):,} ids begin"
    return [
        f"{raw.name}: {ids} with a quote, an apostrophe or = (such as line {raw.lines(rows[:1])[0]}), by which "
        "programs mark a text: kept as it stands; write it without"
    ]


@dataclass(frozen=True)
class _KeyRows:
    """The rows of a table by one column of its keys.

    Args:
        raw: The table.
        column: The column.
        cells: It, without blanks around its cells, empty where nothing stands.
        taken: Rows that are doubted as a whole already.
        wordy: Rows whose key has no digit or has blanks, however many there are.
        odd: Which rows have a key that is written as few others are: without a digit, or with blanks.
        regular: How many have one that is not.
    """

    raw: RawTable
    column: str
    cells: pa.ChunkedArray
    taken: Mask
    wordy: Rows
    odd: Mask
    regular: int

    @classmethod
    def of(cls, raw: RawTable, column: str) -> _KeyRows:
        """Look at a column of keys."""
        cells = pc.utf8_trim_whitespace(pc.fill_null(raw.table.column(column), ""))
        size, taken = raw.table.num_rows, np.zeros(raw.table.num_rows, dtype=bool)
        for doubt in raw.doubted(""):
            taken[doubt.rows] = True
        odd = np.zeros(size, dtype=bool)
        may_be = np.flatnonzero(pc.match_substring_regex(cells, _ODD).to_numpy() & ~taken)
        if not len(may_be):
            return cls(raw, column, cells, taken, may_be, odd, size)
        some = cells.take(pa.array(may_be))
        filled = pc.not_equal(some, "").to_numpy()
        rest = size - int(taken.sum()) - int((~filled).sum())
        for is_kind in (
            pc.invert(pc.match_substring_regex(some, "[0-9]")).to_numpy(),
            pc.match_substring_regex(some, r"\s").to_numpy(),
        ):
            rows = may_be[is_kind & filled]
            if 3 * len(rows) <= rest and len(rows) <= _MOST_ODD:  # two of three are written otherwise
                odd[rows] = True
        return cls(raw, column, cells, taken, may_be, odd, rest - int(odd.sum()))

    def doubts(self) -> Iterator[Doubt]:
        """Yield the rows that are none of the table's, and why."""
        left = ~self.taken
        for rows, reason in (*self._second_tables(), (self._units(), UNITS), *self._odd_ones()):
            mask = np.zeros(len(left), dtype=bool)
            mask[rows] = True
            here = np.flatnonzero(mask & left)
            left[here] = False
            yield Doubt(here, "", "text", reason)

    def _row(self, row: int) -> dict[str, str]:
        """Return what is filled in a row, by column."""
        cells = self.raw.table.slice(row, 1).to_pylist()[0]
        return {c: v.strip() for c, v in cells.items() if v is not None and v.strip()}

    def _second_tables(self) -> Iterator[tuple[Rows, str]]:
        """Yield the headers of other tables further down, and the rows below each up to the next header."""
        heads = [row for row in self._may_be_headers() if self._is_header(row)]
        own = [int(r) for d in self.raw.doubted("") if d.reason.startswith("the header stands") for r in d.rows]
        for head in heads:
            end = min([r for r in (*heads, *own) if r > head], default=self.raw.table.num_rows)
            yield np.array([head]), SECOND
            line = int(self.raw.lines(np.array([head]))[0])
            yield np.arange(head + 1, end), _OF_SECOND.format(line=line)

    def _may_be_headers(self) -> Rows:
        """Return the rows whose key is a word for a column, or is odd and stands below an empty line."""
        named = pc.is_in(_forms(self.cells.take(pa.array(self.wordy))), value_set=pa.array(self._words(), pa.string()))
        return np.union1d(self.wordy[named.to_numpy()], self._below_a_gap())

    def _words(self) -> list[str]:
        return sorted({*known_words(), *_HEADERS, *_forms(pa.array(self.raw.table.column_names)).to_pylist()})

    def _below_a_gap(self) -> Rows:
        """Return the rows with an odd key above which a line is empty, but for the last row."""
        rows = np.flatnonzero(self.odd)
        rows = rows[(rows > 0) & (rows < len(self.odd) - 1)]
        far = rows[self.raw.lines(rows) - self.raw.lines(rows - 1) > 1] if len(rows) else rows
        return np.array([r for r in far.tolist() if not any("\n" in c for c in self._row(r - 1).values())], np.int64)

    def _is_header(self, row: int) -> bool:
        filled = [*self._row(row).values()]
        if len(filled) < 2 or any(re.search(r"\d", cell) for cell in filled):
            return False
        return set(_forms(pa.array(filled)).to_pylist()) <= {*self._words()} or (row in self._below_a_gap())

    def _units(self) -> Rows:
        """Return the first rows if each of their cells is a unit or a kind of value."""
        found = []
        for row in range(min(_UNIT_ROWS, len(self.odd))):
            filled = self._row(row)
            if len(filled) < 2 or not all(_UNIT.fullmatch(cell) for cell in filled.values()):
                break
            found.append(row)
        return np.array(found, dtype=np.int64)

    def _odd_ones(self) -> Iterator[tuple[Rows, str]]:
        """Yield rows with an odd key that total others, or in which nothing else is filled."""
        totals, lines = [], []
        for row in np.flatnonzero(self.odd).tolist():
            filled = self._row(row)
            others = [cell for column, cell in filled.items() if column != self.column]
            if self.regular and _totals(filled[self.column], others):
                totals.append(row)
            elif not others and self._is_line(row, filled[self.column]):
                lines.append(row)
        yield np.array(totals, dtype=np.int64), TOTALS
        yield np.array(lines, dtype=np.int64), FOOTER

    def _is_line(self, row: int, text: str) -> bool:
        """Return whether a row with nothing but an odd key is a line about the table."""
        if self.raw.table.num_columns < 2 or self._mostly_lone():
            return False
        if re.search(r"\s", text):
            return self.regular >= 2 and not _ID_FIRST.match(text)
        if _ID_LIKE.search(text):
            return False
        at_an_end = row == 0 or bool((self.odd | self.taken)[row:].all())
        return at_an_end and self.regular >= _FEWEST

    def _mostly_lone(self) -> bool:
        """Return whether in half of the rows or more nothing but the key is filled."""
        lone = np.ones(len(self.odd), dtype=bool)
        for name, column in zip(self.raw.table.column_names, self.raw.table.columns, strict=True):
            if name != self.column:
                lone &= column.is_null().to_numpy()
        return bool(2 * lone.sum() >= len(lone))

    def notes(self, doubts: Sequence[Doubt]) -> list[str]:
        """Return what to tell of rows whose key is odd and that are kept."""
        odd = self.odd.copy()
        for doubt in doubts:
            odd[doubt.rows] = False
        rows = np.array([r for r in np.flatnonzero(odd).tolist() if not _is_id(self.cells[r].as_py())], dtype=np.int64)
        named = [r for r in rows.tolist() if _TOTAL_NAMED.fullmatch(self.cells[r].as_py())]
        if not named and (not len(rows) or len(self.odd) < _TOLD_FROM * len(rows)):
            return []
        told = np.array(rows if len(self.odd) >= _TOLD_FROM * len(rows) else named)
        lines = ", ".join(f"{n:,}" for n in self.raw.lines(told[:_LINES])) + (", …" if len(told) > _LINES else "")
        where = f"line{'' if len(told) == 1 else 's'} {lines}"
        return [
            f"{self.raw.name}: {counted(len(told), 'row')} ({where}) with a key that is not written as the "
            "others are, without a digit or with blanks: kept; take out what is no row"
        ]


def _is_id(key: str) -> bool:
    """Return whether a key is words put together as ids are (`room-lender`), and no total of that form."""
    return _ID_LIKE.search(key) is not None and not re.search(r"\s", key) and _TOTAL_NAMED.fullmatch(key) is None


def _forms(cells: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return texts as names of columns are compared."""
    return pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(cells)), r"[\s-]+", "_")


def _totals(key: str, others: Sequence[str]) -> bool:
    """Return whether a key is called like a total, and all else in its row can be one."""
    numbers = [c for c in others if _TOTAL_WORD.fullmatch(c) is None]
    return _TOTAL_NAMED.fullmatch(key) is not None and all(_NUMBER.fullmatch(c) for c in numbers)
