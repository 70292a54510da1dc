"""Bringing a file with cases to the form of today: numbered files, and a journal line with the state from there on.

Rule: all or nothing, and it never makes good what was changed by hand: differences are counted in the line first.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from barrier.casework import journal, state
from barrier.casework.journal import Entry
from barrier.printable import parsed_json

_MIGRATIONS = Path(__file__).parent / "migrations"
_CHAIN = "003_chain"  # from here on lines tell what they changed


def migrate(connection: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
    """Run the numbered files of `migrations/` that this database has not seen, in one transaction."""
    if not _pending(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at TEXT NOT NULL)")
        pending = _pending(connection)
        chained = _CHAIN not in [f.stem for f in pending]
        unlike = len(state.compare(connection, journal.implied(connection))) if pending and chained else 0
        for file in pending:
            for statement in _statements(file.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute("INSERT INTO migration VALUES (?, ?)", (file.stem, clock().isoformat()))
        if pending:
            _continued(connection, [f.stem for f in pending], unlike, clock)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _pending(connection: sqlite3.Connection) -> list[Path]:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration'").fetchone()
    done = {r[0] for r in connection.execute("SELECT name FROM migration")} if known else set()
    return [f for f in sorted(_MIGRATIONS.glob("*.sql")) if f.stem not in done]


def _continued(connection: sqlite3.Connection, names: list[str], unlike: int, clock: Callable[[], datetime]) -> None:
    """Write the line that says what the tables hold from here on, where there is anything to say."""
    salt = secrets.token_hex(16)
    told = state.restated(connection, salt)
    head, _ = journal.head_of(connection)
    if head is None and not told:
        return
    unlike += len(undecided(connection)) if _CHAIN in names else 0
    entry = Entry("", "", "", journal.UPGRADE, {"migrations": names})
    more = {"unlike": unlike} if unlike else {}
    at = clock().isoformat(timespec="seconds")
    journal.append(connection, entry, told, at=at, salt=salt, more=more)


def undecided(connection: sqlite3.Connection) -> list[str]:
    """Return decisions that no line of the old form tells."""
    said = set()
    for row in connection.execute("SELECT line FROM journal_old"):
        line = parsed_json(row["line"]) if row["line"].startswith("{") else {}
        if line.get("action") in ("accept", "reject"):
            said.add((line["case"], line["content"].get("advice"), f"{line['action']}ed"))
    rows = connection.execute("SELECT case_id, advice_id, state FROM advice WHERE state <> 'draft'")
    return [r["advice_id"] for r in rows if (r["case_id"], r["advice_id"], r["state"]) not in said]


@cache
def expected_schema() -> dict[str, str]:
    """Return what a database made today holds, by name: the statements of its tables, indexes and triggers."""
    with sqlite3.connect(":memory:", isolation_level=None) as fresh:
        fresh.row_factory = sqlite3.Row
        migrate(fresh, datetime.now)
        found = schema(fresh)
    fresh.close()
    return found


def acting(connection: sqlite3.Connection) -> list[str]:
    """Return names of triggers and views that are not Barrier's, or not as it made them."""
    rows = connection.execute("SELECT name FROM main.sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name")
    present, expected = schema(connection), expected_schema()
    return [r["name"] for r in rows if expected.get(r["name"]) != present[r["name"]]]


def schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the statements of what a database holds, by name."""
    rows = connection.execute("SELECT name, sql FROM main.sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {r["name"]: " ".join(str(r["sql"]).split()) for r in rows}


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
