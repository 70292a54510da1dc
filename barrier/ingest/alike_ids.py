"""Ids that differ only in how they are written (case, accents, blanks, signs, zeros): noticed, never taken as one.

Rule: `p1` and `P1` may be two; whoever delivers them is told where they stand, and of what is withheld nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.nl import bsn

from barrier.ingest.lookalikes import bare, buffers, forms, letters_and_digits, may_begin_with_words, without_zeros
from barrier.ingest.rawtable import RawTable

HOW = "how it is written (case, accents, blanks, signs, zeros, a word such as BSN, signs that do not show)"
_SIGNS = r"[^\p{L}\p{N}]+"
_IN_GROUPS = r"^[^0-9]*[0-9]+(?:-[0-9]+)+$"
_FEWEST_DIGITS = 7  # of a number that is written in groups: `12-3` and `123` are two houses
_CITIZEN = 9  # digits
_FORM, _ID, _FILE, _LINE = "form", "id", "file", "line"


@dataclass(frozen=True)
class Alike:
    """Ids of one delivered table of nodes that are nearly the same.

    Args:
        label: Label of its nodes.
        name: The table, for messages.
        rows: What they have in common, id, file and line of each.
        todo: What to do where they are one.
    """

    label: str
    name: str
    rows: pd.DataFrame
    todo: str = "write it alike in all rows"

    def renamed(self, new: Mapping[str, str]) -> Alike:
        """Return the same with other ids for some."""
        return replace(self, rows=self.rows.assign(**{_ID: [new.get(i, i) for i in self.rows[_ID]]}))

    def told(self, loaded: pa.ChunkedArray) -> str:
        """Return what to tell of those that are loaded; nothing where there are no two alike."""
        rows = self.rows[self.rows[_ID].isin(loaded.filter(pc.is_in(loaded, pa.array(self.rows[_ID]))).to_pylist())]
        rows = rows.drop_duplicates([_FORM, _ID])
        rows = rows[rows[_FORM].duplicated(keep=False)]
        if rows.empty:
            return ""
        first, other = rows[rows[_FORM] == rows[_FORM].iloc[0]][[_FILE, _LINE]].to_numpy()[:2]
        lines = f"{first[0]} line {first[1]} and {other[0]} line {other[1]}"
        lines = f"lines {first[1]} and {other[1]}" if first[0] == other[0] else lines
        return (
            f"{self.name}: {len(rows):,} ids differ from another one only in {HOW}, such as {lines}: kept apart; where "
            f"they are one, {self.todo}"
        )


def alike_ids(raw: RawTable, label: str) -> Alike | None:
    """Return the ids of a delivered table of nodes that are nearly the same, before any of them is hashed."""
    ids = pc.utf8_trim_whitespace(raw.table.column("id"))
    keys = ids if raw.keys is None else raw.keys.column("key")
    if _differ_surely(keys):
        return None
    places = np.flatnonzero(_repeated(keys))
    if not len(places):
        return None
    form = pd.Series(spellings(keys.take(pa.array(places))).to_pylist(), dtype="object")
    if raw.keys is not None:
        form = pd.Series(raw.keys.column("prefix").take(pa.array(places)).to_pylist(), dtype="object") + "\n" + form
    rows = pd.DataFrame({_FORM: form, _ID: ids.take(pa.array(places)).to_pylist(), _LINE: raw.lines(places)})
    rows[_FILE] = raw.name
    for file, here in raw.by_file(places):
        rows.loc[np.isin(places, here), _FILE] = file
    rows = rows.dropna().drop_duplicates([_FORM, _ID])
    rows = rows[rows[_FORM].duplicated(keep=False)]
    if rows.empty:
        return None
    alike = Alike(label, raw.name, rows)
    return alike if raw.keys is None else replace(alike, todo="give the key a width or a normal_form in the mapping")


def alike_notes(found: Sequence[Alike], loaded: Mapping[str, pa.Table]) -> list[str]:
    """Return what to tell of ids that are nearly the same, once it is known which are loaded.

    Args:
        found: Those of each table.
        loaded: The nodes that are loaded, by label.
    """
    told = [alike.told(loaded[alike.label].column("id")) for alike in found]
    return [note for note in told if note]


def written_otherwise(values: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
    """Return which ids are none of those that are known, and one of them but for how it is written."""
    near = pc.is_in(
        letters_and_digits(pa.chunked_array([known]), zeros=False),
        value_set=pc.unique(letters_and_digits(values, zeros=False)),
    )
    among = known.filter(near)
    both = spellings(pa.chunked_array([*values.chunks, among], pa.string()))
    return pc.fill_null(pc.is_in(both[: len(values)], value_set=both[len(values) :].combine_chunks()), False)


def spellings(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what ids have in common that differ only in how they are written.

    A sign between two digits counts (`1-12` is not `11-2`), but for a long number in groups that stands there without
    signs too, or is made as a citizen number is.
    """
    parts = pc.utf8_trim(pc.replace_substring_regex(bare(ids), _SIGNS, "-"), "-")
    glued = pc.replace_substring_regex(pc.replace_substring_regex(parts, r"([^0-9])-", r"\1"), r"-([^0-9])", r"\1")
    form = without_zeros(glued)
    in_groups = pc.fill_null(pc.match_substring_regex(glued, _IN_GROUPS), False)
    if not pc.any(in_groups).as_py():
        return form
    number = without_zeros(pc.replace_substring(glued, "-", ""))
    digits = pc.replace_substring_regex(number, "[^0-9]+", "")
    whole = form.filter(pc.invert(in_groups))
    known = pc.is_in(number, value_set=pc.unique(whole))
    citizen = [t is not None and len(t) == _CITIZEN and bool(bsn.is_valid(t)) for t in digits.to_pylist()]
    long = pc.greater_equal(pc.utf8_length(digits), _FEWEST_DIGITS)
    one = pc.and_(pc.and_(in_groups, pc.fill_null(long, False)), pc.or_(known, pa.chunked_array([citizen], pa.bool_())))
    return pc.if_else(one, number, form)


def _differ_surely(ids: pa.ChunkedArray) -> bool:
    """Return whether ids surely differ in more than their spelling.

    All are in small letters, with signs only in a common beginning, and of one width or without zeros in front.
    """
    texts = pc.fill_null(ids, "")
    if not len(texts) or not pc.all(pc.string_is_ascii(texts)).as_py():
        return False
    least, most = (pc.min_max(texts)[name].as_py() for name in ("min", "max"))
    array, data, offsets = buffers(texts)
    begin = np.frombuffer(_common(least, most).encode(), np.uint8)
    if len(array) * _count_signs(begin) != _count_signs(data):
        return False
    return not may_begin_with_words(data, offsets) and not _may_lack_zeros(data, offsets)


def _count_signs(data: npt.NDArray[np.uint8]) -> int:
    """Return how many bytes are no small letter and no digit."""
    return int((~(((data >= ord("a")) & (data <= ord("z"))) | _is_digit(data))).sum())


def _is_digit(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return (data >= ord("0")) & (data <= ord("9"))


def _common(one: str, other: str) -> str:
    """Return how both begin."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:same]


def _may_lack_zeros(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> bool:
    """Return whether one id may be another with zeros in front of a number: ids of one width are not."""
    widths = np.diff(offsets)
    if not len(data) or (widths == widths[0]).all():
        return False
    after_digit = np.concatenate([[False], _is_digit(data[:-1])])
    after_digit[offsets[:-1][widths > 0]] = False
    before_digit = np.concatenate([_is_digit(data[1:]), [False]])
    before_digit[offsets[1:][widths > 0] - 1] = False
    return bool(((data == ord("0")) & ~after_digit & before_digit).any())


def _repeated(keys: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return which ids may stand there in another spelling too: few that do not are among them."""
    only = letters_and_digits(keys)
    _, data, offsets = buffers(pa.chunked_array([only]))
    found = _more_than_once(only)
    _, whole, at = buffers(pc.fill_null(keys, ""))
    if _may_lack_zeros(data, offsets) or _may_lack_zeros(whole, at):
        for form in forms(keys):
            found |= _more_than_once(pc.fill_null(form, ""))
    return np.asarray(found & keys.is_valid().to_numpy(), dtype=bool)


def _more_than_once(texts: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    if pc.count_distinct(texts).as_py() == len(texts):
        return np.zeros(len(texts), dtype=bool)
    codes = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    places = codes.indices.to_numpy()
    return np.asarray(np.bincount(places)[places] > 1, dtype=bool)
