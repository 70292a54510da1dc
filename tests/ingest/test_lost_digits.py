"""Ids that a spreadsheet or an export may have changed: told with their lines, never taken for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.ingest.alike_ids import HOW
from barrier.ingest.lost_digits import lost_digit_notes
from barrier.ingest.reader import given_table
from barrier.ingest.region import Region, read_region


def _notes(*ids: str | None) -> list[str]:
    raw = replace(given_table("f.csv", {"id": ids}), origin_lines=np.arange(len(ids)) + 2)
    return lost_digit_notes(raw)


def _read(folder: Path, **files: str) -> Region:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_region(folder)


def test_a_sign_that_does_not_show_is_told() -> None:
    assert _notes("a", "b\u200b") == ["f.csv: 1 id holds a sign that does not show (line 3)"]


def test_digits_that_a_number_cell_lost_are_told() -> None:
    lost = "only zeros after their first 15 digits: as numbers in a spreadsheet they lost the others"

    assert _notes("0363010000758121", "363010000758124000", "363010000758125000") == []
    assert _notes("363010000758124000", "363010000758125000") == [f"f.csv: 2 ids have {lost} (lines 2, 3)"]
    assert _notes("3630100007581240", "3630100007581250") == []  # two zeros can be chance


def test_zeros_in_front_that_are_gone_are_told_where_all_others_have_one_width() -> None:
    less = "fewer digits than the 8 of the others: zeros in front may be lost"

    assert _notes("12345678", "7654321", "87654321") == [f"f.csv: 1 id has {less} (line 3)"]
    assert _notes("12345678", "07654321", "87654321") == []
    assert _notes(*(str(n) for n in range(95, 130))) == []  # a counter


def test_an_id_in_scientific_notation_is_set_aside(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        Business="id;name\n1,23E+11;x\n1.23E11;y\n1E+11;z\n1E5;counter\n12E3-4;code\n",
        Address="id\na1\n",
        ESTABLISHED_AT="source_id;target_id\n1E5;a1\n1,23E+11;a1\n",
    )

    reason = "a number in scientific notation, of which digits are lost; expected the id with all its digits"
    assert read.rejected[["file", "line", "column", "reason"]].to_numpy().tolist() == [
        ["Business.csv", 2, "id", reason],
        ["Business.csv", 3, "id", reason],
        ["Business.csv", 4, "id", reason],
        ["ESTABLISHED_AT.csv", 3, "source_id", reason],
    ]


def test_a_link_to_an_id_that_is_written_otherwise_says_so(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        Person="id\np-1\n",
        Address="id\n0363001\nabcd-2A\n",
        REGISTERED_AT="source_id,target_id\np-1,363001\nP-1,abcd-2A\np-1,abcd-2a\np-1,a-3\n",
    )

    near = f"but one that differs only in {HOW}"
    assert read.rejected[["line", "column", "reason"]].to_numpy().tolist() == [
        [2, "target_id", f"there is no Address with this id, {near}; write it alike in both files"],
        [3, "source_id", f"there is no Person with this id, {near}; write it alike in both files"],
        [4, "target_id", f"there is no Address with this id, {near}; write it alike in both files"],
        [5, "target_id", "there is no Address with this id; deliver it too, or take this row out"],
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=8))
def test_no_text_breaks_what_is_told_of_ids(texts: list[str]) -> None:
    assert isinstance(_notes(*texts), list)
