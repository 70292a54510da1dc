"""Ids in which more than one id may stand: `b4;b5`, `b4|b5`, `b4, b5`.

Rule: such an id is one and stays one; where few are so, it is told, with the lines of examples.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import RawTable
from barrier.printable import counted

_SEVERAL = r"^[^;|,]*[\pL\pN][^;|,]*([;|,][^;|,]*[\pL\pN][^;|,]*)+$"
_SCIENTIFIC = r"^\s*[+-]?\d+,\d+[eE][+-]?\d+\s*$"  # one number, set aside for the digits it lost
_EXAMPLES = 3


def several_id_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of ids that are put together by a separator, where most others are not.

    Args:
        raw: The table.
        column: The column of its ids.
    """
    ids = raw.table.column(column)
    if not _may_hold(ids):
        return []
    several = pc.and_not(pc.match_substring_regex(ids, _SEVERAL), pc.match_substring_regex(ids, _SCIENTIFIC))
    rows = np.flatnonzero(pc.fill_null(several, False).to_numpy())
    if not len(rows) or 2 * len(rows) > len(ids):
        return []
    lines = ", ".join(f"{n:,}" for n in raw.lines(rows[:_EXAMPLES])) + (", …" if len(rows) > _EXAMPLES else "")
    return [
        f"{raw.name}: {counted(len(rows), 'id', 'ids')} with a semicolon, a bar or a comma between two words (line"
        f"{'' if len(rows) == 1 else 's'} {lines}): kept as one id; where it is several, give each a row of its own"
    ]


def _may_hold(ids: pa.ChunkedArray) -> bool:
    """Return whether a separator may stand in a column; surely not where false."""
    return any(pc.any(pc.match_substring(ids, sign)).as_py() for sign in ";|,")
