"""The mark of a log of readings: where the log ends, kept in the store; it tells when the log was cut off or removed.

Rule: it is written after its line is on the disk, so the log is never behind its mark but by loss.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from barrier.chain import Anchor, Head, anchors_in
from barrier.errors import InputError
from barrier.files import read_regular, write_private

_SIZE = 65_536  # more is no mark of ours


@dataclass(frozen=True)
class Mark:
    """What knows lines of a log.

    Args:
        file: Holds the last line, then those that were lost and nobody explained yet; None where none is kept.
        known: Gives lines that are known elsewhere; asked where the file is gone or the log is empty.
    """

    file: Path | None = None
    known: Callable[[], Collection[Anchor]] = list

    def lines(self) -> list[Anchor]:
        """Return the lines that the file knows."""
        if self.file is None:
            return []
        try:
            text = read_regular(self.file, limit=_SIZE).decode(errors="replace")
        except (OSError, InputError):  # gone, or something else has its name
            return []
        return list(anchors_in(text, self.file.name))

    def wanted(self, kept: Sequence[Anchor], last: Head | None) -> list[Anchor]:
        """Return the lines that have to be in a log besides its last one; ``kept`` are those that the file knows."""
        found = kept if kept and last else [*kept, *self.known()]
        return [a for a in found if last is None or a.hash != last.hash]

    def keep(self, head: Head, lost: Sequence[Anchor]) -> None:
        """Keep where the log ends now, and what it lost; a full disk leaves what was kept, which is still true."""
        if self.file is not None:
            with suppress(OSError):
                write_private(self.file, "".join(f"{line}\n" for line in (head, *map(as_text, lost))))


def as_text(line: Anchor) -> str:
    """Return a line as it is kept: its number where that is known, and its hash."""
    return line.hash if line.number is None else f"{line.number}:{line.hash}"


def named(line: Anchor) -> str:
    """Return a line in words."""
    return "a line" if line.number is None else f"line {line.number}"
