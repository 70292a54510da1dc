"""Reading a delivered text of cells: CSV in its dialects, every cell as text.

Rule: what cannot be read as a table is refused with the line that is wrong; a row with too many or too few cells, and
a cell that may hold other rows, is never loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from barrier.errors import InputError, MiscountError
from barrier.ingest.dialect import Dialect, dialect_of
from barrier.ingest.layout import Layout, above_notes, from_line
from barrier.ingest.limits import Limits, check_at_most
from barrier.ingest.no_rows import error_cells, is_filled_everywhere, no_rows
from barrier.ingest.quotes import Records, without_blanks_around
from barrier.ingest.rawtable import Doubt, RawTable, Rows
from barrier.ingest.texts import SAVE, check_lines, check_text, garbled_notes, mark_notes, without_marks
from barrier.printable import counted

_BLOCK = 1 << 23
_LARGEST_BLOCK = (1 << 31) - 1
_MORE = "a value with the separator in it has to stand between quotes"
_FEWER = "write as many as there are names in the header, empty ones too"
_ENDS = "expected {} cells, found {}: every row ends with a separator and the header does not; write one there too"
_ERROR_SIGNS = (b"#", b"Err:", b"Loading", b"Laden")  # one of which stands in every cell with an error
_TEXT_FORMULA = r'^\s*="([^"]*)"\s*$'
_LATE_QUOTE = r'^ +"[^"]*$'
_OPEN_QUOTE = "a quote opens after a blank and is not closed; close it, or take it out"
_ODD_QUOTE = "a quote closes within the cell; expected it doubled where it is part of the value"


def read_delimited(name: str, data: bytes, bounds: Limits, layout: Layout) -> RawTable:
    """Return a text of cells as a table.

    Args:
        name: The file, for messages.
        data: Its bytes.
        bounds: What it may hold.
        layout: What a mapping says of how the table stands in it.

    Raises:
        InputError: It is empty, not UTF-8, no table, over a limit, or has a quote that is not closed.
    """
    check_text(name, data)
    data, marked = without_marks(data)
    data = from_line(name, data, layout.header)
    dialect = dialect_of(name, data, bounds, layout)
    check_lines(name, data, len(dialect.names), bounds)
    spaced = b' "' in data
    rows = without_blanks_around(data[dialect.start :], dialect.separator) if spaced else b""
    data = data[: dialect.start] + rows if rows else data
    records = Records(data, dialect.separator)
    odd = records.check(name) if b'"' in data else np.zeros(0, np.int64)
    raw = replace(_Parser(name, data, dialect, bounds).table(), records=records)
    notes = (*mark_notes(name, marked), *garbled_notes(name, data), *above_notes(name, layout.header))
    raw = replace(raw, notes=notes, unread=dialect.unread)
    _check_count(raw)
    raw = _without_formulas(_without_nameless(raw, dialect))
    errors = error_cells(raw.table) if any(sign in data for sign in _ERROR_SIGNS) else []
    raw = replace(
        raw,
        doubts=(
            *_odd_quotes(raw, odd),
            *(_late_quotes(raw) if spaced else ()),
            *no_rows(raw.table),
            *_over_lines(raw),
            *errors,
        ),
    )
    return _without_blank(raw)


@dataclass
class _Parser:
    """Reads the rows after the header, those with a wrong number of cells apart."""

    name: str
    data: bytes
    dialect: Dialect
    bounds: Limits

    def __post_init__(self) -> None:
        self.ragged: list[tuple[int, str, str]] = []

    def table(self) -> RawTable:
        table = self._table()
        # the rows after the header are numbered from 1, empty lines left out
        numbers = np.array([n for n, _, _ in self.ragged], dtype=np.int64) + self.dialect.record
        reasons, texts = tuple(r for _, r, _ in self.ragged), tuple(t for _, _, t in self.ragged)
        if not table.num_rows and len(texts) > 1 and all(self._has_one_more(text) for text in texts):
            width = len(self.dialect.names)
            reasons = (_ENDS.format(width, width + 1),) * len(texts)
        return RawTable(
            self.name,
            table,
            self.data,
            numbers,
            reasons,
            is_text=True,
            ragged_texts=texts,
            separator=self.dialect.separator,
            header=self.dialect.record,
        )

    def _table(self) -> pa.Table:
        if self.dialect.start >= len(self.data):
            return pa.table({n: pa.array([], pa.string()) for n in self.dialect.names})
        try:
            table = self._run(_BLOCK, threads=True)
            return self._run(_BLOCK, threads=False) if self.ragged else table
        except pa.ArrowInvalid as error:
            self._check_ragged()
            if "straddling" not in str(error) and "block" not in str(error):
                raise InputError([f"{self.name}: not a table that can be read"], hint=SAVE) from error
        try:  # a cell over several blocks
            return self._run(min(max(_BLOCK, len(self.data) + 1), _LARGEST_BLOCK), threads=False)
        except pa.ArrowInvalid as error:
            self._check_ragged()
            hint = "look for a quote without its end"
            raise InputError([f"{self.name}: not a table that can be read"], hint=hint) from error

    def _check_ragged(self) -> None:
        check_at_most(self.name, "rows with too few or too many cells", len(self.ragged), self.bounds.ragged_rows)

    def _set_aside(self, row: pa.csv.InvalidRow) -> str:
        what = _MORE if row.actual_columns > row.expected_columns else _FEWER
        reason = f"expected {row.expected_columns} cells, found {row.actual_columns}; {what}"
        self.ragged.append((row.number or 0, reason, row.text))
        return "skip" if len(self.ragged) <= self.bounds.ragged_rows else "error"

    def _has_one_more(self, text: str) -> bool:
        """Return whether a row has one cell more than the header, which is empty and the last."""
        cells = text.rstrip("\r\n")
        return cells.endswith(self.dialect.separator) and cells.count(self.dialect.separator) == len(self.dialect.names)

    def _run(self, block: int, *, threads: bool) -> pa.Table:
        self.ragged.clear()
        names = list(self.dialect.names)
        return pa.csv.read_csv(
            pa.BufferReader(pa.py_buffer(self.data).slice(self.dialect.start)),
            read_options=pa.csv.ReadOptions(block_size=block, use_threads=threads, column_names=names),
            parse_options=pa.csv.ParseOptions(
                delimiter=self.dialect.separator,
                newlines_in_values=b'"' in self.data,
                invalid_row_handler=self._set_aside,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )


def _check_count(raw: RawTable) -> None:
    """Compare the rows that were read with the records that stand in the file.

    Raises:
        MiscountError: They are not as many.
    """
    data, read = raw.content, raw.table.num_rows + len(raw.ragged) + raw.header
    end = b"\n" if b"\n" in data else b"\r"
    if read == data.count(end) + (not data.endswith(end)):
        return  # every line is a row: there are no more rows than lines
    if raw.records is None or read == len(raw.records.starts):
        return
    raise MiscountError(f"{raw.name}: {len(raw.records.starts):,} rows stand in the file and {read:,} were read")


def _without_nameless(raw: RawTable, dialect: Dialect) -> RawTable:
    """Return the table without nameless columns that are empty; a row with a value beyond the last name is too long."""
    if not dialect.nameless:
        return raw
    table, last = raw.table, max(set(range(len(dialect.names))) - set(dialect.nameless))
    long = np.zeros(table.num_rows, dtype=bool)
    for i in dialect.nameless:
        filled = _is_filled(raw.table.column(i))
        if i > last:
            long |= filled
        elif filled.any():
            continue
        table = table.remove_column(table.column_names.index(dialect.names[i]))
    if not long.any():
        return replace(raw, table=table)
    rows = np.flatnonzero(long)
    records = raw.records_at(rows)
    cells = raw.table.take(pa.array(rows)).to_pylist()
    texts = [raw.separator.join(v or "" for v in row.values()) for row in cells]
    reason = f"expected {last + 1} cells, found a value in a column without a name"
    ragged = np.concatenate([raw.ragged, records])
    order = np.argsort(ragged, kind="stable")
    reasons, every = (*raw.ragged_reasons, *[reason] * len(rows)), (*raw.ragged_texts, *texts)
    return replace(
        raw,
        table=table.filter(pa.array(~long)),
        ragged=ragged[order],
        ragged_reasons=tuple(reasons[i] for i in order),
        ragged_texts=tuple(every[i] for i in order),
    )


def _without_formulas(raw: RawTable) -> RawTable:
    """Return the table with the text in place of a formula that only says it: `="00123"`, as programs keep zeros."""
    if b"=" not in raw.content or b'="' not in raw.content:  # the search for one sign takes next to no time
        return raw
    table, told = raw.table, 0
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        found = pc.fill_null(pc.match_substring_regex(column, _TEXT_FORMULA), False)
        if pc.any(found).as_py():
            told += pc.sum(found).as_py()
            table = table.set_column(place, name, pc.replace_substring_regex(column, _TEXT_FORMULA, r"\1"))
    note = f'{raw.name}: {counted(told, "cell is", "cells are")} a formula that says a text (="…"): read as the text'
    return replace(raw, table=table, notes=(*raw.notes, note)) if told else raw


def _without_blank(raw: RawTable) -> RawTable:
    """Return the table without rows of separators only, as spreadsheets write empty ones: they are no rows."""
    blank = np.arange(raw.table.num_rows)
    for column in raw.table.columns:
        if is_filled_everywhere(column):
            blank = blank[:0]
            break
        blank = blank[~_is_filled(column.take(pa.array(blank)))]
    bare = [not text.replace(raw.separator, "").replace('""', "").strip() for text in raw.ragged_texts]
    if not len(blank) and not any(bare):
        return raw
    kept = np.setdiff1d(np.arange(raw.table.num_rows), blank)
    left = [i for i, is_bare in enumerate(bare) if not is_bare]
    return replace(
        raw.folded_to(kept),
        folded=raw.folded,
        ragged=raw.ragged[left],
        ragged_reasons=tuple(raw.ragged_reasons[i] for i in left),
        ragged_texts=tuple(raw.ragged_texts[i] for i in left),
    )


def _is_filled(column: pa.ChunkedArray) -> np.ndarray:
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=bool)
    return np.asarray(pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "").to_numpy(), dtype=bool)


def _odd_quotes(raw: RawTable, lines: Rows) -> list[Doubt]:
    if not len(lines) or raw.records is None:
        return []
    records = np.searchsorted(raw.records.starts, lines, side="right")
    rows = raw.rows_at(np.unique(records))
    return [Doubt(rows, "", "text", _ODD_QUOTE)] if len(rows) else []


def _late_quotes(raw: RawTable) -> list[Doubt]:
    """Return the cells with a quote after a blank that does not close them: what belongs to them is not sure."""
    found = [
        (name, pc.match_substring_regex(c, _LATE_QUOTE))
        for name, c in zip(raw.table.column_names, raw.table.columns, strict=True)
    ]
    rows = [(name, np.flatnonzero(pc.fill_null(late, False).to_numpy())) for name, late in found]
    return [Doubt(here, name, "text", _OPEN_QUOTE) for name, here in rows if len(here)]


def _over_lines(raw: RawTable) -> list[Doubt]:
    """Return the rows with a cell over several lines that may hold other rows."""
    held = raw.holding_rows()
    reason = (
        "a cell over several lines with as many separators as a row, so that it may hold other rows; write it on one "
        "line, or close its quote on the line where it opens"
    )
    return [Doubt(held, "", "text", reason)] if len(held) else []
