"""The log of readings: a chain in a file, one JSON object a line, its purposes erasable.

Rule: a line is whole on the disk before anything is handed out; what a crash tore stays, and the next line says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from barrier import chain
from barrier.chain import Anchor, Checked, Head, Link, Part
from barrier.errors import TryAgainError
from barrier.files import private_file, read_regular, trouble, write_private
from barrier.traces import Traces

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PURPOSE, REDACT = "purpose", "redact"
_LOOSE = ("hash", PURPOSE, "salt")  # of a line, what its header does not hold
_TAIL = 1 << 16  # bytes in which the last line is looked for first
_WAIT_S = 10.0


@dataclass
class Log:
    """What a file holds.

    Args:
        old: Lines of the form before, which was no chain.
        links: The chain.
        torn: What a crash left before a link, by its place in ``links``.
        odd: Numbers of links that are not written as Barrier writes them.
    """

    old: bytes = b""
    links: list[Link] = field(default_factory=list)
    torn: dict[int, bytes] = field(default_factory=dict)
    odd: list[int] = field(default_factory=list)


def append(file: Path, header: Mapping[str, Any], purpose: str) -> Head:
    """Add a line to a log, safe from other processes; return it.

    Raises:
        TryAgainError: The log cannot be written.
    """
    try:
        private_file(file)
        with _alone(file) as handle:
            link = _following(handle, header, purpose)
            _write(handle, link)
        return link.head
    except OSError as error:
        hint = "readings are recorded there; make the folder writable, or free the disk"
        raise TryAgainError(f"{file}: cannot be written: {trouble(error)}", hint=hint) from error


@contextmanager
def _alone(file: Path) -> Iterator[int]:
    """Open a log for reading and adding while no other process adds to it."""
    until = time.monotonic() + _WAIT_S
    if fcntl is None:  # Windows
        with FileLock(f"{file}.lock", timeout=_WAIT_S), _opened(file) as handle:
            yield handle
        return
    while True:
        with _opened(file) as handle:
            while not _locked(handle):
                if time.monotonic() > until:
                    raise TryAgainError(f"{file}: is held by another process", hint="wait, then try again")
                time.sleep(0.01)
            if os.path.samestat(os.fstat(handle), file.stat()):  # else it was written anew while we waited
                yield handle
                return


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    handle = os.open(file, os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        yield handle
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _following(handle: int, header: Mapping[str, Any], purpose: str) -> Link:
    size = os.fstat(handle).st_size
    log = parse(_read(handle, max(0, size - _TAIL), size)) if size > _TAIL else Log()
    if not log.links:
        log = parse(_read(handle, 0, size))
    last = log.links[-1] if log.links else None
    more: dict[str, Any] = {}
    if log.old and last is None:
        more["continues"] = {"bytes": len(log.old), "sha256": hashlib.sha256(log.old).hexdigest()}
    torn = log.torn.get(len(log.links), b"")
    if torn:
        more["torn"] = hashlib.sha256(torn).hexdigest()
    last_at = str(last.told().get("when", "")) if last else ""
    made = chain.next_link(
        last.head if last else None, {**header, **more}, {PURPOSE: chain.new_part(purpose)}, last_at=last_at
    )
    return made


def _read(handle: int, start: int, end: int) -> bytes:
    os.lseek(handle, start, os.SEEK_SET)
    found = bytearray()
    while len(found) < end - start:
        block = os.read(handle, end - start - len(found))
        if not block:
            break
        found += block
    return bytes(found)


def _write(handle: int, link: Link) -> None:
    size = os.fstat(handle).st_size
    begun = b"" if not size or _read(handle, size - 1, size) == b"\n" else b"\n"
    content = begun + line_of(link)
    try:
        while content:
            content = content[os.write(handle, content) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)  # a full disk: what was written of the line goes again
        raise


def line_of(link: Link) -> bytes:
    """Return a link as its line."""
    loose: dict[str, str] = {"hash": link.hash}
    if PURPOSE in link.parts:
        loose |= {PURPOSE: link.parts[PURPOSE].text, "salt": link.parts[PURPOSE].salt}
    return (chain.canonical({**link.told(), **loose}) + "\n").encode()


def parse(content: bytes) -> Log:
    """Return what the content of a log holds."""
    log, place = Log(), 0
    for raw in content.splitlines(keepends=True):
        link = _link(raw)
        if link is None and not log.links:
            log.old = content[: place + len(raw)]
        elif link is None:
            log.torn[len(log.links)] = log.torn.get(len(log.links), b"") + raw.rstrip(b"\n")
        else:
            if raw.rstrip(b"\n") != line_of(link).rstrip(b"\n"):
                log.odd.append(link.head.number)
            log.links.append(link)
        place += len(raw)
    return log


def _link(raw: bytes) -> Link | None:
    try:
        told = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("n"), int) or "parts" not in told:
        return None
    header = chain.canonical({k: v for k, v in told.items() if k not in _LOOSE})
    said = PURPOSE in told and "salt" in told
    parts = {PURPOSE: Part(str(told["salt"]), str(told[PURPOSE]))} if said else {}
    return Link(header, str(told.get("hash", "")), parts)


def read_log(file: Path) -> Log:
    """Return what a log holds; nothing where there is none.

    Raises:
        TryAgainError: It cannot be read.
    """
    try:
        return parse(read_regular(file))
    except FileNotFoundError:
        return Log()
    except OSError as error:
        raise TryAgainError(f"{file}: cannot be read: {error.strerror}") from error


def check_log(log: Log, anchors: Collection[Anchor] = ()) -> Checked:
    """Return what a log shows: lines changed, missing, swapped or added, purposes changed or gone unsaid.

    Args:
        log: What the file holds.
        anchors: Lines that were kept elsewhere and must be here.
    """
    found = chain.check(log.links)
    found.problems += [f"line {n}: is not written as Barrier writes it" for n in log.odd]
    found.problems += _check_old(log)
    for place, torn in log.torn.items():
        if place == len(log.links):
            found.notes.append("what follows the last line was torn by a crash or a full disk")
        elif log.links[place].told().get("torn") != hashlib.sha256(torn).hexdigest():
            found.problems.append(f"before line {log.links[place].head.number}: something that is no line was put in")
        else:
            found.notes.append(f"before line {log.links[place].head.number}: a line was torn by a crash or a full disk")
    have = found.head.number if found.head else 0
    for anchor in anchors:
        if anchor.hash not in found.hashes.values():
            which = f"line {anchor.number}" if anchor.number else "a line"
            found.problems.append(f"{anchor.place} knows {which} of the log, which is not here (it ends at {have})")
    return found


def _check_old(log: Log) -> list[str]:
    said = [link.told()["continues"] for link in log.links if "continues" in link.told()]
    if not log.links:
        return ["no line is of a chain; the next reading continues them"] if log.old else []
    if not said:
        return ["before line 1: lines that no line knows were put in"] if log.old else []
    same = (said[-1].get("bytes"), said[-1].get("sha256")) == (len(log.old), hashlib.sha256(log.old).hexdigest())
    return [] if same else ["the lines of the form before, which was no chain, were changed"]


def redact(file: Path, ids: Collection[str], header: Mapping[str, Any]) -> int:
    """Erase purposes that name one of some ids, and such lines of the old form; return how many.

    The file is written anew, whole or not at all; its last line then says which purposes went.

    Raises:
        TryAgainError: The log cannot be written.
    """
    if not file.is_file():
        return 0
    names = Traces(ids)
    try:
        with _alone(file) as handle:
            log = parse(_read(handle, 0, os.fstat(handle).st_size))
            named = [k for k in log.links if any(names.within(p.text) for p in k.parts.values())]
            erased = [f"{k.head.number}:{PURPOSE}" for k in named]
            old = log.old.splitlines(keepends=True)
            kept = [raw for raw in old if not names.within(raw.decode(errors="replace"))]
            torn = [t for t in log.torn.values() if names.within(t.decode(errors="replace"))]
            if not erased and len(kept) == len(old) and not torn:
                return 0
            _rewrite(file, log, set(erased), b"".join(kept), header)
        return len(erased) + len(old) - len(kept)
    except OSError as error:
        hint = "free the disk or make the folder writable, then erase again"
        raise TryAgainError(f"{file}: cannot be written: {trouble(error)}", hint=hint) from error


def _rewrite(file: Path, log: Log, erased: set[str], old: bytes, header: Mapping[str, Any]) -> None:
    """Write a log anew without what is erased; torn lines stay only where no line says what they were."""
    gone = {int(e.split(":")[0]) for e in erased}
    links = [Link(k.header, k.hash, {} if k.head.number in gone else k.parts) for k in log.links]
    more: dict[str, Any] = {"erased": sorted(erased), "torn_erased": bool(log.torn)}
    if old != log.old:
        more["continues"] = {"bytes": len(old), "sha256": hashlib.sha256(old).hexdigest()}
    last = links[-1] if links else None
    last_at = str(last.told().get("when", "")) if last else ""
    links.append(
        chain.next_link(last.head if last else None, {**header, **more}, {PURPOSE: chain.new_part("")}, last_at=last_at)
    )
    write_private(file, old + b"".join(line_of(link) for link in links), durable=True)


def journal_anchors(file: Path, store: str) -> list[Anchor]:
    """Return the lines of the journal of cases that a log knows, in order.

    Args:
        file: The log.
        store: Only readings of this store; all where it is empty.
    """
    found: dict[str, Anchor] = {}
    for link in read_log(file).links:
        told = link.told()
        if told.get("journal") and store in ("", told.get("store")):
            for anchor in chain.anchors_in(str(told["journal"]), f"{file.name} line {told['n']}"):
                found.setdefault(anchor.hash, anchor)
    return list(found.values())
