"""What to tell where a column itself decided what a dot or a comma in some of its cells means.

Rule: a reading that rests on other cells is never taken without a word.
"""

from __future__ import annotations

from barrier.ingest.cells import Checked
from barrier.ingest.rawtable import RawTable
from barrier.ingest.row_notes import row_note

_CALLED = {".": "a dot", ",": "a comma"}


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
    return [row_note(raw, column, checked.decided, reading(checked.sign))]
