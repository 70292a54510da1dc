"""A disk that is full, or cannot be written, at every stage: told in words with exit code 3, and nothing is lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers import small_disk
from tests.processes import command
from tools.demo_region import build

pytestmark = pytest.mark.slow

DAY = ("--at", "2026-09-01", "--purpose", "test")
RECIPIENTS = """\
format: 1
about: test
recipients:
- name: desk
  results: {place}/out
  store: {place}/out.barrier
  channel: {{kind: folder, path: {place}/told}}
"""
STAGES = {
    "import": ["import", "{next}", "--store", "{store}", "--purpose", "test"],
    "scan": ["scan", "{next}", "--out", "{out}", "--at", "2026-09-02", "--purpose", "test"],
    "decision": [
        "case",
        "weigh",
        "{case}",
        "--verdict",
        "no action",
        "--by",
        "A",
        "--reason",
        "seen at the meeting",
        "--store",
        "{store}",
    ],
    "retention": [
        "retention",
        "run",
        "--erase",
        "--by",
        "A",
        "--on",
        "2027-06-01",
        "--really-on",
        "--results",
        "{out}",
        "--store",
        "{store}",
    ],
    "schedule": ["schedule", "run", "night", "--file", "{disk}/schedule.sqlite"],
    "new job": [
        "schedule",
        "add",
        "day",
        "--region",
        "{next}",
        "--out",
        "{out}",
        "--cron",
        "1 3 * * *",
        "--file",
        "{disk}/schedule.sqlite",
    ],
    "alerts": ["alerts", "send", "{home}/alerts.yaml", "--outbox", "{disk}/alerts.sqlite"],
    "score": ["score", "{home}/ids.csv", "--out", "{disk}/answers.csv", "--store", "{store}", *DAY],
    "view": ["view", "ring-lender", "--out", "{disk}/ring.html", "--store", "{store}", *DAY],
    "export": ["networks", "export", "ring-lender", "--out", "{disk}/ring.xml", "--store", "{store}", *DAY],
    "region": ["generate", "--persons", "2000", "--out", "{disk}/made"],
    "signature": ["case", "sign", "--signing-key", "{home}/key", "--by", "A", "--store", "{store}"],
    "view of a partner": ["scan", "{next}", "--out", "{disk}/bank", "--as", "bank", *DAY],
    "document": ["regional-scan", "--out", "{disk}/region.html", "--store", "{store}", *DAY],
}
ALONE = {"schedule": ""}  # what a scan of a job said is told below the result


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a small disk with a scanned region, a case and a job on it, and the next delivery elsewhere."""
    home = tmp_path_factory.mktemp("home")
    with small_disk(home / "disk", megabytes=48) as disk, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("BARRIER_PURPOSE", "test")
        build(home / "region", persons=120)
        shutil.copytree(home / "region", home / "next")
        rows = (home / "next" / "REGISTERED_AT.csv").read_text().splitlines(keepends=True)
        (home / "next" / "REGISTERED_AT.csv").write_text("".join(rows[:-25]))
        made = home / "made"
        assert command("scan", str(home / "region"), "--out", str(disk / "out"), *DAY).returncode == 0
        opened = command("case", "open", "ring-lender", "--by", "A", "--store", str(disk / "out.barrier"), *DAY)
        assert opened.returncode == 0, opened.stderr
        words = [w.replace("day", "night") if w == "day" else w for w in STAGES["new job"]]
        assert command(*_words(words, disk)).returncode == 0
        (home / "alerts.yaml").write_text(RECIPIENTS.format(place=disk))
        (home / "ids.csv").write_text("id\nring-a1\n")
        (home / "key").write_text("0123456789abcdef")
        shutil.copytree(disk, made)
        yield disk


def _words(words: list[str], disk: Path) -> list[str]:
    home = disk.parent
    told = {"disk": disk, "home": home, "next": home / "next", "out": disk / "out", "store": disk / "out.barrier"}
    return [w.format(case="case-2026-0001", **told) for w in words]


def _content(disk: Path) -> dict[str, bytes]:
    names = (f for f in disk.rglob("*") if f.is_file() and f.name != "filler")
    return {f.relative_to(disk).as_posix(): f.read_bytes() for f in names}


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            for block in (1 << 20, 4096):
                while True:
                    try:
                        filler.write(b"\0" * block)
                    except OSError:
                        break
        finally:
            filler.flush()
    yield
    (disk / "filler").unlink()


@contextmanager
def _read_only(disk: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@pytest.mark.parametrize("trouble", [_full, _read_only], ids=["full", "read-only"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_on_a_disk_that_takes_nothing_is_told_and_loses_nothing(
    disk: Path, stage: str, trouble: object
) -> None:
    for old in disk.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(disk.parent / "made", disk, dirs_exist_ok=True)
    before, words = _content(disk), _words(STAGES[stage], disk)
    assert callable(trouble)

    with trouble(disk):
        done = command(*words)

    assert done.returncode == 3, done.stderr
    place, why = ALONE.get(stage, str(disk)), ("no space left on the device", "read-only")[trouble is _read_only]
    assert f"Error: {place}" in done.stderr or f"Error: outbox {place}" in done.stderr
    assert why in done.stderr
    assert "Hint: " in done.stderr
    after = _content(disk)
    log, mark = "out.barrier.audit.jsonl", "out.barrier/readings.head"  # what was asked may still find room
    assert after[log].startswith(before[log])
    kept = before.keys() - {log, mark}
    assert {name: after.get(name) for name in kept} == {name: before[name] for name in kept}
    assert after[mark].split(b":")[1].strip() in after[log]
    assert [name for name in after if ".part" in name] == []
    assert [name for name in after if name not in before and after[name]] == []
    again = command(*words)
    assert again.returncode == 0, again.stderr
