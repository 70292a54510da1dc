"""Reading a delivered CSV or XLSX as text columns with the line each row stands on.

Rule: every cell becomes the text a reader sees; numbers lose a `.0`, dates are ISO.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import python_calamine

from barrier.errors import InputError
from barrier.files import read_regular
from barrier.ingest.reader import read_table

_SPREADSHEETS = (".xlsx", ".xlsb", ".xls", ".ods")


def read_delivered(path: Path, *, sheet: str | None = None, within: Path | None = None) -> pd.DataFrame:
    """Return a file as text columns, missing where empty, plus ``__line__``.

    Args:
        path: The file.
        sheet: The sheet of a spreadsheet; default the first.
        within: The delivered folder it lies in: it is not read through a link.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    if not path.exists():
        raise InputError([f"{path}: no such file"], hint="name the delivered file, or the folder it is in")
    if path.suffix.lower() in _SPREADSHEETS:
        return _spreadsheet(path, sheet, within)
    raw = read_table(path, within=within)
    frame: pd.DataFrame = raw.table.to_pandas()
    frame["__line__"] = raw.lines(np.arange(len(frame)))
    return frame


def _spreadsheet(path: Path, sheet: str | None, within: Path | None) -> pd.DataFrame:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(read_regular(path, within=within)))
    except (python_calamine.CalamineError, OSError) as error:
        raise InputError(
            [f"{path.name}: not a spreadsheet that can be read"], hint="save it as XLSX or CSV UTF-8"
        ) from error
    if sheet is not None and sheet not in book.sheet_names:
        raise InputError([f"{path.name}: no sheet {sheet}; found {', '.join(book.sheet_names)}"])
    rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    if not rows:
        raise InputError([f"{path.name}: the sheet is empty, expected a header row"])
    header = [_text(cell) or f"column {i + 1}" for i, cell in enumerate(rows[0])]
    columns = {name: pd.array([_text(r[i]) for r in rows[1:]], dtype="str") for i, name in enumerate(header)}
    return pd.DataFrame(columns).assign(__line__=np.arange(2, len(rows) + 1))


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
