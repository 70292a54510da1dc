"""Measures in code, as the rows of the detector that carries them.

Rule: a measure gives the same columns a query would; the header of its file says what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from barrier.detect.occupancy import Occupancy


def overcrowded_rows(occupancy: Occupancy, *, day: int, explanations: Iterable[str]) -> pd.DataFrame:
    """Return a row for every overcrowded and possibly overcrowded address.

    Strong: at least twice as many people as the norm or the permit allows. Medium: overcrowded. Weak: only
    with the people who are possibly there.

    Args:
        occupancy: The measure.
        day: Day number looked at.
        explanations: Names of the innocent reasons that were checked.
    """
    table = occupancy.table[occupancy.table["verdict"].isin(["overcrowded", "possibly_overcrowded"])]
    people = table[["certain", "observed"]].max(axis=1).to_numpy()
    by_permit = table["permitted"].astype("float64").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        by_area = np.floor(table["area_m2"].to_numpy(dtype=float) / table["norm_m2"].to_numpy(dtype=float))
    allowed = np.fmin(by_permit, by_area)
    strength = np.where(table["verdict"] != "overcrowded", "weak", np.where(people >= 2 * allowed, "strong", "medium"))
    rows = table.drop(columns=["explanation", "together", "left"]).rename(columns={"permitted": "permitted_persons"})
    rows["permitted_persons"] = by_permit
    rows["reason"] = table["explanation"].where(table["explanation"] != "", None)
    for column in ("peak_from", "peak_until"):
        rows[column] = rows[column].where(rows[column] != "", None)
    rows["strength"] = strength
    for name in explanations:
        rows[f"explained_{name}"] = False  # an address with an explanation that holds has another verdict
    rows = rows.astype(object)
    rows["sources"] = pd.Series(_sources(occupancy, list(table["address"]), day), index=rows.index, dtype=object)
    return rows


def _sources(occupancy: Occupancy, addresses: list[str], day: int) -> list[list[str]]:
    """Return who says that people are at each address on the day."""
    rows = occupancy.stays.sources
    rows = rows[(rows["start_day"] <= day) & (rows["end_day"] > day) & rows["source"].notna()]
    wanted = pd.Index(occupancy.addresses).get_indexer(addresses)
    rows = rows[rows["address"].isin(wanted)]
    found = {code: sorted(set(group)) for code, group in rows.groupby("address")["source"]}
    return [found.get(code, []) for code in wanted]
