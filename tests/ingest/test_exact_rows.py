"""A row of a mapping is read as it stands: an end, a date, a count and a condition are never guessed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ingest.mapped import counted, mapped, rejected, rows

HOUSES = """
  - file: r.csv
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [anr]}}
      a: {label: Address, id: {prefix: a-, columns: [pc, hn]}}
    links:
      - {type: REGISTERED_AT, closing: true, source: p, target: a, properties: {from: {column: van}}}
"""
NO_END = "a part of the key of where it is registered is not filled or says nothing; a row that ends has none of them"
ACTIVE = """
  - file: {file}
    where: [{{column: st, is: [actief]}}]
    nodes: {{b: {{label: Business, id: {{prefix: b-, columns: [nr]}}}}}}
"""


@pytest.mark.parametrize("key", ["9999ZZ,", ",7", "onbekend,onbekend"])
def test_a_residence_ends_only_by_a_row_in_which_no_part_of_the_other_key_is_filled(tmp_path: Path, key: str) -> None:
    read = mapped(tmp_path, {"r.csv": f"anr,pc,hn,van\n3,9999ZZ,1,2020-01-01\n3,{key},2024-01-01\n"}, HOUSES)

    assert rows(read, "REGISTERED_AT", "target_id", "end_day") == [("a-9999zz-1", 2_932_896)]
    assert rejected(read) == [("r.csv", 3, "pc", NO_END)]


def test_a_row_without_any_part_of_the_other_key_ends_a_residence(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"r.csv": "anr,pc,hn,van\n3,9999ZZ,1,2020-01-01\n3, ,,2021-01-01\n"}, HOUSES)

    assert rows(read, "REGISTERED_AT", "target_id", "end_day") == [("a-9999zz-1", 18_628)]
    assert rejected(read) == []


@pytest.mark.parametrize("text", ["1234567.0", "1234567,00", "1234567.5", "1234567.000", "1234567.0\u200b"])
def test_a_number_with_decimals_is_no_id_of_so_many_digits(tmp_path: Path, text: str) -> None:
    source = "  - file: k.csv\n    nodes: {b: {label: Business, id: {prefix: b-, columns: [nr], width: 8}}}\n"
    read = mapped(tmp_path, {"k.csv": f'nr\n"{text}"\n12.345.678\n'}, source)

    assert rows(read, "Business", "id") == [("b-12345678",)]
    assert rejected(read) == [("k.csv", 2, "nr", "expected a number of digits without decimals")]


def test_a_number_of_nodes_is_read_as_any_other_number(tmp_path: Path) -> None:
    node = "{label: Signal, id: {prefix: s-, columns: [id]}, repeat: n}"
    text = "id,n\n1,1.000\n2,1e2\n4,2\n5,-1\n6,x\n"
    read = mapped(tmp_path, {"s.csv": text}, f"  - file: s.csv\n    nodes: {{s: {node}}}\n")

    assert rows(read, "Signal", "id") == [("s-4-1",), ("s-4-2",)]
    assert {r[1] for r in rejected(read)} == {2, 3, 5, 6}
    read = mapped(tmp_path, {"s.csv": 'id,n\n1,1.000\n2,"2,0"\n'}, f"  - file: s.csv\n    nodes: {{s: {node}}}\n")
    assert read.rows_loaded["Signal"] == 1002
    assert any(n.startswith("s.csv: n: 1 row ") for n in read.notes)


def test_a_cell_of_a_condition_that_holds_an_error_sets_its_row_aside(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"b.csv": "nr,st\n1,actief\n2,#N/B\n3,weg\n"}, ACTIVE.format(file="b.csv"))

    assert rows(read, "Business", "id") == [("b-1",)]
    assert counted(read) == ["b.csv: 3 rows: 1 used, 1 set aside, 1 left out by the mapping"]
    assert [r[1:3] for r in rejected(read)] == [(3, "st")]


@pytest.mark.parametrize(("asked", "aside"), [("actief", 2), ("'true'", 0)])
def test_a_yes_or_no_cell_is_compared_only_with_yes_or_no(tmp_path: Path, asked: str, aside: int) -> None:
    pq.write_table(pa.table({"nr": ["1", "2"], "st": [True, False]}), tmp_path / "b.parquet")
    read = mapped(tmp_path, {}, ACTIVE.format(file="b.parquet").replace("actief", asked))

    assert len(rejected(read)) == aside
    assert read.rows_loaded.get("Business", 0) == (1 if aside == 0 else 0)


@pytest.mark.parametrize("text", ["1-5-2024", "45413", "2024-13-01", "2024-05-01T00:00", "mei 2024"])
def test_a_part_that_is_a_date_takes_one_way_of_writing_it(tmp_path: Path, text: str) -> None:
    node = "{i: {label: Inspection, id: {prefix: i-, columns: [{column: dag, date: true}]}}}"
    read = mapped(
        tmp_path, {"i.csv": f"dag\n2024-05-01\n{text}\n1990-00-00\n"}, f"  - file: i.csv\n    nodes: {node}\n"
    )

    assert rows(read, "Inspection", "id") == [("i-2024-05-01",), ("i-1990-00-00",)]
    reason = "not a date written 2024-05-31; expected the part of a key in this way, or a date cell"
    assert rejected(read) == [("i.csv", 3, "dag", reason)]
