"""Files in a result folder that no scan wrote: which of them name an id, and which of those may go.

Rule: a document that Barrier made goes, known by the mark in it; a file of somebody else is named and left. What cannot
be read cannot be shown to be clean, so it is named too, and never stops an erasure.
"""

from __future__ import annotations

import codecs
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Set
from pathlib import Path
from typing import IO

from barrier.errors import InputError
from barrier.files import is_regular, open_regular
from barrier.overwriting import is_own_document
from barrier.traces import Traces

MOST_BYTES = 512 << 20  # of one file, unpacked; a document of Barrier is below 1 MB
_PIECE = 1 << 20
_OVERLAP = 512  # characters: an id with blanks in it is found where two pieces meet
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,  # encrypted; also what this version of Python cannot unpack
    MemoryError,
    InputError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def erase_documents(folder: Path, own: Set[Path], traces: Traces) -> list[Path]:
    """Remove documents of Barrier that name an id; return other files that do, or that cannot be read.

    Args:
        folder: A result folder.
        own: Files in it that the scan wrote.
        traces: The ids.

    Raises:
        OSError: A document cannot be removed.
    """
    left = []
    for file in sorted(f for f in folder.rglob("*") if is_regular(f) and f not in own):
        if _names_none(file, traces):
            continue
        if is_own_document(file):
            file.unlink()
        else:
            left.append(file)
    return left


def _names_none(file: Path, traces: Traces) -> bool:
    """Return whether a file is known to name no id: False also where it cannot be read to its end."""
    try:
        return not any(traces.maybe_in(piece) for piece in _pieces(file))
    except _UNREADABLE:
        return False


def _pieces(file: Path) -> Iterator[str]:
    """Return what a file says, piece by piece: of a packed one, what is packed in it.

    Raises:
        ValueError: It says more than can be looked at.
    """
    with open_regular(file, within=file.parent) as source:
        if not zipfile.is_zipfile(source):
            source.seek(0)
            yield from _texts(source, MOST_BYTES)
            return
        left = MOST_BYTES
        with zipfile.ZipFile(source) as packed:
            for member in packed.infolist():
                yield member.filename
                with packed.open(member) as content:
                    yield from _texts(content, left)
                left -= member.file_size


def _texts(source: IO[bytes], most: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, count = "", 0
    while piece := source.read(_PIECE):
        count += len(piece)
        if count > most:
            raise ValueError("says more than can be looked at")
        whole, blank, begun = (text + decoder.decode(piece)).rpartition(" ")
        if not blank:  # no word ends here
            whole, begun = begun, begun[-_OVERLAP:]
        else:
            begun = f"{whole[-_OVERLAP:].partition(' ')[2]} {begun}"
        yield whole
        text = begun
    yield text + decoder.decode(b"", final=True)
