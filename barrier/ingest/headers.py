"""Headers of delivered tables, read in the model's spelling; a column that may say what is secret is never left out.

Rule: a header is compared without case, accents, blanks and invisible characters; what is read otherwise than it stands
there is told, and what could be secrecy in words that nobody knows is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.dialect import SEPARATORS
from barrier.ingest.plain_words import is_known_column, is_plain_word, shown_headers
from barrier.ingest.protection import COLUMN, is_plain_no
from barrier.ingest.reader import RawTable
from barrier.ingest.secrecy import (
    OFFICE,
    SHIPPED,
    Secrecy,
    check_no_secret_cells,
    check_no_secret_texts,
    header_form,
    may_mean_secrecy,
    means_secrecy,
)
from barrier.model.kinds import about_people, protectable
from barrier.model.schema import schema
from barrier.model.words import YES

_FLAGS = ("true", "false", "")
_CALL_IT = f"call it {COLUMN} if it says that a row is secret"
_ENDS = ("source_id", "target_id")
_NO_MARKS = ("id", *_ENDS, "name", COLUMN)  # columns in which a word for secrecy is no mark, or is read as one
_TITLE_ROWS = 20  # above a header at most
_NEARLY = 0.8  # how alike a misspelt word for secrecy is, by difflib


def delivered_columns(owner: str) -> tuple[str, ...]:
    """Return the columns that a table of a label or relationship can have."""
    node = schema().labels.get(owner)
    properties = (node or schema().relationships[owner]).properties
    always = ("id",) if node else (*_ENDS, "from", "until", "source")
    return tuple(dict.fromkeys((*always, *(n for n, p in properties.items() if not p.derived))))


def in_model_spelling(raw: RawTable, owner: str, secrecy: Secrecy = SHIPPED) -> tuple[RawTable, list[str]]:
    """Return a delivered table with its columns called as in the model, and what to tell of it.

    Args:
        raw: The table as delivered.
        owner: Label or relationship type of its rows.
        secrecy: What the office says of names that sound like secrecy.

    Raises:
        InputError: Two headers are one, or a header or cell may say what is secret and is not understood.
    """
    found = raw.table.column_names
    new = _renamed(raw, owner, secrecy)
    left = [c for c in new if c in found and c not in delivered_columns(owner) and not secrecy.excuses(c)]
    check_no_secret_texts(raw, left, _what_to_do(owner))
    read = [(old, name) for old, name in zip(found, new, strict=True) if old != name]
    notes = [f"{raw.name}: {_shown(found, old)} is read as {name}" for old, name in read]
    if read:
        raw = raw.renamed(new)
    if owner in about_people():
        marks = [c for c in raw.table.column_names if c in delivered_columns(owner) and c not in _NO_MARKS]
        check_no_secret_cells(raw, [c for c in marks if not secrecy.excuses(c)], _what_to_do(owner))
    if owner in protectable() and COLUMN in new:
        raw, doubtful = _with_plain_flags(raw)
        if doubtful:
            cells = "1 cell is" if doubtful == 1 else f"{doubtful:,} cells are"
            notes.append(f"{raw.name}: {COLUMN}: {cells} neither yes nor no: what stands there protects")
    return raw, notes


def in_spelling_of(raw: RawTable, wanted: Set[str]) -> tuple[RawTable, list[str]]:
    """Return a delivered table with its columns called as a mapping calls them, and what to tell of it.

    Args:
        raw: The table as delivered.
        wanted: The columns that the mapping names.

    Raises:
        InputError: Two headers are one of these.
    """
    found = raw.table.column_names
    forms = [header_form(c) for c in found]
    asked = [header_form(w) for w in wanted]
    as_named = {header_form(w): w for w in wanted if asked.count(header_form(w)) == 1 and header_form(w)}
    twice = [c for c, f in zip(found, forms, strict=True) if f in as_named and forms.count(f) > 1]
    _refuse_twice(raw, twice, as_named.keys())
    new = [as_named.get(f, c) for c, f in zip(found, forms, strict=True)]
    if new == found:
        return raw, []
    notes = [f"{raw.name}: {_shown(found, c)} is read as {n}" for c, n in zip(found, new, strict=True) if c != n]
    return raw.renamed(new), notes


def nearly_called(wanted: str, found: Sequence[str]) -> str:
    """Return in words which column nearly has a name; by its place, as a header may hold values."""
    forms = [header_form(c) for c in found]
    near = difflib.get_close_matches(header_form(wanted), forms, n=1, cutoff=_NEARLY)
    return f"column {forms.index(near[0]) + 1:,} is nearly called so" if near else ""


def _refuse_twice(raw: RawTable, twice: Sequence[str], asked: Set[str] = frozenset()) -> None:
    """Refuse headers that are one and the same when read; those of known words are shown as they stand in the file.

    Args:
        raw: The table.
        twice: These headers.
        asked: Forms of headers that a mapping names.

    Raises:
        InputError: There are any.
    """
    if not twice:
        return
    found = raw.table.column_names
    shown = shown_headers(found, [found.index(c) + 1 for c in twice], lambda c: _is_known(c) or header_form(c) in asked)
    raise InputError(
        [f"{raw.name}: line {raw.header_line():,}: {shown}: are one and the same, expected every column once"],
        hint="give each column a name of its own, or take one of them out",
    )


def _is_known(name: str) -> bool:
    """Return whether a header is a word of the model, of registers or for secrecy, in whatever spelling."""
    return is_known_column(header_form(name)) or means_secrecy(name)


def _renamed(raw: RawTable, owner: str, secrecy: Secrecy) -> list[str]:
    """Return the name of each column in the model, or as it stands there where it has none."""
    file, found = raw.name, raw.table.column_names
    known = {header_form(c): c for c in delivered_columns(owner)}
    forms = [header_form(c) for c in found]
    if owner in protectable():
        secret = [c not in known.values() and means_secrecy(c) and not secrecy.excuses(c) for c in found]
        new = [COLUMN if s else known.get(f, c) for c, f, s in zip(found, forms, secret, strict=True)]
    else:
        new = [known.get(f, c) for c, f in zip(found, forms, strict=True)]
    keys = [n if n in known.values() else f or c for n, f, c in zip(new, forms, found, strict=True)]
    twice = [c for c, k in zip(found, keys, strict=True) if keys.count(k) > 1]
    _refuse_twice(raw, twice)
    of_people = owner in about_people()
    left = [
        c
        for c, n in zip(found, new, strict=True)
        if n not in known.values() and _may_be(raw, c, of_people=of_people, secrecy=secrecy)
    ]
    check_no_secrecy(file, found, left, _what_to_do(owner))
    return new


def _may_be(raw: RawTable, column: str, *, of_people: bool, secrecy: Secrecy) -> bool:
    """Return whether a column, or a part of what a value of JSON is called, may say what is secret."""
    names = raw.called(column)
    return not secrecy.excuses(column) and any(may_mean_secrecy(name, of_people=of_people) for name in names)


def check_no_secrecy(file: str, found: Sequence[str], columns: Iterable[str], what_to_do: str) -> None:
    """Refuse a table with columns that may say what is secret; a header that is no known word is shown by its place.

    Args:
        file: The table.
        found: All columns of it.
        columns: These columns.
        what_to_do: What the office does about it.

    Raises:
        InputError: There are any.
    """
    shown = [_shown(found, c) if means_secrecy(c) else f"column {found.index(c) + 1:,}" for c in columns]
    problems = [f"{file}: line 1: {c} may say what is secret, and nothing reads it" for c in shown]
    if problems:
        raise InputError(problems, hint=f"{what_to_do}; take it out of the file if it says something else")


def header_below(raw: RawTable, needed: Iterable[str]) -> str:
    """Return which of the first rows looks like the header, in words; empty where none does.

    Args:
        raw: The table as delivered, of which the first line was taken for the header.
        needed: The columns that it must have.
    """
    forms = {header_form(c) for c in needed}
    first = raw.table.slice(0, _TITLE_ROWS)
    texts = [raw.separator.join(v or "" for v in row.values()) for row in first.to_pylist()]
    lines = raw.lines(np.arange(first.num_rows)).tolist()
    texts += raw.ragged_texts[:_TITLE_ROWS]
    lines += raw.record_lines(raw.ragged[:_TITLE_ROWS]).tolist()
    rows = [[c.strip(' "') for c in text.split(sign)] for text in texts for sign in SEPARATORS]
    lines = [line for line in lines for _ in SEPARATORS]
    found = [n for cells, n in zip(rows, lines, strict=True) if forms <= {header_form(cell) for cell in cells}]
    return f"; line {min(found):,} looks like the header: take the rows above it out" if found else ""


def _what_to_do(owner: str) -> str:
    return f"{_mark(owner)}, {OFFICE}"


def _mark(owner: str) -> str:
    return _CALL_IT if owner in protectable() else f"say what is secret in {' and '.join(protectable())}, as {COLUMN}"


def _shown(found: Sequence[str], name: str) -> str:
    number = found.index(name) + 1
    return f"column {name}" if is_plain_word(name.lower().replace("-", "_")) else f"column {number:,}"


def _with_plain_flags(raw: RawTable) -> tuple[RawTable, int]:
    """Return the table with true and false for what it calls secret, and how many cells are no word for either."""
    column = raw.table.column(COLUMN)
    distinct = pc.unique(column).drop_null()
    if set(distinct.to_pylist()) <= set(_FLAGS):
        return raw, 0
    no = is_plain_no(column)
    flags = pc.if_else(no, pc.if_else(pc.equal(pc.fill_null(column, ""), ""), None, "false"), "true")
    text = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(column, "")))
    doubtful = pc.invert(pc.or_(no, pc.is_in(text, value_set=pa.array(YES))))
    place = raw.table.column_names.index(COLUMN)
    return replace(raw, table=raw.table.set_column(place, COLUMN, flags)), int(pc.sum(doubtful).as_py() or 0)
