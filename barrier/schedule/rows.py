"""Rows of the schedule and of the outbox, each with a checksum of the rest of it.

Rule: a row that is not as it was written is named and never acted on; it stays where it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from barrier.store.manifest import STAMP, is_stamped, stamped

_NUMBERS = {"message": "number", "run": "id"}  # given by SQLite after the checksum is known
Row = dict[str, Any]


class Rows(NamedTuple):
    """Rows as they were written, and those that are not."""

    good: list[Row]
    damaged: list[Row]


def rows(db: sqlite3.Connection, table: str) -> Rows:
    """Return all rows of a table in the order they were added, without the checksum."""
    number = _NUMBERS.get(table, "rowid")
    found = [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY {number}")]  # noqa: S608 - names of ours
    fit = [_fits(table, row) for row in found]
    told = [{k: v for k, v in row.items() if k != STAMP} for row in found]
    good = [row for row, good in zip(told, fit, strict=True) if good]
    return Rows(good, [row for row, good in zip(told, fit, strict=True) if not good])


def put_row(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Write a row, with its checksum; one with the same key is replaced."""
    number = _NUMBERS.get(table)
    told = stamped({k: v for k, v in row.items() if k != number})
    if number in row:
        told[str(number)] = row[str(number)]
    names, places = ", ".join(told), ", ".join("?" * len(told))
    db.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})", tuple(told.values()))  # noqa: S608 - names of ours


def ensure_checksums(db: sqlite3.Connection, tables: Sequence[str]) -> None:
    """Give a checksum to the rows of tables that versions before had made without one."""
    if not _without(db, tables):
        return
    db.execute("BEGIN IMMEDIATE")
    for table in _without(db, tables):  # asked once more: another process may have been first
        old = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - names of ours
        db.execute(f"ALTER TABLE {table} ADD COLUMN {STAMP} TEXT NOT NULL DEFAULT ''")
        for row in old:
            put_row(db, table, row)


def _without(db: sqlite3.Connection, tables: Sequence[str]) -> list[str]:
    return [t for t in tables if STAMP not in {row["name"] for row in db.execute(f"PRAGMA table_info({t})")}]


def _fits(table: str, row: Row) -> bool:
    try:
        return is_stamped({k: v for k, v in row.items() if k != _NUMBERS.get(table)})
    except (TypeError, ValueError):  # a value of a kind that was never written
        return False
