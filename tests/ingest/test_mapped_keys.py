"""Keys of a mapping over rows, files and sources: another spelling is told, parts in other columns are set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.mapped import mapped, rejected, rows

COLUMNS = "the key makes the id of another one, whose parts stand in other columns; write each part in its own column"
SIGNS = "the key makes the id of another one (blank or dash)"
PARTS = "[pc, {column: letter, required: false}, {column: toev, required: false}]"
HOUSES = f"{{label: Address, id: {{prefix: a-, columns: {PARTS}}}}}"


def _told(notes: tuple[str, ...]) -> list[str]:
    return [n for n in notes if "taken as one" in n]


@pytest.mark.parametrize("file", ["[k1.csv, k2.csv]", "'k*.csv'"])
def test_a_key_in_two_spellings_over_two_files_is_told_with_a_line_of_both(tmp_path: Path, file: str) -> None:
    files = {"k1.csv": "k\nxy\nab\n", "k2.csv": "k\nxy\nq\nAB\n"}
    node = "{b: {label: Business, id: {prefix: b-, columns: [k]}}}"

    read = mapped(tmp_path, files, f"  - file: {file}\n    nodes: {node}\n")

    assert rows(read, "Business", "id") == [("b-xy",), ("b-ab",), ("b-q",)]
    assert _told(read.notes) == [
        "k2.csv: 1 id of b is written otherwise than before (such as k1.csv line 3 and line 4 here): taken as one"
    ]


def test_spellings_over_sources_are_told_also_of_hashed_keys_and_of_a_third_file(tmp_path: Path) -> None:
    files = {"a.csv": "tel\n0612345678\n", "b.csv": "t\n06-12345678\n", "c.csv": "t\n06-12345678\n+31612345678\n"}
    contact = "{c: {label: Contact, id: {prefix: t-, columns: [t], hash: true}, properties: {kind: {value: phone}}}}"
    sources = f"  - file: a.csv\n    nodes: {contact.replace('[t]', '[tel]')}\n"
    sources += f"  - file: [b.csv, c.csv]\n    nodes: {contact}\n"

    read = mapped(tmp_path, files, sources)

    assert read.rows_loaded["Contact"] == 1
    assert _told(read.notes) == [
        "b.csv: 1 id of c is written otherwise than before (such as a.csv line 2 and line 2 here): taken as one",
        "c.csv: 1 id of c is written in more than one way (such as lines 2 and 3): taken as one",
        "c.csv: 1 id of c is written otherwise than before (such as a.csv line 2 and line 3 here): taken as one",
    ]


def test_equal_spellings_over_files_are_quiet_also_where_a_key_has_other_columns_there(tmp_path: Path) -> None:
    files = {"a.csv": "pc,nr\n9999ZZ,1\n", "b.csv": "adres\n9999ZZ 1\n"}
    sources = "  - file: a.csv\n    nodes: {a: {label: Address, id: {prefix: a-, columns: [pc, nr]}}}\n"
    sources += "  - file: b.csv\n    nodes: {a: {label: Address, id: {prefix: a-, columns: [adres]}}}\n"

    read = mapped(tmp_path, files, sources)

    assert rows(read, "Address", "id") == [("a-9999zz-1",)]
    assert not _told(read.notes)
    assert not len(read.rejected)


@pytest.mark.parametrize(("row", "told"), [("q,1,A", True), ("q,1 A,", False)])
@pytest.mark.parametrize("more", ["", ", hash: true"])
def test_a_key_in_more_parts_than_in_an_earlier_file_is_told(tmp_path: Path, row: str, told: bool, more: str) -> None:
    files = {"a.csv": "a,b\nq,1 A\n", "b.csv": f"a,b,c\n{row}\n"}
    third = "{column: c, required: false}"
    sources = f"  - file: a.csv\n    nodes: {{a: {{label: Address, id: {{prefix: a-, columns: [a, b]{more}}}}}}}\n"
    sources += (
        f"  - file: b.csv\n    nodes: {{a: {{label: Address, id: {{prefix: a-, columns: [a, b, {third}]{more}}}}}}}\n"
    )

    read = mapped(tmp_path, files, sources)

    assert read.rows_loaded["Address"] == 1
    text = "b.csv: 1 id of a is written otherwise than before (such as a.csv line 2 and line 2 here): taken as one"
    assert _told(read.notes) == ([text] if told else [])


def test_parts_that_stand_in_other_columns_are_another_key(tmp_path: Path) -> None:
    text = "pc;letter;toev\n9999ZZ 1;A;\n9999ZZ 1;;A\n9999ZZ;1 A;\n9999ZZ 1;a;-\n9999ZZ 2;A;\n"

    read = mapped(tmp_path, {"k.csv": text}, f"  - file: k.csv\n    nodes: {{a: {HOUSES}}}\n")

    assert rows(read, "Address", "id") == [("a-9999zz-1-a",), ("a-9999zz-2-a",)]
    assert rejected(read) == [("k.csv", 3, "pc", COLUMNS), ("k.csv", 4, "pc", COLUMNS)]
    assert _told(read.notes) == [
        "k.csv: 1 id of a is written in more than one way (such as lines 2 and 5): taken as one"
    ]


def test_parts_that_stand_in_other_columns_of_another_file_are_another_key(tmp_path: Path) -> None:
    files = {"k1.csv": "pc;letter;toev\nKade 1;A;\n", "k2.csv": "pc;letter;toev\nKADE 1;;a\nKADE 1;a;\nKade 3;;a\n"}

    read = mapped(tmp_path, files, f"  - file: [k1.csv, k2.csv]\n    nodes: {{a: {HOUSES}}}\n")

    assert rows(read, "Address", "id") == [("a-kade-1-a",), ("a-kade-3-a",)]
    assert rejected(read) == [("k2.csv", 2, "pc", COLUMNS)]


def test_parts_of_a_hashed_key_that_stand_in_other_columns_are_set_aside(tmp_path: Path) -> None:
    node = "{p: {label: Person, id: {prefix: p-, columns: [voor, naam], hash: true}}}"

    read = mapped(tmp_path, {"k.csv": "voor,naam\nan jo,li\nan,jo li\n"}, f"  - file: k.csv\n    nodes: {node}\n")

    assert read.rows_loaded["Person"] == 1
    assert rejected(read) == [("k.csv", 3, "voor", COLUMNS)]


def test_what_stands_in_other_columns_protects_all_the_same(tmp_path: Path) -> None:
    node = HOUSES.replace("}]}}", "}]}, properties: {protected: {column: geheim}}}")
    text = "pc;letter;toev;geheim\n9999ZZ 1;A;;\n9999ZZ 1;;A;ja\n9999ZZ 2;A;;\n"

    read = mapped(tmp_path, {"k.csv": text}, f"  - file: k.csv\n    nodes: {{a: {node}}}\n")

    assert rows(read, "Address", "id") == [("a-9999zz-2-a",)]
    assert read.withheld == 1


def test_a_blank_for_a_dash_over_two_files_is_set_aside(tmp_path: Path) -> None:
    node = "{b: {label: Business, id: {prefix: b-, columns: [k]}}}"

    read = mapped(
        tmp_path, {"k1.csv": "k\na b\n", "k2.csv": "k\na-b\n"}, f"  - file: [k1.csv, k2.csv]\n    nodes: {node}\n"
    )

    assert rejected(read) == [("k2.csv", 2, "k", SIGNS)]
