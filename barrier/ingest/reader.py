"""Reading one delivered table, as text: CSV in its dialects, JSON lines, Parquet, spreadsheets.

Rule: whatever is read, by whichever command, is read here; what cannot be read as a table is refused, and what a
reader of the text would not see is told.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from barrier.errors import InputError
from barrier.files import read_regular
from barrier.ingest.delimited import read_delimited
from barrier.ingest.jsonlines import JSON_LINES, read_json_lines
from barrier.ingest.layout import Layout, decoded
from barrier.ingest.limits import Limits, check_at_most, limits, too_much
from barrier.ingest.parquet import read_parquet
from barrier.ingest.rawtable import Doubt, RawTable, Rows
from barrier.ingest.texts import as_utf8
from barrier.ingest.workbook import SPREADSHEETS, read_spreadsheet

__all__ = ["Doubt", "RawTable", "Rows", "given_table", "read_table"]

_NO_HEADER = "leave header: out of the mapping"
_BLOCK = 1 << 23
_MEMBER = b"\x1f\x8b\x08"  # how each begins


def read_table(
    path: Path,
    *,
    within: Path | None = None,
    bounds: Limits | None = None,
    sheet: str | None = None,
    fill_merged: bool = False,
    layout: Layout | None = None,
) -> RawTable:
    """Read a CSV or JSON lines (either perhaps gzipped), Parquet file or spreadsheet with every cell as text.

    Args:
        path: The file.
        within: The delivered folder it lies in: it is not read through a link.
        bounds: What it may hold; default the limits in force.
        sheet: The sheet of a spreadsheet; default the first that is not hidden.
        fill_merged: Whether the value of merged cells of a spreadsheet stands in every row of them.
        layout: What a mapping says of how the table stands in its file.

    Raises:
        InputError: The file is empty, no text in UTF-8 or UTF-16, not a table, over a limit, or has a header that
            stands twice.
    """
    bounds, layout = bounds or limits(), layout or Layout()
    data = _content(path, within, bounds)
    kind = path.name.lower().removesuffix(".gz")
    if layout.encoding and kind.endswith((*SPREADSHEETS, ".parquet")):
        raise InputError([f"{path.name}: an encoding is given, and this is no text"], hint="leave encoding: out")
    if (layout.header or layout.names) and kind.endswith((".parquet", *JSON_LINES)):
        raise InputError([f"{path.name}: a header is given, and this file has names of its own"], hint=_NO_HEADER)
    if kind.endswith(SPREADSHEETS):
        return read_spreadsheet(path.name, data, sheet, fill=fill_merged, bounds=bounds, layout=layout)
    if sheet is not None:
        raise InputError([f"{path.name}: a sheet is asked for, and this file has none"], hint="leave sheet: out")
    if kind.endswith(".parquet"):
        return read_parquet(path.name, data, bounds)
    data = as_utf8(path.name, decoded(path.name, data, layout.encoding))
    check_at_most(path.name, "bytes decoded", len(data), bounds.table_bytes)
    if kind.endswith(JSON_LINES):
        return read_json_lines(path.name, data, bounds)
    return read_delimited(path.name, data, bounds, layout)


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
