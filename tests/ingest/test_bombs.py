"""Files made to break the reader: refused with what was found, the limit and what to do, in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import resource
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.errors import InputError
from barrier.ingest.described import spread
from barrier.ingest.limits import Limits, for_tables_of, limits, set_limits
from barrier.ingest.mapping import read_mapped
from barrier.ingest.reader import read_table
from barrier.ingest.region import read_region
from barrier.ingest.sheets import read_delivered
from barrier.model.yamlfile import Strict, load_yaml
from barrier.scan.importing import rejected_lines
from tests.helpers import run

SMALL = Limits(
    table_bytes=100_000,
    rows=1_000,
    columns=20,
    cells=5_000,
    line_bytes=10_000,
    header_bytes=1_000,
    ragged_rows=10,
    unpacked_times=20,
    unpacked_free_bytes=20_000,
    row_groups=5,
)


def _file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def _parquet(folder: Path, table: pa.Table, row_group_size: int | None = None) -> Path:
    pq.write_table(table, folder / "t.parquet", row_group_size=row_group_size)
    return folder / "t.parquet"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"id\n" + b"x" * 100_000, "100,003 bytes; at most 100,000 are read"),
        ("t.csv.gz", gzip.compress(b"id\n" + b"a\n" * 49_000), "becomes [0-9,]+ times as large; at most 20 times"),
        ("t.csv.gz", gzip.compress(b"id\n" + b"a\n" * 60_000), "120,003 bytes unpacked; at most 100,000"),
        ("t.csv", b"id," * 30 + b"\n", "31 columns; at most 20"),
        ("t.csv", b"i" * 2_000 + b"\n", "1,001 bytes in the header line; at most 1,000"),
        ("t.csv", b"id\n" + b"a\n" * 2_000, "2,001 rows; at most 1,000"),
        ("t.csv", b"id\r" + b"a\r" * 2_000, "2,001 rows; at most 1,000"),
        ("t.csv", b"a,b,c,d,e,f,g,h\n" + b",,,,,,,\n" * 900, "7,208 cells; at most 5,000"),
        ("t.csv", b"id,name\n1,x\n" + b"," * 20_000 + b"\n", "line 3 is longer than 10,000 bytes"),
        ("t.csv", b"id,name\n" + b"1,2,3\n" * 100, "11 rows with too few or too many cells; at most 10"),
    ],
    ids=[
        "bytes",
        "ratio",
        "unpacked",
        "columns",
        "header",
        "rows",
        "rows of CR",
        "cells",
        "a line of commas",
        "ragged",
    ],
)
def test_a_text_over_a_limit_is_refused_with_what_was_found(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_table(_file(tmp_path, name, content), bounds=SMALL)
    assert "barrier --max-table-gb" in str(error.value.hint)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({f"c{i}": ["a"] for i in range(30)}), "30 columns; at most 20"),
        (pa.table({"id": ["a"] * 2_000}), "2,000 rows; at most 1,000"),
        (pa.table({"id": ["a"], "purposes": [["b"] * 6_000]}), "6,001 values; at most 5,000"),
        (pa.table({"id": [str(i) * 400 for i in range(300)]}), "bytes unpacked; at most 100,000"),
        (pa.table({"id": ["x" * 5_000] * 900}), "more than 100,000 bytes decoded"),
        (pa.table({"id": ["a"] * 9, "purposes": [["y" * 5_000] * 9] * 9}), "more than 100,000 bytes decoded"),
        (pa.table({"id": ["a"], "more": [{"b": 1}]}), "column 2: a nested type; expected text, numbers"),
        (pa.table({"id": ["a"], "more": [[[1]]]}), "column 2: a nested type"),
        (pa.table({"id": ["a"], "more": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))}), "a nested type"),
    ],
    ids=["columns", "rows", "list", "bytes", "dictionary", "dictionary in lists", "struct", "list of lists", "map"],
)
def test_a_parquet_over_a_limit_is_refused_with_what_was_found(tmp_path: Path, table: pa.Table, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(_parquet(tmp_path, table), bounds=SMALL)


def test_a_parquet_of_many_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="10 parts .row groups.; at most 5"):
        read_table(_parquet(tmp_path, pa.table({"id": ["a"] * 10}), row_group_size=1), bounds=SMALL)


def test_what_is_within_the_limits_is_read_as_ever(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["a", "b"],
            "staff": [1, None],
            "purposes": [["x", "y"], []],
            "kind": pa.array(["k", "k"]).dictionary_encode(),
            "started": pa.array([0, 86_400_000], pa.timestamp("ms")),
        }
    )

    read = read_table(_parquet(tmp_path, table), bounds=SMALL).table

    assert read.to_pydict() == {
        "id": ["a", "b"],
        "staff": ["1", None],
        "purposes": ["x|y", ""],
        "kind": ["k", "k"],
        "started": ["1970-01-01", "1970-01-02"],
    }


@pytest.mark.parametrize(
    "kind", [pa.duration("s"), pa.time32("s"), pa.binary(), pa.float16(), pa.decimal128(5, 2)], ids=str
)
def test_a_column_of_an_odd_type_is_read_or_refused_and_never_a_traceback(tmp_path: Path, kind: pa.DataType) -> None:
    values = {"halffloat": [1.5], "binary": [b"\xff\xfe"]}.get(str(kind), [None])
    file = _parquet(tmp_path, pa.table({"id": ["a"], "odd": pa.array(values, kind)}))

    try:
        read_table(file)
    except InputError as error:
        told = str(error)
    else:
        told = "not a Parquet file that can be read"
    assert "not a Parquet file that can be read" in told


def test_a_workbook_over_a_limit_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.cell(1, 1, "id")
    book.active.cell(900, 15, "far")
    book.save(tmp_path / "t.xlsx")
    before = limits()
    try:
        set_limits(replace(SMALL, sheet_cells=10_000))
        with pytest.raises(InputError, match="13,500 cells; at most 10,000"):
            read_delivered(tmp_path / "t.xlsx")
    finally:
        set_limits(before)


class _Settings(Strict):
    name: str = ""


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{c}: &{c} [{', '.join([f'*{b}'] * 9)}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "more than 200,000 values, repeats counted"),
        ("a: &a [*a]\n", "an alias stands within what it repeats"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "not valid YAML|nested too deeply"),
        ("- " * 100_000 + "x", "not valid YAML|nested too deeply"),
        ("x: " + "y" * 5_000_000, "larger than 4,000,000 bytes"),
    ],
    ids=["laughs", "itself", "brackets", "dashes", "size"],
)
def test_a_settings_file_made_to_grow_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_yaml(_file(tmp_path, "region.yaml", text.encode()), _Settings)


def test_a_span_of_a_described_graph_has_an_end() -> None:
    with pytest.raises(InputError, match="a span of 1,000,000,000 nodes"):
        spread("p1..p1000000000")
    assert spread("p1..p3") == ["p1", "p2", "p3"]


LONG = "X" * 3_000_000


@pytest.mark.parametrize("label", ["Address", "Contact", "Person", "Business", "REGISTERED_AT"])
def test_an_id_of_megabytes_is_set_aside_before_anything_looks_at_it(region: Path, label: str) -> None:
    for old in region.glob("*.csv*"):
        old.unlink()
    if label == "REGISTERED_AT":
        _file(region, "Person.csv", b"id\np-1\n")
        _file(region, "REGISTERED_AT.csv", f"source_id,target_id\np-1,{LONG}\n".encode())
    else:
        _file(region, f"{label}.csv", f"id\n{LONG}\nx-1\n".encode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("barrier.ingest.clear_values._plain", _only_short)
        read = read_region(region)

    assert "id longer than 200 characters" in set(read.rejected["reason"])


def _only_short(text: str) -> str:
    assert len(text) <= 200
    return text


@pytest.mark.parametrize("hashed", ["true", "false"])
def test_what_a_mapping_makes_an_id_of_has_a_length(tmp_path: Path, hashed: str) -> None:
    delivered = _file(tmp_path, "t.csv", f"id\n{LONG}\n0612345678\n".encode())
    identity = f"{{prefix: c-, columns: [id], hash: {hashed}, normal_form: phone}}"
    label = "Contact" if hashed == "true" else "Address"
    text = f"format: 1\nabout: x\nsources:\n- file: t.csv\n  nodes: {{c: {{label: {label}, id: {identity}}}}}\n"
    mapping = _file(tmp_path, "m.yaml", text.encode())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("barrier.ingest.clear_values._plain", _only_short)
        read = read_mapped(delivered, mapping)

    assert read.rejected[["line", "reason"]].to_numpy().tolist() == [[2, "id longer than 200 characters"]]
    assert read.rows_loaded[label] == 1


def test_a_packed_file_of_many_parts_is_refused(tmp_path: Path) -> None:
    many = _file(tmp_path, "t.csv.gz", gzip.compress(b"") * 100_001 + gzip.compress(b"id\na\n"))

    with pytest.raises(InputError, match="100,002 packed parts .* at most 100,000"):
        read_table(many)


def test_of_many_rows_set_aside_the_first_are_named_and_all_are_counted(region: Path) -> None:
    for old in region.glob("Person.*"):
        old.unlink()
    ids = pa.DictionaryArray.from_arrays(
        pa.array([i % 1_000 for i in range(50_000)], pa.int32()), [f"p-{i}" for i in range(1_000)]
    )
    pq.write_table(pa.table({"id": ids, "birth_year": ["x"] * 50_000}), region / "Person.parquet")

    read = read_region(region)
    of_persons = read.rejected[read.rejected["file"] == "Person.parquet"]

    assert of_persons["line"].tolist()[:3] == [2, 3, 4]
    assert of_persons.iloc[-1][["line", "reason"]].tolist() == [10_002, "and 40,000 more rows"]
    assert len(of_persons) == 10_001
    assert any("not a number" in line and "(50,000 rows like this)" in line for line in rejected_lines(read))
    assert run("check", str(region)).stderr.count("rows are wrong") == 1
    assert read.rejects.rows() >= 50_000


def test_a_larger_table_can_be_asked_for(tmp_path: Path) -> None:
    region = tmp_path / "region"
    region.mkdir()
    _file(region, "Person.csv", b"id\n" + b"".join(b"p-%d,\n" % i for i in range(3)) + b"p-9," + b"x" * 11_000_000)

    refused = run("--max-table-gb", "0.01", "check", str(region))
    read = run("--max-table-gb", "0.02", "check", str(region))
    run("check", str(region))

    assert refused.exit_code == 2
    assert "Person.csv: 11,000,022 bytes; at most 10,737,418 are read" in refused.stderr
    assert "bytes; at most" not in read.stderr
    assert limits() == for_tables_of(1.0) == Limits()


# One real one of each, in a process of its own: the peak of its memory is what counts.


def _gz_3_gb(folder: Path) -> None:
    block = gzip.compress(b"p-0000001,1980\n" * (1 << 22))
    _file(folder, "Person.csv.gz", gzip.compress(b"id,birth_year\n") + block * 50)


def _dictionary_40_gb(folder: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 8_000, pa.int32()), pa.array(["x" * 5_000_000]))
    pq.write_table(
        pa.table({"id": pa.array([str(i) for i in range(8_000)]), "name": text}), folder / "Business.parquet"
    )


def _columns(folder: Path) -> None:
    _file(folder, "Person.csv", b"id," + b",".join(b"c%d" % i for i in range(300_000)) + b"\n1\n")


def _cell_of_a_gigabyte(folder: Path) -> None:
    with (folder / "Business.csv").open("wb") as file:
        file.write(b"id,name\nb-1,")
        for _ in range(1_000):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")


def _commas(folder: Path) -> None:
    _file(folder, "Person.csv", b"id,birth_year\np-1,1980\n" + b"," * 300_000_000)


def _quotes(folder: Path) -> None:
    _file(folder, "Person.csv", b"id,birth_year\n" + b'"' * 20_000_000)


@pytest.mark.parametrize(
    "bomb",
    [_gz_3_gb, _dictionary_40_gb, _columns, _cell_of_a_gigabyte, _commas, _quotes],
    ids=lambda bomb: bomb.__name__.strip("_"),
)
def test_a_real_bomb_is_refused_quickly_and_in_bounded_memory(region: Path, bomb: object) -> None:
    assert callable(bomb)
    bomb(region)

    seconds, peak_mb, done = _measured("check", str(region))

    assert done.returncode == 2
    assert "at most" in done.stderr
    assert "Traceback" not in done.stderr
    assert peak_mb < 2_500
    assert seconds < 60  # a hang, not a speed: the figures are in the decision page


def _measured(*command: str) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'barrier.cli', *sys.argv[1:]])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)\n"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    return time.monotonic() - start, int(done.stdout.split()[-1]) / 1024, done


SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)


def _workbook(folder: Path, inside: str, *, size: int = 0) -> Path:
    """Write a workbook whose one sheet holds what is given, and so many spaces."""
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(folder / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name != "xl/worksheets/sheet1.xml":
                made.writestr(name, source.read(name))
            else:
                with made.open(name, "w", force_zip64=True) as out:
                    start, end = SHEET.split("{}")
                    out.write((start + inside).encode())
                    for _ in range(size >> 20):
                        out.write(b"<!--" + b" " * ((1 << 20) - 7) + b"-->")
                    out.write(end.encode())
    return folder / "t.xlsx"


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def test_a_sheet_of_two_cells_as_far_apart_as_can_be_ends_its_own_process_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most"):
        read_delivered(_workbook(tmp_path, FAR))


def test_a_workbook_of_half_a_gigabyte_is_read_in_bounded_memory(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="inlineStr"><is><t>id{i}</t></is></c></row>' for i in range(1, 4))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    rows = read_delivered(_workbook(tmp_path, cells, size=1 << 29))

    assert rows["id1"].tolist() == ["id2", "id3"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id\n1\n"], ids=["empty", "cut", "a CSV"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="t.xlsx: not a spreadsheet that can be read"):
        read_delivered(_file(tmp_path, "t.xlsx", content))


def test_a_delivery_without_header_repeats_no_value(region: Path) -> None:
    _file(region, "Contact.csv", b"+31612345678,phone\na@b.nl,email\n")
    _file(region, "Person.csv", b"id,123456782,Jan.Jansen@example.nl,shoe size\np-1,,,\n")

    with pytest.raises(InputError) as error:
        read_region(region)
    assert (
        str(error.value) == "Contact.csv: line 1: expected the columns id; found phone and 1 column with another name"
    )
    (region / "Contact.csv").unlink()
    notes = read_region(region).notes
    assert notes == ("Person.csv: 3 columns that are not in the model (columns 2, 3 and 4): dropped",)


def test_a_value_where_a_kind_belongs_is_not_repeated(region: Path) -> None:
    _file(region, "Signal.csv", b"id,kind\ns-1,+31612345678\ns-2,pigeon\ns-3,a@b.nl\n")

    read = read_region(region)

    assert read.notes[0].startswith(
        "Signal.csv: kind has values no detector knows, kept: pigeon and 2 that are no plain"
    )
    assert len(read.rejected) == 0


@pytest.mark.parametrize("name", ["Fatima El Amrani", "Jansen", "fatima", "Fatima_Amrani", "Jan"])
def test_a_name_in_a_header_is_told_by_its_place(region: Path, name: str) -> None:
    _file(region, "Contact.csv", f"id,kind,{name}\nc-1,phone,\n".encode())
    assert read_region(region).notes[0] == "Contact.csv: 1 column that is not in the model (column 3): dropped"

    _file(region, "Contact.csv", f"{name},x y\n{name},x\n".encode())
    with pytest.raises(InputError, match="expected the columns id; found 2 columns with other names"):
        read_region(region)


def test_a_sentence_where_a_kind_belongs_is_kept_and_not_repeated(region: Path) -> None:
    _file(region, "Signal.csv", b"id,kind\ns-1,Fatima El Amrani zegt dat\ns-2,pigeon\n")

    read = read_region(region)

    assert "Fatima" not in " ".join(read.notes) + read.rejected.to_csv()
    assert read.rows_loaded["Signal"] == 2
