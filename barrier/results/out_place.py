"""Where something that somebody names may be written: never among what Barrier keeps, nor among what is read.

Rule: one check for every option that names something to write. Folders are compared by what they are, not by how they
are named, so that no link and no other spelling leads around it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from barrier.errors import InputError
from barrier.files import is_stream
from barrier.history.folder import RESULTS, is_result
from barrier.store.own_folders import is_store

_CASES = "cases.sqlite"  # the one file in a store that can be named by itself
_HINT = "name a file elsewhere"
_Id = tuple[int, int]


def ensure_out_file(out: Path, reads: Iterable[Path] = ()) -> None:
    """Refuse a file to write where it could harm; a pipe or a device is no place to harm.

    Args:
        out: The file.
        reads: Files and folders that the same command reads.

    Raises:
        InputError: It is a link or a folder, or lies among what Barrier keeps or what is read.
    """
    if is_stream(out):
        return
    _refuse_link(out)
    if out.is_dir():
        raise _refused(out, "is a folder, expected a file")
    ensure_out_folder(out, reads)
    _refuse_own_folder(out)


def ensure_kept_file(file: Path) -> None:
    """Refuse a file in which Barrier is going to keep jobs, messages or cases where it could harm.

    Raises:
        InputError: It is a link, or lies in a store, in results or in a region.
    """
    _refuse_link(file)
    place = _place(file)
    if not (place.name == _CASES and _is_store(place.parent)):
        ensure_out_folder(file)


def ensure_out_folder(out: Path, reads: Iterable[Path] = ()) -> None:
    """Refuse a place in a store, in results, in a region or in what the same command reads.

    Raises:
        InputError: It is such a place.
    """
    place = _place(out)
    above = dict(_identified(place.parents))
    for read in reads:
        same = next((found for found, _ in _identified([read])), None)
        if same in above:
            raise _refused(out, f"lies in {read}, which is read here")
        if same is not None and same in dict(_identified([place])):
            raise _refused(out, "is read here")
    for folder in above.values():
        if _is_store(folder):
            raise _refused(out, f"lies in the store {folder.name}")
        if os.path.lexists(folder / "region.yaml"):
            raise _refused(out, f"lies in the region folder {folder.name}")
        if is_result(folder) and _is_of_results(place.relative_to(folder)):
            raise _refused(out, f"is a file of the results in {folder.name}")
    for name in _prefixes(place.name):
        if _is_store(place.with_name(name)):
            raise _refused(out, f"has the name of a file that goes with the store {name}")


def _refuse_link(out: Path) -> None:
    if out.is_symlink():
        raise InputError([f"{out}: is a link"], hint="name the file itself, or remove the link")


def _refuse_own_folder(out: Path) -> None:
    above = dict(_identified(_place(out).parents))
    for own in (Path.home() / ".config" / "barrier", Path.home() / ".local" / "state" / "barrier"):
        if any(found in above for found, _ in _identified([own])):
            raise _refused(out, f"lies in {own}, where Barrier keeps its own")


def _place(out: Path) -> Path:
    """Return where a path leads, but for a link in its last part."""
    return Path(os.path.realpath(out.parent)) / out.name if out.name not in ("", "..") else out.resolve()


def _identified(paths: Iterable[Path]) -> Iterator[tuple[_Id, Path]]:
    """Return what each path is on which disk; what is not there, or not to be looked at, is left out."""
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        yield (status.st_dev, status.st_ino), path


def _is_store(folder: Path) -> bool:
    try:
        return folder.is_dir() and is_store(folder)
    except OSError:
        return False


def _is_of_results(name: Path) -> bool:
    return any(fnmatchcase(name.as_posix(), known) for known in RESULTS)


def _prefixes(name: str) -> list[str]:
    """Return what stands before each dot in a name."""
    return [name[:at] for at, letter in enumerate(name) if letter == "." and at]


def _refused(out: Path, problem: str) -> InputError:
    return InputError([f"{out}: {problem}"], hint=_HINT)
