"""Where cases are kept: SQLite with numbered migrations, and a journal chained by hash.

Rule: a change and its line in the journal are one transaction: both, or neither. The journal is only added to.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from barrier.casework import journal, state
from barrier.casework.journal import Entry
from barrier.casework.marks import mark, marked, refuse_vanished
from barrier.casework.migrating import acting, migrate
from barrier.casework.verifying import check_signatures, missing_lines, signature, verify
from barrier.chain import Anchor, Checked, Head
from barrier.errors import BarrierError, InputError, StoreError, TryAgainError
from barrier.files import private_file, tighten, trouble
from barrier.printable import visible
from barrier.store.own_database import DURABLE, OWN, database_trouble, ensure_own_database, error_kind

BUSY_S = 5.0
_NOT_OURS = "SQLITE_ERROR"  # a table or column that is not there
_BACK = "see whether another program holds the file; else bring it back from a copy"
Row = dict[str, Any]
Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class CaseDatabase:
    """The file with cases.

    Args:
        path: SQLite file; it is made at the first change.
        clock: Gives the time.
        known: Gives lines of the journal that are known elsewhere; asked when there is no case.
    """

    def __init__(self, path: Path, clock: Clock = now, known: Callable[[], list[Anchor]] = list) -> None:
        self.path = path
        self.clock = clock
        self.elsewhere = known
        self.notes: list[str] = []
        self.accepting = False  # that lines were lost

    @contextmanager
    def changing(self, entry: Entry, *, gone: Collection[str] | None = None) -> Iterator[sqlite3.Connection]:
        """Give a connection for one change; its journal line is written with it, or nothing is.

        Args:
            entry: What is done, for the journal.
            gone: Ids that are erased by this: whatever the journal said that names them goes too.

        Raises:
            StoreError: A line of the journal that is known elsewhere is missing: an older copy took its place.
            TryAgainError: Somebody else is changing cases, or the disk is full or cannot be written.
        """
        self._ensure_own()
        _private(self.path)
        with self._transaction() as connection:
            connection.execute(OWN)
            if gone is None:  # an erasure goes on whatever is missing
                self._refuse_older(connection)
                self._refuse_acting(connection)
            salt = secrets.token_hex(16)
            state.watch(connection, salt)
            yield connection
            self._tell(connection, entry, salt, gone=gone)
            head, _ = journal.head_of(connection)
        mark(self.path, head)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                _roll_back(connection)
                if error_kind(error) == _NOT_OURS:
                    raise _unreadable(self.path, error) from error
                raise TryAgainError(
                    f"{self.path}: cannot be changed: {database_trouble(error)}",
                    hint="nothing was changed; free the disk or wait, try again",
                ) from error
            except UnicodeEncodeError as error:
                _roll_back(connection)
                raise InputError(["what was given holds bytes that are no text"], hint="nothing was changed") from error
            except sqlite3.IntegrityError as error:
                _roll_back(connection)
                raise TryAgainError(
                    f"{self.path}: somebody else changed the same at this moment", hint="look again, then try again"
                ) from error
            except BaseException:
                _roll_back(connection)
                raise

    def _tell(self, connection: sqlite3.Connection, entry: Entry, salt: str, *, gone: Collection[str] | None) -> None:
        told = state.changes(connection)
        more: dict[str, Any] = {}
        if gone is not None:
            before = state.compare(connection, _after(journal.implied(connection), told, salt))
            more["erased"], again = journal.redact(connection, gone, told)
            told = [c for c in told if c.kind != state.DROP]  # the lines that made these rows went too
            told += state.restated(connection, salt, again)
            more |= _unlike(before)
        link = journal.append(connection, entry, told, at=_time(self.clock), salt=salt, more=more)
        back = link.told().get("clock_back_s")
        if back:
            self.notes.append(f"the clock stands {back} seconds before the last line of the journal; set it right")

    def compact(self) -> None:
        """Write the file anew, so that nothing of what was erased is left in it."""
        with self._connected() as connection:
            connection.execute("VACUUM")

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Return rows, or none where there is no file yet.

        Raises:
            StoreError: There were cases, and now there are none.
        """
        if not self._is_there():
            return []
        with self._connected() as connection:
            return [dict(r) for r in connection.execute(query, values)]

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of the journal; the content of one is None where it was erased."""
        if not self._is_there():
            return []
        with self._connected() as connection:
            return list(journal.lines(connection))

    def head(self) -> Head | None:
        """Return the last line of the journal, to be kept elsewhere as an anchor."""
        if not self._is_there():
            return None
        with self._connected() as connection:
            return journal.head_of(connection)[0]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = None
        self._ensure_own()
        tighten(self.path)
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(DURABLE)
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("the file is damaged")
            if not self.path.stat().st_size:
                self._refuse_vanished(lambda: not self.path.stat().st_size)
            migrate(connection, self.clock)
            if journal.head_of(connection)[0] is None:
                self._refuse_vanished(lambda: journal.head_of(connection)[0] is None)
            yield connection
        except sqlite3.DatabaseError as error:
            raise _unreadable(self.path, error) from error
        finally:
            if connection is not None:
                connection.close()

    def _ensure_own(self) -> None:
        ensure_own_database(self.path, ("dossier", "journal", "migration"), what="file with cases")

    def _is_there(self) -> bool:
        self._ensure_own()
        if self.path.is_file():
            return True
        self._refuse_vanished(lambda: not self.path.is_file())
        return False

    def _refuse_vanished(self, still: Callable[[], bool]) -> None:
        """Refuse a file without cases where there were some; another process may be making the first one meanwhile."""
        known = [] if self.accepting else [*self.elsewhere(), *marked(self.path)]
        if known and still():
            refuse_vanished(self.path, known)

    def _refuse_older(self, connection: sqlite3.Connection) -> None:
        """Refuse to go on with an older copy: its next line would take the place of one that is missing."""
        here = {row["hash"] for row in connection.execute("SELECT hash FROM journal")}
        missing = missing_lines(connection, [*self.elsewhere(), *marked(self.path)], here)
        if missing:
            last = missing[-1]
            hint = "bring the newest copy back; where there is none: barrier case restored --by NAME --reason TEXT"
            raise StoreError(
                f"{self.path}: line {last.number or '?'} of the journal, which {last.place} knows, is missing",
                hint=hint,
            )

    def _refuse_acting(self, connection: sqlite3.Connection) -> None:
        """Refuse a change that something else in the file would act upon."""
        added = acting(connection)
        if added:
            told = f"{self.path}: something that Barrier did not make acts on changes: {', '.join(map(visible, added))}"
            raise StoreError(told, hint=f"see `barrier case verify`; {_BACK}")

    def verify(self, anchors: Iterable[Anchor] = ()) -> list[str]:
        """Return what is wrong with journal and tables; empty when nothing can be seen.

        Args:
            anchors: Lines that were kept elsewhere and must be among those that are here.
        """
        return self.checked(anchors).problems

    def checked(self, anchors: Iterable[Anchor] = (), *, key: bytes | None = None) -> Checked:
        """Return what is wrong, and what is worth saying, with journal and tables.

        Args:
            anchors: Lines that were kept elsewhere.
            key: Key of the office, where signatures are looked at too.
        """
        known = [*anchors, *marked(self.path)]
        if not self._is_there():
            refuse_vanished(self.path, known)
            return Checked()
        with self._connected() as connection:
            found = verify(connection, known)
            if key is not None:
                check_signatures(connection, key, found)
        if found.head and not marked(self.path):
            found.notes.append("the mark beside the file, which says how far the journal had come, is gone")
        return found

    def sign(self, key: bytes, by: str) -> str:
        """Sign the last line with the key of the office; return it with its signature, to be kept elsewhere.

        Raises:
            TryAgainError: The disk is full or cannot be written.
        """
        with self._transaction() as connection:
            head, _ = journal.head_of(connection)
            if head is None:
                return ""
            at = _time(self.clock)
            made = signature(key, head, at, by)
            connection.execute(
                "INSERT INTO journal_signature VALUES (?, ?, ?, ?, ?)", (head.number, head.hash, at, by, made)
            )
            return f"{head} {at} {made}"

    def accept_loss(self, entry: Entry, anchors: Iterable[Anchor]) -> tuple[int, int]:
        """Go on with the file as it is, where lines were lost, and keep in the journal that they were; return which.

        Raises:
            InputError: No line that is known elsewhere is missing.
            TryAgainError: The disk is full or cannot be written.
        """
        known = [*anchors, *marked(self.path)]
        self.accepting = True
        self._ensure_own()
        _private(self.path)
        with self._transaction() as connection:
            connection.execute(OWN)
            here = set(journal.check(connection).hashes.values())
            missing = [a for a in known if a.hash not in here]
            head, _ = journal.head_of(connection)
            first = (head.number if head else 0) + 1
            last = max([a.number or 0 for a in missing], default=0)
            if not missing:
                raise InputError([f"{self.path}: no line that is known elsewhere is missing"])
            lost = [min(first, last or first), max(first, last)]
            more = {"lost": lost, "lost_hashes": sorted({a.hash for a in missing})}
            journal.append(connection, entry, [], at=_time(self.clock), salt="", more=more)
            head, _ = journal.head_of(connection)
        mark(self.path, head)
        return lost[0], lost[1]


def _private(path: Path) -> None:
    try:
        private_file(path)
    except OSError as error:
        hint = "nothing was changed; free the disk or make the folder writable, try again"
        raise TryAgainError(f"{path}: cannot be changed: {trouble(error)}", hint=hint) from error


def _unreadable(path: Path, error: sqlite3.DatabaseError) -> BarrierError:
    again = isinstance(error, sqlite3.OperationalError) and error_kind(error) != _NOT_OURS
    kind = TryAgainError if again else StoreError
    return kind(f"{path}: the cases cannot be read: {error}", hint=_BACK)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _time(clock: Clock) -> str:
    return clock().isoformat(timespec="seconds")


def _after(rows: state.Rows, told: Iterable[state.Change], salt: str) -> state.Rows:
    state.replay(rows, told, salt)
    return rows


def _unlike(differences: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    return {"unlike": len(differences)} if differences else {}
