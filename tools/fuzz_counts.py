"""Whether every row of what a fuzz input delivers is counted, worked out once more from the files and the rejects.

Rule: nothing here takes the word of the program for it: the sums are made anew, and the rows of a file that was not
spoilt byte by byte are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from barrier.ingest.lists import DeliveredList
from barrier.ingest.region import Region

_TOLD = re.compile(r"rows of (?:[^\n]*? \()?[^\n]*?: ([\d,]+) rows?: ([^\n]*)")
_PARTS = re.compile(r"([\d,]+) (?:used|set aside|equal|left out)")


def told_wrongly(output: str) -> str:
    """Return what is wrong with the numbers of rows that a command prints."""
    for rows, told in _TOLD.findall(output):
        if sum(_number(n) for n in _PARTS.findall(told)) != _number(rows):
            return "rows do not add up"
    return ""


def region_miscounted(read: Region, rows: Mapping[str, int | None]) -> str:
    """Return what is wrong with how the rows of a region are counted.

    Args:
        read: What was read.
        rows: How many rows each delivered file has, None where that is not known.
    """
    counts = {c.file.partition(" (")[0]: c for c in read.row_counts}
    for file, expected in rows.items():
        count = counts.get(file)
        if count is None:
            return "a file is not counted"
        if count.used + count.set_aside + count.equal + count.left_out != count.rows:
            return "rows do not add up"
        if len(read.rejects.lines_of(count.file)) != count.set_aside:
            return "other rows are set aside than counted"
        if expected is not None and count.rows != expected:
            return "the file has another number of rows"
    return ""


def list_miscounted(found: DeliveredList, rows: int | None) -> str:
    """Return what is wrong with how the rows of a list are counted."""
    count = found.count()
    if count.used != int(found.kept().sum()) or count.set_aside != found.rejects.rows():
        return "other rows are used or set aside than counted"
    if count.used + count.set_aside + count.equal != count.rows:
        return "rows do not add up"
    return "the file has another number of rows" if rows is not None and rows != count.rows else ""


def _number(text: str) -> int:
    return int(text.replace(",", ""))
