"""The wheel alone: what a user installs does the demo from an empty directory."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def test_the_wheel_runs_the_demo_and_the_cases_from_an_empty_directory(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    def barrier(*arguments: str) -> subprocess.CompletedProcess[str]:
        started = [sys.executable, "-m", "barrier.cli", *arguments]
        return subprocess.run(
            started, cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, check=False
        )

    done, tested = barrier("demo"), barrier("detectors", "test", "overcrowded")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "empty" / "barrier-demo" / "report.html").is_file()
    assert tested.returncode == 0, tested.stderr
    where = "import barrier; print(barrier.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith(str(tmp_path / "site"))


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import barrier, sys; print(sorted({'pandas', 'pyarrow', 'kglite', 'neo4j'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
