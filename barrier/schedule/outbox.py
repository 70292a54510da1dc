"""The outbox: messages wait here until they are handed over; none is lost, none is told twice.

Rule: what was told and the message that tells it are one transaction; of subjects only a hash is kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
Clock = Callable[[], datetime]
Send = Callable[[Message], None]


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

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return sqlite_file(self.path, _TABLES, what="outbox")

    def untold(self, recipient: str, things: Iterable[str]) -> list[str]:
        """Return the things that a recipient was not told of."""
        with self._open() as db:
            known = {r["what"] for r in db.execute("SELECT what FROM told WHERE recipient = ?", (recipient,))}
        return [t for t in things if _hash(t) not in known]

    def put(self, recipient: str, messages: Sequence[tuple[str, str]], told: Sequence[str]) -> int:
        """Put messages into the outbox, and remember what they tell; return how many were put.

        Args:
            recipient: Name of the recipient.
            messages: Subject and text of each.
            told: What the recipient knows with them, also without any message.
        """
        written = self.clock().isoformat(timespec="seconds")
        with self._open() as db:
            for number, (subject, text) in enumerate(messages):
                what = "|".join((recipient, written, str(number), *sorted(map(_hash, told))))
                values = (_hash(what)[:24], recipient, written, one_line(subject), visible(text), written)
                db.execute(
                    "INSERT INTO message (id, recipient, written, subject, text, next_try) VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )
            db.executemany("INSERT OR IGNORE INTO told VALUES (?, ?)", [(recipient, _hash(t)) for t in told])
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
