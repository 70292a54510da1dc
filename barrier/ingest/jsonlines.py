"""Reading JSON lines: an object a line, of scalars or lists of scalars, as text.

Rule: a line that is no such object is set aside with its line; what an object holds within an object is a column of its
own, called by both names (`properties.name`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from barrier.errors import InputError
from barrier.ingest.limits import Limits, check_at_most
from barrier.ingest.rawtable import LIST, Doubt, RawTable, Rows, Unread
from barrier.ingest.texts import check_lines, check_text, mark_notes, without_marks

JSON_LINES = (".jsonl", ".ndjson", ".json")
NUMBER, BOOLEAN = "number", "boolean"
_NO_TEXTS = {
    BOOLEAN: "true or false without quotes is no text; expected the value as text, in quotes",
    LIST: "a list of several values; expected one id",
}
_DEEPEST = 2
_TOO_DEEP = "line {line:,}: values nested too deep, which are not read; expected text, numbers, or lists of these"
_LIKE_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")  # a number, and no text: its dot is for decimals
_NO_OBJECT = "expected one JSON object on this line"
_TWICE = "a name stands twice in the object; expected each once"


class _TwiceError(ValueError):
    """A name stands twice in one object."""


def read_json_lines(name: str, data: bytes, bounds: Limits) -> RawTable:
    """Return the objects of a file of JSON lines as a table, missing where an object has no such name.

    Raises:
        InputError: It is empty, not UTF-8, over a limit, or holds no object.
    """
    check_text(name, data)
    data, marked = without_marks(data)
    check_lines(name, data, 1, bounds)
    found = _Objects(name, bounds)
    for number, line in enumerate(data.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        if line.strip():
            found.take(number, line.decode("utf-8"))
    if not found.rows:
        raise InputError([f"{name}: line 1: {_NO_OBJECT}"], hint="write one object a line, or deliver a CSV")
    count = len(found.rows)
    columns = {c: pa.array(v + [None] * (count - len(v)), pa.string()) for c, v in found.columns.items()}
    return RawTable(
        name,
        pa.table(columns),
        data,
        np.array(found.wrong, dtype=np.int64),
        tuple(found.reasons),
        is_text=False,
        origin_lines=np.array(found.rows, dtype=np.int64),
        ragged_texts=tuple(found.texts),
        notes=mark_notes(name, marked),
        numbers={column: rows for column, kind, rows in found.kinds() if kind == NUMBER},
        no_texts=tuple(Doubt(rows, column, k, _NO_TEXTS[k]) for column, k, rows in found.kinds() if k != NUMBER),
        unread=found.unread,
    )


class _Objects:
    """Collects the cells of objects, column by column."""

    def __init__(self, name: str, bounds: Limits) -> None:
        self.name, self.bounds = name, bounds
        self.columns: dict[str, list[str | None]] = {}
        self.rows: list[int] = []
        self.wrong: list[int] = []
        self.reasons: list[str] = []
        self.texts: list[str] = []
        self._here: list[tuple[str, str]] = []  # column and kind of cells of this line that are no text
        self._kinds: dict[tuple[str, str], list[int]] = {}
        self.cells = 0
        self.unread: dict[str, Unread] = {}

    def take(self, line: int, text: str) -> None:
        """Take in the object of a line, or set the line aside."""
        self._here.clear()
        try:
            cells = _DECODER.decode(text)
            if not isinstance(cells, dict):
                raise TypeError
            flat = self._flat(line, cells)
        except _TwiceError:
            self._set_aside(line, text, _TWICE)
        except (ValueError, TypeError, RecursionError):
            self._set_aside(line, text, _NO_OBJECT)
        else:
            self._keep(line, flat)

    def _keep(self, line: int, flat: dict[str, str | None]) -> None:
        place = len(self.rows)
        self.rows.append(line)
        for column, value in flat.items():
            held = self.columns.setdefault(column, [])
            held.extend([None] * (place - len(held)))
            held.append(value)
        for column, kind in dict.fromkeys(self._here):
            self._kinds.setdefault((column, kind), []).append(place)
        self.cells += len(flat)
        check_at_most(self.name, "columns", len(self.columns), self.bounds.columns)
        check_at_most(self.name, "cells", self.cells, self.bounds.cells)
        check_at_most(self.name, "cells", len(self.columns) * len(self.rows), self.bounds.cells)

    def kinds(self) -> Iterator[tuple[str, str, Rows]]:
        """Yield a column, a kind of cell that is no text, and the rows that hold one."""
        for (column, kind), rows in self._kinds.items():
            yield column, kind, np.array(rows, dtype=np.int64)

    def _set_aside(self, line: int, text: str, reason: str) -> None:
        self.wrong.append(line)
        self.reasons.append(reason)
        self.texts.append(text)
        check_at_most(self.name, "lines that are no object", len(self.wrong), self.bounds.ragged_rows)

    def _flat(self, line: int, cells: dict[str, Any], before: str = "", depth: int = 1) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for key, value in cells.items():
            column = f"{before}{key}"
            if isinstance(value, dict) and depth < _DEEPEST:
                inner = self._flat(line, value, f"{column}.", depth + 1)
                if inner.keys() & cells.keys():
                    raise _TwiceError
                found |= inner
            elif isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
                texts = [t for v in value if (t := _text(v)) is not None]
                self._here += [(column, LIST)] if len(texts) > 1 else []
                self._here += [(column, BOOLEAN) for v in value if isinstance(v, bool)]
                found[column] = "|".join(texts) or None
            elif isinstance(value, dict | list):
                found[column] = json.dumps(value, ensure_ascii=False)
                told = self.unread.get(column, Unread(_TOO_DEEP.format(line=line)))
                parts = dict.fromkeys((*told.parts, *_names_within(value)))
                check_at_most(self.name, "names within a column", len(parts), self.bounds.columns)
                self.unread[column] = replace(told, parts=tuple(parts))
            else:
                self._here += [(column, NUMBER)] if isinstance(value, _Number) else []
                self._here += [(column, BOOLEAN)] if isinstance(value, bool) else []
                found[column] = _text(value)
        return found


def _names_within(value: Any) -> Iterator[str]:
    """Yield what the parts of a nested value are called: one of them may say what is secret."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(name, str):
            yield name
        if isinstance(inner, dict | list):
            yield from _names_within(inner)


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _text(value: Any) -> str | None:
    if isinstance(value, _Number):
        return f"{value}0" if _LIKE_THOUSANDS.fullmatch(value) else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None or value == "" else str(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


_AS_WRITTEN: Callable[[str], Any] = _Number
_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_AS_WRITTEN, parse_int=_AS_WRITTEN, parse_constant=_AS_WRITTEN
)
