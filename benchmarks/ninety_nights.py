"""Ninety nights of a region that changes every night, with what was planted and what was found.

Run as: python -m benchmarks.ninety_nights [--nights N] (with all ninety it writes docs/ninety-nights.md).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import yaml

from barrier.history.snapshots import size_of, snapshots
from barrier.schedule.jobs import Job, Schedule, run_job
from benchmarks.measuring import ROOT
from benchmarks.town import Town

PAGE = ROOT / "docs" / "ninety-nights.md"
PERSONS, SEED, NIGHTS = 5000, 90, 90
FIRST = date(2026, 9, 1)
BACKGROUND = 30  # houses that are full from the start, so that the merger has something to renumber
CROWD, LATE = 12, 67


@dataclass
class Expected:
    """Something planted: the night, what, and how it should show in the changes of that night."""

    night: int
    what: str
    change: str
    id: str = ""
    found: int | None = None

    def seen(self, night: int, rows: Sequence[dict[str, object]]) -> None:
        if self.found is None and self.night <= night <= self.night + 2 and any(self._fits(r) for r in rows):
            self.found = night

    def _fits(self, row: dict[str, object]) -> bool:
        if self.change in ("new", "gone"):
            return row["change"] == self.change and row.get("finding") == self.id and row["reason"] == "really"
        if row["change"] == "cluster":
            return row["fate"] == self.change
        if row["change"] == "holder":
            return self.change == "holder" and len(row["addresses"]) > 10  # type: ignore[arg-type]
        return row["change"] == "note" and self.change == "note" and self.id in str(row["note"])


@dataclass
class Story:
    """The plot of the ninety nights."""

    town: Town
    expected: list[Expected] = field(default_factory=list)
    houses: dict[str, str] = field(default_factory=dict)
    residents: dict[str, list[str]] = field(default_factory=dict)

    def noise(self, found: set[str]) -> list[str]:
        """Return the findings that are about nothing planted."""
        places = {*self.houses.values(), "l1", "l2", "e1", "e2"}
        places |= {p.replace("a-", "m-", 1) for p in places}
        return sorted(f for f in found if places.isdisjoint(f.split(":")[1].split(" ")))

    def crowd(self, name: str, night: int, day: date, landlord: str, employer: str) -> None:
        self.houses[name] = self.town.house(day, "GM9001")
        self.residents[name] = self.town.newcomers(CROWD, employer, day)
        self.town.settle(self.houses[name], self.residents[name], day)
        self.town.let(landlord, self.houses[name], day)
        self.expected.append(
            Expected(night, f"twelve people arrive in house {name}", "new", f"overcrowded:{self.houses[name]}")
        )

    def night(self, night: int, day: date) -> None:
        """Change the town as the plot has it."""
        town = self.town
        if night == 1:
            for name, sbi in (
                ("l1", "6820"),
                ("e1", "7820"),
                ("l2", "6820"),
                ("e2", "7820"),
                ("grower", "0113"),
                ("corp", "6820"),
            ):
                town.business(name, sbi, day)
            for i in range(BACKGROUND):
                address = town.house(day, "GM9002")
                town.settle(address, town.newcomers(6 + i % 5, f"b-{i + 1:07}", day), day)
            self.lodging = town.house(day, "GM9001")
            homes = town.tables["Address"]
            homes.loc[homes["id"] == self.lodging, ["kind", "area_m2"]] = ["lodging", "900"]
            town.add("Licence", {"id": "l-season", "kind": "worker_lodging", "status": "active", "conditions": ""})
            town.add("HOLDS", {"source_id": "grower", "target_id": "l-season", "from": "2020-01-01"})
            town.add("FOR_PREMISES", {"source_id": "l-season", "target_id": self.lodging, "from": "2020-01-01"})
        for name, when, landlord, employer in (
            ("A", 8, "l1", "e1"),
            ("B", 20, "l1", "e1"),
            ("E", 72, "l1", "e1"),
            ("F", 85, "l1", "e1"),
        ):
            if night == when:
                self.crowd(name, night, day, landlord, employer)
        if night == 12:
            self.crowd("C", night, day, "l2", "e2")
            self.crowd("D", night, day, "l2", "e2")
            self.expected.append(Expected(night, "a structure of landlord, lender and two houses", "new cluster"))
        self._moves(night, day)
        self._bulk(night, day)
        town.noise(night, day)

    def _moves(self, night: int, day: date) -> None:
        town = self.town
        if night == 28:
            town.visit("i-breach", self.houses["A"], day, "breach")
        if night == 30:
            old, new = self.houses["A"], town.house(day, "GM9001")
            town.settle(new, town.empty(old, day), day)
            town.let("l1", new, day)
            self.houses["A2"] = new
            self.expected.append(
                Expected(night, "house A is left two days after a visit", "gone", f"overcrowded:{old}")
            )
            self.expected.append(Expected(night, "its people appear in house A2", "new", f"overcrowded:{new}"))
        if night == 44:
            for name in ("C", "D"):
                town.empty(self.houses[name], day)
                self.expected.append(
                    Expected(night, f"house {name} is left", "gone", f"overcrowded:{self.houses[name]}")
                )
        if night == 64:
            for name in ("C", "D"):
                self.houses[name] = self.houses[name]
                town.settle(self.houses[name], self.residents[name], day)
                found = f"overcrowded:{self.houses[name]}"
                self.expected.append(Expected(night, f"the same people are back in house {name}", "new", found))

    def _bulk(self, night: int, day: date) -> None:
        town = self.town
        if night == 40:
            table = town.tables["OWNS"]
            owned = table["target_id"].map(town.tables["Address"].set_index("id")["municipality"]) == "GM9001"
            table.loc[owned & (np.arange(len(table)) % 20 == 0), "source_id"] = "corp"
            self.expected.append(Expected(night, "a corporation takes over many houses", "holder"))
        if night == 50:
            town.settle(self.lodging, town.newcomers(40, "grower", day), day)
        if night == 65:
            town.empty(self.lodging, day)
        if night == 58:
            town.merge()
            self.expected.append(
                Expected(night, "two municipalities merge and addresses get new numbers", "note", "renumbered")
            )


def rows_of(out: Path) -> list[dict[str, object]]:
    file = out / "changes.jsonl"
    rows = [json.loads(x) for x in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []
    return [{**r, "fate": "new cluster" if r.get("fate") == "new" else r.get("fate")} for r in rows]


@dataclass
class Log:
    """What was seen over the nights."""

    results: dict[int, str] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)
    strong: dict[int, set[str]] = field(default_factory=dict)


def play(folder: Path, nights: int) -> tuple[Story, Log, float]:
    """Run the nights through a drop folder, the job, its snapshots and its alerts."""
    story, log = Story(Town.made(folder / "made", persons=PERSONS, seed=SEED)), Log()
    drop, out, file = folder / "drop", folder / "out", folder / "schedule.sqlite"
    drop.mkdir()
    alerts = folder / "alerts.yaml"
    channel = {"kind": "folder", "path": str(folder / "alerts")}
    recipient = {"name": "director", "results": str(out), "channel": channel}
    alerts.write_text(yaml.safe_dump({"format": 1, "recipients": [recipient]}), encoding="utf-8")
    Schedule(file).add(Job("nightly", region="", out=str(out), cron="15 3 * * *", drop=str(drop), alerts=str(alerts)))
    begun, previous = time.monotonic(), set[str]()
    for night in range(1, nights + 1):
        day = FIRST + timedelta(days=night - 1)
        story.night(night, day)
        place = drop / day.isoformat()
        story.town.deliver(folder / "late" if night == LATE else place, day)
        if night == LATE + 1:  # comes now, beside a newer one
            (folder / "late").rename(drop / (day - timedelta(days=1)).isoformat())
        if night == 76:  # broken: a file without its header
            lines = (place / "Person.csv").read_text(encoding="utf-8").splitlines()[1:]
            (place / "Person.csv").write_text("\n".join(lines), encoding="utf-8")
        if night == 80:  # twice: yesterday's content again
            shutil.rmtree(place)
            shutil.copytree(drop / (day - timedelta(days=1)).isoformat(), place)
        before = len(list((folder / "alerts").glob("*.txt")))
        log.results[night] = run_job(str(file), "nightly", day=day)
        log.told[night] = len(list((folder / "alerts").glob("*.txt"))) - before
        if log.results[night] in ("done", "new findings", "done, rows set aside"):
            rows = rows_of(out)
            for one in story.expected:
                one.seen(night, rows)
            now = {
                r["id"]
                for r in map(json.loads, (out / "findings.jsonl").read_text().splitlines())
                if r["strength"] == "strong"
            }
            renumbered = {str(r.get("finding")) for r in rows if r["change"] == "new" and r["reason"] != "really"}
            log.strong[night] = now - previous - renumbered
            previous |= now
    return story, log, time.monotonic() - begun


def page(story: Story, log: Log, seconds: float, folder: Path) -> str:
    rows = "\n".join(
        f"| {e.night} | {e.what} | {e.change} | {'night ' + str(e.found) if e.found else 'missed'} |"
        for e in sorted(story.expected, key=lambda e: e.night)
    )
    noise = {n: story.noise(f) for n, f in log.strong.items() if n > 1 and story.noise(f)}
    told = sum(log.told.values())
    history = folder / "out.barrier" / "history"
    kept = snapshots(history)
    structures = _command(folder, "history", "structures", "l2")
    events = folder / "events.csv"
    houses = story.houses
    events.write_text(f"date,kind,place\n2026-09-28,visit,{houses['A']}\n", encoding="utf-8")
    moved = _command(folder, "displacement", "--events", str(events), "--window", "20")
    odd = ", ".join(f"night {n}: {', '.join(f)}" for n, f in noise.items()) or "none"
    results = {r: [n for n, x in log.results.items() if x == r] for r in sorted(set(log.results.values()))}
    outcomes = "\n".join(
        f"| {r} | {len(n)} | {', '.join(map(str, n)) if len(n) < 8 else ''} |" for r, n in results.items()
    )
    return f"""# Ninety nights

This page is written by `python -m benchmarks.ninety_nights`. A made region of {PERSONS:,} persons (seed {SEED}) is
delivered every night through a drop folder; the scheduled job scans it, keeps a snapshot and sends alerts, each night a
process of its own with the day of the delivery. {len(log.results)} nights took {seconds:.0f} s. Each night households
change places and, every third night, somebody reports or visits something: noise. {BACKGROUND} houses are full from the
start.

## What was planted, and when it was found

Found: in the changes of that night or the two after it.

| night | what | shows as | found |
|---|---|---|---|
{rows}

Forty seasonal workers in a licensed lodging (nights 50 to 65) are planted as well: they should raise nothing strong.

## Alerts

{told} messages on {sum(n > 0 for n in log.told.values())} of {len(log.told)} nights, the first with all that was there.
New strong findings after the first night about anything not planted: {sum(map(len, noise.values()))} ({odd}).

## What became of each night

The delivery of night 67 comes a day late, beside that of night 68; that of night 76 is broken, that of night 80 is the
one of the night before again.

| result | nights | which |
|---|---|---|
{outcomes}

## Looking back

{len(kept)} snapshots, {size_of(kept) / 1e6:.1f} MB. The line of the structure of landlord l2
(`barrier history structures l2`):

```
{structures}
```

What followed the visit to house A (`barrier displacement`, 20 days before and after):

```
{moved}
```
"""


def _command(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "barrier.cli", *arguments, "--store", str(folder / "out.barrier")]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description="Play ninety nights; with all of them, write docs/ninety-nights.md.")
    parser.add_argument("--nights", type=int, default=NIGHTS, help="How many nights.")
    nights = parser.parse_args().nights
    with tempfile.TemporaryDirectory() as made:
        story, log, seconds = play(Path(made), nights)
        for one in story.expected:
            print(f"night {one.night}: {one.what}: {one.found or 'missed'}")
        print({n: r for n, r in log.results.items() if r not in ("done", "new findings")})
        print("noise:", {n: story.noise(f) for n, f in log.strong.items() if n > 1 and story.noise(f)})
        print(f"{sum(log.told.values())} messages, {seconds:.0f} s")
        if nights == NIGHTS:
            PAGE.write_text(page(story, log, seconds, Path(made)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
