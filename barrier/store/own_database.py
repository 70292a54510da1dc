"""Whether an SQLite file is Barrier's own, looked at before anything opens it for writing.

Rule: a database of another program is refused as it is: not opened, not locked, not recovered, not changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from barrier.errors import InputError
from barrier.files import open_regular

APPLICATION_ID = 0x42617272  # "Barr": what `file` shows, and what tells ours from others
OWN = f"PRAGMA application_id = {APPLICATION_ID}"
DURABLE = "PRAGMA synchronous = EXTRA"  # what was committed is there after a power cut
_TROUBLES = {
    "SQLITE_FULL": "no space left on the device",
    "SQLITE_READONLY": "the disk or the file is read-only",
    "SQLITE_CANTOPEN": "it cannot be opened or made",
    "SQLITE_BUSY": "another process is using it",
}
_MAGIC, _HEADER, _AT = b"SQLite format 3\x00", 100, 68


def ensure_own_database(path: Path, tables: Collection[str], *, what: str) -> None:
    """Refuse a file that is there and is not a database of this kind.

    Args:
        path: The file; one that is missing or empty may become one.
        tables: Names of the tables of this kind. One made by an earlier version, without a mark, has all of them.
        what: What it should be, in words.

    Raises:
        InputError: It is something else.
    """
    hint = f"name a new file, or the {what} that Barrier made; where that is damaged, bring it back from a copy"
    if path.is_dir():
        raise InputError([f"{path}: is a folder, expected the file of a {what}"], hint=hint)
    try:
        with open_regular(path) as file:
            header = file.read(_HEADER)
    except OSError:  # not there, or not to be read: whoever opens it says so
        return
    if not header:
        return
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        raise InputError([f"{path}: is no SQLite file, expected the {what}"], hint=hint)
    owner = int.from_bytes(header[_AT : _AT + 4], "big")
    found = _tables(path)
    fits = bool(found & set(tables)) if owner == APPLICATION_ID else owner == 0 and set(tables) <= found
    if found and not fits:
        raise InputError([f"{path}: is a database of something else, expected the {what}"], hint=hint)
    if owner not in (0, APPLICATION_ID):
        raise InputError([f"{path}: is a database of another program, expected the {what}"], hint=hint)


def error_kind(error: sqlite3.Error) -> str:
    """Return the name that SQLite gives to the kind of an error; what has none is damage."""
    return "_".join(getattr(error, "sqlite_errorname", "SQLITE_CORRUPT").split("_")[:2])


def database_trouble(error: sqlite3.Error) -> str:
    """Return in words why a database did not do what was wanted."""
    return _TROUBLES.get(error_kind(error), str(error))


def _tables(path: Path) -> set[str]:
    """Return the names of tables, without a lock or a file beside it; none where they cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return set()
