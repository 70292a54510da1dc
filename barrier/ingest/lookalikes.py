"""Ids that may be one and the same: how they are seen, and which are another one but for how it is written down.

Rule: this decides what is withheld, and what is told as nearly the same; never what is taken as one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.column_bytes import is_ascii

_ZEROS = r"(^|[^0-9])0+([0-9])"
_FRACTION = r"([0-9])[.,]0+$"
_SIGNS = r"[^\p{L}\p{N}]+"
_WORD = (  # what names a number, and is no part of it
    r"^(?:bsn|sofi|burgerservice|kvk|rsin|vestigings|bag|anummer|vnummer|nummer|nr|no)"
    r"(?:[^\p{L}\p{N}]*(?:nummer|nr|no))?[^\p{L}\p{N}]*([0-9])"
)
_BEGIN_WORDS = np.zeros(1 << 16, dtype=bool)  # by the first two bytes
for _word in ("bs", "so", "bu", "kv", "rs", "ve", "ba", "an", "vn", "nu", "nr", "no"):
    _BEGIN_WORDS[ord(_word[0]) | ord(_word[1]) << 8] = True
_SMALL = np.frombuffer(bytes(range(256)).lower(), np.uint8)
_KEPT = np.array([byte >= 0x80 or chr(byte).isalnum() for byte in range(256)])


def shown(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids without what nobody sees in them, and without quotes and blanks around them."""
    if not is_ascii(ids):
        ids = pc.utf8_normalize(ids, "NFKC")
    return pc.utf8_trim(pc.replace_substring_regex(ids, r"[\p{Cf}\p{Cc}]+", ""), " \"'`")


def folded(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids as they are seen, in small letters."""
    return pc.utf8_lower(shown(ids))


def bare(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids as they are seen, in small letters, without `.0` behind them and a word that names a number."""
    return pc.replace_substring_regex(pc.replace_substring_regex(folded(ids), _FRACTION, r"\1"), _WORD, r"\1")


def without_zeros(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids without the zeros in front of each number in them."""
    return pc.replace_substring_regex(ids, _ZEROS, r"\1\2")


def forms(ids: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return ids without signs, and without the zeros before each number between signs, or between letters."""
    whole = bare(ids)
    between_signs = pc.replace_substring_regex(without_zeros(whole), _SIGNS, "")
    return between_signs, without_zeros(pc.replace_substring_regex(whole, _SIGNS, ""))


def look_alike(ids: pa.ChunkedArray, secret: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which ids are one of others but for case, zeros, `.0` behind, blanks, signs and words for numbers."""
    among = pc.unique(letters_and_digits(secret, zeros=False))
    maybe = pc.is_in(letters_and_digits(ids, zeros=False), value_set=among)
    places = np.flatnonzero(pc.and_(maybe, pc.is_valid(ids)).to_numpy())
    found = np.zeros(len(ids), dtype=bool)
    if len(places):
        found[places] = _is_one_of(ids.take(pa.array(places)), secret)
    return pa.chunked_array([pa.array(found)])


def _is_one_of(ids: pa.ChunkedArray, secret: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    found = pc.is_in(folded(ids), value_set=folded(secret).combine_chunks())
    for form, other in zip(forms(ids), forms(secret), strict=True):
        among = pc.unique(other.filter(pc.not_equal(other, "")))
        found = pc.or_(found, pc.is_in(form, value_set=among))
    return np.asarray(found.to_numpy(), dtype=bool)


def letters_and_digits(ids: pa.ChunkedArray, *, zeros: bool = True) -> pa.Array:
    """Return only the small letters and digits of ids: what differs in them is not alike; whole buffers at once.

    Args:
        ids: The ids.
        zeros: Whether zeros stay; without them, ids that differ in zeros anywhere are equal too.
    """
    texts = pc.fill_null(ids, "") if ids.null_count else ids
    if not is_ascii(texts):
        texts = pc.replace_substring_regex(folded(texts), r"[^\p{L}\p{N}.,]+", "")
    texts, data, offsets = buffers(texts)
    if (data == ord(".")).any() or (data == ord(",")).any() or may_begin_with_words(data, offsets):
        texts, data, offsets = buffers(pc.replace_substring_regex(bare(texts), _SIGNS, ""))
    kept = _KEPT[data] if zeros else _KEPT[data] & (data != ord("0"))
    ends = np.concatenate([[0], np.cumsum(kept)])[offsets].astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(_SMALL[data[kept]]))


def buffers(ids: pa.Array | pa.ChunkedArray) -> tuple[pa.StringArray, npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return ids as one array, its bytes, and where each id begins and the last one ends."""
    array = ids if isinstance(ids, pa.Array) else pa.concat_arrays([pa.array([], pa.string()), *ids.chunks])
    _, starts, held = array.buffers()
    if not len(array) or held is None or not held.size:
        return array, np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    at = np.frombuffer(starts, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return array, np.frombuffer(held, np.uint8)[at[0] : at[-1]], at - at[0]


def may_begin_with_words(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> bool:
    """Return whether an id may begin with a word that names a number; what stands around it is looked at by others."""
    begins = offsets[:-1][np.diff(offsets) > 1]
    if not len(begins):
        return False
    two = _SMALL[data[begins]].astype(np.uint16) | _SMALL[data[begins + 1]].astype(np.uint16) << 8
    odd = ~_KEPT[data[begins]]  # a quote or a blank in front
    return bool(odd.any() or _BEGIN_WORDS[two].any())
