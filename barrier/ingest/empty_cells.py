"""Cells of a region folder with a word that stands for nothing: `onbekend`, `n.v.t.`, `-`.

Rule: such a cell is empty, as it is through a mapping; a value of a listed property (Address.kind unknown) stays one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.cells import Checked, Mask
from barrier.ingest.listed import listed
from barrier.ingest.placeholders import Placeholders
from barrier.model.schema import Property


def nothing_in(column: pa.ChunkedArray, prop: Property, checked: Checked, words: Placeholders) -> Mask:
    """Return the rows whose cell of a column stands for nothing.

    Args:
        column: The cells as delivered.
        prop: What they are.
        checked: How they were read: of a type in which no word can stand only the wrong ones are looked at.
        words: Words that stand for nothing.
    """
    nothing = np.zeros(len(column), dtype=bool)
    rows = _looked_at(column, prop, checked)
    if not len(rows):
        return nothing
    cells = column if len(rows) == len(column) else column.take(pa.array(rows))
    found = {t for t in words.in_column(cells) if listed(t, prop.values) is None}
    if prop.unit == "year":  # as registers write one that nobody knows
        found |= set(pc.unique(cells).filter(pc.match_substring_regex(pc.unique(cells), r"^\s*0+\s*$")).to_pylist())
    if found:
        nothing[rows] = pc.is_in(cells, value_set=pa.array(sorted(found), pa.string())).to_numpy()
    return nothing


def _looked_at(column: pa.ChunkedArray, prop: Property, checked: Checked) -> np.ndarray:
    if prop.type == "list" or (prop.type == "string" and not prop.strict and not prop.pattern):
        return np.arange(len(column))
    return np.flatnonzero(np.logical_or.reduce([np.zeros(len(column), dtype=bool), *(m for m, _ in checked.problems)]))
