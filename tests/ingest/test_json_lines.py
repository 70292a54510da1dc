"""JSON lines are read as a table: an object a line, lists joined, one level of objects within, every fault by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import read_table
from barrier.ingest.region import read_region


def _table(tmp_path: Path, text: str, name: str = "t.jsonl") -> RawTable:
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read_table(tmp_path / name)


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.jsonl.gz"])
def test_objects_are_rows_and_what_is_missing_is_empty(tmp_path: Path, name: str) -> None:
    first = '{"id": "a", "n": 1.50, "yes": true, "list": ["x", 2, null], "nothing": null}'
    text = f'\ufeff{first}\r\n\r\n{{"id": "", "z": "é"}}\n'

    raw = _table(tmp_path, text, name)

    assert raw.table.to_pylist() == [
        {"id": "a", "n": "1.50", "yes": "true", "list": "x|2", "nothing": None, "z": None},
        {"id": None, "n": None, "yes": None, "list": None, "nothing": None, "z": "é"},
    ]
    assert raw.origin_lines is not None
    assert raw.origin_lines.tolist() == [1, 3]
    assert set(raw.numbers) == {"n"}


def test_properties_within_an_object_are_columns_of_their_own(tmp_path: Path) -> None:
    text = '{"id": "x", "schema": "Company", "properties": {"name": ["Een", "Twee"], "country": []}}\n'

    assert _table(tmp_path, text).table.to_pylist() == [
        {"id": "x", "schema": "Company", "properties.name": "Een|Twee", "properties.country": None}
    ]


def test_a_number_is_read_as_it_is_written(tmp_path: Path) -> None:
    raw = _table(tmp_path, '{"id": 12345678901234567890, "n": 1e3, "m": -0.10, "t": 1.234, "u": "1.234"}\n')

    assert raw.table.to_pylist() == [
        {"id": "12345678901234567890", "n": "1e3", "m": "-0.10", "t": "1.2340", "u": "1.234"}
    ]


@pytest.mark.parametrize(
    "line",
    ['{"id": "b"', "[1]", '"b"', "nul", '{"id": "b"} {"id": "c"}', "[" * 100_000, '{"id": "b", "id": "c"}'],
    ids=["cut", "list", "text", "word", "two", "deep", "twice"],
)
def test_a_line_that_is_no_object_is_set_aside_and_the_rest_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "region.yaml").write_text("purpose: test\n")
    (tmp_path / "Business.jsonl").write_text(f'{{"id": "b-1"}}\n{line}\n{{"id": "b-3"}}\n')

    read = read_region(tmp_path)

    assert read.tables.nodes["Business"].column("id").to_pylist() == ["b-1", "b-3"]
    assert read.rejected["line"].tolist() == [2]
    assert [c.as_record() for c in read.row_counts] == [
        {"rows": 3, "used": 2, "set_aside": 1, "equal": 0, "left_out": 0}
    ]


def test_a_broken_line_of_persons_or_addresses_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text("purpose: test\n")
    (tmp_path / "Address.jsonl").write_text('{"id": "a-1"}\n{"id": "a-2", "protected": true\n')

    with pytest.raises(InputError, match="Address.jsonl: line 2: .*: what is secret cannot be read"):
        read_region(tmp_path)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('{"id": "a", "p": {"q": {"r": 1}}}', "p.q"),
        ('{"id": "a", "p": [{"q": 1}]}', "p"),
        ('{"id": "a", "p": [[1]]}', "p"),
    ],
)
def test_values_nested_deeper_are_not_read_and_told_with_their_line(tmp_path: Path, line: str, column: str) -> None:
    raw = _table(tmp_path, f'{{"id": "x"}}\n{line}\n')

    assert raw.unread_notes({column}) == [
        "t.jsonl: column 2: line 2: values nested too deep, which are not read; expected text, numbers, or lists of "
        "these: dropped"
    ]
    with pytest.raises(InputError, match=f"t.jsonl: column {column}: line 2: values nested too deep"):
        raw.check_readable(["id", column])


def test_two_names_that_fall_together_set_the_line_aside(tmp_path: Path) -> None:
    raw = _table(tmp_path, '{"id": "x"}\n{"id": "y", "p.q": 1, "p": {"q": 2}}\n')

    assert raw.ragged.tolist() == [2]


@pytest.mark.parametrize("text", ["nothing here\n", "[]\n"])
def test_a_file_without_an_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="line 1: expected one JSON object on this line"):
        _table(tmp_path, text)
