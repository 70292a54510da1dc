"""A delivered file that is named by somebody: it has to be there, and perhaps whole.

Rule: it is read by the one reader; where its rows say what is secret, a row that cannot be read refuses the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from barrier.errors import InputError
from barrier.ingest.ragged import check_whole
from barrier.ingest.reader import RawTable, read_table

_TOLD = 20  # wrong rows that are named


def delivered_table(
    path: Path,
    *,
    sheet: str | None = None,
    within: Path | None = None,
    whole: bool = False,
    fill_merged: bool = False,
) -> RawTable:
    """Return a file as a table of text.

    Args:
        path: The file.
        sheet: The sheet of a spreadsheet; default the first that is not hidden.
        within: The delivered folder it lies in: it is not read through a link.
        whole: Whether a row with a wrong number of cells, or inside a quote that is not closed, refuses the file.
        fill_merged: Whether the value of merged cells stands in every row of them.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    if not path.exists():
        raise InputError([f"{path}: no such file"], hint="name the delivered file, or the folder it is in")
    raw = read_table(path, within=within, sheet=sheet, fill_merged=fill_merged)
    if whole:
        _check_rows(raw)
    return raw


def read_delivered(
    path: Path, *, sheet: str | None = None, within: Path | None = None, whole: bool = False
) -> pd.DataFrame:
    """Return a file as text columns, missing where empty, plus ``__line__``; see `delivered_table`.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    raw = delivered_table(path, sheet=sheet, within=within, whole=whole)
    frame: pd.DataFrame = raw.table.to_pandas()
    frame["__line__"] = raw.lines(np.arange(len(frame)))
    return frame


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
