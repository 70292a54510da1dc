"""Whether a file that somebody named may be written over: only what Barrier wrote there before.

Rule: it is known by what is in it, not by its name; what cannot be told apart is left.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from barrier.errors import InputError

_LOOKED = 8192
_POLICY = b'<meta http-equiv="Content-Security-Policy" content="default-src \'none\''  # in every page of Barrier
_DATABASE = b"Barr"  # application id of every database of Barrier
_KEPT = (b"barrier key ", b'{"format": 1, "kind": "')
_LINE = b'"prev":"'  # in each line of a log
_AUTHOR = b">Barrier<"  # in the properties of every document


def ensure_may_be_lost(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    """Refuse to write over a file that Barrier did not write, or in which it keeps something.

    Args:
        path: The file; one that is missing or empty may be written.
        content: What is going to be written: what was there has to be of the same kind.
        overwrite: It is meant that a file of somebody else is lost.

    Raises:
        InputError: It is somebody else's, or one that Barrier keeps something in.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        old = file.read(_LOOKED)
    if _is_kept(old):
        raise InputError([f"{path}: is a file in which Barrier keeps something"], hint="name another file")
    if old and not overwrite and not _is_alike(path, old, content):
        hint = "name another file, or say with --overwrite that what is in it may be lost"
        raise InputError([f"{path}: is there already, and Barrier did not write it as such a file"], hint=hint)


def _is_kept(content: bytes) -> bool:
    """Return whether a file is a database, key, journal or record of Barrier, as they all begin."""
    if content.startswith(b"SQLite format 3\0"):
        return content[68:72] == _DATABASE
    return content.startswith(_KEPT) or (content[:1] == b"{" and _LINE in content.partition(b"\n")[0])


def is_own_document(path: Path) -> bool:
    """Return whether Barrier made a page or a document, by the mark in it.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        begin = file.read(_LOOKED)
    return _has_author(path) if begin.startswith(b"PK") else _is_page(begin)


def _is_page(content: bytes) -> bool:
    return content[:9].lower() == b"<!doctype" and _POLICY in content


def _is_alike(path: Path, old: bytes, new: bytes) -> bool:
    if new.startswith(b"PK"):
        return _has_author(path)
    if new[:9].lower() == b"<!doctype":
        return _is_page(old)
    lines = 2 if new.startswith((b"<?xml", b"{\n")) else 1  # the first line of these says nothing yet
    return _first(old, lines) == _first(new, lines)


def _first(content: bytes, lines: int) -> list[bytes]:
    return content[:_LOOKED].split(b"\n", lines)[:lines]


def _has_author(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed, packed.open("docProps/core.xml") as properties:
            return _AUTHOR in properties.read(_LOOKED)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error):
        return False
