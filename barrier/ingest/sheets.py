"""A delivered file that is named by somebody: it has to be there, and perhaps whole.

Rule: it is read by the one reader; where its rows say what is secret, a row that cannot be read refuses the file.
"""

from __future__ import annotations

from pathlib import Path

from barrier.errors import InputError
from barrier.ingest.layout import Layout
from barrier.ingest.ragged import check_whole
from barrier.ingest.reader import RawTable, read_table

_TOLD = 20  # wrong rows that are named


def delivered_table(
    path: Path,
    *,
    sheet: str | None = None,
    within: Path | None = None,
    fill_merged: bool = False,
    layout: Layout | None = None,
) -> RawTable:
    """Return a file as a table of text.

    Args:
        path: The file.
        sheet: The sheet of a spreadsheet; default the first that is not hidden.
        within: The delivered folder it lies in: it is not read through a link.
        fill_merged: Whether the value of merged cells stands in every row of them.
        layout: What a mapping says of how the table stands in its file.

    Raises:
        InputError: It is not there, cannot be read, or has no such sheet.
    """
    if not path.exists():
        raise InputError([f"{path}: no such file"], hint="name the delivered file, or the folder it is in")
    return read_table(path, within=within, sheet=sheet, fill_merged=fill_merged, layout=layout)


def check_rows(raw: RawTable, *, flagged: bool) -> None:
    """Refuse a table of persons or addresses with rows of which it cannot be seen whether they are secret.

    Args:
        raw: The table.
        flagged: Whether a column of it says what is secret: then every row must have a cell for each column.

    Raises:
        InputError: There are such rows, or a quote that is not closed.
    """
    check_whole(raw, "")
    if flagged and len(raw.ragged):
        lines = raw.record_lines(raw.ragged)
        raise InputError(
            [
                f"{raw.name}: line {line:,}: {reason}"
                for line, reason in zip(lines[:_TOLD], raw.ragged_reasons, strict=False)
            ],
            hint="with cells too many or missing it cannot be seen whether such a row is secret: mend the line, "
            "or take it out where it is a heading or a total, and deliver the file again",
        )
