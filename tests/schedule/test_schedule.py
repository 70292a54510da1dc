"""Schedules: times through both clock changes, missed runs, hung scans, deliveries, two daemons, the units."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from barrier import resources
from barrier.errors import InputError, TryAgainError
from barrier.schedule.cron import ZONE
from barrier.schedule.daemon import job_scheduler, serve, take_over
from barrier.schedule.drop import complete_deliveries, quarantine, waiting_deliveries
from barrier.schedule.jobs import Job, Schedule, overview, run_job
from barrier.store.locks import held
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

DUTCH = ZoneInfo(ZONE)


def _job(cron: str = "15 3 * * *", **more: object) -> Job:
    return Job(**{"name": "nightly", "region": "r", "out": "o", "cron": cron, **more})  # type: ignore[arg-type] # any values


@pytest.mark.parametrize("first", [date(2027, 3, 26), date(2027, 10, 29)], ids=["spring", "autumn"])
@pytest.mark.parametrize("cron", ["15 3 * * *", "30 2 * * *"])
def test_a_nightly_scan_runs_once_a_day_through_both_clock_changes(first: date, cron: str) -> None:
    trigger = _job(cron).trigger()
    at = datetime(first.year, first.month, first.day, 12, tzinfo=DUTCH)
    days, previous = [], None
    for _ in range(5):
        following = trigger.get_next_fire_time(previous, at)
        assert following is not None
        days.append(following.date())
        previous, at = following, following + timedelta(seconds=1)

    assert days == [first + timedelta(days=i) for i in range(1, 6)]


def test_times_that_cannot_be_read_say_how_to_write_them() -> None:
    with pytest.raises(InputError, match="nightly: 'at three'") as error:
        _job("at three").trigger()
    assert "five fields" in str(error.value.hint)


@pytest.mark.parametrize("cron", ["0 3 31 2 *", "0 3 30 2 *", "0 3 31 4,6,9,11 *"])
def test_a_job_on_a_day_that_never_comes_is_refused(tmp_path: Path, cron: str) -> None:
    place = ["--region", "fixtures/demo", "--out", str(tmp_path / "out"), "--file", str(tmp_path / "s.sqlite")]

    added = run("schedule", "add", "nightly", "--cron", cron, *place)

    assert added.exit_code == 2
    assert f"nightly: '{cron}': such a day never comes" in added.stderr
    assert "28 instead of 31" in added.stderr
    assert Schedule(tmp_path / "s.sqlite").jobs() == []


def test_a_job_on_a_leap_day_is_taken(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path, cron="0 3 29 2 *"))

    assert [j.cron for j in schedule.jobs()] == ["0 3 29 2 *"]


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    return Schedule(tmp_path / "schedule.sqlite")


def _demo(tmp_path: Path, **more: object) -> Job:
    place: dict[str, Any] = {"region": str(resources.fixtures() / "demo"), "out": str(tmp_path / "out")}
    return _job(**{**place, **more})


def test_a_job_scans_and_says_what_became_of_it(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path))

    assert run_job(str(schedule.path), "nightly") == "new findings"
    assert run_job(str(schedule.path), "nightly") == "done"
    assert Results(tmp_path / "out").findings
    last = schedule.last_run("nightly")
    assert last is not None
    assert last["result"] == "done"
    assert last["seconds"] > 0


def test_a_scan_that_hangs_is_ended_and_reported(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path, timeout_s=0.2))

    assert run_job(str(schedule.path), "nightly") == "ended: took too long"
    assert not (tmp_path / "out").exists()


def test_a_job_that_is_at_work_is_not_begun_again(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path))

    with held(Path(f"{schedule.path}.nightly.lock"), what="test"):
        assert run_job(str(schedule.path), "nightly") == "failed"
    last = schedule.last_run("nightly")
    assert last is not None
    assert "another import or scan is at work" in last["said"]


def test_a_run_that_was_missed_is_caught_up_once(
    schedule: Schedule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule.add(_demo(tmp_path, cron="0 * * * *"))
    _placed(schedule, next_run=datetime.now(UTC) - timedelta(hours=30))
    calls = tmp_path / "calls"
    command = f"import pathlib; p = pathlib.Path({str(calls)!r}); p.open('a').write('x')"
    monkeypatch.setattr(sys, "executable", _fake(tmp_path, command))

    serve(schedule.path, ticks=4)

    assert calls.read_text() == "x"


def _placed(schedule: Schedule, *, next_run: datetime) -> None:
    """Write the times of the jobs as a daemon that was stopped left them."""
    scheduler = job_scheduler(schedule)
    scheduler.start(paused=True)
    take_over(schedule, scheduler)
    scheduler.shutdown()
    with sqlite3.connect(schedule.path) as db:
        state = pickle.loads(db.execute("SELECT job_state FROM apscheduler").fetchone()[0][24:])  # after the checksum
        state["next_run_time"] = next_run
        values = (next_run.timestamp(), pickle.dumps(state))
        db.execute("UPDATE apscheduler SET next_run_time = ?, job_state = ?", values)


def _fake(tmp_path: Path, command: str) -> str:
    """Return a program that does something else than scan, whatever it is asked."""
    file = tmp_path / "python"
    file.write_text(f'#!/bin/sh\nexec python3 -c "{command}"\n')
    file.chmod(0o700)
    return str(file)


def test_listing_and_changing_jobs_does_not_swallow_a_run_that_is_due(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path, cron="0 * * * *"))
    due = datetime.now(UTC) - timedelta(hours=3)
    _placed(schedule, next_run=due)
    run("schedule", "list", "--file", str(schedule.path))

    with sqlite3.connect(schedule.path) as db:
        assert db.execute("SELECT next_run_time FROM apscheduler").fetchall() == [(due.timestamp(),)]


def test_a_second_daemon_on_one_file_is_refused(schedule: Schedule) -> None:
    with held(Path(f"{schedule.path}.daemon.lock"), what="test"), pytest.raises(TryAgainError):
        serve(schedule.path, once=True)


def test_the_list_shows_next_and_last_run(schedule: Schedule, tmp_path: Path) -> None:
    schedule.add(_demo(tmp_path))
    (row,) = overview(schedule)

    assert (row["job"], row["result"], row["cron"]) == ("nightly", "never ran", "15 3 * * *")
    assert "T03:15" in row["next"]


def _delivered(drop: Path, name: str, *, ready: bool = True, broken: bool = False, remark: str = "") -> Path:
    folder = drop / name
    shutil.copytree(resources.fixtures() / "demo", folder)
    if remark:
        (folder / "region.yaml").write_text((folder / "region.yaml").read_text() + f"# {remark}\n")
    if broken:
        (folder / "Person.csv").write_bytes(b"\xff\xfe not a table")
    if ready:
        (folder / ".ready").touch()
    return folder


def test_a_delivery_counts_when_it_is_ready_or_has_settled(tmp_path: Path) -> None:
    _delivered(tmp_path, "one")
    _delivered(tmp_path, "two", ready=False)
    later = max(f.stat().st_mtime for f in tmp_path.rglob("*")) + 121

    assert [d.folder.name for d in complete_deliveries(tmp_path)] == ["one"]
    assert {d.folder.name for d in complete_deliveries(tmp_path, clock=lambda: later)} == {"one", "two"}


def test_a_delivery_that_comes_twice_is_taken_once(schedule: Schedule, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    _delivered(drop, "monday")
    schedule.add(_demo(tmp_path, region="", drop=str(drop)))
    first = run_job(str(schedule.path), "nightly")
    _delivered(drop, "again")

    assert first == "new findings"
    assert run_job(str(schedule.path), "nightly") == "nothing new"
    assert waiting_deliveries(drop, schedule.taken("nightly")) == []


def test_a_broken_delivery_is_set_aside_with_the_reason_and_the_last_good_results_stay(
    schedule: Schedule, tmp_path: Path
) -> None:
    drop = tmp_path / "drop"
    _delivered(drop, "good")
    schedule.add(_demo(tmp_path, region="", drop=str(drop)))
    assert run_job(str(schedule.path), "nightly") == "new findings"
    before = (tmp_path / "out" / "findings.jsonl").read_bytes()
    _delivered(drop, "bad", broken=True)

    assert run_job(str(schedule.path), "nightly") == "quarantined"
    (place,) = (drop / "quarantine").iterdir()
    assert "Person.csv" in (place / "reason.txt").read_text()
    assert (tmp_path / "out" / "findings.jsonl").read_bytes() == before
    assert run_job(str(schedule.path), "nightly") == "nothing new"


def test_of_several_deliveries_the_last_is_read_and_the_others_are_said_and_never_read(
    schedule: Schedule, tmp_path: Path
) -> None:
    drop = tmp_path / "drop"
    for name in ("b-first", "a-second", "c-last"):
        _delivered(drop, name, remark=name)
    schedule.add(_demo(tmp_path, region="", drop=str(drop)))

    assert run_job(str(schedule.path), "nightly") == "new findings"
    said = (schedule.last_run("nightly") or {})["said"]
    assert "b-first: not read, c-last came later\na-second: not read, c-last came later" in said
    assert run_job(str(schedule.path), "nightly") == "nothing new"


@pytest.mark.parametrize("touch", ["mode", "date"])
def test_a_delivery_that_was_read_and_is_touched_later_holds_no_new_one_up(
    schedule: Schedule, tmp_path: Path, touch: str
) -> None:
    drop = tmp_path / "drop"
    read = _delivered(drop, "read")
    schedule.add(_demo(tmp_path, region="", drop=str(drop)))
    assert run_job(str(schedule.path), "nightly") == "new findings"
    new = _delivered(drop, "new", remark="new")
    if touch == "mode":
        (read / "Person.csv").chmod(0o640)
    else:
        os.utime(read / "Person.csv", (4_102_444_800, 4_102_444_800))

    assert [d.folder for d in waiting_deliveries(drop, schedule.taken("nightly"))] == [new]
    assert run_job(str(schedule.path), "nightly") == "done"


def test_a_quarantined_delivery_keeps_its_files(tmp_path: Path) -> None:
    _delivered(tmp_path, "bad")
    (delivery,) = complete_deliveries(tmp_path)
    place = quarantine(tmp_path, delivery, "why")

    assert not (tmp_path / "bad").exists()
    assert (place / "Person.csv").is_file()


def test_jobs_are_added_listed_run_and_removed_on_the_command_line(tmp_path: Path) -> None:
    file, region = str(tmp_path / "s.sqlite"), str(resources.fixtures() / "demo")
    place = ["--region", region, "--out", str(tmp_path / "out"), "--file", file]
    added = run("schedule", "add", "nightly", "--cron", "15 3 * * *", *place)
    ran = run("schedule", "run", "nightly", "--file", file)
    listed = run("schedule", "list", "--file", file)
    removed = run("schedule", "remove", "nightly", "--file", file)
    gone = run("schedule", "run", "nightly", "--file", file)

    assert [r.exit_code for r in (added, ran, listed, removed, gone)] == [0, 0, 0, 0, 2]
    assert "nightly: new findings" in ran.stdout
    assert ": new findings in " in listed.stdout
    assert "nightly: no such job" in gone.stderr


def test_a_job_that_fails_leaves_with_three_and_says_why(tmp_path: Path) -> None:
    file, missing = str(tmp_path / "s.sqlite"), str(tmp_path / "nowhere")
    place = ["--region", missing, "--out", str(tmp_path / "out"), "--file", file]
    run("schedule", "add", "nightly", "--cron", "15 3 * * *", *place)
    ran = run("schedule", "run", "nightly", "--file", file)

    assert ran.exit_code == 3
    assert "no such region folder" in ran.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", ["barrier-scan.service", "barrier-scan.timer", "barrier-daemon.service"])
def test_the_units_for_systemd_are_well_formed(unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(Path("deploy") / unit)], capture_output=True, text=True, check=False
    )

    said = [x for x in done.stderr.splitlines() if unit in x and "is not executable" not in x]
    assert said == []
