"""Beds that were arranged: which people of which cluster can sleep somewhere else tonight.

Rule: a group stays together; beds count for it only when there are enough of one kind at one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import InputError
from barrier.ingest.reader import read_table

COLUMNS = ("about", "group", "people", "beds", "for")
GROUPS = ("men", "women", "mixed", "minors", "families")


@dataclass(frozen=True)
class Beds:
    """Beds arranged, by cluster or subject: place or provider, for whom, how many, in or outside the region."""

    rows: pd.DataFrame

    @classmethod
    def none(cls) -> Beds:
        """Return that no beds were arranged."""
        return cls(pd.DataFrame({c: pd.Series([], dtype="str") for c in (*COLUMNS, "region")}))

    @classmethod
    def read(cls, file: Path) -> Beds:
        """Read a CSV: one row for each group of people that stays together.

        ``about`` is the id of a cluster, member or finding; ``group`` a name for the group, ``people`` its size,
        ``beds`` how many stand ready in one place, ``for`` men, women, mixed, minors or families, and ``region``
        (may be absent) ``out`` where the place lies outside the region.

        Raises:
            InputError: A column is missing, or a number is none.
        """
        rows = read_table(file).table.to_pandas()
        missing = [c for c in COLUMNS if c not in rows.columns]
        if missing:
            raise InputError([f"{file.name}: expected the columns {', '.join(COLUMNS)}; missing {', '.join(missing)}"])
        numbers = {c: pd.to_numeric(rows[c], errors="coerce") for c in ("people", "beds")}
        wrong = [
            f"{file.name}: line {i + 2}: {c}: expected a number"
            for c, n in numbers.items()
            for i in rows.index[n.isna()]
        ]
        wrong += [
            f"{file.name}: line {i + 2}: for: expected one of {', '.join(GROUPS)}"
            for i in rows.index[~rows["for"].isin(GROUPS)]
        ]
        if wrong:
            raise InputError(wrong, hint="write one row for each group of people that stays together")
        region = rows["region"].fillna("") if "region" in rows.columns else ""
        return cls(rows.assign(**{c: n.astype(int) for c, n in numbers.items()}, region=region))

    def arranged(self, ids: set[str], people: int) -> dict[str, Any]:
        """Return how many beds stand ready for a cluster, and whether they are enough for all its people together."""
        if not len(self.rows):
            return {"needed": people, "arranged": 0, "apart": [], "outside_region": 0, "enough": False}
        here = self.rows[self.rows["about"].isin(sorted(ids))]
        short = here[here["beds"] < here["people"]]
        total = int(here["beds"].sum()) if len(here) else 0
        return {
            "needed": people,
            "arranged": total,
            "apart": sorted(short["group"].astype(str)),
            "outside_region": int(here.loc[here["region"] == "out", "beds"].sum()) if len(here) else 0,
            "enough": people > 0 and total >= people and not len(short),
        }
