"""What Barrier made: the mark of a store, and folders that may be removed because all that is in them is Barrier's.

Rule: nothing is removed for its name alone, and no store is known by names: the content shows it. A folder with one
strange thing in it stays as it is.
"""

from __future__ import annotations

import re
import secrets
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from barrier.errors import BarrierError, DamagedError, InputError
from barrier.files import private_folder, read_regular
from barrier.printable import parsed_json
from barrier.store.manifest import MANIFEST, manifest_of, read_record, stamped, write_record

MARK = "barrier-store.json"
HISTORY = "history"
KEY = "key.json"  # by which key ids in the store were hashed
READINGS = "readings.head"  # where the log of its readings ends
GENERATION_NAME = re.compile(r"g-[0-9A-Za-z_-]{1,16}")
GENERATION = ("graph.kgl", "graph.kgl.tmp.*", "arrow/*.arrow", MANIFEST)
BASELINE = ("baseline.json", "occupancy.arrow", MANIFEST)
SNAPSHOT = ("scan.json", "findings.parquet", "clusters.parquet", "addresses.parquet", "visits.parquet", MANIFEST)
_KIND = "barrier store"
_KINDS = ("generation", "baseline", "snapshot")
_LONGEST = 64
_BEGINS: Mapping[str, tuple[bytes, ...]] = {
    "*.arrow": (b"ARROW1",),
    "*.parquet": (b"PAR1",),
    "graph.kgl*": (b"RGF",),
    MANIFEST: tuple(f'{{"format": 1, "kind": "{kind}"'.encode() for kind in _KINDS),
    "*.json": (b'{"scan_id"', b'{\n "scan_id"'),
    "*.jsonl": (b'{"',),
    "*.csv": (b'"',),
    "*.html": (b"<!doctype html>\n<html lang=", b"<!doctype html><meta charset=utf-8><title>Barrier<"),
    "*": (),
}
_NOTES = {"erasing.json": {"ids", "sealed", "results", "mark"}, "protection.json": {"mark", "results"}}
_BESIDE = ("current.json", "cases.sqlite*", "baseline", HISTORY, MARK, "protection.json", "erasing.json", KEY, READINGS)


def is_own(folder: Path, names: tuple[str, ...]) -> bool:
    """Return whether a folder holds nothing but files of these names, and what was left while they were written.

    Args:
        folder: The folder; a link to one is not Barrier's.
        names: Paths in it, with `*`.
    """
    if folder.is_symlink() or not folder.is_dir():
        return False
    folders = {name.rpartition("/")[0] for name in names}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            return False
        if path.is_dir():
            if name not in folders:
                return False
        elif not any(fnmatchcase(_without_part(name), known) for known in names):
            return False
    return True


def _without_part(name: str) -> str:
    """Return the name that a file was going to have while it was written as `.NAME.part` or `.NAME.HEX.part`."""
    folder, _, last = name.rpartition("/")
    found = re.fullmatch(r"\.(.+?)(\.[0-9a-f]{16})?\.part", last)
    return f"{folder}/{found[1]}".lstrip("/") if found else name


def is_made(folder: Path, names: tuple[str, ...]) -> bool:
    """Return whether Barrier wrote all that is in a folder: its manifest lists a file, or the file begins as its kind.

    A folder without a file holds nothing of anybody. What a killed write left can be empty, or without a manifest.

    Args:
        folder: The folder; a link to one is not Barrier's.
        names: Paths that can be in it, with `*`.
    """
    if not is_own(folder, names):
        return False
    listed = _listed(folder)
    files = [f for f in folder.rglob("*") if not f.is_dir()]
    return all(f.relative_to(folder).as_posix() in listed or _begins_as_own(f) for f in files)


def _listed(folder: Path) -> set[str]:
    """Return the files that a manifest of Barrier lists."""
    try:
        found = manifest_of(folder)
    except BarrierError:
        return set()
    return {*found.files, MANIFEST} if found.kind in _KINDS else set()


def _begins_as_own(file: Path) -> bool:
    known = next(begins for name, begins in _BEGINS.items() if fnmatchcase(_without_part(file.name), name))
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return False
        with file.open("rb") as opened:
            begin = opened.read(_LONGEST)
    except OSError:
        return False
    return not begin or any(begin.startswith(b) for b in known)


def remove_own(folder: Path, names: tuple[str, ...]) -> bool:
    """Remove a folder where all that is in it is Barrier's; return whether it is gone."""
    if is_made(folder, names):
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists() and not folder.is_symlink()


def remove_former(store: Path, generation: str) -> None:
    """Remove the generations of a store but the one that counts, and what killed writes of its records left."""
    for old in store.iterdir():
        if _without_part(old.name) != old.name and _without_part(old.name) in (MARK, "current.json"):
            old.unlink(missing_ok=True)
        elif old.name != generation and GENERATION_NAME.fullmatch(old.name.removesuffix(".part")):
            remove_own(old, GENERATION)


def check_store_place(store: Path) -> None:
    """Refuse a folder that is no store and holds something else; nothing in it is touched.

    Raises:
        InputError: It is a file, or somebody else's folder.
    """
    hint = "name a new or empty folder, or a store that Barrier made"
    if store.exists() and not store.is_dir():
        raise InputError([f"{store}: is a file, expected the folder of a store"], hint=hint)
    try:
        strange = store.is_dir() and any(store.iterdir()) and not is_store(store)
    except OSError as error:
        raise InputError([f"{store}: cannot be read: {error.strerror}"], hint=hint) from error
    if strange:
        raise InputError([f"{store}: holds something that is not a store of Barrier"], hint=hint)


def is_store(folder: Path) -> bool:
    """Return whether Barrier made a folder: by its mark, or where that is missing, by the content of what is in it."""
    try:
        return read_record(folder / MARK).get("kind") == _KIND
    except DamagedError:
        return _names_generation(folder) or _holds_only_own(folder)


def _names_generation(folder: Path) -> bool:
    try:
        told = parsed_json(read_regular(folder / "current.json", within=folder))
        named = GENERATION_NAME.fullmatch(told["generation"]) is not None
        return named and {"fingerprint", "counts"} <= set(told) and _proves(folder / told["generation"], GENERATION)
    except (OSError, ValueError, KeyError, TypeError, InputError):
        return False


def _holds_only_own(folder: Path) -> bool:
    """Return whether something in it is known to be of a store, and nothing is that is not."""
    made = 0
    for path in folder.iterdir():
        name = path.name.removesuffix(".part")
        names = GENERATION if GENERATION_NAME.fullmatch(name) else BASELINE if name == "baseline" else ()
        if _proves(path, names) or _is_note(path) or (name == HISTORY and _has_snapshot(path)):
            made += 1
        elif not any(fnmatchcase(_without_part(path.name), known) for known in _BESIDE):
            return False
    return made > 0


def _proves(folder: Path, names: tuple[str, ...]) -> bool:
    """Return whether Barrier made a folder, and there is something in it that shows it."""
    return is_made(folder, names) and any(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def _has_snapshot(history: Path) -> bool:
    return history.is_dir() and any(_proves(place, SNAPSHOT) for place in history.iterdir())


def _is_note(file: Path) -> bool:
    """Return whether a file is what an erasure noted, as it notes it."""
    try:
        return file.name in _NOTES and _NOTES[file.name] <= set(parsed_json(read_regular(file, within=file.parent)))
    except (OSError, ValueError, TypeError, RecursionError, InputError):
        return False


def is_marked(folder: Path) -> bool:
    """Return whether a folder has the mark of a store, or names what counts in one; nothing is read."""
    return (folder / MARK).exists() or (folder / "current.json").exists()


def mark_store(store: Path) -> str:
    """Mark the folder of a store as Barrier's, where it is not yet, and return the id of the store.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    private_folder(store)
    known = store_id(store)
    if not _marked(store):
        known = known or secrets.token_hex(8)
        write_record(store / MARK, stamped({"format": 1, "kind": _KIND, "id": known}), durable=True)
    return known


def _marked(store: Path) -> str:
    try:
        told = read_record(store / MARK)
    except DamagedError:
        return ""
    return str(told.get("id", "")) if told.get("kind") == _KIND else ""


def store_id(store: Path) -> str:
    """Return the id of a store: from its mark, else as the manifests in it say; empty where nothing does."""
    return _marked(store) or next((i for i, _ in Counter(_owners(store)).most_common(1)), "")


def _owners(store: Path) -> Iterator[str]:
    """Return the ids of stores that folders in a store say they belong to."""
    for place in (store, store / HISTORY):
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            try:
                yield manifest_of(folder).store
            except BarrierError:
                continue
