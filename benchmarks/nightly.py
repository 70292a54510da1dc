"""A scan of a region, that of the next night after one row in a hundred changed, and that of a night without change.

Run as: python -m benchmarks.nightly (it prints the text that `make bench` puts into docs/benchmarks.md; each scan is a
process of its own, Python's start included).
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import measure

PERSONS, RUNS, SHARE = 200_000, 3, 0.01
OTHER_END = {
    "REGISTERED_AT": "Address",
    "STAYS_AT": "Address",
    "OWNS": "Address",
    "LETS": "Address",
    "WORKS_FOR": "Business",
    "DIRECTS": "Business",
    "CONTROLS": "Business",
    "REACHED_AT": "Contact",
    "PAID_TO": "Contact",
    "ESTABLISHED_AT": "Address",
}
FIRST, NEXT, UNCHANGED = "first", "next night", "night without change"
DAYS = {FIRST: "2026-09-01", NEXT: "2026-09-02", UNCHANGED: "2026-09-03"}
STAGES = ("read", "load", "detect", "clusters", "advice", "snapshot", "write")
COMPARED = ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl")


def change(region: Path, place: Path, seed: int) -> None:
    """Write a copy of a region in which a hundredth of the rows of each table leads elsewhere or says otherwise."""
    dice = random.Random(seed)
    place.mkdir()
    (place / "region.yaml").write_text((region / "region.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    tables = {f.stem: list(csv.reader(f.read_text(encoding="utf-8").splitlines())) for f in region.glob("*.csv")}
    for name, (head, *rows) in tables.items():
        for i in dice.sample(range(len(rows)), max(1, int(SHARE * len(rows)))):
            if name in OTHER_END:
                rows[i][head.index("target_id")] = dice.choice(tables[OTHER_END[name]][1:])[0]
            elif name == "Person":
                rows[i][head.index("birth_year")] = str(dice.randint(1940, 2015))
            elif name == "Address":
                rows[i][head.index("area_m2")] = str(dice.randint(20, 200))
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])


def text() -> str:
    """Return how long the scans take, and whether the second gives what a scan of everything gives."""
    cli = [sys.executable, "-m", "barrier.cli"]
    nights: dict[str, list[float]] = {name: [] for name in DAYS}
    stages: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        out, kept = at / "out", [at / "out", at / "s.barrier"]
        measure([*cli, "generate", "--persons", str(PERSONS), "--out", str(at / "region")], runs=1, before=[])
        change(at / "region", at / "changed", seed=1)
        measure([*cli, "scan", str(at / "changed"), "--at", DAYS[NEXT], "--out", str(at / "whole")], runs=1, before=[])
        same = True
        for _ in range(RUNS):
            for name, day in DAYS.items():
                region = at / ("region" if name == FIRST else "changed")
                command = [*cli, "scan", str(region), "--at", day, "--out", str(out), "--store", str(kept[1])]
                nights[name] += measure(command, runs=1, before=kept if name == FIRST else []).seconds
                stages[name] = json.loads((out / "scan.json").read_text(encoding="utf-8"))["seconds"]
                if name == NEXT:
                    same &= all((out / n).read_bytes() == (at / "whole" / n).read_bytes() for n in COMPARED)
    rows = [
        f"| {name} | {min(s):.1f} / {statistics.median(s):.1f} / {max(s):.1f} |"
        + "".join(f" {stages[name][stage]:.1f} |" for stage in STAGES)
        for name, s in nights.items()
    ]
    ratio = statistics.median(nights[NEXT]) / statistics.median(nights[FIRST])
    head = f"| scan | s (min, median, max) | {' | '.join(STAGES)} |\n|---|---|{'---|' * len(STAGES)}"
    told = "the same as" if same else "NOT THE SAME AS"
    return f"""A region of {PERSONS:,} persons is scanned, again a day later after a hundredth of its persons,
addresses and links changed, and once more the day after with the same files; {RUNS} times, stages of the last one.

{head}
{chr(10).join(rows)}

The next night takes {ratio:.2f} of the first (asked: under 0.5).
Its results are {told} those of a scan of everything."""


if __name__ == "__main__":
    print(text())
