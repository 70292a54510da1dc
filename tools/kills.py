"""Kill commands at work, late and at random moments, and see whether anything of before was lost.

Run: python -m tools.kills --times 40. Exit code 1 where something was lost, half-written or not readable any more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
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

from click.testing import CliRunner

from barrier.cli.main import main
from barrier.errors import BarrierError
from barrier.history.folder import FILES, checked_record
from barrier.history.snapshots import damaged_snapshots, snapshots
from barrier.store.manifest import MANIFEST, STAMP
from barrier.store.own_folders import MARK
from tests.casework.journals import old_file
from tools.damage import DAYS, PERSONS
from tools.demo_region import build

CASE, PLACE, PHONE = "ring-lender", "ring-a1", "0612345678"
ERASING = ["--erase", "--by", "A", "--on", "2027-06-01", "--really-on"]
NAMED = ["--by", "A", "--reason", "test"]
KINDS = (
    "import",
    "scan",
    "decision",
    "retention",
    "schedule",
    "cases upgrade",
    "store upgrade",
    "protection",
    "rotation",
)
ERASING_KINDS = ("retention", "protection", "rotation")  # they change several files, and go on when run again
_TRIES, _SOONER = 6, 0.8
_HASHED = re.compile(rb"hashed-phone-[0-9a-f]{24}")
_PLACE = re.compile(rb"(?<![\w-])ring-a1(?![\w-])")


def _environment(root: Path) -> dict[str, str]:
    return {"BARRIER_PURPOSE": "test", "HOME": str(root / "home")}


def _run(root: Path, *arguments: str, code: int | None = 0) -> None:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "barrier.cli", *arguments]
    environment = {**os.environ, **_environment(root)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    if "Traceback" in done.stderr or (code is not None and done.returncode != code):
        raise AssertionError(f"{' '.join(arguments[:3])}: exit {done.returncode}: {done.stderr[-400:]}")


def _here(root: Path, *arguments: str, code: int | None = 0) -> None:
    """Run a command in this process, which is quicker."""
    done = CliRunner().invoke(main, list(arguments), env=_environment(root))
    crashed = done.exception is not None and not isinstance(done.exception, SystemExit)
    if crashed or (code is not None and done.exit_code != code):
        raise AssertionError(
            f"{' '.join(arguments[:3])}: exit {done.exit_code}: {done.exception!r} {done.stderr[-400:]}"
        )


def prepare(root: Path) -> None:
    """Scan a small region on two days, open a case, and put the next deliveries beside it."""
    region = root / "region"
    build(region, persons=PERSONS)
    with (region / "Contact.csv").open("a", encoding="utf-8") as contacts:
        contacts.write(f"{PHONE},phone\n")
    with (region / "REACHED_AT.csv").open("a", encoding="utf-8") as links:
        links.writelines(f"p-000000{n},{PHONE},2024-01-01,,\n" for n in range(1, 6))
    shutil.copytree(region, root / "tomorrow")
    lines = (root / "tomorrow" / "REGISTERED_AT.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / "tomorrow" / "REGISTERED_AT.csv").write_text("".join(lines[:-25]), encoding="utf-8")
    _protected(root)
    (root / "home").mkdir()
    for day in DAYS[1:]:
        _run(root, "scan", str(region), "--out", str(root / "out"), "--at", day)
    (root / "out" / "notes.txt").write_text("mine")
    store = ["--store", str(root / "out.barrier")]
    _run(root, "case", "open", CASE, *NAMED[:2], *store, "--at", DAYS[-1])
    job = ["--region", str(root / "tomorrow"), "--out", str(root / "out"), "--cron", "1 2 * * *"]
    _run(root, "schedule", "add", "night", *job, "--file", str(root / "schedule.sqlite"))


def _protected(root: Path) -> None:
    """Write the region in which a place became protected."""
    shutil.copytree(root / "tomorrow", root / "protected")
    file = root / "protected" / "Address.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    at = head.split(",").index("protected")
    cells = [row.split(",") for row in rows]
    for row in cells:
        row[at] = "true" if row[0] == PLACE else row[at]
    file.write_text("\n".join([head, *(",".join(row) for row in cells), ""]), encoding="utf-8")


def older(root: Path, what: str) -> None:
    """Give the store the form that an earlier version wrote, where that is what is upgraded."""
    store = root / "out.barrier"
    if what == "cases upgrade":
        for file in (*store.glob("cases.sqlite*"), *root.glob("out.barrier.audit*")):  # they know the other journal
            file.unlink()
        old_file(store / "cases.sqlite")
        _run(root, "audit", "restored", "--by", "A", "--reason", "a log of before", "--store", str(store))
    if what == "store upgrade":
        for file in (*store.rglob(MANIFEST), store / MARK):
            file.unlink()
        for file in (store / "current.json", *(store / "history").glob("*/scan.json")):
            told = json.loads(file.read_text(encoding="utf-8"))
            file.write_text(
                json.dumps({k: v for k, v in told.items() if k not in (STAMP, "manifest", "store", "sealed", "terms")})
            )


def command(root: Path, what: str) -> list[str]:
    """Return what is killed at work."""
    store, out = ["--store", str(root / "out.barrier")], str(root / "out")
    if what == "decision":
        return ["case", "accept", CASE, _advice(root), *NAMED, *store]
    night = ["scan", str(root / "tomorrow"), "--out", out, "--at", "2026-09-02"]
    return {
        "import": ["import", str(root / "tomorrow"), *store],
        "scan": night,
        "retention": ["retention", "run", *ERASING, "--results", out, *store],
        "schedule": ["schedule", "run", "night", "--file", str(root / "schedule.sqlite")],
        "cases upgrade": ["case", "open", CASE, *NAMED[:2], *store, "--at", DAYS[-1]],
        "store upgrade": night,
        "protection": ["scan", str(root / "protected"), "--out", out, "--at", "2026-09-02"],
        "rotation": ["key", "rotate", *store, "--results", out, "--by", "A"],
    }[what]


def _advice(root: Path) -> str:
    with closing(sqlite3.connect(root / "out.barrier" / "cases.sqlite")) as db:
        return str(db.execute("SELECT advice_id FROM advice ORDER BY advice_id LIMIT 1").fetchone()[0])


def _cases(root: Path) -> int:
    with closing(sqlite3.connect(root / "out.barrier" / "cases.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM dossier").fetchone()[0])


def _counted(root: Path) -> tuple[int, int]:
    return _cases(root), len(snapshots(root / "out.barrier" / "history"))


def lost(root: Path, before: tuple[int, int], what: str) -> list[str]:
    """Return what is not as it should be after a kill; then the same command has to succeed."""
    store, out = root / "out.barrier", root / "out"
    problems: list[str] = []

    def attempt(name: str, check: Callable[[], object]) -> None:
        try:
            check()
        except (AssertionError, BarrierError, OSError, ValueError, KeyError) as error:
            problems.append(f"{name}: {error}")

    query = root / "count.cypher"
    query.write_text("MATCH (p:Person) RETURN count(p) AS n")
    if what == "rotation":  # nothing is read between two keys: commands say so until it is run again
        attempt("rotation", lambda: _here(root, *command(root, what)))
    attempt("store", lambda: _here(root, "query", str(query), "--store", str(store)))
    attempt("journal", lambda: _here(root, "case", "verify", "--store", str(store)))
    attempt("history", lambda: _here(root, "history", "list", "--store", str(store)))
    if what not in ERASING_KINDS:
        place = out if out.exists() else out.with_name(".out.previous")
        attempt("results", lambda: checked_record(place, *json.loads((place / "scan.json").read_text()).get(FILES, ())))
    problems += damaged_snapshots(store / "history")
    problems += (
        [] if len(snapshots(store / "history")) >= (before[1] if what != "retention" else 0) else ["a snapshot is gone"]
    )
    problems += [] if _cases(root) >= before[0] else ["a case is gone"]
    done_before = what in ("decision", "cases upgrade")  # what was done before the kill is refused the second time
    attempt("again", lambda: _here(root, *command(root, what), code=None if done_before else 0))
    region = root / ("protected" if what == "protection" else "region")
    attempt("next scan", lambda: _here(root, "scan", str(region), "--out", str(out), "--at", "2026-09-03"))
    attempt("journal afterwards", lambda: _here(root, "case", "verify", "--store", str(store)))
    attempt("own file", (out / "notes.txt").read_text)
    problems += damaged_snapshots(store / "history")
    problems += [f"left over: {p.name}" for p in root.iterdir() if p.name.startswith(".out")]
    return problems + _traces(root, what)


def _traces(root: Path, what: str) -> list[str]:
    """Return where a protected place is still named, or ids of two keys stand beside each other."""
    files = [f for folder in ("out.barrier", "out", "home") for f in (root / folder).rglob("*") if f.is_file()]
    if what == "protection":
        return [f"named in {f.relative_to(root)}" for f in files if _PLACE.search(f.read_bytes())]
    found = {i for f in files for i in _HASHED.findall(f.read_bytes()) if f.suffix in (".arrow", ".jsonl", ".csv")}
    return [] if len(found) == 1 else [f"{len(found)} ids of one phone"]


def _child(function: Callable[..., object], *arguments: object) -> object:
    """Call a function in a process of its own, so that nothing stays in memory or open."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(function, arguments)


def figures(times: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Kill ``times`` times; return how often a command was killed at work, and what went wrong."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        template, root = Path(temporary) / "template", Path(temporary) / "work"
        _made(template, root)
        seconds: dict[str, float] = {}
        for number in range(times):
            what = KINDS[number % len(KINDS)]
            _fresh(template, root, what)
            before = _child(_counted, root)
            chance, ended, tries = random.Random(f"{seed} {number}"), True, 0
            while ended and tries < _TRIES:  # a quicker run than the one that was measured: sooner next time
                if tries:
                    seconds[what] *= _SOONER
                    _fresh(template, root, what)
                ended = _killed(template, root, what, seconds, chance)
                tries += 1
            counted[f"{what}: {'ended before the kill' if ended else 'killed at work'}"] += 1
            problems = _child(lost, root, before, what)
            assert isinstance(problems, list)
            print(f"{number + 1} {what}: {'; '.join(problems) or 'nothing lost'}", file=sys.stderr, flush=True)
            wrong += [f"{number} {what}: {problem}" for problem in problems]
    return counted, wrong


def _fresh(template: Path, root: Path, what: str) -> None:
    shutil.rmtree(root)
    shutil.copytree(template, root, symlinks=True)
    older(root, what)


def _made(template: Path, root: Path) -> None:
    """Prepare under the name of the work folder, because a schedule keeps whole paths."""
    root.mkdir()
    prepare(root)
    shutil.copytree(root, template, symlinks=True)


def _killed(template: Path, root: Path, what: str, seconds: dict[str, float], chance: random.Random) -> bool:
    """Run a command and kill it late; the first time, measure how long it takes. Return whether it had ended."""
    if what not in seconds:
        begun = time.monotonic()
        _run(root, *command(root, what))
        seconds[what] = time.monotonic() - begun
        _fresh(template, root, what)
    environment = {**os.environ, **_environment(root)}
    words = [sys.executable, "-m", "barrier.cli", *command(root, what)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    working = subprocess.Popen(words, env=environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
    time.sleep(seconds[what] * chance.uniform(0.6, 1.0))
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
