"""Innocent reasons for a full address, each by name.

Rule: a reason explains only when the register shows it; it stays visible beside the count.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from barrier.detect.occupancy.intervals import Intervals, Stays, codes_of
from barrier.model.dates import day_number
from barrier.model.person_limits import NO_LIMIT, persons_allowed
from barrier.model.validity import holds_on
from barrier.store import Columns

MAX_OTHERS_IN_FAMILY = 4
GENERATION = 15  # years between birth years that part two generations
_CORPORATIONS = ("stichting", "publiek")
_CARE_PURPOSES = {"gezondheidszorgfunctie", "celfunctie"}
_CORRECTION = "register_correction"
Counts = npt.NDArray[np.int64]


def family(
    stays: Intervals, birth_year: npt.NDArray[np.floating[Any]], *, day: date, addresses: int
) -> tuple[Counts, Counts]:
    """Return the number of minors and of others at each address on a day.

    A minor turns at most 17 in the year; who has no birth year is no minor.
    """
    here = stays.on(day_number(day))
    minor = day.year - birth_year[here.person] < 18
    minors = np.bincount(here.address[minor], minlength=addresses)
    return minors, np.bincount(here.address[~minor], minlength=addresses)


def is_family(minors: Counts, others: Counts) -> npt.NDArray[np.bool_]:
    """Return where the people form a family: a minor among them, and at most four others."""
    return (minors >= 1) & (others <= MAX_OTHERS_IN_FAMILY)


def generations(
    stays: Intervals, birth_year: npt.NDArray[np.floating[Any]], *, day: date, addresses: int
) -> npt.NDArray[np.bool_]:
    """Return where three generations live who arrived together.

    Generations are birth years that a gap of at least 15 years parts; who was born since the arrival came by birth.
    Where a birth year is missing nothing is said.
    """
    here = stays.on(day_number(day))
    rows = pd.DataFrame({"address": here.address, "born": birth_year[here.person], "start": here.start})
    rows = rows.sort_values(["address", "born"], ignore_index=True)
    gap = rows.groupby("address")["born"].diff()
    arrived = 1970 + rows["start"] / 365.25
    came = rows["start"].where(rows["born"] < np.floor(arrived))
    told = pd.DataFrame(
        {"address": rows["address"], "gaps": gap >= GENERATION, "known": rows["born"].notna(), "came": came}
    )
    found = told.groupby("address").agg(gaps=("gaps", "sum"), known=("known", "all"), days=("came", "nunique"))
    holds = found[(found["gaps"] >= 2) & found["known"] & (found["days"] == 1)]
    there = np.zeros(addresses, bool)
    there[holds.index.to_numpy(dtype=np.int64)] = True
    return there


def of_corporation(graph: Columns, addresses: pd.DataFrame, *, day: int) -> npt.NDArray[np.bool_]:
    """Return which objects that stand for several units a housing corporation owns (foundation or public body)."""
    several = (addresses["units"] > 1).fillna(False).to_numpy(dtype=bool)
    owned = np.zeros(len(addresses), bool)
    if not several.any():
        return owned
    owners = graph.nodes("Business", ["id", "sbi", "legal_form"])
    lets = owners["sbi"].str.startswith("6820").fillna(False) & owners["legal_form"].isin(_CORPORATIONS)
    rows = graph.edges("OWNS", ["source_id", "target_id", "start_day", "end_day"])
    rows = rows[(rows["start_day"] <= day) & (rows["end_day"] > day)]
    rows = rows[rows["target_id"].isin(addresses["id"][several]) & rows["source_id"].isin(owners["id"][lets])]
    owned[codes_of(rows["target_id"], addresses["id"])] = True
    return owned & several


def is_institution(addresses: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which addresses are institutions by kind, or by a purpose of care or detention."""
    by_kind = addresses["kind"].eq("institution").fillna(False).to_numpy(dtype=bool)
    care = np.fromiter(
        (p is not None and not _CARE_PURPOSES.isdisjoint(p) for p in addresses["purposes"]), bool, len(addresses)
    )
    return np.asarray(by_kind | care, dtype=bool)


def licensed_persons(graph: Columns, addresses: pd.Series, *, day: int) -> Counts:
    """Return for how many persons an active room letting or lodging licence allows each address (0: none).

    A licence without a number allows any number; of two numbers the lower counts.
    """
    licences = graph.nodes("Licence", ["id", "kind", "status", "valid_from_day", "valid_until_day", "conditions"])
    licences = licences[licences["kind"].isin(["room_letting", "worker_lodging"]) & licences["status"].eq("active")]
    licences = licences[holds_on(licences["valid_from_day"], licences["valid_until_day"], day)]
    premises = graph.edges("FOR_PREMISES", ["source_id", "target_id", "start_day", "end_day"])
    premises = premises[(premises["start_day"] <= day) & (premises["end_day"] > day)]
    premises = premises.merge(licences, left_on="source_id", right_on="id")
    allowed = np.zeros(len(addresses), np.int64)
    numbers = np.array([_max_persons(c) for c in premises["conditions"]], dtype=np.int64)
    np.maximum.at(allowed, codes_of(premises["target_id"], addresses), numbers)
    return allowed


def corrected(stays: Stays, *, day: int, addresses: int) -> npt.NDArray[np.bool_]:
    """Return where at least half of the rows in force come from a correction of the register (split, renumbering)."""
    rows = stays.sources
    rows = rows[(rows["start_day"] <= day) & (rows["end_day"] > day)]
    by_correction = rows["source"].eq(_CORRECTION).fillna(False).to_numpy(dtype=bool)
    address = rows["address"].to_numpy()
    total = np.bincount(address, minlength=addresses)
    return (total > 0) & (2 * np.bincount(address[by_correction], minlength=addresses) >= total)


def _max_persons(conditions: list[str] | None) -> int:
    """Return for how many persons conditions allow; one about their number that cannot be read allows none more."""
    found = [n for c in conditions or [] if (n := persons_allowed(c)) is not None]
    return max(0, min(found, default=NO_LIMIT))
