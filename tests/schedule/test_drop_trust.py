"""Whoever delivers decides neither why a region is scanned nor by whose rules."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from barrier import resources
from barrier.schedule.drop import READY, complete_deliveries
from barrier.schedule.jobs import Job, Schedule, run_job
from barrier.schedule.reasons import supplier_reason
from tests.helpers import run

pytestmark = pytest.mark.slow


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


WRONG_RULES = {
    "partners/nl.yaml": None,  # the shipped ones once more
    "partners/sharing.yaml": "format: 1\ngates: [{id: own, data: [signal], from: [nobody], to: [police]}]\n",
    "norms/own.yaml": "format: 1\nabout: own\nnorms: yes\n",
    "models/own.yaml": "format: 1\nid: own\n",
    "networks.yaml": "format: 1\n",
    "known-hubs.yaml": "format: 1\nhubs: [{id: x}]\n",
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_wrong_rules_of_the_office_fail_the_job_and_leave_the_delivery_where_it_is(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / "monday"))
    (folder / READY).touch()
    file = tmp_path / "rules" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(WRONG_RULES[name] or (resources.graphs() / name).read_text(encoding="utf-8"), encoding="utf-8")
    add = ["schedule", "add", "nightly", "--cron", "15 3 * * *", "--file", str(tmp_path / "s.sqlite")]
    add += ["--drop", str(tmp_path / "drop"), "--out", str(tmp_path / "out"), "--rules", str(tmp_path / "rules")]
    refused = run(*add)
    options = ("--purpose", "test", "--rules", str(tmp_path / "rules"))
    job = Job("nightly", "", str(tmp_path / "out"), "15 3 * * *", drop=str(tmp_path / "drop"), options=options)
    schedule = Schedule(tmp_path / "s.sqlite")
    schedule.add(job)

    assert refused.exit_code == 2
    assert f"Error: {Path(name).name}" in refused.stderr.replace("partners/", "").replace("norms/", "").replace(
        "models/", ""
    )
    assert run_job(str(schedule.path), "nightly") == "failed"
    assert folder.is_dir()
    assert not (tmp_path / "drop" / "quarantine").exists()


def test_a_result_folder_that_cannot_be_used_is_not_the_mistake_of_the_supplier(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / "monday"))
    (folder / READY).touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "holiday.jpg").touch()
    job = Job("nightly", "", str(tmp_path / "out"), "15 3 * * *", drop=str(tmp_path / "drop"))
    Schedule(tmp_path / "s.sqlite").add(job)

    assert run_job(str(tmp_path / "s.sqlite"), "nightly") == "failed"
    assert folder.is_dir()


def test_what_was_set_aside_is_taken_again_when_it_is_put_back(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / "monday"))
    (folder / READY).touch()
    person = (folder / "Person.csv").read_bytes()
    (folder / "Person.csv").write_bytes(b"\xff\xfe no table")
    job = Job("nightly", "", str(tmp_path / "out"), "15 3 * * *", drop=str(tmp_path / "drop"))
    schedule = Schedule(tmp_path / "s.sqlite")
    schedule.add(job)
    (delivery,) = complete_deliveries(tmp_path / "drop")
    before = delivery.fingerprint
    first = run_job(str(schedule.path), "nightly")
    (aside,) = (tmp_path / "drop" / "quarantine").iterdir()
    shutil.move(aside, folder)
    back = complete_deliveries(tmp_path / "drop")[0].fingerprint
    second = run_job(str(schedule.path), "nightly")
    shutil.move(aside, folder)
    (folder / "Person.csv").write_bytes(person)

    assert (first, second) == ("quarantined", "quarantined")
    assert back == before
    assert run_job(str(schedule.path), "nightly") in ("done", "new findings")


def test_words_that_are_not_about_a_file_of_the_delivery_give_no_wrong_reason() -> None:
    said = "Error: partners/nl.yaml: power close_home stands twice\nError: out: 3 columns: input should be a table\n"

    assert supplier_reason(said) == "the delivery: cannot be used; ask who receives the delivery"
