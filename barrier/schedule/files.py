"""SQLite files of the schedule and of the outbox: opened for one change, made where they are not there yet.

Rule: nothing is half-written; damage is told as damage, a disk that takes nothing as something to try again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from barrier.errors import BarrierError, DamagedError, TryAgainError
from barrier.files import private_file, trouble
from barrier.schedule.rows import ensure_checksums
from barrier.store.own_database import APPLICATION_ID, DURABLE, OWN, database_trouble, ensure_own_database, error_kind

_WAIT_S = 10
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR", "SQLITE_SCHEMA", "SQLITE_MISMATCH", "SQLITE_CONSTRAINT"}


@contextmanager
def sqlite_file(path: Path, tables: str, *, what: str) -> Iterator[sqlite3.Connection]:
    """Give a connection for one transaction.

    Args:
        path: The file.
        tables: Statements that make its tables where they are not there.
        what: What the file is, in words.

    Raises:
        InputError: The file is there and is something else.
        DamagedError: It is not as it was written.
        TryAgainError: The file is locked, or the disk is full or cannot be written.
    """
    names = _TABLE.findall(tables)
    ensure_own_database(path, names, what=what)
    try:
        private_file(path)
        with closing(sqlite3.connect(path, timeout=_WAIT_S)) as db, db:
            db.row_factory = sqlite3.Row
            db.text_factory = lambda text: text.decode(errors="surrogateescape")  # for the checksum to judge
            db.execute(DURABLE)
            if not _is_whole(db, names):
                db.executescript(f"BEGIN IMMEDIATE; {tables} {OWN}; COMMIT;")
            ensure_checksums(db, names)
            yield db
    except (sqlite3.Error, OSError) as error:
        raise _told(path, error, what) from error


def _is_whole(db: sqlite3.Connection, names: list[str]) -> bool:
    """Return whether all tables are there; pages, indexes or tables that are not as they were are an error."""
    (said,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(str(said).splitlines()[-1])
    acting = db.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()[0]
    if acting:  # none is ours: what it does, no row of ours says
        raise sqlite3.DatabaseError("it holds a trigger or view that another program put there")
    there = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    lost, own = sorted(set(names) - there), bool(db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
    if lost and own:  # it is marked once all are there
        raise sqlite3.DatabaseError(f"the table {lost[0]} is missing")
    return own


def _told(path: Path, error: sqlite3.Error | OSError, what: str) -> BarrierError:
    if isinstance(error, OSError):
        hint = "free space or name another file, then try again; what is in it is kept"
        return TryAgainError(f"{path}: cannot be used: {trouble(error)}", hint=hint)
    if error_kind(error) in _DAMAGED:
        hint = f"bring the {what} back from a copy, or move it away and begin a new one"
        return DamagedError(f"{path}: is not as it was written: damaged, or changed by another program", hint=hint)
    hint = "free the disk or wait, then try again; what is in it is kept"
    return TryAgainError(f"{path}: cannot be used: {database_trouble(error)}", hint=hint)
