"""The result folder: written whole or not at all.

Rule: everything goes into a folder beside it, which takes its name at the end; a scan that is killed leaves the
results that were there.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from barrier.errors import InputError, TryAgainError
from barrier.files import private_folder, tighten_all, write_named

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_place(out: Path) -> None:
    """Refuse a folder that holds something else than results, and bring back results that a crash left aside.

    Raises:
        InputError: ``out`` is a file, or a folder with other content.
    """
    previous = _beside(out, "previous")
    if previous.is_dir() and not out.exists():
        previous.rename(out)
    if out.is_dir() and any(out.iterdir()) and not (out / "scan.json").is_file():
        raise InputError(
            [f"{out}: holds something that is not the result of a scan"], hint="name an empty or new folder"
        )
    if out.exists() and not out.is_dir():
        raise InputError([f"{out}: is a file, expected a folder"], hint="name an empty or new folder")


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write into; at the end of the block it takes the place of ``out``.

    Raises:
        TryAgainError: The disk is full or cannot be written; ``out`` is as before.
    """
    check_place(out)
    part = _beside(out, f"part-{os.getpid()}")
    try:
        _clear_parts(out)
        private_folder(part)
        yield part
        tighten_all(part)
        _take_place(part, out)
    except OSError as error:
        hint = "free space or name another folder, then try again; nothing was changed"
        raise TryAgainError(f"{out}: cannot be written: {error.strerror or error}", hint=hint) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _clear_parts(out: Path) -> None:
    """Remove what scans that were killed left unfinished; those of processes at work stay."""
    prefix = _beside(out, "part-").name
    for part in out.parent.iterdir() if out.parent.is_dir() else ():
        number = part.name.removeprefix(prefix)
        if part.name != number and number.isdigit() and (int(number) == os.getpid() or not _alive(int(number))):
            shutil.rmtree(part, ignore_errors=True)


def _alive(process: int) -> bool:
    if os.name == "nt":  # there, asking would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _take_place(part: Path, out: Path) -> None:
    previous = _beside(out, "previous")
    shutil.rmtree(previous, ignore_errors=True)
    if out.exists():
        out.rename(previous)
    part.rename(out)
    shutil.rmtree(previous, ignore_errors=True)


def _beside(out: Path, what: str) -> Path:
    return out.with_name(f".{out.name}.{what}")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    content = io.BytesIO()
    pa.csv.write_csv(pa.Table.from_pandas(safe_cells(frame), preserve_index=False), content)
    write_named(path, content.getvalue())


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with formulas in text made harmless."""
    columns = {c: _harmless(frame[c]) if frame[c].dtype in ("object", "str") else frame[c] for c in frame.columns}
    return pd.DataFrame(columns, columns=frame.columns)


def _harmless(column: pd.Series) -> pd.Series:
    if column.dtype == "str" and not column.str.startswith(_FORMULA).fillna(False).any():
        return column
    codes, distinct = pd.factorize(column)
    if not any(isinstance(v, str) and v.startswith(_FORMULA) for v in distinct):
        return column
    safe = [f"'{v}" if isinstance(v, str) and v.startswith(_FORMULA) else v for v in distinct]
    return pd.Series(pd.array([*safe, None], dtype=object).take(codes), index=column.index)
