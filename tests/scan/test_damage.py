"""Random damage to what scans left is noticed or without effect: a few of what `python -m tools.damage` tries."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_random_damage_is_noticed_or_without_effect_and_never_a_crash() -> None:
    command = [sys.executable, "-m", "tools.damage", "--times", "15", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("15 damages: ")
    assert " noticed" in done.stdout
