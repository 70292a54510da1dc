"""Rows that are set aside, with file, line, column, kind of value and reason.

Rule: the value itself never appears: it may be personal, or a formula.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.files import write_named
from barrier.ingest.limits import REJECTED_NAMED
from barrier.printable import counted
from barrier.spreadsheet import csv_text

COLUMNS = ("file", "line", "column", "value_kind", "reason")
SHOWN_REASONS = 20
Rows = npt.NDArray[np.int64]


Kinds = Callable[[Rows], npt.NDArray[np.object_]]


@dataclass(frozen=True)
class SetAside:
    """The rows of one table that are set aside: how many, and a hash of all that they say; in memory only."""

    rows: int
    digest: str = field(repr=False)


def set_aside(wrong: pa.Table, ragged: Sequence[str]) -> SetAside:
    """Return what is to be kept of rows of one table that are set aside.

    Args:
        wrong: Rows with as many cells as the header.
        ragged: What stands in the others.
    """
    digest, sink = hashlib.sha256("\n".join(ragged).encode("utf-8", "surrogateescape")), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, wrong.schema) as stream:
        stream.write_table(wrong.combine_chunks())
    digest.update(sink.getvalue())
    return SetAside(wrong.num_rows + len(ragged), digest.hexdigest())


@dataclass(frozen=True)
class _Fault:
    """Rows of a file that are set aside for one reason, and the first of them as they are named."""

    file: str
    column: str
    reason: str
    lines: Rows
    follows: bool
    named: pd.DataFrame


@dataclass
class Rejects:
    """Collects wrong rows file by file; of each file the first are named one by one, and all are counted."""

    _faults: list[_Fault] = field(default_factory=list)

    def add(
        self, file: str, lines: Rows, column: str, kinds: Kinds | str, reason: str, *, follows: bool = False
    ) -> None:
        """Set rows aside for one reason.

        Args:
            file: The file.
            lines: Their line numbers in it, the header being 1.
            column: The column that is wrong; empty where it is the whole row.
            kinds: What kind of value each is; or gives it for some of these rows, by number.
            reason: Why.
            follows: Whether nothing is wrong with the rows themselves: what they name was set aside.
        """
        if not len(lines):
            return
        first = np.argsort(lines, kind="stable")[:REJECTED_NAMED]
        found = kinds if isinstance(kinds, str) else kinds(first)
        values = {"file": file, "line": lines[first], "column": column, "value_kind": found, "reason": reason}
        named = pd.DataFrame(values, columns=list(COLUMNS))
        self._faults.append(_Fault(file, column, reason, lines, follows, named))

    def absorb(self, other: Rejects) -> None:
        """Add the rows another one collected."""
        self._faults += other._faults

    def own(self) -> Rejects:
        """Return the rows with which something is wrong themselves."""
        return Rejects([f for f in self._faults if not f.follows])

    def rows(self) -> int:
        """Return how many rows are set aside; one with several faults counts once."""
        return sum(len(lines) for lines in self._by_file().values())

    def following(self) -> int:
        """Return how many of them are set aside only because what they name was."""
        return self.rows() - self.own().rows()

    def lines_of(self, file: str) -> Rows:
        """Return the lines of a file on which rows are set aside, each once."""
        return self._by_file().get(file, np.zeros(0, np.int64))

    def beyond(self, other: Rejects) -> dict[str, Rows]:
        """Return the lines, by file, of the rows that another one has not."""
        known = other._by_file()
        left = {f: np.setdiff1d(lines, known.get(f, [])) for f, lines in self._by_file().items()}
        return {f: lines for f, lines in left.items() if len(lines)}

    def _by_file(self) -> dict[str, Rows]:
        found: dict[str, list[Rows]] = {}
        for fault in self._faults:
            found.setdefault(fault.file, []).append(fault.lines)
        return {file: np.unique(np.concatenate(lines)) for file, lines in found.items()}

    def faults(self) -> int:
        """Return how many faults there are in them."""
        return sum(count for *_, count, _ in self.reasons())

    def reasons(self) -> list[tuple[str, str, str, int, int]]:
        """Return file, column, reason, how many rows have it and the first line of these."""
        found: dict[tuple[str, str, str], list[Rows]] = {}
        for fault in self._faults:
            found.setdefault((fault.file, fault.column, fault.reason), []).append(fault.lines)
        every = {key: np.unique(np.concatenate(lines)) for key, lines in found.items()}
        return [(*key, len(lines), int(lines[0])) for key, lines in sorted(every.items())]

    def lines(self) -> list[str]:
        """Return them in words: one line for each file, column and reason, with the first line number."""
        found = [
            f"{file}: line {line}: {column or 'row'}: {reason}"
            + (f" ({counted(count, 'row')} like this)" if count > 1 else "")
            for file, column, reason, count, line in self.reasons()
        ]
        left = len(found) - SHOWN_REASONS
        return found if left <= 0 else [*found[:SHOWN_REASONS], f"… and {left} more reasons"]

    def frame(self) -> pd.DataFrame:
        """Return them as a table with the columns of `rejected.csv`, those that are not named in one row a file."""
        if not self._faults:
            return pd.DataFrame({c: pd.Series([], dtype="int64" if c == "line" else "str") for c in COLUMNS})
        named = pd.concat([f.named for f in self._faults]).drop_duplicates()
        for file, every in self._by_file().items():
            if len(every) > REJECTED_NAMED:
                line, left = int(every[REJECTED_NAMED]), len(every) - REJECTED_NAMED
                told = pd.DataFrame([(file, line, "", "row", f"and {left:,} more rows")], columns=list(COLUMNS))
                named = pd.concat([named[(named["file"] != file) | (named["line"] < line)], told])
        return named.sort_values(["file", "line", "column", "reason"], kind="stable", ignore_index=True)


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
