"""Kill commands at work, late and at random moments, and see whether anything of before was lost.

Run: python -m tools.kills --times 40. Exit code 1 where something was lost, half-written or not readable any more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from barrier.errors import BarrierError
from barrier.history.folder import FILES, checked_record
from barrier.history.snapshots import damaged_snapshots, snapshots
from tools.damage import DAYS, PERSONS
from tools.demo_region import build

CASE = "ring-lender"
ERASING = ["--erase", "--by", "A", "--on", "2027-06-01"]
NAMED = ["--by", "A", "--reason", "test"]
Commands = dict[str, list[str]]


def _run(root: Path, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "barrier.cli", *arguments]
    environment = {**os.environ, "BARRIER_PURPOSE": "test", "HOME": str(root / "home")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    if "Traceback" in done.stderr or (code is not None and done.returncode != code):
        raise AssertionError(f"{' '.join(arguments[:3])}: exit {done.returncode}: {done.stderr[-400:]}")
    return done


def prepare(root: Path) -> None:
    """Scan a small region on two days, open a case, and put the next delivery beside it."""
    build(root / "region", persons=PERSONS)
    shutil.copytree(root / "region", root / "tomorrow")
    lines = (root / "tomorrow" / "REGISTERED_AT.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / "tomorrow" / "REGISTERED_AT.csv").write_text("".join(lines[:-25]), encoding="utf-8")
    (root / "home").mkdir()
    for day in DAYS[1:]:
        _run(root, "scan", str(root / "region"), "--out", str(root / "out"), "--at", day)
    (root / "out" / "notes.txt").write_text("mine")
    store = ["--store", str(root / "out.barrier")]
    _run(root, "case", "open", CASE, *NAMED[:2], *store, "--at", DAYS[-1])
    job = ["--region", str(root / "tomorrow"), "--out", str(root / "out"), "--cron", "1 2 * * *"]
    _run(root, "schedule", "add", "night", *job, "--file", str(root / "schedule.sqlite"))


def commands(root: Path) -> Commands:
    """Return what is killed at work."""
    store = ["--store", str(root / "out.barrier")]
    tomorrow = str(root / "tomorrow")
    return {
        "import": ["import", tomorrow, *store],
        "scan": ["scan", tomorrow, "--out", str(root / "out"), "--at", "2026-09-02"],
        "decision": ["case", "accept", CASE, _advice(root), *NAMED, *store],
        "retention": ["retention", "run", *ERASING, "--results", str(root / "out"), *store],
        "schedule": ["schedule", "run", "night", "--file", str(root / "schedule.sqlite")],
    }


def _advice(root: Path) -> str:
    with closing(sqlite3.connect(root / "out.barrier" / "cases.sqlite")) as db:
        return str(db.execute("SELECT advice_id FROM advice ORDER BY advice_id LIMIT 1").fetchone()[0])


def _cases(root: Path) -> int:
    with closing(sqlite3.connect(root / "out.barrier" / "cases.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM dossier").fetchone()[0])


def lost(root: Path, *, before: tuple[int, int], what: str) -> list[str]:
    """Return what is not as it should be after a kill; then the same command has to succeed."""
    store, out = root / "out.barrier", root / "out"
    problems: list[str] = []

    def attempt(name: str, check: Callable[[], object]) -> None:
        try:
            check()
        except (AssertionError, BarrierError, OSError, ValueError, KeyError) as error:
            problems.append(f"{name}: {error}")

    count = "MATCH (p:Person) RETURN count(p) AS n"
    query = root / "count.cypher"
    query.write_text(count)
    attempt("store", lambda: _run(root, "query", str(query), "--store", str(store)))
    attempt("journal", lambda: _run(root, "case", "verify", "--store", str(store)))
    attempt("history", lambda: _run(root, "history", "list", "--store", str(store)))
    if what != "retention":  # it erases from several files, and goes on when it is run again
        place = out if out.exists() else out.with_name(".out.previous")
        attempt("results", lambda: checked_record(place, *json.loads((place / "scan.json").read_text())[FILES]))
        problems += damaged_snapshots(store / "history")
        problems += [] if len(snapshots(store / "history")) >= before[1] else ["a snapshot is gone"]
    problems += [] if _cases(root) >= before[0] else ["a case is gone"]
    attempt("again", lambda: _run(root, *commands(root)[what], code=None))
    attempt("next scan", lambda: _run(root, "scan", str(root / "region"), "--out", str(out), "--at", "2026-09-03"))
    attempt("own file", (out / "notes.txt").read_text)
    problems += damaged_snapshots(store / "history")
    problems += [f"left over: {p.name}" for p in root.iterdir() if p.name.startswith(".out")]
    return problems


def figures(times: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Kill ``times`` times; return how often a command was killed at work, and what went wrong."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        template, root = Path(temporary) / "template", Path(temporary) / "work"
        _made(template, root)
        seconds: dict[str, float] = {}
        for number in range(times):
            shutil.rmtree(root)
            shutil.copytree(template, root, symlinks=True)
            what = list(commands(root))[number % len(commands(root))]
            before = _cases(root), len(snapshots(root / "out.barrier" / "history"))
            chance = random.Random(f"{seed} {number}")
            ended = _killed(root, what, seconds, chance)
            counted[f"{what}: {'ended before the kill' if ended else 'killed at work'}"] += 1
            problems = lost(root, before=before, what=what)
            print(f"{number + 1} {what}: {'; '.join(problems) or 'nothing lost'}", file=sys.stderr, flush=True)
            wrong += [f"{number} {what}: {problem}" for problem in problems]
    return counted, wrong


def _made(template: Path, root: Path) -> None:
    """Prepare under the name of the work folder, because a schedule keeps whole paths."""
    root.mkdir()
    prepare(root)
    shutil.copytree(root, template, symlinks=True)


def _killed(root: Path, what: str, seconds: dict[str, float], chance: random.Random) -> bool:
    """Run a command and kill it late; the first time, measure how long it takes. Return whether it had ended."""
    environment = {**os.environ, "BARRIER_PURPOSE": "test", "HOME": str(root / "home")}
    if what not in seconds:
        spare = root.with_name("spare")
        shutil.copytree(root, spare, symlinks=True)
        begun = time.monotonic()
        _run(root, *commands(root)[what], code=None)
        seconds[what] = time.monotonic() - begun
        shutil.rmtree(root)
        spare.rename(root)
    command = [sys.executable, "-m", "barrier.cli", *commands(root)[what]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    working = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
    time.sleep(seconds[what] * chance.uniform(0.55, 1.0))
    ended = working.poll() is not None
    try:
        os.killpg(working.pid, signal.SIGKILL)
    except ProcessLookupError:
        ended = True
    working.wait()
    return bool(ended)


def run() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    counted, wrong = figures(asked.times, asked.seed)
    print(f"{asked.times} kills: " + ", ".join(f"{n} {what}" for what, n in sorted(counted.items())))
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    run()
