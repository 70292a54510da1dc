"""How a delivered table stands in its file, where a mapping says so: the line of its header, its encoding.

Rule: what is said has to fit the file; a file that says otherwise itself is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from barrier.errors import InputError
from barrier.ingest.rawtable import Unread
from barrier.ingest.texts import MARK, line_at

Encoding = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "cp850"]
ENCODINGS: tuple[str, ...] = get_args(Encoding)
_CODECS = {"windows-1252": "cp1252"}
_MARKS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
_LEAVE_OUT = "leave encoding: out of the mapping"
_LINE = re.compile(rb"[^\r\n]*(\r\n|\r|\n)")
_TWICE = "a name that stands twice, expected every column once"
_OWN_NAMES = "give each column a name of its own, or take one of them out"


@dataclass(frozen=True)
class Layout:
    """What is said of a file.

    Args:
        header: The line on which the header stands; 0 for the first that is not empty.
        names: The columns of a file without header; empty where it has one.
        encoding: The encoding of a text; empty where the file says it (UTF-8, or UTF-16 with its mark).
        repeats: Whether a name may stand twice in the header: such columns cannot be read.
    """

    header: int = 0
    names: tuple[str, ...] = ()
    encoding: str = ""
    repeats: bool = False


def decoded(name: str, data: bytes, encoding: str) -> bytes:
    """Return a text in UTF-8 that is in another encoding.

    Raises:
        InputError: It cannot be, or is UTF-8 or UTF-16 by what stands in it.
    """
    if encoding == "utf-16":
        return _from_utf16(name, data)
    if encoding in ("", "utf-8") or data.isascii():
        return data
    if _is_unicode(data):
        raise InputError([f"{name}: is UTF-8 or UTF-16 by its letters, not {encoding}"], hint=_LEAVE_OUT)
    try:
        return data.decode(_CODECS.get(encoding, encoding)).encode("utf-8")
    except UnicodeDecodeError as error:
        place = min(error.start, len(data) - 1)
        found = f"line {line_at(data, place):,}: expected {encoding}, found the byte 0x{data[place]:02x}"
        raise InputError([f"{name}: {found}"], hint="look at encoding: in the mapping, or save as UTF-8") from error


def _from_utf16(name: str, data: bytes) -> bytes:
    """Return a text in UTF-16, with its mark or without, in UTF-8; one of UTF-8 without other letters as it is."""
    if data.startswith(_MARKS):
        return data
    if b"\x00" not in data:
        if data.isascii():
            return data
        raise InputError([f"{name}: is no UTF-16, as the mapping says"], hint=_LEAVE_OUT)
    try:
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le").encode("utf-8")
    except UnicodeError as error:
        raise InputError([f"{name}: is no UTF-16, as the mapping says"], hint=_LEAVE_OUT) from error


def _is_unicode(data: bytes) -> bool:
    """Return whether a text that is no ASCII is UTF-8, or has a mark: in another encoding next to none is by chance."""
    if data.startswith((MARK, *_MARKS)):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def from_line(name: str, data: bytes, line: int) -> bytes:
    """Return a text with empty lines in place of what stands above a line, so that its rows keep their lines.

    Raises:
        InputError: It has no such line, or that is empty.
    """
    if line <= 1:
        return data
    end, sign = 0, b"\n"
    for _ in range(line - 1):
        found = _LINE.match(data, end)
        if found is None:
            break
        end, sign = found.end(), found.group(1)
    if not data[end : end + 1].strip(b"\r\n") or line_at(data, end) != line:
        raise InputError(
            [f"{name}: line {line:,}: expected the header that the mapping says is there, found nothing"],
            hint="look at header: in the mapping; lines are counted from 1, empty ones too",
        )
    return sign * (line - 1) + data[end:]


def above_notes(name: str, header: int) -> tuple[str, ...]:
    """Return what to tell of lines above the header."""
    if header <= 1:
        return ()
    above = {2: "line 1 is", 3: "lines 1 and 2 are"}.get(header, f"lines 1 to {header - 1:,} are")
    return (f"{name}: the header is line {header:,}: {above} not read",)


def named_once(names: Sequence[str]) -> tuple[list[str], Mapping[str, Unread]]:
    """Return names of which none stands twice, and those that did, which cannot be read."""
    made: list[str] = []
    unread: dict[str, Unread] = {}
    for place, name in enumerate(names, start=1):
        own = f"{name} (column {place})" if name and name in made else name
        made.append(own)
        if name and list(names).count(name) > 1:
            unread[own] = Unread(_TWICE, (name,), _OWN_NAMES)
    return made, unread
