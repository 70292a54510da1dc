"""A drop folder: deliveries come in as folders, complete ones are taken once, wrong ones are set aside.

Rule: a delivery counts only when it is complete; each content is taken once; the last good one stays in force.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from barrier.errors import InputError

READY = ".ready"
QUARANTINE = "quarantine"
REASON = "reason.txt"
SETTLED_S = 120.0


@dataclass(frozen=True)
class Delivery:
    """A complete delivery: its folder and the fingerprint of its content."""

    folder: Path
    fingerprint: str


def complete_deliveries(drop: Path, *, clock: Callable[[], float] = time.time) -> list[Delivery]:
    """Return the complete deliveries in a drop folder, the oldest first.

    Complete is a folder with a file `.ready`, or one in which nothing changed for two minutes.

    Raises:
        InputError: There is no such folder.
    """
    if not drop.is_dir():
        raise InputError([f"{drop}: there is no drop folder"], hint="make it, or name another with --drop")
    found = []
    for folder in (f for f in drop.iterdir() if f.is_dir() and f.name != QUARANTINE and not f.name.startswith(".")):
        files = sorted(f for f in folder.rglob("*") if f.is_file())
        newest = max((_changed(f) for f in files), default=0.0)
        if files and ((folder / READY).is_file() or clock() - newest >= SETTLED_S):
            found.append((newest, Delivery(folder, _fingerprint(folder, files))))
    return [d for _, d in sorted(found, key=lambda x: (x[0], x[1].folder.name))]


def next_delivery(drop: Path, taken: Collection[str], *, clock: Callable[[], float] = time.time) -> Delivery | None:
    """Return the newest complete delivery, or None where its content was taken before.

    An older one that came late is overtaken: what is newer was seen already.
    """
    complete = complete_deliveries(drop, clock=clock)
    return complete[-1] if complete and complete[-1].fingerprint not in taken else None


def quarantine(drop: Path, delivery: Delivery, reason: str) -> Path:
    """Set a wrong delivery aside with the reason beside it; return where it is."""
    place = drop / QUARANTINE / f"{delivery.folder.name}-{delivery.fingerprint[:8]}"
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    shutil.move(delivery.folder, place)
    (place / REASON).write_text(reason + "\n", encoding="utf-8")
    return place


def _changed(file: Path) -> float:
    """Return when a file was last written or put there (a copy may keep the time of its original)."""
    status = file.stat()
    return max(status.st_mtime, status.st_ctime)


def _fingerprint(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in (f for f in files if f.name != READY):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
