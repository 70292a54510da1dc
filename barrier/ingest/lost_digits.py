"""Ids that a spreadsheet may have changed: digits that are lost, zeros in front that are gone, signs that do not show.

Rule: an id is never changed here; what was found is told with the lines of examples.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import RawTable
from barrier.ingest.rejects import Rows

LOST_DIGITS = "a number in scientific notation, of which digits are lost; expected the id with all its digits"
_SCIENTIFIC = r"^[+-]?\d[.,]\d+[eE][+-]?\d{1,3}$|^[+-]?\d[eE]\+\d{1,3}$"
_NEAR_SCIENTIFIC = re.compile(  # in any writing: `'1.2E+08`, `BSN 1,2 e8`, `1.2*10^8`; not `12E4`, which may be an id
    r"(?<![\w.,])(?:[a-z]+[\s:.#=-]*)?(?:\d+[.,]\d+\s*(?:e\s*[+-]?|[x*\u00d7\u00b7]\s*10\s*(?:\^|\*\*)?\s*[+-]?)|\d+\s*e\s*\+)"
    r"\s*\d{1,3}(?!\w)",
    re.I,
)
_KEPT_DIGITS = 15  # of a number in a spreadsheet
_SURE_ZEROS = 3  # so many zeros in their place are no chance
_FIXED_WIDTH = 8  # ids that are as wide as this, or wider, are numbers of a register, not counters
_NEAR_WIDTH = 3
_EXAMPLES = 3


def scientific_ids(ids: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return which ids are numbers in scientific notation, of which digits are lost; None where none can be."""
    if not (_has_any(ids, b"eE") and _has_any(ids, b"+.,")):
        return None
    return pc.match_substring_regex(ids, _SCIENTIFIC)


def may_be_scientific(ids: Sequence[str | None]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which ids may be numbers in scientific notation, whatever stands around them; for those that protect."""
    found = [bool(i) and _NEAR_SCIENTIFIC.search(unicodedata.normalize("NFKC", i)) is not None for i in map(_text, ids)]
    return np.array(found, dtype=bool)


def _text(cell: str | None) -> str:
    return cell or ""


def _has_any(ids: pa.ChunkedArray, signs: bytes) -> bool:
    """Return whether a sign may stand in a column; surely not where false. Whole buffers are looked at, not cells."""
    for chunk in ids.chunks:
        buffer = chunk.buffers()[2]
        if buffer is not None and len(buffer):
            data = np.frombuffer(buffer, np.uint8)
            if any((data == sign).any() for sign in signs):
                return True
    return False


def lost_digit_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of a column of ids, each with the lines of examples."""
    ids = pc.utf8_trim_whitespace(raw.table.column(column)).combine_chunks()
    found = [_hidden(ids, raw.lines), *_lost_digits(ids, raw.lines)]
    return [f"{raw.name}: {note}" for note in found if note]


def _hidden(ids: pa.Array, lines: Callable[[Rows], Rows]) -> str:
    odd = pc.fill_null(pc.invert(pc.string_is_ascii(ids)), False)
    if not pc.any(odd).as_py():
        return ""
    places = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    cells = zip(places.tolist(), ids.take(pa.array(places)).to_pylist(), strict=True)
    hidden = [place for place, text in cells if any(unicodedata.category(c) == "Cf" for c in text)]
    return _told(hidden, lines, "holds a sign that does not show", "hold signs that do not show")


def _lost_digits(ids: pa.Array, lines: Callable[[Rows], Rows]) -> list[str]:
    """Return what is told of ids that are numbers: their last digits became zeros, or zeros in front are gone."""
    digits = pc.fill_null(pc.and_(pc.utf8_is_decimal(ids), pc.string_is_ascii(ids)), False)
    if not pc.any(digits).as_py():
        return []
    width = np.where(digits.to_numpy(zero_copy_only=False), pc.fill_null(pc.utf8_length(ids), 0).to_numpy(), 0)
    return [n for n in (_rounded(ids, width, lines), _narrower(ids, width, lines)) if n]


def _rounded(ids: pa.Array, width: Rows, lines: Callable[[Rows], Rows]) -> str:
    long = np.flatnonzero(width > _KEPT_DIGITS)
    if not len(long):
        return ""
    texts = ids.take(pa.array(long))
    if not pc.all(pc.ends_with(texts, "0")).as_py():
        return ""
    zeros = pc.match_substring_regex(pc.utf8_slice_codeunits(texts, _KEPT_DIGITS), "^0+$")
    if not pc.all(zeros).as_py() or int((width[long] - _KEPT_DIGITS).sum()) < _SURE_ZEROS:
        return ""
    return _told(
        long.tolist(),
        lines,
        f"has only zeros after its first {_KEPT_DIGITS} digits: as a number in a spreadsheet it lost the others",
        f"have only zeros after their first {_KEPT_DIGITS} digits: as numbers in a spreadsheet they lost the others",
    )


def _narrower(ids: pa.Array, width: Rows, lines: Callable[[Rows], Rows]) -> str:
    filled = int(len(ids) - ids.null_count)
    widest = int(width.max())
    if widest < _FIXED_WIDTH or int((width > 0).sum()) < filled or pc.any(pc.starts_with(ids, "0")).as_py():
        return ""
    narrow = np.flatnonzero((width > 0) & (width < widest))
    near = len(narrow) and int(width[narrow].min()) >= widest - _NEAR_WIDTH
    if not near or 2 * len(narrow) > filled or filled >= 10 ** (widest - 2):
        return ""
    less = f"fewer digits than the {widest} of the others: zeros in front may be lost"
    return _told(narrow.tolist(), lines, f"has {less}", f"have {less}")


def _told(rows: list[int], lines: Callable[[Rows], Rows], one: str, several: str) -> str:
    if not rows:
        return ""
    shown = _listed(lines(np.array(rows[:_EXAMPLES], dtype=np.int64)))
    more = ", …" if len(rows) > _EXAMPLES else ""
    what = f"1 id {one}" if len(rows) == 1 else f"{len(rows):,} ids {several}"
    return f"{what} (line{'s' if len(rows) > 1 else ''} {shown}{more})"


def _listed(lines: Rows) -> str:
    return ", ".join(f"{line:,}" for line in lines.tolist())
