"""A made region whose tables change night by night: people move in and out, houses are let, sold and renumbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from barrier.ingest.synthetic import generate


@dataclass
class Town:
    """The tables of a region, changed night by night."""

    tables: dict[str, pd.DataFrame]
    rng: np.random.Generator
    free: list[str] = field(default_factory=list)
    people: int = 0

    @classmethod
    def made(cls, folder: Path, *, persons: int, seed: int) -> Town:
        """Make a region of so many persons in a folder, and return it."""
        generate(folder, persons=persons, seed=seed)
        tables = {f.stem: pd.read_csv(f, dtype="str", keep_default_na=False) for f in sorted(folder.glob("*.csv"))}
        town = cls(tables, np.random.default_rng(seed))
        homes = tables["Address"]
        town.free = homes.loc[homes["kind"] == "dwelling", "id"].tolist()[::7]
        return town

    def add(self, table: str, *rows: Mapping[str, object]) -> None:
        frame = pd.DataFrame(rows, dtype="str")
        self.tables[table] = pd.concat([self.tables[table], frame], ignore_index=True).fillna("")

    def empty(self, address: str, day: date) -> list[str]:
        """End every registration at an address; return who lived there."""
        table = self.tables["REGISTERED_AT"]
        here = (table["target_id"] == address) & (table["until"] == "")
        table.loc[here, "until"] = day.isoformat()
        return table.loc[here, "source_id"].tolist()

    def house(self, day: date, municipality: str = "") -> str:
        """Return a dwelling of 60 m2 that nobody lives in any more."""
        homes = self.tables["Address"].set_index("id")
        index = next(
            i for i, a in enumerate(self.free) if not municipality or homes.loc[a, "municipality"] == municipality
        )
        address = self.free.pop(index)
        self.empty(address, day)
        table = self.tables["Address"]
        table.loc[table["id"] == address, "area_m2"] = "60"
        return address

    def settle(self, address: str, people: Sequence[str], day: date) -> None:
        told = {"target_id": address, "from": day.isoformat(), "until": "", "function": "residence", "source": "BRP"}
        self.add("REGISTERED_AT", *({"source_id": p, **told} for p in people))

    def newcomers(self, number: int, employer: str, day: date) -> list[str]:
        """Return new adults, unrelated by age, who work for one business."""
        ids = [f"p-new-{self.people + i:05}" for i in range(number)]
        self.people += number
        self.add("Person", *({"id": p, "birth_year": 1975 + 2 * i} for i, p in enumerate(ids)))
        work = {"target_id": employer, "from": day.isoformat(), "form": "agency"}
        self.add("WORKS_FOR", *({"source_id": p, **work} for p in ids))
        return ids

    def let(self, landlord: str, address: str, day: date) -> None:
        self.add("LETS", {"source_id": landlord, "target_id": address, "from": day.isoformat()})

    def business(self, name: str, sbi: str, day: date) -> str:
        told = {"name": name, "sbi": sbi, "legal_form": "bv", "started": "2019-01-01", "ended": ""}
        self.add("Business", {"id": name, **told})
        return name

    def noise(self, night: int, day: date) -> None:
        """Let households change places, and somebody report or visit something."""
        table = self.tables["REGISTERED_AT"]
        living = table[
            (table["until"] == "") & table["source_id"].str.match(r"p-\d") & table["target_id"].str.match(r"[am]-")
        ]
        sizes = living.groupby("target_id").size()
        for size in (1, 2, 2, 3):
            pool = sizes.index[sizes == size]
            one, other = self.rng.choice(pool, 2, replace=False)
            if one in self.free or other in self.free:
                first, second = self.empty(one, day), self.empty(other, day)
                self.settle(other, first, day)
                self.settle(one, second, day)
        if night % 3 == 0:
            place = str(self.rng.choice(sizes.index))
            told = {
                "kind": "nuisance",
                "barrier": "housing",
                "holder": "municipality_housing",
                "reliability": "possible",
            }
            number, until = f"s-night-{night:03}", (day + timedelta(days=365)).isoformat()
            dates = {"observed": day.isoformat(), "origin": f"o-{number}", "regime": "gdpr", "expires": until}
            self.add("Signal", {"id": number, **told, **dates})
            self.add("CONCERNS", {"source_id": number, "target_id": place})
            self.visit(f"i-night-{night:03}", str(self.rng.choice(sizes.index)), day, "nothing")

    def visit(self, name: str, place: str, day: date, outcome: str) -> None:
        self.add("Inspection", {"id": name, "date": day.isoformat(), "team": "housing", "outcome": outcome})
        self.add("INSPECTED", {"source_id": name, "target_id": place})

    def merge(self) -> None:
        """Let one municipality take over the other, with new numbers for its addresses."""
        homes = self.tables["Address"]
        gone = homes["municipality"] == "GM9002"
        renamed = {a: f"m-{a.removeprefix('a-')}" for a in homes.loc[gone, "id"]}
        homes.loc[gone, "municipality"] = "GM9001"
        for name, table in self.tables.items():
            for column in ("id", "source_id", "target_id"):
                if column in table.columns and (column != "id" or name == "Address"):
                    table[column] = table[column].map(lambda v: renamed.get(v, v))
        self.free = [renamed.get(a, a) for a in self.free]

    def deliver(self, folder: Path, day: date) -> None:
        folder.mkdir(parents=True)
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        told = {"name": "Ninety nights", "purpose": "trial on fictional data", "legal_basis": "none needed"}
        (folder / "region.yaml").write_text(yaml.safe_dump({**told, "extract_date": day}), encoding="utf-8")
        (folder / ".ready").touch()
