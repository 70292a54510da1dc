"""Ids and parts of keys that a spreadsheet made a date of before the file was written: `2-jan` for 1-2, `jan-02`.

Rule: among ids that are written otherwise such a one is never taken for an id unsaid; where all are written so, they
are months or days that somebody meant.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import RawTable
from barrier.ingest.row_notes import row_note

Mask = npt.NDArray[np.bool_]
MADE_DATE = (
    "looks like a date that a spreadsheet made of it (2-jan for 2-1); format the column as text, write what was meant"
)
_MONTH = r"(?:jan|feb|mrt|mar|maart|apr|mei|may|jun|juni|jul|juli|aug|sep|sept|okt|oct|nov|dec)\.?"
_MADE = (
    rf"(?i)^\s*(?:\d{{1,2}}[-/ .]{_MONTH}(?:[-/ .]\d{{2,4}})?|{_MONTH}[-/ .]\d{{2,4}}"
    r"|\d{1,2}[-/]\d{1,2}[-/](?:19|20)\d\d)\s*$"
)
_FEWEST = 3  # that are no accident where most are written so


def made_dates(column: pa.ChunkedArray) -> Mask:
    """Return which cells of a column of ids or parts of keys look like a date that was made of them."""
    found = pc.fill_null(pc.match_substring_regex(column, _MADE), False)
    many = pc.sum(found).as_py() or 0
    if many >= _FEWEST and 2 * many >= len(column) - column.null_count:
        return np.zeros(len(column), dtype=bool)
    return np.asarray(found.to_numpy(), dtype=bool)


def made_date_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of ids that look like dates, with the lines of examples."""
    marked = made_dates(raw.table.column(column))
    return [row_note(raw, column, marked, f"with an id that {MADE_DATE}: kept as it stands")] if marked.any() else []
