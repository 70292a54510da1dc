"""Cells that a file keeps as a date, a time, a boolean or a number: never an id, a key or a text by accident."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.errors import InputError
from barrier.ingest.lists import read_list
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region, read_region

MADE = "the spreadsheet made a {} of it; format the column as text and write what was meant"
DATE, TIME, FLAG = MADE.format("date"), MADE.format("time"), MADE.format("yes or no")
FRACTION = "a number that is not whole, of which zeros may be lost; expected the id as text"


def _book(file: Path, *rows: Sequence[object]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(file)


def _lines(file: Path, *objects: dict[str, object]) -> None:
    file.write_text("".join(json.dumps(o) + "\n" for o in objects), encoding="utf-8")


def _told(read: Region) -> list[tuple[object, ...]]:
    return [tuple(r) for r in read.rejected[["line", "column", "value_kind", "reason"]].to_numpy().tolist()]


def _ids(read: Region, label: str) -> list[str]:
    ids: list[str] = read.tables.table(label).column("id").to_pylist()
    return ids


def _mapped(folder: Path, file: str, nodes: str, links: str = "[]") -> Region:
    source = f"  - file: {file}\n    nodes: {nodes}\n    links: {links}\n"
    mapping = folder / "map.yaml"
    mapping.write_text(f"format: 1\nabout: x\nregion: {{name: T, purpose: test}}\nsources:\n{source}")
    return read_mapped(folder, mapping, key_file=folder / "key")


def test_what_a_spreadsheet_made_a_date_of_is_no_id_and_no_name(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "name", "sbi"],
        ["b1", "Een", "78201"],
        [date(2026, 3, 1), "Twee", "78201"],
        ["b3", datetime(2001, 3, 1), "78201"],
        ["b4", "Vier", time(1, 2)],
        [True, "Vijf", "78201"],
        [12.5, "Zes", "78201"],
        [7, "Zeven", 78201],
    ]
    _book(tmp_path / "Business.xlsx", *rows)

    read = read_region(tmp_path)

    assert _ids(read, "Business") == ["b1", "7"]
    assert _told(read) == [
        (3, "id", "date", DATE),
        (4, "name", "date", DATE),
        (5, "sbi", "time", TIME),
        (6, "id", "boolean", FLAG),
        (7, "id", "number", FRACTION),
    ]


def test_a_date_of_a_spreadsheet_stays_one_where_dates_are_expected(tmp_path: Path) -> None:
    _book(tmp_path / "Business.xlsx", ["id", "started"], ["b1", date(2024, 6, 1)], ["b2", "2024-06-02"])

    read = read_region(tmp_path)

    assert read.tables.table("Business").column("started").to_pylist() == ["2024-06-01", "2024-06-02"]
    assert _told(read) == []


def test_ends_and_words_of_links_are_never_dates(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id\np1\n2026-02-01\n")
    (tmp_path / "Address.csv").write_text("id\na1\n2026-02-01\n")
    header = ["source_id", "target_id", "from", "source", "function"]
    rows: list[list[object]] = [
        ["p1", "a1", date(2020, 1, 1), "BRP", "residence"],
        [date(2026, 2, 1), "a1", "2020-01-01", "BRP", "residence"],
        ["p1", date(2026, 2, 1), "2020-01-01", "BRP", "residence"],
        ["p1", "a1", "2020-01-01", date(2026, 2, 1), "residence"],
    ]
    _book(tmp_path / "REGISTERED_AT.xlsx", header, *rows)

    read = read_region(tmp_path)

    assert read.rows_loaded["REGISTERED_AT"] == 1
    assert _told(read) == [
        (3, "source_id", "date", DATE),
        (4, "target_id", "date", DATE),
        (5, "source", "date", DATE),
    ]


ADDRESSES = """
      a:
        label: Address
        id: {prefix: a-, columns: [pc, {column: nr, required: false}]}
        properties: {kind: {column: soort}, area_m2: {column: m2}}
"""
HOUSES: list[list[object]] = [
    ["pc", "nr", "soort", "m2"],
    ["9999ZZ", datetime(2026, 2, 1), "dwelling", 10],
    ["9999ZZ", 12, "dwelling", 20],
    ["9999ZZ", True, "dwelling", 30],
    ["9999ZZ", 12.5, "dwelling", 40],
    ["9999ZZ", "1-2", "dwelling", 50],
    ["9999ZZ", time(12, 30), "dwelling", 60],
    ["9999ZZ", 14, date(2026, 2, 1), 70],
    ["9999ZZ", 15, "dwelling", date(2026, 2, 1)],
]


def test_a_date_is_no_part_of_a_key_of_a_mapping_and_no_property(tmp_path: Path) -> None:
    _book(tmp_path / "k.xlsx", *HOUSES)

    read = _mapped(tmp_path, "k.xlsx", ADDRESSES)

    assert _ids(read, "Address") == ["a-9999zz-12", "a-9999zz-1-2"]
    assert _told(read) == [
        (2, "nr", "date", DATE),
        (4, "nr", "boolean", FLAG),
        (5, "nr", "number", FRACTION),
        (7, "nr", "time", TIME),
        (8, "soort", "date", DATE),
        (9, "m2", "date", DATE),
    ]


def test_merged_cells_that_are_filled_are_a_date_in_all_their_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [["pc", "nr"], ["9999ZZ", date(2026, 2, 1)], ["9999YY", None], ["9999XX", "3"]]:
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.save(tmp_path / "k.xlsx")

    read = _mapped(tmp_path, "k.xlsx\n    merged: fill", "{a: {label: Address, id: {prefix: a-, columns: [pc, nr]}}}")

    assert _ids(read, "Address") == ["a-9999xx-3"]
    assert _told(read) == [(2, "nr", "date", DATE), (3, "nr", "date", DATE)]


def test_a_key_that_says_that_a_part_is_a_date_takes_dates_and_nothing_else_that_is_no_text(tmp_path: Path) -> None:
    _book(tmp_path / "i.xlsx", ["nr", "dag"], ["1", date(2026, 2, 1)], ["1", date(2026, 2, 2)], ["1", time(1, 2)])
    node = "{i: {label: Inspection, id: {prefix: i-, columns: [nr, {column: dag, date: true}]}}}"

    read = _mapped(tmp_path, "i.xlsx", node)

    assert _ids(read, "Inspection") == ["i-1-2026-02-01", "i-1-2026-02-02"]
    assert _told(read) == [(4, "dag", "time", TIME)]


def test_a_boolean_that_a_mapping_translates_is_understood(tmp_path: Path) -> None:
    _book(tmp_path / "k.xlsx", ["nr", "woning"], ["1", True], ["2", False], ["3", date(2026, 2, 1)])
    kind = "kind: {column: woning, values: {'true': dwelling, 'false': commercial}}"

    read = _mapped(
        tmp_path, "k.xlsx", f"{{a: {{label: Address, id: {{prefix: a-, columns: [nr]}}, properties: {{{kind}}}}}}}"
    )

    assert read.tables.table("Address").select(["id", "kind"]).to_pylist() == [
        {"id": "a-1", "kind": "dwelling"},
        {"id": "a-2", "kind": "commercial"},
    ]
    assert _told(read) == [(4, "woning", "date", DATE)]


def test_true_a_list_and_a_float_of_json_lines_are_no_id_and_no_text(tmp_path: Path) -> None:
    ids: list[object] = ["b1", True, ["b3", "b4"], 1.0, 17, ["b7"]]
    objects: list[dict[str, object]] = [{"id": i, "name": "x"} for i in ids]
    _lines(tmp_path / "Business.jsonl", *objects, {"id": "b8", "name": False}, {"id": "b9", "name": ["Een", "Twee"]})

    read = read_region(tmp_path)

    assert _ids(read, "Business") == ["b1", "17", "b7", "b9"]
    unquoted = "true or false without quotes is no text; expected the value as text, in quotes"
    assert _told(read) == [
        (2, "id", "boolean", unquoted),
        (3, "id", "list", "a list of several values; expected one id"),
        (4, "id", "number", FRACTION),
        (7, "name", "boolean", unquoted),
    ]


def test_an_object_that_is_set_aside_says_nothing_of_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "Business.jsonl").write_text('{"id": true, "id": 2}\n{"id": "b2", "staff": 3}\n')

    read = read_region(tmp_path)

    assert _ids(read, "Business") == ["b2"]
    assert [line for line, *_ in _told(read)] == [1]


def test_columns_of_a_parquet_file_that_are_no_text_make_no_key(tmp_path: Path) -> None:
    days, flags = pa.array([date(2026, 2, 1), None]), pa.array([None, True])
    pq.write_table(pa.table({"nr": ["1", "2"], "dag": days, "vlag": flags}), tmp_path / "k.parquet")
    parts = "[nr, {column: dag, required: false}, {column: vlag, required: false}]"

    read = _mapped(tmp_path, "k.parquet", f"{{a: {{label: Address, id: {{prefix: a-, columns: {parts}}}}}}}")

    assert _ids(read, "Address") == []
    assert _told(read) == [
        (2, "dag", "date", "a column that is kept as a date is no text; expected the values as text"),
        (3, "vlag", "boolean", "a column that is kept as a boolean is no text; expected the values as text"),
    ]


@pytest.mark.parametrize("id", [date(2026, 2, 1), True, 12.5, "#REF!"])
def test_what_protects_and_cannot_be_read_refuses_the_file(tmp_path: Path, id: object) -> None:
    rows: list[list[object]] = [["id", "protected"], ["a1", "nee"], [id, "ja"]]
    _book(tmp_path / "Address.xlsx", *rows)

    with pytest.raises(InputError, match=r"Address\.xlsx: line 3: protected, and the id of it cannot be read"):
        read_region(tmp_path)

    _book(tmp_path / "k.xlsx", *rows)
    node = "{label: Address, id: {prefix: a-, columns: [id]}, properties: {protected: {column: protected}}}"
    with pytest.raises(InputError, match=r"k\.xlsx: line 3: protected, and the key of it cannot be read"):
        _mapped(tmp_path, "k.xlsx", f"{{a: {node}}}")


def test_a_row_that_protects_nothing_is_set_aside_with_its_date(tmp_path: Path) -> None:
    _book(tmp_path / "Address.xlsx", ["id", "protected"], ["a1", "nee"], [date(2026, 2, 1), "nee"])

    assert _told(read_region(tmp_path)) == [(3, "id", "date", DATE)]


def test_a_list_of_ids_and_days_keeps_its_dates_and_no_id_that_is_one(tmp_path: Path) -> None:
    _book(tmp_path / "e.xlsx", ["date", "place"], [date(2026, 2, 1), "a1"], ["2026-02-01", date(2026, 2, 1)])

    rows = read_list(tmp_path / "e.xlsx", ("date", "place"))

    assert rows.kept().tolist() == [True, False]
    assert rows.told()[0] == f"e.xlsx: line 3: place: {DATE} (found date)"


def _formatted(file: Path, cells: Sequence[tuple[object, str]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id"])
    for row, (value, number_format) in enumerate(cells, start=2):
        book.active.cell(row, 1, value).number_format = number_format
    book.save(file)


def test_a_number_is_an_id_with_the_zeros_that_its_cell_shows(tmp_path: Path) -> None:
    cells = [
        (123, "00000000"),
        (45, "00000000"),
        (45, "0000"),
        (6, "[Red]000;-000"),
        (7, "0"),
        (8, "0.00"),
        (90123, "0000"),
        ("9", "0000"),
        (None, "0000"),
        (11, "General"),
    ]
    _formatted(tmp_path / "Business.xlsx", cells)

    read = read_region(tmp_path)

    assert _ids(read, "Business") == ["00000123", "00000045", "0045", "006", "7", "8", "90123", "9", "11"]
    assert not len(read.rejected)


def test_shown_zeros_stay_a_number_where_one_is_expected(tmp_path: Path) -> None:
    _formatted(tmp_path / "k.xlsx", [(90, "0000"), (12.5, "0000")])
    node = "{label: Address, id: {prefix: a-, columns: [nr]}, properties: {area_m2: {column: id}}}"
    book = openpyxl.load_workbook(tmp_path / "k.xlsx")
    assert book.active is not None
    for row, text in enumerate(["nr", "h1", "h2"], start=1):
        book.active.cell(row, 2, text)
    book.save(tmp_path / "k.xlsx")

    read = _mapped(tmp_path, "k.xlsx", f"{{a: {node}}}")

    assert read.tables.table("Address").column("area_m2").to_pylist() == [90.0, 12.5]


def test_a_format_of_very_many_zeros_is_no_width(tmp_path: Path) -> None:
    _formatted(tmp_path / "Business.xlsx", [(5, "0" * 41), (6, "0" * 40)])

    assert _ids(read_region(tmp_path), "Business") == ["5", "6".zfill(40)]


@pytest.mark.parametrize(
    "shown",
    [
        "0000 0000",
        '"KVK "00000000',
        "00000000_ ",
        r"00\-000000",
        "000-000-00",
        "0000000?",
        '00000000" "',
        "[<=99]00;00000000",
        "0,000",
    ],
)
def test_zeros_that_a_cell_shows_in_a_way_that_is_not_read_make_no_id(tmp_path: Path, shown: str) -> None:
    _formatted(tmp_path / "Business.xlsx", [(123, shown), (12345678, shown), ("00000123", shown), (7, "#,##0")])

    read = read_region(tmp_path)

    assert _ids(read, "Business") == ["12345678", "00000123", "7"]
    assert [(line, column, kind) for line, column, kind, _ in _told(read)] == [(2, "id", "padded number")]


@pytest.mark.parametrize(("more", "made"), [("hash: true", 1), ("width: 8", 2), ("hash: true, width: 8", 2)])
def test_such_zeros_make_no_key_of_a_mapping_that_has_no_width(tmp_path: Path, more: str, made: int) -> None:
    _formatted(tmp_path / "k.xlsx", [(123, "0000 0000"), (12345678, "0000 0000")])
    read = _mapped(tmp_path, "k.xlsx", f"{{b: {{label: Business, id: {{prefix: b-, columns: [id], {more}}}}}}}")

    assert len(_ids(read, "Business")) == made


def test_such_zeros_are_a_number_where_one_is_expected(tmp_path: Path) -> None:
    _formatted(tmp_path / "k.xlsx", [(90, "0000 0000")])
    book = openpyxl.load_workbook(tmp_path / "k.xlsx")
    assert book.active is not None
    book.active["B1"], book.active["B2"] = "nr", "h1"
    book.save(tmp_path / "k.xlsx")
    node = "{label: Address, id: {prefix: a-, columns: [nr]}, properties: {area_m2: {column: id}}}"

    read = _mapped(tmp_path, "k.xlsx", f"{{a: {node}}}")

    assert read.tables.table("Address").column("area_m2").to_pylist() == [90.0]
