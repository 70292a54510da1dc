"""A table as it was delivered: every cell text, where its rows stand, and what its reader could not take for granted.

Rule: a row that the reader doubts stays in the table, so that what it protects is seen; whoever uses its cells sets it
aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.plain_words import places
from barrier.ingest.quotes import Records
from barrier.ingest.sheet_marks import ZEROS

Rows = npt.NDArray[np.int64]
UNREADABLE = ("error", "formula", "number")  # kinds of doubted cells of which the value is not known
LIST, DATE = "list", "date"  # kinds of cells
_ODD_NUMBER = "a number that is not whole, of which zeros may be lost; expected the id as text"
LONG_NUMBER = "a number of more than 15 digits: its last digits are not kept; write the column as text"


@dataclass(frozen=True)
class Doubt:
    """Rows with something in a cell that its text does not show.

    Args:
        rows: Which rows of the table (0-based), in rising order.
        column: The column, whose cells are not to be used; empty where it is the whole row.
        kind: What kind of value was found.
        reason: Why the cell is not used, and what was expected.
    """

    rows: Rows
    column: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Unread:
    """Why the values of a column cannot be read, what the parts of them are called, and what to do about it."""

    reason: str
    parts: tuple[str, ...] = ()
    hint: str = "leave the column out, or write one column of text, numbers or dates for each part of it"


@dataclass(frozen=True)
class RawTable:
    """A table as delivered: every column text, and where its rows stand in the file.

    Args:
        name: File name, for messages.
        table: The rows that have as many cells as the header.
        content: The bytes read, for the fingerprint.
        ragged: Record numbers (as `record_lines` takes them) of rows with too few or too many cells.
        ragged_reasons: Why, one for each of ``ragged``.
        is_text: Whether its records stand on lines of a text.
        origin_lines: Line in the delivered file of each row, where it is not told by its place.
        origin_files: Names of delivered files, and which of them each row is from, where a mapping made the table.
        whole: The whole table and the places in it of these rows, where they are a part (`only`).
        ragged_texts: What stands in each of the ``ragged`` rows; in memory only.
        separator: What stands between cells.
        header: Number of the record that is the header.
        records: Where the records of a text begin.
        doubts: Cells and rows of the whole table that are not to be used, and why.
        notes: What a reader should know of the file.
        numbers: Which rows of the whole table hold a number that the file keeps as one, by column.
        no_texts: Cells of the whole table that the file keeps as something else than text or a number: not to be used
            as an id, a key or a text.
        folded: How many rows were left out because another one stands for them.
        keys: Prefix and key of the id of each row, before it was hashed, where a mapping made it; in memory only.
        unread: Columns whose values cannot be read, by name, and why; in ``table`` they are of no use.
        beside: Names of the sheets of the same file that were not read, and how each stands in a message.
    """

    name: str
    table: pa.Table
    content: bytes
    ragged: Rows
    ragged_reasons: tuple[str, ...]
    is_text: bool
    origin_lines: Rows | None = None
    origin_files: tuple[tuple[str, ...], Rows] | None = None
    whole: tuple[pa.Table, Rows] | None = None
    ragged_texts: tuple[str, ...] = field(default=(), repr=False)
    separator: str = ","
    header: int = 1
    records: Records | None = field(default=None, repr=False)
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()
    numbers: Mapping[str, Rows] = field(default_factory=dict)
    no_texts: tuple[Doubt, ...] = ()
    folded: int = 0
    keys: pa.Table | None = field(default=None, repr=False)
    unread: Mapping[str, Unread] = field(default_factory=dict)
    beside: tuple[tuple[str, str], ...] = ()

    def rows_in(self) -> int:
        """Return how many rows the file holds, those with a wrong number of cells too."""
        whole = self.table if self.whole is None else self.whole[0]
        return int(whole.num_rows) + len(self.ragged) + self.folded

    def only(self, rows: Rows) -> RawTable:
        """Return these rows (0-based) as a table that knows where they stand in the file."""
        return replace(self, table=self.table.take(pa.array(rows)), whole=(self.table, rows))

    def all_rows(self) -> RawTable:
        """Return the whole table, where this is a part of it."""
        return self if self.whole is None else replace(self, table=self.whole[0], whole=None)

    def folded_to(self, rows: Rows) -> RawTable:
        """Return the table with these rows (0-based, rising) only, the others counted as said by one of them."""
        lines = self.lines(rows)
        doubts, no_texts = (
            tuple(replace(d, rows=_places(d.rows, rows)) for d in told) for told in (self.doubts, self.no_texts)
        )
        numbers = {column: _places(of, rows) for column, of in self.numbers.items()}
        gone = self.table.num_rows - len(rows)
        table = self.table.take(pa.array(rows))
        files = self.origin_files and (self.origin_files[0], self.origin_files[1][rows])
        return replace(
            self,
            table=table,
            origin_lines=lines,
            origin_files=files,
            doubts=doubts,
            numbers=numbers,
            no_texts=no_texts,
            folded=self.folded + gone,
        )

    def renamed(self, names: Sequence[str]) -> RawTable:
        """Return the table with other names for its columns."""
        new = dict(zip(self.table.column_names, names, strict=True))
        doubts, no_texts = (
            tuple(replace(d, column=new.get(d.column, d.column)) for d in told) for told in (self.doubts, self.no_texts)
        )
        numbers = {new.get(c, c): rows for c, rows in self.numbers.items()}
        unread = {new.get(c, c): why for c, why in self.unread.items()}
        table = self.table.rename_columns(list(names))
        return replace(self, table=table, doubts=doubts, numbers=numbers, no_texts=no_texts, unread=unread)

    def called(self, column: str) -> tuple[str, ...]:
        """Return the name of a column, and those of the parts of its values where they are not read."""
        return (column, *(self.unread[column].parts if column in self.unread else ()))

    def unread_notes(self, columns: Set[str]) -> list[str]:
        """Return what to tell of those of some columns that cannot be read and are dropped, by their places."""
        by_reason: dict[str, list[int]] = {}
        for column, why in self.unread.items():
            if column in columns:
                by_reason.setdefault(why.reason, []).append(self.table.column_names.index(column) + 1)
        return [f"{self.name}: {places(numbers)}: {why}: dropped" for why, numbers in by_reason.items()]

    def check_readable(self, columns: Iterable[str]) -> None:
        """Refuse a file of which one of some columns has to be used and cannot be read.

        Raises:
            InputError: There is one.
        """
        wanted = sorted({*columns} & self.unread.keys(), key=self.table.column_names.index)
        if wanted:
            raise InputError(
                [f"{self.name}: column {c}: {self.unread[c].reason}" for c in wanted],
                hint=self.unread[wanted[0]].hint,
            )

    def doubted(self, column: str) -> list[Doubt]:
        """Return what is doubted of a column (empty: of whole rows), by the rows of ``table``."""
        return self._here([d for d in self.doubts if d.column == column])

    def doubted_texts(self, column: str, *, key: bool) -> list[Doubt]:
        """Return what is doubted of a column whose cells are used as text, by the rows of ``table``.

        Args:
            column: The column.
            key: Whether they are ids, or parts of them: then lists and numbers with decimals are doubted too.
        """
        found = [d for d in self.no_texts if d.column == column and (key or d.kind not in (LIST, ZEROS))]
        return self._here([*found, *(self._odd_numbers(column) if key else ())])

    def days(self, column: str) -> Rows:
        """Return the rows of the whole table that hold a day that the file keeps as one."""
        found = [d.rows for d in self.no_texts if (d.column, d.kind) == (column, DATE)]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def written(self, column: str) -> pa.ChunkedArray:
        """Return a column of the whole table without the cells that the file keeps as numbers."""
        cells = (self.table if self.whole is None else self.whole[0]).column(column)
        rows = self.numbers.get(column)
        if rows is None or not len(rows):
            return cells
        kept = np.ones(len(cells), dtype=bool)
        kept[rows] = False
        return cells.filter(pa.array(kept))

    def _odd_numbers(self, column: str) -> list[Doubt]:
        """Return the numbers of a column of ids that are not whole, as far as they are written."""
        rows = self.numbers.get(column)
        if rows is None or not len(rows):
            return []
        cells = (self.table if self.whole is None else self.whole[0]).column(column).take(pa.array(rows))
        odd = np.flatnonzero(pc.invert(pc.match_substring_regex(cells, r"^-?\d+$")).to_numpy())
        return [Doubt(rows[odd], column, "number", _ODD_NUMBER)] if len(odd) else []

    def _here(self, found: list[Doubt]) -> list[Doubt]:
        """Return what is doubted of the whole table by the rows of ``table``."""
        if self.whole is None:
            return found
        return [replace(d, rows=_places(d.rows, self.whole[1])) for d in found]

    def lines(self, rows: Rows) -> Rows:
        """Return the line in the file of each row (0-based) of ``table``."""
        whole = self.table
        if self.whole is not None:
            whole, places = self.whole
            rows = places[rows]
        if self.origin_lines is not None:
            return self.origin_lines[rows]
        return self.record_lines(self._kept(whole.num_rows)[rows])

    def by_file(self, rows: Rows) -> list[tuple[str, Rows]]:
        """Return these rows (0-based) of ``table`` by the name of the file in which they stand."""
        if self.origin_files is None:
            return [(self.name, rows)]
        names, codes = self.origin_files
        of = codes[rows if self.whole is None else self.whole[1][rows]]
        return [(names[code], rows[of == code]) for code in np.unique(of)]

    def header_line(self) -> int:
        """Return the line on which the header stands; the first where there is none."""
        return 1 if not self.header else int(self.record_lines(np.array([self.header]))[0])

    def record_lines(self, records: Rows) -> Rows:
        """Return the first line of each record (numbered from 1 in the file, the header among them)."""
        if self.records is None or not len(records):
            return records
        return self.records.starts[records - 1]

    def records_at(self, rows: Rows) -> Rows:
        """Return the number of the record that each of these rows (0-based) of the whole table is."""
        return self._kept(self.table.num_rows if self.whole is None else self.whole[0].num_rows)[rows]

    def rows_at(self, records: Rows) -> Rows:
        """Return the rows of the whole table that these records are, those with a wrong number of cells left out."""
        kept = self._kept(self.table.num_rows if self.whole is None else self.whole[0].num_rows)
        return np.flatnonzero(np.isin(kept, records))

    def holding_rows(self) -> Rows:
        """Return the rows of a text with a cell over several lines in which other rows may stand."""
        if self.records is None or b'"' not in self.content:
            return np.zeros(0, np.int64)
        lines = max(self.content.count(b"\n"), self.content.count(b"\r"))
        if lines + (self.content[-1:] not in b"\r\n") <= self.table.num_rows + len(self.ragged) + self.header:
            return np.zeros(0, np.int64)
        most = self.table.num_columns - 1
        held = np.zeros(self.table.num_rows, dtype=bool)
        for column in self.table.columns:
            broken = pc.fill_null(pc.match_substring_regex(column, r"[\r\n]"), False)
            if pc.any(broken).as_py():
                rich = pc.greater_equal(pc.fill_null(pc.count_substring(column, self.separator), 0), most)
                held |= pc.and_(broken, rich).to_numpy()
        return np.flatnonzero(held)

    def _kept(self, count: int) -> Rows:
        """Return the number of the record that each row of the whole table is."""
        after = self.header + 1
        return np.setdiff1d(np.arange(after, count + len(self.ragged) + after), self.ragged, assume_unique=True)


def _places(rows: Rows, among: Rows) -> Rows:
    """Return where those of ``rows`` that are ``among`` others stand there; both rise."""
    return np.flatnonzero(np.isin(among, rows))
