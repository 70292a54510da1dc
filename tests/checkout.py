"""A copy of the project in which a test does what a newcomer is told to do, and runs what comes of it.

Rule: the copy is a checkout of its own (`barrier.resources` finds its data beside the package), so that nothing of it
reaches the tests beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_COPIED = ("barrier", "graphs", "queries", "tools", "tests", "docs", "fixtures")
_LEFT = shutil.ignore_patterns("__pycache__", "images", "*.pyc", ".*")


class Checkout:
    """A copy of the project in a folder.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in _COPIED:
            shutil.copytree(ROOT / name, path / name, ignore=_LEFT)
        for name in ("pyproject.toml", "CONTRIBUTING.md", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, path / name)

    def change(self, file: str, old: str, new: str) -> None:
        """Put a text in the place of another one that stands in a file once."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file}: {text.count(old)} times: {old}"
        (self.path / file).write_text(text.replace(old, new), encoding="utf-8")

    def python(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the Python of the tests in the copy."""
        env = {**os.environ, "PYTHONPATH": str(self.path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.path, env=env, input=stdin, capture_output=True, text=True, check=False)

    def commands(self, *lines: str) -> list[tuple[int, str]]:
        """Run commands of Barrier, one after the other in one process; return exit code and all output of each."""
        done = self.python("-c", _RUNNER, stdin="\n".join(lines))
        assert done.returncode == 0, done.stderr
        parts = done.stdout.split("\x1e")[1:]
        return [(int(code), text) for code, _, text in (p.partition("\n") for p in parts)]


_RUNNER = """
import shlex, sys
from click.testing import CliRunner
from barrier.cli.main import main
for line in sys.stdin.read().splitlines():
    done = CliRunner().invoke(main, shlex.split(line))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    print(f"\\x1e{done.exit_code}\\n{done.output}", end="")
"""
