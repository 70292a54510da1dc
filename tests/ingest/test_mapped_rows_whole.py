"""A mapped row is one thing: where a part of it cannot stand, it takes nothing along but what it protects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.mapped import counted, mapped, rejected, rows

PREFIX = "give each label a prefix of its own in the mapping, or leave these rows out by where"
DIRECTORS = """
  - file: c.csv
    nodes:
      b: {label: Business, id: {prefix: x-, columns: [kvk]}, properties: {name: {column: naam}}}
      p: {label: Person, id: {prefix: x-, columns: [anr]}}
    links:
      - {type: DIRECTS, source: p, target: b}
"""


def test_a_row_whose_id_is_that_of_another_label_makes_nothing_and_says_where_the_id_stands(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"c.csv": "kvk,naam,anr\n1,Een,9\n2,Twee,8\n5,Vijf,1\n5,,7\n"}, DIRECTORS)

    assert rows(read, "Person", "id") == [("x-9",), ("x-8",), ("x-7",)]
    assert rows(read, "Business", "id", "name") == [("x-1", "Een"), ("x-2", "Twee"), ("x-5", None)]
    assert rows(read, "DIRECTS", "source_id", "target_id") == [("x-9", "x-1"), ("x-8", "x-2"), ("x-7", "x-5")]
    assert rejected(read) == [("c.csv", 4, "", f"its id stands there already, as Business (c.csv line 2); {PREFIX}")]
    assert counted(read) == ["c.csv: 4 rows: 3 used, 1 set aside"]


def test_one_row_that_makes_two_nodes_of_one_id_makes_none(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"c.csv": "kvk,naam,anr\n3,Drie,3\n4,Vier,5\n"}, DIRECTORS)

    assert read.rows_loaded["Person"] == read.rows_loaded["Business"] == read.rows_loaded["DIRECTS"] == 1
    assert [line for _, line, *_ in rejected(read)] == [2]


def test_every_row_that_makes_the_second_node_of_an_id_is_set_aside(tmp_path: Path) -> None:
    sources = """
  - file: e.csv
    nodes: {b: {label: Business, id: {prefix: n-, columns: [id]}}}
  - file: r.csv
    nodes:
      p: {label: Person, id: {prefix: n-, columns: [start]}}
      b: {label: Business, id: {prefix: n-, columns: [end]}}
    links: [{type: DIRECTS, source: p, target: b}]
"""
    read = mapped(tmp_path, {"e.csv": "id\n1\n2\n", "r.csv": "start,end\n7,1\n1,2\n1,5\n2,6\n"}, sources)

    assert rows(read, "Business", "id") == [("n-1",), ("n-2",)]
    assert rows(read, "DIRECTS", "source_id", "target_id") == [("n-7", "n-1")]
    assert rejected(read) == [
        ("r.csv", line, "", f"its id stands there already, as Business (e.csv line {at}); {PREFIX}")
        for line, at in ((3, 2), (4, 2), (5, 3))
    ]


def test_labels_with_prefixes_that_cannot_meet_share_their_keys(tmp_path: Path) -> None:
    sources = DIRECTORS.replace("Person, id: {prefix: x-", "Person, id: {prefix: p-")

    assert rejected(mapped(tmp_path, {"c.csv": "kvk,naam,anr\n3,Drie,3\n"}, sources)) == []


def test_a_prefix_that_begins_another_one_may_meet_it(tmp_path: Path) -> None:
    sources = DIRECTORS.replace("Person, id: {prefix: x-", "Person, id: {prefix: x-p-")
    read = mapped(tmp_path, {"c.csv": "kvk,naam,anr\np-3,Drie,3\n4,Vier,5\n"}, sources)

    assert [line for _, line, *_ in rejected(read)] == [2]


RESIDENCES = """
  - file: r.csv
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [anr]}, properties: {protected: {column: geheim}}}
      a: {label: Address, id: {prefix: a-, columns: [adres]}}
      l:
        label: Licence
        id: {prefix: l-, columns: [zaak]}
        properties: {valid_from: {column: van}, valid_until: {column: tot}}
    links:
      - {type: REGISTERED_AT, source: p, target: a, properties: {from: {column: van}, until: {column: tot}}}
"""


def test_a_row_with_an_end_before_its_beginning_makes_nothing_but_protects(tmp_path: Path) -> None:
    text = "anr,geheim,adres,zaak,van,tot\n1,ja,A1,,2024-05-01,2020-01-01\n2,,A2,z1,2024-05-01,2020-01-01\n"
    read = mapped(tmp_path, {"r.csv": text + "1,,A3,,2024-05-01,\n3,,A4,z1,2024-05-01,\n"}, RESIDENCES)

    assert rows(read, "Person", "id") == [("p-3",)]
    assert rows(read, "Licence", "id", "valid_until") == [("l-z1", None)]
    assert "p-1" in read.protected.persons
    assert {a for (a,) in rows(read, "Address", "id")} == {"a-a3", "a-a4"}
    assert [(line, column, reason) for _, line, column, reason in rejected(read)] == [
        (2, "tot", "REGISTERED_AT.until lies before from"),
        (3, "tot", "Licence.valid_until lies before valid_from"),
    ]


def test_dates_of_two_rows_that_contradict_each_other_set_a_row_aside_as_a_whole(tmp_path: Path) -> None:
    text = "anr,geheim,adres,zaak,van,tot\n1,,A1,z1,2024-05-01,\n2,,A2,z1,,2020-01-01\n"
    read = mapped(tmp_path, {"r.csv": text}, RESIDENCES)

    kept = {line for line in (2, 3)} - {line for _, line, *_ in rejected(read)}
    assert len(kept) == read.rows_loaded["Person"] == read.rows_loaded["Address"] == read.rows_loaded["Licence"] == 1


@pytest.mark.parametrize("key", ["1.23E+07", "1,23e+07"])
def test_a_key_in_scientific_notation_is_set_aside(tmp_path: Path, key: str) -> None:
    read = mapped(tmp_path, {"c.csv": f'kvk;naam;anr\n"{key}";Een;1\n2;Twee;3\n'}, DIRECTORS)

    assert [(line, column) for _, line, column, _ in rejected(read)] == [(2, "kvk")]
    assert rows(read, "Person", "id") == [("x-3",)]


def test_a_total_is_a_row_where_a_key_is_filled_with_something_else(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"c.csv": "naam,kvk,anr\nTotal,1,9\nTotaal,,\nSom,Totaal,3\nTotal 24,,4\n"},
        DIRECTORS,
    )

    assert rows(read, "Business", "name") == [("Total",)]
    assert [line for _, line, *_ in rejected(read)] == [3, 4]
    assert "c.csv: 2 rows seem to total others by the first cell, and have a key: kept (lines 2, 5)" in read.notes
