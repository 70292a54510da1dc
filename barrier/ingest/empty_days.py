"""Days that programs write for an empty date, and that can be days all the same: told wherever they stand.

Rule: they are taken as they stand, as a register writes them for long ago too; how many there are, and where, is told.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.cells import FROM, UNTIL
from barrier.ingest.rawtable import RawTable
from barrier.model.schema import Property, schema
from barrier.printable import counted

# a database's, a Mac spreadsheet's and a computer's clock's first day
_DAYS = ("1900-01-01", "1904-01-01", "1970-01-01")
_FIRST_BYTES = 10
_LINES = 3  # that are named as examples


def empty_day_notes(raw: RawTable, owner: str) -> list[str]:
    """Return what to tell of days in a delivered table that stand for an empty date in some programs.

    Args:
        raw: The table, with its columns called as in the model.
        owner: Label or relationship type of its rows.
    """
    columns = [(c, prop) for c, prop in _dates(owner).items() if c in raw.table.column_names]
    found = ((c, day, _holding(raw.table.column(c), day)) for c, prop in columns for day in _days_of(prop))
    return [_told(raw, column, day, rows) for column, day, rows in found if len(rows)]


def _dates(owner: str) -> dict[str, Property]:
    labels, links = schema().labels, schema().relationships
    properties = labels[owner].properties if owner in labels else links[owner].properties
    dates = {n: p for n, p in properties.items() if p.type == "date" and not p.derived}
    return dates if owner in labels else {"from": FROM, "until": UNTIL, **dates}


def _days_of(prop: Property) -> tuple[str, ...]:
    """Return the days that are told; a row that ends on 1900-01-01 is set aside."""
    return _DAYS if prop.ends is None else _DAYS[1:]


def _holding(column: pa.ChunkedArray, day: str) -> np.ndarray:
    """Return the rows that hold a day, or a time of it; whole buffers are looked at first."""
    buffers = (chunk.buffers()[2] for chunk in column.chunks)
    if not any(day.encode() in buffer.to_pybytes() for buffer in buffers if buffer is not None):
        return np.zeros(0, np.int64)
    found = pc.equal(pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column), 0, _FIRST_BYTES), day)
    return np.flatnonzero(pc.fill_null(found, False).to_numpy())


def _told(raw: RawTable, column: str, day: str, rows: np.ndarray) -> str:
    shown = ", ".join(f"{line}" for line in raw.lines(rows[:_LINES])) + (", …" if len(rows) > _LINES else "")
    rows_told = counted(len(rows), "row has", "rows have")
    return (
        f"{raw.name}: {rows_told} {column} {day} (line{'' if len(rows) == 1 else 's'} {shown}), "
        "which programs also write for an empty date: taken for that day; clear the cell if it is none"
    )
