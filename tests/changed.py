"""Regions that changed since they were stored, for tests."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

from barrier.ingest.known import Known
from barrier.store.embedded import EmbeddedStore
from benchmarks.nightly import OTHER_END


def changed(region: Path, place: Path, *, seed: int, share: float = 0.02) -> Path:
    """Return a copy of a region in which some rows of every table moved, left, came twice or are wrong."""
    dice = random.Random(seed)
    shutil.copytree(region, place)
    tables = {
        file.stem: list(csv.reader(file.read_text(encoding="utf-8").splitlines())) for file in place.glob("*.csv")
    }
    for name, (head, *rows) in tables.items():
        for i in dice.sample(range(len(rows)), max(1, int(share * len(rows)))):
            what = dice.choice(["end", "cell", "drop", "again", "wrong"])
            if what == "end" and name in OTHER_END:
                rows[i][head.index("target_id")] = dice.choice(tables[OTHER_END[name]][1:])[0]
            elif what == "drop":
                rows[i] = []
            elif what == "again" and "target_id" in head:
                rows.append([*rows[i]])
            elif what == "wrong":
                rows[i][-2 if head[-1] == "protected" else -1] = "=1+1"  # a word there would protect
            elif "from" in head and rows[i]:
                rows[i][head.index("from")] = f"20{dice.randint(18, 26)}-0{dice.randint(1, 9)}-01"
            elif "birth_year" in head:
                rows[i][head.index("birth_year")] = str(dice.randint(1950, 2020))
        dice.shuffle(rows) if dice.random() < 0.2 else None
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *(row for row in rows if row)])
    return place


def known(store: EmbeddedStore) -> Known:
    """Return what a store holds, for reading files beside it."""
    held = store.snapshot()
    assert held is not None
    return Known(store.table, store.ids, held.fingerprint)
