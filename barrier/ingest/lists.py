"""Small delivered tables that are no part of a region: ids to score, outcomes, events, beds.

Rule: read by the one reader, with its dialects; a row that is wrong is set aside with its line, and every row is
counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from barrier.errors import InputError
from barrier.ingest.cells import FROM, check_date
from barrier.ingest.count import RowCount
from barrier.ingest.dates import SAY_FORMAT
from barrier.ingest.headers import header_below
from barrier.ingest.no_rows import with_keyed_rows
from barrier.ingest.odd_rows import with_odd_rows
from barrier.ingest.plain_words import places, shown_columns
from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import read_table
from barrier.ingest.rejects import Rejects, value_kinds
from barrier.ingest.secrecy import header_form

Mask = npt.NDArray[np.bool_]
_DAYS = ("date",)  # columns in which dates of a spreadsheet belong
_LINES = 10  # that are named of one reason
_CONTRADICTS = "another row says otherwise of the same {}; expected one, or equal ones"


class DeliveredList:
    """A delivered list: its columns in the spelling asked for, and what became of its rows.

    Args:
        raw: The table as delivered.
        columns: The columns whose cells are used; a doubted cell of one sets its row aside.
    """

    def __init__(self, raw: RawTable, columns: Sequence[str]) -> None:
        self.raw = raw
        self.rejects = Rejects()
        self.wrong: Mask = np.zeros(raw.table.num_rows, dtype=bool)
        self.equal: Mask = np.zeros(raw.table.num_rows, dtype=bool)
        lines = raw.record_lines(raw.ragged)
        for reason in dict.fromkeys(raw.ragged_reasons):
            here = np.array([r == reason for r in raw.ragged_reasons], dtype=bool)
            self.rejects.add(raw.name, lines[here], "", "row", reason)
        for column in ("", *columns):
            texts = raw.doubted_texts(column, key=True) if column and column not in _DAYS else []
            for doubt in (*raw.doubted(column), *texts):
                self.rejects.add(raw.name, raw.lines(doubt.rows), column, doubt.kind, doubt.reason)
                self.wrong[doubt.rows] = True

    def cells(self, column: str) -> pd.Series:
        """Return a column as text without blanks around it, empty where it is missing."""
        if column not in self.raw.table.column_names:
            return pd.Series("", index=range(self.raw.table.num_rows), dtype="str")
        texts: pd.Series = self.raw.table.column(column).to_pandas().astype("str").fillna("").str.strip()
        return texts

    def lines(self) -> npt.NDArray[np.int64]:
        """Return the line of each row."""
        return self.raw.lines(np.arange(self.raw.table.num_rows))

    def reasons(self) -> dict[int, str]:
        """Return why each row of the table is set aside that is, by its number from 0; of many the same words."""
        frame, lines = self.rejects.frame(), self.lines()
        why = dict(zip(frame["line"].tolist(), frame["reason"].tolist(), strict=True))
        return {int(n): str(why.get(int(lines[n]), "as many others above")) for n in np.flatnonzero(self.wrong)}

    def set_aside(self, mask: Mask | pd.Series, column: str, reason: str) -> None:
        """Set rows aside that are not yet, for what stands in a column."""
        here = np.flatnonzero(np.asarray(mask, dtype=bool) & ~self.wrong & ~self.equal)
        if not len(here):
            return
        table = self.raw.table
        kinds = value_kinds(table.column(column).take(here)) if column in table.column_names else "empty"
        frame = np.asarray(kinds) if not isinstance(kinds, str) else kinds
        self.rejects.add(
            self.raw.name,
            self.raw.lines(here),
            column,
            frame if isinstance(frame, str) else lambda first: frame[first],
            reason,
        )
        self.wrong[here] = True

    def one_a(self, key: str, columns: Sequence[str]) -> None:
        """Drop rows that say the same of one thing as an earlier one; set those aside that contradict each other."""
        said = pd.DataFrame({c: self.cells(c).str.casefold() if c != key else self.cells(c) for c in (key, *columns)})
        good = ~self.wrong & (said[key] != "").to_numpy()
        seen = said[good]
        self.equal[seen.index[seen.duplicated()]] = True
        left = seen.drop_duplicates()
        other = left[key][left.duplicated(key, keep=False)]
        mask = said[key].isin(other).to_numpy() & good
        self.equal &= ~mask
        self.set_aside(mask, columns[0], _CONTRADICTS.format(key))

    def drop_equal(self, said: Mapping[str, pd.Series]) -> None:
        """Drop rows that say the same as an earlier one, and count them."""
        rows = pd.DataFrame(said)[self.kept()]
        self.equal[rows.index[rows.duplicated()]] = True

    def days(self, column: str) -> pd.Series:
        """Return a column of whole days, read as the dates of a region are; other rows are set aside."""
        cells = self.cells(column)
        self.set_aside(cells == "", column, "empty; expected a day, YYYY-MM-DD")
        checked = check_date(pa.chunked_array([pa.array(cells.where(cells != ""), pa.string())]), FROM)
        for mask, reason in checked.problems:
            self.set_aside(mask, column, reason.removesuffix(f", {SAY_FORMAT}"))
        if checked.low is None or checked.high is None:
            raise AssertionError("dates without days")
        self.set_aside(checked.low != checked.high, column, "a day of which a part is unknown; expected all of it")
        days = np.where(self.wrong, 0, checked.low).astype("datetime64[D]")
        return pd.Series(days.tolist(), index=cells.index, dtype=object)

    def kept(self) -> Mask:
        """Return which rows are used."""
        return ~(self.wrong | self.equal)

    def count(self) -> RowCount:
        """Return what became of all rows."""
        aside, equal = int(self.wrong.sum()) + len(self.raw.ragged), int(self.equal.sum())
        return RowCount(self.raw.name, self.raw.rows_in(), int(self.kept().sum()), aside, equal).checked()

    def told(self) -> list[str]:
        """Return in words what a reader should know: of the file, of rows that are not used, and how many."""
        count = self.count()
        counted = [f"rows of {count.told()}"] if count.used != count.rows else []
        return [*self.raw.notes, *self._reasons(), *counted]

    def _reasons(self) -> list[str]:
        found = self.rejects.frame().groupby(["column", "reason", "value_kind"], sort=False)["line"]
        return [
            f"{self.raw.name}: {_shown_lines(lines.tolist())}: {column or 'row'}: {reason} (found {kind})"
            for (column, reason, kind), lines in found
        ]

    def has_rejects(self) -> bool:
        """Return whether a row was set aside."""
        return self.rejects.rows() > 0


def read_list(file: Path, needed: Sequence[str], *, optional: Sequence[str] = (), hint: str = "") -> DeliveredList:
    """Read a delivered list.

    Args:
        file: The file.
        needed: Columns it must have; a header is compared without case, blanks, accents and invisible signs.
        optional: Columns it may have.
        hint: What to do where one is missing.

    Raises:
        InputError: It cannot be read, a column is missing, or one stands there twice.
    """
    raw = read_table(file)
    asked = {header_form(c): c for c in (*needed, *optional)}
    found = raw.table.column_names
    new = [c if c in asked.values() else asked.get(header_form(c), c) for c in found]
    twice = [i for i, c in enumerate(new, start=1) if new.count(c) > 1]
    if twice:
        raise InputError(
            [f"{raw.name}: line {raw.header_line()}: {places(twice)}: are one and the same, expected each once"],
            hint="give each column a name of its own",
        )
    missing = [c for c in needed if c not in new]
    if missing:
        raise InputError(
            [
                f"{raw.name}: line {raw.header_line()}: expected the columns {', '.join(needed)}; "
                f"missing {', '.join(missing)}, found {shown_columns(found)}{header_below(raw, needed)}"
            ],
            hint=hint or f"write a header with {', '.join((*needed, *optional))}",
        )
    raw = raw.renamed(new)
    raw.check_readable(asked.values())
    raw, kept = with_keyed_rows(raw, [needed])
    raw, odd = with_odd_rows(raw, [needed])
    raw = replace(raw, notes=(*raw.notes, *kept, *odd))
    return DeliveredList(raw, (*needed, *(c for c in optional if c in new)))


def _shown_lines(lines: Sequence[int]) -> str:
    shown, left = [f"{n:,}" for n in lines[:_LINES]], len(lines) - _LINES
    more = f" and {left:,} more" if left > 0 else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(shown)}{more}"
