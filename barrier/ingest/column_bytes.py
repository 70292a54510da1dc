"""The bytes of a column of texts as a whole: what holds for all of them is seen without looking at cells.

Rule: an answer is sure one way only: where a byte may stand in a column, its cells are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Column: TypeAlias = pa.Array | pa.ChunkedArray
_ASCII = 0x80
_CONTROLS = np.zeros(256, dtype=bool)
_CONTROLS[:0x20] = _CONTROLS[0x7F] = True
_BLANKS = _CONTROLS.copy()
_BLANKS[0x20] = _BLANKS[0x80:] = True  # blanks of other alphabets too
_LETTERS = np.zeros(256, dtype=bool)
_LETTERS[ord("A") : ord("Z") + 1] = _LETTERS[ord("a") : ord("z") + 1] = _LETTERS[0x80:] = True
_LETTERS_DIGITS = _LETTERS.copy()
_LETTERS_DIGITS[ord("0") : ord("9") + 1] = True
_LETTERS_DIGITS[0x80:] = False


def bytes_of(column: Column) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the bytes of all cells, a chunk at a time."""
    for array, starts in _chunks(column):
        held = array.buffers()[2]
        yield np.frombuffer(held, np.uint8)[starts[0] : starts[-1]] if held is not None else np.zeros(0, np.uint8)


def _chunks(column: Column) -> Iterator[tuple[pa.Array, npt.NDArray[np.int32]]]:
    """Yield the chunks that hold a cell, with the places where each cell begins and the last one ends."""
    for array in [column] if isinstance(column, pa.Array) else column.chunks:
        if len(array) and array.buffers()[1] is not None:
            yield array, np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]


def is_ascii(column: Column) -> bool:
    """Return whether all texts are ASCII."""
    return all(not len(data) or int(data.max()) < _ASCII for data in bytes_of(column))


def may_hold_blanks(column: Column) -> bool:
    """Return whether a cell may hold a blank or a control, or be an empty text; empty cells are none."""
    return _may_hold(column, _BLANKS) or holds_empty(column)


def may_hold_controls(column: Column) -> bool:
    """Return whether a cell may hold a control character of ASCII."""
    return _may_hold(column, _CONTROLS)


def may_hold_letters(column: Column) -> bool:
    """Return whether a cell may hold a letter of any alphabet."""
    return _may_hold(column, _LETTERS)


def may_hold_signs(column: Column) -> bool:
    """Return whether a cell may hold anything but letters and digits of ASCII."""
    return _may_hold(column, ~_LETTERS_DIGITS)


def _may_hold(column: Column, wanted: npt.NDArray[np.bool_]) -> bool:
    return any(bool(wanted[data].any()) for data in bytes_of(column))


def holds_empty(column: Column) -> bool:
    """Return whether a cell that is not null is a text of no length."""
    return any(int((np.diff(starts) == 0).sum()) > array.null_count for array, starts in _chunks(column))


def longest(column: Column) -> int:
    """Return the number of bytes of the longest cell; it has at most as many characters."""
    return max((int(np.diff(starts).max()) for _, starts in _chunks(column)), default=0)
