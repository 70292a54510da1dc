"""The result folder: written whole or not at all.

Rule: everything goes into a folder beside it, which takes its name at the end; a scan that is killed leaves the
results that were there. What Barrier did not write there is never removed.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from barrier.errors import InputError, TryAgainError
from barrier.files import FOLDER_MODE, force_to_disk, private_folder, tighten_all, trouble, write_named
from barrier.history.folder import RECORD, RESULTS, VIEWS, is_result, own_files
from barrier.results.out_place import ensure_out_folder
from barrier.spreadsheet import safe_cells
from barrier.store import is_server
from barrier.store.manifest import force_all
from barrier.store.own_folders import remove_own


def check_place(out: Path, *, store: str = "", region: Path | None = None) -> None:
    """Refuse a folder that holds something else than results, and bring to an end what a crash left half done.

    Args:
        out: The folder; a link to one is written where it leads.
        store: The store, which may lie neither in the results nor around them.
        region: What is read, which may not lie in them.

    Raises:
        InputError: ``out`` is a file, or a folder that may not be replaced.
    """
    hint = "name an empty or new folder"
    _check_name(out)
    if out.is_symlink() and not out.exists():
        raise InputError(
            [f"{out}: is a link to something that is not there"], hint="make that folder, or remove the link"
        )
    place = out.resolve()
    previous = _beside(place, "previous") if place.name else place
    if place.name and not place.exists() and is_result(previous):
        previous.rename(place)
    if place.exists() and not place.is_dir():
        raise InputError([f"{out}: is a file, expected a folder"], hint=hint)
    near = "" if is_server(store) else store
    for what, other in (
        ("the store", near),
        ("the region", str(region or "")),
        ("where you are", "."),
        ("a home", "~"),
    ):
        around = bool(other) and Path(other).expanduser().resolve().is_relative_to(place)
        inside = what == "the store" and bool(other) and place.is_relative_to(Path(other).resolve())
        if around or inside:
            raise InputError([f"{out}: is {what} itself, or one lies in the other"], hint=hint)
    ensure_out_folder(place, [region] if region else [])
    if place.is_mount():
        raise InputError([f"{out}: is a disk of its own, which cannot be replaced"], hint="name a folder in it")
    if place.is_dir() and any(place.iterdir()) and not is_result(place):
        raise InputError([f"{out}: holds something that is not the result of a scan"], hint=hint)
    if previous.exists() and not is_result(previous) and any(previous.iterdir()):
        raise InputError([f"{previous}: is in the way, and Barrier did not make it"], hint="move it elsewhere")
    if previous.is_dir():
        _hand_over(previous, place)


def finish_replacing(out: Path) -> None:
    """Bring to an end what killed scans left beside results: own files of somebody go over, what is Barrier's goes.

    Folders of somebody else and those of scans at work stay as they are.

    Raises:
        OSError: The disk cannot be written; doing it again goes on.
    """
    place = out.resolve()
    if not place.name:
        return
    previous = _beside(place, "previous")
    if is_result(previous):
        if place.exists():
            _hand_over(previous, place)
        else:
            previous.rename(place)
    _clear_parts(place, but=os.getpid())


def _check_name(out: Path) -> None:
    if "\ufffd" in os.fsencode(out).decode("utf-8", "replace"):
        raise InputError([f"{out}: the name of a result folder must be text in UTF-8"], hint="name another folder")


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into; at the end of the block it takes the place of ``out``.

    What somebody else put into ``out`` moves over into the new one.

    Raises:
        TryAgainError: The disk is full or cannot be written; ``out`` is as before.
    """
    check_place(out)
    place = out.resolve()
    part = _beside(place, f"part-{os.getpid()}")
    try:
        _clear_parts(place)
        private_folder(part.parent)
        part.mkdir(mode=FOLDER_MODE)
        yield part
        tighten_all(part)
        _take_place(part, place)
    except OSError as error:
        hint = "free space or name another folder, then try again: the results are as before; a store may have changed"
        raise TryAgainError(f"{out}: cannot be written: {trouble(error)}", hint=hint) from error
    finally:
        remove_own(part, RESULTS)


def _clear_parts(out: Path, *, but: int | None = None) -> None:
    """Remove what scans that were killed left unfinished; those of processes at work stay."""
    prefix = _beside(out, "part-").name
    for part in out.parent.iterdir() if out.parent.is_dir() else ():
        number = part.name.removeprefix(prefix)
        if part.name == number or not (number.isascii() and number.isdigit()) or int(number) == but:
            continue
        if int(number) == os.getpid() or not _alive(int(number)):
            remove_own(part, RESULTS)


def _alive(process: int) -> bool:
    if os.name == "nt":  # there, asking would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # no number of a process
        return False
    except OSError:  # of another user
        return True
    return True


def _take_place(part: Path, out: Path) -> None:
    """Put new results in the place of the last ones: on the disk before those are gone."""
    previous = _beside(out, "previous")
    force_all([*(p for p in part.rglob("*")), part])
    if out.exists():
        out.rename(previous)
    part.rename(out)
    force_to_disk(out.parent)
    if previous.exists():
        _hand_over(previous, out)


def _free_place(out: Path, name: str) -> Path:
    """Return where somebody's file goes: where it was, or beside it where the name is taken by now."""
    parents = [out / parent for parent in Path(name).parents]
    if (
        not (out / name).is_symlink()
        and not (out / name).exists()
        and all(p.is_dir() or not p.exists() for p in parents)
    ):
        return out / name
    flat = name.replace("/", "-")
    tries = (out / f"kept-{number}-{flat}" for number in itertools.count(1))
    return next(t for t in tries if not t.exists() and not t.is_symlink())


def _hand_over(previous: Path, out: Path) -> None:
    """Move what is somebody else's from the last results into the new ones, and remove the rest; it can be repeated."""
    own = own_files(previous) - {RECORD}
    for path in sorted(previous.rglob("*"), reverse=True):  # what is in a folder before the folder
        name = path.relative_to(previous).as_posix()
        if path.is_dir() and not path.is_symlink():
            target = out / name
            if not any(path.iterdir()):
                path.rmdir()
                if name != VIEWS and not target.exists():
                    private_folder(target)
        elif name in own:
            path.unlink()
        elif name != RECORD:
            target = _free_place(out, name)
            private_folder(target.parent)
            path.rename(target)
    (previous / RECORD).unlink(missing_ok=True)  # last: by it the folder is known after a kill
    previous.rmdir()


def _beside(out: Path, what: str) -> Path:
    return out.with_name(f".{out.name}.{what}")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as `csv_bytes` gives it."""
    write_named(path, csv_bytes(frame))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    content = io.BytesIO()
    pa.csv.write_csv(pa.Table.from_pandas(safe_cells(frame), preserve_index=False), content)
    return content.getvalue()
