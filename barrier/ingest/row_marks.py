"""What becomes of the rows of a delivered table while a mapping reads it: set aside with a reason, or told of.

Rule: a row is set aside for a column once; what the reader of the file doubts is not told a second time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from barrier.ingest.mapped_cells import Mask
from barrier.ingest.rawtable import Doubt, RawTable
from barrier.ingest.rejects import Rejects, value_kinds

_LINES = 3  # that are named as examples


class RowMarks:
    """The rows of one table, which of them are looked at, and which are set aside.

    Args:
        raw: The table.
        rejects: Where rows that are wrong go.
        active: The rows that are looked at.
    """

    def __init__(self, raw: RawTable, rejects: Rejects, active: Mask) -> None:
        self.raw, self.rejects, self.active = raw, rejects, active
        self.size = raw.table.num_rows
        self.lines = raw.lines(np.arange(self.size))
        self.aside = np.zeros(self.size, dtype=bool)
        self.notes: list[str] = []
        self._doubted: dict[str, Mask] = {}

    def doubt(self, doubt: Doubt, *, but_for: Mask | None = None) -> None:
        """Set the rows aside whose cells the reader of the file doubts.

        Args:
            doubt: The rows, and why.
            but_for: Rows in which the cell is understood all the same.
        """
        rows = np.zeros(self.size, dtype=bool)
        rows[doubt.rows] = True
        rows &= ~but_for if but_for is not None else True
        doubted = self._doubted.setdefault(doubt.column, np.zeros(self.size, dtype=bool))
        here = np.flatnonzero(rows & self.active & ~doubted & ~self._none())
        self.rejects.add(self.raw.name, self.lines[here], doubt.column, doubt.kind, doubt.reason)
        self.aside[here] = True
        doubted |= rows

    def set_aside(self, rows: Mask, column: str, reason: str) -> None:
        """Set rows aside for what stands in a column (empty: for what they are as a whole)."""
        doubted = self._doubted.get(column, self._none())
        here = np.flatnonzero(rows & self.active & ~doubted & ~self._none())
        if not len(here):
            return
        cells = self.raw.table.column(column) if column in self.raw.table.column_names else None
        kinds = "row" if cells is None else lambda first: value_kinds(cells.take(pa.array(here[first])))
        self.rejects.add(self.raw.name, self.lines[here], column, kinds, reason)
        self.aside[here] = True

    def _none(self) -> Mask:
        """Return the lines that are no rows of the table at all: nothing more is told of them."""
        return self._doubted.get("", np.zeros(self.size, dtype=bool))

    def note(self, rows: Mask, text: str) -> None:
        """Tell something of some rows, with how many they are and the first of their lines."""
        here = np.flatnonzero(rows & self.active & ~self._none())
        if len(here):
            rows_told = f"{len(here):,} {'row' if len(here) == 1 else 'rows'}"
            self.notes.append(f"{self.raw.name}: {text.replace('{rows}', rows_told)} ({self.shown(here)})")

    def shown(self, rows: npt.NDArray[np.int64]) -> str:
        """Return the first lines of some rows, in words."""
        named = ", ".join(f"{line}" for line in self.lines[rows[:_LINES]])
        return f"line {named}" if len(rows) == 1 else f"lines {named}" + (", …" if len(rows) > _LINES else "")

    def good(self) -> Mask:
        """Return the rows that are looked at and not set aside."""
        return self.active & ~self.aside
