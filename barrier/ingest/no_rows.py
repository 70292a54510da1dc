"""Rows of a table that say nothing of their own (its header once more, totals of others), and cells with an error.

Rule: only what says so itself; of a total its first filled cell does, where it has no key of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.column_bytes import may_hold_blanks
from barrier.ingest.rawtable import Doubt, RawTable, Rows

_EXAMPLES = 3
_TOTAL = (
    r"(?i)^\W*(sub|eind|grand )?(totaa?ls?|totalen|som|sum|aantal|count)"
    r"( van| of| aantal| generaal| general| number| count| rijen| rows)*[\W\d]*$"
)

TOTALS = (
    "a row that totals others, by its first cell; fill in its id (or what the mapping makes a key of) with something "
    "else than such a word if it is no total"
)
_SURE_FOOTER = (  # nobody calls a thing so
    r"[\W_]*(?:\d+ (?:rows?|records?|rijen|regels|results?|resultaten)"
    r"(?: (?:affected|selected|returned|fetched|in set|geselecteerd|gevonden))?(?:[ ,(]+[\d.,]+ ?s\w*)?"
    r"|(?:pagina|page|blz\.?|bladzijde) \d+(?: ?(?:van|of|/) ?\d+)?"
    r"|(?:einde|end)(?: van| of)?(?: het| de| the)? (?:rapport|lijst|overzicht|bestand|export|report|list|file|data)"
    r"|(?:gegenereerd|ge[eë]xporteerd|aangemaakt|afgedrukt|peildatum|exportdatum|generated|exported|printed)"
    r"(?: op| on| at)?:? ?\d.*"
    r"|e\.?o\.?f)[\W_]*"
)
_FOOTER = (
    r"(?i)^\s*(?:"
    rf"{_SURE_FOOTER}|[\W_]*(?:einde|end)[\W_]*"
    r"|(?:bron|source)\s*:.*|(?:toelichting|opmerkingen?|legenda|noten?|voetnoten?|notes?|let op|n\.?b\.?)(?:\s*:.*)?"
    r"|[*†‡¹²³].*|.*:)\s*\.?$"
)
_FOOTER_WORDS = (
    b"row",
    b"record",
    b"rijen",
    b"regels",
    b"pagina",
    b"page",
    b"blz",
    b"bladzijde",
    b"result",
    b"einde",
    b"end",
    b"gegenereerd",
    b"xporteerd",
    b"exported",
    b"aangemaakt",
    b"afgedrukt",
    b"datum",
    b"generated",
    b"printed",
    b"eof",
    b"e.o.f",
    b"bron",
    b"source",
    b"toelichting",
    b"opmerking",
    b"legenda",
    b"note",
    b"let op",
    b"nb",
    b"n.b",
    b"*",
    b":",
)
FOOTER = "a line about the table and not a row of it (its source, its page, how many rows it has)"
_TOTAL_WORDS = (b"tota", b"som", b"sum", b"aantal", b"count")  # one of which stands in every such row
_ERROR = (
    r"^(#(N/A|N/B|REF!|VERW!|VALUE!|WAARDE!|DIV/0!|DEEL/0!|NAME\?|NAAM\?|NUM!|GETAL!|NULL!|LEEG!|SPILL!|OVERLOOP!"
    r"|CALC!|BEREKENEN!|FIELD!|VELD!|BLOCKED!|GEBLOKKEERD!|CONNECT!|VERBINDEN!|UNKNOWN!|ONBEKEND!|BUSY!|BEZET!|ERROR!"
    r"|GETTING_DATA|GEGEVENS_OPHALEN|NV|BEZUG!|WERT!|ZAHL!)|Err:\d{3}|(Loading|Laden)(\.\.\.|…))$"
)
ERROR_CELL = "an error of a spreadsheet; expected a value: mend the formula, or clear the cell"


def no_rows(table: pa.Table) -> list[Doubt]:
    """Return the rows of a table that are its header once more, or that total others."""
    if not table.num_rows:
        return []
    first, name = table.column(0), table.column_names[0]
    found = []
    again = _headers(table, first, name)
    if len(again):
        found.append(Doubt(again, "", "text", "the header stands here once more"))
    footers = _footers(table)
    if len(footers):
        found.append(Doubt(footers, "", "text", FOOTER))
    totals = _totals(table)
    if len(totals):
        found.append(Doubt(totals, "", "text", TOTALS))
    return [d for d in found if len(d.rows)]


def _headers(table: pa.Table, first: pa.ChunkedArray, name: str) -> Rows:
    """Return the rows of which every filled cell is the name of its column, in any case and with any blanks."""
    if not _may_hold(first, [_plain(name).partition(" ")[0].encode()]):
        return np.zeros(0, np.int64)
    same = pc.equal(_plain_cells(first), _plain(name))
    rows = np.flatnonzero(pc.fill_null(same, False).to_numpy())
    for column, called in zip(table.columns[1:], table.column_names[1:], strict=True):
        if not len(rows):
            break
        cells = pc.fill_null(_plain_cells(column.take(pa.array(rows))), "")
        rows = rows[pc.is_in(cells, value_set=pa.array(["", _plain(called)])).to_numpy()]
    return rows


def _footers(table: pa.Table) -> Rows:
    """Return the rows with nothing but a line about the table in the first cell; of a list of ids alone, a sure one."""
    first, others = table.column(0), table.columns[1:]
    if any(is_filled_everywhere(column) for column in others) or not _may_hold(first, _FOOTER_WORDS):
        return np.zeros(0, np.int64)
    line = _FOOTER if others else rf"(?i)^(?:{_SURE_FOOTER})$"
    rows = np.flatnonzero(pc.fill_null(pc.match_substring_regex(first, line), False).to_numpy())
    for column in others:
        if not len(rows):
            break
        cells = pc.utf8_trim_whitespace(pc.fill_null(column.take(pa.array(rows)), ""))
        rows = rows[pc.equal(cells, "").to_numpy()]
    return rows


def is_filled_everywhere(column: pa.ChunkedArray) -> bool:
    """Return whether no cell of a column is empty or blank."""
    if column.null_count:
        return False
    return not may_hold_blanks(column) or not pc.any(pc.match_substring_regex(column, r"^\s*$")).as_py()


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def _plain_cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.utf8_lower(column), r"\s+", " "))


def _totals(table: pa.Table) -> Rows:
    """Return the rows whose first filled cell says that they total others."""
    open_rows = np.arange(table.num_rows)
    found = []
    for column in table.columns[:3]:
        cells = column if len(open_rows) == table.num_rows else column.take(pa.array(open_rows))
        if _may_hold(cells, _TOTAL_WORDS):
            said = pc.fill_null(pc.match_substring_regex(cells, _TOTAL), False)
            found.append(open_rows[said.to_numpy()])
        if not cells.null_count:
            break
        open_rows = open_rows[pc.is_null(cells).to_numpy()]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *found]))


def with_keyed_rows(raw: RawTable, keys: Sequence[Sequence[str]]) -> tuple[RawTable, list[str]]:
    """Return a table whose rows that seem to total others are rows where they have a key, and what to tell of them.

    Args:
        raw: The table.
        keys: The columns of each key; one of them that is filled, with no word for a total in any, makes a row.
    """
    totals = [d for d in raw.doubts if d.reason == TOTALS]
    if not totals:
        return raw, []
    rows = totals[0].rows
    cells = raw.table.take(pa.array(rows))
    columns = {c: pc.fill_null(cells.column(c), "") for key in keys for c in key if c in cells.column_names}
    kept = np.zeros(len(rows), dtype=bool)
    for key in keys:
        filled = [_matches(columns[c], r"\S") for c in key if c in columns]
        kept |= np.logical_and.reduce(filled) if len(filled) == len(key) else False
    for cell in columns.values():
        kept &= ~_matches(cell, _TOTAL)
    if not kept.any():
        return raw, []
    left = [d for d in raw.doubts if d.reason != TOTALS]
    others = [replace(totals[0], rows=rows[~kept])] if not kept.all() else []
    lines = ", ".join(f"{line:,}" for line in raw.lines(rows[kept][:_EXAMPLES]))
    count = int(kept.sum())
    told = f"{lines}, …" if count > _EXAMPLES else lines
    note = f"{raw.name}: {count:,} {'row seems' if count == 1 else 'rows seem'} to total others by the first cell, and "
    note += f"{'has' if count == 1 else 'have'} a key: kept (line{'s' if count > 1 else ''} {told})"
    return replace(raw, doubts=(*left, *others)), [note]


def _matches(cells: pa.ChunkedArray, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(cells, pattern).to_numpy(), dtype=bool)


def _may_hold(column: pa.ChunkedArray, words: Sequence[bytes]) -> bool:
    """Return whether one of some words in small letters may stand in a column, in any case; surely not where false.

    Whole buffers are looked at, not cells.
    """
    for chunk in column.chunks:
        buffer = chunk.buffers()[2]
        text = b"" if buffer is None else buffer.to_pybytes()
        small = text.lower()
        if not text.isascii() or any(word in small for word in words):
            return True
    return False


def error_cells(table: pa.Table) -> list[Doubt]:
    """Return the cells that hold the words with which spreadsheets tell an error."""
    found = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        wrong = pc.fill_null(pc.match_substring_regex(column, _ERROR), False)
        rows = np.flatnonzero(wrong.to_numpy())
        if len(rows):
            found.append(Doubt(rows, name, "error", ERROR_CELL))
    return found
