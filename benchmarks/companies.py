"""From a CSV file of 12,000 companies to structures, as a process of its own.

Run as: python -m benchmarks.companies (it prints the text that `make bench` puts into docs/benchmarks.md).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from barrier.files import write_private
from benchmarks.measuring import ROOT, measure

DELIVERED = ROOT / "tests" / "outside" / "data" / "company_grievances_input.csv.gz"
MAPPING = ROOT / "fixtures" / "mappings" / "company-grievances.yaml"
DAY = date(2024, 1, 1)
RUNS = 7


def once(key_file: Path) -> int:
    """Read the file through its mapping, find the structures, and return how many there are."""
    from barrier.analysis.analyse import analyse
    from barrier.analysis.ruleset import ruleset_of
    from barrier.detect.library import load_detectors
    from barrier.ingest.mapping import read_mapped
    from barrier.scan.memory import fit_memory, release_memory, tune_process
    from barrier.store.embedded import EmbeddedStore

    tune_process()
    fit_memory(DELIVERED)
    store = EmbeddedStore.in_memory(read_mapped(DELIVERED, MAPPING, key_file=key_file).tables)
    release_memory()  # as a scan does
    return len(analyse(store, load_detectors(), ruleset_of(DAY)).clusters)


def text() -> str:
    """Return how long it takes, the start of Python included, beside what is said of another tool."""
    with tempfile.TemporaryDirectory() as made:
        key_file = Path(made) / "key"
        write_private(key_file, b"only for the benchmark, nowhere else")
        command = [sys.executable, "-m", "benchmarks.companies", "--once", str(key_file)]
        found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
        job = measure(command, runs=RUNS, before=[])
        out = Path(made) / "out"
        scan = [
            sys.executable,
            "-m",
            "barrier.cli",
            "scan",
            str(DELIVERED),
            "--mapping",
            str(MAPPING),
            "--out",
            str(out),
        ]
        os.environ["HOME"] = made  # the key for hashed ids is made there
        whole = measure(scan, runs=3, before=[out, Path(f"{out}.barrier")])
    times = " / ".join(f"{x:.1f}" for x in (min(job.seconds), statistics.median(job.seconds), max(job.seconds)))
    mine = f"{1000 * whole.gb:.0f} MB"
    return f"""The 12,000 companies of `company_grievances`, from CSV to {found} structures: {times} s (min, median, max
of {RUNS}), {1000 * job.gb:.0f} MB. With advice, report and pages (`barrier scan`): {whole.median:.1f} s,
{mine}. Asked: 3 s and 400 MB to the structures. The tool whose networks are published with the file
is said to take 7.5 s and 1 GB; it was not run here."""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(once(Path(sys.argv[2])))
    else:
        print(text())
