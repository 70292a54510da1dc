"""When jobs run next, kept over a restart of the daemon.

Rule: a time that is not as it was written is thrown away and said; the daemon works it out anew.
"""

from __future__ import annotations

import logging
import pickle
from datetime import datetime

import xxhash
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.util import datetime_to_utc_timestamp
from sqlalchemy import ColumnElement, LargeBinary, TypeDecorator, cast, func, literal_column, select

_MARK = b"Barrier1"
_HEAD = len(_MARK) + 16
_OLD = b"\x80"  # as every pickle begins: written before there was a checksum
_LOG = logging.getLogger("barrier.schedule")


class _Checked(TypeDecorator[bytes]):
    """Bytes with a checksum in front."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: object) -> bytes | None:
        """Return what is written."""
        return None if value is None else _MARK + xxhash.xxh3_128_digest(value) + value

    def process_result_value(self, value: bytes | None, _dialect: object) -> bytes | None:
        """Return what was meant."""
        return value[_HEAD:] if value and value.startswith(_MARK) else value


class CheckedJobStore(SQLAlchemyJobStore):  # type: ignore[misc]  # apscheduler has no types
    """Times in an SQLite file, each with a checksum."""

    def __init__(self, url: str, tablename: str) -> None:
        super().__init__(url=url, tablename=tablename)
        self.jobs_t.c.job_state.type = _Checked()

    def get_due_jobs(self, now: datetime) -> list[Job]:
        """Return jobs that are due."""
        self._drop_damaged()
        found: list[Job] = super().get_due_jobs(now)
        return found

    def get_all_jobs(self) -> list[Job]:
        """Return all jobs."""
        self._drop_damaged()
        found: list[Job] = super().get_all_jobs()
        return found

    def _drop_damaged(self) -> None:
        table = self.jobs_t
        number: ColumnElement[int] = literal_column("rowid")
        content = cast(table.c.job_state, LargeBinary)
        kinds = (func.typeof(table.c.job_state), func.typeof(table.c.id))
        raw = select(number, cast(table.c.id, LargeBinary), table.c.next_run_time, content, *kinds).select_from(table)
        with self.engine.begin() as db:
            for row, name, moment, state, *found in db.execute(raw).all():
                if found != ["blob", "text"] or not _fits(name, moment, state):
                    _LOG.error("the next time of job %r was damaged; it is worked out anew", _text(name))
                    db.execute(table.delete().where(number == row))


def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")


def _fits(name: bytes, moment: object, content: bytes) -> bool:
    """Return whether a row is as it was written: the state by its checksum, the rest as the state says."""
    state = content[_HEAD:]
    if content[: len(_OLD)] == _OLD:
        state = content
    elif content[:_HEAD] != _MARK + xxhash.xxh3_128_digest(state):
        return False
    told = pickle.loads(state)  # noqa: S301 - the daemon reads its own file anyway
    return bool(told["id"].encode() == name and datetime_to_utc_timestamp(told["next_run_time"]) == moment)
