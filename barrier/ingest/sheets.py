"""Reading a delivered CSV or XLSX as text columns with the line each row stands on.

Rule: every cell becomes the text a reader sees; numbers lose a `.0`, dates are ISO.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from barrier.errors import InputError
from barrier.files import read_regular
from barrier.ingest.limits import limits
from barrier.ingest.ragged import check_whole
from barrier.ingest.reader import RawTable, read_table
from barrier.ingest.spreadsheet import spreadsheet_rows

_TOLD = 20  # wrong rows that are named
_SPREADSHEETS = (".xlsx", ".xlsb", ".xls", ".ods")


def read_delivered(
    path: Path, *, sheet: str | None = None, within: Path | None = None, whole: bool = False
) -> pd.DataFrame:
    """Return a file as text columns, missing where empty, plus ``__line__``.

    Args:
        path: The file.
        sheet: The sheet of a spreadsheet; default the first.
        within: The delivered folder it lies in: it is not read through a link.
        whole: Whether a row with a wrong number of cells, or inside a quote that is not closed, refuses the file.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    if not path.exists():
        raise InputError([f"{path}: no such file"], hint="name the delivered file, or the folder it is in")
    if path.suffix.lower() in _SPREADSHEETS:
        return _spreadsheet(path, sheet, within)
    raw = read_table(path, within=within)
    if whole:
        _check_rows(raw)
    frame: pd.DataFrame = raw.table.to_pandas()
    frame["__line__"] = raw.lines(np.arange(len(frame)))
    return frame


def delivered_table(
    path: Path, *, sheet: str | None = None, within: Path | None = None, whole: bool = False
) -> RawTable:
    """Return a file as a table of text.

    Args:
        path: The file.
        sheet: The sheet of a spreadsheet; default the first.
        within: The delivered folder it lies in: it is not read through a link.
        whole: Whether a row with a wrong number of cells, or inside a quote that is not closed, refuses the file.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    if not path.exists():
        raise InputError([f"{path}: no such file"], hint="name the delivered file, or the folder it is in")
    if path.suffix.lower() in _SPREADSHEETS:
        frame = _spreadsheet(path, sheet, within)
        lines = frame.pop("__line__").to_numpy(dtype=np.int64)
        table = pa.table({str(c): pa.array(frame[c], pa.string()) for c in frame.columns})
        return RawTable(path.name, table, b"", np.zeros(0, np.int64), (), is_text=False, origin_lines=lines)
    raw = read_table(path, within=within)
    if whole:
        _check_rows(raw)
    return raw


def _check_rows(raw: RawTable) -> None:
    check_whole(raw, "")
    if len(raw.ragged):
        lines = raw.record_lines(raw.ragged)
        raise InputError(
            [
                f"{raw.name}: line {line:,}: {reason}"
                for line, reason in zip(lines[:_TOLD], raw.ragged_reasons, strict=False)
            ],
            hint="what is secret in such a row is not to be read: deliver the file again",
        )


def _spreadsheet(path: Path, sheet: str | None, within: Path | None) -> pd.DataFrame:
    try:
        content = read_regular(path, within=within, limit=limits().table_bytes)
    except OSError as error:
        raise InputError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    rows = spreadsheet_rows(path.name, content, sheet, limits())
    if not rows:
        raise InputError([f"{path.name}: the sheet is empty, expected a header row"])
    header = [cell or f"column {i + 1}" for i, cell in enumerate(rows[0])]
    columns = {name: pd.array([r[i] for r in rows[1:]], dtype="str") for i, name in enumerate(header)}
    return pd.DataFrame(columns).assign(__line__=np.arange(2, len(rows) + 1))
