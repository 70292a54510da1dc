"""By which key the ids of a store were hashed: another key, or a lost one, is told before anything is read with it.

Rule: a store keeps the fingerprint of the key, never anything of the key; where it knows one, no other is made.
"""

from __future__ import annotations

from pathlib import Path

from barrier.errors import DamagedError, InputError
from barrier.files import private_folder
from barrier.keys import Key, default_key_file, open_key, read_key
from barrier.store import check_place, is_server
from barrier.store.manifest import STAMP, read_record, stamped, write_record
from barrier.store.own_folders import KEY


def check_target(store: str) -> None:
    """Refuse to load into a place that is no store, or into one whose ids another key made.

    Raises:
        InputError: It is one of these.
    """
    check_place(store)
    ensure_same_key(store)


def ensure_same_key(store: str) -> None:
    """Refuse to read into a store whose ids another key made, or that knows a key where there is none.

    Raises:
        InputError: It is another key; ids of contacts would become others, and join nothing.
    """
    problem = key_change(store)
    if problem is not None:
        hint = "put the key back from the backup; where that is not it, see docs/guide/backup.md"
        raise InputError([f"{store}: {problem}"], hint=hint)


def key_change(store: str) -> str | None:
    """Return how the key differs from that of the ids in a store; None where it is the same, or none is known."""
    try:
        known = None if is_server(store) else known_key(store)
    except DamagedError:
        return f"{KEY}, which says by which key its ids were hashed, is damaged"
    if known is None:
        return None
    file = default_key_file()
    try:
        found = read_key(file).fingerprints()
    except FileNotFoundError:
        return f"its ids were hashed with the key {known}, and there is none in {file}"
    except OSError as error:
        raise InputError([f"{file}: the key cannot be read: {error.strerror}"]) from error
    if known in found[:-1]:
        return f"its ids were hashed with the key {known}, which was rotated since, and the store was not named then"
    return None if known == found[-1] else f"its ids were hashed with the key {known}, and the one in {file} is another"


def keep_key(store: str) -> None:
    """Keep which key made the ids of a store.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    if not is_server(store):
        note_key(store, open_key())


def note_key(store: str, key: Key) -> None:
    """Write into an embedded store that its ids are hashed with a key.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    newest = key.fingerprint()
    if known_key(store) != newest:
        write_record(private_folder(Path(store)) / KEY, stamped({"format": 1, "fingerprint": newest}), durable=True)


def known_key(store: str) -> str | None:
    """Return the fingerprint of the key that made the ids of an embedded store; None where it does not say.

    Raises:
        DamagedError: It says so in a file that is damaged.
    """
    file = Path(store) / KEY
    if not file.exists():
        return None
    record = read_record(file)
    found = record.get("fingerprint")
    if not isinstance(found, str) or set(record) - {STAMP} != {"format", "fingerprint"}:
        raise DamagedError(f"{file}: says nothing of a key: something else has its name")
    return found
