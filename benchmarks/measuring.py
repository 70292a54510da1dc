"""Running a command as a process of its own and measuring its time and memory."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_UNUSUAL = {"PYTHONDONTWRITEBYTECODE"}  # who installs Barrier has its modules compiled once, not at each command


@dataclass(frozen=True)
class Measured:
    """Seconds of every run and the highest memory in GB."""

    seconds: list[float]
    gb: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def measure(command: list[str], *, runs: int, before: list[Path]) -> Measured:
    """Run a command as a process of its own several times, after removing the paths in ``before``."""
    seconds, peak = [], 0.0
    variables = {name: value for name, value in os.environ.items() if name not in _UNUSUAL}
    for _ in range(runs):
        for path in before:
            shutil.rmtree(path, ignore_errors=True)
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=variables
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds.append(time.perf_counter() - begun)
        peak = max(peak, usage.ru_maxrss / 1e6)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Measured(seconds, peak)
