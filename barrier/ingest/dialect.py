"""How a text of cells is written: what stands between cells, which columns it has, where its rows begin.

Rule: a separator counts outside quotes only, and the one is taken by which the first rows have as many cells as the
header; a header that cannot be read so is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from barrier.errors import InputError
from barrier.ingest.layout import Layout, named_once
from barrier.ingest.limits import Limits, check_at_most
from barrier.ingest.plain_words import is_known_column, shown_headers
from barrier.ingest.rawtable import Unread
from barrier.ingest.texts import line_at

SEPARATORS = (",", ";", "\t", "|")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLANK = re.compile(rb"[\r\n]*")
_SAYS = re.compile(rb'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)
_MOST_LINES = 50  # of one header
_SAMPLE_LINES, _SAMPLE_BYTES = 20, 1 << 16
_QUOTED = "write each name of a column on one line (in a spreadsheet: without Alt+Enter), with its quotes closed"


@dataclass(frozen=True)
class Dialect:
    """How the cells of a text stand.

    Args:
        names: The columns; a nameless one is called by its place.
        nameless: Which columns (0-based) have no name.
        separator: What stands between cells.
        start: Where the first row after the header begins.
        record: Number of the record that is the header.
        line: The line on which it begins.
        unread: Columns whose name stands twice, where that is allowed.
    """

    names: tuple[str, ...]
    nameless: tuple[int, ...]
    separator: str
    start: int
    record: int
    line: int
    unread: Mapping[str, Unread] = field(default_factory=dict)


def dialect_of(name: str, data: bytes, bounds: Limits, layout: Layout) -> Dialect:
    """Return how a text is written, by its first lines.

    Raises:
        InputError: It has no header that can be read, a column stands twice, or the header is over a limit.
    """
    place, record, line, said = _first(data)
    if layout.names:
        separator = said or _separator_of(len(layout.names), _sample(data, place))
        return Dialect(layout.names, (), separator, place, record - 1, line)
    header, end = _header_text(name, data, place, line, bounds)
    separator = said or _separator(header, _sample(data, end))
    check_at_most(name, "columns", header.count(separator) + 1, bounds.columns)
    cells = _cells(header, separator)
    if cells is None or any("\n" in c and separator in c for c in cells):
        raise InputError(
            [f"{name}: line {line}: a quote in the header is not closed, or takes other rows in"], hint=_QUOTED
        )
    names = [" ".join(c.split()) if "\n" in c else c for c in cells]
    nameless = tuple(i for i, n in enumerate(names) if not n)
    if len(nameless) == len(names):
        raise InputError([f"{name}: line {line}: no column has a name"], hint="deliver the file with its header")
    names, unread = once(name, line, names, layout)
    called = tuple(n or f"column {i}" for i, n in enumerate(names, start=1))
    return Dialect(called, nameless, separator, end, record, line, unread)


def once(name: str, line: int, names: Sequence[str], layout: Layout) -> tuple[list[str], Mapping[str, Unread]]:
    """Return the names of a header, none of them twice, and which of them cannot be read because they stood twice.

    Raises:
        InputError: A name stands twice, and may not.
    """
    if layout.repeats:
        return named_once(names)
    check_once(name, line, names)
    return list(names), {}


def check_once(name: str, line: int, names: Sequence[str]) -> None:
    """Refuse a header in which a name stands twice; an empty one is none.

    Raises:
        InputError: One does.
    """
    named = [n for n in names if n]
    twice = [n for n in dict.fromkeys(named) if named.count(n) > 1]
    if twice:
        numbers = [i for i, n in enumerate(names, start=1) if n in twice]
        shown = shown_headers(names, numbers, lambda n: is_known_column("_".join(n.lower().split())))
        raise InputError(
            [f"{name}: line {line}: {shown}: a name stands twice, expected every column once"],
            hint="give each column a name of its own",
        )


def _first(data: bytes) -> tuple[int, int, int, str]:
    """Return where the header begins, the number of its record, its line, and the separator that a line says."""
    start = _end(_BLANK, data, 0)
    end = _end(_LINE, data, start)
    told = _SAYS.fullmatch(data[start:end].strip(b"\r\n"))
    if told is None:
        return start, 1, line_at(data, start), ""
    header = _end(_BLANK, data, end)
    return header, 2, line_at(data, header), told.group(1).decode()


def _header_text(name: str, data: bytes, start: int, line: int, bounds: Limits) -> tuple[str, int]:
    """Return the header, which goes on over line ends within quotes, and where it ends."""
    end = start
    for _ in range(_MOST_LINES):
        found = _LINE.match(data, end, start + bounds.header_bytes + 1)
        last, end = end, found.end() if found else end
        check_at_most(name, "bytes in the header line", end - start, bounds.header_bytes)
        if data.count(b'"', start, end) % 2 == 0 or end == last:
            break
    if data.count(b'"', start, end) % 2:
        raise InputError([f"{name}: line {line}: a quote opens in the header and is not closed"], hint=_QUOTED)
    text = data[start:end].decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n"), end


def _sample(data: bytes, start: int) -> list[str]:
    lines = data[start : start + _SAMPLE_BYTES].decode("utf-8", errors="ignore").splitlines()
    return [text for text in lines[:_SAMPLE_LINES] if text.strip() and text.count('"') % 2 == 0]


def _separator(header: str, sample: Sequence[str]) -> str:
    """Return what stands between the cells of a header and of the first rows."""
    counts = {s: len(_cells(header, s) or ()) for s in SEPARATORS}
    likely = [s for s in SEPARATORS if counts[s] > 1]
    if not likely:
        return SEPARATORS[0]

    def fits(separator: str) -> tuple[int, int]:
        same = sum(len(_cells(text, separator) or ()) == counts[separator] for text in sample)
        return same, counts[separator]

    return max(likely, key=fits)


def _separator_of(width: int, sample: Sequence[str]) -> str:
    """Return what stands between the cells of rows that should have so many."""
    return max(SEPARATORS, key=lambda s: sum(len(_cells(text, s) or ()) == width for text in sample))


def _cells(text: str, separator: str) -> list[str] | None:
    """Return the cells of one record; None where its quotes are not closed as they should be."""
    try:
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
    return [cell.strip() for cell in rows[0]] if len(rows) == 1 else None


def _end(pattern: re.Pattern[bytes], data: bytes, start: int) -> int:
    found = pattern.match(data, start)
    return found.end() if found else start
