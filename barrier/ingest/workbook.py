"""A sheet of a spreadsheet as a table of text, with what a reader of its text would not see.

Rule: every cell is the text a reader sees (numbers without a fraction that is none, dates ISO); what is merged, an
error, a formula without outcome or a number too long to be kept is doubted, cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from barrier.errors import InputError
from barrier.ingest.dialect import once
from barrier.ingest.layout import Layout, above_notes
from barrier.ingest.limits import Limits
from barrier.ingest.no_rows import error_cells, no_rows
from barrier.ingest.plain_words import places as columns_told
from barrier.ingest.rawtable import LONG_NUMBER, Doubt, RawTable
from barrier.ingest.sheet_comments import comment_notes
from barrier.ingest.sheet_marks import ERROR, FORMULA, HIDDEN, HIDDEN_COLUMN, ZEROS
from barrier.ingest.spreadsheet import BOOLEAN, DATE, LONG, NUMBER, TIME, Block, Sheet, read_sheet

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_PLAIN_SHEET = re.compile(r"(?i)(sheet|blad|data|tabel|table|feuil1?|tabelle|export|lijst|list|gegevens)[ _]?\d*")
_REASONS = {
    ERROR: "a cell with an error; expected a value: mend the formula, or clear the cell",
    FORMULA: "a formula without its outcome; open the file in a spreadsheet program, save it and deliver it again",
    LONG: LONG_NUMBER,
}
_KINDS = {ERROR: "error", FORMULA: "formula", LONG: "number"}
_ZEROS = (
    "a number that its cell shows with zeros before it or words around it in a way that is not read; format the column "
    "as text and write what is meant"
)
_MADE = "the spreadsheet made a {} of it; format the column as text and write what was meant"
_NO_TEXTS = {kind: _MADE.format(kind) for kind in (DATE, TIME)} | {BOOLEAN: _MADE.format("yes or no"), ZEROS: _ZEROS}
_LINES = 5  # that are named as examples
_UNREAD = "(unread)"  # in place of what cannot be read
_MERGED = "part of merged cells, and only the first of them holds the value; take the cells apart, or say merged: fill"
Spot = tuple[int, int, str, str]  # row and column of the sheet, kind, reason


def read_spreadsheet(
    name: str, content: bytes, sheet: str | None, *, fill: bool, bounds: Limits, layout: Layout
) -> RawTable:
    """Return a sheet as a table.

    Args:
        name: The file, for messages.
        content: Its bytes.
        sheet: The sheet; default the first that is not hidden.
        fill: Whether the value of merged cells stands in every row of them.
        bounds: What it may hold.
        layout: What a mapping says of how the table stands in it.

    Raises:
        InputError: It cannot be read, has no such sheet or no header, or is over a limit.
    """
    found = read_sheet(name, content, sheet, bounds)
    first = _header_row(name, found, layout)
    blocks = [b for b in found.blocks or () if b[1][0] < len(found.rows) or b[0][0] < len(found.rows)]
    if any(top <= first <= bottom for (top, _), (bottom, _) in blocks):
        title = sum(map(bool, found.rows[first])) == 1
        what = "a title in merged cells stands in place of the header" if title else "cells of the header are merged"
        raise InputError(
            [f"{name}: line {first + 1}: {what}; expected one name a column"],
            hint="take the cells apart and write one row of names above the table; where it stands further down, "
            "a mapping can say on which line (header: 3)",
        )
    header, unread = once(name, first + 1, _header(name, found, first, layout), layout)
    names = [cell or f"column {i}" for i, cell in enumerate(header, start=1)]
    _fill_unread(found, len(names))
    places = np.array([i for i, row in enumerate(found.rows) if i > first and any(row)], dtype=np.int64)
    _fill_merged(found, blocks)
    columns = [pa.array([found.rows[i][c] for i in places], pa.string()) for c in range(len(names))]
    table = pa.table(columns, names=names)
    spots = [*_marked(found), *_merged(blocks, len(found.rows), len(names), fill=fill)]
    doubts = [*_doubts(spots, names, places), *no_rows(table), *error_cells(table)]
    kinds = {place: rows for place, rows in _kinds(found, blocks, places) if len(rows) and place[0] < len(names)}
    return RawTable(
        name,
        table,
        content + f"\0{found.read}{fill}{layout.header or ''}{layout.names or ''}".encode(),
        np.zeros(0, np.int64),
        (),
        is_text=False,
        origin_lines=places + 1,
        header=first + 1,
        doubts=tuple(doubts),
        notes=(
            *_notes(name, found),
            *_hidden_note(name, found, places),
            *_hidden_columns(name, found, len(names)),
            *comment_notes(name, content),
            *above_notes(name, layout.header),
        ),
        unread=unread,
        numbers={names[column]: rows for (column, kind), rows in kinds.items() if kind == NUMBER},
        no_texts=tuple(
            Doubt(rows, names[column], kind, _NO_TEXTS[kind])
            for (column, kind), rows in kinds.items()
            if kind != NUMBER
        ),
        beside=tuple((found.sheets[i][0], f"{name}: {_called(found, i)}") for i in _others(found)),
    )


def _header_row(name: str, found: Sheet, layout: Layout) -> int:
    """Return the row of the header, from 0; -1 where there is none."""
    filled = next((i for i, row in enumerate(found.rows) if any(row)), None)
    if filled is None:
        raise InputError(
            [f"{name}: {_called(found, found.read)} is empty, expected a header row"], hint="name another sheet"
        )
    if layout.names:
        return -1
    first = layout.header - 1 if layout.header else filled
    if first >= len(found.rows) or not any(found.rows[first]):
        raise InputError(
            [f"{name}: line {first + 1:,}: expected the header that the mapping says is there, found nothing"],
            hint="look at header: in the mapping; rows are counted from 1, empty ones too",
        )
    return first


def _header(name: str, found: Sheet, first: int, layout: Layout) -> list[str]:
    """Return the names of the columns, empty where there is none."""
    if not layout.names:
        return [" ".join((cell or "").split()) for cell in found.rows[first]]
    width, wanted = max(map(len, found.rows)), len(layout.names)
    if width < wanted:
        raise InputError(
            [f"{name}: {_called(found, found.read)} has {width:,} columns, and the mapping names {wanted:,}"],
            hint="look at header: in the mapping",
        )
    return [*layout.names, *[""] * (width - wanted)]


def _called(found: Sheet, number: int) -> str:
    """Return how a sheet is called in a message: by its place, and by its name where that is a plain word."""
    name = found.sheets[number][0]
    return f"sheet {number + 1} ({name})" if _PLAIN_SHEET.fullmatch(name) else f"sheet {number + 1}"


def _others(found: Sheet) -> list[int]:
    """Return the numbers of the sheets that are not read."""
    return [i for i in range(len(found.sheets)) if i != found.read]


def _notes(name: str, found: Sheet) -> Iterator[str]:
    read = f"{name}: {_called(found, found.read)}"
    if found.sheets[found.read][1] == "hidden":
        yield f"{read} was read, and is hidden"
    others = _others(found)
    if others:
        hidden = [i for i in others if found.sheets[i][1] == "hidden"]
        told = ", ".join(_called(found, i) + (" (hidden)" if i in hidden else "") for i in others)
        yield f"{read} was read; not read: {told}"
    if not found.says_errors:
        merged = "" if found.blocks is not None else ", which are merged"
        yield (
            f"{name}: this kind of file does not say which cells are errors or formulas without outcome{merged}, "
            "nor which show zeros before a number, nor which rows are hidden: save it as XLSX if it may hold any"
        )


def _marked(found: Sheet) -> Iterator[Spot]:
    for row, column, what in found.marks:
        if what not in (HIDDEN, HIDDEN_COLUMN):
            yield row, column, _KINDS[what], _REASONS[what]


def _hidden_note(name: str, found: Sheet, places: np.ndarray) -> list[str]:
    """Return what to tell of rows that a reader of the sheet does not see: they are read all the same."""
    lines = np.intersect1d([row for row, _, what in found.marks if what == HIDDEN], places) + 1
    if not len(lines):
        return []
    shown = ", ".join(f"{int(line):,}" for line in lines[:_LINES]) + (", …" if len(lines) > _LINES else "")
    one = len(lines) == 1
    rows = f"{len(lines):,} {'row is' if one else 'rows are'} hidden or filtered away in {_called(found, found.read)}"
    return [f"{name}: {rows}, and read (line{'' if one else 's'} {shown}): take them out if they are not meant"]


def _hidden_columns(name: str, found: Sheet, width: int) -> list[str]:
    """Return what to tell of columns that a reader of the sheet does not see: they are read all the same."""
    hidden = sorted({column + 1 for _, column, what in found.marks if what == HIDDEN_COLUMN and column < width})
    if not hidden:
        return []
    verb = "is" if len(hidden) == 1 else "are"
    return [f"{name}: {columns_told(hidden)} {verb} hidden in {_called(found, found.read)}, and read"]


def _merged(blocks: Sequence[Block], height: int, width: int, *, fill: bool) -> Iterator[Spot]:
    """Yield the cells of blocks that hold no value of their own."""
    for (top, left), (bottom, right) in blocks:
        for row in range(top, min(bottom, height - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                if column > left or (row > top and not fill):
                    yield row, column, "merged", _MERGED


def _fill_unread(found: Sheet, width: int) -> None:
    """Put something in every cell of the table that only seems empty: its row is one, and what it protects is seen.

    The sheet may end before it: rows and cells after the last value are none to who reads values only.
    """
    for row, column, what in found.marks:
        if what in (ERROR, FORMULA) and column < width:
            found.rows.extend([None] * len(found.rows[0]) for _ in range(len(found.rows), row + 1))
            found.rows[row][column] = _UNREAD


def _fill_merged(found: Sheet, blocks: Sequence[Block]) -> None:
    """Put the value of merged cells in each of them."""
    for (top, left), (bottom, right) in blocks:
        for row in range(top, min(bottom, len(found.rows) - 1) + 1):
            last = min(right + 1, len(found.rows[row]))
            found.rows[row][left:last] = [found.rows[top][left]] * (last - left)


def _kinds(found: Sheet, blocks: Sequence[Block], places: np.ndarray) -> Iterator[tuple[tuple[int, str], np.ndarray]]:
    """Yield which rows of the table hold a kind of cell, by column and kind; of merged cells the first counts."""
    for (column, kind), runs in found.kinds.items():
        holds = np.zeros(len(found.rows), dtype=bool)
        for first, last in runs:
            holds[first : last + 1] = True
        for (top, left), (bottom, _) in blocks:
            if left == column:
                holds[top : bottom + 1] = holds[top]
        yield (column, kind), np.flatnonzero(holds[places])


def _doubts(spots: Sequence[Spot], names: Sequence[str], places: np.ndarray) -> list[Doubt]:
    if not spots:
        return []
    frame = pd.DataFrame(spots, columns=["row", "column", "kind", "reason"]).drop_duplicates()
    frame["at"] = np.searchsorted(places, frame["row"])
    held = frame["at"].to_numpy() < len(places)
    held &= places[np.minimum(frame["at"], len(places) - 1)] == frame["row"] if len(places) else False
    frame = frame[held & (frame["column"] < len(names)).to_numpy()]
    return [
        Doubt(np.sort(group["at"].to_numpy(dtype=np.int64)), names[int(str(column))], str(kind), str(reason))
        for (column, kind, reason), group in frame.groupby(["column", "kind", "reason"])
    ]
