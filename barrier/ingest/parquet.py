"""Reading a delivered Parquet file as text, without ever holding more than the limits allow.

Rule: its own description is looked at first, and dictionaries are counted out before they are decoded.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from barrier.errors import InputError, MiscountError
from barrier.ingest.limits import Limits, check_at_most, too_much
from barrier.ingest.numbers import plain_numbers
from barrier.ingest.plain_words import places
from barrier.ingest.rawtable import LIST, LONG_NUMBER, Doubt, RawTable, Rows, Unread

_BATCH_ROWS = 65_536
_NO_TEXT = "a column that is kept as a {} is no text; expected the values as text"
_OLD_TIME = (
    "a time of a kind (INT96) that does not tell its zone: one day in UTC, another in the Netherlands; write the "
    "column as a date, or as a time with a zone"
)
_NESTED = "a nested type, which is not read; expected text, numbers, dates, or lists of these"
_BYTES = "bytes that are no text, which are not read; expected text, numbers, dates, or lists of these"
_AGAIN = "deliver the file again"
_ZONE = ZoneInfo("Europe/Amsterdam")
_LAST_DAY = pa.scalar(date.max, pa.date32())
_LARGEST = float(1 << 62)


def read_parquet(name: str, content: bytes, limits: Limits) -> RawTable:
    """Return a Parquet file as a table with every cell as text; a time with a zone is the day in the Netherlands.

    Raises:
        InputError: It is no Parquet file, or is over a limit.
    """
    try:
        described = pq.ParquetFile(io.BytesIO(content))
        _check_description(name, described, content, limits)
        texts = [p for f in described.schema_arrow if (p := _path(f)) is not None]
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
        table, doubts, unread = _read(name, file, limits)
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, subprocess.TimeoutExpired) as error:
        raise InputError([f"{name}: not a Parquet file that can be read"], hint=_AGAIN) from error
    if table.num_rows != described.metadata.num_rows:
        raise MiscountError(
            f"{name}: {described.metadata.num_rows:,} rows stand in the file, {table.num_rows:,} were read"
        )
    floats = [f.name for f in described.schema_arrow if pa.types.is_floating(f.type)]
    broken = [*floats, *(f.name for f in described.schema_arrow if pa.types.is_decimal(f.type))]
    return RawTable(
        name,
        table,
        content,
        np.zeros(0, np.int64),
        (),
        is_text=False,
        doubts=(*_long_numbers(table, floats), *doubts),
        numbers={column: _filled(table.column(column)) for column in broken},
        no_texts=tuple(_no_texts(table, described.schema_arrow)),
        unread=unread,
        notes=_bytes_notes(name, described.schema_arrow, unread),
    )


def _bytes_notes(name: str, described: pa.Schema, unread: Mapping[str, Unread]) -> tuple[str, ...]:
    """Return what to tell of columns whose values are bytes by the file, and were read as the text that they are."""
    as_bytes = [i for i, f in enumerate(described, start=1) if _is_bytes(f.type) and f.name not in unread]
    if not as_bytes:
        return ()
    return (f"{name}: {places(as_bytes)}: bytes by the file, read as the text (UTF-8) that they are",)


def _is_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_bytes(kind.value_type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _check_description(name: str, file: pq.ParquetFile, content: bytes, limits: Limits) -> None:
    meta = file.metadata
    check_at_most(name, "columns", meta.num_columns, limits.columns)
    check_at_most(name, "rows", meta.num_rows, limits.rows)
    check_at_most(name, "parts (row groups)", meta.num_row_groups, limits.row_groups)
    check_at_most(name, "cells", meta.num_rows * meta.num_columns, limits.cells)
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    check_at_most(name, "bytes unpacked", sum(g.total_byte_size for g in groups), limits.table_bytes)
    if any(file.schema.column(i).max_repetition_level for i in range(meta.num_columns)):  # as many values as it likes
        check_at_most(name, "values", _values(content, limits), limits.cells)
    twice = [n for n, count in Counter(file.schema_arrow.names).items() if count > 1]
    if twice:
        where = places([i for i, n in enumerate(file.schema_arrow.names, start=1) if n in twice])
        raise InputError(
            [f"{name}: {where}: columns with one name; expected every column once"],
            hint="give each column a name of its own",
        )


def _values(content: bytes, limits: Limits) -> int:
    """Return how many values the columns of a file hold, counted in a process of its own: damage can end it.

    Raises:
        ValueError: It cannot be counted.
    """
    command = [sys.executable, "-m", "barrier.ingest.parquet_values"]
    done = subprocess.run(command, input=content, capture_output=True, timeout=limits.sheet_seconds, check=False)
    if done.returncode:
        raise ValueError("its columns cannot be described")
    return int(done.stdout)


def _is_flat(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return not pa.types.is_nested(kind)


def _path(field: pa.Field) -> str | None:
    """Return the path of a column of text, or of a list of text, whose dictionary can be kept while it is read."""
    kind = field.type
    if pa.types.is_list(kind):
        return f"{field.name}.list.{kind.value_field.name}" if _is_text(kind.value_type) else None
    return field.name if _is_text(kind) else None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _read(name: str, file: pq.ParquetFile, limits: Limits) -> tuple[pa.Table, list[Doubt], dict[str, Unread]]:
    """Return the cells as text, which of them are a day that the file does not tell, and which columns are not read."""
    names = file.schema_arrow.names
    unread = {f.name: _NESTED for f in file.schema_arrow if not _is_flat(f.type)}
    chunks: dict[str, list[pa.Array]] = {n: [] for n in names}
    left, old = limits.table_bytes, {names[i] for i in _old_columns(file)}
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        for column_name, column in zip(names, batch.columns, strict=True):
            left -= _decoded_bytes(column)
            if left < 0:
                raise too_much(name, f"more than {limits.table_bytes:,} bytes decoded", f"{limits.table_bytes:,}")
            try:
                made = _nested_text(column) if unread.get(column_name) == _NESTED else _as_text(column)
                chunks[column_name].append(column if column_name in old else made)
            except pa.ArrowInvalid:
                if not _holds_bytes(column.type):
                    raise
                unread[column_name] = _BYTES
    doubts = []
    for column_name in sorted(old):
        chunks[column_name], doubted = _old_times(column_name, chunks[column_name])
        doubts += doubted
    rows = file.metadata.num_rows
    empty = pa.chunked_array([pa.nulls(rows, pa.string())])
    columns = [empty if unread.get(n) == _BYTES else pa.chunked_array(chunks[n], pa.string()) for n in names]
    parts = {f.name: tuple(_names_within(f.type)) for f in file.schema_arrow if f.name in unread}
    return pa.table(columns, names), doubts, {n: Unread(why, parts[n]) for n, why in unread.items()}


def _nested_text(column: pa.Array) -> pa.Array:
    """Return nested values as text, in which a word for secrecy is seen."""
    values = column.to_pylist()
    return pa.array(
        [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values], pa.string()
    )


def _holds_bytes(kind: pa.DataType) -> bool:
    """Return whether values of a kind can be bytes that are no text."""
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_bytes(kind.value_type)
    return bool(_is_text(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _names_within(kind: pa.DataType) -> Iterator[str]:
    """Yield what the parts of nested values are called: one of them may say what is secret."""
    for i in range(kind.num_fields):
        yield kind.field(i).name
        yield from _names_within(kind.field(i).type)


def _old_columns(file: pq.ParquetFile) -> set[int]:
    """Return which columns are kept as INT96, which says neither its zone nor that it has none."""
    described = [file.schema.column(i) for i in range(len(file.schema))]
    old = {c.name for c in described if c.physical_type == "INT96"}
    return {i for i, f in enumerate(file.schema_arrow) if f.name in old and pa.types.is_timestamp(f.type)}


def _old_times(name: str, times: list[pa.Array]) -> tuple[list[pa.Array], list[Doubt]]:
    """Return times without a known zone as days, read as UTC, and those that are another day if they are not.

    Where each of them is midnight in the Netherlands they are days, written as UTC: none is in doubt.
    """
    column = pa.chunked_array(times, pa.timestamp("ns")).combine_chunks()
    in_zone = _days(column.cast(pa.timestamp("ns", "UTC")))
    differs = pc.fill_null(pc.not_equal(in_zone, _days(column)), False)
    here = column.cast(pa.timestamp("us"), safe=False).to_pandas().dt.tz_localize("UTC").dt.tz_convert(_ZONE)
    told = here.dropna()
    all_midnight = bool((told == told.dt.normalize()).all())
    rows = np.zeros(0, np.int64) if all_midnight else np.flatnonzero(differs.to_numpy(zero_copy_only=False))
    return [in_zone.cast(pa.string())], [Doubt(rows, name, "date", _OLD_TIME)] if len(rows) else []


def _decoded_bytes(column: pa.Array) -> int:
    """Return how many bytes a column takes as text, without decoding it."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _decoded_bytes(column.flatten()) + 4 * len(column)
    if pa.types.is_dictionary(column.type) and _is_text(column.type.value_type):
        return int(pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0) + 4 * len(column)
    return max(int(column.nbytes), 4 * len(column))


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = _as_text(column.flatten())
        joined = pc.binary_join(pa.ListArray.from_arrays(_offsets(column), pc.fill_null(values, "")), "|")
        return pc.utf8_trim(pc.replace_substring_regex(joined, r"\|{2,}", "|"), "|")
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return _days(column).cast(pa.string())
    if pa.types.is_floating(kind):
        return plain_numbers(_number_texts(column.cast(pa.float64())))
    texts = column.cast(pa.string())
    if not pa.types.is_decimal(kind):
        return texts
    return plain_numbers(pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1"))  # as a float is written


def _offsets(column: pa.Array) -> pa.Array:
    """Return where each list begins among the values of all, missing lists kept missing."""
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False), np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)])
    missing = np.concatenate([pc.is_null(column).to_numpy(zero_copy_only=False), [False]])
    return pa.array(starts, pa.int32(), mask=missing)


def _days(column: pa.Array) -> pa.Array:
    """Return the day of each time: where it has a zone, the day that it was in the Netherlands."""
    days = column.cast(pa.timestamp(column.type.unit)).cast(pa.date32(), safe=False)
    if column.type.tz is None:
        return days
    moments = column.cast(pa.timestamp("us", "UTC"), safe=False)
    moments = pc.if_else(pc.greater_equal(days, _LAST_DAY), None, moments)  # no later day here than the last of all
    here = moments.to_pandas().dt.tz_convert(_ZONE).dt.tz_localize(None)
    return pc.coalesce(pa.array(here, pa.timestamp("us")).cast(pa.date32(), safe=False), days)


def _number_texts(column: pa.Array) -> pa.Array:
    """Return numbers without exponent, and without a fraction that is none."""
    whole = pc.fill_null(pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _LARGEST)), False)
    texts = column.cast(pa.string())
    if pc.any(whole).as_py():
        texts = pc.if_else(whole, pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string()), texts)
    return texts


def _long_numbers(table: pa.Table, columns: Sequence[str]) -> Iterator[Doubt]:
    for column in columns:
        long = pc.match_substring_regex(table.column(column), r"^-?\d{16,}$|e\+")
        rows = np.flatnonzero(pc.fill_null(long, False).to_numpy())
        if len(rows):
            yield Doubt(rows, column, "number", LONG_NUMBER)


def _no_texts(table: pa.Table, described: pa.Schema) -> Iterator[Doubt]:
    """Yield the cells of columns that are kept as dates, times or booleans, and lists of several values."""
    for field in described:
        cells = table.column(field.name)
        if pa.types.is_temporal(field.type) or pa.types.is_boolean(field.type):
            kind = "boolean" if pa.types.is_boolean(field.type) else "date"
            yield Doubt(_filled(cells), field.name, kind, _NO_TEXT.format(kind))
        elif pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
            several = pc.fill_null(pc.match_substring(cells, "|"), False)
            yield Doubt(
                np.flatnonzero(several.to_numpy()), field.name, LIST, "a list of several values; expected one id"
            )


def _filled(cells: pa.ChunkedArray) -> Rows:
    return np.flatnonzero(pc.is_valid(cells).to_numpy())
