"""Where the end of the log of readings is kept besides: it tells when lines were cut off, or the log removed.

Rule: what is kept was written after its line was on the disk, so the log is never behind it but by loss.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from barrier.chain import Anchor, Head, anchors_in
from barrier.errors import StoreError
from barrier.files import write_private

_SIZE = 1000  # more is no mark of ours
_LOST = re.compile(rb'"lost_hashes":\[([^\]]*)\]')


def _none() -> list[Anchor]:
    return []


@dataclass(frozen=True)
class Marks:
    """What knows lines of a log.

    Args:
        files: Each holds the last line, as ``NUMBER:HASH``, and the name of the log.
        log: Name of the log: a store that was copied under another name begins another.
        known: Gives lines that are known elsewhere; asked when a file is gone or the log is empty.
        always: Lines that have to be there whatever the files say.
    """

    files: Sequence[Path] = ()
    log: str = ""
    known: Callable[[], Collection[Anchor]] = _none
    always: Sequence[Anchor] = ()

    def anchors(self) -> list[Anchor]:
        """Return the lines in the files."""
        return [a for file in self.files for a in _in(file, self.log)]

    def wanted(self, last: Head | None) -> list[Anchor]:
        """Return the lines that a log has to hold; none where it ends where the files say."""
        kept = [_in(file, self.log) for file in self.files]
        found = [*self.always, *(a for anchors in kept for a in anchors)]
        if last is None or not all(kept):
            found += self.known()
        return [a for a in found if last is None or a.hash != last.hash]

    def keep(self, head: Head) -> None:
        """Keep where the log ends now; a disk that is full leaves what was kept, which is still true."""
        for file in self.files:
            with suppress(OSError):
                write_private(file, f"{head} {self.log}\n")


def _in(file: Path, log: str) -> list[Anchor]:
    try:
        text = file.read_bytes()[:_SIZE].decode(errors="replace")
    except OSError:
        return []
    return list(anchors_in(text, file.name))[:1] if text.partition(" ")[2].strip() == log else []


def missing(content: bytes, anchors: Collection[Anchor]) -> list[Anchor]:
    """Return the lines that a log does not hold, and that no line of it says were lost."""
    said = b" ".join(_LOST.findall(content))
    return [a for a in anchors if f'"hash":"{a.hash}"'.encode() not in content and f'"{a.hash}"'.encode() not in said]


def refuse_lost(file: Path, lost: Sequence[Anchor]) -> None:
    """Refuse a log in which lines are missing, before one more is written.

    Raises:
        StoreError: There are some.
    """
    if lost:
        which = f"line {lost[-1].number}" if lost[-1].number else "a line"
        raise StoreError(
            f"{file}: {lost[-1].place} knows {which} of the log of readings, which is not there: "
            "cut off, removed, or another log",
            hint="bring the log back from a copy; where there is none: "
            "barrier audit restored --store STORE --by NAME --reason TEXT",
        )


def kept_in_record(file: Path, log: str) -> list[Anchor]:
    """Return the line of the log that a scan.json keeps.

    Args:
        file: The scan.json.
        log: Name of the log; results that name another hold no line of this one.
    """
    try:
        told = json.loads(file.read_bytes())
        kept = told.get("log") or f"{file.parent.name}{'' if told.get('view') else '.barrier'}.audit.jsonl"
        text = str(told.get("readings", "")) if kept == log else ""
    except (OSError, ValueError, AttributeError):
        return []
    return list(anchors_in(text, f"{file.parent.name}/{file.name}"))[:1]
