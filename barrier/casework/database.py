"""Where cases are kept: SQLite with numbered migrations, and a journal chained by hash.

Rule: a change and its line in the journal are one transaction: both, or neither. The journal is only added to.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from barrier.errors import StoreError, TryAgainError
from barrier.files import private_file, tighten

BUSY_S = 5.0
START = "0" * 64
Row = dict[str, Any]
Clock = Callable[[], datetime]
_MIGRATIONS = Path(__file__).parent / "migrations"


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Entry:
    """A line of the journal.

    Args:
        actor: Who did it, by name.
        account: Account of the machine that did it.
        case: Id of the case, or empty.
        action: What was done.
        content: What was said.
    """

    actor: str
    account: str
    case: str
    action: str
    content: Mapping[str, Any]


class CaseDatabase:
    """The file with cases.

    Args:
        path: SQLite file; it is made at the first change.
        clock: Gives the time.
    """

    def __init__(self, path: Path, clock: Clock = now) -> None:
        self.path = path
        self.clock = clock

    @contextmanager
    def changing(self, entry: Entry) -> Iterator[sqlite3.Connection]:
        """Give a connection for one change; its journal line is written with it, or nothing is.

        Raises:
            TryAgainError: Somebody else is changing cases, or the disk is full or cannot be written.
        """
        _private(self.path)
        with self._connected() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                self._append(connection, entry)
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                _roll_back(connection)
                raise TryAgainError(
                    f"{self.path}: cannot be changed: {error}",
                    hint="nothing was changed; free the disk or wait, try again",
                ) from error
            except sqlite3.IntegrityError as error:
                _roll_back(connection)
                raise TryAgainError(
                    f"{self.path}: somebody else changed the same at this moment", hint="look again, then try again"
                ) from error
            except BaseException:
                _roll_back(connection)
                raise

    def compact(self) -> None:
        """Write the file anew, so that nothing of what was erased is left in it."""
        with self._connected() as connection:
            connection.execute("VACUUM")

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Return rows, or none where there is no file yet."""
        if not self.path.is_file():
            return []
        with self._connected() as connection:
            return [dict(r) for r in connection.execute(query, values)]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = None
        tighten(self.path)
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, self.clock)
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            kind = TryAgainError if isinstance(error, sqlite3.OperationalError) else StoreError
            hint = "see whether another program holds the file; else bring it back from a copy"
            raise kind(f"{self.path}: the cases cannot be read: {error}", hint=hint) from error
        try:
            yield connection
        finally:
            connection.close()

    def _append(self, connection: sqlite3.Connection, entry: Entry) -> None:
        head = connection.execute("SELECT number, hash FROM journal_head").fetchone()
        number, previous = (head["number"] + 1, head["hash"]) if head else (1, START)
        line = _line(number, self.clock().isoformat(timespec="seconds"), entry)
        digest = chained(previous, line)
        connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", (number, line, previous, digest))
        connection.execute("DELETE FROM journal_head")
        connection.execute("INSERT INTO journal_head VALUES (?, ?)", (number, digest))

    def verify(self) -> list[str]:
        """Return what is wrong with the journal: a line changed, missing, added or cut off; empty when it is whole."""
        lines = self.rows("SELECT number, line, previous, hash FROM journal ORDER BY number")
        head = self.rows("SELECT number, hash FROM journal_head")
        problems, previous, expected = [], START, 1
        for row in lines:
            if row["number"] != expected:
                problems.append(f"line {expected}: missing (the next one is {row['number']})")
            elif row["previous"] != previous:
                problems.append(f"line {row['number']}: does not follow the line before it")
            if chained(row["previous"], row["line"]) != row["hash"]:
                problems.append(f"line {row['number']}: was changed")
            previous, expected = row["hash"], row["number"] + 1
        last = head[0]["number"] if head else 0
        if last >= expected:
            problems.append(f"line {expected}: missing, the journal was cut off (there were {last} lines)")
        elif head and last == expected - 1 and head[0]["hash"] != previous:
            problems.append(f"line {last}: is not the line that was written last")
        return problems + self._undecided()

    def _undecided(self) -> list[str]:
        """Return decisions without a line in the journal that says so."""
        said = set()
        for row in self.rows("SELECT line FROM journal"):
            line = json.loads(row["line"]) if row["line"].startswith("{") else {}
            if line.get("action") in ("accept", "reject"):
                said.add((line["case"], line["content"].get("advice"), f"{line['action']}ed"))
        rows = self.rows("SELECT case_id, advice_id, state FROM advice WHERE state <> 'draft'")
        return [
            f"case {r['case_id']}: advice {r['advice_id']} is {r['state']}, and no line of the journal says so"
            for r in rows
            if (r["case_id"], r["advice_id"], r["state"]) not in said
        ]


def _line(number: int, at: str, entry: Entry) -> str:
    told = {"n": number, "at": at, "actor": entry.actor, "account": entry.account, "case": entry.case}
    return json.dumps(
        {**told, "action": entry.action, "content": dict(entry.content)}, ensure_ascii=False, sort_keys=True
    )


def chained(previous: str, line: str) -> str:
    """Return the hash of a line of the journal, which holds that of the line before it."""
    return hashlib.sha256(f"{previous}\n{line}".encode()).hexdigest()


def _private(file: Path) -> None:
    try:
        private_file(file)
    except OSError as error:
        hint = "nothing was changed; free the disk or make the folder writable"
        raise TryAgainError(f"{file}: cannot be made: {error.strerror}", hint=hint) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection, clock: Clock) -> None:
    """Run the numbered files of `migrations/` that this database has not seen, each in one transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at TEXT NOT NULL)")
    for file in sorted(_MIGRATIONS.glob("*.sql")):
        if connection.execute("SELECT 1 FROM migration WHERE name = ?", (file.stem,)).fetchone():
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not connection.execute("SELECT 1 FROM migration WHERE name = ?", (file.stem,)).fetchone():
                for statement in _statements(file.read_text(encoding="utf-8")):
                    connection.execute(statement)
                connection.execute("INSERT INTO migration VALUES (?, ?)", (file.stem, clock().isoformat()))
            connection.execute("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
