"""Small helpers of the tests: the command line in this process, and a result folder read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from barrier.audit.places import audit_file
from barrier.cli.main import main


def run(*arguments: str, stdin: str | None = None, env: Mapping[str, str | None] | None = None) -> Result:
    """Run a command; deliberate exits become exit codes, anything else is raised."""
    return CliRunner().invoke(main, list(arguments), input=stdin, env=env, catch_exceptions=False)


def copy_store(store: Path, to: Path) -> Path:
    """Copy a store with the log of its readings, without which it says so."""
    shutil.copytree(store, to)
    shutil.copy(audit_file(str(store)), audit_file(str(to)))
    return to


def put_back(place: Path, saved: Path) -> Path:
    """Make a folder again what it was when a copy of it was saved: a place scanned once serves many tests."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(saved, place, symlinks=True)
    return place


class Results:
    """A result folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path.with_name(f"{path.name}.barrier")

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "findings.jsonl").read_text(encoding="utf-8").splitlines()]

    @cached_property
    def occupancy(self) -> pd.DataFrame:
        return pd.read_csv(self.path / "occupancy.csv", keep_default_na=False, index_col="address")

    @cached_property
    def scan(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.path / "scan.json").read_text(encoding="utf-8"))
        return found

    @cached_property
    def report(self) -> str:
        return (self.path / "report.html").read_text(encoding="utf-8")

    def about(self, subject: str) -> dict[str, dict[str, Any]]:
        """Return the findings about a subject by detector."""
        return {f["detector"]: f for f in self.findings if f["subject"]["id"] == subject}

    def by(self, detector: str, prefix: str = "") -> list[str]:
        """Return the subjects a detector found whose id begins with a prefix, in order."""
        found = {f["subject"]["id"] for f in self.findings if f["detector"] == detector}
        return sorted(s for s in found if s.startswith(prefix))


def values(finding: dict[str, Any], *names: str) -> list[Any]:
    """Return the values of facts."""
    return [finding["facts"][n]["value"] for n in names]


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a disk of a few megabytes; skipped without the right to, which CI has."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("no tmpfs can be mounted here")
        pytest.skip("no tmpfs can be mounted here (not root); the full disk is tried in CI")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
