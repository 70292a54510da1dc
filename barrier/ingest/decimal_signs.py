"""What to tell where a column itself decided what a dot or a comma in some of its cells means.

Rule: a reading that rests on other cells is never taken without a word.
"""

from __future__ import annotations

import numpy as np

from barrier.ingest.cells import Checked
from barrier.ingest.rawtable import RawTable

_CALLED = {".": "a dot", ",": "a comma"}
_LINES = 3  # that are named as examples


def reading(sign: str) -> str:
    """Return in words how cells were read that can be two numbers."""
    return f"with what can be two numbers: read with {_CALLED[sign]} before the decimals, as the others of the column"


def decided_notes(raw: RawTable, column: str, checked: Checked) -> list[str]:
    """Return what to tell of a column of numbers, with the lines of examples.

    Args:
        raw: The table as delivered.
        column: The column.
        checked: All its cells, as they were read.
    """
    if checked.decided is None or not checked.decided.any():
        return []
    rows = np.flatnonzero(checked.decided)
    lines = raw.lines(rows[:_LINES]).tolist()
    shown = ", ".join(f"{line:,}" for line in lines) + (", …" if len(rows) > _LINES else "")
    told = f"1 row {reading(checked.sign)} (line {shown})"
    if len(rows) > 1:
        told = f"{len(rows):,} rows {reading(checked.sign)} (lines {shown})"
    return [f"{raw.name}: {column}: {told}"]
