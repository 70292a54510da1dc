"""JSON that is nested far deeper than Barrier writes is damage like any other: named, with no traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from barrier.audit.places import audit_file
from tests.helpers import Results, copy_store, run

DEEP = "[" * 100_000
COMMANDS = (
    ["audit", "verify"],
    ["doctor"],
    ["history", "list"],
    ["case", "list"],
    ["query", "signals_by_barrier"],
)


@pytest.fixture
def kept(demo: Results, tmp_path: Path) -> Path:
    """Return a store of the demo, with its log and its results beside it."""
    shutil.copytree(demo.path, tmp_path / "r")
    return copy_store(demo.store, tmp_path / "r.barrier")


@pytest.mark.parametrize(
    "name",
    ["log", "barrier-store.json", "current.json", "key.json", "protection.json", "readings.head", "../r/scan.json"],
)
def test_a_file_nested_too_deep_ends_in_no_traceback(kept: Path, name: str) -> None:
    file = audit_file(str(kept)) if name == "log" else (kept / name).resolve()
    with file.open("a" if name == "log" else "w") as target:
        target.write(DEEP + "\n")

    for command in COMMANDS:
        done = run(*command, "--store", str(kept))
        assert not isinstance(done.exception, RecursionError), command
        assert done.exit_code in (0, 2, 3), (command, done.output)
    done = run("diff", str(kept.parent / "r"), str(kept.parent / "r"))
    assert done.exit_code in (0, 2), done.output
