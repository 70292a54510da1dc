"""Rows of a table that say nothing of their own (its header once more, totals of others), and cells with an error.

Rule: only what says so itself; of a total its first filled cell does.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import Doubt, Rows

_TOTAL = r"(?i)^\W*(sub|eind|grand )?(totaa?ls?|totalen|som|sum)( van| of| aantal| number| count| rijen| rows)*[\W\d]*$"

_ERROR = (
    r"^(#(N/A|N/B|REF!|VERW!|VALUE!|WAARDE!|DIV/0!|DEEL/0!|NAME\?|NAAM\?|NUM!|GETAL!|NULL!|LEEG!|SPILL!|CALC!)"
    r"|Err:\d{3})$"
)
ERROR_CELL = "an error of a spreadsheet; expected a value: mend the formula, or clear the cell"


def no_rows(table: pa.Table) -> list[Doubt]:
    """Return the rows of a table that are its header once more, or that total others."""
    if not table.num_rows:
        return []
    first = table.column(0)
    found = []
    again = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(first), table.column_names[0]), False)
    again = np.flatnonzero(again.to_numpy())
    if len(again):
        rows = table.take(pa.array(again)).to_pylist()
        same = [all(" ".join((v or "").split()) in ("", n) for n, v in r.items()) for r in rows]
        found.append(Doubt(again[same], "", "text", "the header stands here once more"))
    totals = _totals(table)
    if len(totals):
        found.append(Doubt(totals, "", "text", "a row that totals others"))
    return [d for d in found if len(d.rows)]


def _totals(table: pa.Table) -> Rows:
    """Return the rows whose first filled cell says that they total others."""
    open_rows = np.arange(table.num_rows)
    found = []
    for column in table.columns[:3]:
        cells = column if len(open_rows) == table.num_rows else column.take(pa.array(open_rows))
        said = pc.fill_null(pc.match_substring_regex(cells, _TOTAL), False)
        found.append(open_rows[said.to_numpy()])
        if not cells.null_count:
            break
        open_rows = open_rows[pc.is_null(cells).to_numpy()]
    return np.sort(np.concatenate(found))


def error_cells(table: pa.Table) -> list[Doubt]:
    """Return the cells that hold the words with which spreadsheets tell an error."""
    found = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        wrong = pc.fill_null(pc.match_substring_regex(column, _ERROR), False)
        rows = np.flatnonzero(wrong.to_numpy())
        if len(rows):
            found.append(Doubt(rows, name, "error", ERROR_CELL))
    return found
