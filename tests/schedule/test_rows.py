"""Damage in the files of the schedule and the outbox: noticed row by row, said, and never acted on."""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from barrier.errors import DamagedError
from barrier.schedule.channels import Message
from barrier.schedule.daemon import job_scheduler, take_over
from barrier.schedule.files import sqlite_file
from barrier.schedule.jobs import Job, Schedule, run_job
from barrier.schedule.outbox import Outbox
from barrier.schedule.rows import Rows, put_row, rows
from tests.helpers import run

TABLES = """
CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY, job TEXT NOT NULL, seconds REAL NOT NULL, problem TEXT,
  checksum TEXT NOT NULL DEFAULT '');
"""
ROW = {"job": "night", "seconds": 8.5, "problem": None}


def _change(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(statement, values)


def _rows(file: Path) -> Rows:
    with sqlite_file(file, TABLES, what="schedule") as db:
        return rows(db, "run")


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    """Return a schedule with two jobs."""
    made = Schedule(tmp_path / "schedule.sqlite")
    for name in ("early", "night"):
        made.add(Job(name, region=f"/{name}", out="/out", cron="1 2 * * *", options=("--purpose", "why we look")))
    return made


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """Return an outbox in which two messages wait."""
    made = Outbox(tmp_path / "alerts.sqlite")
    made.put("desk", [("one", "first text"), ("two", "second text")], ["f1", "f2"])
    return made


@pytest.mark.parametrize("column", [*ROW, "checksum"])
@pytest.mark.parametrize("value", ["nighu", "", 8.25, None, b"night"], ids=repr)
def test_a_value_that_is_not_as_it_was_written_makes_its_row_a_damaged_one(
    tmp_path: Path, column: str, value: object
) -> None:
    file = tmp_path / "x.sqlite"
    with sqlite_file(file, TABLES, what="schedule") as db:
        put_row(db, "run", ROW)
        put_row(db, "run", {**ROW, "job": "early"})
    if ROW.get(column, "") == value and column != "checksum":
        return
    try:
        _change(file, f"UPDATE run SET {column} = ? WHERE job = 'night'", value)
    except sqlite3.IntegrityError:  # None where something has to be
        return

    found = _rows(file)

    assert [row["job"] for row in found.good] == ["early"]
    assert len(found.damaged) == 1


def test_text_that_is_no_text_any_more_damages_its_row_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    with sqlite_file(file, TABLES, what="schedule") as db:
        put_row(db, "run", {**ROW, "job": "nightnight"})
        put_row(db, "run", {**ROW, "job": "early"})
    content = file.read_bytes()
    file.write_bytes(content.replace(b"nightnight", b"nigh\xf4night"))

    assert [row["job"] for row in _rows(file).good] == ["early"]


def test_rows_of_versions_without_checksums_get_one_once(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, job TEXT NOT NULL, seconds REAL NOT NULL, problem TEXT)")
        db.execute("INSERT INTO run (job, seconds) VALUES ('night', 8.5)")

    assert _rows(file).good == [{"id": 1, **ROW}]
    _change(file, "UPDATE run SET checksum = ''")
    assert _rows(file).good == []


def test_rows_that_wait_for_a_checksum_are_whole_or_as_they_were_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    file = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, job TEXT NOT NULL, seconds REAL NOT NULL, problem TEXT)")
        db.execute("INSERT INTO run (job, seconds) VALUES ('night', 8.5)")
    with monkeypatch.context() as patch:
        patch.setattr("barrier.schedule.rows.put_row", killed)
        with pytest.raises(Killed):
            _rows(file)

    assert _rows(file) == Rows([{"id": 1, **ROW}], [])


def test_messages_wait_in_the_order_in_which_they_were_put(outbox: Outbox) -> None:
    outbox.put("desk", [("three", "third text")], [])

    assert [m["subject"] for m in outbox.waiting()] == ["one", "two", "three"]


def test_a_flipped_byte_in_an_index_is_damage_as_one_in_a_row_is(outbox: Outbox) -> None:
    whole, name = outbox.path.read_bytes(), str(outbox.waiting()[0]["id"]).encode()
    places = [found.start() for found in re.finditer(re.escape(name), whole)]

    assert len(places) == 2  # in the row, and in the index that keeps ids apart
    for place in places:
        content = bytearray(whole)
        content[place] = ord("x")
        outbox.path.write_bytes(content)
        with pytest.raises(DamagedError):
            outbox.ensure_whole()


def test_a_table_or_a_page_that_is_gone_is_damage_and_no_empty_file(schedule: Schedule) -> None:
    whole = schedule.path.read_bytes()
    _change(schedule.path, "DROP TABLE job")

    with pytest.raises(DamagedError, match="is not as it was written"):
        schedule.jobs()
    schedule.path.write_bytes(whole[:4096] + b"\0" * 4096 + whole[8192:])
    with pytest.raises(DamagedError, match="is not as it was written"):
        schedule.jobs()
    listed = run("schedule", "list", "--file", str(schedule.path))
    assert listed.exit_code == 2
    assert "bring the schedule back from a copy" in listed.output


@pytest.mark.parametrize(
    "statement",
    ["CREATE TRIGGER quiet AFTER INSERT ON run BEGIN DELETE FROM job; END", "CREATE VIEW quiet AS SELECT * FROM job"],
)
def test_what_another_program_put_into_the_file_to_act_on_changes_is_damage(schedule: Schedule, statement: str) -> None:
    _change(schedule.path, statement)

    with pytest.raises(DamagedError, match="is not as it was written"):
        schedule.keep_run("night", "2026-07-01T00:02:00+00:00", 8.5, "done", "as always")
    _change(schedule.path, f"DROP {statement.split()[1]} quiet")
    assert [job.name for job in schedule.jobs()] == ["early", "night"]


def test_a_job_with_another_purpose_than_was_written_does_not_run_and_the_others_do(schedule: Schedule) -> None:
    _change(schedule.path, "UPDATE job SET spec = replace(spec, 'why we look', 'why we lool') WHERE name = 'night'")
    file = ["--file", str(schedule.path)]

    listed = run("schedule", "list", *file)
    refused = run("schedule", "run", "night", *file)

    assert [job.name for job in schedule.jobs()] == ["early"]
    assert listed.exit_code == 2
    assert "early: next" in listed.output
    assert "night: the job is not as it was written, and does not run" in listed.output
    assert refused.exit_code == 2
    assert run_job(str(schedule.path), "night") == "failed"
    last = schedule.last_run("night")
    assert last is not None
    assert "does not run" in last["said"]
    schedule.add(Job("night", region="/r", out="/out", cron="1 2 * * *"))
    assert run("schedule", "list", *file).exit_code == 0


def test_a_damaged_job_can_be_removed(schedule: Schedule) -> None:
    _change(schedule.path, "UPDATE job SET name = 'nighu' WHERE name = 'night'")

    assert run("schedule", "remove", "nighu", "--file", str(schedule.path)).exit_code == 0
    assert run("schedule", "list", "--file", str(schedule.path)).exit_code == 0
    assert run("schedule", "remove", "nighu", "--file", str(schedule.path)).exit_code == 2


def test_the_daemon_says_once_which_job_is_damaged_and_does_not_plan_it(
    schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    _change(schedule.path, "UPDATE job SET spec = replace(spec, '1 2', '1 3') WHERE name = 'night'")
    scheduler = job_scheduler(schedule)
    scheduler.start(paused=True)
    try:
        with caplog.at_level(logging.ERROR, logger="barrier.schedule"):
            take_over(schedule, scheduler)
            take_over(schedule, scheduler)
        planned = [job.id for job in scheduler.get_jobs()]
    finally:
        scheduler.shutdown()

    assert planned == ["early"]
    assert [r.getMessage() for r in caplog.records] == [
        "job 'night' is not as it was written, and does not run: see barrier schedule list"
    ]


@pytest.mark.parametrize(
    "change",
    [
        "job_state = CAST(substr(job_state, 1, 60) || x'00' || substr(job_state, 62) AS BLOB)",
        "job_state = CAST(job_state AS TEXT)",
        "job_state = substr(job_state, 1, 60) || x'00' || substr(job_state, 62)",
        "next_run_time = 9999999999",
        "next_run_time = x'00'",
    ],
)
def test_a_next_time_that_is_damaged_is_worked_out_anew(
    schedule: Schedule, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    for first in (True, False):
        scheduler = job_scheduler(schedule)
        scheduler.start(paused=True)
        take_over(schedule, scheduler)
        times = {job.id: job.next_run_time for job in scheduler.get_jobs()}
        scheduler.shutdown()
        if first:
            _change(schedule.path, f"UPDATE apscheduler SET {change} WHERE id = 'night'")

    assert [r.getMessage() for r in caplog.records if r.name == "barrier.schedule"] == [
        "the next time of job 'night' was damaged; it is worked out anew"
    ]
    assert times["night"] == times["early"]
    assert times["night"] - datetime.now(UTC) < timedelta(days=2)


def test_records_of_runs_and_deliveries_that_are_damaged_are_left_out_and_said(schedule: Schedule) -> None:
    for day in ("2026-07-01", "2026-07-02"):
        schedule.keep_run("night", f"{day}T00:00:00+00:00", 8.5, "done", "")
        schedule.keep_delivery("night", f"print of {day}", "done")
    _change(schedule.path, "UPDATE run SET job = 'nighu' WHERE begun LIKE '2026-07-02%'")
    _change(schedule.path, "UPDATE delivery SET result = 'quarantinf' WHERE fingerprint LIKE '%-01'")

    listed = run("schedule", "list", "--file", str(schedule.path))

    assert "last 2026-07-01" in listed.output
    assert "Note: records of a run that are damaged and left out: 1" in listed.output
    assert "Note: records of a delivery that are damaged and left out: 1" in listed.output
    assert schedule.taken("night") == {"print of 2026-07-02"}


@pytest.mark.parametrize("column", ["text", "subject", "recipient", "written", "id", "sent"])
def test_a_message_that_is_not_as_it_was_written_is_kept_back_and_the_others_go_out(
    outbox: Outbox, column: str
) -> None:
    _change(outbox.path, f"UPDATE message SET {column} = 'desl' WHERE number = 1")
    sent: list[Message] = []

    outbox.deliver({"desk": sent.append, "desl": sent.append})

    assert [m.text for m in sent] == ["second text"]
    assert len(outbox.damaged()) == 1
    listed = run("alerts", "list", "--outbox", str(outbox.path))
    assert listed.exit_code == 2
    assert "kept back: message" in listed.output
    assert "move this file away" in listed.output


def test_a_mark_of_what_was_told_that_is_damaged_counts_as_not_told_and_is_said(outbox: Outbox) -> None:
    known = outbox.untold("desk", ["f1", "f2"])
    _change(outbox.path, "UPDATE told SET what = 'x' || substr(what, 2) WHERE rowid = 1")

    assert known == []
    assert len(outbox.untold("desk", ["f1", "f2"])) == 1
    with pytest.raises(DamagedError, match="told once more: 1"):
        outbox.ensure_whole()


def test_an_outbox_that_was_lost_is_said_also_after_it_was_listed(tmp_path: Path) -> None:
    file = tmp_path / "lost.sqlite"

    listed = run("alerts", "list", "--outbox", str(file))

    assert listed.exit_code == 0
    assert "No message yet" in listed.output
    assert Outbox(file).is_new()
    Outbox(file).put("desk", [], ["f1"])
    assert not Outbox(file).is_new()
