"""The log of readings of a store, for tests of it: readings, what is in the file, and what it is found to be."""

from __future__ import annotations

from pathlib import Path

from barrier.audit.checks import check_log
from barrier.audit.events import ReadEvent, record
from barrier.audit.log import read_log
from barrier.audit.places import audit_file
from barrier.chain import Anchor
from barrier.store.own_folders import READINGS


def read(store: str, subject: str = "list", purpose: str = "case 7") -> None:
    """Record one reading."""
    record(ReadEvent("networks", store, subject, purpose, 1))


def problems(store: str, *anchors: Anchor) -> list[str]:
    """Return what is wrong with the log of a store, by lines that are known elsewhere too."""
    return check_log(read_log(audit_file(store)), anchors).problems


def lines(store: str) -> list[bytes]:
    """Return the lines of the log of a store, with their ends."""
    return audit_file(store).read_bytes().splitlines(keepends=True)


def mark_of(store: str) -> Path:
    """Return the file in a store that knows where its log ends."""
    return Path(store) / READINGS


def cut(log: Path) -> None:
    """Take the last line off a log."""
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
