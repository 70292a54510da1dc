"""A scan of a region, and the scan of the next night after one row in a hundred changed.

Run as: python -m benchmarks.nightly (it prints a table; each scan is a process of its own, Python's start included).
"""

from __future__ import annotations

import csv
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


def main() -> int:
    """Print the seconds of both scans; return 1 where the second differs from a scan of everything."""
    cli = [sys.executable, "-m", "barrier.cli"]
    first: list[float] = []
    night: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        measure([*cli, "generate", "--persons", str(PERSONS), "--out", str(at / "region")], runs=1, before=[])
        change(at / "region", at / "changed", seed=1)
        kept = [at / "out", at / "s.barrier"]
        days = ("2026-09-01", "2026-09-02")
        for _ in range(RUNS):
            scan = [*cli, "scan", "--out", str(kept[0]), "--store", str(kept[1])]
            first += measure([*scan, str(at / "region"), "--at", days[0]], runs=1, before=kept).seconds
            night += measure([*scan, str(at / "changed"), "--at", days[1]], runs=1, before=[]).seconds
        whole = [*cli, "scan", "--out", str(at / "whole"), str(at / "changed"), "--at", days[1]]
        measure(whole, runs=1, before=[])
        same = all((kept[0] / n).read_bytes() == (at / "whole" / n).read_bytes() for n in COMPARED)
    for name, seconds in (("first", first), ("next night", night)):
        print(f"{name}: {min(seconds):.1f} / {statistics.median(seconds):.1f} / {max(seconds):.1f} s")
    print(f"ratio of the medians: {statistics.median(night) / statistics.median(first):.2f}")
    print(f"results equal to those of a scan of everything: {same}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
