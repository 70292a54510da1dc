"""Displacement: told where it is planted, not where more looking or too little data explain it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier.errors import InputError
from barrier.history.displacement import Event, Geography, _ratio, alternates, displaced, read_events
from barrier.history.snapshots import Content, keep_snapshot, snapshots
from tests.helpers import Results, run
from tests.history.test_snapshots import RULES, _cluster, _finding

pytestmark = pytest.mark.slow

EVENT = Event(date(2026, 4, 1), "closure", "GM1")
EAST = {"home": 0.0, "near": 2000.0, "away": 80000.0}
TOWNS = {"home": "GM1", "near": "GM2", "away": "GM3"}
ADDRESSES = {f"{zone}{i}": TOWNS[zone] for zone in TOWNS for i in range(40)}


def _where(**tied: list[str]) -> Geography:
    places = pd.DataFrame({"x": [EAST[a[:4]] for a in ADDRESSES], "y": 0.0}, index=list(ADDRESSES))
    return Geography(ADDRESSES, places, {k: frozenset(v) for k, v in tied.items()})


def _history(folder: Path, weekly: dict[str, tuple[int, int]], visits: dict[str, tuple[int, int]] | None = None) -> Any:
    """Write 30 weeks: each zone has so many new findings before and after, one a week each, each gone a week later."""
    first = EVENT.day - timedelta(weeks=15)
    for week in range(30):
        day, after = first + timedelta(weeks=week), week > 15
        number = week - 16 if after else week - 3
        subjects = [f"{zone}{week}" for zone, counts in weekly.items() if 0 <= number < counts[after]]
        found = [(_finding(s), ADDRESSES[s], "") for s in subjects]
        at = (first - date(1970, 1, 1)).days + 7 * week
        seen = [(TOWNS[zone], "", at, (visits or {}).get(zone, (1, 1))[after]) for zone in TOWNS]
        table = pd.DataFrame(seen, columns=["municipality", "sector", "day", "visits"])
        people = pd.DataFrame({c: pd.Series(dtype=t) for c, t in _COLUMNS.items()})
        record = {"at": day.isoformat(), "scan_id": f"{week:08}00000000", "detectors": RULES}
        keep_snapshot(folder, Content(record, found, [], people, table))
    return snapshots(folder)


_COLUMNS = {
    "address": "str",
    "certain": "int",
    "possible": "int",
    "observed": "int",
    "owners": "str",
    "landlords": "str",
}


def test_findings_that_move_to_the_ring_are_displacement(tmp_path: Path) -> None:
    kept = _history(tmp_path, {"home": (12, 0), "near": (1, 12), "away": (8, 8)})
    found = displaced(kept, EVENT, _where())

    assert "in the place it fell; around it" in found.verdict
    assert "displacement" in found.verdict
    assert found.ratio is not None
    assert found.ratio[1] > 1


def test_a_ring_that_does_what_elsewhere_does_is_none(tmp_path: Path) -> None:
    kept = _history(tmp_path, {"home": (12, 0), "near": (5, 5), "away": (5, 5)})
    found = displaced(kept, EVENT, _where())

    assert found.verdict == "in the place it fell; around it nothing that elsewhere does not explain"
    assert [(z.where, z.before, z.after) for z in found.zones] == [
        ("place", 12, 0),
        ("ring", 5, 5),
        ("tied", 0, 0),
        ("elsewhere", 5, 5),
    ]


def test_more_looking_in_the_ring_is_said(tmp_path: Path) -> None:
    visits = {"near": (1, 40)}
    kept = _history(tmp_path, {"home": (12, 0), "near": (1, 12), "away": (8, 8)}, visits)

    found = displaced(kept, EVENT, _where())

    assert found.verdict.endswith("but visits there grew as much: it may be the looking")
    assert found.ratio is not None
    assert found.per_visit is not None
    assert found.per_visit < 1 < found.ratio[0]


@pytest.mark.parametrize(
    ("weekly", "verdict"),
    [
        ({"home": (2, 1), "near": (1, 0), "away": (8, 8)}, "not enough data: too few findings to tell"),
        ({"home": (12, 0), "near": (1, 1), "away": (8, 8)}, "in the place it fell; around it not enough data"),
    ],
)
def test_too_little_is_said_to_be_too_little(weekly: dict[str, tuple[int, int]], verdict: str, tmp_path: Path) -> None:
    assert displaced(_history(tmp_path, weekly), EVENT, _where()).verdict == verdict


def test_scans_that_do_not_cover_the_window_are_not_enough(tmp_path: Path) -> None:
    kept = _history(tmp_path, {"home": (12, 0), "near": (1, 12), "away": (8, 8)})

    assert "do not cover the window" in displaced(kept[:20], EVENT, _where()).verdict


def test_what_was_tied_to_the_place_counts_wherever_it_lies(tmp_path: Path) -> None:
    kept = _history(tmp_path, {"home": (12, 0), "near": (1, 1), "away": (8, 8)})
    tied = _where(GM1=[f"away{i}" for i in range(16, 40)])
    zones = {z.where: (z.before, z.after) for z in displaced(kept, EVENT, tied).zones}

    assert zones["tied"] == (0, 8)
    assert zones["elsewhere"] == (8, 0)


def test_the_interval_is_wide_for_few_and_holds_the_ratio() -> None:
    few, many = _ratio(4, 2, 10, 10), _ratio(400, 200, 1000, 1000)

    assert few[1] < few[0] < few[2]
    assert few[2] - few[1] > many[2] - many[1]
    assert many[1] > 1


def _moving(folder: Path, *places: list[str]) -> Any:
    empty = pd.DataFrame({c: pd.Series(dtype=t) for c, t in _COLUMNS.items()})
    visits = pd.DataFrame({"municipality": [], "sector": [], "day": [], "visits": []})
    for week, addresses in enumerate(places):
        cluster = _cluster(f"c{week}", "b1", "b2", "b3")
        cluster["members"] += [{"label": "Address", "id": a} for a in addresses]
        record = {
            "at": (date(2026, 1, 5) + timedelta(weeks=week)).isoformat(),
            "scan_id": f"{week:016}",
            "detectors": RULES,
        }
        keep_snapshot(folder, Content(record, [], [cluster], empty, visits))
    return snapshots(folder)


def test_the_same_parties_at_new_addresses_are_followed(tmp_path: Path) -> None:
    kept = _moving(tmp_path, ["home1"], ["near1"])
    event = Event(date(2026, 1, 6), "closure", "home1")
    (found,) = displaced(kept, event, _where()).followed

    assert (found["members"], found["new_addresses"]) == (["b1", "b2", "b3"], ["near1"])
    assert found["municipalities"] == ["GM2"]


def test_who_came_is_told_beside_whom_a_tie_had_made_likely(tmp_path: Path) -> None:
    kept = _moving(tmp_path, ["home1"], ["near1"])
    before, after = kept[0].clusters[0], kept[1].clusters[0]
    before["candidates"] = ["b8", "b9"]
    after["members"] += [{"label": "Business", "id": "b9"}, {"label": "Business", "id": "b7"}]
    found = displaced(kept, Event(date(2026, 1, 6), "closure", "home1"), _where())

    assert found.came == (("b7", False), ("b9", True))
    assert found.not_seen == 1


def test_a_structure_that_goes_and_comes_back_alternates(tmp_path: Path) -> None:
    there_and_back = alternates(_moving(tmp_path / "x", ["home1"], ["near1"], ["near1"], ["home1"]), ADDRESSES)
    one_way = alternates(_moving(tmp_path / "y", ["home1"], ["near1"], ["away1"]), ADDRESSES)

    assert [[s["municipality"] for s in row["stays"]] for row in there_and_back] == [["GM1", "GM2", "GM1"]]
    assert one_way == []


def _events(tmp_path: Path, text: str) -> Path:
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    return tmp_path / "events.csv"


def test_events_that_cannot_be_read_are_set_aside_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = "2026-01-01,closure,a0\n31-01-2026,closure,a1\n2026-01-02,closure,a2,x,y\n20260103,closure,a3\n"
    rows += "2026-01-00,closure,a0\n,closure,a0\n0000-00-00,closure,a0\n2200-01-01,closure,a0\n"

    read = read_events(_events(tmp_path, "date,kind,place\n" + rows))

    assert [e.place for e in read.found] == ["a0"]
    assert read.has_rejects
    assert read.told == (
        "events.csv: line 3: date: not a date; expected YYYY-MM-DD, with 00 for what is unknown (found date)",
        "events.csv: line 4: row: expected 3 cells, found 5; a value with the separator in it has to stand between "
        "quotes (found row)",
        "events.csv: line 5: date: not a date; expected YYYY-MM-DD, with hyphens (found number)",
        "events.csv: lines 6, 8: date: a day of which a part is unknown; expected all of it (found date)",
        "events.csv: line 7: date: empty; expected a day, YYYY-MM-DD (found empty)",
        "events.csv: line 9: date: a day from 2200 on, on which nothing begins; expected the day, or an empty cell "
        "(found date)",
        "rows of events.csv: 8 rows: 1 used, 7 set aside",
    )


def test_events_are_read_with_the_dates_of_a_region_and_equal_ones_are_taken_once(tmp_path: Path) -> None:
    rows = "2026-05-31T22:00:00Z,closure,a0\n2026-06-01,closure,a0\n2026-06-01,inspection,a0\n"

    read = read_events(_events(tmp_path, "date,kind,place\n" + rows))

    assert [(e.day, e.kind) for e in read.found] == [(date(2026, 6, 1), "closure"), (date(2026, 6, 1), "inspection")]
    assert read.told == ("rows of events.csv: 3 rows: 2 used, 1 equal to an earlier one",)
    assert not read.has_rejects


def test_an_event_after_the_last_scan_is_not_answered_and_a_kind_that_is_none_of_ours_is_told(tmp_path: Path) -> None:
    rows = "2026-09-01,sluiting,a0\n2026-09-02,closure,a0\n2026-08-01,Closure,a0\n2026-08-02,Jan de Wit,a0\n"

    read = read_events(_events(tmp_path, "date,kind,place\n" + rows), last=date(2026, 9, 1))

    assert [e.day.day for e in read.found] == [1, 1, 2]
    assert read.told == (
        "events.csv: line 3: date: after the last scan (2026-09-01), so that nothing is known of it; scan again on a "
        "later day (found date)",
        "rows of events.csv: 4 rows: 3 used, 1 set aside",
        "events.csv: kind is none of closure, inspection, rule change in 2 rows, kept: sluiting and 1 that are no "
        "plain words",
    )


def test_events_in_another_dialect_are_read_like_a_region(tmp_path: Path) -> None:
    read = read_events(_events(tmp_path, "\ufeffsep=;\nDate;Kind;Place;Note\n2026-01-01;closure;a0;x, y\n"))

    assert read.found == (Event(date(2026, 1, 1), "closure", "a0", "x, y"),)
    assert read.told == ()


def test_a_list_without_any_event_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2: date: not a date; expected YYYY-MM-DD"):
        read_events(_events(tmp_path, "date,kind,place\nmorgen,closure,a0\n"))
    with pytest.raises(InputError, match="expected the columns date, kind, place; missing date, place"):
        read_events(_events(tmp_path, "day,kind\n"))


def test_an_event_at_a_place_that_nobody_knows_is_not_answered(demo: Results, tmp_path: Path) -> None:
    rows = "date,kind,place,note\n2026-06-01,closure,ring-a1,\n2026-06-01,closure,RING-A1,\n2026-06-01,closure,x,\n"

    done = run("displacement", "--store", str(demo.store), "--events", str(_events(tmp_path, rows)))

    assert done.exit_code == 2
    assert done.stdout.count(" closure at ") == 1
    assert "events.csv: lines 3, 4: place: no address, business or municipality of this store" in done.stderr
    assert "rows of events.csv: 3 rows: 1 used, 2 set aside" in done.stderr
