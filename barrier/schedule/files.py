"""SQLite files of the schedule and of the outbox: opened for one change, made where they are not there yet.

Rule: what goes wrong with the file may be tried again; nothing is half-written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from barrier.errors import TryAgainError
from barrier.files import private_file

_WAIT_S = 10


@contextmanager
def sqlite_file(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """Give a connection for one transaction.

    Args:
        path: The file.
        tables: Statements that make its tables where they are not there.

    Raises:
        TryAgainError: The file is locked, or the disk is full or cannot be written.
    """
    try:
        private_file(path)
        with closing(sqlite3.connect(path, timeout=_WAIT_S)) as db, db:
            db.row_factory = sqlite3.Row
            db.executescript(tables)
            yield db
    except (sqlite3.Error, OSError) as error:
        hint = "free the disk or wait, then try again; what is in it is kept"
        raise TryAgainError(f"{path}: cannot be used: {error}", hint=hint) from error
