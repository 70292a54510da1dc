"""A delivered text before it is taken apart: its encoding, its marks, how long its lines are.

Rule: UTF-8, or UTF-16 that says so by its mark; what is something else is refused with the line and byte, and what to
do.
"""

from __future__ import annotations

import codecs
import re

from barrier.errors import InputError
from barrier.ingest.limits import Limits, check_at_most, too_much

MARK = b"\xef\xbb\xbf"  # what UTF-8 files of some programs begin with
SAVE = "save the file as CSV UTF-8"
_END_OF_FILE = b"\x1a"
_BLOCK = 1 << 23
# a sign that stands for one that was lost, and one of two bytes that were read as two signs (CafÃ©)
_GARBLED = re.compile(rb"\xef\xbf\xbd|\xc3[\x82\x83]\xc2[\x80-\xbf]")
_STARTS = (  # of files that are no text
    (b"PK\x03\x04", "a spreadsheet (XLSX, ODS) or ZIP file"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet (XLS) or another file of an office program"),
    (b"\x1f\x8b", "a gzip file"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF-", "a PDF"),
    (b"SQLite format 3\x00", "a database"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_32 = b"\xff\xfe\x00\x00"
_MANY = 10  # UTF-16 has a byte of zero in every letter, a text that was damaged far fewer


def as_utf8(name: str, data: bytes) -> bytes:
    """Return a text in UTF-8 that was UTF-16 with its mark; any other as it is.

    Raises:
        InputError: It has the mark of UTF-16 and is none.
    """
    if data[:2] not in _UTF_16 or data[:4] == _UTF_32:
        return data
    try:
        return data.decode("utf-16").encode("utf-8")
    except UnicodeError as error:
        raise InputError(
            [f"{name}: begins as UTF-16 does, and is none: it was cut off, or is no text"], hint=SAVE
        ) from error


def check_text(name: str, data: bytes) -> None:
    """Refuse what is no text in UTF-8.

    Raises:
        InputError: It is empty, or in another encoding.
    """
    if not data or data.isspace() or data == MARK:
        raise InputError(
            [f"{name}: empty file, expected a header line"], hint="leave the file out, or deliver it with its header"
        )
    kind = next((kind for start, kind in _STARTS if data.startswith(start)), "")
    if kind:
        raise InputError(
            [f"{name}: {kind}, and no text"], hint="give it the ending of what it is, or save it as CSV UTF-8"
        )
    place = data.find(b"\x00")
    if place >= 0 and data[:4] != _UTF_32 and _MANY * data.count(b"\x00") < len(data):
        line = line_at(data, place)
        raise InputError(
            [f"{name}: line {line:,}: a byte that no text holds (NUL, 0x00)"],
            hint="look at the end of the line before: the file was cut off there, or is no text; export it again",
        )
    if place >= 0:
        raise InputError(
            [f"{name}: line 1: expected UTF-8 text, found UTF-16 without its mark, UTF-32 or binary data"], hint=SAVE
        )
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data) + 1, _BLOCK):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _BLOCK], final=start + _BLOCK > len(data))
        except UnicodeDecodeError as error:
            place = start - kept + error.start
            line = line_at(data, place)
            raise InputError(
                [f"{name}: line {line:,}: expected UTF-8, found the byte 0x{data[place]:02x}"], hint=SAVE
            ) from error


def without_marks(data: bytes) -> tuple[bytes, int]:
    """Return a text without byte order marks at the beginning of lines, and the first line within it that has one.

    Files that are put one after another keep the mark of each; old programs end a file with a sign (0x1a) of its own.
    """
    data = data.removeprefix(MARK).rstrip(_END_OF_FILE)
    if data.isascii() or MARK not in data:  # the first is told far sooner
        return data, 0
    found = [i for i in (data.find(end + MARK) for end in (b"\n", b"\r")) if i >= 0]
    if not found:
        return data, 0
    line = line_at(data, min(found) + 1)
    for end in (b"\n", b"\r"):
        data = data.replace(end + MARK, end)
    return data, line


def mark_notes(name: str, line: int) -> tuple[str, ...]:
    """Return what to tell of a byte order mark on a line within a file."""
    return (f"{name}: line {line:,}: a byte order mark within the file: several were put together",) if line else ()


def garbled_notes(name: str, data: bytes) -> tuple[str, ...]:
    """Return what to tell of letters that another program lost or read in the wrong encoding."""
    if data.isascii():
        return ()
    found = _GARBLED.search(data)
    if found is None:
        return ()
    many = len({line_at(data, place.start()) for place, _ in zip(_GARBLED.finditer(data), range(_MANY), strict=False)})
    lines = f"{many} lines or more" if many == _MANY else f"{many} {'line' if many == 1 else 'lines'}"
    return (
        f"{name}: line {line_at(data, found.start()):,}: letters that were lost, or read in the wrong encoding, before "
        f"the file was made ({lines}): kept as they stand; export it again as UTF-8",
    )


def line_at(data: bytes, place: int) -> int:
    """Return the line on which a byte stands."""
    if b"\r" not in data:
        return 1 + data.count(b"\n", 0, place)
    return 1 + data.count(b"\n", 0, place) + data.count(b"\r", 0, place) - data.count(b"\r\n", 0, place)


def check_lines(name: str, data: bytes, columns: int, bounds: Limits) -> None:
    """Refuse more rows, cells or longer lines than a table can have, before it becomes one."""
    end = b"\n" if b"\n" in data else b"\r"
    rows = data.count(end)
    check_at_most(name, "rows", rows, bounds.rows)
    check_at_most(name, "cells", rows * columns, bounds.cells)
    start = 0
    while len(data) - start > bounds.line_bytes:  # from line end to line end, each as far away as it may be
        found = data.rfind(end, start, start + bounds.line_bytes)
        if found < 0:
            line = data.count(end, 0, start) + 1
            raise too_much(name, f"line {line:,} is longer than {bounds.line_bytes:,} bytes", f"{bounds.line_bytes:,}")
        start = found + 1
