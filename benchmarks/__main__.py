"""Measure and write docs/benchmarks.md: python -m benchmarks [--quick]."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from barrier.history.snapshots import size_of, snapshots
from benchmarks import advice, large_graphs
from benchmarks.measuring import ROOT, measure

PAGE = ROOT / "docs" / "benchmarks.md"
START = ROOT / "tests" / "neo4j" / "start"
DAY = "2026-09-01"
PASSWORD = "benchmark-only"
SIZES = {20_000: 5, 200_000: 5, 1_000_000: 1}
GOALS = {200_000: (10.0, 1.5), 1_000_000: (60.0, 5.0)}


def scan(region: Path, out: Path, *store: str) -> list[str]:
    return [sys.executable, "-m", "barrier.cli", "scan", str(region), "--out", str(out), *store]


def rows_of(out: Path) -> int:
    return int(sum(json.loads((out / "scan.json").read_text())["rows_read"].values()))


def seconds_of(out: Path, stage: str) -> float:
    return float(json.loads((out / "scan.json").read_text())["seconds"][stage])


def exponent(points: list[tuple[int, float]]) -> float:
    """Return the slope of log time over log rows (least squares)."""
    xs, ys = [math.log(r) for r, _ in points], [math.log(s) for _, s in points]
    mx, my = statistics.mean(xs), statistics.mean(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs)


def on_neo4j(region: Path, folder: Path) -> tuple[float, float] | None:
    """Return seconds of detectors and occupancy on the embedded store and on Neo4j, or None without Java."""
    if not shutil.which("java") or not shutil.which("mvn"):
        return None
    port = "7795"
    command = [str(START), port, str(folder / "neo4j"), PASSWORD]
    started = subprocess.run(command, capture_output=True, text=True, check=True)
    os.environ["NEO4J_PASSWORD"] = PASSWORD
    try:
        found = []
        for name, store in (("embedded", []), ("server", ["--store", f"bolt://127.0.0.1:{port}"])):
            out = folder / name
            measure(scan(region, out, *store), runs=1, before=[])
            if name == "server":  # once more: loaded already, caches warm
                measure(scan(region, out, *store), runs=1, before=[])
            record = json.loads((out / "scan.json").read_text())
            found.append(float(record["seconds"]["detect"]))
    finally:
        os.kill(int(started.stdout.strip().splitlines()[-1]), signal.SIGTERM)
    return found[0], found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure and write docs/benchmarks.md.")
    parser.add_argument("--quick", action="store_true", help="Leave the largest region out and write nothing.")
    quick = parser.parse_args().quick
    lines, points = [], []
    kept: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for persons, runs in SIZES.items():
            if quick and persons > 200_000:
                continue
            region, out = folder / f"r{persons}", folder / "out"
            generate = ["generate", "--persons", str(persons), "--out", str(region)]
            making = measure([sys.executable, "-m", "barrier.cli", *generate], runs=1, before=[region])
            ours = measure(scan(region, out), runs=runs, before=[out, folder / "out.barrier"])
            plain = measure([sys.executable, "-m", "benchmarks.plain_script", str(region), DAY], runs=runs, before=[])
            rows, structures = rows_of(out), seconds_of(out, "clusters") + seconds_of(out, "advice")
            points.append((rows, ours.median))
            kept[persons] = size_of(snapshots(folder / "out.barrier" / "history"))
            goal = GOALS.get(persons)
            asked = f"under {goal[0]:g} s, {goal[1]:g} GB" if goal else ""
            times = " / ".join(f"{x:.1f}" for x in (min(ours.seconds), ours.median, max(ours.seconds)))
            mine = f"{times} | {structures:.1f} | {ours.gb:.2f} | {asked}"
            theirs = f"{plain.median:.1f} | {plain.gb:.2f} | {ours.median / plain.median:.1f}"
            lines.append(f"| {persons:,} | {rows:,} | {making.median:.1f} | {mine} | {theirs} |")
            print(lines[-1], flush=True)
        server = on_neo4j(folder / "r20000", folder)
    slope = exponent(points)
    print(f"exponent {slope:.2f}; neo4j {server}")
    if not quick:
        PAGE.write_text(
            page(lines, slope, server)
            + f"\nA snapshot of 200,000 persons takes {kept[200_000] / 1e6:.2f} MB, a year of weekly ones"
            + f" {52 * kept[200_000] / 1e6:.0f} MB (asked: under 2,000).\n"
            + large(large_graphs.lines())
            + f"\n## The next night\n\n{printed_by('nightly')}\n"
            + f"\n## Companies\n\n{printed_by('companies')}\n"
            + f"\n## Advice\n\n{advice.line()}\n",
            encoding="utf-8",
            newline="\n",
        )


def printed_by(name: str) -> str:
    """Return the text of a benchmark, measured from a small process: a child counts its parent's memory as its own."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def page(lines: list[str], slope: float, server: tuple[float, float] | None) -> str:
    """Return the page."""
    libraries = ", ".join(f"{n} {version(n)}" for n in ("kglite", "pandas", "pyarrow", "numpy", "networkx", "neo4j"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    text = f"""# Benchmarks

This page is written by `make bench`. Each figure is a whole process, Python's start included.
Machine: {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()},
Python {platform.python_version()}; {libraries}.

**Scan**: `barrier scan` on the embedded store: reading, checking, loading, occupancy, detectors, results, report.
The column "structures, advice" is part of it (the party graph beside the loading is not in it); "asked" is for the
scan without them, for which under 5 s (200,000) and 30 s (1,000,000) more are asked.
**Plain**: `benchmarks/plain_script.py`, the overcrowding job alone as one would write it with pandas and NetworkX:
no unknown dates, no permits, no innocent explanations, no other rules, no report.

| persons | rows | made s | scan s (min, median, max) | structures, advice s | GB | asked | plain s | plain GB | ratio |
|---|---|---|---|---|---|---|---|---|---|
"""
    text += "\n".join(lines)
    text += f"\n\nTime grows with the rows to the power {slope:.2f} (least squares over the sizes above).\n"
    if server is None:
        return text + "\nNeo4j was not measured: no Java or Maven on this machine.\n"
    mine, theirs = server
    return (
        text
        + f"""
The same detectors and the occupancy, 20,000 persons, in the same run: embedded {mine:.2f} s, Neo4j 5 over Bolt
{theirs:.2f} s ({theirs / mine:.1f} times as long; second scan, caches warm).
"""
    )


def large(rows: list[str]) -> str:
    """Return the part of the page about large graphs."""
    ways = " | ".join(f"{way} s" for way in large_graphs.WAYS)
    return f"""
## Communities on large graphs

Links of parties to things, most of which touch few and some of which touch thousands; 0.2 % of the things carry a
finding. Barrier weighs the links and looks within three links of a finding; the others cluster everything. Each in a
process of its own, in the same run, ended after {large_graphs.LIMIT_S:g} s.

| links | {ways} |
|---|{"---|" * len(large_graphs.WAYS)}
{chr(10).join(rows)}
"""


if __name__ == "__main__":
    main()
