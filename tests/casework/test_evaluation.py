"""Evaluation: hit rates with uncertainty, a blinded control sample, and no way back into signals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from scipy.stats import norm

from barrier.casework.database import CaseDatabase
from barrier.casework.evaluation import draw_sample, hit_rates, keep_worklist, read_outcomes
from barrier.errors import InputError
from tests.helpers import Results, run

pytestmark = pytest.mark.slow


def _scanned(tmp_path: Path) -> Results:
    out = tmp_path / "out"
    done = run("scan", "fixtures/demo", "--out", str(out), "--control-sample", "15")
    assert done.exit_code == 0, done.output
    return Results(out)


def _rows(found: Results) -> list[dict[str, str]]:
    return list(csv.DictReader((found.path / "worklist.csv").read_text(encoding="utf-8").splitlines()))


def test_the_work_list_does_not_tell_the_sample_from_the_findings(tmp_path: Path) -> None:
    found = _scanned(tmp_path)
    rows = _rows(found)
    flagged = {f["subject"]["id"] for f in found.findings}

    assert [r["id"] for r in rows] == sorted(r["id"] for r in rows)
    assert set(rows[0]) == {"label", "id"}
    assert len([r for r in rows if r["id"] not in flagged]) == 15
    assert "control_sample" not in (found.path / "scan.json").read_text(encoding="utf-8")


def test_the_sample_is_the_same_for_the_same_scan_and_another_for_another() -> None:
    pool = [f"a{i}" for i in range(1000)]

    assert draw_sample(pool, 10, "one") == draw_sample(list(reversed(pool)), 10, "one")
    assert draw_sample(pool, 10, "one") != draw_sample(pool, 10, "two")


def test_rates_stand_beside_that_of_the_sample_with_wilson_s_interval(tmp_path: Path) -> None:
    database = CaseDatabase(tmp_path / "cases.sqlite")
    work = {**{f"a{i}": ["overcrowded"] for i in range(8)}, **{f"c{i}": [] for i in range(20)}}
    keep_worklist(database, "s1", "account", work)
    outcomes = {
        **{f"a{i}": "breach" if i < 6 else "nothing" for i in range(8)},
        **{f"c{i}": "nothing" for i in range(20)},
    }
    first, control = hit_rates(database, outcomes)

    z, p, n = norm.ppf(0.975), 6 / 8, 8
    middle, half = (
        (p + z * z / (2 * n)) / (1 + z * z / n),
        z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5,
    )
    assert (first.detector, first.hits, first.looked) == ("overcrowded", 6, 8)
    assert (first.low, first.high) == pytest.approx((middle - half, middle + half), abs=1e-3)
    assert (control.detector, control.hits, control.looked) == ("control sample", 0, 20)


def test_outcomes_never_become_signals(tmp_path: Path) -> None:
    found = _scanned(tmp_path)
    before = (found.path / "findings.jsonl").read_bytes()
    ids = [r["id"] for r in _rows(found)]
    (tmp_path / "o.csv").write_text("id,outcome\n" + "".join(f"{i},breach\n" for i in ids))
    assert (
        "control sample: 15 of 15"
        in run("evaluate", "--store", str(found.store), "--outcomes", str(tmp_path / "o.csv")).stdout
    )
    run("scan", "fixtures/demo", "--out", str(found.path), "--control-sample", "15")

    assert (found.path / "findings.jsonl").read_bytes() == before


def test_an_outcome_that_is_not_known_says_where(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("id,outcome\na1,great\n")

    with pytest.raises(InputError, match="line 2: outcome: expected one of breach, closed wrongly, found"):
        read_outcomes(tmp_path / "o.csv")


def test_without_outcomes_it_says_how_to_record_them(demo: Results) -> None:
    done = run("evaluate", "--store", str(demo.store))

    assert done.exit_code == 0
    assert "No outcome is recorded yet: see barrier case outcome" in done.stderr


def _outcomes(tmp_path: Path, rows: str) -> Path:
    (tmp_path / "o.csv").write_text(f"id,outcome\n{rows}", encoding="utf-8")
    return tmp_path / "o.csv"


def test_outcomes_that_contradict_each_other_are_set_aside_and_equal_ones_count_once(tmp_path: Path) -> None:
    read = read_outcomes(_outcomes(tmp_path, "a1,breach\na1,nothing\na2,Breach\na2,breach\na3,found\n"))

    assert read.by_subject == {"a2": "breach", "a3": "found"}
    assert read.has_rejects
    assert read.told == (
        "o.csv: lines 2, 3: outcome: another row says otherwise of the same id; expected one, or equal ones"
        " (found text)",
        "rows of o.csv: 5 rows: 2 used, 2 set aside, 1 equal to an earlier one",
    )


def test_a_third_row_that_repeats_one_of_two_that_differ_is_set_aside_with_them(tmp_path: Path) -> None:
    read = read_outcomes(_outcomes(tmp_path, "a1,breach\na1,nothing\na1,breach\n"))

    assert read.by_subject == {}
    assert read.told[-1] == "rows of o.csv: 3 rows: 0 used, 3 set aside"


def test_outcomes_of_ids_that_stand_in_no_work_list_are_told(demo: Results, tmp_path: Path) -> None:
    file = _outcomes(tmp_path, "ring-a1,breach\nring-a3,breach\n")

    done = run("evaluate", "--store", str(demo.store), "--outcomes", str(file))

    assert done.exit_code == 2
    assert "o.csv: lines 2, 3: id: this id stands in no work list of the cases" in done.stderr
    assert "holds none of a work list" in done.stderr
    assert "give --outcomes" not in done.stderr
