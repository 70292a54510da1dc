"""A column whose values cannot be read keeps no other from being read, unless it is asked for or may be secret."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.errors import InputError
from barrier.ingest.headers import in_model_spelling
from barrier.ingest.reader import read_table
from barrier.ingest.region import read_region
from tests.ingest.mapped import mapped, rows

BYTES = pa.array([b"\xff\x00", b"x"])
KINDS = {
    "bytes": BYTES,
    "large bytes": BYTES.cast(pa.large_binary()),
    "list of bytes": pa.array([[b"\xff"], []]),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "list of lists": pa.array([[[1]], [[2]]]),
    "list of fixed size": pa.array([[1, 2], [3, 4]], pa.list_(pa.int32(), 2)),
    "map": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
}


def _parquet(folder: Path, name: str, **columns: pa.Array | list[object]) -> None:
    pq.write_table(pa.table(columns), folder / name)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_column_that_nobody_asks_for_is_dropped_and_told(tmp_path: Path, kind: str) -> None:
    (tmp_path / "region.yaml").write_text("purpose: test\n")
    _parquet(tmp_path, "Person.parquet", id=["p-1", "p-2"], birth_year=[1980, 1990], geometry=KINDS[kind])

    read = read_region(tmp_path)

    assert read.tables.nodes["Person"].column("birth_year").to_pylist() == [1980, 1990]
    (told,) = [n for n in read.notes if n.startswith("Person.parquet")]
    assert told.startswith("Person.parquet: column 3: ")
    assert told.endswith("not read; expected text, numbers, dates, or lists of these: dropped")


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_column_that_is_asked_for_refuses_the_file_by_its_name(tmp_path: Path, kind: str) -> None:
    (tmp_path / "region.yaml").write_text("purpose: test\n")
    _parquet(tmp_path, "Person.parquet", id=["p-1", "p-2"], birth_year=KINDS[kind])

    with pytest.raises(InputError, match="Person.parquet: column birth_year: .* not read; expected text, numbers"):
        read_region(tmp_path)


def test_a_mapping_refuses_what_it_reads_and_drops_the_rest(tmp_path: Path) -> None:
    source = """
  - file: b.parquet
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [nr]}, properties: {name: {column: naam}}}
"""
    _parquet(tmp_path, "b.parquet", nr=["1", "2"], naam=["Een", "Twee"], logo=BYTES)

    read = mapped(tmp_path, {}, source)

    assert rows(read, "Business", "id", "name") == [("b-1", "Een"), ("b-2", "Twee")]
    assert [n for n in read.notes if "column 3: bytes that are no text" in n]
    _parquet(tmp_path, "b.parquet", nr=["1", "2"], naam=BYTES)
    with pytest.raises(InputError, match="b.parquet: column naam: bytes that are no text"):
        mapped(tmp_path, {}, source)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([{"geheim": True}]),
        pa.array([[{"r": "GEHEIM ADRES"}]]),
        pa.array([{"x": {"indicatie geheim": 1}}]),
        pa.array([None], pa.struct([("geheim", pa.bool_())])),
    ],
    ids=["a part's name", "a text", "a name deeper", "a name without a value"],
)
def test_secrecy_within_an_unread_column_refuses_persons(tmp_path: Path, values: pa.Array) -> None:
    _parquet(tmp_path, "Person.parquet", id=["p-1"], extra=values)

    with pytest.raises(InputError, match="column 2"):
        in_model_spelling(read_table(tmp_path / "Person.parquet"), "Person")


def test_two_columns_of_one_name_are_told_by_their_places(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array([1]), pa.array([2])], names=["id", "x", "x"])
    pq.write_table(table, tmp_path / "t.parquet")

    with pytest.raises(InputError, match="t.parquet: columns 2 and 3: columns with one name"):
        read_table(tmp_path / "t.parquet")
