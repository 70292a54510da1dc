"""Ids and house numbers that a spreadsheet made dates of: told in a region folder, set aside as parts of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.region import read_region
from tests.ingest.mapped import mapped, rejected, rows

LOOKS = (
    "looks like a date that a spreadsheet made of it (2-jan for 2-1); format the column as text, write what was meant"
)
HOUSES = """  - file: a.csv
    nodes:
      a: {label: Address, id: {prefix: a-, columns: [pc, nr]}}
"""


@pytest.mark.parametrize("text", ["2-jan", "1-feb", "jan-02", "3-Mrt", "1-okt-24", "02-01-2024", "2/1/2024"])
def test_a_house_number_that_looks_like_a_date_sets_its_row_aside(tmp_path: Path, text: str) -> None:
    read = mapped(tmp_path, {"a.csv": f"pc;nr\n1234AB;7\n1234AB;{text}\n1234AB;9\n"}, HOUSES)

    assert rejected(read) == [("a.csv", 3, "nr", LOOKS)]
    assert rows(read, "Address", "id") == [("a-1234ab-7",), ("a-1234ab-9",)]


@pytest.mark.parametrize("text", ["1-2", "2-hoog", "1E5", "12-A", "januari", "2-jansen", "jan", "mei-laan"])
def test_an_honest_house_number_is_one(tmp_path: Path, text: str) -> None:
    assert len(mapped(tmp_path, {"a.csv": f"pc;nr\n1234AB;7\n1234AB;{text}\n"}, HOUSES).rejected) == 0


def test_a_column_of_months_is_no_accident(tmp_path: Path) -> None:
    text = "pc;nr\nb1;jan-24\nb1;feb-24\nb1;mrt-24\n"

    assert len(mapped(tmp_path, {"a.csv": text}, HOUSES).rejected) == 0


def test_an_id_that_looks_like_a_date_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id\na1\na2\n2-jan\na-mei\n", encoding="utf-8")

    read = read_region(tmp_path)

    assert read.notes == (f"Address.csv: id: 1 row with an id that {LOOKS}: kept as it stands (line 4)",)
