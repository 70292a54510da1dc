"""What to tell of rows of a delivered table that are read: how many, and the lines of examples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from barrier.ingest.rawtable import RawTable
from barrier.printable import counted

_LINES = 3  # that are named as examples


def row_note(raw: RawTable, column: str, marked: npt.NDArray[np.bool_], said: str) -> str:
    """Return what to tell of some rows.

    Args:
        raw: The table.
        column: The column it is about.
        marked: Which rows.
        said: What is said of them, behind `3 rows`.
    """
    rows = np.flatnonzero(marked)
    shown = ", ".join(f"{line:,}" for line in raw.lines(rows[:_LINES]).tolist()) + (", …" if len(rows) > _LINES else "")
    return f"{raw.name}: {column}: {counted(len(rows), 'row')} {said} (line{'' if len(rows) == 1 else 's'} {shown})"
