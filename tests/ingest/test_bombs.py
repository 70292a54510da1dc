"""Files made to break the reader: refused with what was found, the limit and what to do, in bounded memory and time."""

from __future__ import annotations

import gzip
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
from barrier.ingest.sheets import delivered_table
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
    ],
    ids=["columns", "rows", "list", "bytes", "dictionary", "dictionary in lists"],
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
            delivered_table(tmp_path / "t.xlsx")
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
