"""Random ways in which programs write a table: text in its dialects, JSON lines, Parquet, spreadsheets."""

from __future__ import annotations

import gzip
import io
import json
import random
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from openpyxl.cell.cell import TYPE_STRING

from barrier.model.schema import Property
from tests.roundtrip.regions import Row, Value, properties_of

TEXT_KINDS = ("csv", "csv", "csv.gz")
_YES_NO = (("true", "false"), ("1", "0"), ("ja", "nee"), ("TRUE", "FALSE"), ("J", "N"), ("Waar", "Onwaar"))
_CLOCKS = ("", "", "T00:00:00", " 00:00", "T00:00:00+01:00", "T00:00:00.000+02:00")


@dataclass(frozen=True)
class Dialect:
    """How one table is written; ``seed`` decides the order of rows and columns, and how a header is spelt."""

    kind: str = "csv"
    seed: int = 0
    separator: str = ","
    decimal: str = "."
    grouped: bool = False
    encoding: str = "utf-8"
    quoting: str = "needed"
    line_end: str = "\n"
    last_end: bool = True
    blanks: str = ""
    says_separator: bool = False
    trailing: int = 0
    extra: bool = False
    plain_header: bool = True
    yes_no: tuple[str, str] = ("true", "false")
    clock: str = ""
    open_end: str = ""
    typed: bool = True


DIALECTS = st.builds(
    Dialect,
    kind=st.sampled_from([*TEXT_KINDS, "jsonl", "ndjson.gz", "parquet"]),
    seed=st.integers(0, 9_999),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    grouped=st.booleans(),
    encoding=st.sampled_from(["utf-8"] * 4 + ["utf-8-sig"] * 3 + ["cp1252", "utf-16"]),
    quoting=st.sampled_from(["needed", "bare", "all", "texts"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    last_end=st.booleans(),
    blanks=st.sampled_from(["", "", " ", "\u00a0"]),
    says_separator=st.booleans(),
    trailing=st.sampled_from([0, 0, 0, 1, 3]),
    extra=st.booleans(),
    plain_header=st.booleans(),
    yes_no=st.sampled_from(_YES_NO),
    clock=st.sampled_from(_CLOCKS),
    open_end=st.sampled_from(["", "", "9999-12-31", "2999-12-31"]),
    typed=st.booleans(),
)


def write(folder: Path, table: str, rows: list[Row], how: Dialect) -> Path:
    """Write a table into a folder and return the file."""
    return write_columns(folder / table, properties_of(table), rows, how)


def write_columns(place: Path, properties: dict[str, Property], rows: list[Row], how: Dialect) -> Path:
    """Write a table with columns of any name; ``place`` is the file without its ending."""
    chance = random.Random(how.seed)
    columns = list(properties)
    chance.shuffle(columns)
    rows = chance.sample(rows, len(rows))
    names = [c if how.plain_header else _spelt(c, chance) for c in columns]
    kind = how.kind.removesuffix(".gz")
    if kind in ("jsonl", "ndjson") and not rows:
        how, kind = replace(how, kind="csv"), "csv"  # without an object there is no file
    file = place.with_name(f"{place.name}.{how.kind}")
    if kind == "csv":
        content = _csv([[text_of(row[c], properties[c], how) for c in columns] for row in rows], names, how)
    elif kind in ("jsonl", "ndjson"):
        content = _json_lines(rows, dict(zip(columns, names, strict=True)), properties, how)
    elif kind == "parquet":
        content = _parquet(rows, dict(zip(columns, names, strict=True)), properties, how)
    else:
        content = _workbook([[_cell(row[c], properties[c], how) for c in columns] for row in rows], names)
    file.write_bytes(gzip.compress(content, 1) if how.kind.endswith(".gz") else content)
    return file


def _spelt(name: str, chance: random.Random) -> str:
    """Return a header as somebody else spells it: case, blanks, accents, what does not show."""
    name = chance.choice([str.upper, str.title, str.lower, str.swapcase])(name)
    name = name.replace("_", chance.choice(["_", " ", "-", "__", "\u00a0"]))
    name = name.replace("e", chance.choice(["e", "é", "e\u0301", "\u200be", "e\u00ad", "\uff45"]), 1)
    return chance.choice(["", " ", "\u200b", "\ufeff"]) + name + chance.choice(["", " ", "\u2060"])


def text_of(value: Value, prop: Property, how: Dialect) -> str:
    """Return a value as a cell of text."""
    if value is None:
        return how.open_end if prop.ends else ""
    if isinstance(value, bool):
        return how.yes_no[not value]
    if isinstance(value, int | Decimal):
        text = format(value, ",f" if how.grouped else "f")
        return text.translate(str.maketrans(",.", ".,")) if how.decimal == "," else text
    if isinstance(value, tuple):
        return "|".join(value)
    is_known_day = prop.type == "date" and not value.endswith("-00")
    return value + how.clock if is_known_day else value


def _csv(cells: list[list[str]], names: list[str], how: Dialect) -> bytes:
    if how.extra:
        names, cells = [*names, "opmerking"], [[*row, "x"] for row in cells]
    lines = [f"sep={how.separator}"] if how.says_separator else []
    empty = [""] * how.trailing
    lines += [how.separator.join([*(_quoted(c, how) for c in row), *empty]) for row in (names, *cells)]
    text = how.line_end.join(lines) + (how.line_end if how.last_end else "")
    try:
        return text.encode(how.encoding)
    except UnicodeEncodeError:
        return text.encode()


def _quoted(cell: str, how: Dialect) -> str:
    signs = '"\r\n' + how.separator
    if how.quoting == "bare":
        needed = cell.startswith('"') or any(s in cell for s in signs[1:])
    else:
        needed = any(s in cell for s in signs)
    if needed or how.quoting == "all" or (how.quoting == "texts" and not cell.isdigit()):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return f"{how.blanks}{cell}{how.blanks}"


def _json_lines(rows: list[Row], names: dict[str, str], properties: dict[str, Property], how: Dialect) -> bytes:
    lines = []
    for row in rows:
        cells = {names[c]: _json_value(row[c], properties[c], how) for c in names}
        if how.extra and row is not rows[0]:  # an empty cell may be no cell at all
            cells = {n: v for n, v in cells.items() if v is not None}
        lines.append(json.dumps(cells, ensure_ascii=how.seed % 2 == 0))
    end = "\r\n" if how.line_end == "\r\n" else "\n"
    return (end.join(lines) + (end if how.last_end else "")).encode()


def _json_value(value: Value, prop: Property, how: Dialect) -> Any:
    if not how.typed or value is None:
        return text_of(value, prop, how) or None
    if isinstance(value, Decimal):
        return float(value)
    return list(value) if isinstance(value, tuple) else value


def _parquet(rows: list[Row], names: dict[str, str], properties: dict[str, Property], how: Dialect) -> bytes:
    arrays = [_array([row[c] for row in rows], properties[c], how) for c in names]
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(names.values())), sink)
    return sink.getvalue()


def _array(values: list[Value], prop: Property, how: Dialect) -> pa.Array:
    known = [v for v in values if v is not None]
    if not how.typed or not known:
        return pa.array([text_of(v, prop, how) or None for v in values], pa.string())
    if prop.type == "date" and not any(str(v).endswith("-00") for v in known):
        days = [None if v is None else date.fromisoformat(str(v)) for v in values]
        if how.clock:  # a moment: midnight in Amsterdam
            moments = [None if d is None else datetime(d.year, d.month, d.day) for d in days]
            here = pa.array(moments, pa.timestamp("us"))
            return pa.compute.assume_timezone(here, "Europe/Amsterdam") if how.grouped else here
        return pa.array(days, pa.date32())
    if prop.type == "number":
        exact = [None if v is None else Decimal(str(v)) for v in values]
        if how.grouped:
            return pa.array(exact, pa.decimal128(20, 4))
        return pa.array([None if v is None else float(v) for v in exact], pa.float64())
    if prop.type == "string" and how.grouped:
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values)


def _cell(value: Value, prop: Property, how: Dialect) -> Any:
    """Return what a cell of a spreadsheet holds."""
    if not how.typed or value is None:
        return text_of(value, prop, how) or None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, tuple):
        return "|".join(value)
    if prop.type == "date" and not str(value).endswith("-00"):
        return date.fromisoformat(str(value))
    return value


def _workbook(cells: list[list[Any]], names: list[str]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for y, row in enumerate([names, *cells], start=1):
        for x, value in enumerate(row, start=1):
            cell = sheet.cell(y, x, value)
            if isinstance(value, str):
                cell.value, cell.data_type = value, TYPE_STRING  # also where it begins as a formula does
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()
