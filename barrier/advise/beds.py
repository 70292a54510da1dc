"""Beds that were arranged: which people of which cluster can sleep somewhere else tonight.

Rule: a group stays together; beds count for it only when there are enough of one kind at one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import InputError
from barrier.ingest.lists import read_list

COLUMNS = ("about", "group", "people", "beds", "for")
_NUMBER = r"\d{1,6}"
GROUPS = ("men", "women", "mixed", "minors", "families")


@dataclass(frozen=True)
class Beds:
    """Beds arranged, by cluster or subject: place or provider, for whom, how many, in or outside the region.

    Args:
        rows: A row for each group of people that stays together.
        told: What is to be told of the list: rows that are equal to an earlier one, and how many are used.
    """

    rows: pd.DataFrame
    told: tuple[str, ...] = ()

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
        rows = read_list(file, COLUMNS, optional=("region",))
        cells = {c: rows.cells(c) for c in (*COLUMNS, "region")}
        for column in ("people", "beds"):
            rows.set_aside(cells[column].str.fullmatch(rf"-{_NUMBER}"), column, "less than 0; expected 0 or more")
            rows.set_aside(~cells[column].str.fullmatch(_NUMBER), column, "expected a whole number")
        rows.set_aside(~cells["for"].isin(GROUPS), "for", f"expected one of {', '.join(GROUPS)}")
        rows.set_aside(cells["about"] == "", "about", "empty; expected the id of a cluster, member or finding")
        rows.drop_equal(cells)
        if rows.has_rejects():
            raise InputError(
                [line for line in rows.told() if line not in rows.raw.notes],
                hint="write one row for each group of people that stays together",
            )
        frame = pd.DataFrame({**cells, "people": cells["people"].astype(int), "beds": cells["beds"].astype(int)})
        return cls(frame[rows.kept()].reset_index(drop=True), tuple(rows.told()))

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
