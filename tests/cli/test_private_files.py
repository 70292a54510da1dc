"""Whatever the umask, nobody else can read what Barrier writes: every file and folder of a year's work is walked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from barrier import resources
from barrier.ingest.synthetic import generate
from barrier.scan.run import Options, scan
from barrier.store import open_store
from tests.helpers import run

pytestmark = pytest.mark.slow

DEMO = str(resources.fixtures() / "demo")


@pytest.fixture(params=[0o000, 0o022], ids=oct)
def open_mask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _readable(folder: Path) -> list[str]:
    """Return what others may do something with, as ``mode path``."""
    found = []
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077 and not path.is_symlink():
            found.append(f"{mode:o} {path.relative_to(folder)}")
    return found


def test_nobody_else_can_read_anything_of_a_whole_piece_of_work(
    open_mask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir(mode=0o700)
    monkeypatch.chdir(work)
    (work / "ids.csv").write_text("id\nring-lender\n")
    (work / "ids.csv").chmod(0o600)
    folder = f"{{kind: folder, path: '{work}/told/here'}}"
    (work / "a.yaml").write_text(f"format: 1\nrecipients:\n- {{name: x, results: out, channel: {folder}}}\n")
    (work / "a.yaml").chmod(0o600)
    store, at = ["--store", "out.barrier"], ["--at", "2026-09-01"]

    def done(*arguments: str, code: int = 0) -> None:
        os.umask(open_mask)
        result = run(*arguments)
        assert result.exit_code == code, result.output

    done("scan", DEMO, "--out", "out", *at)
    done("scan", DEMO, "--out", "out", "--at", "2026-09-02", "--control-sample", "5")
    done("import", DEMO, "--store", "new/deep/own.barrier")
    done("case", "open", "ring-lender", "--by", "Jansen", *store, *at)
    done("case", "document", "ring-lender", "--out", "report.docx", *store, *at)
    done("case", "document", "ring-lender", "--out", "report.html", *store, *at)
    done("score", "ids.csv", *store, *at, "--out", "answers.csv")
    done("view", "ring-lender", "--out", "ring.html", *store, *at)
    done("networks", "export", "ring-lender", "--out", "ring.graphml", *store, *at)
    done("query", "signals_by_barrier", *store)
    done("schedule", "add", "nightly", "--region", DEMO, "--out", "night", "--cron", "15 3 * * *", "--alerts", "a.yaml")
    done("schedule", "run", "nightly")
    done("alerts", "send", "a.yaml")
    done("retention", "run", *store, "--erase", "--by", "Jansen", "--results", "out")
    done("generate", "--persons", "200", "--out", "made/region")

    assert sum(1 for _ in tmp_path.rglob("*")) > 150
    assert _readable(tmp_path) == []


def test_nor_from_python_without_the_command_line(
    open_mask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    os.umask(open_mask)
    region = tmp_path / "region"
    generate(region, persons=200, seed=1)
    store = open_store(tmp_path / "own" / "s.barrier")
    for day in (date(2026, 9, 1), date(2026, 9, 2)):
        scan(region, store, Options(out=tmp_path / "out", at=day, purpose="trial"), today=day)
    store.close()

    assert _readable(tmp_path) == []


def test_a_store_that_others_could_read_is_tightened_when_it_is_opened(tmp_path: Path) -> None:
    run("import", DEMO, "--store", str(tmp_path / "s.barrier"))
    for path in [tmp_path / "s.barrier", *(tmp_path / "s.barrier").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (tmp_path / "s.barrier").chmod(0o755)

    said = run("doctor", "--store", str(tmp_path / "s.barrier"))

    assert _readable(tmp_path) == []
    assert "only this account can read the store" in said.stdout


def test_a_folder_that_is_no_store_keeps_its_modes(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project").chmod(0o755)

    open_store(tmp_path / "project").close()

    assert stat.S_IMODE((tmp_path / "project").stat().st_mode) == 0o755
