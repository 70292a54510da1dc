"""Tables, texts and trees of YAML, spoilt at random: cells and bytes changed, doubled, taken out, put elsewhere.

Rule: the dice decide all of it, so that one seed gives one input.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

ODD = (
    *("", " ", '"', "'", ",", ";", "\t", "|", "\r", "\n", "\x00", "\ufeff", "\u202e", "\u200b", "e\u0301", "🏠"),
    *("=1+1", "9" * 400, "1e999", "NaN", "-0", "1.000", "1,250", "0000-00-00", "2024-13-45", "9999-12-31"),
    *("1900-01-00", "#N/A", "sep=;", "[" * 200, "{" * 200, "&a [*a]", "*a", "!!python/object:x", "true", "null"),
    *("~", "- -", ": :", "\\", "x" * 5_000),
)


def spoilt_rows(dice: random.Random, rows: list[list[Any]]) -> list[list[Any]]:
    """Return a table with up to three cells, rows or columns changed."""
    rows = [[*row] for row in rows]
    for _ in range(dice.randint(0, 3)):
        row = dice.randrange(len(rows))
        cells = rows[row]
        place = dice.randrange(len(cells)) if cells else 0
        what = dice.choice(["cell", "cell", "cell", "empty", "column", "row", "order", "swap", "less", "more"])
        if what == "cell" and cells:
            cells[place] = dice.choice([*ODD, 10**30, -1, 1e300, True, f"{cells[place]} ", str(cells[place]).upper()])
        elif what == "empty" and cells:
            cells[place] = None
        elif what == "column":
            rows = [[*r, r[place] if place < len(r) else None] for r in rows]
        elif what == "row":
            rows.insert(dice.randrange(len(rows) + 1), [*cells])
        elif what == "order":
            dice.shuffle(cells)
        elif what == "swap":
            other = dice.randrange(len(rows))
            rows[row], rows[other] = rows[other], rows[row]
        elif what == "less":
            rows[row] = cells[:-1]
        else:
            rows[row] = [*cells, dice.choice(ODD)]
    return rows


def _spoil_bytes(dice: random.Random, data: bytes) -> bytes:
    for _ in range(dice.randint(1, 3)):
        a, b = sorted(dice.randrange(len(data) + 1) for _ in range(2))
        what = dice.choice(["flip", "cut", "odd", "again", "swap"])
        if what == "flip" and data:
            place = dice.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ (1 << dice.randrange(8))]) + data[place + 1 :]
        elif what == "cut":
            data = data[:a] + data[min(b, a + 20) :] if dice.random() < 0.7 else data[:a]
        elif what == "odd":
            data = data[:a] + dice.choice(ODD).encode("utf-8", "surrogatepass") + data[a:]
        elif what == "again":
            data = data[:b] + data[a:]
        else:
            data = data[:a][::-1] + data[a:] if dice.random() < 0.2 else data[b:] + data[:b]
    return data


def spoilt_text(dice: random.Random, text: str) -> str:
    """Return a text with some of its bytes changed."""
    return _spoil_bytes(dice, text.encode()).decode("utf-8", "replace")


def spoilt_tree(dice: random.Random, tree: Any) -> Any:
    """Return a tree of YAML with some of its parts replaced, doubled, left out or put deep down."""
    tree = json.loads(json.dumps(tree, default=str))
    for _ in range(dice.randint(1, 2)):
        parts = [tree] if isinstance(tree, dict | list) else []
        for part in parts:  # grows while it is gone through
            parts += [
                v for v in (part.values() if isinstance(part, dict) else part) if isinstance(v, dict | list) and v
            ]
        part = dice.choice(parts) if parts else {}
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            continue
        key = dice.choice(keys)
        odd: Any = dice.choice([*ODD, None, [], {}, True, -1, 10**40, 1e308, [[[[[[]]]]]], {"a": {"a": {}}}, part[key]])
        what = dice.choice(["odd", "odd", "gone", "more", "other"])
        if what == "odd":
            part[key] = odd
        elif what == "gone":
            del part[key]
        elif isinstance(part, list):
            part.append(odd if what == "odd" else part[key])
        elif what == "more":
            part[str(dice.choice(ODD))] = odd
        else:
            part[key] = part[dice.choice(keys)]
    return tree


def csv_bytes(rows: list[list[Any]], separator: str, end: str) -> bytes:
    """Return a table as CSV."""

    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if any(s in text for s in (separator, '"', "\n", "\r")) else text

    return (end.join(separator.join(map(cell, row)) for row in rows) + end).encode("utf-8", "replace")


def write(dice: random.Random, place: Path, rows: list[list[Any]], *, spoil: bool = True) -> tuple[Path, int | None]:
    """Write a table in one of the kinds that are read, and spoil some of its bytes.

    Returns:
        The file, and how many rows it has; None where its bytes or its lines are spoilt.
    """
    kind = dice.choices(["csv", "csv.gz", "jsonl", "parquet", "xlsx"], weights=[60, 8, 16, 15, 1])[0]
    file = place.with_name(f"{place.name}.{kind}")
    if kind.startswith("csv"):
        data = csv_bytes(rows, dice.choice(",;\t|"), dice.choice(["\n", "\r\n", "\r"]))
    elif kind == "jsonl":
        objects = [dict(zip(map(str, rows[0]), row, strict=False)) for row in rows[1:]]
        data = "\n".join(map(json.dumps, objects)).encode()
    elif kind == "parquet":
        data = _parquet(rows)
    else:
        data = _workbook(rows)
    spoilt = spoil and dice.random() < 0.5
    if spoilt:
        data = _spoil_bytes(dice, data)
    file.write_bytes(gzip.compress(data, 1) if kind == "csv.gz" else data)
    return file, None if spoilt else _rows_in(kind, rows)


def _rows_in(kind: str, rows: list[list[Any]]) -> int | None:
    """Return how many rows a table has as it is written; None where what stands in it decides about lines."""
    texts = [str(cell) for row in rows for cell in row if cell is not None]
    if kind in ("parquet", "jsonl"):
        return len(rows) - 1
    if any(len(row) != len(rows[0]) for row in rows) or any(t.startswith("sep=") for t in texts):
        return None
    plain = all(t.strip() and t.isprintable() for t in texts)
    filled = all(any(cell is not None for cell in row) for row in rows)
    return len(rows) - 1 if plain and filled else None


def _parquet(rows: list[list[Any]]) -> bytes:
    arrays, names = [], [str(n) for n in rows[0]]
    for i in range(len(names)):
        values = [row[i] if i < len(row) else None for row in rows[1:]]
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowException, OverflowError):
            arrays.append(pa.array([None if v is None else str(v) for v in values]))
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, names=names), sink)
    return sink.getvalue()


def _workbook(rows: list[list[Any]]) -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([re.sub(r"[\x00-\x08\x0b-\x1f]", "", v) if isinstance(v, str) else v for v in row])
    book.save(sink)
    return sink.getvalue()
