"""Is this week unusual, given what each series did before, what the others do, and how much was looked?

Rule: a rise after more looking is said to be that; the false-alarm rate is stated for all series together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from barrier.history.snapshots import Snapshot, new_findings
from barrier.model.dates import day_of
from barrier.printable import counted

ALARMS_A_YEAR = 4.0
LEAST_WEEKS = 8  # of past, before anything is said
GUARD_WEEKS = 2  # right before the week looked at, left out of its past: a slow rise must not teach itself
YEAR_WEEKS, SEASON_WEEKS = 52, 2
PAST_WEEKS = 13  # that an address is compared with
PRIOR = 0.5  # Jeffreys, for the rate of a Poisson count
SHRINK = 5.0  # a season or a common rise counts as much as so many findings allow
MOST_DISPERSION = 20.0
RISE, LOOKED = "unusual", "after more looking"
EFFORT_WEEKS = 4  # visits that explain a count lie at most so far back


@dataclass(frozen=True)
class Unusual:
    """A series whose week its past does not explain.

    Args:
        detector: The detector.
        dimension: municipality, sector, region or address.
        place: Which.
        week: First day of the week, or day of the scan for an address.
        count: New findings (at an address: people).
        expected: What the past predicts.
        p: Probability of so many or more, without looking at effort.
        visits: Visits in the four weeks up to it.
        visits_before: Visits in four weeks of its past, on average.
        verdict: unusual, or after more looking.
    """

    detector: str
    dimension: str
    place: str
    week: date
    count: int
    expected: float
    p: float
    visits: float
    visits_before: float
    verdict: str

    def told(self) -> str:
        """Return it as a sentence."""
        if self.dimension == "address":
            here = counted(self.count, "person")
            return f"{self.place}: {here}, {self.expected:g} expected by its own past (p {self.p:.1g})"
        effort = f"visits in four weeks {self.visits:g}, before {self.visits_before:g}"
        where = self.place if self.dimension != "region" else "the whole region"
        numbers = f"{self.count} new, {self.expected:g} expected (p {self.p:.1g})"
        return f"{self.detector}, {where}, week of {self.week}: {numbers}; {effort}; {self.verdict}"


@dataclass(frozen=True)
class Panel:
    """Counts by week.

    Args:
        counts: One row a week with a scan (its Monday), one column a series (detector, dimension, place).
        visits: Visits by week and (dimension, place), as many rows.
    """

    counts: pd.DataFrame
    visits: pd.DataFrame

    @property
    def series(self) -> list[tuple[str, str, str]]:
        """Detector, dimension and place of each series, in the order of the columns."""
        columns: list[Any] = self.counts.columns.tolist()
        return [(str(d), str(dimension), str(p)) for d, dimension, p in columns]


def weekly(kept: Sequence[Snapshot]) -> Panel:
    """Return new findings and visits by week, from snapshots.

    Weeks in which no scan was are missing, not zero. Series are those that had a finding at least once.
    """
    fresh = new_findings(kept)
    weeks = pd.Index(sorted({_monday(s.day) for s in kept[1:]}), name="week")
    rows = fresh.assign(week=[_monday(d) for d in fresh["day"]], region="all")
    parts = []
    for dimension in ("municipality", "sector", "region"):
        some = rows[rows[dimension] != ""]
        table = some.groupby(["week", "detector", dimension]).size().unstack(["detector", dimension], fill_value=0)
        named: list[Any] = table.columns.tolist()
        columns = [(d, dimension, p) for d, p in named]
        table.columns = pd.MultiIndex.from_tuples(columns, names=_NAMES)
        parts.append(table)
    counts = pd.concat(parts, axis=1).reindex(weeks).fillna(0).sort_index(axis=1)
    return Panel(counts, _weekly_visits(kept, weeks))


_NAMES = ["detector", "dimension", "place"]


def _weekly_visits(kept: Sequence[Snapshot], weeks: pd.Index) -> pd.DataFrame:
    known = pd.concat([s.visits for s in kept]).groupby(["municipality", "sector", "day"])["visits"].max().reset_index()
    known = known.assign(week=[_monday(day_of(int(d))) for d in known["day"]], region="all")
    parts: dict[tuple[str, str], pd.Series] = {}
    for dimension in ("municipality", "sector", "region"):
        table = known.groupby(["week", dimension])["visits"].sum().unstack(fill_value=0)
        parts |= {(dimension, place): table[place] for place in table.columns if place}
    found = pd.DataFrame(parts).reindex(weeks).fillna(0)
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def unusual(panel: Panel, *, week: int = -1, alarms_a_year: float = ALARMS_A_YEAR) -> list[Unusual]:
    """Return the series whose count in a week their past does not explain, the least likely first.

    The count is compared with the negative binomial that predicts it: the rate of the past (Gamma prior) times the
    season of its detector (the same weeks of last year against that year) and times what all other places do alike,
    with the overdispersion of the past. Each series is tested at alarms_a_year / (52 x series).

    Args:
        panel: Counts and visits by week.
        week: Which row is looked at.
        alarms_a_year: False alarms a year that are accepted, all series together.

    Source:
        A. Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance systems", Statistics
        in Medicine 32(7), 2013 (guard weeks, season, small counts); A. Gelman et al., "Bayesian Data Analysis", 3rd
        edition, 2.6 (negative binomial as the predictive distribution of a Poisson count).
    """
    at = week % max(1, len(panel.counts))
    past = panel.counts.iloc[: max(0, at - GUARD_WEEKS)].to_numpy(float)
    if len(past) < LEAST_WEEKS or not panel.counts.shape[1]:
        return []
    now = panel.counts.iloc[at].to_numpy(float)
    level = alarms_a_year / (YEAR_WEEKS * panel.counts.shape[1])
    rate, spread = _rates(past)
    expected = rate * _season(panel.counts, at)
    expected = expected * _alike(panel.counts.columns, now, expected)
    plain = _tail(now, expected, spread, len(past))
    then, here = _effort(panel, at)
    looked = np.maximum(1.0, (here + 1) / (then + 1))
    fair = _tail(now, expected * looked, spread, len(past))
    found = []
    for i in np.flatnonzero(plain < level).tolist():
        detector, dimension, place = panel.series[i]
        verdict = RISE if fair[i] < level else LOOKED
        numbers = (int(now[i]), round(float(expected[i]), 2), float(plain[i]), float(here[i]), round(float(then[i]), 1))
        found.append(Unusual(detector, dimension, place, panel.counts.index[at], *numbers, verdict))
    return sorted(found, key=lambda u: (u.verdict != RISE, u.p, u.detector, u.place))


def _rates(past: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate a week of each series with its prior, and its overdispersion (1: Poisson)."""
    weeks = len(past)
    rate = (past.sum(axis=0) + PRIOR) / weeks
    pearson = ((past - rate) ** 2 / rate).sum(axis=0) / max(1, weeks - 1)
    return rate, np.clip(pearson, 1.0, MOST_DISPERSION)


def _tail(count: np.ndarray, expected: np.ndarray, spread: np.ndarray, weeks: int) -> np.ndarray:
    """Return the probability of so many or more: a negative binomial, its variance that of the prediction."""
    from scipy import stats  # here: its import takes as long as a small scan

    variance = spread * expected * (1 + 1 / weeks)
    size = expected**2 / np.maximum(variance - expected, 1e-9)
    found: np.ndarray = stats.nbinom.sf(count - 1, size, size / (size + expected))
    return found


def _season(counts: pd.DataFrame, at: int) -> np.ndarray:
    """Return how much busier these weeks were a year ago than that year, by series: that of its detector."""
    last = at - YEAR_WEEKS
    ones = np.ones(counts.shape[1])
    if last < SEASON_WEEKS:
        return ones
    regional = counts.loc[:, counts.columns.get_level_values("dimension") == "region"]
    around = regional.iloc[last - SEASON_WEEKS : last + SEASON_WEEKS + 1].mean()
    year = regional.iloc[max(0, last - YEAR_WEEKS // 2) : last + YEAR_WEEKS // 2].mean()
    weeks = 2 * SEASON_WEEKS + 1
    factor = (around * weeks + SHRINK) / (year * weeks + SHRINK)
    by_detector = dict(zip(factor.index.get_level_values("detector"), factor.to_numpy(float), strict=True))
    return np.array([by_detector.get(d, 1.0) for d in counts.columns.get_level_values("detector")])


def _alike(columns: pd.Index, now: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return how much more the other places of the same detector found than expected, by series; 1 where not more."""
    frame = pd.DataFrame({"now": now, "expected": expected}, index=columns).reset_index()
    sums = frame.groupby(["detector", "dimension"])[["now", "expected"]].transform("sum")
    others_now, others = sums["now"] - frame["now"], sums["expected"] - frame["expected"]
    factor = ((others_now + SHRINK) / (others + SHRINK)).to_numpy(float)
    found: np.ndarray = np.maximum(1.0, factor)
    return found


def _effort(panel: Panel, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Return visits in four weeks before, on average, and now, by series."""
    sums = panel.visits.rolling(EFFORT_WEEKS, min_periods=1).sum()
    before, here = sums.iloc[: max(1, at - GUARD_WEEKS)].mean(), sums.iloc[at]
    keys = [(dimension, place) for _, dimension, place in panel.series]
    then, now = (np.array([float(found.get(k, 0.0)) for k in keys]) for found in (before, here))
    return then, now


def full_addresses(kept: Sequence[Snapshot], *, alarms_a_year: float = ALARMS_A_YEAR) -> list[Unusual]:
    """Return addresses where more people live than their own past explains, the least likely first.

    Args:
        kept: Snapshots, the earliest first; the last one is looked at.
        alarms_a_year: False alarms a year that are accepted, all addresses together.
    """
    before = list({_monday(s.day): s for s in kept[:-1]}.values())[-PAST_WEEKS:]  # the last scan of each week
    if len(before) < LEAST_WEEKS:
        return []
    now = kept[-1].people
    past = pd.concat([s.people for s in before], axis=1).reindex(now.index).fillna(0).to_numpy(float).T
    rate, spread = _rates(past)
    p = _tail(now.to_numpy(float), rate, spread, len(past))
    scans_a_year = 365 * len(before) / max(1, (kept[-1].day - before[0].day).days)
    level, day, found = alarms_a_year / (scans_a_year * max(1, len(now))), kept[-1].day, []
    for address, people, mean, chance in zip(now.index, now, rate, p, strict=True):
        if chance < level:
            numbers = (int(people), round(float(mean), 2), float(chance), 0.0, 0.0)
            found.append(Unusual("people", "address", str(address), day, *numbers, RISE))
    return sorted(found, key=lambda u: (u.p, u.place))
