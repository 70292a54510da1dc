"""Rows that are set aside, with file, line, column, kind of value and reason.

Rule: the value itself never appears: it may be personal, or a formula.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.files import write_named
from barrier.spreadsheet import csv_text

COLUMNS = ("file", "line", "column", "value_kind", "reason")
Rows = npt.NDArray[np.int64]


@dataclass
class Rejects:
    """Collects wrong rows file by file; ``frame`` gives them in order of file and line."""

    _frames: list[pd.DataFrame] = field(default_factory=list)

    def add(self, file: str, lines: Rows, column: str, kinds: npt.NDArray[np.object_] | str, reason: str) -> None:
        """Set rows aside for one reason; ``lines`` are line numbers in the file, the header being 1."""
        if len(lines):
            values = {"file": file, "line": lines, "column": column, "value_kind": kinds, "reason": reason}
            self._frames.append(pd.DataFrame(values, columns=list(COLUMNS)))

    def absorb(self, other: Rejects) -> None:
        """Add the rows another one collected."""
        self._frames += other._frames

    def frame(self) -> pd.DataFrame:
        """Return all of them as a table with the columns of `rejected.csv`."""
        if not self._frames:
            return pd.DataFrame({c: pd.Series([], dtype="int64" if c == "line" else "str") for c in COLUMNS})
        return pd.concat(self._frames).sort_values(
            ["file", "line", "column", "reason"], kind="stable", ignore_index=True
        )


def value_kinds(values: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Return what kind of value each is (empty, number, date, formula, text), never the value."""
    texts = pc.fill_null(values.cast(pa.string()), "")
    kinds = np.full(len(values), "text", dtype=object)
    for kind, pattern in (
        ("formula", r"^[=+@\t\r-]"),
        ("number", r"^-?[\d.,]+$"),
        ("date", r"^\d{1,4}[-/]\d{1,2}[-/]\d{1,4}"),
        ("empty", r"^\s*$"),
    ):
        kinds[pc.match_substring_regex(texts, pattern).to_numpy()] = kind
    return kinds


def write_rejected(path: Path, frame: pd.DataFrame) -> None:
    """Write `rejected.csv`."""
    write_named(path, csv_text(frame))
