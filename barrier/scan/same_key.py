"""By which key the ids of a store were hashed: another key, or a lost one, is told before anything is read with it.

Rule: a store keeps the fingerprint of the key, never anything of the key; where it knows one, no other is made.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from barrier.errors import DamagedError, InputError
from barrier.files import private_folder
from barrier.keys import default_key_file, open_key, read_key
from barrier.store import check_place, is_server
from barrier.store.manifest import read_record, stamped, write_record
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
        hint = "put the key back from the backup; what to do where it is lost: docs/guide/backup.md"
        raise InputError([f"{store}: {problem}"], hint=hint)


def key_change(store: str) -> str | None:
    """Return how the key differs from that of the ids in a store; None where it is the same, or none is known."""
    known = None if is_server(store) else _known(Path(store) / KEY)
    if known is None:
        return None
    file = default_key_file()
    try:
        same = known in read_key(file).fingerprints()
    except FileNotFoundError:
        return f"its ids were hashed with the key {known}, and there is none in {file}"
    except OSError as error:
        raise InputError([f"{file}: the key cannot be read: {error.strerror}"]) from error
    return None if same else f"its ids were hashed with the key {known}, and the one in {file} is another"


def keep_key(store: str) -> None:
    """Keep which key made the ids of a store.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    newest = open_key().fingerprints()[-1]
    if not is_server(store) and _known(Path(store) / KEY) != newest:
        write_record(private_folder(Path(store)) / KEY, stamped({"format": 1, "fingerprint": newest}), durable=True)


def _known(file: Path) -> str | None:
    with suppress(DamagedError):  # gone, or damaged: the next scan writes it anew
        return str(read_record(file).get("fingerprint"))
    return None
