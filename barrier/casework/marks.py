"""The mark beside a file with cases says how far its journal had come: it tells when the file vanished or is older.

Rule: it is written after the change is on the disk, so the journal is never behind its mark but by loss.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from barrier.chain import Anchor, Head, anchors_in
from barrier.errors import InputError, StoreError
from barrier.files import read_regular, write_private

_SIZE = 1000  # more is no mark of ours


def mark_file(path: Path) -> Path:
    """Return where the mark of a file with cases is."""
    return path.with_name(f"{path.name}.head")


def mark(path: Path, head: Head | None) -> None:
    """Keep how far the journal has come; a disk that is full leaves the mark as it was, which is still true."""
    if head is not None:
        with suppress(OSError):
            write_private(mark_file(path), f"{head}\n", durable=True)


def marked(path: Path) -> list[Anchor]:
    """Return the line that the mark knows, or nothing."""
    file = mark_file(path)
    try:
        text = read_regular(file, limit=_SIZE).decode(errors="replace")
    except (OSError, InputError):  # gone, or something else has its name
        return []
    return list(anchors_in(text, file.name))[:1]


def refuse_vanished(path: Path, known: list[Anchor]) -> None:
    """Refuse a file without any case where there were some.

    Raises:
        StoreError: A line of its journal is known.
    """
    if known:
        number = f"line {known[-1].number}" if known[-1].number else "lines"
        raise StoreError(
            f"{path}: there were cases ({known[-1].place} knows {number} of their journal), and now there are none",
            hint="bring the file back from a copy; where there is none: barrier case restored --by NAME --reason TEXT",
        )
