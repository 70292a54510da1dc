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

from barrier.keys import Purpose, open_key
from barrier.printable import one_line, visible
from barrier.schedule.channels import DeliveryError, Message
from barrier.schedule.files import sqlite_file

FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 6 * 3600.0
_TABLES = """
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
  written TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_try TEXT NOT NULL, problem TEXT NOT NULL DEFAULT '', sent TEXT);
CREATE TABLE IF NOT EXISTS told (recipient TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (recipient, what));
"""
_BARE_DIGITS = 64  # of a hash without a key
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

    def untold(self, recipient: str, things: Iterable[str]) -> list[str]:
        """Return the things that a recipient was not told of."""
        with self._open() as db:
            known = {r["what"] for r in db.execute("SELECT what FROM told WHERE recipient = ?", (recipient,))}
        wanted = list(things)
        return [t for t, hashed in zip(wanted, _keyed(map(_hash, wanted)), strict=True) if hashed not in known]

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
                values = (_hash(what)[:24], recipient, written, one_line(subject), visible(text), written)
                db.execute(
                    "INSERT INTO message (id, recipient, written, subject, text, next_try) VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )
            db.executemany("INSERT OR IGNORE INTO told VALUES (?, ?)", [(recipient, h) for h in hashes])
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
                with self._open() as db:
                    values = (self.clock().isoformat(timespec="seconds"), row["number"])
                    db.execute("UPDATE message SET sent = ?, problem = '' WHERE number = ?", values)
        return sent, len(self.waiting())

    def _due(self, row: Mapping[str, Any]) -> bool:
        now, following = self.clock(), datetime.fromisoformat(row["next_try"])
        return following <= now or following - now > timedelta(seconds=LONGEST_PAUSE_S)

    def _postpone(self, row: Mapping[str, Any], problem: str) -> None:
        pause = min(FIRST_PAUSE_S * 2 ** row["attempts"], LONGEST_PAUSE_S)
        following = (self.clock() + timedelta(seconds=pause)).isoformat(timespec="seconds")
        with self._open() as db:
            db.execute(
                "UPDATE message SET attempts = attempts + 1, next_try = ?, problem = ? WHERE number = ?",
                (following, problem, row["number"]),
            )

    def waiting(self) -> list[dict[str, Any]]:
        """Return messages that were not handed over yet, the oldest first."""
        with self._open() as db:
            return [dict(r) for r in db.execute("SELECT * FROM message WHERE sent IS NULL ORDER BY number")]

    def sent(self) -> list[dict[str, Any]]:
        """Return messages that were handed over, the oldest first."""
        with self._open() as db:
            return [dict(r) for r in db.execute("SELECT * FROM message WHERE sent IS NOT NULL ORDER BY number")]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _keyed(hashes: Iterable[str]) -> list[str]:
    """Return hashes with the key: who has only the file cannot try ids that he knows."""
    key = open_key(None)
    return [key.hash(h, Purpose.OUTBOX) for h in hashes]


def _add_keys(db: sqlite3.Connection) -> None:
    """Put the key into the hashes of versions that had none."""
    old = [r["what"] for r in db.execute("SELECT DISTINCT what FROM told WHERE length(what) = ?", (_BARE_DIGITS,))]
    if old:
        db.execute("PRAGMA secure_delete = ON")
        new = zip(_keyed(old), old, strict=True)
        db.executemany("UPDATE OR REPLACE told SET what = ? WHERE what = ?", new)
