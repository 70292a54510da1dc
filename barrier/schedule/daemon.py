"""The daemon: runs jobs at their times.

Rule: one daemon a file; what was missed while it was down is caught up once; jobs added later are taken over.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from barrier.schedule.cron import ZONE
from barrier.schedule.jobs import Schedule, clear_copies, run_job
from barrier.schedule.times import CheckedJobStore
from barrier.store.locks import held

SCANS_AT_ONCE = 1
_TICK_S = 1.0
_LOG = logging.getLogger("barrier.schedule")
_SAID: set[str] = set()


def serve(file: Path, *, once: bool = False, ticks: int | None = None) -> None:
    """Run the jobs of a file at their times.

    Args:
        file: SQLite file with the jobs.
        once: Run what is due and end.
        ticks: End after so many seconds; default never.

    Raises:
        TryAgainError: Another daemon is at work on the file.
    """
    schedule = Schedule(file)
    schedule.jobs()
    with held(Path(f"{file}.daemon.lock"), what=f"schedule {file}"):
        clear_copies(file)
        scheduler = job_scheduler(schedule)
        scheduler.start(paused=True)
        take_over(schedule, scheduler)
        scheduler.resume()
        try:
            left = 1 if once else ticks
            while left is None or left > 0:
                time.sleep(_TICK_S)
                take_over(schedule, scheduler)
                left = None if left is None else left - 1
        finally:
            scheduler.shutdown(wait=True)


def job_scheduler(schedule: Schedule) -> BackgroundScheduler:
    """Return a scheduler that keeps its times in the same SQLite file and runs one scan at a time."""
    store = CheckedJobStore(url=f"sqlite:///{schedule.path}", tablename="apscheduler")
    pool = {"default": ThreadPoolExecutor(SCANS_AT_ONCE)}
    return BackgroundScheduler(timezone=ZONE, executors=pool, jobstores={"default": store})


def take_over(schedule: Schedule, scheduler: BackgroundScheduler) -> None:
    """Bring the scheduler to what the schedule says: new and changed jobs in, removed ones out, the rest untouched."""
    wanted = {job.name: job for job in schedule.jobs()}
    _say_damaged(schedule.damaged_jobs())
    placed = {job.id: job for job in scheduler.get_jobs()}
    for name in placed.keys() - wanted.keys():
        scheduler.remove_job(name)
    for name, job in wanted.items():
        if name in placed and placed[name].args[2] == job.mark():
            continue
        scheduler.add_job(
            run_job,
            job.trigger(),
            id=name,
            args=[str(schedule.path), name, job.mark()],
            replace_existing=True,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )


def _say_damaged(names: list[str]) -> None:
    """Say once a process which jobs do not run."""
    for name in set(names) - _SAID:
        _LOG.error("job %r is not as it was written, and does not run: see barrier schedule list", name)
        _SAID.add(name)
