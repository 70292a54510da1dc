"""The log of readings: a chain in a file, one JSON object a line, its purposes erasable.

Rule: a line is whole on the disk before anything is handed out; what a crash tore stays, and the next line says so.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from barrier import chain
from barrier.audit.marks import Mark, as_text
from barrier.chain import Anchor, Head, Link, Part, anchors_in
from barrier.errors import TryAgainError
from barrier.files import open_regular, private_file, read_regular, trouble, write_private
from barrier.printable import parsed_json
from barrier.traces import Traces

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PURPOSE, REDACT, RESTORED = "purpose", "redact", "restored"
MISSING, LOST = "missing", "lost"  # what a line found to be gone, and what somebody said was lost
UNMARKED = "unmarked"  # that a line found the mark gone
_LOOSE = ("hash", PURPOSE, "salt")  # of a line, what its header does not hold
_TAIL = 1 << 12  # bytes in which the last line is looked for first
_WAIT_S = 10.0
_NO_MARK = Mark()


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


def append(file: Path, header: Mapping[str, Any], purpose: str, mark: Mark = _NO_MARK) -> Head:
    """Add a line to a log, safe from other processes; return it.

    Where lines are gone that the mark knows, the line says so.

    Args:
        file: The log.
        header: What stays of the line.
        purpose: What can be erased of it.
        mark: What knows lines of the log, and keeps this one.

    Raises:
        TryAgainError: The log cannot be written.
    """
    with _changing(file) as handle:
        last, more = _end(handle)
        lost, found = _gone(last, mark, lambda: parse(_whole(handle)))
        return _add(handle, _after(last, {**header, **more, **found}, purpose), mark, lost)


def accept_loss(
    file: Path, header: Mapping[str, Any], reason: str, mark: Mark, anchors: Collection[Anchor]
) -> list[Anchor]:
    """Go on with a log in which lines are missing, and keep in it that they are, and why; return which, none for none.

    Args:
        file: The log.
        header: What stays of the line.
        reason: Why they are missing.
        mark: What knows lines of the log.
        anchors: More lines that were kept elsewhere.

    Raises:
        TryAgainError: The log cannot be written.
    """
    with _changing(file) as handle:
        last, more = _end(handle)
        log = parse(_whole(handle))
        said = (a for link in log.links for a in lines_said(link, MISSING))
        lost = unexplained(log, [*anchors, *mark.lines(), *mark.known(), *said])
        if lost:
            more[LOST] = sorted({as_text(a) for a in lost})
            _add(handle, _after(last, {**header, **more}, reason), mark, [])
    return lost


def missing_lines(file: Path, mark: Mark) -> list[Anchor]:
    """Return the lines that a mark knows and that are not in a log; where none are, only its end is read.

    Raises:
        TryAgainError: It cannot be read.
    """
    kept = mark.lines()  # before the log: another process may add to it meanwhile
    if not kept:
        return []
    try:
        with open_regular(file) as opened:
            last, _ = _end(opened.fileno())
            ends = last is not None and [a.hash for a in kept] == [last.hash]
            return [] if ends else unexplained(parse(_whole(opened.fileno())), kept)
    except FileNotFoundError:
        return kept
    except OSError as error:
        raise TryAgainError(f"{file}: cannot be read: {trouble(error)}") from error


def unexplained(log: Log, anchors: Collection[Anchor]) -> list[Anchor]:
    """Return which lines, each once, are not in a log, and nobody said that they were lost."""
    here = {link.hash for link in log.links} | {a.hash for link in log.links for a in lines_said(link, LOST)}
    found: dict[str, Anchor] = {}
    for anchor in anchors:
        if anchor.hash not in here:
            found.setdefault(anchor.hash, anchor)
    return list(found.values())


def _gone(last: Link | None, mark: Mark, read: Callable[[], Log]) -> tuple[list[Anchor], dict[str, Any]]:
    """Return which lines are not in a log, and what the next line says of those that no line told before."""
    kept = mark.lines()
    wanted = mark.wanted(kept, last.head if last else None)
    more: dict[str, Any] = {UNMARKED: True} if last and mark.file and not kept else {}
    if not wanted:
        return [], more
    log = read()
    lost = unexplained(log, wanted)
    told = {a.hash for link in log.links for a in lines_said(link, MISSING)}
    found = sorted(as_text(a) for a in lost if a.hash not in told)
    return lost, more | ({MISSING: found} if found else {})


def lines_said(link: Link, what: str) -> list[Anchor]:
    """Return the lines that a line says were missing or lost."""
    told = link.told()
    return list(anchors_in(" ".join(map(str, told.get(what, ()))), f"line {told.get('n')}"))


@contextmanager
def _changing(file: Path) -> Iterator[int]:
    try:
        private_file(file)
        with _alone(file) as handle:
            yield handle
    except OSError as error:
        hint = "readings are recorded there; make the folder writable, or free the disk"
        raise TryAgainError(f"{file}: cannot be written: {trouble(error)}", hint=hint) from error


def _add(handle: int, link: Link, mark: Mark, lost: Sequence[Anchor]) -> Head:
    _write(handle, link)
    mark.keep(link.head, lost)
    return link.head


def _after(last: Link | None, header: Mapping[str, Any], purpose: str) -> Link:
    last_at = str(last.told().get("when", "")) if last else ""
    return chain.next_link(last.head if last else None, header, {PURPOSE: chain.new_part(purpose)}, last_at=last_at)


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


def _end(handle: int) -> tuple[Link | None, dict[str, Any]]:
    """Return the last line, and what the next one says of what lies after it or before the chain."""
    size, tail, log = os.fstat(handle).st_size, _TAIL, Log()
    while tail < size and not log.links:
        log, tail = parse(_read(handle, size - tail, size)), tail * 8
    if not log.links:
        log = parse(_whole(handle))
    last = log.links[-1] if log.links else None
    more: dict[str, Any] = {}
    if log.old and last is None:
        more["continues"] = {"bytes": len(log.old), "sha256": hashlib.sha256(log.old).hexdigest()}
    torn = log.torn.get(len(log.links), b"")
    if torn:
        more["torn"] = hashlib.sha256(torn).hexdigest()
    return last, more


def _whole(handle: int) -> bytes:
    return _read(handle, 0, os.fstat(handle).st_size)


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
        told = parsed_json(raw)
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
        raise TryAgainError(f"{file}: cannot be read: {trouble(error)}") from error


def redact(file: Path, ids: Collection[str], header: Mapping[str, Any], mark: Mark = _NO_MARK) -> int:
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
            lost, found = _gone(log.links[-1] if log.links else None, mark, lambda: log)
            mark.keep(_rewrite(file, log, set(erased), b"".join(kept), {**header, **found}), lost)
        return len(erased) + len(old) - len(kept)
    except OSError as error:
        hint = "free the disk or make the folder writable, then erase again"
        raise TryAgainError(f"{file}: cannot be written: {trouble(error)}", hint=hint) from error


def _rewrite(file: Path, log: Log, erased: set[str], old: bytes, header: Mapping[str, Any]) -> Head:
    """Write a log anew without what is erased, and return its end; torn lines go with it."""
    gone = {int(e.split(":")[0]) for e in erased}
    links = [Link(k.header, k.hash, {} if k.head.number in gone else k.parts) for k in log.links]
    more: dict[str, Any] = {"erased": sorted(erased), "torn_erased": bool(log.torn)}
    if old != log.old:
        more["continues"] = {"bytes": len(old), "sha256": hashlib.sha256(old).hexdigest()}
    links.append(_after(links[-1] if links else None, {**header, **more}, ""))
    write_private(file, old + b"".join(line_of(link) for link in links), durable=True)
    return links[-1].head
