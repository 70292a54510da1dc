"""Parquet becomes the text that its values mean: days in the Netherlands, numbers without exponent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import read_table


def _table(tmp_path: Path, *columns: pa.Array) -> RawTable:
    pq.write_table(pa.table({f"c{i}": c for i, c in enumerate(columns)}), tmp_path / "t.parquet")
    return read_table(tmp_path / "t.parquet")


def _texts(raw: RawTable) -> list[list[str | None]]:
    return [c.to_pylist() for c in raw.table.columns]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/New_York", "+09:00"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_time_with_a_zone_is_the_day_it_was_in_the_netherlands(tmp_path: Path, unit: str, zone: str) -> None:
    moments = [
        datetime(2023, 12, 31, 23, 0, tzinfo=UTC),
        datetime(2024, 6, 30, 21, 59, tzinfo=UTC),
        datetime(2024, 6, 30, 22, 0, tzinfo=UTC),
        None,
    ]

    raw = _table(tmp_path, pa.array(moments, pa.timestamp(unit, zone)))

    assert _texts(raw) == [["2024-01-01", "2024-06-30", "2024-07-01", None]]


def test_a_time_without_a_zone_keeps_its_day(tmp_path: Path) -> None:
    moments = [datetime(2024, 6, 30, 23, 59), datetime(1969, 12, 31, 0, 1), datetime(9999, 12, 31)]

    assert _texts(_table(tmp_path, pa.array(moments, pa.timestamp("us")))) == [
        ["2024-06-30", "1969-12-31", "9999-12-31"]
    ]


def test_the_last_day_of_all_stays_that_day_in_any_zone(tmp_path: Path) -> None:
    last = pa.array([datetime(9999, 12, 31, 23, 30)], pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))

    assert _texts(_table(tmp_path, last)) == [["9999-12-31"]]


def test_values_of_all_plain_types_become_text(tmp_path: Path) -> None:
    raw = _table(
        tmp_path,
        pa.array([123.0, 123456789012.0, 0.5, None]),
        pa.array([Decimal("12.50"), None, Decimal("0.00"), Decimal("1.00")], pa.decimal128(9, 2)),
        pa.array([True, False, None, True]),
        pa.array(["a", "b", None, "a"], pa.large_string()).dictionary_encode(),
        pa.array([date(2024, 1, 1), None, None, None]),
        pa.array([["a", None], [], None, ["b"]], pa.list_(pa.string())),
        pa.array([[1.0, 2.5], [], None, [3.0]], pa.large_list(pa.float64())),
        pa.array([1, 2, None, 3]).dictionary_encode(),
    )

    assert _texts(raw) == [
        ["123", "123456789012", "0.5", None],
        ["12.50", None, "0", "1"],
        ["true", "false", None, "true"],
        ["a", "b", None, "a"],
        ["2024-01-01", None, None, None],
        ["a", "", None, "b"],
        ["1|2.5", "", None, "3"],
        ["1", "2", None, "3"],
    ]
    assert {c: rows.tolist() for c, rows in raw.numbers.items()} == {"c0": [0, 1, 2], "c1": [0, 2, 3]}
    assert {(d.column, d.kind) for d in raw.no_texts if len(d.rows)} == {
        ("c2", "boolean"),
        ("c4", "date"),
        ("c6", "list"),
    }


def test_a_number_whose_last_digits_are_not_kept_is_doubted(tmp_path: Path) -> None:
    raw = _table(
        tmp_path, pa.array([1234567890123456.0, 123456789012345.0, 1e300]), pa.array([1234567890123456789] * 3)
    )

    assert [(d.column, d.rows.tolist()) for d in raw.doubts] == [("c0", [0, 2])]
    assert _texts(raw)[1] == ["1234567890123456789"] * 3


def _old(tmp_path: Path, *times: datetime | None) -> RawTable:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"t": pa.array(times, pa.timestamp("us"))}), path, use_deprecated_int96_timestamps=True)
    return read_table(path)


def test_a_time_that_does_not_tell_its_zone_is_doubted_where_its_day_depends_on_it(tmp_path: Path) -> None:
    raw = _old(tmp_path, datetime(2024, 5, 31, 22), datetime(2024, 5, 31, 12), None)

    assert [(d.rows.tolist(), d.column, d.kind) for d in raw.doubts] == [([0], "t", "date")]
    assert _texts(raw)[0][1:] == ["2024-05-31", None]


def test_times_that_are_all_midnight_here_are_the_day_that_then_begins(tmp_path: Path) -> None:
    raw = _old(tmp_path, datetime(2024, 5, 31, 22), datetime(2024, 12, 31, 23), None)

    assert raw.doubts == ()
    assert _texts(raw) == [["2024-06-01", "2025-01-01", None]]


def test_decimals_are_no_ids_as_floats_are_none(tmp_path: Path) -> None:
    raw = _table(tmp_path, pa.array([Decimal("1.00"), Decimal("2.50"), None], pa.decimal128(9, 2)))
    column = raw.table.column_names[0]

    assert _texts(raw) == [["1", "2.50", None]]
    assert [(d.rows.tolist(), d.kind) for d in raw.doubted_texts(column, key=True)] == [([1], "number")]
    assert raw.doubted_texts(column, key=False) == []


def test_bytes_that_are_text_are_read_and_told_by_their_place(tmp_path: Path) -> None:
    columns = {
        "id": pa.array(["b1"]),
        "name": pa.array([b"Een"], pa.binary()),
        "sbi": pa.array([b"78201"], pa.binary(5)),
    }
    pq.write_table(pa.table(columns), tmp_path / "Business.parquet")

    read = read_table(tmp_path / "Business.parquet")

    assert read.table.to_pylist() == [{"id": "b1", "name": "Een", "sbi": "78201"}]
    assert read.notes == (
        "Business.parquet: columns 2 and 3: bytes by the file, read as the text (UTF-8) that they are",
    )
