"""What is being erased: written down before the first step, so that a killed erasure is finished by whoever comes next.

Rule: it holds ids in clear, for this account alone, only while an erasure is at work; then it is overwritten and gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from barrier.errors import DamagedError, StoreError
from barrier.files import force_to_disk, private_folder
from barrier.history.pending import mark_pending, unmark
from barrier.store import is_server
from barrier.store.manifest import STAMP, read_record, stamped, write_record
from barrier.store.own_folders import mark_store
from barrier.store.places import state_path

NAME = "erasing.json"


@dataclass(frozen=True)
class Intent:
    """What is to be erased.

    Args:
        ids: Ids of which no trace may stay.
        sealed: Those of them whose cases are closed to readers; the others are only taken out of cases.
        results: Result folders that are to be cleaned.
        mark: What the ledger keeps when all is done.
        settled: What older results and snapshots count from now on, by ordinary address.
        effects: What older findings, structures and visits would have been without it.
        told: How many places and persons are to be told as protected now.
    """

    ids: Sequence[str] = field(repr=False)
    sealed: Sequence[str] = field(repr=False)
    results: Sequence[str]
    mark: str
    told: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, Sequence[int]] = field(default_factory=dict, repr=False)
    effects: Mapping[str, Any] = field(default_factory=dict, repr=False)


def is_pending(store: str) -> bool:
    """Return whether an erasure was begun in a store and is not finished."""
    return state_path(store, NAME).exists()


def write_intent(store: str, intent: Intent) -> None:
    """Write down what is to be erased, and force it to the disk.

    Raises:
        OSError: The disk is full or cannot be written; nothing was erased.
    """
    file = state_path(store, NAME)
    private_folder(file.parent)
    if not is_server(store):  # a store that is new: what is written into it must not make it look like somebody else's
        mark_store(Path(store))
    for folder in map(Path, intent.results):  # first: a mark without an intent does not count
        if folder.is_dir():
            with suppress(OSError):
                mark_pending(folder, store, file)
    write_record(file, stamped(asdict(intent)), durable=True)


def read_intent(store: str) -> Intent:
    """Return what is to be erased.

    Raises:
        DamagedError: It is not as it was written.
    """
    try:
        told = read_record(state_path(store, NAME))
        return Intent(**{k: v for k, v in told.items() if k != STAMP})
    except (DamagedError, TypeError) as error:
        hint = "scan or import the region again: what is protected in it is erased then"
        raise DamagedError(f"{store}: an erasure was not finished, and the note of it is damaged", hint=hint) from error


def remove_intent(store: str) -> None:
    """Overwrite what was to be erased, and remove it."""
    file = state_path(store, NAME)
    if not file.exists():
        return
    with suppress(StoreError):
        for folder in read_intent(store).results:
            with suppress(OSError):
                unmark(Path(folder))
    with file.open("r+b") as old:
        old.write(b" " * file.stat().st_size)
        old.flush()
        os.fsync(old.fileno())
    file.unlink()
    force_to_disk(file.parent)
