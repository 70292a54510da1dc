"""Damage what scans left behind, at random, and see whether every command notices or answers as without it.

Run: python -m tools.damage --times 500. Exit code 1 where a command crashed or answered otherwise without a word.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from click.testing import CliRunner

from barrier.cli.main import main
from barrier.schedule.jobs import Schedule
from barrier.schedule.outbox import Outbox, outbox_file
from tools.demo_region import build

DAYS = ("2026-07-01", "2026-08-01", "2026-09-01")
LINES = ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl")
RECIPIENTS = """\
format: 1
about: test
recipients:
- {{name: desk, results: {root}/out, channel: {{kind: folder, path: {root}/told}}}}
"""
MESSAGES = [
    (f"Barrier {day}: 1 new finding", f"1 new finding, in the data of {day}.\n") for day in ("one", "two", "three")
]
LATER = ("changes.jsonl", "report.html")  # tell of the past too: another content needs a word in the warnings
WORDS = (
    *("damage", "is not as", "cannot be read", "left out", "is missing", "belongs elsewhere", "not a store", "cut"),
    *(
        "malformed",
        "is no SQLite",
        "of something else",
        "of another program",
        "no longer",
        "is not what the journal says",
    ),
    *("is no result folder", "kept back", "No message yet", "no outbox yet"),
    *("there were cases", "journal was", "its content was changed", "No job yet", "nothing was imported yet"),
)
PERSONS = 120
_NAMES = re.compile(r'"\w+":')  # of JSON: no words about what is told
PURPOSE = {"BARRIER_PURPOSE": "test"}
_LIMIT_S = 120


@dataclass(frozen=True)
class Answer:
    """What a command said: exit code, output, warnings."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A folder with regions, their stores and results: one of yesterday and one of today, and another region's."""

    root: Path

    @property
    def targets(self) -> list[Path]:
        """Every file that is read back; pages of networks are not: only browsers show them, each scan replaces them."""
        found = [*(self.root / "out.barrier").rglob("*"), *(self.root / "out").rglob("*"), *self.root.glob("*.sqlite")]
        return sorted(f for f in found if f.is_file() and "networks" not in f.parts)

    def twin(self, file: Path) -> Path | None:
        """Return a file of another region's store or results that stands at the same place."""
        found = sorted((self.root / "other").rglob(file.name))
        near = [f for f in found if f.parent.name == file.parent.name]
        return next(iter(near or found), None)


def prepare(root: Path) -> Place:
    """Scan a small region on three days, and another one."""
    build(root / "region", persons=PERSONS)
    shutil.copytree(root / "region", root / "tomorrow")
    lines = (root / "tomorrow" / "REGISTERED_AT.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / "tomorrow" / "REGISTERED_AT.csv").write_text("".join(lines[:-25]), encoding="utf-8")
    build(root / "other" / "region", persons=PERSONS + 60)
    for day in DAYS:
        _run("scan", str(root / "region"), "--out", str(root / "out"), "--at", day)
    _run("scan", str(root / "other" / "region"), "--out", str(root / "other" / "out"), "--at", DAYS[-1])
    for place, case in ((root, "ring-lender"), (root / "other", "bed-b1")):
        store = ["--store", str(place / "out.barrier")]
        _run("case", "open", case, "--by", "A", *store, "--at", DAYS[-1])
        file = ["--file", str(place / "schedule.sqlite")]
        job = ["--region", "region", "--out", "out", "--cron", "1 2 * * *"]
        _run("schedule", "add", "night", *job, *file)
        _run("schedule", "add", "later", *job, "--timeout", "60", *file)
        for day in DAYS:
            Schedule(place / "schedule.sqlite").keep_run("night", f"{day}T00:02:00+00:00", 8.5, "done", "as always")
    _run("alerts", "send", str(_recipients(root)))
    Outbox(outbox_file(_recipients(root))).put("desk", MESSAGES, ["ring-lender"])
    _run("alerts", "send", str(_recipients(root / "other")))
    return Place(root)


def _recipients(root: Path) -> Path:
    file = root / "alerts.yaml"
    file.write_text(RECIPIENTS.format(root=root), encoding="utf-8")
    return file


def _run(*arguments: str) -> Answer:
    done = CliRunner().invoke(main, list(arguments), env=PURPOSE)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.exit_code, done.stdout, done.stderr)


def commands(root: Path) -> dict[str, list[str]]:
    """Return what is asked after each damage; the scan comes last."""
    store = ["--store", str(root / "out.barrier")]
    day = ["--at", DAYS[-1]]
    query = root / "all.cypher"
    query.write_text("MATCH (a:Address)<-[r:REGISTERED_AT]-(p:Person) RETURN a.id AS a, count(p) AS n ORDER BY a\n")
    return {
        "query": ["query", str(query), "--json", *store],
        "networks": ["networks", "list", "--json", *store, *day],
        "history": ["history", "structures", *store],
        "diff": ["diff", str(root / "out"), str(root / "out")],
        "cases": ["case", "list", "--json", *store],
        "verify": ["case", "verify", *store],
        "jobs": ["schedule", "list", "--json", "--file", str(root / "schedule.sqlite")],
        "messages": ["alerts", "list", str(_recipients(root)), "--json"],
        "alerts": ["alerts", "send", str(_recipients(root)), "--json"],
        "diff of days": ["diff", DAYS[0], DAYS[2], *store],
        "scan": ["scan", str(root / "tomorrow"), "--out", str(root / "out"), *day],
    }


def answers(root: Path) -> dict[str, tuple[Answer, dict[str, bytes]]]:
    """Run every command in a place; the scan with what it wrote."""
    found = {}
    for name, command in commands(root).items():
        answer = _run(*command)
        written = {"scan": [root / "out" / f for f in (*LINES, *LATER)], "alerts": sorted((root / "told").glob("*"))}
        files = written.get(name, [])
        found[name] = answer, {f.name: f.read_bytes() for f in files if f.is_file()}
    return found


def _flip(file: Path, chance: random.Random, _place: Place) -> str:
    content = bytearray(file.read_bytes())
    if not content:
        return "nothing: empty"
    at = chance.randrange(len(content))
    content[at] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"flip at {at}"


def _cut(file: Path, chance: random.Random, _place: Place) -> str:
    content = file.read_bytes()
    at = chance.choice([0, len(content) // 2, max(0, len(content) - 1), chance.randrange(len(content) or 1)])
    file.write_bytes(content[:at])
    return f"cut to {at}"


def _zero(file: Path, chance: random.Random, _place: Place) -> str:
    content = file.read_bytes()
    at = chance.randrange(len(content) // 512 + 1) * 512
    file.write_bytes(content[:at] + b"\0" * len(content[at : at + 512]) + content[at + 512 :])
    return f"zeroes at {at}"


def _lose(file: Path, _chance: random.Random, _place: Place) -> str:
    file.unlink()
    return "deleted"


def _longer(file: Path, chance: random.Random, _place: Place) -> str:
    with file.open("ab") as target:
        target.write(chance.randbytes(64))
    return "longer"


def _swap_files(file: Path, chance: random.Random, place: Place) -> str:
    same = [f for f in place.targets if f.suffix == file.suffix and f != file]
    other = chance.choice(same or [file])
    mine, theirs = file.read_bytes(), other.read_bytes()
    file.write_bytes(theirs)
    other.write_bytes(mine)
    return f"changed places with {other.relative_to(place.root)}"


def _foreign_file(file: Path, _chance: random.Random, place: Place) -> str:
    twin = place.twin(file)
    if twin is None or (file.suffix == ".sqlite" and file.parent == place.root):
        return "nothing: no twin, or a whole file, as a copy is brought back"
    shutil.copyfile(twin, file)
    return f"replaced by {twin.relative_to(place.root)}"


def _foreign_folder(file: Path, _chance: random.Random, place: Place) -> str:
    """Put a whole folder of the other store in the place of one: a generation, a baseline, a snapshot."""
    mine, theirs = place.root / "out.barrier", place.root / "other" / "out.barrier"
    folder = file.parent.parent if file.parent.name == "arrow" else file.parent
    if not folder.is_relative_to(mine) or folder == mine:
        return "nothing: no folder"
    pattern = "history/*-*" if folder.parent.name == "history" else "g-*" if folder.name[:2] == "g-" else folder.name
    found = next(iter(sorted(theirs.glob(pattern))), None)
    if found is None:
        return "nothing: no folder"
    shutil.rmtree(folder)
    shutil.copytree(found, folder)
    return f"replaced by the folder {found.relative_to(place.root)}"


def _swap_snapshots(_file: Path, _chance: random.Random, place: Place) -> str:
    one, two, *_ = sorted((place.root / "out.barrier" / "history").iterdir())
    spare = one.with_name("spare")
    one.rename(spare)
    two.rename(one)
    spare.rename(two)
    return f"{one.name} and {two.name} changed places"


DAMAGES: Sequence[tuple[Callable[[Path, random.Random, Place], str], int]] = (
    (_flip, 12),
    (_cut, 4),
    (_zero, 4),
    (_lose, 3),
    (_longer, 2),
    (_swap_files, 4),
    (_foreign_file, 4),
    (_foreign_folder, 3),
    (_swap_snapshots, 1),
)


def judged(name: str, got: tuple[Answer, dict[str, bytes]], wanted: tuple[Answer, dict[str, bytes]]) -> str:
    """Return what an answer is beside that without damage: equal, noticed, or what is wrong with it."""
    (answer, files), (right, right_files) = got, wanted
    said, before = (_NAMES.sub("", a.out) + a.err for a in (answer, right))
    if "Traceback" in said:
        return "traceback"
    noticed = any(said.count(w) > before.count(w) for w in WORDS) and (
        answer.code in (2, 3) or name in ("scan", "history", "jobs", "messages", "alerts")
    )
    if name == "scan" and answer.code == right.code:
        if any(files.get(f) != right_files.get(f) for f in LINES):
            return "wrong result"
        if noticed or all(files.get(f) == right_files.get(f) for f in LATER):
            return "noticed" if noticed else "equal"
        return "wrong page or changes"
    if name == "alerts" and any(right_files.get(f, text) != text for f, text in files.items()):
        return "wrong message"
    if noticed:
        return "noticed"
    if files != right_files:
        return "wrong messages"
    return "equal" if (answer.code, answer.out) == (right.code, right.out) else f"wrong answer: {said[:200]!r}"


def _child(root: Path, results: multiprocessing.Queue[tuple[str, object]]) -> None:
    try:
        results.put(("answers", answers(root)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what this tool looks for
        results.put(("traceback", f"{type(error).__name__}: {error}"))


def tried(
    template: Place,
    work: Path,
    chance: random.Random,
    right: dict[str, tuple[Answer, dict[str, bytes]]],
    only: str = "*",
) -> dict[str, str]:
    """Damage a copy of the template once, and return what each command made of it."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(template.root, work, symlinks=True)
    place = Place(work)
    file = chance.choice([f for f in place.targets if fnmatchcase(f.name, only)])
    (how,) = chance.choices([d for d, _ in DAMAGES], [n for _, n in DAMAGES])
    what = f"{file.relative_to(work)}: {how(file, chance, place)}"
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[tuple[str, object]] = context.Queue()
    child = context.Process(target=_child, args=(work, results))
    child.start()
    try:
        kind, found = results.get(timeout=_LIMIT_S)
    except Exception:  # noqa: BLE001 - it died without a word
        kind, found = "crash", "no answer"
    child.join(timeout=5)
    if child.is_alive():
        child.kill()
    if kind != "answers" or not isinstance(found, dict):
        return {"what": what, "all": f"{kind}: {found} (exit {child.exitcode})"}
    said = {name: judged(name, found[name], right[name]) for name in right}
    if (
        said["verify"] == "noticed" and file.name == "cases.sqlite"
    ):  # what shows cases says what is there; this command judges it
        said = {
            name: "noticed" if name in ("cases", "scan") and v.startswith("wrong") else v for name, v in said.items()
        }
    return {"what": what, **said}


def figures(times: int, seed: int, only: str = "*") -> tuple[Counter[str], list[str]]:
    """Damage ``times`` times; return how often each came out, and what went wrong."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        template = prepare(Path(temporary) / "template")
        work = Path(temporary) / "work"
        shutil.copytree(template.root, work)
        context = multiprocessing.get_context("fork")
        with context.Pool(1) as pool:
            right = pool.apply(answers, (work,))
        for number in range(times):
            found = tried(template, work, random.Random(f"{seed} {number}"), right, only)
            bad = {k: v for k, v in found.items() if k != "what" and v not in ("equal", "noticed")}
            noticed = "noticed" in found.values()
            counted["wrong" if bad else "noticed" if noticed else "without effect"] += 1
            if bad:
                wrong.append(f"{number}: {found['what']}: {bad}")
                print(wrong[-1], file=sys.stderr, flush=True)
            elif number % 50 == 49:
                print(f"{number + 1} …", file=sys.stderr, flush=True)
    return counted, wrong


def run() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="*", metavar="NAME", help="damage files of this name, with *")
    asked = parser.parse_args()
    counted, wrong = figures(asked.times, asked.seed, asked.only)
    print(f"{asked.times} damages: " + ", ".join(f"{n} {what}" for what, n in sorted(counted.items())))
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    run()
