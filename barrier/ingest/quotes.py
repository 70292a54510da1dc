"""Quotes in a text of cells: where records begin, and which quotes are not closed as they should be.

Rule: a quote opens a cell only at its beginning and closes it only before a separator or a line end, doubled ones
left out; a quote within a cell without quotes is a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from barrier.errors import InputError

_PIECE = 1 << 18  # small enough to stay near the processor
_CR, _NEWLINE, _QUOTE = 13, 10, 34
_MOST = 5_000_000  # quoted cells that are looked at one by one, in a text where some quote is out of place
_CLOSE = "close the quote, or double it where it is part of a value, and deliver the file again"
Lines = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Quoted:
    """A quoted cell: where it opens and closes (or the text ends), and whether it closes before a separator."""

    opens: int
    closes: int
    is_closed: bool
    is_clean: bool


@dataclass(frozen=True)
class Records:
    """Where the records of a text begin.

    Args:
        data: The text.
        separator: What stands between cells.
    """

    data: bytes
    separator: str

    @cached_property
    def strict(self) -> bool:
        """Whether every quote opens and closes a cell, or is doubled within one."""
        return _is_strict(self.data, ord(self.separator))

    @cached_property
    def starts(self) -> Lines:
        """Return the line on which each record that is not empty starts."""
        if self.strict:
            return _starts(self.data, None)
        return _starts(self.data, [(q.opens, q.closes) for q in self.cells() if self._has_break(q)])

    @cached_property
    def _openings(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?:(?<=[\r\n" + re.escape(self.separator.encode()) + rb'])|\A)"')

    def cells(self) -> Iterator[Quoted]:
        """Yield the quoted cells one by one, as the reader of the table takes them."""
        place = 0
        ends = {b"", b"\r", b"\n", self.separator.encode()}
        while found := self._openings.search(self.data, place):
            inside = _INSIDE.match(self.data, found.end())
            closes = inside.end() if inside else found.end()
            is_closed = closes < len(self.data)
            yield Quoted(found.start(), closes, is_closed, is_closed and self.data[closes + 1 : closes + 2] in ends)
            place = closes + 1

    def _has_break(self, cell: Quoted) -> bool:
        return any(self.data.find(mark, cell.opens, cell.closes) >= 0 for mark in (b"\n", b"\r"))

    def line(self, place: int) -> int:
        """Return the line on which a byte stands."""
        before = self.data[:place]
        return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")

    def check(self, name: str) -> Lines:
        """Return the lines with a quote that closes within a cell, of cells on one line.

        Raises:
            InputError: A quote takes other rows in, or quotes cannot be told apart.
        """
        odd: list[int] = []
        if self.strict:
            return np.zeros(0, np.int64)
        for number, cell in enumerate(self.cells()):
            if number > _MOST:
                raise InputError([f"{name}: quotes that cannot be told apart in {_MOST:,} cells"], hint=_CLOSE)
            if cell.is_clean:
                continue
            if not cell.is_closed or self._has_break(cell):
                line, place = self.line(cell.opens), self._column(cell.opens)
                raise InputError(
                    [f"{name}: line {line:,}: a quote that is not closed takes other rows in (column {place})"],
                    hint=_CLOSE,
                )
            odd.append(cell.opens)
        if not odd:
            return np.zeros(0, np.int64)
        return np.unique(np.searchsorted(_breaks(self.data), odd) + 1).astype(np.int64)

    def _column(self, place: int) -> int:
        start = max(self.data.rfind(b"\n", 0, place), self.data.rfind(b"\r", 0, place)) + 1
        return 1 + self.data.count(self.separator.encode(), start, place)


def without_blanks_around(data: bytes, separator: str) -> bytes:
    """Return a text without blanks between a separator and a quoted cell (`"b1", "x"`), where the cell is closed.

    A cell that is not, or a quote within one, is left as it stands.
    """
    if b' "' not in data or _is_strict(data, ord(separator)):
        return data
    sign = re.escape(separator.encode())
    cell = rb"((?<=[\r\n" + sign + rb'])|\A) +("(?:[^"\r\n]|"")*+") *(?=[\r\n' + sign + rb"]|\Z)"
    return re.sub(cell, rb"\2", data)


_INSIDE = re.compile(rb'[^"]*+(?:""[^"]*+)*+')


def _is_strict(data: bytes, separator: int) -> bool:
    """Return whether quotes open and close cells in turn; looked at piece by piece, without a loop over cells."""
    if b'"' not in data:
        return True
    text = np.frombuffer(data, dtype=np.uint8)
    fits = np.zeros(256, dtype=bool)
    fits[[_CR, _NEWLINE, _QUOTE, separator]] = True
    seen = 0
    for start in range(0, len(text), _PIECE):
        places = np.flatnonzero(text[start : start + _PIECE] == _QUOTE) + start
        before, after = places[seen % 2 :: 2] - 1, places[1 - seen % 2 :: 2] + 1
        first, last = int(len(before) > 0 and before[0] < 0), int(len(after) > 0 and after[-1] >= len(text))
        if not (
            fits[text[before[first:]]].all() and fits[text[after[: len(after) - last]]].all()
        ):  # but the text's ends
            return False
        seen += len(places)
    return seen % 2 == 0


def _breaks(data: bytes) -> Lines:
    """Return where lines end: a newline, or a carriage return without one."""
    text = np.frombuffer(data, dtype=np.uint8)
    found = []
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        found.append(np.flatnonzero((piece == _NEWLINE) | (piece == _CR)) + start)
    places = np.concatenate([np.zeros(0, np.int64), *found])
    paired = np.zeros(len(places), dtype=bool)
    if len(places) > 1:
        paired[:-1] = (text[places[:-1]] == _CR) & (text[places[1:]] == _NEWLINE) & (np.diff(places) == 1)
    return places[~paired].astype(np.int64)


def _starts(data: bytes, spans: list[tuple[int, int]] | None) -> Lines:
    """Return the line on which each record that is not empty starts.

    Args:
        data: The text.
        spans: Quoted cells with line ends in them; None where counting quotes tells them.
    """
    every = _breaks(data)
    if spans is not None:
        opens, closes = (np.array([s[i] for s in spans], dtype=np.int64) for i in (0, 1))
        last = np.searchsorted(opens, every, side="right") - 1
        inside = (last >= 0) & (every < np.append(closes, 0)[last])
    else:
        inside = _quotes_before(data, every) % 2 == 1
    ends = every[~inside]
    begins, stops = np.concatenate([[0], ends + 1]), np.concatenate([ends, [len(data)]])
    if b"\r\n" in data:  # an empty line that ends so is one too
        text = np.frombuffer(data, dtype=np.uint8)
        stops = stops - ((stops > begins) & (text[np.maximum(stops - 1, 0)] == _CR) & (stops < len(data)))
    return np.asarray(np.searchsorted(every, begins) + 1, dtype=np.int64)[stops > begins]


def _quotes_before(data: bytes, places: Lines) -> Lines:
    """Return how many quotes stand before each place, piece by piece."""
    if b'"' not in data:
        return np.zeros(len(places), np.int64)
    text = np.frombuffer(data, dtype=np.uint8)
    counts = np.zeros(len(places), np.int64)
    seen = 0
    for start in range(0, len(text), _PIECE):
        marks = np.flatnonzero(text[start : start + _PIECE] == _QUOTE) + start
        here = slice(np.searchsorted(places, start), np.searchsorted(places, start + _PIECE))
        counts[here] = seen + np.searchsorted(marks, places[here])
        seen += len(marks)
    return counts
