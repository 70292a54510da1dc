"""A row of persons or addresses that cannot be read cell by cell protects, also beside a good row of the same id."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest import ragged
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region, read_region

SECRET = "a-secret-88231"


def _read(region: Path, rows: str, header: str = "id,kind,protected") -> Region:
    (region / "Address.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    return read_region(region)


@pytest.mark.parametrize(
    "row",
    [
        f"{SECRET},dwelling,true,",
        f"{SECRET},dwelling,true,extra",
        f"{SECRET},x,dwelling,true",
        f",{SECRET},dwelling,true",
        f"{SECRET},true",
        f"{SECRET},dwelling",
        f"{SECRET}",
        f"{SECRET},dwelling,geheim,",
        f'"{SECRET}","dwelling","true",""',
        f"{SECRET},dwelling,false,true",
        f"{SECRET},dwelling,,",
    ],
)
@pytest.mark.parametrize("twin", ["", f"{SECRET},dwelling,\n", f"{SECRET},dwelling,false\n"])
def test_a_row_with_a_wrong_number_of_cells_protects(region: Path, row: str, twin: str) -> None:
    read = _read(region, f"{twin}{row}\na-2,dwelling,\n")

    assert read.tables.table("Address").column("id").to_pylist() == ["a-2"]
    assert SECRET in read.protected.places
    assert SECRET not in repr(read.counted())


@pytest.mark.parametrize(
    "row", [f"{SECRET},dwelling,false,nee", f"{SECRET},dwelling,0,no", f"{SECRET},dwelling,FALSE,Nee"]
)
def test_such_a_row_that_is_surely_a_no_protects_nothing(region: Path, row: str) -> None:
    assert _read(region, f"{row}\na-2,dwelling,\n").protected.ids == frozenset()


@pytest.mark.parametrize(
    "rows",
    [
        f'{SECRET},"dwelling,true\na-2,dwelling,\n',
        f'{SECRET},"dwelling,true\na-2,"dwelling,\na-3,,\n',
        f'a-1,"x,\n{SECRET},dwelling,true\na-3,y",\n',
        f'a-1,x,"\n{SECRET},dwelling,true\n"a-3,x,\n',
        f'a-1,"x,\n{SECRET},dwelling,true\na-3,y",,\n',
        f'a-1,"x,\r{SECRET},dwelling,true\ra-3,y",,\n',
    ],
)
def test_a_quote_that_is_not_closed_refuses_the_table(region: Path, rows: str) -> None:
    with pytest.raises(InputError, match=r"Address.csv: line 2: a quote that is not closed"):
        _read(region, rows)


def test_a_row_in_doubt_with_a_citizen_number_for_id_protects_the_person_it_is(region: Path) -> None:
    rows = "123456782,1980,true,\n123456782,1980,\np-2,1990,\n"
    (region / "Person.csv").write_text(f"id,birth_year,protected\n{rows}", encoding="utf-8")

    assert read_region(region).tables.table("Person").column("id").to_pylist() == ["p-2"]


def test_too_many_rows_in_doubt_refuse_the_table(region: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ragged, "MOST", 2)
    row = "a-1,dwelling,,\n"

    assert _read(region, row * 2).protected.places >= {"a-1"}
    with pytest.raises(InputError, match="3 rows have too many or too few cells"):
        _read(region, row * 3)


def test_a_line_break_within_quotes_is_no_open_quote(region: Path) -> None:
    read = _read(region, 'a-1,dwelling,"first\nsecond, third"\na-2,dwelling,\n', "id,kind,remark")

    assert read.tables.table("Address").column("id").to_pylist() == ["a-1", "a-2"]


MAPPING = """
format: 1
about: Addresses.
sources:
  - file: delivered.csv
    nodes:
      place: {label: Address, id: {prefix: a-, columns: [number]}, properties: {%s}}
"""


def _mapped(tmp_path: Path, text: str, properties: str = "") -> Region:
    (tmp_path / "delivered.csv").write_text(text, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING % properties, encoding="utf-8")
    return read_mapped(tmp_path, tmp_path / "mapping.yaml")


@pytest.mark.parametrize("header", ["Geheim", "indicatie geheim", "protected", "opvang"])
def test_a_mapping_that_leaves_secrecy_unread_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(InputError, match="may say what is secret") as refused:
        _mapped(tmp_path, f"number,{header}\n1,ja\n2,\n")
    assert "not_secret" in str(refused.value.hint)


def test_a_word_for_secret_that_a_mapping_does_not_translate_protects(tmp_path: Path) -> None:
    read = _mapped(tmp_path, "number,geheim\n1,J\n2,\n3,X\n", "protected: {column: geheim, values: {J: 'true'}}")

    assert read.tables.table("Address").column("id").to_pylist() == ["a-2"]


@pytest.mark.parametrize("rows", ["1,nee\n1,ja\n2,\n", "1,\n1,ja\n2,\n", "1,onbekend\n2,\n", "1,n.v.t.\n2,\n"])
def test_one_row_that_protects_is_enough_and_a_word_for_nothing_protects(tmp_path: Path, rows: str) -> None:
    read = _mapped(tmp_path, f"number,geheim\n{rows}", "protected: {column: geheim}")

    assert read.tables.table("Address").column("id").to_pylist() == ["a-2"]


def test_a_wrong_number_of_cells_refuses_a_file_that_is_mapped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="delivered.csv: line 3: expected 2 cells, found 3"):
        _mapped(tmp_path, "number,geheim\n1,J\n2,J,\n", "protected: {column: geheim}")
