"""What a row, a file or a header has wrong is told by its cause, on its line, with what to do."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from barrier.errors import InputError
from barrier.ingest.lists import read_list
from barrier.ingest.reader import read_table
from barrier.ingest.region import Region, read_region
from tests.helpers import run
from tests.ingest.mapped import mapped


def _read(region: Path, **files: str) -> Region:
    for name, text in files.items():
        (region / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_region(region)


def _rejected(read: Region) -> list[tuple[str, int, str]]:
    return [(r["file"], r["line"], r["reason"]) for r in read.rejected.to_dict("records")]


NONE = "there is no Address with this id"


@pytest.mark.parametrize(
    "addresses",
    ["id,area_m2\na-1,x\na-2,9\n", "id,area_m2\na-1,9,9\na-2,9\n", "id,area_m2\na-1\na-2,9\n"],
    ids=["cell", "too many cells", "too few"],
)
def test_links_that_fall_with_a_node_are_told_apart_from_what_is_wrong(region: Path, addresses: str) -> None:
    links = "source_id,target_id\np-1,a-1\np-2,a-1\np-2,a-2\np-2,a-3\n"
    read = _read(region, Person="id\np-1\np-2\n", Address=addresses, STAYS_AT=links)
    done = run("check", str(region))

    falls = f"{NONE}: its row was set aside, and this one falls with it"
    assert [r for r in _rejected(read) if r[0] == "STAYS_AT.csv"] == [
        ("STAYS_AT.csv", 2, falls),
        ("STAYS_AT.csv", 3, falls),
        ("STAYS_AT.csv", 5, f"{NONE}; deliver it too, or take this row out"),
    ]
    assert (read.rejects.rows(), read.rejects.following()) == (4, 2)
    assert done.exit_code == 2
    assert f"{region}: 2 rows are wrong, 2 rows fall with what they name, 4 good" in done.stderr


def test_an_import_says_how_many_rows_fall_with_others(region: Path, tmp_path: Path) -> None:
    _read(region, Person="id\np-1\n", Address="id,area_m2\na-1,x\n", STAYS_AT="source_id,target_id\np-1,a-1\n")

    imported = run("import", str(region), "--store", str(tmp_path / "s.barrier"))
    scanned = run("scan", str(region), "--out", str(tmp_path / "out"))

    assert imported.exit_code == 2
    assert "2 rows were set aside (1 row falls with what they name)" in imported.stderr
    assert "2 rows were set aside (1 row falls with what they name), see rejected.csv" in scanned.stderr


@pytest.mark.parametrize(("node", "end"), [("1.0", "1"), ("1", "1.0"), ("12.00", "12")])
def test_ids_that_a_program_kept_as_numbers_are_told(region: Path, node: str, end: str) -> None:
    read = _read(region, Person="id\np-1\n", Address=f"id\n{node}\n", STAYS_AT=f"source_id,target_id\np-1,{end}\n")

    assert [(f, n, r.partition(":")[0]) for f, n, r in _rejected(read)] == [
        ("STAYS_AT.csv", 2, f"{NONE}, but one without .0 behind it or with it")
    ]


def test_rows_that_all_end_with_a_separator_are_told_by_their_cause(region: Path) -> None:
    ends = "every row ends with a separator and the header does not; write one there too"

    read = _read(region, Business="id;name;sbi\nb-1;Een;1;\nb-2;Twee;2;\n")
    assert [r for *_, r in _rejected(read)] == [f"expected 3 cells, found 4: {ends}"] * 2
    read = _read(region, Business="id;name;sbi\nb-1;Een;1;\nb-2;Twee;2\n")
    assert [r for *_, r in _rejected(read)] == [
        "expected 3 cells, found 4; a value with the separator in it has to stand between quotes"
    ]


@pytest.mark.parametrize("blank", [";;", " ; ;", '"";"";""', ";", ";;;;", "\t"])
def test_rows_of_separators_are_empty_as_in_a_sheet(region: Path, blank: str) -> None:
    read = _read(
        region, Business=f"id;name;sbi\nb-1;Een;1\n{blank}\nb-2;Twee;x;y\n{blank}\nb-2;Twee;2\nb-2;;3\n{blank}\n"
    )

    assert [(n, r.split(";")[0]) for _, n, r in _rejected(read)] == [
        (4, "expected 3 cells, found 4"),
        (7, "id stands there already, as Business (Business.csv line 6)"),
    ]
    assert [c.as_record()["rows"] for c in read.row_counts] == [4]


@pytest.mark.parametrize("owner", ["Person", "Address"])
def test_blank_rows_among_protected_ones_shift_no_line(region: Path, owner: str) -> None:
    read = _read(region, **{owner: "id,protected\n,\nx-1,ja\n,\nx-2,\n,,,\nx-3,,true\n"})

    assert read.tables.nodes[owner].column("id").to_pylist() == ["x-2"]
    assert read.withheld == 2
    assert [n for _, n, _ in _rejected(read)] == [7]


def test_a_byte_of_zero_is_named_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"id,name\nb-1,Een bakker\nb-2,Tw\x00ee\n")
    with pytest.raises(InputError, match=r"t.csv: line 3: a byte that no text holds .NUL, 0x00."):
        read_table(tmp_path / "t.csv")
    for encoding in ("utf-32", "utf-16-le"):
        (tmp_path / "t.csv").write_bytes("id,name\nb-1,Een\n".encode(encoding))
        with pytest.raises(InputError, match=r"t.csv: line 1: expected UTF-8 text, found UTF-16"):
            read_table(tmp_path / "t.csv")


TITLED = "Overzicht bedrijven{0}\n\nid{1}name{1}sbi\nb-1{1}Een{1}1\nb-2{1}Twee{1}2\n"


@pytest.mark.parametrize(
    "text",
    [
        TITLED.format("", ";"),
        TITLED.format(";;", ";"),
        TITLED.format(",,", ","),
        "\n".join(("Lijst", "", "ID|Name", "1|x")),
    ],
    ids=["bare", "with separators", "comma", "case"],
)
def test_rows_above_a_header_are_told_with_the_line_that_looks_like_it(region: Path, text: str) -> None:
    with pytest.raises(InputError, match="line 3 looks like the header: take the rows above it out"):
        _read(region, Business=text)


def test_rows_above_a_header_are_told_in_lists_sheets_and_mappings(tmp_path: Path, region: Path) -> None:
    (tmp_path / "l.csv").write_text("Uitkomsten,\nid,outcome\na,breach\n")
    with pytest.raises(InputError, match="line 2 looks like the header"):
        read_list(tmp_path / "l.csv", ("id", "outcome"))
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["Overzicht", None, None], [], ["id", "name", "sbi"], ["b-1", "Een", "1"]):
        sheet.append(row)
    book.save(region / "Business.xlsx")
    with pytest.raises(InputError, match="line 3 looks like the header"):
        read_region(region)
    source = "  - file: k.csv\n    nodes: {b: {label: Business, id: {prefix: b-, columns: [kvk]}}}\n"
    with pytest.raises(InputError, match="column kvk is missing; .* line 2 looks like the header"):
        mapped(tmp_path, {"k.csv": "Uitvoer\nkvk;naam\n1;x\n"}, source)


def test_a_header_that_stands_nowhere_names_no_line(region: Path) -> None:
    with pytest.raises(InputError, match="expected the columns id; found") as refused:
        _read(region, Business="nr;name\n1;x\n")
    assert "looks like" not in str(refused.value)


@pytest.mark.parametrize("name", ["PERSON.CSV", "person.csv", "Person.CSV"])
def test_a_file_is_a_table_whatever_the_case_of_its_name(region: Path, name: str) -> None:
    (region / name).write_text("id\np-1\n")
    read = read_region(region)

    assert read.rows_loaded["Person"] == 1
    assert (f"{name}: is read as Person" in read.notes) == (name != "Person.CSV")


def test_a_table_that_stands_there_in_two_cases_is_refused(region: Path) -> None:
    (region / "Person.csv").write_text("id\np-1\n")
    (region / "PERSON.csv.gz").write_text("id\np-2\n")

    with pytest.raises(InputError, match="the table Person stands there twice"):
        read_region(region)


def test_rows_in_are_printed_where_a_mapping_uses_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("kvk;naam\n1;x\n1;\n2;y\n")
    (tmp_path / "m.yaml").write_text(
        "format: 1\nabout: x\nregion: {name: T, purpose: test}\nsources:\n"
        "  - file: k.csv\n    nodes: {b: {label: Business, id: {prefix: b-, columns: [kvk]}, "
        "properties: {name: {column: naam}}}}\n"
    )
    asked = (str(tmp_path / "k.csv"), "--mapping", str(tmp_path / "m.yaml"))

    checked = run("check", *asked)
    imported = run("import", *asked, "--store", str(tmp_path / "s.barrier"))

    assert checked.exit_code == imported.exit_code == 0
    assert "Note: rows of k.csv: 3 rows: 3 used" in checked.stderr
    assert "k.csv: 2 nodes and links, all good" in checked.stdout
    assert "Note: rows of k.csv: 3 rows: 3 used" in imported.stderr
    assert "2 nodes and links loaded" in imported.stdout


def test_rows_that_are_hidden_in_a_sheet_are_read_and_told(region: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["id", "name"], ["b-1", "Een"], ["b-2", "Twee"], ["b-3", "Drie"]):
        sheet.append(row)
    for number in (3, 4, 9):
        sheet.row_dimensions[number].hidden = True
    book.save(region / "Business.xlsx")

    read = read_region(region)

    assert read.rows_loaded["Business"] == 3
    told = "2 rows are hidden or filtered away in sheet 1 (Sheet), and read (lines 3, 4): take them out"
    assert f"Business.xlsx: {told} if they are not meant" in read.notes


def test_a_cell_over_several_lines_that_may_hold_rows_is_told_by_what_it_is(region: Path) -> None:
    read = _read(region, Business='id,name,sbi\nb-1,"Jan, Piet\nen, Co, bv",1\nb-2,"Jan, Piet en, Co",1\n')

    assert _rejected(read) == [
        (
            "Business.csv",
            2,
            "a cell over several lines with as many separators as a row, so that it may hold other rows; write it on "
            "one line, or close its quote on the line where it opens",
        )
    ]
