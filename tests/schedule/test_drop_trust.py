"""Whoever delivers decides neither why a region is scanned nor by whose rules."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from barrier import resources
from barrier.schedule.drop import READY
from barrier.schedule.jobs import Job, Schedule, run_job
from tests.helpers import run


def test_a_drop_job_is_refused_trust_and_needs_a_purpose_of_the_office(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    add = ["schedule", "add", "nightly", "--cron", "15 3 * * *", "--file", str(tmp_path / "s.sqlite")]
    add += ["--drop", str(tmp_path / "drop"), "--out", str(tmp_path / "out")]
    trusting = run(*add, "--trust-delivery")
    without = run(*add, env={"BARRIER_PURPOSE": None})

    assert (trusting.exit_code, without.exit_code) == (2, 2)
    assert "what is dropped is never trusted with rules" in trusting.stderr
    assert "no purpose was given" in without.stderr
    assert Schedule(tmp_path / "s.sqlite").jobs() == []


def test_the_purpose_and_rules_of_a_job_go_before_those_that_are_dropped(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / "monday"))
    (folder / "partners").mkdir()
    (folder / "partners" / "sharing.yaml").write_text("not: rules\n")
    (folder / READY).touch()
    options = ("--purpose", "of the office")
    job = Job("nightly", "", str(tmp_path / "out"), "15 3 * * *", drop=str(tmp_path / "drop"), options=options)
    Schedule(tmp_path / "s.sqlite").add(job)
    result = run_job(str(tmp_path / "s.sqlite"), "nightly")
    record = json.loads((tmp_path / "out" / "scan.json").read_text(encoding="utf-8"))

    assert result in ("done", "new findings")
    assert record["purpose"] == "of the office"
    assert any("partners/: rules that came with the data are not used" in w for w in record["warnings"])


@pytest.mark.parametrize("options", [("--trust-delivery",), ("--purpose", " "), ("--rules", "/nowhere")])
def test_what_the_office_left_out_is_not_the_mistake_of_the_supplier(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BARRIER_PURPOSE")
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / "monday"))
    (folder / READY).touch()
    whole = options if options[0] == "--purpose" else ("--purpose", "test", *options)
    job = Job("nightly", "", str(tmp_path / "out"), "15 3 * * *", drop=str(tmp_path / "drop"), options=whole)
    Schedule(tmp_path / "s.sqlite").add(job)

    assert run_job(str(tmp_path / "s.sqlite"), "nightly") == "failed"
    assert folder.is_dir()
    assert not (tmp_path / "drop" / "quarantine").exists()
