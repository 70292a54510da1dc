"""SQLite files of the schedule and of the outbox: opened for one change, made where they are not there yet.

Rule: what goes wrong with the file may be tried again; nothing is half-written.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from barrier.errors import TryAgainError
from barrier.files import private_file
from barrier.store.own_database import APPLICATION_ID, DURABLE, OWN, ensure_own_database

_WAIT_S = 10
_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")


@contextmanager
def sqlite_file(path: Path, tables: str, *, what: str) -> Iterator[sqlite3.Connection]:
    """Give a connection for one transaction.

    Args:
        path: The file.
        tables: Statements that make its tables where they are not there.
        what: What the file is, in words.

    Raises:
        InputError: The file is there and is something else.
        TryAgainError: The file is locked, or the disk is full or cannot be written.
    """
    ensure_own_database(path, _TABLE.findall(tables), what=what)
    try:
        private_file(path)
        with closing(sqlite3.connect(path, timeout=_WAIT_S)) as db, db:
            db.row_factory = sqlite3.Row
            db.execute(DURABLE)
            db.executescript(tables)
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                db.execute(OWN)
            yield db
    except (sqlite3.Error, OSError) as error:
        hint = "free the disk or wait, then try again; what is in it is kept"
        raise TryAgainError(f"{path}: cannot be used: {error}", hint=hint) from error
