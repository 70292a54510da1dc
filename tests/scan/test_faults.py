"""What goes wrong outside the input: kills, locks, full disks, harmful text."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from barrier.history.folder import read_scan
from barrier.history.snapshots import snapshots
from barrier.store.locks import held
from tests.helpers import Results, copy_store, run, small_disk
from tests.processes import command

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "barrier.cli"]


def _persons(store: Path) -> str:
    done = run("query", "-", "--store", str(store), "--csv", stdin="MATCH (p:Person) RETURN count(*) AS n")
    return done.stdout.splitlines()[1]


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a region large enough to be killed at work."""
    folder = tmp_path_factory.mktemp("larger") / "region"
    assert run("generate", "--persons", "16000", "--seed", "5", "--out", str(folder)).exit_code == 0
    return folder


@pytest.mark.parametrize("after", [0.2, 0.4, 0.6, 0.8, 1.1, 1.4])
def test_a_scan_that_is_killed_leaves_store_and_results_whole(
    demo: Results, larger: Path, tmp_path: Path, after: float
) -> None:
    out, store = tmp_path / "out", tmp_path / "out.barrier"
    copy_store(demo.store, store)
    shutil.copytree(demo.path, out)
    findings, before = (out / "findings.jsonl").read_bytes(), _persons(store)

    command("scan", str(larger), "--out", str(out), killed_after=after)

    persons = _persons(store)
    lines = {"findings.jsonl", "clusters.jsonl", "advice.jsonl"}
    whole = {"scan.json", "occupancy.csv", "networks", "report.html"} | lines
    assert ({p.name for p in out.iterdir()} | {"networks"}) - {"changes.jsonl"} == whole
    assert (out / "findings.jsonl").read_bytes() == findings or "16,000" in Results(out).report
    again = run("scan", str(larger), "--out", str(out))
    assert again.exit_code == 0, again.output
    assert persons in {before, _persons(store)}
    assert before != _persons(store)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".out.part")) == []


def test_twenty_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    larger = tmp_path / "region"
    run("generate", "--persons", "8000", "--seed", "6", "--out", str(larger))
    reference, out = tmp_path / "reference", tmp_path / "out"
    begun = time.monotonic()
    assert command("scan", str(larger), "--out", str(reference)).returncode == 0
    whole = time.monotonic() - begun
    chance = random.Random(20)
    for _ in range(20):
        command("scan", str(larger), "--out", str(out), killed_after=chance.uniform(0.05, whole))
        assert not out.exists() or read_scan(out).findings == read_scan(reference).findings
        assert all(
            s.scan().findings == read_scan(reference).findings for s in snapshots(tmp_path / "out.barrier/history")
        )
    assert run("scan", str(larger), "--out", str(out)).exit_code == 0

    for name in ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl"):
        assert (out / name).read_bytes() == (reference / name).read_bytes()
    assert len(snapshots(tmp_path / "out.barrier" / "history")) == 1
    assert [p.name for p in tmp_path.rglob(".*part*")] == []
    assert [p.name for p in (tmp_path / "out.barrier").glob("*.part")] == []


def test_ctrl_c_ends_a_scan_without_a_traceback_and_without_results(larger: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scanning = subprocess.Popen(
        [*COMMAND, "scan", str(larger), "--out", str(out)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not (tmp_path / "out.barrier").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)  # at work on the store
    scanning.send_signal(signal.SIGINT)
    _, stderr = scanning.communicate(timeout=60)

    assert scanning.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert not out.exists()


def test_the_second_scan_on_one_store_is_told_to_wait(tmp_path: Path) -> None:
    store = tmp_path / "one.barrier"
    with held(tmp_path / "one.barrier.lock", what="the test"):
        second = command("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--store", str(store))

    assert second.returncode == 3
    assert "another import or scan is at work on it" in second.stderr
    assert "Hint: wait until it has finished" in second.stderr
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_told_and_leaves_what_was_there(larger: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=4) as small:
        done = command("import", str(larger), "--store", str(small / "x.barrier"))
        left = [p.name for p in (small / "x.barrier").iterdir()]

    assert done.returncode == 3, done.stderr
    assert "cannot be written" in done.stderr
    assert "Hint: free space on the disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert left == ["barrier-store.json"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "file" / "out"), "--store", str(tmp_path / "s.barrier"))

    assert done.exit_code in (2, 3)
    assert "Traceback" not in done.output


def _harmful(region: Path) -> Path:
    (region / "Address.csv").write_text("id,municipality,kind,area_m2\n=cmd|'/c calc'!A1,GM9001,dwelling,20\n")
    (region / "Person.csv").write_text("id\n" + "".join(f"p-{i}\n" for i in range(6)))
    links = "".join(f"p-{i},=cmd|'/c calc'!A1,2026-01-01\n" for i in range(6))
    (region / "STAYS_AT.csv").write_text("source_id,target_id,from\n" + links)
    name = '<script>document.title="run"</script><img src=x onerror=\'document.title="run"\'>'
    quoted = name.replace('"', '""')
    (region / "Business.csv").write_text(f'id,name,sbi\n"b-1","{quoted}",5610\nb-2,Hirer,0113\n')
    (region / "SUPPLIES_WORKERS_TO.csv").write_text("source_id,target_id,from\nb-1,b-2,2026-01-01\n")
    return region


def test_formulas_become_text_in_every_csv(region: Path, tmp_path: Path) -> None:
    run("scan", str(_harmful(region)), "--out", str(tmp_path / "out"))

    assert "\n\"'=cmd|'/c calc'!A1\"," in (tmp_path / "out" / "occupancy.csv").read_text()
    query, store = "MATCH (a:Address) RETURN a.id AS id", str(tmp_path / "out.barrier")
    found = run("query", "-", "--store", store, "--csv", stdin=query)
    assert found.stdout == "id\n'=cmd|'/c calc'!A1\n"


@pytest.mark.browser
def test_a_report_runs_no_script_asks_no_network_and_shows_the_name_as_text(region: Path, tmp_path: Path) -> None:
    run("scan", str(_harmful(region)), "--out", str(tmp_path / "out"))
    asked: list[str] = []
    problems: list[str] = []
    with sync_playwright() as engine:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.goto((tmp_path / "out" / "report.html").as_uri())
        title, text = page.title(), page.inner_text("body")
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        browser.close()

    assert title != "run"
    assert "<script>document.title" in text
    assert [u for u in asked if not u.startswith("file:")] == []
    assert problems == []
    assert wide
