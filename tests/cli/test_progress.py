"""How far a command is: a bar on a terminal, nothing in a log of what is soon done."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import run

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "barrier.cli", "import", "fixtures/demo", "--store"]


def test_a_terminal_sees_progress_and_standard_output_stays_clean(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    command = [*COMMAND, str(tmp_path / "x.barrier")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(ours)

    assert done.returncode == 0
    assert b"Reading" in seen or b"Loading" in seen
    assert done.stdout.decode().strip().endswith("rows loaded")


def test_a_log_sees_nothing_of_a_command_that_is_soon_done(tmp_path: Path) -> None:
    done = run("import", "fixtures/demo", "--store", str(tmp_path / "x.barrier"))

    assert [line for line in done.stderr.splitlines() if not line.startswith("Note: ")] == []
