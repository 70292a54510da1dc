"""The outbox: messages wait here until they are handed over; none is lost, none is told twice.

Rule: what was told and the message that tells it are one transaction; of subjects only a keyed hash is kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from barrier.errors import DamagedError
from barrier.keys import Key, Purpose, digest, open_key
from barrier.printable import one_line, visible
from barrier.schedule.channels import DeliveryError, Message
from barrier.schedule.files import sqlite_file
from barrier.schedule.rows import Rows, put_row, rows

FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 6 * 3600.0
_TABLES = """
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
  written TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_try TEXT NOT NULL, problem TEXT NOT NULL DEFAULT '', sent TEXT, checksum TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS told (recipient TEXT NOT NULL, what TEXT NOT NULL,
  checksum TEXT NOT NULL DEFAULT '', PRIMARY KEY (recipient, what));
"""
_BARE_DIGITS = 64  # of a hash without a key
_UNTRIED = {"attempts": 0, "problem": "", "sent": None}
Clock = Callable[[], datetime]
Send = Callable[[Message], None]


def outbox_file(recipients: Path) -> Path:
    """Return where messages to the recipients of a file wait: beside it, for jobs and commands alike."""
    return recipients.with_suffix(".outbox.sqlite")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outbox:
    """The file with messages.

    Args:
        path: SQLite file.
        clock: Gives the time.
    """

    path: Path
    clock: Clock = _now

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with sqlite_file(self.path, _TABLES, what="outbox") as db:
            _add_keys(db)
            yield db

    def is_new(self) -> bool:
        """Return whether nothing was ever kept in it."""
        if not self.path.is_file() or not self.path.stat().st_size:
            return True
        return not any(any(self._rows(table)) for table in ("message", "told"))

    def untold(self, recipient: str, things: Iterable[str]) -> list[str]:
        """Return the things that a recipient was not told of; hashes with an earlier key are known, and renewed."""
        key = open_key(None)
        wanted = [(t, _with_every_secret(key, _hash(t))) for t in things]
        with self._open() as db:
            told = {r["what"]: r for r in rows(db, "told").good if r["recipient"] == recipient}
            for _, (new, *earlier) in wanted:
                for old in earlier:
                    if old in told and new not in told:
                        _renew(db, told[old], new)
        return [t for t, hashes in wanted if told.keys().isdisjoint(hashes)]

    def put(self, recipient: str, messages: Sequence[tuple[str, str]], told: Sequence[str]) -> int:
        """Put messages into the outbox, and remember what they tell; return how many were put.

        Args:
            recipient: Name of the recipient.
            messages: Subject and text of each.
            told: What the recipient knows with them, also without any message.
        """
        written = self.clock().isoformat(timespec="seconds")
        hashes = sorted(_keyed(map(_hash, told)))
        with self._open() as db:
            for number, (subject, text) in enumerate(messages):
                what = "|".join((recipient, written, str(number), *hashes))
                row = {"id": _hash(what)[:24], "recipient": recipient, "written": written, "next_try": written}
                put_row(db, "message", {**row, "subject": one_line(subject), "text": visible(text), **_UNTRIED})
            for hashed in hashes:
                put_row(db, "told", {"recipient": recipient, "what": hashed})
        return len(messages)

    def deliver(self, channels: Mapping[str, Send]) -> tuple[int, int]:
        """Hand over what is due; return how many went out and how many wait on.

        A message that cannot be handed over is tried again after a minute, then two, four, up to six hours. A clock
        that was set back holds nothing up: what was tried in the future is due. After a failure, the other messages for
        the same recipient wait for the next call: a server that hangs is asked once.

        Args:
            channels: How to reach each recipient; messages for others stay.
        """
        sent, failed = 0, set()
        for row in self.waiting():
            send = channels.get(row["recipient"])
            if send is None or row["recipient"] in failed or not self._due(row):
                continue
            try:
                send(Message(row["id"], row["subject"], row["text"], row["written"]))
            except DeliveryError as failure:
                self._postpone(row, str(failure))
                failed.add(row["recipient"])
            else:
                sent += 1
                self._change(row, sent=self.clock().isoformat(timespec="seconds"), problem="")
        return sent, len(self.waiting())

    def _due(self, row: Mapping[str, Any]) -> bool:
        now, following = self.clock(), datetime.fromisoformat(row["next_try"])
        return following <= now or following - now > timedelta(seconds=LONGEST_PAUSE_S)

    def _postpone(self, row: Mapping[str, Any], problem: str) -> None:
        pause = min(FIRST_PAUSE_S * 2 ** row["attempts"], LONGEST_PAUSE_S)
        following = (self.clock() + timedelta(seconds=pause)).isoformat(timespec="seconds")
        self._change(row, attempts=row["attempts"] + 1, next_try=following, problem=problem)

    def _change(self, row: Mapping[str, Any], **changes: Any) -> None:
        with self._open() as db:
            put_row(db, "message", {**row, **changes})

    def waiting(self) -> list[dict[str, Any]]:
        """Return messages that were not handed over yet, the oldest first."""
        return [row for row in self._rows("message").good if row["sent"] is None]

    def sent(self) -> list[dict[str, Any]]:
        """Return messages that were handed over, the oldest first."""
        return [row for row in self._rows("message").good if row["sent"] is not None]

    def damaged(self) -> list[str]:
        """Return what is not as it was written, in words: messages that are kept back, and marks of what was told."""
        messages = [f"message {one_line(str(row['id']))}" for row in self._rows("message").damaged]
        told = len(self._rows("told").damaged)
        return messages + ([f"marks of what somebody was told of, who is told once more: {told}"] if told else [])

    def ensure_whole(self) -> None:
        """Say what is damaged.

        Raises:
            DamagedError: Something is.
        """
        if damaged := self.damaged():
            hint = "look at the results themselves; to have everything told once more, move this file away"
            told = [f"{self.path}: not as it was written, and kept back: {what}" for what in damaged]
            raise DamagedError("\n".join(told), hint=hint)

    def _rows(self, table: str) -> Rows:
        with self._open() as db:
            return rows(db, table)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _keyed(hashes: Iterable[str]) -> list[str]:
    """Return hashes with the key: who has only the file cannot try ids that he knows."""
    key = open_key(None)
    return [key.hash(h, Purpose.OUTBOX) for h in hashes]


def _with_every_secret(key: Key, hashed: str) -> list[str]:
    """Return a hash with the secret of today, and with those before a rotation."""
    return [digest(hashed, generation.subkey(Purpose.OUTBOX)) for generation in reversed(key.generations)]


def _add_keys(db: sqlite3.Connection) -> None:
    """Put the key into the hashes of versions that had none."""
    bare = "SELECT 1 FROM told WHERE length(what) = ? LIMIT 1"
    if db.execute(bare, (_BARE_DIGITS,)).fetchone():
        old = [row for row in rows(db, "told").good if len(row["what"]) == _BARE_DIGITS]
        for row, hashed in zip(old, _keyed(r["what"] for r in old), strict=True):
            _renew(db, row, hashed)


def _renew(db: sqlite3.Connection, row: Mapping[str, Any], hashed: str) -> None:
    """Put another hash in the place of one, which stays in no free page."""
    db.execute("PRAGMA secure_delete = ON")
    db.execute("DELETE FROM told WHERE recipient = ? AND what = ?", (row["recipient"], row["what"]))
    put_row(db, "told", {**row, "what": hashed})
