"""A list of ids to score is read like any delivery, and its earlier answer is understood."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import Result

from tests.helpers import Results, run


def _score(demo: Results, file: Path, *more: str) -> Result:
    return run("score", str(file), "--store", str(demo.store), "--at", "2026-09-01", *more)


def _write(tmp_path: Path, text: str) -> Path:
    (tmp_path / "ids.csv").write_text(text, encoding="utf-8")
    return tmp_path / "ids.csv"


def test_its_own_earlier_answer_is_answered_anew(demo: Results, tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    _score(demo, _write(tmp_path, "id,naam\nring-a1,x\nnope,y\n"), "--out", str(first))
    stale = first.read_text(encoding="utf-8").replace('"found"', '"nothing"')
    first.write_text(stale, encoding="utf-8")

    done = _score(demo, first)

    assert done.exit_code == 0
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(r["id"], r["naam"], r["state"]) for r in rows] == [("ring-a1", "x", "found"), ("nope", "y", "unknown")]
    assert len(rows[0]) == 14
    assert "are those of an earlier answer: answered anew" in done.stderr


@pytest.mark.parametrize("column", ["state", "label", "findings", "reasons", "cluster", "position", "housing"])
def test_a_column_with_the_name_of_an_answer_is_refused(demo: Results, tmp_path: Path, column: str) -> None:
    done = _score(demo, _write(tmp_path, f"id,{column}\nring-a1,x\n"))

    assert done.exit_code == 2
    assert f"Error: ids.csv: line 1: column {column}: the answer has a column of this name too" in done.stderr


def test_a_row_whose_id_cannot_be_read_stays_in_the_answer_with_the_reason(demo: Results, tmp_path: Path) -> None:
    done = _score(demo, _write(tmp_path, "id,naam\nring-a1,x\n#REF!,y\nring-a3,z\n"))

    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(r["naam"], r["state"]) for r in rows] == [("x", "found"), ("y", "set_aside"), ("z", "found")]
    assert rows[1]["reasons"].startswith("not read: an error of a spreadsheet")
    assert (rows[1]["findings"], rows[1]["cluster"]) == ("", "")
    assert "rows of ids.csv: 3 rows: 2 used, 1 set aside" in done.stderr
    assert done.exit_code == 2


def test_rows_that_cannot_be_read_are_set_aside_and_unknown_ids_counted(demo: Results, tmp_path: Path) -> None:
    done = _score(demo, _write(tmp_path, "sep=;\nID;naam\nring-a1;x\nnope;y\nring-a3;y;z\nring-a4\n"))

    assert done.exit_code == 2
    assert [r["id"] for r in csv.DictReader(done.stdout.splitlines())] == ["ring-a1", "nope"]
    assert "ids.csv: line 5: row: expected 2 cells, found 3" in done.stderr
    assert "ids.csv: line 6: row: expected 2 cells, found 1" in done.stderr
    assert "rows of ids.csv: 4 rows: 2 used, 2 set aside" in done.stderr
    assert "ids.csv: 1 of 2 ids are not in the store (state unknown)" in done.stderr
