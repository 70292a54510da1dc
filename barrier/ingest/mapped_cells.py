"""Cells of a delivered table, as the properties of nodes and relationships that a mapping makes of them.

Rule: each distinct text of a column is looked at once; it becomes a value, nothing, or why its rows are set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from barrier.ingest.cells import check
from barrier.ingest.date_formats import EXCEL, day_after, is_partly_known, is_serial, iso_dates
from barrier.ingest.dates import DateCells, read_dates
from barrier.ingest.listed import listed
from barrier.ingest.mapping_file import Condition, Value
from barrier.ingest.patterns import first_fits
from barrier.ingest.placeholders import Placeholders, word_form
from barrier.ingest.protection import COLUMN
from barrier.ingest.rawtable import Doubt, RawTable
from barrier.model.dates import latest, parse_dates
from barrier.model.schema import Property

Mask = npt.NDArray[np.bool_]
_NUMBER, _DAY, _KINDS = 1, 2, 3  # kinds of cells beside text, and how many there are
_MONEY = re.compile(r"^(?:€|EUR)\s*|\s*(?:€|EUR)$")
_WRITTEN = {
    ",": re.compile(r"-?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?", re.A),
    ".": re.compile(r"-?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?", re.A),
}
_SIGN_NAMES = {",": "a comma", ".": "a point"}
_NUMBERS = ("number", "integer")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.A)
_COUNT = Property(type="integer", min=0, about="How many nodes a row makes.")
NO_DATE = "not a date written 2024-05-31; expected the part of a key in this way, or a date cell"
_SERIAL = (
    "a number, as spreadsheets keep dates, and not a date written {wanted}; where it is one, add {excel} to the format"
)
_THOUSANDTHS = re.compile(r"\.\d{3}$")


class KeptAs(NamedTuple):
    """How the file itself keeps texts: a number or a date that it keeps as one needs no format.

    Args:
        numbers: Which are numbers.
        days: Which are dates.
        written: Which show what a dot means.
    """

    numbers: Sequence[bool]
    days: Sequence[bool]
    written: Mask


@dataclass(frozen=True)
class Distinct:
    """A column as its distinct texts, and which of them stands in each row (-1 where the cell is empty).

    A text that stands in cells of several kinds is one for each of them.

    Args:
        texts: The texts.
        codes: Which of them each row has.
        written: Which of them are text, and not cells that the file keeps as numbers.
        days: Which of them are cells that the file keeps as dates.
    """

    texts: Sequence[str]
    codes: npt.NDArray[np.int64]
    written: Mask
    days: Mask

    @classmethod
    def of(
        cls, column: pd.Series, numbers: npt.NDArray[np.int64] | None = None, days: npt.NDArray[np.int64] | None = None
    ) -> Distinct:
        """Return a column of text without blanks around; what is blank is empty.

        Args:
            column: The column.
            numbers: Its rows that the file keeps as numbers.
            days: Its rows that the file keeps as dates.
        """
        trimmed = column.str.strip()
        codes, texts = pd.factorize(trimmed.where(trimmed != ""))
        codes = np.asarray(codes, np.int64)
        found = pa.array(texts, pa.string()).to_pylist()
        kinds = np.zeros(len(codes), np.int64)
        for kind, rows in ((_NUMBER, numbers), (_DAY, days)):
            kinds[rows if rows is not None else []] = kind
        if not kinds.any():
            none = np.zeros(len(found), dtype=bool)
            return cls(found, codes, ~none, none)
        several, places = np.unique(np.where(codes < 0, -1, codes * _KINDS + kinds), return_inverse=True)
        filled = several[several >= 0]
        kind_of = filled % _KINDS
        texts_of = [found[code] for code in filled // _KINDS]
        return cls(texts_of, places - (len(several) - len(filled)), kind_of != _NUMBER, kind_of == _DAY)

    def kept_as(self, plain: Sequence[bool] | None = None) -> KeptAs:
        """Return which texts the file itself keeps as numbers and dates; not those that are no longer ``plain``."""
        same = np.ones(len(self.texts), dtype=bool) if plain is None else np.asarray(plain, dtype=bool)
        return KeptAs((~self.written & same).tolist(), (self.days & same).tolist(), self.written)

    def spelled(self) -> pd.Series:
        """Return the texts as they stand there, a row each."""
        return self.column(self.texts)

    def rows(self, marked: Sequence[bool]) -> Mask:
        """Return the rows that hold a text that is marked."""
        if not self.texts:
            return np.zeros(len(self.codes), dtype=bool)
        return np.asarray((self.codes >= 0) & np.asarray(marked, dtype=bool)[np.maximum(self.codes, 0)], dtype=bool)

    def column(self, made: Sequence[str | None]) -> pd.Series:
        """Return what the texts became, a row each."""
        if not self.texts:
            return pd.Series([None] * len(self.codes), dtype="str")
        values = pa.array(list(made), pa.string()).take(pa.array(self.codes, pa.int64(), mask=self.codes < 0))
        return pd.Series(pd.array(values, dtype="str"))


@dataclass
class Cells:
    """A column that became a property.

    Args:
        values: The property, a row each; missing where there is none.
        wrong: Rows that are wrong, and why.
        nothing: Rows whose word stands for nothing.
        untaken: Rows with a word that no entry of `values` takes.
        words: These words.
        decided: Rows that can be two numbers and were read by the others of the column.
        sign: What then stands before the decimals.
        partly: Rows with a last day of which the month or the day is not known.
    """

    values: pd.Series
    wrong: list[tuple[Mask, str]]
    nothing: Mask
    untaken: Mask
    words: tuple[str, ...] = ()
    decided: Mask | None = None
    sign: str = ""
    partly: Mask | None = None


def property_cells(column: Distinct, value: Value, prop: Property, name: str, words: Placeholders) -> Cells:
    """Return a column as a property.

    Args:
        column: The column as delivered.
        value: How it is read.
        prop: What it has to be.
        name: What the property is called: what stands under `protected` is never taken for nothing.
        words: Words that stand for nothing.
    """
    table = {word_form(word): made for word, made in value.values.items()}
    forms = [word_form(text) for text in column.texts] if table else []
    known = [form in table for form in forms] if table else [listed(t, prop.values) is not None for t in column.texts]
    nothing = words.among(column.texts) if name != COLUMN else set()
    empty = [not taken and text in nothing for taken, text in zip(known, column.texts, strict=True)]
    made: list[str | None] = [None if e else t for e, t in zip(empty, column.texts, strict=True)]
    untaken = [bool(table) and not e and not k for e, k in zip(empty, known, strict=True)]
    if value.match is not None and not table:
        found = first_fits(value.match, made)
        untaken = [t is not None and f is None for t, f in zip(made, found, strict=True)]
        made = found
    if table:
        otherwise = [t if name == COLUMN and value.other is None else value.other for t in column.texts]
        made = [None if e else table.get(f, o) for e, f, o in zip(empty, forms, otherwise, strict=True)]
    plain = [m == t for m, t in zip(made, column.texts, strict=True)]
    read = _read(made, column.kept_as(plain), value, prop) if name != COLUMN else _Read(made)
    return Cells(
        column.column(read.values),
        [(column.rows(marked), reason) for marked, reason in read.wrong],
        column.rows(empty),
        column.rows(untaken) if value.other is None and name != COLUMN else np.zeros(len(column.codes), dtype=bool),
        tuple(t for t, u in zip(column.texts, untaken, strict=True) if u),
        None if read.decided is None else column.rows(read.decided),
        read.sign,
        column.rows(read.partly) if any(read.partly) else None,
    )


@dataclass
class _Read:
    """Distinct texts as they are written here: which are wrong, which the column decided, which are partly known."""

    values: Sequence[str | None]
    wrong: list[tuple[list[bool], str]] = field(default_factory=list)
    decided: list[bool] | None = None
    sign: str = ""
    partly: Sequence[bool] = ()


def _read(made: Sequence[str | None], kept: KeptAs, value: Value, prop: Property) -> _Read:
    """Return texts as dates and numbers are written here, and which of them are wrong, and why.

    Args:
        made: The texts, missing where there is none.
        kept: How the file itself keeps them.
        value: How they are read.
        prop: What they have to be.
    """
    wrong: list[tuple[list[bool], str]] = []
    found = list(made)
    if value.format:
        found, unread = _in_formats(found, kept, value.format)
        wrong += unread
    if value.decimal:
        plain = [
            t if t is None or is_number else _number(t, value.decimal)
            for t, is_number in zip(found, kept.numbers, strict=True)
        ]
        unread_numbers = [t is not None and p is None for t, p in zip(found, plain, strict=True)]
        wrong.append((unread_numbers, _not_so(value.decimal)))
        found = plain
    cells = pa.array(found, pa.string())
    checked = check(pa.chunked_array([cells]), prop, lambda: pa.chunked_array([cells.filter(pa.array(kept.written))]))
    wrong += [(mask.tolist(), reason) for mask, reason in checked.problems]
    if prop.type in _NUMBERS:
        found = _plain_numbers(checked.values)
    if prop.type == "date":
        found = checked.values.to_pylist()
    partly = [value.until == "inclusive" and t is not None and is_partly_known(t) for t in found]
    if value.until == "inclusive":
        found = [None if t is None else day_after(t) for t in found]
    decided = None if checked.decided is None else checked.decided.tolist()
    return _Read(found, [(marked, reason) for marked, reason in wrong if any(marked)], decided, checked.sign, partly)


def _in_formats(
    texts: Sequence[str | None], kept: KeptAs, formats: Sequence[str]
) -> tuple[list[str | None], list[tuple[list[bool], str]]]:
    """Return texts in some formats as ISO dates, and which are none; what the file keeps as a date is one as it is."""
    asked = [None if is_day else t for t, is_day in zip(texts, kept.days, strict=True)]
    days = iso_dates([t for t in asked if t is not None], formats)
    unread = [t is not None and days.read[t] is None for t in asked]
    serial = [
        u and is_number and is_serial(t or "") for t, u, is_number in zip(asked, unread, kept.numbers, strict=True)
    ]
    wanted = " or ".join(formats)
    no_day = [a is not None and days.read[a] is not None and not _is_possible(days.read[a] or "") for a in asked]
    wrong = [
        ([u and not s for u, s in zip(unread, serial, strict=True)], f"not a date written {wanted}"),
        (serial, _SERIAL.format(wanted=wanted, excel=EXCEL)),
        (no_day, f"a day that does not exist (years from 1800 on do); expected a date written {wanted}"),
        (
            [t in days.several for t in asked],
            f"can be two days, read as {wanted}; give the mapping the one format that is meant",
        ),
    ]
    read = [
        None if a is None or a in days.several or gone else days.read[a] for a, gone in zip(asked, no_day, strict=True)
    ]
    return [t if is_day else r for t, is_day, r in zip(texts, kept.days, read, strict=True)], wrong


def _is_possible(text: str) -> bool:
    """Return whether a text of a whole date is one that exists; what is longer is looked at later."""
    return _ISO_DATE.fullmatch(text) is None or bool(parse_dates(np.array([text], dtype=object)).valid[0])


def _number(text: str, decimal: str) -> str | None:
    bare = _MONEY.sub("", text)
    if _WRITTEN[decimal].fullmatch(bare) is None:
        return None
    plain = bare.replace("." if decimal == "," else ",", "").replace(decimal, ".")
    return _undoubted(plain)


def _not_so(decimal: str) -> str:
    """Return why a text is no number with such a sign before the decimals."""
    group = "." if decimal == "," else ","
    return (
        f"not a number written with {decimal!r} before the decimals; expected 1250, 1{group}250 or 1250{decimal}5 "
        f"({_SIGN_NAMES[group]} parts thousands, three digits each)"
    )


def _plain_numbers(values: pa.Array | pa.ChunkedArray) -> list[str | None]:
    return [None if v is None else _undoubted(f"{Decimal(repr(v)):f}") for v in values.to_pylist()]


def _undoubted(number: str) -> str:
    """Return a number that nobody takes for thousands: `1.234` gets another zero."""
    return f"{number}0" if _THOUSANDTHS.search(number) else number


def reversed_ends(
    made: Mapping[str, pd.Series], kinds: Mapping[str, Property], values: Mapping[str, Value]
) -> Iterator[tuple[Mask, str, str]]:
    """Yield the rows in which an end surely lies before its beginning, with the names of both properties.

    Where a mapping gives the last day, that is compared: one before the beginning makes a period without a day.
    """
    for name, prop in kinds.items():
        begins = prop.ends
        if begins is not None and begins in made and name in made:
            end, start = (_days(made[n], kinds[n]) for n in (name, begins))
            filled = (made[name].notna() & made[begins].notna()).to_numpy()
            day_after = (values[name].until == "inclusive") & (end.high == end.low)
            yield filled & (latest(end.low, end.high) - day_after < start.low), name, begins


def _days(dates: pd.Series, prop: Property) -> DateCells:
    """Return the first and last day that each of a column of dates can be."""
    codes, texts = pd.factorize(dates)
    found = read_dates(np.asarray(texts.tolist() or [""], dtype=object), ends=prop.ends is not None)
    return DateCells(found.texts[codes], found.low[codes], found.high[codes], found.open[codes], ())


def counted_rows(
    columns: dict[str, Distinct], conditions: Sequence[Condition], words: Placeholders, unsure: Mapping[str, Mask]
) -> Mask:
    """Return the rows that all conditions hold for, or may; a word that stands for nothing is empty.

    Args:
        columns: The columns of the conditions, and perhaps others.
        conditions: What has to hold.
        words: Words that stand for nothing.
        unsure: The rows of which the cell does not tell whether a condition holds, by column.
    """
    held = np.ones(max((len(c.codes) for c in columns.values()), default=0), dtype=bool)
    for condition in conditions:
        column = columns[condition.column]
        if condition.filled is not None:
            nothing = words.among(column.texts)
            filled = column.rows([t not in nothing for t in column.texts])
            held &= (filled == condition.filled) | unsure[condition.column]
            continue
        asked = {word_form(w) for w in condition.one_of or condition.none_of or ()}
        among = column.rows([word_form(t) in asked for t in column.texts])
        held &= (among if condition.one_of is not None else ~among) | unsure[condition.column]
    return held


def no_words(condition: Condition, raw: RawTable) -> list[Doubt]:
    """Return the dates and booleans that are no words to be compared: those that the condition asks for are."""
    if condition.filled is not None:
        return []
    asked = {word_form(w) for w in condition.one_of or condition.none_of or ()}
    known = {"boolean"} if asked & {"true", "false"} else set()
    known |= {"date"} if any(is_iso_date(w) for w in asked) else set()
    return [d for d in raw.doubted_texts(condition.column, key=False) if d.kind not in known]


def unsure_rows(condition: Condition, raw: RawTable) -> Mask:
    """Return the rows of which the file does not tell whether a condition holds."""
    rows = np.zeros(raw.table.num_rows, dtype=bool)
    for doubt in (*raw.doubted(condition.column), *no_words(condition, raw)):
        rows[doubt.rows] = True
    return rows


def count_cells(column: Distinct) -> Cells:
    """Return a column as counts; an empty cell is none."""
    read = _read(column.texts, column.kept_as(), Value(column="count"), _COUNT)
    nothing = np.zeros(len(column.codes), dtype=bool)
    return Cells(
        column.column(read.values),
        [(column.rows(marked), reason) for marked, reason in read.wrong],
        nothing,
        nothing,
        decided=None if read.decided is None else column.rows(read.decided),
        sign=read.sign,
    )


def is_iso_date(text: str) -> bool:
    """Return whether a text is a date written 2024-05-31, of which the day, or the month too, may be 00."""
    if _ISO_DATE.fullmatch(text) is None:
        return False
    known = text.replace("-00-00", "-01-01") if text.endswith("-00-00") else re.sub("-00$", "-01", text)
    try:
        date.fromisoformat(known)
    except ValueError:
        return False
    return True
