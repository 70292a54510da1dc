"""Unusual weeks: found where planted, silent where the past, the season, the others or more looking explain them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from barrier.history.anomalies import Panel, _tail, full_addresses, unusual, weekly
from barrier.history.snapshots import keep_snapshot, snapshots
from tests.helpers import run
from tests.history.test_snapshots import _content

MONDAY = date(2026, 1, 5)


def _panel(series: dict[str, list[float]], visits: dict[str, list[float]] | None = None, detector: str = "d") -> Panel:
    weeks = len(next(iter(series.values())))
    index = pd.Index([MONDAY + timedelta(weeks=i) for i in range(weeks)], name="week")
    columns = [(detector, "municipality", town) for town in series] + [(detector, "region", "all")]
    total = np.sum(list(series.values()), axis=0)
    names = ["detector", "dimension", "place"]
    counts = pd.DataFrame(np.array([*series.values(), total]).T, index=index)
    counts.columns = pd.MultiIndex.from_tuples(columns, names=names)
    seen = visits or {town: [2.0] * weeks for town in series}
    table = {("municipality", town): v for town, v in seen.items()} | {
        ("region", "all"): np.sum(list(seen.values()), axis=0)
    }
    return Panel(counts, pd.DataFrame(table, index=index))


def _towns(found: list[Any]) -> list[tuple[str, str]]:
    return [(u.place, u.verdict) for u in found if u.dimension == "municipality"]


def test_a_rise_in_one_place_is_unusual_and_a_steady_count_is_not() -> None:
    steady = [2.0, 1.0, 3.0, 2.0] * 10
    found = unusual(_panel({"GM1": [*steady, 14.0], "GM2": [*steady, 3.0], "GM3": [*steady, 2.0]}))

    assert _towns(found) == [("GM1", "unusual")]
    assert (found[0].count, round(found[0].expected)) == (14, 2)


def test_a_rise_after_more_looking_is_said_to_be_that() -> None:
    steady = [2.0, 1.0, 3.0, 2.0] * 10
    visits = {"GM1": [2.0] * 37 + [14.0] * 4, "GM2": [2.0] * 41, "GM3": [2.0] * 41}
    found = unusual(_panel({"GM1": [*steady, 12.0], "GM2": [*steady, 3.0], "GM3": [*steady, 2.0]}, visits))

    assert _towns(found) == [("GM1", "after more looking")]


def test_what_all_places_do_alike_is_told_of_the_region_only() -> None:
    steady = [2.0, 1.0, 3.0, 2.0] * 10
    found = unusual(_panel({f"GM{i}": [*steady, 9.0] for i in range(8)}))

    assert _towns(found) == []
    assert [(u.dimension, u.count) for u in found] == [("region", 72)]


def test_a_peak_that_came_last_year_too_is_expected() -> None:
    year = [2.0] * 30 + [12.0] * 5 + [2.0] * 17
    last = [*year, *year[:33]]
    peak = unusual(_panel({"GM1": last, "GM2": [2.0] * len(last), "GM3": [2.0] * len(last)}))
    flat = [2.0] * 52 + [2.0] * 32 + [12.0]
    surprise = unusual(_panel({"GM1": flat, "GM2": [2.0] * len(flat), "GM3": [2.0] * len(flat)}))

    assert _towns(peak) == []
    assert _towns(surprise) == [("GM1", "unusual")]


def test_a_series_that_always_jumps_needs_a_larger_jump() -> None:
    wild = [0.0, 9.0, 0.0, 1.0, 12.0, 0.0, 0.0, 7.0] * 5
    calm = [4.0, 3.0, 4.0, 3.0, 4.0, 4.0, 3.0, 4.0] * 5
    found = unusual(_panel({"wild": [*wild, 13.0], "calm": [*calm, 15.0]}))

    assert _towns(found) == [("calm", "unusual")]


def test_with_less_than_eight_weeks_of_past_nothing_is_said() -> None:
    assert unusual(_panel({"GM1": [1.0] * 9 + [50.0]})) == []
    assert unusual(_panel({"GM1": [1.0] * 10 + [50.0]})) != []


def test_the_tail_is_that_of_the_negative_binomial_with_the_mean_and_variance_of_the_prediction() -> None:
    p = _tail(np.array([9.0]), np.array([3.0]), np.array([2.0]), 20)[0]
    variance = 2.0 * 3.0 * (1 + 1 / 20)
    size = 9.0 / (variance - 3.0)
    frozen = stats.nbinom(size, size / (size + 3.0))

    assert frozen.mean() == pytest.approx(3.0)
    assert frozen.var() == pytest.approx(variance)
    assert p == pytest.approx(1 - frozen.cdf(8))


def test_false_alarms_are_no_more_than_stated() -> None:
    """Poisson counts with nothing in them: 50 weeks of 40 series give about the stated rate, so hardly ever ten."""
    rng = np.random.default_rng(4)
    panel = _panel({f"GM{i}": rng.poisson(2.0, 112).astype(float).tolist() for i in range(40)})
    alarms = sum(len(unusual(panel, week=w, alarms_a_year=4.0)) for w in range(60, 112))

    assert alarms <= 9  # the chance of more than 9 at a true rate of 4 is under 1 %


def test_snapshots_become_weeks_and_a_week_without_scan_is_no_zero(tmp_path: Path) -> None:
    for day, subjects in (("2026-01-05", ["a1"]), ("2026-01-12", ["a1", "a2"]), ("2026-01-26", ["a2", "a3", "a4"])):
        keep_snapshot(tmp_path, _content(day, *subjects))
    panel = weekly(snapshots(tmp_path))

    assert panel.counts[("overcrowded", "municipality", "GM1")].to_dict() == {
        date(2026, 1, 12): 1,
        date(2026, 1, 26): 2,
    }


def test_an_address_that_fills_beyond_its_own_past_is_named(tmp_path: Path) -> None:
    for week in range(12):
        content = _content((MONDAY + timedelta(weeks=week)).isoformat(), "a1", "a2")
        content.addresses["certain"] = [3, 24 if week == 11 else 3]
        keep_snapshot(tmp_path, content)
    found = full_addresses(snapshots(tmp_path))

    assert [(u.place, u.count, round(u.expected)) for u in found] == [("a2", 24, 3)]


def test_the_command_says_when_there_is_too_little(tmp_path: Path) -> None:
    run("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--at", "2026-09-01")
    done = run("unusual", "--store", str(tmp_path / "out.barrier"))

    assert done.output.startswith("Not enough data: 1 scans")
