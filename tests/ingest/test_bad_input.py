"""Wrong files and wrong rows: set aside or refused with where, what, expected against found, and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from barrier.errors import InputError
from barrier.ingest.region import Region, read_region
from tests.helpers import Results, run

PERSONS = "id,birth_year\np-1,1980\np-2,1990\n"
THERE, ONE_EACH = "id stands there already", "deliver one row for each, under an id of its own"
ADDRESSES = "id,municipality,kind,area_m2\na-1,GM9001,dwelling,80\na-2,GM9001,dwelling,90\n"


def _write(region: Path, **tables: str | bytes) -> Path:
    for name, text in tables.items():
        (region / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return region


def _rejected(read: Region) -> list[tuple[str, int, str, str]]:
    return [(r["file"], r["line"], r["column"], r["reason"]) for r in read.rejected.to_dict("records")]


def test_a_missing_region_is_refused_with_what_to_do(tmp_path: Path) -> None:
    done = run("scan", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))

    assert done.exit_code == 2
    assert "no such region folder" in done.stderr
    assert "Hint: name the folder that holds Person.csv" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "\n\n", " \n"], ids=["nothing", "blank lines", "a space"])
def test_an_empty_file_is_refused(region: Path, content: str) -> None:
    with pytest.raises(InputError, match="Person.csv: empty file, expected a header line"):
        read_region(_write(region, Person=content))


def test_a_file_with_a_header_only_is_an_empty_table(region: Path) -> None:
    read = read_region(_write(region, Person="id,birth_year\n", Address=ADDRESSES))

    assert read.rows_read == {"Person": 0, "Address": 2}
    assert len(read.rejected) == 0


def test_a_wrong_header_says_what_was_expected_and_found(region: Path) -> None:
    with pytest.raises(InputError, match="Person.csv: line 1: expected the columns id; found nummer, birth_year"):
        read_region(_write(region, Person="nummer,birth_year\n1,1980\n"))


def test_all_wrong_files_are_named_at_once(region: Path) -> None:
    with pytest.raises(InputError) as error:
        read_region(_write(region, Person="", Address="nr\n1\n", OWNS="a,b\n"))

    assert [p.split(":")[0] for p in error.value.problems] == ["Person.csv", "Address.csv", "OWNS.csv"]


def test_a_file_in_another_encoding_names_the_line_and_the_byte(region: Path) -> None:
    with pytest.raises(InputError, match="Business.csv: line 3: expected UTF-8, found the byte 0xe9"):
        read_region(_write(region, Business="id,name\nb-1,Bar\nb-2,Café\n".encode("latin-1")))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_its_mark_is_read(region: Path, encoding: str) -> None:
    read = read_region(_write(region, Business="\ufeffid,name\nb-1,Café\n".encode(encoding)))

    assert read.tables.nodes["Business"].column("name").to_pylist() == ["Café"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PERSONS.encode("utf-16-le"), "line 1: expected UTF-8 text, found UTF-16 without its mark, UTF-32 or binary"),
        (PERSONS.encode("utf-32"), "line 1: expected UTF-8 text, found UTF-16 without its mark, UTF-32 or binary"),
        (PERSONS.encode("utf-16")[:-1], "begins as UTF-16 does, and is none"),
    ],
    ids=["no mark", "UTF-32", "cut off"],
)
def test_what_only_seems_utf16_is_refused_with_what_to_do(region: Path, content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        read_region(_write(region, Person=content))
    assert error.value.hint == "save the file as CSV UTF-8"


@pytest.mark.parametrize(
    "text",
    [
        PERSONS.replace("\n", "\r\n"),
        PERSONS.replace(",", ";"),
        "\ufeff" + PERSONS,
        "id,birth_year\r\np-1,1980\np-2,1990\r\n",
        'id,birth_year\n"p-1","1980"\n"p-2",1990',
    ],
    ids=["CRLF", "semicolons", "BOM", "mixed newlines", "quotes and no last newline"],
)
def test_the_ways_spreadsheets_write_csv_are_all_read(region: Path, text: str) -> None:
    read = read_region(_write(region, Person=text))

    assert read.tables.nodes["Person"].select(["id", "birth_year"]).to_pylist() == [
        {"id": "p-1", "birth_year": 1980},
        {"id": "p-2", "birth_year": 1990},
    ]


def test_gzip_and_parquet_are_read_like_csv(region: Path) -> None:
    (region / "Person.csv.gz").write_bytes(gzip.compress(PERSONS.encode()))
    pd.DataFrame({"id": ["a-1"], "area_m2": [80.5], "purposes": [["woonfunctie"]]}).to_parquet(
        region / "Address.parquet"
    )

    read = read_region(region)

    assert read.rows_loaded["Person"] == 2
    assert read.tables.nodes["Address"].select(["id", "area_m2", "purposes"]).to_pylist() == [
        {"id": "a-1", "area_m2": 80.5, "purposes": ["woonfunctie"]}
    ]


def test_a_line_break_in_quotes_is_part_of_the_cell_and_lines_are_still_counted_right(region: Path) -> None:
    read = read_region(_write(region, Business='id,name,staff\nb-1,"Two\nlines",3\nb-2,Plain,many\n'))

    assert read.tables.nodes["Business"].column("name").to_pylist() == ["Two\nlines"]
    assert _rejected(read) == [("Business.csv", 4, "staff", "not a number; expected a whole number")]


def test_a_cell_of_a_megabyte_is_set_aside_and_the_rest_is_read(region: Path) -> None:
    read = read_region(_write(region, Business=f"id,name\nb-1,{'x' * 1_000_000}\nb-2,Plain\n"))

    assert _rejected(read) == [("Business.csv", 2, "name", "text longer than 4,000 characters")]
    assert read.rows_loaded["Business"] == 1


def test_too_few_and_too_many_cells_are_set_aside_with_their_lines(region: Path) -> None:
    read = read_region(_write(region, Person="id,birth_year\np-1\np-2,1990\np-3,1980,x\n"))

    assert _rejected(read) == [
        (
            "Person.csv",
            2,
            "",
            "expected 2 cells, found 1; write as many as there are names in the header, empty ones too",
        ),
        (
            "Person.csv",
            4,
            "",
            "expected 2 cells, found 3; a value with the separator in it has to stand between quotes",
        ),
    ]


def test_an_id_that_stands_twice_in_one_file_keeps_the_first(region: Path) -> None:
    read = read_region(_write(region, Person="id,birth_year\np-1,1980\np-1,1990\n"))

    assert _rejected(read) == [("Person.csv", 3, "id", f"{THERE}, as Person (Person.csv line 2); {ONE_EACH}")]
    assert read.tables.nodes["Person"].column("birth_year").to_pylist() == [1980]


def test_an_id_is_unique_over_all_labels(region: Path) -> None:
    read = read_region(_write(region, Person="id\nx-1\n", Business="id\nx-1\nx-2\n"))

    assert _rejected(read) == [("Business.csv", 2, "id", f"{THERE}, as Person (Person.csv line 2); {ONE_EACH}")]


def test_an_endpoint_that_is_not_there_is_set_aside(region: Path) -> None:
    links = "source_id,target_id\np-1,a-1\np-9,a-1\np-1,a-9\n"
    read = read_region(_write(region, Person=PERSONS, Address=ADDRESSES, REGISTERED_AT=links))

    assert _rejected(read) == [
        ("REGISTERED_AT.csv", 3, "source_id", "there is no Person with this id; deliver it too, or take this row out"),
        ("REGISTERED_AT.csv", 4, "target_id", "there is no Address with this id; deliver it too, or take this row out"),
    ]
    assert read.rows_loaded["REGISTERED_AT"] == 1


@pytest.mark.parametrize(
    ("begin", "end", "column", "reason"),
    [
        ("2024-05-02", "2024-05-01", "until", "until lies before from"),
        ("2024-02-31", "", "from", "not a date; expected YYYY-MM-DD, with 00 for what is unknown"),
        (
            "01-02-2024",
            "",
            "from",
            "not a date; expected YYYY-MM-DD, with 00 for what is unknown, or a mapping that gives its format",
        ),
        ("2024-00-07", "", "from", "not a date; expected YYYY-MM-DD, with 00 for what is unknown"),
    ],
)
def test_wrong_dates_are_set_aside(region: Path, begin: str, end: str, column: str, reason: str) -> None:
    links = f"source_id,target_id,from,until\np-1,a-1,{begin},{end}\n"
    read = read_region(_write(region, Person=PERSONS, Address=ADDRESSES, REGISTERED_AT=links))

    assert _rejected(read) == [("REGISTERED_AT.csv", 2, column, reason)]


@pytest.mark.parametrize("begin", ["2024-05-00", "2024-00-00", "0000-00-00", ""])
def test_dates_with_unknown_parts_are_dates(region: Path, begin: str) -> None:
    links = f"source_id,target_id,from\np-1,a-1,{begin}\n"
    read = read_region(_write(region, Person=PERSONS, Address=ADDRESSES, REGISTERED_AT=links))

    assert _rejected(read) == []


@pytest.mark.parametrize(
    ("area", "result"),
    [
        ("12.5", 12.5),
        ("-3", "under 0"),
        ("-inf", "not a number; expected a number, or an empty cell"),
        ("inf", "not a number; expected a number, or an empty cell"),
        ("1e3", "a number in scientific notation, of which digits may be lost; expected all its digits"),
        ("twelve", "not a number; expected a number"),
    ],
)
def test_areas_are_numbers_that_are_not_negative(region: Path, area: str, result: object) -> None:
    read = read_region(_write(region, Address=f"id,area_m2\na-1,{area}\n"))

    if isinstance(result, float):
        assert read.tables.nodes["Address"].column("area_m2").to_pylist() == [result]
    else:
        assert _rejected(read) == [("Address.csv", 2, "area_m2", result)]


def test_a_comma_is_a_decimal_sign_where_the_separator_is_a_semicolon(region: Path) -> None:
    read = read_region(_write(region, Address="id;area_m2\na-1;12,5\n"))

    assert read.tables.nodes["Address"].column("area_m2").to_pylist() == [12.5]


def test_a_value_outside_a_closed_list_is_set_aside_and_outside_an_open_one_is_kept_and_said(region: Path) -> None:
    read = read_region(_write(region, Address="id,kind\na-1,castle\n", Licence="id,kind,status\nl-1,circus,active\n"))

    assert [r[:3] for r in _rejected(read)] == [("Address.csv", 2, "kind")]
    assert read.rows_loaded["Licence"] == 1
    assert "Licence.csv: kind has values no detector knows, kept: circus" in read.notes


def test_the_value_of_a_wrong_cell_never_stands_in_the_list(region: Path, tmp_path: Path) -> None:
    _write(region, Person="id,birth_year\np-1,Verstappen-1997\n", Address=ADDRESSES)
    done = run("scan", str(region), "--out", str(tmp_path / "out"))

    assert done.exit_code == 2
    text = (tmp_path / "out" / "rejected.csv").read_text(encoding="utf-8")
    assert text == (
        "file,line,column,value_kind,reason\nPerson.csv,2,birth_year,text,not a number; expected a whole number\n"
    )
    assert "Verstappen" not in text + done.output + Results(tmp_path / "out").report


def test_strict_refuses_the_whole_region_and_names_the_rows(region: Path, tmp_path: Path) -> None:
    _write(region, Person="id,birth_year\np-1,x\n", Address=ADDRESSES)
    done = run("scan", str(region), "--out", str(tmp_path / "out"), "--strict")

    assert done.exit_code == 2
    assert "Error: Person.csv: line 2: birth_year: not a number" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.barrier").exists()


def test_check_lists_every_wrong_row_and_loads_nothing(region: Path, tmp_path: Path) -> None:
    _write(region, Person="id,birth_year\np-1,x\np-1,1980\n,1970\n")
    done = run("check", str(region))

    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        "Person.csv: line 2: birth_year: not a number; expected a whole number (found text)",
        f"Person.csv: line 3: id: {THERE}, as Person (Person.csv line 2); {ONE_EACH} (found text)",
        "Person.csv: line 4: id: empty id; fill it in, or take the row out (found empty)",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["region"]


def test_check_of_a_good_region_says_so(demo: Results) -> None:
    done = run("check", "fixtures/demo")

    assert done.exit_code == 0
    assert "all good" in done.output


def test_unknown_columns_are_dropped_and_named(region: Path) -> None:
    read = read_region(_write(region, Person="id,birth_yeer\np-1,1980\n"))

    assert read.notes == ("Person.csv: column birth_yeer is not in the model: dropped",)


def test_a_line_break_in_a_header_cell_is_part_of_the_name(region: Path) -> None:
    _write(region, Business='id;"legal\nform";sbi\nb-1;bv;4711\nb-2;bv;x;\n')

    read = read_region(region)

    assert read.tables.nodes["Business"].select(["id", "legal_form"]).to_pylist() == [{"id": "b-1", "legal_form": "bv"}]
    assert _rejected(read) == [
        (
            "Business.csv",
            4,
            "",
            "expected 3 cells, found 4; a value with the separator in it has to stand between quotes",
        )
    ]


@pytest.mark.parametrize("header", ['id,"name,sbi\nb-1,Een', 'id,"name"x,sbi', 'id,"name,sbi\nb-1,",x'])
def test_an_open_quote_in_the_header_is_named(region: Path, header: str) -> None:
    with pytest.raises(InputError, match="Business.csv: line 1: a quote .* is not closed"):
        read_region(_write(region, Business=f"{header}\nb-2,Twee,4711\n"))


def test_a_kind_that_is_no_plain_word_is_kept_and_only_counted(region: Path) -> None:
    read = read_region(_write(region, Signal="id,kind\ns-1,Fatima zegt dat\ns-2,zelf_bedacht\n"))

    assert read.rows_loaded["Signal"] == 2
    assert len(read.rejected) == 0
    assert any("zelf_bedacht and 1 that are no plain words" in note for note in read.notes)
    assert "Fatima" not in " ".join(read.notes)


def test_a_file_that_is_no_table_of_the_model_is_named_with_what_was_meant(region: Path) -> None:
    _write(region, Person=PERSONS, Persons="id\n", Cars="id\n")

    notes = read_region(region).notes

    assert "Cars.csv: not a table of the model, not read" in notes
    assert "Persons.csv: not a table of the model, not read; did you mean Person.csv?" in notes


def test_a_link_that_leads_out_of_the_folder_is_refused(region: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(PERSONS)
    (region / "Person.csv").symlink_to(tmp_path / "secret.csv")

    with pytest.raises(InputError, match="Person.csv: a link, or no plain file"):
        read_region(region)


def test_a_table_that_stands_there_twice_is_refused(region: Path) -> None:
    _write(region, Person=PERSONS)
    (region / "Person.csv.gz").write_bytes(gzip.compress(PERSONS.encode()))

    with pytest.raises(InputError, match="the table Person stands there twice"):
        read_region(region)


def test_half_a_gzip_file_is_refused(region: Path) -> None:
    (region / "Person.csv.gz").write_bytes(gzip.compress(PERSONS.encode() * 100)[:-20])

    with pytest.raises(InputError, match="not a complete gzip file"):
        read_region(region)


def test_wrong_settings_of_a_region_are_all_named(region: Path) -> None:
    (region / "region.yaml").write_text("name: X\nextract_date: 2024-02-31\ncolour: red\n")
    _write(region, Person=PERSONS)

    with pytest.raises(InputError) as error:
        read_region(region)

    assert len(error.value.problems) == 2 or "not valid YAML" in error.value.problems[0]


def test_a_scan_without_a_purpose_is_refused(region: Path, tmp_path: Path) -> None:
    (region / "region.yaml").unlink()
    _write(region, Person=PERSONS)
    done = run("scan", str(region), "--out", str(tmp_path / "out"), env={"BARRIER_PURPOSE": None})

    assert done.exit_code == 2
    assert "no purpose was given" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_later_residence_ends_an_earlier_open_one_and_the_number_is_told(region: Path) -> None:
    links = "source_id,target_id,from,function\np-1,a-1,2020-01-01,residence\np-1,a-2,2024-01-01,residence\n"
    read = read_region(_write(region, Person=PERSONS, Address=ADDRESSES, REGISTERED_AT=links))

    assert read.notes == ("REGISTERED_AT: 1 open residences were ended by a later one of the same person",)
    assert read.tables.links["REGISTERED_AT"].table.column("end_day").to_pylist()[0] == 19723  # 2024-01-01


@pytest.mark.parametrize("name", ["Business.json", "business.txt", "Person.CSV.bak", "Address"])
def test_a_file_that_is_named_as_a_table_and_not_read_is_told(region: Path, name: str) -> None:
    (region / "Person.csv").write_text("id\np1\n")
    (region / name).write_text("{}")

    assert any(note.startswith(f"{name}: named as a table and not read") for note in read_region(region).notes)


def test_a_code_in_another_form_is_told_in_words_how_it_is_written(region: Path) -> None:
    (region / "Address.csv").write_text("id,municipality\na-1,344\n")

    (problem,) = read_region(region).rejected["reason"].tolist()

    assert problem == "expected GM and four digits, as GM0344"
