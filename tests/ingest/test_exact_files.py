"""What a file does not show is said, or refused: two rows of one number, dates under names that are not read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from barrier.errors import InputError
from barrier.ingest.reader import read_table
from barrier.ingest.region import read_region


def _with_sheet(path: Path, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = {n: packed.read(n) for n in packed.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert old in parts[name]
    with zipfile.ZipFile(path, "w") as packed:
        for part, content in {**parts, name: parts[name].replace(old, new)}.items():
            packed.writestr(part, content)


@pytest.mark.parametrize("row", [b'r="2"', b"spans='1:1' r='2'"])
def test_two_rows_of_one_number_in_a_sheet_are_refused(tmp_path: Path, row: bytes) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (["id"], ["b1"], ["b2"]):
        book.active.append(line)
    path = tmp_path / "Business.xlsx"
    book.save(path)
    assert read_table(path).table.num_rows == 2
    _with_sheet(path, b'<row r="3"', b"<row " + row)
    _with_sheet(path, b'r="A3"', b'r="A2"')

    with pytest.raises(InputError, match="1 of its rows have the number of another one"):
        read_table(path)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("vanaf,tot", "no column from and none until, and dates in columns 3 and 4"),
        ("from,tot", "no column until, and dates in column 4"),
    ],
)
def test_dates_of_a_residence_under_names_that_are_not_read_are_said(tmp_path: Path, header: str, told: str) -> None:
    (tmp_path / "Person.csv").write_text("id\np1\n")
    (tmp_path / "Address.csv").write_text("id\na1\n")
    text = f"source_id,target_id,{header},x\np1,a1,2020-01-01,2021-01-01,y\n"
    (tmp_path / "REGISTERED_AT.csv").write_text(text)

    notes = read_region(tmp_path).notes
    assert any(n.startswith(f"REGISTERED_AT.csv: {told}") for n in notes), notes
