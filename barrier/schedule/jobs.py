"""Jobs: which region is scanned when, and what became of each run.

Rule: one scan of a job at a time, a missed run is caught up once, a hung scan is ended and reported; times are those of
the Netherlands.
"""

from __future__ import annotations

import glob
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from barrier.analysis.ruleset import check_rules
from barrier.errors import BarrierError, DamagedError, InputError, TryAgainError
from barrier.model.dates import today
from barrier.model.rules import office_rules
from barrier.model.yamlfile import is_plain
from barrier.printable import one_line, parsed_json, visible
from barrier.schedule.alerts import read_alerts, send_alerts
from barrier.schedule.cron import ZONE, DutchCron
from barrier.schedule.drop import Delivery, copied, quarantine, remove_copy, waiting_deliveries
from barrier.schedule.files import sqlite_file
from barrier.schedule.outbox import Outbox, outbox_file
from barrier.schedule.reasons import names_delivered, supplier_reason
from barrier.schedule.rows import Rows, put_row, rows
from barrier.settings import first_purpose, no_purpose, process_settings
from barrier.store.locks import held

TIMEOUT_S = 6 * 3600.0
DONE, NEW_HITS, WRONG, AGAIN = 0, 10, 2, 3
SAID = 2000  # characters of what a failed scan said that are kept
_TABLES = """
CREATE TABLE IF NOT EXISTS job (name TEXT PRIMARY KEY, spec TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY, job TEXT NOT NULL, begun TEXT NOT NULL, seconds REAL NOT NULL,
  result TEXT NOT NULL, said TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS delivery (job TEXT NOT NULL, fingerprint TEXT NOT NULL, taken TEXT NOT NULL,
  result TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT '', PRIMARY KEY (job, fingerprint));
"""


@dataclass(frozen=True)
class Job:
    """A scan that is repeated.

    Args:
        name: Name of the job.
        region: Region folder; empty where deliveries come through a drop folder.
        out: Result folder.
        cron: When, as in a crontab: minute, hour, day, month, day of week, in Dutch time.
        drop: Drop folder with deliveries; empty where the region folder is read each time.
        jitter_s: Random delay of at most so many seconds, so that machines do not all begin at once.
        timeout_s: A scan that takes longer is ended.
        options: More options of `barrier scan`.
        alerts: File with recipients that are told after each scan; empty for none.
    """

    name: str
    region: str
    out: str
    cron: str
    drop: str = ""
    jitter_s: int = 0
    timeout_s: float = TIMEOUT_S
    options: tuple[str, ...] = ()
    alerts: str = ""

    def mark(self) -> str:
        """Return a mark that changes when the times change."""
        return f"{self.cron}|{self.jitter_s}"

    def trigger(self) -> CronTrigger:
        """Return when it runs.

        Raises:
            InputError: The times cannot be read.
        """
        try:
            trigger = DutchCron.from_crontab(self.cron, timezone=ZONE)
        except ValueError as error:
            hint = 'write five fields, such as "15 3 * * *" for a quarter past three each night'
            raise InputError([f"{self.name}: {self.cron!r}: {error}"], hint=hint) from error
        trigger.jitter = self.jitter_s or None
        return trigger

    def check_times(self) -> None:
        """Refuse times that cannot be read, or never come.

        Raises:
            InputError: They are such.
        """
        if self.trigger().get_next_fire_time(None, datetime.now(ZoneInfo(ZONE))) is None:
            hint = "name a day that is in the calendar, such as 28 instead of 31 for the end of every month"
            raise InputError([f"{self.name}: {self.cron!r}: such a day never comes"], hint=hint)


class Schedule:
    """The file with jobs, their runs, and the deliveries that were taken.

    Args:
        path: SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return sqlite_file(self.path, _TABLES, what="schedule")

    def add(self, job: Job) -> None:
        """Add a job, or change the one with the same name; a daemon at work takes it over by itself."""
        job.check_times()
        if not is_plain(job.name):
            hint = "it becomes part of the names of files"
            raise InputError(["job: expected a name of at most 40 letters, digits, dots and dashes"], hint=hint)
        with self._open() as db:
            put_row(db, "job", {"name": job.name, "spec": json.dumps(asdict(job))})

    def remove(self, name: str) -> None:
        """Remove a job, also one that is damaged; what is known of its runs stays.

        Raises:
            InputError: There is no such job.
        """
        with self._open() as db:
            gone = db.execute("DELETE FROM job WHERE name = ?", (name,)).rowcount
        if not gone:
            raise _no_job(name)

    def job(self, name: str) -> Job:
        """Return a job.

        Raises:
            InputError: There is no such job.
            DamagedError: It is not as it was written.
        """
        found = [j for j in self.jobs() if j.name == name]
        if not found:
            self.ensure_whole()
            raise _no_job(name)
        return found[0]

    def jobs(self) -> list[Job]:
        """Return all jobs by name, but those that are damaged."""
        specs = [parsed_json(row["spec"]) for row in self._rows("job").good]
        return sorted((Job(**{**s, "options": tuple(s["options"])}) for s in specs), key=lambda job: job.name)

    def damaged_jobs(self) -> list[str]:
        """Return the names of jobs that are not as they were written; none of them is run."""
        return sorted(str(row["name"]) for row in self._rows("job").damaged)

    def ensure_whole(self) -> None:
        """Say which jobs are damaged.

        Raises:
            DamagedError: There are some.
        """
        if damaged := self.damaged_jobs():
            hint = "add it again with barrier schedule add, and remove it where it has another name now"
            told = [f"{one_line(name)}: the job is not as it was written, and does not run" for name in damaged]
            raise DamagedError("\n".join(told), hint=hint)

    def notes(self) -> list[str]:
        """Return what is to be said of runs and deliveries that are damaged, and count as not known."""
        numbers = {what: len(self._rows(table).damaged) for table, what in (("run", "run"), ("delivery", "delivery"))}
        return [
            f"records of a {what} that are damaged and left out: {number}" for what, number in numbers.items() if number
        ]

    def _rows(self, table: str) -> Rows:
        with self._open() as db:
            return rows(db, table)

    def last_run(self, name: str) -> dict[str, Any] | None:
        """Return the last run of a job, or None."""
        return next((row for row in reversed(self._rows("run").good) if row["job"] == name), None)

    def taken(self, name: str) -> set[str]:
        """Return the fingerprints of deliveries that were taken for a job; what was set aside may come again."""
        found = (r for r in self._rows("delivery").good if r["job"] == name and r["result"] != "quarantine")
        return {r["fingerprint"] for r in found}

    def keep_delivery(self, name: str, fingerprint: str, result: str) -> None:
        """Remember a delivery by its content."""
        with self._open() as db:
            put_row(db, "delivery", {"job": name, "fingerprint": fingerprint, "taken": _now(), "result": result})

    def keep_run(self, name: str, begun: str, seconds: float, result: str, said: str) -> None:
        """Remember a run."""
        with self._open() as db:
            row = {"job": name, "begun": begun, "seconds": round(seconds, 1), "result": result}
            put_row(db, "run", {**row, "said": visible(said)[-SAID:]})


def run_job(file: str, name: str, _mark: str = "", day: date | None = None) -> str:
    """Run a job once and keep what became of it; return the result in a word or two.

    Args:
        file: The schedule.
        name: The job.
        day: The day it is, for what is told; default today.
    """
    schedule = Schedule(Path(file))
    begun, clock = _now(), time.monotonic()
    try:
        job = schedule.job(name)
        with _at_work(schedule.path, name):
            result, said = _run(schedule, job)
            said += _alerted(job, day or today()) + "".join(f"\nNote: {note}" for note in schedule.notes())
    except BarrierError as error:
        result, said = "failed", str(error)
    schedule.keep_run(name, begun, time.monotonic() - clock, result, said)
    return result


def _alerted(job: Job, day: date) -> str:
    """Tell the recipients of a job; what cannot be told waits in the outbox, and never fails the scan."""
    if not job.alerts:
        return ""
    file = Path(job.alerts)
    try:
        done = send_alerts(read_alerts(file), Outbox(outbox_file(file)), today=day)
    except BarrierError as error:
        return f"\nalerts: {error}"
    damaged = f", {done.damaged} damaged and kept back" if done.damaged else ""
    return f"\nalerts: {done.sent} handed over, {done.waiting} waiting{damaged}" if any(done.numbers()) else ""


def _run(schedule: Schedule, job: Job) -> tuple[str, str]:
    if not job.drop:
        return _scan(job, job.region)
    remove_copy(_copy_of(schedule.path, job.name))
    options = office_options(job)  # first: what the office left out is not the supplier's mistake
    waiting = waiting_deliveries(Path(job.drop), schedule.taken(job.name))
    if not waiting:
        return "nothing new", ""
    *earlier, delivery = waiting
    if delivery.problem:
        result, said = "wrong input", delivery.problem
    else:
        with copied(delivery, _copy_of(schedule.path, job.name)) as copy:
            result, said = _scan(replace(job, options=options), str(copy))
            if result == "wrong input" and not names_delivered(said, copy):
                return "failed", said  # about the office's results, store or rules: the delivery waits
    if result == "wrong input":
        place = quarantine(Path(job.drop), delivery, supplier_reason(said))
        schedule.keep_delivery(job.name, delivery.fingerprint, "quarantine")
        return "quarantined", f"{place}: {said}"
    if result in ("done", "new findings", "done, rows set aside", "done, rules not asked"):
        schedule.keep_delivery(job.name, delivery.fingerprint, result)
        said += _overtaken(schedule, job, delivery, earlier)
    return result, said


def _overtaken(schedule: Schedule, job: Job, taken: Delivery, earlier: Sequence[Delivery]) -> str:
    """Remember deliveries that came before the one that was taken and are never read; return what is said of them."""
    for delivery in earlier:
        schedule.keep_delivery(job.name, delivery.fingerprint, "overtaken")
    return "".join(f"\n{d.folder.name}: not read, {taken.folder.name} came later" for d in earlier)


def _copy_of(schedule: Path, name: str) -> Path:
    """Return where the copy of a delivery is while it is scanned."""
    return Path(f"{schedule}.{name}.delivery")


def clear_copies(schedule: Path) -> None:
    """Remove copies of deliveries that killed runs left, of jobs that are no more too; what is at work stays.

    Raises:
        InputError: Something else lies in place of a copy.
    """
    for place in sorted(schedule.parent.glob(f"{glob.escape(schedule.name)}.*.delivery")):
        name = place.name.removeprefix(f"{schedule.name}.").removesuffix(".delivery")
        with suppress(TryAgainError), _at_work(schedule, name):
            remove_copy(place)


def _at_work(schedule: Path, name: str) -> AbstractContextManager[None]:
    return held(Path(f"{schedule}.{name}.lock"), what=f"job {name}")


def office_options(job: Job) -> tuple[str, ...]:
    """Return the options of the scan of a drop folder: whoever delivers decides neither the purpose nor the rules.

    Raises:
        InputError: The office says no purpose, its rules cannot be used, or the job would trust what is delivered.
    """
    if any(o.startswith("--trust") for o in job.options):
        hint = "put the rules into a folder of the office and name it with --rules"
        raise InputError([f"{job.name}: what is dropped is never trusted with rules"], hint=hint)
    given, settings = dict(pairwise(job.options)), process_settings()
    purpose = first_purpose(given.get("--purpose"), settings.purpose)
    if not purpose:
        raise no_purpose()
    folder = given.get("--rules") or settings.rules
    if folder:
        check_rules(office_rules(Path(folder)))
    return (*job.options, "--purpose", purpose)


def _scan(job: Job, region: str) -> tuple[str, str]:
    """Run `barrier scan` as a process of its own; end it when it takes too long."""
    record = Path(job.out) / "scan.json"
    before = record.stat().st_mtime_ns if record.is_file() else 0
    command = [
        sys.executable,
        "-P",
        "-m",
        "barrier.cli",
        "scan",
        region,
        "--out",
        job.out,
        "--fail-on-new",
        "--quiet",  # what it says is kept with the run, and is what was wrong
        *job.options,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=job.timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return "ended: took too long", f"ended after {job.timeout_s:g} seconds"
    if done.returncode in (DONE, NEW_HITS):
        return ("done" if done.returncode == DONE else "new findings"), done.stderr
    written = record.is_file() and record.stat().st_mtime_ns != before
    if done.returncode == WRONG:
        return ("done, rows set aside" if written else "wrong input"), done.stderr
    if done.returncode == AGAIN:
        return ("done, rules not asked" if written else "try again"), done.stderr
    return f"failed: exit code {done.returncode}", done.stderr


def _no_job(name: str) -> InputError:
    return InputError([f"{name}: no such job"], hint="see: barrier schedule list")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def overview(schedule: Schedule) -> Sequence[dict[str, Any]]:
    """Return each job with its times, next and last run, how long that took and what became of it."""
    told = []
    for job in schedule.jobs():
        last = schedule.last_run(job.name) or {}
        following = job.trigger().get_next_fire_time(None, datetime.now(UTC))
        told.append(
            {
                "job": job.name,
                "cron": job.cron,
                "reads": job.drop or job.region,
                "out": job.out,
                "options": list(job.options),
                "next": following.isoformat(timespec="minutes") if following else "",
                "last": _in_zone(last.get("begun", ""), following),
                "seconds": last.get("seconds", ""),
                "result": last.get("result", "never ran"),
                "said": last.get("said", ""),
            }
        )
    return told


def _in_zone(begun: str, following: datetime | None) -> str:
    """Return when a job began, in the zone in which its next run is told."""
    if not begun or following is None:
        return begun
    return datetime.fromisoformat(begun).astimezone(following.tzinfo).isoformat(timespec="minutes")
