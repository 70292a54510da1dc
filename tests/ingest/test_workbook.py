"""A spreadsheet tells what its text does not show: sheets, merged cells, errors, formulas, totals, long numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from barrier.errors import InputError
from barrier.ingest.mapping import read_mapped
from barrier.ingest.no_rows import TOTALS
from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import read_table
from barrier.ingest.region import read_region

HEADER = ["id", "name", "staff"]


def _book(tmp_path: Path, fill: Callable[[Worksheet], object], name: str = "t.xlsx", *more: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEADER)
    fill(sheet)
    for other in more:
        book.create_sheet(other).append(["id"])
    book.save(tmp_path / name)
    return tmp_path / name


def _rows(*rows: Sequence[object]) -> Callable[[Worksheet], object]:
    return lambda sheet: [sheet.append(list(row)) for row in rows]


def _told(raw: RawTable) -> set[tuple[int, str, str]]:
    return {(int(n), d.column, d.reason.split(";")[0]) for d in raw.doubts for n in raw.lines(d.rows)}


def test_cells_become_the_text_a_reader_sees(tmp_path: Path) -> None:
    cells: list[list[object]] = [
        ["101", 90.0, 0.1 + 0.2],
        [True, datetime(2024, 1, 1, 23, 59), 1e-7],
        [None, None, None],
        ["x", 1.234, -3.5],
    ]

    raw = read_table(_book(tmp_path, _rows(*cells)))

    assert [list(row.values()) for row in raw.table.to_pylist()] == [
        ["101", "90", "0.3"],
        ["true", "2024-01-01", "0.0000001"],
        ["x", "1.2340", "-3.5"],
    ]
    assert raw.lines(raw.rows_at(raw.ragged)).tolist() == []
    assert raw.origin_lines is not None
    assert raw.origin_lines.tolist() == [2, 3, 5]
    assert {c: rows.tolist() for c, rows in raw.numbers.items()} == {"name": [0, 2], "staff": [0, 1, 2]}


def test_a_column_that_stands_twice_is_refused_as_in_a_csv(tmp_path: Path) -> None:
    file = _book(tmp_path, lambda sheet: sheet.cell(1, 4, "Name ".strip().lower()))

    with pytest.raises(InputError, match='line 1: column 2 ."name". and column 4 ."name".: a name stands twice'):
        read_table(file)


def test_errors_and_formulas_without_outcome_are_doubted_cell_by_cell(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["b-1", "Een", 3])
        sheet.append(["b-2", "#N/A", "=1+1"])
        sheet.append(["=CONCATENATE(1,2)", "Drie", 3])
        for cell in ("B3",):
            sheet[cell].data_type = "e"

    raw = read_table(_book(tmp_path, fill))

    assert _told(raw) == {
        (3, "name", "a cell with an error"),
        (3, "staff", "a formula without its outcome"),
        (4, "id", "a formula without its outcome"),
    }


def test_a_row_of_formulas_without_outcome_is_a_row_also_after_the_last_value(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        _rows(["b-1", "Een", 3], [None, "=1+1", None], ["b-3", "Drie", 3], ["=1+1", None, None])(sheet)
        sheet.cell(2, 5, "=1+1")  # beyond the last column: nothing of the table

    raw = read_table(_book(tmp_path, fill))

    assert raw.rows_in() == 4
    reason = "a formula without its outcome"
    assert _told(raw) == {(3, "name", reason), (5, "id", reason)}


def test_merged_cells_are_doubted_below_their_first_row_unless_they_are_to_be_filled(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        _rows(["b-1", "Een", 3], ["b-2", None, None], ["b-3", "Drie", None])(sheet)
        sheet.merge_cells("B2:B3")
        sheet.merge_cells("B4:C4")

    file = _book(tmp_path, fill)
    merged = "part of merged cells, and only the first of them holds the value"

    assert _told(read_table(file)) == {(3, "name", merged), (4, "staff", merged)}
    filled = read_table(file, fill_merged=True)
    assert _told(filled) == {(4, "staff", merged)}
    assert filled.table.column("name").to_pylist() == ["Een", "Een", "Drie"]


def test_a_title_in_merged_cells_is_called_one_and_it_is_said_how_to_name_the_line_of_the_header(
    tmp_path: Path,
) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.insert_rows(1)
        sheet["A1"] = "Lijst van bedrijven"
        sheet.merge_cells("A1:C1")

    with pytest.raises(InputError, match="line 1: a title in merged cells stands in place of the header") as error:
        read_table(_book(tmp_path, fill))
    assert "a mapping can say on which line (header: 3)" in str(error.value.hint)


def test_a_merged_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: cells of the header are merged"):
        read_table(_book(tmp_path, lambda sheet: sheet.merge_cells("A1:A2")))


def test_numbers_of_more_than_15_digits_and_totals_are_doubted(tmp_path: Path) -> None:
    rows: list[list[object]] = [["b-1", 1234567890123456, 3], ["b-2", 123456789012345, 3], ["Totaal: 2", None, 6]]

    assert _told(read_table(_book(tmp_path, _rows(*rows)))) == {
        (2, "name", "a number of more than 15 digits: its last digits are not kept"),
        (4, "", TOTALS.split(";")[0]),
    }


def test_the_sheet_that_was_read_is_named_and_those_that_were_not(tmp_path: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.sheet_state = "hidden"

    hidden = _book(tmp_path, hide, "h.xlsx", "Data", "Fatima El Amrani")
    plain = _book(tmp_path, _rows(["b-1", "Een", 3]), "p.xlsx", "Blad2")

    assert read_table(hidden).notes == ("h.xlsx: sheet 2 (Data) was read; not read: sheet 1 (Sheet) (hidden), sheet 3",)
    assert read_table(plain).notes == ("p.xlsx: sheet 1 (Sheet) was read; not read: sheet 2 (Blad2)",)
    assert read_table(hidden, sheet="Sheet").notes[0] == "h.xlsx: sheet 1 (Sheet) was read, and is hidden"
    with pytest.raises(InputError, match="no sheet of the name asked for among 3"):
        read_table(hidden, sheet="Blad9")


def test_a_sheet_without_rows_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "e.xlsx")

    with pytest.raises(InputError, match="e.xlsx: sheet 1 .Sheet. is empty, expected a header row"):
        read_table(tmp_path / "e.xlsx")


def test_a_spreadsheet_is_a_table_of_a_region_like_any_other(region: Path) -> None:
    _book(region, _rows(["b-1", "Een", 3], ["b-2", "Twee", "=1+1"]), "Business.xlsx")

    read = read_region(region)

    assert read.tables.nodes["Business"].select(["id", "staff"]).to_pylist() == [{"id": "b-1", "staff": 3}]
    assert [(r["line"], r["column"], r["value_kind"]) for r in read.rejected.to_dict("records")] == [
        (3, "staff", "formula")
    ]
    assert [c.as_record() for c in read.row_counts] == [
        {"rows": 2, "used": 1, "set_aside": 1, "equal": 0, "left_out": 0}
    ]


def test_a_row_of_a_spreadsheet_that_is_set_aside_protects_by_what_can_be_read_of_it(region: Path) -> None:
    book = openpyxl.Workbook()
    rows = [["id", "kind", "protected"], ["a-1", "dwelling", None], ["a-2", "#REF!", "ja"], ["a-3", "x", "#N/A"]]
    for row in rows:
        book.active.append(row)
    book.save(region / "Address.xlsx")

    read = read_region(region)

    assert read.tables.table("Address").column("id").to_pylist() == ["a-1"]
    assert read.protected.places >= {"a-2", "a-3"}


def test_a_flag_in_merged_cells_protects_every_row_of_them(region: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["id", "kind", "protected"], ["a-1", "dwelling", "ja"], ["a-2", "dwelling"], ["a-3", "dwelling"]]:
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.active.merge_cells("C5:C9")
    book.save(region / "Address.xlsx")

    read = read_region(region)

    assert read.tables.table("Address").column("id").to_pylist() == ["a-3"]
    assert read.protected.places == {"a-1", "a-2"}
    assert [c.rows for c in read.row_counts] == [3]


FORMAT = """
format: 1
about: Residents.
region: {name: X, purpose: test}
sources:
  - file: t.xlsx
    merged: %s
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [id]}}
      a: {label: Address, id: {prefix: a-, columns: [name]}}
    links: [{type: REGISTERED_AT, source: p, target: a}]
"""


@pytest.mark.parametrize(("merged", "links"), [("null", 1), ("fill", 3)])
def test_a_mapping_says_whether_merged_cells_hold_for_all_their_rows(tmp_path: Path, merged: str, links: int) -> None:
    def fill(sheet: Worksheet) -> None:
        _rows(["1", "X1", 90], ["2", None, 90], ["3", None, 90], ["Totaal: 3", None, 270])(sheet)
        sheet.merge_cells("B2:B4")

    (tmp_path / "m.yaml").write_text(FORMAT % merged)

    read = read_mapped(_book(tmp_path, fill), tmp_path / "m.yaml")

    assert read.rows_loaded["REGISTERED_AT"] == links
    assert [c.as_record() for c in read.row_counts] == [
        {"rows": 4, "used": links, "set_aside": 4 - links, "equal": 0, "left_out": 0}
    ]


def test_comments_at_cells_are_told_and_not_repeated(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["b-1", "Een", 3])
        sheet["A2"].comment = Comment("GEHEIM ADRES", "x")

    raw = read_table(_book(tmp_path, fill))

    told = "there are comments at cells, and they are not read: where one says something, write it in a cell"
    assert raw.notes == (f"t.xlsx: {told}",)
    assert read_table(_book(tmp_path, _rows(["b-1", "Een", 3]))).notes == ()


@pytest.mark.parametrize("code", ['"KVK-"0', '0" bv"', '[Red]"b"0000'])
def test_an_id_that_its_cell_shows_with_words_around_it_is_set_aside(tmp_path: Path, code: str) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append([124, "Een", 3])
        sheet["A2"].number_format = code
        sheet["C2"].number_format = '0" fte"'

    raw = read_table(_book(tmp_path, fill))

    assert [d.rows.tolist() for d in raw.doubted_texts("id", key=True) if "words around it" in d.reason] == [[0]]
    assert raw.table.to_pylist() == [{"id": "124", "name": "Een", "staff": "3"}]
