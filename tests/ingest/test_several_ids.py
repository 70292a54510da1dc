"""Two ids in one cell are told with their lines; an id that is put together as all others are is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from barrier.ingest.reader import given_table
from barrier.ingest.several_ids import several_id_notes
from tests.ingest.mapped import mapped

HOUSES = """  - file: a.csv
    nodes:
      a: {label: Address, id: {prefix: a-, columns: [pc, nr]}}
"""


def _notes(*ids: str | None) -> list[str]:
    return several_id_notes(replace(given_table("f.csv", {"id": ids}), origin_lines=np.arange(len(ids)) + 2))


@pytest.mark.parametrize("text", ["b4;b5", "b4|b5", "b4, b5", "p3;1982", "p4,x"])
def test_two_ids_in_a_cell_are_told_with_the_line(text: str) -> None:
    told = "f.csv: 1 id with a semicolon, a bar or a comma between two words (line 4): kept as one id; where it is "

    assert _notes("b1", "b2", text) == [told + "several, give each a row of its own"]


@pytest.mark.parametrize("text", ["b4/b5", "b4-b5", "b4,", ";b4", "b4 b5", None])
def test_one_id_is_not_told(text: str | None) -> None:
    assert _notes("b1", "b2", text) == []


def test_where_most_ids_are_put_together_nothing_is_told() -> None:
    assert _notes("a|1", "a|2", "b3") == []


@pytest.mark.parametrize("number", ["1 en 3", "1 t/m 5", "1|2", "1+2", "1a & 1b", "1, 3, 5"])
def test_two_house_numbers_in_a_cell_of_a_mapping_are_told(tmp_path: Path, number: str) -> None:
    read = mapped(tmp_path, {"a.csv": f"pc;nr\n9999XX;1\n9999XX;{number}\n"}, HOUSES)

    told = "a.csv: nr: 1 row with more than one number in the cell: one key is made of it; where it is several, give "
    assert [n for n in read.notes if n.startswith("a.csv: nr")] == [told + "each a row (line 3)"]


@pytest.mark.parametrize("number", ["1-3", "1 bis", "1 A-2", "12/3", "2 hoog", "ten 3"])
def test_a_house_number_with_an_addition_is_one(tmp_path: Path, number: str) -> None:
    read = mapped(tmp_path, {"a.csv": f"pc;nr\n9999XX;1\n9999XX;{number}\n"}, HOUSES)

    assert [n for n in read.notes if "more than one number" in n] == []


def test_a_number_in_scientific_notation_is_one_id() -> None:
    assert _notes("b1", "b2", "1,23456782E+08") == []
