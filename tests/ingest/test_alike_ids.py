"""Ids that are one but for how they are written: kept apart and told with lines, and of what is withheld nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.ingest.alike_ids import HOW, alike_ids, alike_notes, spellings
from barrier.ingest.lookalikes import look_alike
from barrier.ingest.reader import given_table
from barrier.ingest.region import Region, read_region
from tests.ingest.mapped import mapped, rows

ALIKE = f"ids differ from another one only in {HOW}"
APART = "kept apart; where they are one, write it alike in all rows"
MAPPED = "kept apart; where they are one, give the key a width or a normal_form in the mapping"
LONG = "123456782"
KEYS = """
  - file: [a.csv, b.csv]
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [k]MORE}, properties: {protected: {column: geheim}}}
"""


def _notes(*ids: str | None) -> list[str]:
    raw = replace(given_table("f.csv", {"id": ids}), origin_lines=np.arange(len(ids)) + 2)
    found = alike_ids(raw, "Person")
    return alike_notes([found] if found else [], {"Person": raw.table})


def _told(read: Region) -> list[str]:
    return [n for n in read.notes if ALIKE in n]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ab-1", "AB-1"),
        ("AB-1", "Ab-1"),
        ("ab 1", "ab1"),
        ("ab 1", "ab\u00a01"),
        ("caf\u00e9", "cafe\u0301"),
        ("ab1", "ab\u200b1"),
        ("00123", "123"),
        ("12", "\uff11\uff12"),
        ("a-01-2", "a-1-2"),
        (LONG, "123456782.0"),
        (LONG, "123 456 782"),
        (LONG, "12345.6782"),
        (LONG, "BSN123456782"),
        (LONG, "bsn-nr. 123456782"),
        (LONG, "0123456782"),
        ("123.456.782", "1234.56.782"),
        ("12345678", "1234.56.78"),
        ("12345678", "KVK-nummer: 12345678"),
        ("01234567", "1234567"),
        ("0363010000000001", "363010000000001"),
        ("Z-2024-0001", "z/2024/0001"),
        ("2024-0001", "20240001"),
        ("9999ZZ 1 A", "9999ZZ 1a"),
    ],
)
def test_ids_that_differ_in_spelling_are_told_with_their_lines(first: str, second: str) -> None:
    assert _notes("x", first, "y", second) == [f"f.csv: 2 {ALIKE}, such as lines 3 and 5: {APART}"]


@pytest.mark.parametrize(
    "ids",
    [
        ["a-1", "a-2"],
        ["A-1", "B-1"],
        ["01", "02", "10"],
        ["1", "2", "10"],
        ["x", None, "x"],
        ["1-12", "11-2", "112"],
        ["9999zz-12-3", "9999zz-123"],
        ["2024-1-1123", "2024-11-123"],
        ["123.456.781", "1234.56.781"],
        ["kvk-12345678", "lei-12345678"],
        ["p-1", "p-10", "p-100"],
        ["1.5", "15"],
    ],
)
def test_ids_that_are_others_are_not_told(ids: list[str | None]) -> None:
    assert _notes(*ids) == []


def test_spellings_of_a_number_of_a_person_are_told_of_hashed_ids_too(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,protected\n123456782,\n123456782.0,\n555,\n777,ja\n777.0,\nBSN 777,\n")

    read = read_region(tmp_path)

    assert read.rows_loaded["Person"] == 3
    assert _told(read) == [f"Person.csv: 2 {ALIKE}, such as lines 2 and 3: {APART}"]


def test_what_is_withheld_is_not_counted_and_no_line_of_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,protected\np7,ja\nP7,\np8,\nP8,\n")
    (tmp_path / "Address.csv").write_text("id,kind,area_m2\na1,dwelling,x\nA1,dwelling,1\n")  # one is set aside

    read = read_region(tmp_path)

    assert read.rows_loaded["Person"] == 2
    assert _told(read) == [f"Person.csv: 2 {ALIKE}, such as lines 4 and 5: {APART}"]


@pytest.mark.parametrize("more", ["", ", hash: true"])
def test_keys_of_a_mapping_are_told_with_file_and_line_hashed_or_not(tmp_path: Path, more: str) -> None:
    files = {"a.csv": "k,geheim\n555,\n123456782,\n", "b.csv": "k,geheim\nBSN123456782,\n777,ja\n777.0,\n"}

    read = mapped(tmp_path, files, KEYS.replace("MORE", more))

    assert (read.rows_loaded["Person"], read.withheld > 0) == (3, True)
    told = f"a.csv and 1 more (Person): 2 {ALIKE}, such as a.csv line 3 and b.csv line 2: {MAPPED}"
    assert _told(read) == [told]


def test_keys_under_two_prefixes_are_others(tmp_path: Path) -> None:
    nodes = (
        "{b: {label: Business, id: {prefix: kvk-, columns: [k]}}, c: {label: Business, id: {prefix: k-, columns: [l]}}}"
    )

    read = mapped(tmp_path, {"a.csv": "k,l\n0123,123\n5,0123\n"}, f"  - file: a.csv\n    nodes: {nodes}\n")

    assert rows(read, "Business", "id") == [("kvk-0123",), ("kvk-5",), ("k-123",), ("k-0123",)]
    assert _told(read) == [f"a.csv (Business): 2 {ALIKE}, such as lines 2 and 3: {MAPPED}"]


@pytest.mark.parametrize("spelling", ["BSN123456782", "bsn nr 123456782", "123.456.782", "123456782,0", "000123456782"])
def test_a_protected_number_in_another_spelling_is_withheld_with_it(tmp_path: Path, spelling: str) -> None:
    (tmp_path / "Person.csv").write_text(f'id,protected\n123456782,ja\n"{spelling}",\n123456783,\n')

    read = read_region(tmp_path)

    assert read.rows_loaded["Person"] == 1


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=8))
def test_no_text_breaks_what_is_told_of_ids(texts: list[str]) -> None:
    assert isinstance(_notes(*texts), list)


@settings(deadline=None)
@given(st.lists(st.text("aB0123-. \u00e9", max_size=7), min_size=2, max_size=2))
def test_what_is_told_as_one_is_withheld_as_one(texts: list[str]) -> None:
    ids = pa.chunked_array([pa.array(texts)])
    form = spellings(ids).to_pylist()

    if form[0] == form[1] != "":
        assert look_alike(ids[:1], ids[1:]).to_pylist() == [True]
        assert texts[0].strip() == texts[1].strip() or len(_notes(*texts)) == 1
