"""Every row of a file is used, set aside, equal to an earlier one or left out; another sum is our fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barrier.errors import MiscountError
from barrier.ingest import delimited
from barrier.ingest.count import RowCount
from barrier.ingest.region import read_region
from barrier.ingest.tables import NodeRows
from tests.helpers import run

PERSONS = "id,birth_year\np-1,1980\np-1,1980\np-2,1990\np-2,1991\np-3,x\np-4\n"


def _region(region: Path) -> Path:
    (region / "Person.csv").write_text(PERSONS)
    (region / "Address.csv").write_text("id,kind\na-1,dwelling\na-1,dwelling\n")
    (region / "REGISTERED_AT.csv").write_text(
        "source_id,target_id,from\np-1,a-1,2020-01-01\np-1,a-1,2020-01-01\np-2,,2021-01-01\np-9,a-1,\n"
    )
    return region


def test_every_row_of_every_file_is_accounted_for(region: Path) -> None:
    read = read_region(_region(region))

    assert {c.file: c.as_record() for c in read.row_counts} == {
        "Person.csv": {"rows": 6, "used": 2, "set_aside": 3, "equal": 1, "left_out": 0},
        "Address.csv": {"rows": 2, "used": 1, "set_aside": 0, "equal": 1, "left_out": 0},
        "REGISTERED_AT.csv": {"rows": 4, "used": 3, "set_aside": 1, "equal": 0, "left_out": 0},
    }
    assert [(r["file"], r["line"]) for r in read.rejected.to_dict("records")] == [
        ("Person.csv", 5),
        ("Person.csv", 6),
        ("Person.csv", 7),
        ("REGISTERED_AT.csv", 5),
    ]


def test_a_row_of_nodes_is_equal_only_where_every_delivered_cell_is(region: Path) -> None:
    (region / "Person.csv").write_text("id,birth_year,remark\np-1,1980,x\np-1,1980,y\np-1,1980,x\np-1,1980,y\n")

    read = read_region(region)

    assert [c.as_record() for c in read.row_counts] == [
        {"rows": 4, "used": 1, "set_aside": 1, "equal": 2, "left_out": 0}
    ]


def test_the_count_is_printed_and_stands_in_the_results(region: Path, tmp_path: Path) -> None:
    _region(region)
    told = "rows of Person.csv: 6 rows: 2 used, 3 set aside, 1 equal to an earlier one"

    checked = run("check", str(region))
    imported = run("import", str(region), "--store", str(tmp_path / "s.barrier"), "--json")
    scanned = run("scan", str(region), "--out", str(tmp_path / "out"))

    assert told in checked.stderr
    assert json.loads(imported.stdout)["rows_by_file"]["Address.csv"]["equal"] == 1
    assert told in scanned.stderr
    record = json.loads((tmp_path / "out" / "scan.json").read_text(encoding="utf-8"))
    assert record["rows"]["Person.csv"] == {"rows": 6, "used": 2, "set_aside": 3, "equal": 1, "left_out": 0}


def test_equal_rows_alone_are_no_fault(region: Path) -> None:
    (region / "Person.csv").write_text("id\np-1\np-1\n")

    done = run("check", str(region))

    assert done.exit_code == 0
    assert "rows of Person.csv: 2 rows: 1 used, 1 equal to an earlier one" in done.stderr


def test_a_sum_that_is_not_right_is_a_fault_of_the_program() -> None:
    with pytest.raises(MiscountError, match="Person.csv: 4 rows: 2 used, 1 set aside: these are not all of them"):
        RowCount("Person.csv", 4, 2, 1).checked()
    assert MiscountError("x").exit_code == 1


def test_a_row_that_gets_lost_on_the_way_ends_the_command(region: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (region / "Person.csv").write_text("id\np-1\np-2\n")
    whole = NodeRows.good
    monkeypatch.setattr(NodeRows, "good", lambda self: whole(self).slice(1))

    done = run("check", str(region))

    assert done.exit_code == 1
    assert "Error: Person.csv: 2 rows: 1 used: these are not all of them" in done.stderr
    assert "a fault of Barrier" in done.stderr


@pytest.mark.parametrize("text", ["id\na\nb\nc\n", 'id\n"a"\n"b\nb"\n\nc'], ids=["plain", "quoted"])
def test_a_row_that_the_parser_loses_ends_the_command(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "region.yaml").write_text("purpose: test\n")
    (tmp_path / "Person.csv").write_text(text)
    whole = delimited._Parser._table
    monkeypatch.setattr(delimited._Parser, "_table", lambda self: whole(self).slice(1))

    with pytest.raises(MiscountError, match="Person.csv: 4 rows stand in the file and 3 were read"):
        read_region(tmp_path)
