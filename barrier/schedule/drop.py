"""A drop folder: deliveries come in as folders, complete ones are taken once, wrong ones are set aside.

Rule: a delivery counts only when it is complete; each content is taken once; the last good one stays in force. What is
scanned is a copy that its supplier cannot change any more; links and special files are never opened.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from barrier.errors import InputError, TryAgainError
from barrier.files import (
    FOLDER_MODE,
    is_folder,
    is_regular,
    new_private,
    open_regular,
    private_folder,
    trouble,
    write_private,
)

READY = ".ready"
QUARANTINE = "quarantine"
REASON = "reason.txt"
SETTLED_S = 120.0
MOST_FILES = 10_000  # in one delivery
_COPY = ".copy-of-a-delivery"  # marks what may be removed
_BLOCK = 1 << 20
_AGAIN = "it is looked at again at the next run"


@dataclass(frozen=True)
class Delivery:
    """A complete delivery.

    Args:
        folder: Its folder.
        files: The plain files in it, in order.
        problem: Why it cannot be taken; empty where it can.
    """

    folder: Path
    files: tuple[Path, ...]
    problem: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """Hash of names and content; of what cannot be taken, of names, sizes and times.

        Raises:
            TryAgainError: A file was changed or removed meanwhile.
        """
        digest = _Digest(self.folder)
        for file in self.files:
            if self.problem:
                digest.add(file, repr([(s := file.lstat()).st_size, s.st_mtime_ns]).encode())
            else:
                with _same_meanwhile(self.folder), open_regular(file, within=self.folder) as source:
                    digest.add(file, hashlib.file_digest(source, "sha256").digest())
        return digest.value()


class _Digest:
    """A hash over the files of a folder, name and hash of each; not the mark that it is complete, nor an old reason."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hash = hashlib.sha256()

    def add(self, file: Path, content: bytes) -> None:
        if (name := file.relative_to(self._folder).as_posix()) not in (READY, REASON):
            self._hash.update(os.fsencode(name))
            self._hash.update(content)

    def value(self) -> str:
        return self._hash.hexdigest()


def complete_deliveries(drop: Path, *, clock: Callable[[], float] = time.time) -> list[Delivery]:
    """Return the complete deliveries in a drop folder, the oldest first.

    Complete is a folder with a file `.ready`, or one in which nothing changed for two minutes.

    Raises:
        InputError: There is no such folder.
    """
    if not drop.is_dir():
        raise InputError([f"{drop}: there is no drop folder"], hint="make it, or name another with --drop")
    found = []
    with _same_meanwhile(drop):
        entries = list(drop.iterdir())
    for folder in (f for f in entries if is_folder(f) and f.name != QUARANTINE and not f.name.startswith(".")):
        delivery, newest = _looked_at(folder)
        if newest and (is_regular(folder / READY) or clock() - newest >= SETTLED_S):
            found.append((newest, delivery))
    return [d for _, d in sorted(found, key=lambda x: (x[0], x[1].folder.name))]


def waiting_deliveries(drop: Path, known: Collection[str], *, clock: Callable[[], float] = time.time) -> list[Delivery]:
    """Return the complete deliveries whose content is not known yet, the oldest first.

    What is known is left out by its content: touching it, or a date that lies ahead, puts it before nothing.
    """
    return [d for d in complete_deliveries(drop, clock=clock) if d.fingerprint not in known]


@contextmanager
def copied(delivery: Delivery, place: Path) -> Iterator[Path]:
    """Give a copy of a delivery for a block: only this account can read it, and nobody changes it.

    Args:
        delivery: The delivery.
        place: A folder for the copy, which is removed at the end.

    Raises:
        TryAgainError: The delivery was changed meanwhile, or the disk is full.
    """
    try:
        with _same_meanwhile(delivery.folder):
            remove_copy(place)
            private_folder(place.parent)
            place.mkdir(mode=FOLDER_MODE)  # not one that somebody else put there
            write_private(place / _COPY, b"")
            copy = private_folder(place / delivery.folder.name)
        digest = _Digest(delivery.folder)
        for file in delivery.files:
            with _same_meanwhile(delivery.folder):
                digest.add(file, _copy(file, delivery.folder, copy / file.relative_to(delivery.folder)))
        if digest.value() != delivery.fingerprint:
            raise TryAgainError(f"{delivery.folder.name}: was changed while it was read", hint=_AGAIN)
        yield copy
    finally:
        remove_copy(place)


def remove_copy(place: Path) -> None:
    """Remove the copy of a delivery, also what a killed run left of it; anything else of that name stays.

    Raises:
        InputError: There is something else.
    """
    if is_folder(place) and (is_regular(place / _COPY) or not any(place.iterdir())):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        hint = "move it away: copies of deliveries are made there"
        raise InputError([f"{place}: is in the way, and no copy of a delivery"], hint=hint)


def _copy(file: Path, within: Path, to: Path) -> bytes:
    digest = hashlib.sha256()
    with open_regular(file, within=within) as source, new_private(private_folder(to.parent) / to.name) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
    return digest.digest()


@contextmanager
def _same_meanwhile(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, InputError) as error:
        reason = getattr(error, "strerror", None) or "it was changed while it was read"
        raise TryAgainError(f"{folder.name}: cannot be copied: {reason}", hint=_AGAIN) from error


def quarantine(drop: Path, delivery: Delivery, reason: str) -> Path:
    """Set a wrong delivery aside with the reason beside it; return where it is.

    Raises:
        InputError: The place for such deliveries is a link or no folder.
        TryAgainError: It cannot be moved.
    """
    aside = drop / QUARANTINE
    place = aside / f"{delivery.folder.name[:200]}-{delivery.fingerprint[:8]}"
    if os.path.lexists(aside) and not is_folder(aside):
        raise InputError([f"{aside}: is a link or no folder"], hint="remove it; wrong deliveries are set aside there")
    try:
        private_folder(aside)
        _remove(place)
        shutil.move(delivery.folder, place)
        write_private(place / REASON, reason + "\n")
    except OSError as error:
        hint = "see who owns the drop folder, and whether the disk is full"
        raise TryAgainError(f"{delivery.folder}: cannot be set aside: {trouble(error)}", hint=hint) from error
    return place


def _remove(place: Path) -> None:
    """Remove a folder, or a link in its place and not what it leads to."""
    if is_folder(place):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        place.unlink()


def _looked_at(folder: Path) -> tuple[Delivery, float]:
    """Return what a folder holds, and when something in it last changed; nothing is opened."""
    files: list[Path] = []
    problem, newest = "", 0.0
    owner = folder.lstat().st_uid
    for place, folders, names in os.walk(folder):
        for name in (*names, *(n for n in folders if not is_folder(Path(place, n)))):
            with suppress(FileNotFoundError):  # it is still being delivered
                file = Path(place, name)
                status = file.lstat()
                newest = max(newest, status.st_ctime)  # not the time of the content, which whoever delivers can set
                problem = problem or _refused(file.relative_to(folder), status, owner)
                files.append(file)
        if len(files) > MOST_FILES:
            return Delivery(folder, tuple(sorted(files[:MOST_FILES])), f"holds more than {MOST_FILES:,} files"), newest
    return Delivery(folder, tuple(sorted(files)), problem), newest


def _refused(name: Path, status: os.stat_result, owner: int) -> str:
    """Return why a file of a delivery cannot be taken, or nothing."""
    if not stat.S_ISREG(status.st_mode):
        return f"{name}: is a link or no plain file"
    if status.st_nlink > 1 and status.st_uid != owner:
        return f"{name}: is a file of somebody else"
    return ""
