"""A CSV is read in the dialect it is written in; what is not sure is set aside or refused, with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from barrier.errors import InputError
from barrier.ingest.no_rows import TOTALS
from barrier.ingest.reader import RawTable, read_table
from barrier.ingest.region import Region, read_region
from tests.helpers import run

ROWS = [{"id": "b-1", "name": "Een"}, {"id": "b-2", "name": "Twee"}]


def _table(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> RawTable:
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(tmp_path / name)


def _told(raw: RawTable) -> list[tuple[list[int], str, str]]:
    return [(raw.lines(d.rows).tolist(), d.column, d.reason) for d in raw.doubts]


def _business(region: Path, text: str) -> Region:
    (region / "Business.csv").write_text(text, encoding="utf-8")
    return read_region(region)


def _rejected(read: Region) -> list[tuple[int, str, str]]:
    return [(r["line"], r["column"], r["reason"]) for r in read.rejected.to_dict("records")]


@pytest.mark.parametrize(
    "text",
    [
        "id;name\nb-1;Een\nb-2;Twee\n",
        "id\tname\nb-1\tEen\nb-2\tTwee\n",
        "id|name\nb-1|Een\nb-2|Twee\n",
        "sep=;\nid;name\nb-1;Een\nb-2;Twee\n",
        '"sep=;"\r\nid;name\r\nb-1;Een\r\nb-2;Twee\r\n',
        "\ufeffsep=^\nid^name\nb-1^Een\nb-2^Twee",
        "id,name\rb-1,Een\rb-2,Twee\r",
        "\n\nid,name\n\nb-1,Een\n\nb-2,Twee\n\n",
        '"id","name"\n"b-1","Een"\n"b-2","Twee"',
        "id,name,,\nb-1,Een,,\nb-2,Twee, ,\n",
        "id,,name\nb-1,,Een\nb-2,,Twee\n",
        " id , name \nb-1,Een\nb-2,Twee\n",
    ],
)
def test_every_dialect_gives_the_same_table(tmp_path: Path, text: str) -> None:
    raw = _table(tmp_path, text)

    assert raw.table.to_pylist() == ROWS
    assert raw.rows_in() == 2
    assert raw.doubts == ()


def test_the_separator_is_the_one_by_which_rows_have_as_many_cells_as_the_header(tmp_path: Path) -> None:
    raw = _table(tmp_path, "id;naam, voornaam, tussenvoegsel\nb-1;Een\nb-2;Twee\n")

    assert raw.table.column_names == ["id", "naam, voornaam, tussenvoegsel"]
    assert raw.table.num_rows == 2


def test_a_line_that_says_the_separator_shifts_no_line_number(tmp_path: Path) -> None:
    raw = _table(tmp_path, 'sep=;\nid;"na\nme"\nb-1;Een\nb-2\nb-3;"x\ny"\nb-4;1;2\n')

    assert raw.table.column("id").to_pylist() == ["b-1", "b-3"]
    assert raw.lines(np.arange(2)).tolist() == [4, 6]
    assert raw.record_lines(raw.ragged).tolist() == [5, 8]
    assert raw.table.column_names == ["id", "na me"]


def test_files_put_one_after_another_are_seen(tmp_path: Path) -> None:
    one = "\ufeffid,name\nb-1,Een\n"
    raw = _table(tmp_path, one + "\ufeffID,name\n".lower() + '"b-2",Twee\n')

    assert raw.table.column("id").to_pylist() == ["b-1", "id", "b-2"]
    assert _told(raw) == [([3], "", "the header stands here once more")]
    assert raw.notes == ("t.csv: line 3: a byte order mark within the file: several were put together",)


@pytest.mark.parametrize("again", ["ID,Name", " Id , NAME ", "ID,", "id,naMe"])
def test_a_second_header_in_another_case_is_set_aside(region: Path, again: str) -> None:
    read = _business(region, f"id,name\nb-1,Een\n{again}\nb-2,Twee\nID-3,Name\n")

    assert _rejected(read) == [(3, "", "the header stands here once more")]


@pytest.mark.parametrize(
    "line",
    [
        "Pagina 1 van 3",
        "(12 rows affected)",
        "12 rijen",
        "Einde rapport",
        "Bron: KVK 1-6-2024",
        "page 2",
        "Totaal generaal",
    ],
)
def test_a_line_below_a_table_is_no_row(region: Path, line: str) -> None:
    read = _business(region, f"id,name\nb-1,Een\n{line},\nPage 4,Vier\n12 rowans,\n")

    assert [r[:2] for r in _rejected(read)] == [(3, "")]


def test_a_second_header_is_set_aside_and_counted(region: Path) -> None:
    read = _business(region, "id,name\nb-1,Een\nid,name\nb-2,Twee\n")

    assert _rejected(read) == [(3, "", "the header stands here once more")]
    assert [c.as_record() for c in read.row_counts] == [
        {"rows": 3, "used": 2, "set_aside": 1, "equal": 0, "left_out": 0}
    ]


@pytest.mark.parametrize(
    "first", ["Totaal", "Totaal: 2", "TOTAAL AANTAL: 2", "Total", "Grand total", "subtotaal", "Som"]
)
def test_a_row_that_totals_others_is_set_aside(region: Path, first: str) -> None:
    read = _business(region, f"id,name,staff\nb-1,Een,3\n{first},,3\n")

    assert _rejected(read) == [(3, "", TOTALS)]


@pytest.mark.parametrize("name", ["Total", "Som", "Totaal 24", "Sum", "Subtotaal"])
@pytest.mark.parametrize("header", ["name,id,sbi", "Name;ID;SBI", "name,sbi,id"])
def test_a_business_that_is_called_like_a_total_and_has_an_id_is_a_row_and_told(
    region: Path, name: str, header: str
) -> None:
    sign = ";" if ";" in header else ","
    read = _business(region, "\n".join((header, *(sign.join(r) for r in ((name, "12", "4711"), ("Een", "13", "1"))))))

    assert _rejected(read) == []
    assert read.tables.nodes["Business"].column("name").to_pylist() == [name, "Een"]
    assert "Business.csv: 1 row seems to total others by the first cell, and has a key: kept (line 2)" in read.notes


@pytest.mark.parametrize("row", ["Totaal,,3", "Totaal,Totaal,3", "Totaal, ,", ",Som,7"])
def test_a_total_without_an_id_of_its_own_is_set_aside_with_how_to_keep_it(region: Path, row: str) -> None:
    read = _business(region, f"name,id,staff\nEen,b-1,3\n{row}\n")

    assert _rejected(read) == [(3, "", TOTALS)]
    assert "fill in its id" in TOTALS


@pytest.mark.parametrize("name", ["totaal-bouw", "total1a", "somers", "t-1"])
def test_an_id_that_begins_like_a_total_is_an_id(region: Path, name: str) -> None:
    assert _rejected(_business(region, f"id,name\n{name},Een\n")) == []


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#WAARDE!", "#DEEL/0!", "Err:502"])
def test_an_error_of_a_spreadsheet_in_a_cell_sets_its_row_aside(region: Path, cell: str) -> None:
    read = _business(region, f"id,name,staff\nb-1,{cell},3\nb-2,# 1 bar,3\n")

    assert [(line, column) for line, column, _ in _rejected(read)] == [(2, "name")]
    assert read.tables.nodes["Business"].column("id").to_pylist() == ["b-2"]


def test_an_error_in_a_column_that_is_not_read_sets_no_row_aside(region: Path) -> None:
    assert _rejected(_business(region, "id,name,look_up\nb-1,Een,#N/A\n")) == []


def test_a_value_beyond_the_last_name_is_a_cell_too_many(region: Path) -> None:
    read = _business(region, "id,name,,\nb-1,Een,,\nb-2,Twee, bv,\nb-3,Drie\nb-4,Vier,,\n")

    assert _rejected(read) == [
        (3, "", "expected 2 cells, found a value in a column without a name"),
        (4, "", "expected 4 cells, found 2; write as many as there are names in the header, empty ones too"),
    ]
    assert read.tables.nodes["Business"].column("id").to_pylist() == ["b-1", "b-4"]


def test_a_secret_in_a_row_shifted_beyond_the_last_name_protects(region: Path) -> None:
    (region / "Address.csv").write_text("id,kind,protected,\na-1,dwelling,,\na-2,dwelling, x,true\na-2,dwelling,,\n")

    read = read_region(region)

    assert "a-2" in read.protected.places
    assert read.tables.table("Address").column("id").to_pylist() == ["a-1"]


@pytest.mark.parametrize(
    ("rows", "line", "column"),
    [
        ('b1,"De Hoek uitzend,78201\nb2,Twee,4711\nb3,Drie,4711\nb4,Vier "x",4711\nb5,Vijf,4711\n', 2, 2),
        ('b1,"De Hoek uitzend,78201\nb2,Twee,4711\nb5,"Vijf bv",4711\nb6,Zes,1\n', 2, 2),
        ('b1,Een,1\nb2,"Twee,1\nb3,"Drie,1\n', 3, 2),
        ('b1,Een,1\nb2,Twee,"1\n', 3, 3),
        ('b1,Een,1\r\nb2,Twee,"1\r\nb3,x,1\r\n', 3, 3),
        ('"b1,Een,1\rb2,Twee,1\r', 2, 1),
    ],
    ids=["case 03", "case 03, second", "two", "last", "CRLF", "CR"],
)
def test_an_open_quote_is_named_in_every_table(region: Path, rows: str, line: int, column: int) -> None:
    end = "\r\n" if "\r\n" in rows else "\r" if "\r" in rows else "\n"

    with pytest.raises(
        InputError, match=f"Business.csv: line {line}: a quote .* takes other rows in .column {column}."
    ):
        _write_bytes(region, f"id,name,sbi{end}{rows}")


def _write_bytes(region: Path, text: str) -> Region:
    (region / "Business.csv").write_bytes(text.encode())
    return read_region(region)


def test_a_quote_within_a_cell_without_quotes_is_a_letter(region: Path) -> None:
    read = _business(region, 'id,name,sbi\nb-1,Bar 7",4711\nb-2,De "Hoek,4711\nb-3,"Twee\nregels",x\nb-4,Vier,4711,\n')

    assert read.tables.nodes["Business"].column("name").to_pylist() == ['Bar 7"', 'De "Hoek', "Twee\nregels"]
    assert _rejected(read) == [
        (6, "", "expected 3 cells, found 4; a value with the separator in it has to stand between quotes")
    ]


def test_a_quote_that_closes_within_its_cell_sets_the_row_aside(region: Path) -> None:
    read = _business(region, 'id,name,sbi\nb-1,"De Hoek" bv,4711\nb-2,"De ""Hoek"" bv",4711\nb-3,x 1",4711\n')

    assert [(line, column) for line, column, _ in _rejected(read)] == [(2, "")]
    assert read.tables.nodes["Business"].column("name").to_pylist() == ['De "Hoek" bv', 'x 1"']


def test_a_closed_cell_that_may_hold_other_rows_is_set_aside(region: Path) -> None:
    read = _business(region, 'id,name,sbi\nb-1,"Een,1\nb-2,Twee,1\nb-3,Drie",1\nb-4,Vier,1\n')

    assert read.tables.nodes["Business"].column("id").to_pylist() == ["b-4"]
    assert [(line, column) for line, column, _ in _rejected(read)] == [(2, "")]


@pytest.mark.parametrize("data", [b"id,name\nb-1,Caf\xe9\n", b"id,name\nb-1\nb-\xe92\n"], ids=["cell", "short row"])
def test_another_encoding_is_refused_with_line_and_byte_and_nothing_else_is_printed(region: Path, data: bytes) -> None:
    (region / "Business.csv").write_bytes(data)

    done = run("check", str(region))

    assert done.exit_code == 2
    assert f"Business.csv: line {2 if b'Caf' in data else 3}: expected UTF-8, found the byte 0xe9" in done.stderr


def test_a_byte_of_another_encoding_far_in_a_file_is_named_by_its_line(tmp_path: Path) -> None:
    filler = "é" + "x" * 98 + "\n"
    data = ("id\n" + filler * 100_000).encode() + b"caf\xe9\n"

    with pytest.raises(InputError, match="line 100,002: expected UTF-8, found the byte 0xe9"):
        _table(tmp_path, data)


def test_a_header_without_any_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: no column has a name"):
        _table(tmp_path, ",,\n1,2,3\n")


def test_a_column_that_stands_twice_is_named_by_its_places(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="line 2: column 1 .* and column 3 .*: a name stands twice, expected every column once"
    ):
        _table(tmp_path, "sep=;\nid;name;id\n1;2;3\n")


def test_lines_are_right_where_odd_quotes_are_letters_and_no_cell_is_quoted(tmp_path: Path) -> None:
    raw = _table(tmp_path, 'id,name\nb-1,a"b\nb-2\nb-3,Drie\n')

    assert raw.lines(np.arange(2)).tolist() == [2, 4]
    assert raw.record_lines(raw.ragged).tolist() == [3]


def test_a_quote_after_a_blank_opens_a_cell_that_is_closed(tmp_path: Path) -> None:
    raw = _table(tmp_path, 'id, name\n"b1", "x"\n"b2",  "d, ""e"""\n"b3","f"\n "b4", g "h" \n')

    assert raw.table.column("id").to_pylist() == ["b1", "b2", "b3", "b4"]
    assert raw.table.column("name").to_pylist() == ["x", 'd, "e"', "f", ' g "h" ']
    assert raw.doubts == ()


def test_a_quote_after_a_blank_that_is_never_closed_is_set_aside(tmp_path: Path) -> None:
    raw = _table(tmp_path, 'id, name\n"b1", "x"\n"b2", "d\n"b3","e"\n')

    assert _told(raw) == [([3], "name", "a quote opens after a blank and is not closed; close it, or take it out")]
