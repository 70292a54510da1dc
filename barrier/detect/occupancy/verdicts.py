"""Is an address overcrowded on a day? The count against the norm, the permit and the innocent reasons.

Rule: what wins where the count is over the norm or cannot be judged: an explanation that holds, then the permit,
then an area that says nothing, then the ratio. Exactly at the norm is fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from barrier.detect.occupancy.explanations import (
    MAX_OTHERS_IN_FAMILY,
    corrected,
    family,
    generations,
    is_family,
    is_institution,
    licensed_persons,
    of_corporation,
)
from barrier.detect.occupancy.intervals import Stays, either, read_stays
from barrier.detect.occupancy.peaks import Peaks, peaks
from barrier.model.dates import day_number, day_of
from barrier.model.norms import Norms
from barrier.model.person_limits import NO_LIMIT
from barrier.store import Columns

COLUMNS = (
    "address",
    "certain",
    "possible",
    "observed",
    "area_m2",
    "norm_m2",
    "permitted",
    "m2_per_person",
    "verdict",
    "explanation",
    "peak_from",
    "peak_until",
    "together",
)
_ADDRESS = ("id", "municipality", "kind", "area_m2", "purposes", "permitted_occupants", "units")
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Occupancy:
    """Occupancy of every address with anybody on it.

    Args:
        table: The columns of `occupancy.csv`, plus ``peak_persons``, ``norm_source``, ``kind`` and ``left`` (how many
            of the possible residents were seen elsewhere since), one row an address.
        stays: The intervals behind it.
        addresses: Ids of all addresses, by code.
    """

    table: pd.DataFrame
    stays: Stays
    addresses: pd.Series

    def overcrowded(self) -> list[str]:
        """Return the ids of the overcrowded addresses, in order."""
        return sorted(self.table.loc[self.table["verdict"] == "overcrowded", "address"])


def occupancy(graph: Columns, day: date, norms: Norms) -> Occupancy:
    """Measure the occupancy of all addresses in a graph on a day.

    Args:
        graph: The graph as columns.
        day: The day looked at.
        norms: Area a person, by kind, municipality and date.

    Source:
        DESIGN 5; unreliable areas after Kadaster, Praktijkhandleiding BAG; the family rule is this project's.
    """
    persons = graph.nodes("Person", ["id", "birth_year"])
    addresses = graph.nodes("Address", _ADDRESS)
    stays = read_stays(graph, persons["id"], addresses["id"])
    birth_year = persons["birth_year"].astype("float64").to_numpy(dtype=float, na_value=np.nan)
    number, size = day_number(day), len(addresses)
    facts = _Facts(addresses, stays, birth_year, day, norms)
    facts.licensed = licensed_persons(graph, addresses["id"], day=number)
    facts.corporation = of_corporation(graph, addresses, day=number)
    full = [peaks(s, addresses=size, day=number) for s in (stays.certain, stays.observed)]
    table = facts.table(_higher(*full))
    return Occupancy(table[facts.anybody].sort_values("address", ignore_index=True), stays, addresses["id"])


class _Facts:
    """What is known of each address on the day, as columns; `table` draws the conclusion."""

    def __init__(self, addresses: pd.DataFrame, stays: Stays, birth_year: Numbers, day: date, norms: Norms) -> None:
        size, number = len(addresses), day_number(day)
        self.addresses = addresses
        self.counts = [s.counts(number, size) for s in (stays.certain, stays.possible, stays.observed)]
        self.certain, self.possible, self.observed = self.counts
        self.residents = np.maximum(self.certain, self.observed)
        sure, anyone = (either(s, stays.observed, day=number) for s in (stays.certain, stays.possible))
        self.together = [s.counts(number, size) for s in (sure, anyone)]
        self.left = self.possible - stays.staying(number).counts(number, size)
        self.anybody = (self.possible > 0) | (self.observed > 0)
        self.kin = [family(s, birth_year, day=day, addresses=size) for s in (stays.certain, anyone, stays.observed)]
        self.generations = generations(anyone, birth_year, day=day, addresses=size)
        self.area = addresses["area_m2"].to_numpy(dtype=float, na_value=np.nan)
        self.permitted = addresses["permitted_occupants"].astype("float64").to_numpy(dtype=float, na_value=np.nan)
        self.units = addresses["units"].astype("float64").to_numpy(dtype=float, na_value=np.nan)
        self.kind = addresses["kind"].fillna("unknown").to_numpy(dtype=object)
        self.norm, self.only_possibly, self.norm_source = _norm_columns(
            addresses["municipality"], self.kind, norms, day
        )
        self.institution = is_institution(addresses)
        self.correction = corrected(stays, day=number, addresses=size)
        self.licensed = np.zeros(size, np.int64)
        self.corporation = np.zeros(size, bool)
        self.rule = norms.unreliable_area

    def unreliable(self) -> Mask:
        """Return where the area says nothing: missing, suspect, or one object that stands for several."""
        bad = np.isnan(self.area)
        if self.rule is not None:
            bad |= (self.area < self.rule.below_m2) | np.isin(self.area, self.rule.exactly_m2)
            bad |= (self.kind == "dwelling") & (self.area > self.rule.dwelling_above_m2)
        return np.asarray(bad, dtype=bool)

    def over(self, count: npt.NDArray[np.int64], unreliable: Mask) -> Mask:
        """Return where so many people are more than the norm or the permit allows."""
        with np.errstate(invalid="ignore", divide="ignore"):
            by_area = ~unreliable & (count > 0) & (self.area / count < self.norm)
        return np.asarray(by_area | (count > self.permitted), dtype=bool)

    def explained_family(self, over: list[Mask]) -> Mask:
        """Return where every count that is over belongs to a family."""
        fits = [
            ~o | is_family(*kin) | ((kin[0] >= 1) & self.generations) for o, kin in zip(over, self.kin, strict=True)
        ]
        return np.asarray((over[0] | over[1] | over[2]) & fits[0] & fits[1] & fits[2], dtype=bool)

    def table(self, peak: Peaks) -> pd.DataFrame:
        """Return one row an address with its verdict and why."""
        unreliable = self.unreliable()
        counts = [self.certain, self.together[1], self.observed]
        by_count = [self.over(c, unreliable) for c in counts]
        sure, maybe = by_count[0] | by_count[2], by_count[1]
        has_norm = ~np.isnan(self.norm)
        unjudged = unreliable & has_norm
        several_units = (self.units > 1) & (sure | maybe)
        question = sure | maybe | unjudged
        judged_as_family = [o | (unjudged & (c > 0)) for o, c in zip(by_count, counts, strict=True)]
        highest = np.maximum(self.residents, np.where(sure, 0, counts[1]))
        reasons: list[tuple[Mask, str, object]] = [
            (self.institution, "explained", "institution"),
            (question & self.explained_family(judged_as_family), "explained", self._family_text()),
            (question & (self.licensed >= highest) & (self.licensed > 0), "explained", self._licence_text()),
            (question & self.correction, "explained", "register correction: object just split or renumbered"),
            (
                question & (self.residents > self.permitted),
                "overcrowded",
                self._text("more than the {:.0f} permitted", self.permitted),
            ),
            (question & (highest <= self.permitted), "explained", self._text("permitted for {:.0f}", self.permitted)),
            (
                question & (counts[1] > self.permitted),
                "possibly_overcrowded",
                self._text("perhaps more than the {:.0f} permitted", self.permitted),
            ),
            (
                (several_units | unjudged) & self.corporation & (highest <= MAX_OTHERS_IN_FAMILY * self.units),
                "explained",
                self._text("one object for {:.0f} units of a housing corporation", self.units),
            ),
            (unjudged, "area_unreliable", self._area_text()),
            (several_units, "area_unreliable", self._text("one object for {:.0f} units", self.units)),
            (sure & self.only_possibly, "possibly_overcrowded", "kind of address is not known"),
            (sure, "overcrowded", ""),
            (
                maybe & ~self.over(self.possible, unreliable),
                "possibly_overcrowded",
                "only with the people registered and the people seen here together",
            ),
            (maybe, "possibly_overcrowded", "only with the people who are possibly there"),
        ]
        masks = [m for m, _, _ in reasons]
        verdict = np.select(masks, [v for _, v, _ in reasons], "ok")
        no_norm = self._no_norm_text(has_norm)
        explanation = np.select(
            masks, [np.broadcast_to(np.asarray(t, dtype=object), len(verdict)) for _, _, t in reasons], no_norm
        )
        return self._frame(verdict, explanation, peak)

    def _frame(
        self, verdict: npt.NDArray[np.object_], explanation: npt.NDArray[np.object_], peak: Peaks
    ) -> pd.DataFrame:
        people = np.where(self.residents > 0, self.residents, self.possible)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.round(self.area / people, 2)
        dates = [_dates(d) for d in (peak.start, peak.until)]
        values = (
            self.addresses["id"],
            *self.counts,
            self.area,
            self.norm,
            self.permitted,
            ratio,
            verdict,
            explanation,
            *dates,
            _ranges(*self.together),
        )
        table = pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))
        table["permitted"] = table["permitted"].astype("Int64")
        return table.assign(peak_persons=peak.persons, norm_source=self.norm_source, kind=self.kind, left=self.left)

    def _family_text(self) -> npt.NDArray[np.object_]:
        minors, others = self.kin[1]
        seen_minors, seen_others = self.kin[2]
        return _format("family: {} minors, {} others", np.maximum(minors, seen_minors), np.maximum(others, seen_others))

    def _licence_text(self) -> npt.NDArray[np.object_]:
        named = _format("licensed for {} persons", self.licensed)
        return np.where(self.licensed >= NO_LIMIT, "licensed for any number of persons", named)

    def _area_text(self) -> npt.NDArray[np.object_]:
        return np.where(
            np.isnan(self.area),
            "no area registered",
            self._text("registered area of {:.0f} m2 says nothing", self.area),
        )

    def _no_norm_text(self, has_norm: Mask) -> npt.NDArray[np.object_]:
        return np.where(has_norm, "", "no living norm for this kind of address").astype(object)

    @staticmethod
    def _text(pattern: str, values: Numbers) -> npt.NDArray[np.object_]:
        return _format(pattern, values)


def _ranges(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    return np.where(low == high, _format("{}", low), _format("{}-{}", low, high))


def _format(pattern: str, *columns: npt.NDArray[np.generic]) -> npt.NDArray[np.object_]:
    """Return ``pattern`` filled in row by row; equal rows are filled in once."""
    frame = pd.DataFrame({str(i): c for i, c in enumerate(columns)})
    codes = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    first = frame.loc[pd.Series(codes).drop_duplicates().index]
    texts = np.array([pattern.format(*row) for row in first.itertuples(index=False)] or [""], dtype=object)
    return texts[codes] if len(codes) else np.zeros(0, dtype=object)


def _norm_columns(
    municipality: pd.Series, kind: npt.NDArray[np.object_], norms: Norms, day: date
) -> tuple[Numbers, Mask, npt.NDArray[np.object_]]:
    """Return m2 a person, whether the verdict is at most possible, and the source, for each address."""
    in_force = norms.on(day)
    pairs = pd.DataFrame({"kind": kind, "municipality": municipality.to_numpy(dtype=object)})
    codes = pairs.groupby(["kind", "municipality"], dropna=False, sort=False).ngroup().to_numpy()
    distinct = pairs.loc[pd.Series(codes).drop_duplicates().index]
    found = [in_force.get((k, m)) or in_force.get((k, None)) for k, m in distinct.itertuples(index=False)]
    area = np.array([n.m2_per_person if n else np.nan for n in found] or [np.nan])
    possibly = np.array([bool(n and n.at_most) for n in found] or [False])
    source = np.array([n.source if n else "" for n in found] or [""], dtype=object)
    return area[codes], possibly[codes], source[codes]


def _higher(a: Peaks, b: Peaks) -> Peaks:
    use_b = b.persons > a.persons
    return Peaks(*(np.where(use_b, getattr(b, n), getattr(a, n)) for n in ("persons", "start", "until")))


def _dates(days: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    codes, distinct = pd.factorize(days)
    texts = np.array(["" if d in (-1,) else day_of(int(d)).isoformat() for d in distinct], dtype=object)
    return texts[codes]
