"""What is seen in the bytes of a column is never less than what its cells hold, whatever part of a column it is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.ingest.column_bytes import (
    holds_empty,
    is_ascii,
    longest,
    may_hold_blanks,
    may_hold_controls,
    may_hold_letters,
    may_hold_signs,
)

CELLS = st.lists(st.none() | st.text(alphabet="aZ09-. \t\n\x7f\u00a0\u00e9\u0435", max_size=4), max_size=6)


def _column(cells: list[str | None], parts: int) -> pa.ChunkedArray:
    """Return a column in several chunks, each a part of a longer array, as filters and slices leave them."""
    chunks = [pa.array(["before", *cells[i::parts], "after"], pa.string())[1:-1] for i in range(parts)]
    return pa.chunked_array(chunks, pa.string())


@given(CELLS, st.integers(1, 3))
def test_every_cell_that_holds_something_is_seen(cells: list[str | None], parts: int) -> None:
    column, texts = _column(cells, parts), [c for c in cells if c is not None]

    assert is_ascii(column) == all(t.isascii() for t in texts)
    assert holds_empty(column) == ("" in texts)
    assert longest(column) == max((len(t.encode()) for t in texts), default=0)
    assert may_hold_controls(column) == any(c in "\t\n\x7f" for t in texts for c in t)
    assert may_hold_blanks(column) or all(t and t == t.strip() for t in texts)
    assert may_hold_letters(column) or not any(c.isalpha() for t in texts for c in t)
    assert may_hold_signs(column) == any(not (c.isascii() and c.isalnum()) for t in texts for c in t)


@pytest.mark.parametrize(
    ("cells", "blanks", "letters", "signs"),
    [
        (["2024-05-01", None], False, False, True),
        (["a1", "B2"], False, True, False),
        (["a 1"], True, True, True),
        (["1", ""], True, False, False),
        ([None], False, False, False),
    ],
)
def test_plain_columns_are_told_apart(cells: list[str | None], blanks: bool, letters: bool, signs: bool) -> None:
    column = pa.chunked_array([cells], pa.string())

    assert (may_hold_blanks(column), may_hold_letters(column), may_hold_signs(column)) == (blanks, letters, signs)
