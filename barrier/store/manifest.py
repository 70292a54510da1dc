"""Checksums of what Barrier wrote: each folder has a manifest, and nothing in it is read before it fits.

Rule: what does not fit is named and refused, never guessed. The checksum finds damage and mix-ups; who can write in the
folder can make a new one. A file that is changed while it is mapped, after it was checked, is not noticed.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from barrier.errors import DamagedError, InputError
from barrier.files import force_to_disk, read_regular, write_private
from barrier.printable import json_text, parsed_json

MANIFEST = "manifest.json"
STAMP = "checksum"  # key under which a record carries the checksum of the rest of it
_FORMAT = 1
_BLOCK = 1 << 20  # fits the cache of a core
_CHECKERS = 2
Record = Mapping[str, Any]
Entry = tuple[int, str]


@dataclass
class Manifest:
    """What a folder holds, as it was written.

    Args:
        folder: The folder.
        kind: What it is: generation, baseline, snapshot.
        name: Which one of its kind.
        store: Id of the store it belongs to; empty where it belongs to none.
        files: Size and checksum by path in the folder.
        stamp: Checksum of all this.
    """

    folder: Path
    kind: str
    name: str
    store: str
    files: Mapping[str, Entry]
    stamp: str
    _fit: set[str] = field(default_factory=set)

    def check(self, *names: str) -> None:
        """Compare files with what was written; each is read once a process.

        Args:
            names: Paths in the folder; default all.

        Raises:
            DamagedError: One is missing, or is another than was written.
        """
        left = [name for name in names or sorted(self.files) if name not in self._fit]
        strange = [name for name in left if name not in self.files]
        if strange:
            raise damaged(self.folder / strange[0], "is not one of the files that were written")
        if len(left) == 1:
            check_file(self.folder / left[0], self.files[left[0]])
        elif left:
            with ThreadPoolExecutor(max_workers=_CHECKERS) as pool:
                list(pool.map(lambda name: check_file(self.folder / name, self.files[name]), left))
        self._fit.update(left)


def seal(folder: Path, *, kind: str, name: str, store: str = "", durable: bool = False) -> str:
    """Write the manifest of a folder and return its checksum; every file in the folder becomes part of it.

    Args:
        folder: The folder.
        kind: What it is.
        name: Which one of its kind, so that two folders that changed places are noticed.
        store: Id of the store it belongs to.
        durable: Force its files to the disk, so that they are there after a power cut.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    names = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file() and f.name != MANIFEST)
    told = {"format": _FORMAT, "kind": kind, "name": name, "store": store, "files": entries(folder, names)}
    record = stamped(told)
    write_record(folder / MANIFEST, record, durable=durable)
    if durable:
        force_all([*(folder / n for n in names), *{(folder / n).parent for n in names}, folder])
    return str(record[STAMP])


def reseal(folder: Path, *, durable: bool = False) -> str:
    """Write the manifest of a folder anew after its files were changed; what it is and whose stays.

    Raises:
        DamagedError: There is no manifest, or it is damaged.
        OSError: The disk is full or cannot be written.
    """
    was = manifest_of(folder)
    return seal(folder, kind=was.kind, name=was.name, store=was.store, durable=durable)


def manifest_of(
    folder: Path,
    *,
    kind: str | None = None,
    name: str | None = None,
    store: str | None = None,
    stamp: str | None = None,
) -> Manifest:
    """Return the manifest of a folder; its files are not looked at yet.

    Args:
        folder: The folder.
        kind: What it has to be.
        name: Which one of its kind it has to be.
        store: Whose it has to be.
        stamp: The checksum it has to have.

    Raises:
        DamagedError: There is none, or it is damaged, or that of another folder.
    """
    file = folder / MANIFEST
    told = read_record(file)
    try:
        files = {str(k): (int(size), str(digest)) for k, (size, digest) in told["files"].items()}
        found = Manifest(folder, told["kind"], told["name"], told["store"], files, str(told[STAMP]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(file, "is no manifest") from error
    wanted = {"kind": kind, "name": name, "store": store, "stamp": stamp}
    for what, value in wanted.items():
        if value is not None and getattr(found, what) != value:
            raise damaged(folder, f"holds what belongs elsewhere (its {what} is another)")
    return found


def entries(folder: Path, names: Iterable[str]) -> dict[str, Entry]:
    """Return size and checksum of files by path in a folder.

    Raises:
        OSError: One cannot be read.
    """
    wanted = list(names)
    with ThreadPoolExecutor(max_workers=_CHECKERS) as pool:
        return dict(zip(wanted, pool.map(lambda name: _entry(folder / name), wanted), strict=True))


def check_file(file: Path, wanted: Entry) -> None:
    """Compare a file with its size and checksum.

    Raises:
        DamagedError: It is missing, or another.
    """
    try:
        found = _entry(file, size=wanted[0])
    except OSError as error:
        raise damaged(file, f"cannot be read: {error.strerror or error}") from error
    if tuple(wanted) != found:
        raise damaged(file, "is not as it was written")


def _entry(file: Path, *, size: int | None = None) -> Entry:
    """Return size and checksum; where the size is not the one expected, the content is not read."""
    told = file.stat()
    if not stat.S_ISREG(told.st_mode):
        raise OSError(0, "is no regular file")
    if size is not None and told.st_size != size:
        return told.st_size, ""
    digest, block = xxhash.xxh3_128(), bytearray(_BLOCK)
    view, count = memoryview(block), 0
    with file.open("rb", buffering=0) as source:
        while got := source.readinto(block):
            digest.update(view[:got])
            count += got
    return count, digest.hexdigest()


def stamped(record: Record) -> dict[str, Any]:
    """Return a record that ends with a checksum of the rest of it."""
    told = {k: v for k, v in record.items() if k != STAMP}
    return {**told, STAMP: _stamp(told)}


def is_stamped(record: Record) -> bool:
    """Return whether a record is as it was stamped."""
    return record.get(STAMP) == _stamp({k: v for k, v in record.items() if k != STAMP})


def _stamp(record: Record) -> str:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return xxhash.xxh3_128(text.encode(errors="surrogatepass")).hexdigest()


def write_record(file: Path, record: Record, *, durable: bool = False, indent: int | None = None) -> None:
    """Write a record as JSON; what was there is replaced in one step.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    write_private(file, json_text(record, indent=indent) + "\n", durable=durable)


def read_record(file: Path) -> dict[str, Any]:
    """Return a record that was stamped.

    Raises:
        DamagedError: It cannot be read, or is not as it was written.
    """
    try:
        told = parsed_json(read_regular(file, within=file.parent))
    except (OSError, ValueError, RecursionError, InputError) as error:
        raise damaged(file, "cannot be read") from error
    if not isinstance(told, dict) or not is_stamped(told):
        raise damaged(file, "is not as it was written")
    return told


def force_all(places: Sequence[Path]) -> None:
    """Wait until files and folders are on the disk.

    Raises:
        OSError: The disk fails.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:  # a disk takes several at once in one go
        list(pool.map(force_to_disk, places))


def damaged(place: Path, what: str) -> DamagedError:
    """Return the error that says what is wrong where."""
    return DamagedError(f"{place}: {what}: damaged, or changed by another program", hint=_HINT)


_HINT = "scan the region again: what is damaged is built anew from the delivery"
