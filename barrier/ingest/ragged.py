"""Rows of persons and addresses with a wrong number of cells, or inside a quote that is not closed: they protect.

Rule: which cell is the flag cannot be seen in such a row: it protects unless every cell that can be the flag is a no.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence

import numpy as np

from barrier.errors import InputError
from barrier.ingest.reader import RawTable
from barrier.model.words import NO

MOST = 1_000  # rows in doubt above which it is the delivery that is wrong, not a row
_QUOTE = b'"'


def ids_in_doubt(raw: RawTable, flag: str) -> frozenset[str]:
    """Return what can be the ids of the rows with a wrong number of cells that are not surely without the flag.

    Args:
        raw: The table as delivered.
        flag: The column of the flag.
    """
    names = raw.table.column_names
    if flag not in names or "id" not in names:
        return frozenset()
    found: set[str] = set()
    for text in raw.ragged_texts:
        cells = _cells(text, raw.separator)
        flags = _near(cells, names.index(flag), len(names))
        if not flags or not all(cell.lower() in NO for cell in flags):
            found.update(c for c in _near(cells, names.index("id"), len(names)) if c)
    return frozenset(found)


def possible_ids(raw: RawTable) -> frozenset[str]:
    """Return what can be the ids of the rows with a wrong number of cells."""
    names = raw.table.column_names
    if "id" not in names or len(raw.ragged_texts) > MOST:
        return frozenset()
    found = (c for text in raw.ragged_texts for c in _near(_cells(text, raw.separator), names.index("id"), len(names)))
    return frozenset(c for c in found if c)


def possible_ends(raw: RawTable, ends: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what can be the ids of both ends of the links in rows with a wrong number of cells.

    Args:
        raw: The table as delivered.
        ends: The columns of the ends.
    """
    names = raw.table.column_names
    if not {*ends} <= {*names} or len(raw.ragged_texts) > MOST:
        return []
    rows = [_cells(text, raw.separator) for text in raw.ragged_texts]
    near = [[_near(cells, names.index(end), len(names)) for end in ends] for cells in rows]
    return [(one, other) for sources, targets in near for one in sources for other in targets if one and other]


def check_whole(raw: RawTable, flag: str) -> None:
    """Refuse a table whose rows cannot be told apart, or where too many rows have a wrong number of cells.

    Raises:
        InputError: A quote is not closed, or too many rows are in doubt.
    """
    if not raw.is_text:
        _check_objects(raw)
        return
    if flag in raw.table.column_names and len(raw.ragged) > MOST:
        raise InputError(
            [f"{raw.name}: {len(raw.ragged):,} rows have too many or too few cells: what is secret cannot be read"],
            hint="deliver the file again, with as many cells in every row as in the header",
        )
    line = _swallows(raw) if _QUOTE in raw.content else 0
    if line:
        raise InputError(
            [f"{raw.name}: line {line:,}: a quote that is not closed takes other rows in"],
            hint="close the quote, double it where it is part of a value, or write a cell of several lines on one; "
            "then deliver the file again",
        )


def _check_objects(raw: RawTable) -> None:
    """Refuse a file that is no text of cells with rows that cannot be read: what they protect cannot be seen."""
    if len(raw.ragged):
        raise InputError(
            [f"{raw.name}: line {raw.ragged[0]:,}: {raw.ragged_reasons[0]}: what is secret cannot be read"],
            hint="mend the line and deliver the file again",
        )


def _cells(text: str, separator: str) -> list[str]:
    try:
        rows = list(csv.reader([text], delimiter=separator))
    except csv.Error:
        rows = []
    return [cell.strip() for cell in (rows[0] if len(rows) == 1 else text.split(separator))]


def _near(cells: Sequence[str], place: int, expected: int) -> Sequence[str]:
    """Return the cells that can be the one of a column, with cells too many or too few before it."""
    shift = len(cells) - expected
    first, last = sorted((place, place + shift))
    return cells[max(first, 0) : last + 1]


def _swallows(raw: RawTable) -> int:
    """Return the line of the first cell that holds what must be the end of one row and the beginning of another."""
    broken = [r for r, text in zip(raw.ragged, raw.ragged_texts, strict=True) if "\n" in text.strip() or "\r" in text]
    lines = [*raw.record_lines(np.array(broken, dtype=np.int64)), *raw.lines(raw.holding_rows())]
    return int(min(lines, default=0))
