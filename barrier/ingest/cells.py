"""Turning delivered text into typed columns, cell by cell checked, column at a time.

Rule: a cell is either right, empty, or set aside with a reason; nothing is repaired silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.column_bytes import holds_empty, longest, may_hold_blanks, may_hold_controls
from barrier.ingest.dates import read_dates
from barrier.ingest.limits import MAX_ID, MAX_TEXT
from barrier.ingest.listed import CODE_REMARKS, LIST_REMARKS, listed, patterned, read_code, read_list
from barrier.ingest.lost_digits import LOST_DIGITS, scientific_ids
from barrier.ingest.numbers import read_numbers
from barrier.model.dates import Days
from barrier.model.schema import Property
from barrier.model.words import NO, YES

FROM = Property(type="date", about="First day a link holds.")
UNTIL = Property(type="date", ends="from", about="First day a link no longer holds.")
OWN_CELLS = ("date", "boolean")  # types that files have cells of their own for
Mask = npt.NDArray[np.bool_]


@dataclass
class Checked:
    """A typed column, the rows that are wrong, and why.

    ``new_values`` are values outside the list that detectors lean on: kept, and reported once. ``decided`` are cells
    that can be two numbers and were read by the others of the column, with ``sign`` before the decimals. ``remarks``
    are rows that were read, and what is to be told of them.
    """

    values: pa.Array | pa.ChunkedArray
    problems: list[tuple[Mask, str]] = field(default_factory=list)
    low: Days | None = None
    high: Days | None = None
    new_values: tuple[str, ...] = ()
    decided: Mask | None = None
    sign: str = ""
    remarks: list[tuple[Mask, str]] = field(default_factory=list)


Evidence = Callable[[], pa.ChunkedArray]


def check(column: pa.ChunkedArray, prop: Property, evidence: Evidence | None = None) -> Checked:
    """Return ``column`` (text) as the type of ``prop``, with its wrong cells.

    Args:
        column: The cells.
        prop: What they are.
        evidence: Gives the cells in which it is seen what a dot means, where they are not these: all that are written
            as text in the whole column.
    """
    column = _filled(column)
    if prop.key:
        return check_id(column)
    if prop.type in ("integer", "number"):
        return _check_number(column, prop, evidence)
    return _CHECKS[prop.type](column, prop)


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without blanks around its cells; a cell of blanks is empty."""
    if not may_hold_blanks(column):
        return column
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), None, column)


def check_id(column: pa.ChunkedArray) -> Checked:
    """Return a column of ids; empty, overlong and unprintable ones are wrong."""
    filled = pc.fill_null(column, "") if column.null_count else column
    problems = []
    if column.null_count or holds_empty(column):
        problems.append((_mask(pc.equal(filled, "")), "empty id; fill it in, or take the row out"))
    if longest(column) > MAX_ID:
        problems.append((_mask(pc.greater(pc.utf8_length(filled), MAX_ID)), f"id longer than {MAX_ID} characters"))
    if may_hold_controls(column):
        unprintable = pc.match_substring_regex(filled, r"[\x00-\x1f\x7f]")
        problems.append((_mask(unprintable), "id with an unprintable character"))
    scientific = scientific_ids(filled)
    if scientific is not None:
        problems.append((_mask(scientific), LOST_DIGITS))
    return Checked(column, [p for p in problems if p[0].any()])


def check_date(column: pa.ChunkedArray, prop: Property) -> Checked:
    """Return a column of dates with unknown parts as days, with the first and last day each can be."""
    codes, distinct = _encoded(column)
    if len(distinct) == 0:
        zero = np.zeros(len(codes), np.int32)
        return Checked(column, [], zero, zero)
    found = read_dates(distinct, ends=prop.ends is not None)
    problems = [p for mask, reason in found.wrong for p in _where(codes, mask, reason)]
    safe = np.where(codes < 0, 0, codes)
    if found.open.any() or found.texts is not distinct:
        days = pa.array(found.texts, pa.string(), mask=found.open)
        column = pa.chunked_array([days.take(pa.array(codes, pa.int64(), mask=codes < 0))])
    return Checked(column, problems, found.low[safe], found.high[safe])


def _check_string(column: pa.ChunkedArray, prop: Property) -> Checked:
    problems = []
    if prop.values or prop.pattern:
        return _check_listed(column, prop)
    if prop.code:
        return _check_code(column)
    if longest(column) > MAX_TEXT:
        long = _mask(pc.greater(pc.fill_null(pc.utf8_length(column), 0), MAX_TEXT))
        problems += [(long, f"text longer than {MAX_TEXT:,} characters")] if long.any() else []
    return Checked(column, problems)


def _check_listed(column: pa.ChunkedArray, prop: Property) -> Checked:
    codes, distinct = _encoded(column)
    if prop.pattern:
        fits = np.array(pc.match_substring_regex(pa.array(distinct, pa.string()), f"^{prop.pattern}$"), dtype=bool)
        read = {t: patterned(t, prop.pattern) for t in distinct[~fits].tolist()}
        wrong = ~fits & np.array([read.get(t, t) is None for t in distinct], dtype=bool)
        return Checked(
            _in_other_words(column, codes, distinct, read),
            _where(codes, wrong, f"expected {prop.written or prop.pattern}"),
        )
    strange = distinct[~np.isin(distinct.astype("U64"), prop.values)].tolist()
    read = {t: listed(t, prop.values) for t in strange}
    column = _in_other_words(column, codes, distinct, read)
    unknown = np.array([read.get(t, t) is None for t in distinct], dtype=bool)
    if prop.strict:
        return Checked(column, _where(codes, unknown, f"expected one of {', '.join(prop.values)}"))
    return Checked(column, new_values=tuple(sorted(str(v)[:40] for v in distinct[unknown])))


def _check_code(column: pa.ChunkedArray) -> Checked:
    codes, distinct = _encoded(column)
    read = {t: read_code(t) for t in distinct.tolist()}
    other = {t: made for t, (made, _) in read.items() if made != t}
    told = [(reason, np.array([read[t][1] == reason for t in distinct], dtype=bool)) for reason in CODE_REMARKS]
    return Checked(
        _in_other_words(column, codes, distinct, other),
        remarks=[r for reason, marked in told for r in _where(codes, marked, reason)],
    )


def _in_other_words(
    column: pa.ChunkedArray,
    codes: npt.NDArray[np.int64],
    distinct: npt.NDArray[np.object_],
    read: Mapping[str, str | None],
) -> pa.ChunkedArray:
    """Return a column with the texts that were read as another one as that one; the same column where none was."""
    if not any(read.values()):
        return column
    texts = pa.array([read.get(t) or t for t in distinct], pa.string())
    return pa.chunked_array([texts.take(pa.array(codes, pa.int64(), mask=codes < 0))])


def _check_number(column: pa.ChunkedArray, prop: Property, evidence: Evidence | None) -> Checked:
    cells = _dictionary(column)  # registers repeat numbers: each is looked at once
    codes = _codes(cells)
    found = read_numbers(cells.dictionary, prop, None if evidence is None else lambda: _distinct(evidence()))
    numbers = pa.array(found.values, from_pandas=True)
    problems = [p for mask, reason in found.problems() for p in _where(codes, mask, reason)]
    if prop.min is not None:
        problems += _where(codes, _mask(pc.fill_null(pc.less(numbers, prop.min), False)), f"under {prop.min:g}")
    if prop.max is not None:
        problems += _where(codes, _mask(pc.fill_null(pc.greater(numbers, prop.max), False)), f"over {prop.max:g}")
    typed = numbers.cast(pa.int64()) if prop.type == "integer" else numbers
    decided = np.isin(codes, found.decided) if found.decided else None
    return Checked(typed.take(cells.indices), problems, decided=decided, sign=found.sign)


def _distinct(column: pa.ChunkedArray) -> pa.Array:
    """Return the texts of a whole column, each once."""
    return pc.unique(_filled(column)).drop_null()


def _check_boolean(column: pa.ChunkedArray, prop: Property) -> Checked:
    codes, distinct = _encoded(column)
    lower = np.char.lower(distinct.astype("U8"))
    problems = _where(codes, ~np.isin(lower, [*YES, *NO]), "expected true or false")
    values = (
        pa.array(np.isin(lower, YES), pa.bool_()).take(pa.array(np.where(codes < 0, 0, codes)))
        if len(distinct)
        else None
    )
    if values is None:
        return Checked(pa.nulls(len(codes), pa.bool_()))
    return Checked(pc.if_else(pa.array(codes >= 0), values, None), problems)


def _check_list(column: pa.ChunkedArray, prop: Property) -> Checked:
    codes, distinct = _encoded(column)
    read = [read_list(cell, prop) for cell in distinct.tolist()]
    lists = pa.array([r.values or None for r in read], pa.list_(pa.string()))
    values = lists.take(pa.array(codes, pa.int32(), mask=codes < 0))
    found = {item for r in read for item in r.new} if prop.values else set()
    told = [(reason, np.array([reason in r.told for r in read], dtype=bool)) for reason in LIST_REMARKS]
    return Checked(
        values,
        new_values=tuple(sorted(v[:40] for v in found)),
        remarks=[r for reason, marked in told for r in _where(codes, marked, reason)],
    )


_CHECKS: dict[str, Callable[[pa.ChunkedArray, Property], Checked]] = {
    "string": _check_string,
    "boolean": _check_boolean,
    "date": check_date,
    "list": _check_list,
}


def _encoded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Return the code of each cell (-1 where empty) and the distinct texts."""
    encoded = _dictionary(column)
    return _codes(encoded), np.asarray(encoded.dictionary.to_pylist(), dtype=object)


def _dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks() if encoded.num_chunks != 1 else encoded.chunk(0)
    return encoded


def _codes(cells: pa.DictionaryArray) -> npt.NDArray[np.int64]:
    """Return the code of each cell, -1 where it is empty."""
    codes: npt.NDArray[np.int64] = pc.fill_null(cells.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _where(codes: npt.NDArray[np.int64], wrong: Mask, reason: str) -> list[tuple[Mask, str]]:
    if not len(wrong) or not wrong.any():
        return []
    return [((codes >= 0) & wrong[np.where(codes < 0, 0, codes)], reason)]


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(
        values.to_numpy() if isinstance(values, pa.ChunkedArray) else values.to_numpy(zero_copy_only=False), dtype=bool
    )
