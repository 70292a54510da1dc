"""Ids that may be one and the same: how they are seen, and which are another one but for how it is written down.

Rule: this decides what is withheld, never what is taken as one: who looks like somebody protected is left out too.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_ZEROS = r"(^|[^0-9])0+([0-9])"
_FRACTION = r"([0-9])[.,]0+$"
_SIGNS = r"[^\p{L}\p{N}]+"


def shown(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids without what nobody sees in them, and without quotes and blanks around them."""
    if not pc.all(pc.string_is_ascii(ids)).as_py():
        ids = pc.utf8_normalize(ids, "NFKC")
    return pc.utf8_trim(pc.replace_substring_regex(ids, r"[\p{Cf}\p{Cc}]+", ""), " \"'`")


def folded(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids as they are seen, in small letters."""
    return pc.utf8_lower(shown(ids))


def look_alike(ids: pa.ChunkedArray, secret: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which ids are one of some others but for case, zeros before numbers, `.0` behind, blanks and signs."""
    found = pc.is_in(folded(ids), value_set=folded(secret).combine_chunks())
    for form, other in zip(_forms(ids), _forms(secret), strict=True):
        among = pc.unique(other.filter(pc.not_equal(other, "")))
        found = pc.or_(found, pc.is_in(form, value_set=among))
    return pc.and_(found, pc.is_valid(ids))


def _forms(ids: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return ids without signs, and without the zeros before each number between signs, or between letters."""
    whole = pc.replace_substring_regex(folded(ids), _FRACTION, r"\1")
    between_signs = pc.replace_substring_regex(pc.replace_substring_regex(whole, _ZEROS, r"\1\2"), _SIGNS, "")
    return between_signs, pc.replace_substring_regex(pc.replace_substring_regex(whole, _SIGNS, ""), _ZEROS, r"\1\2")
