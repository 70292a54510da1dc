"""Reading one delivered table, as text: CSV (also .gz) and Parquet.

Rule: what cannot be read as a table is refused with the line that is wrong; nothing is guessed but the separator.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from barrier.errors import InputError
from barrier.files import read_regular
from barrier.ingest.limits import Limits, check_at_most, limits, too_much
from barrier.ingest.parquet import read_parquet
from barrier.ingest.plain_words import shown_columns
from barrier.ingest.rejects import Rows

_BLOCK = 1 << 23
_LARGEST_BLOCK = (1 << 31) - 1
_NEWLINE, _QUOTE = 10, 34
_FIRST_LINE = re.compile(rb"[^\r\n]*")
_MEMBER = b"\x1f\x8b\x08"  # how each begins
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class RawTable:
    """A table as delivered: every column text, and where its rows stand in the file.

    Args:
        name: File name, for messages.
        table: The rows that have as many cells as the header.
        digest_source: The bytes read, for the fingerprint.
        ragged: Record numbers (the header is 1) of rows with too few or too many cells.
        ragged_reasons: Why, one for each of ``ragged``.
        origin_lines: Line in the delivered file of each row, where a mapping made the table.
        whole: The whole table and the places in it of these rows, where they are a part (`only`).
        ragged_texts: What stands in each of the ``ragged`` rows; in memory only.
        separator: What stands between cells.
    """

    name: str
    table: pa.Table
    content: bytes
    ragged: Rows
    ragged_reasons: tuple[str, ...]
    is_text: bool
    origin_lines: Rows | None = None
    whole: tuple[pa.Table, Rows] | None = None
    ragged_texts: tuple[str, ...] = field(default=(), repr=False)
    separator: str = ","

    def only(self, rows: Rows) -> RawTable:
        """Return these rows (0-based) as a table that knows where they stand in the file."""
        return replace(self, table=self.table.take(pa.array(rows)), whole=(self.table, rows))

    def lines(self, rows: Rows) -> Rows:
        """Return the line in the file of each row (0-based) of ``table``; the header is line 1."""
        whole = self.table
        if self.whole is not None:
            whole, places = self.whole
            rows = places[rows]
        if self.origin_lines is not None:
            return self.origin_lines[rows]
        total = whole.num_rows + len(self.ragged)
        kept = np.setdiff1d(np.arange(2, total + 2), self.ragged, assume_unique=True)
        return self.record_lines(kept[rows])

    def record_lines(self, records: Rows) -> Rows:
        """Return the first line of each record (the header is record 1)."""
        if not self.is_text or not len(records):
            return records
        return _record_starts(self.content)[records - 1]


def read_table(path: Path, *, within: Path | None = None, bounds: Limits | None = None) -> RawTable:
    """Read a CSV, gzipped CSV or Parquet file with every cell as text.

    Args:
        path: The file.
        within: The delivered folder it lies in: it is not read through a link.
        bounds: What it may hold; default the limits in force.

    Raises:
        InputError: The file is empty, not UTF-8, not a table, over a limit, or has a header that stands twice.
    """
    bounds = bounds or limits()
    data = _content(path, within, bounds)
    if path.name.lower().endswith(".parquet"):
        table = read_parquet(path.name, data, bounds)
        return RawTable(path.name, table, data, np.zeros(0, np.int64), (), is_text=False)
    _check_text(path.name, data)
    data = data.removeprefix(b"\xef\xbb\xbf")
    header, separator = _header(path.name, data, bounds)
    _check_lines(path.name, data, len(header), bounds)
    return _parse(path.name, data, header, separator, bounds)


def given_table(name: str, columns: Mapping[str, Sequence[str | None]]) -> RawTable:
    """Return columns of text as a table that was delivered under ``name``."""
    table = pa.table({c: pa.array(values, pa.string()) for c, values in columns.items()})
    content = json.dumps({c: list(v) for c, v in columns.items()}, ensure_ascii=False).encode()
    return RawTable(name, table, content, np.zeros(0, np.int64), (), is_text=False)


def _content(path: Path, within: Path | None, bounds: Limits) -> bytes:
    try:
        check_at_most(path.name, "bytes", path.lstat().st_size, bounds.table_bytes)
        content = read_regular(path, within=within, limit=bounds.table_bytes)
        return _unpacked(path.name, content, bounds) if path.name.lower().endswith(".gz") else content
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError([f"{path.name}: not a complete gzip file"], hint="deliver the file again") from error
    except OSError as error:
        raise InputError([f"{path.name}: cannot be read: {error.strerror}"]) from error


def _unpacked(name: str, packed: bytes, bounds: Limits) -> bytes:
    """Unpack piece by piece, and stop as soon as it becomes more than a table can be."""
    check_at_most(name, "packed parts (gzip members)", packed.count(_MEMBER), bounds.members)
    pieces, total = [], 0
    source = io.BytesIO(packed)
    with gzip.GzipFile(fileobj=source) as file:
        while piece := file.read(_BLOCK):
            total += len(piece)
            check_at_most(name, "bytes unpacked", total, bounds.table_bytes)
            if total > bounds.unpacked_free_bytes and total > bounds.unpacked_times * source.tell():
                raise too_much(
                    name, f"becomes {total // source.tell():,} times as large", f"{bounds.unpacked_times} times"
                )
            pieces.append(piece)
    return b"".join(pieces)


def _check_text(name: str, data: bytes) -> None:
    if not data or data.isspace():
        raise InputError(
            [f"{name}: empty file, expected a header line"], hint="leave the file out, or deliver it with its header"
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data:
        raise InputError(
            [f"{name}: line 1: expected UTF-8 text, found UTF-16 or binary data"], hint="save as CSV UTF-8"
        )


def _header(name: str, data: bytes, bounds: Limits) -> tuple[list[str], str]:
    line = _FIRST_LINE.match(data, 0, bounds.header_bytes + 1)
    first = line.group() if line else b""
    check_at_most(name, "bytes in the header line", len(first), bounds.header_bytes)
    text = _decode(name, first)
    if text.count('"') % 2:
        hint = "write each name of a column on one line (in a spreadsheet: without Alt+Enter)"
        raise InputError([f"{name}: line 1: a quote opens in the header and does not close on its line"], hint=hint)
    separator = max(_SEPARATORS, key=text.count)
    check_at_most(name, "columns", text.count(separator) + 1, bounds.columns)
    names = [cell.strip().strip('"').strip() for cell in text.split(separator)]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError([f"{name}: line 1: {shown_columns(twice)}: stands twice, expected every column once"])
    return names, separator


def _check_lines(name: str, data: bytes, columns: int, bounds: Limits) -> None:
    """Refuse more rows, cells or longer lines than a table can have, before it becomes one."""
    end = b"\n" if b"\n" in data else b"\r"
    rows = data.count(end)
    check_at_most(name, "rows", rows, bounds.rows)
    check_at_most(name, "cells", rows * columns, bounds.cells)
    start = 0
    while len(data) - start > bounds.line_bytes:  # from line end to line end, each as far away as it may be
        found = data.rfind(end, start, start + bounds.line_bytes)
        if found < 0:
            line = data.count(end, 0, start) + 1
            raise too_much(name, f"line {line:,} is longer than {bounds.line_bytes:,} bytes", f"{bounds.line_bytes:,}")
        start = found + 1


def _decode(name: str, data: bytes, first_line: int = 1) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + data[: error.start].count(b"\n")
        raise InputError(
            [f"{name}: line {line}: expected UTF-8, found the byte 0x{data[error.start]:02x}"],
            hint="save the file as CSV UTF-8",
        ) from error


def _parse(name: str, data: bytes, header: Sequence[str], separator: str, bounds: Limits) -> RawTable:
    ragged: list[tuple[int, str, str]] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        reason = f"expected {row.expected_columns} cells, found {row.actual_columns}"
        ragged.append((row.number or 0, reason, row.text))
        return "skip" if len(ragged) <= bounds.ragged_rows else "error"

    def run(block: int, threads: bool) -> pa.Table:
        ragged.clear()
        return pa.csv.read_csv(
            io.BytesIO(data),
            read_options=pa.csv.ReadOptions(
                block_size=block, use_threads=threads, column_names=list(header), skip_rows=1
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=separator, newlines_in_values=b'"' in data, invalid_row_handler=set_aside
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def whole() -> pa.Table:
        try:  # a cell over several blocks
            return run(min(max(_BLOCK, len(data) + 1), _LARGEST_BLOCK), threads=False)
        except pa.ArrowInvalid as error:
            check_at_most(name, "rows with too few or too many cells", len(ragged), bounds.ragged_rows)
            raise InputError(
                [f"{name}: not a table that can be read"], hint="look for a quote without its end"
            ) from error

    try:
        table = run(_BLOCK, threads=True)
        if ragged:
            table = run(_BLOCK, threads=False)
    except pa.ArrowInvalid as error:
        check_at_most(name, "rows with too few or too many cells", len(ragged), bounds.ragged_rows)
        _decode(name, data)
        if "straddling" not in str(error) and "block" not in str(error):
            raise InputError([f"{name}: not a table that can be read"], hint="save the file as CSV UTF-8") from error
        table = whole()
    # with the header skipped, pyarrow numbers the lines of the file, header included
    numbers = np.array([n for n, _, _ in ragged], dtype=np.int64)
    reasons, texts = tuple(r for _, r, _ in ragged), tuple(t for _, _, t in ragged)
    return RawTable(name, table, data, numbers, reasons, is_text=True, ragged_texts=texts, separator=separator)


def _record_starts(data: bytes) -> Rows:
    """Return the line on which each non-empty record starts, quotes respected; looked at piece by piece."""
    text = np.frombuffer(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), dtype=np.uint8)
    quotes = 0
    ends, newlines = [], []
    for start in range(0, len(text), _BLOCK):
        piece = text[start : start + _BLOCK]
        breaks, marks = np.flatnonzero(piece == _NEWLINE), np.flatnonzero(piece == _QUOTE)
        outside = (quotes + np.searchsorted(marks, breaks)) % 2 == 0
        newlines.append(breaks + start)
        ends.append(breaks[outside] + start)
        quotes += len(marks)
    every, last = np.concatenate(newlines), np.concatenate(ends)
    begins, stops = np.concatenate([[0], last + 1]), np.concatenate([last, [len(text)]])
    return np.asarray(np.searchsorted(every, begins) + 1, dtype=np.int64)[stops > begins]
