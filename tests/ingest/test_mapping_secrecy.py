"""No mapping makes something ordinary of what a delivered row calls secret, by slip or on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region

HEAD = "format: 1\nabout: x\nregion: {name: X, purpose: test, at: 2026-01-01}\nsources:\n"


def _read(folder: Path, sources: str, **files: str) -> Region:
    delivered = folder / "in"
    delivered.mkdir()
    for name, text in files.items():
        (delivered / f"{name}.csv").write_text(text)
    mapping = folder / "m.yaml"
    mapping.write_text(HEAD + sources)
    return read_mapped(delivered, mapping)


def _addresses(flag: str = "", more: str = "", key: str = "[id]") -> str:
    return (
        "- file: a.csv\n  nodes:\n"
        f"    a: {{label: Address, id: {{prefix: 'q-', columns: {key}}}, "
        f"properties: {{kind: {{value: dwelling}}{flag}}}}}\n{more}"
    )


def _left(found: Region) -> list[str]:
    ids: list[str] = found.tables.table("Address").column("id").to_pylist()
    return ids


ROWS = "id,geheim,st\nshelter-77,ja,x\na2,nee,x\n"


@pytest.mark.parametrize(
    "sources",
    [
        _addresses(more="  where: [{column: geheim, is_not: ja}]\n"),
        _addresses(flag=", area_m2: {column: geheim}"),
        _addresses(),
    ],
    ids=["where", "another property", "not at all"],
)
def test_a_column_of_secrecy_has_to_be_read_as_one(tmp_path: Path, sources: str) -> None:
    with pytest.raises(InputError, match="column geheim may say what is secret"):
        _read(tmp_path, sources, a=ROWS)


def test_a_word_for_secrecy_in_a_column_that_is_not_mapped_refuses_the_file(tmp_path: Path) -> None:
    rows = "id,opmerking\nshelter-77,GEHEIM ADRES\na2,\n"

    with pytest.raises(InputError, match="column 2: 1 cell says that something is secret"):
        _read(tmp_path, _addresses(), a=rows)


KIND = ", area_m2: {column: st, values: {Woning: '1'}, other: '2'}"


@pytest.mark.parametrize(
    "sources",
    [_addresses(flag=KIND), _addresses(more="  where: [{column: st, is_not: vervallen}]\n")],
    ids=["a property", "where"],
)
def test_a_word_for_secrecy_in_a_column_that_is_read_as_something_else_refuses_the_file(
    tmp_path: Path, sources: str
) -> None:
    with pytest.raises(InputError, match="column 2: 1 cell says that something is secret") as refused:
        _read(tmp_path, sources, a="id,st\na1,Geheim adres\na2,Woning\n")
    assert "not_secret" in str(refused.value.hint)


def test_a_column_that_is_read_and_named_as_not_secret_refuses_nothing(tmp_path: Path) -> None:
    sources = _addresses(flag=KIND, more="  not_secret: [st]\n")

    assert _left(_read(tmp_path, sources, a="id,st\na1,Geheim adres\na2,Woning\n")) == ["q-a1", "q-a2"]


FIRM = "- file: a.csv\n  nodes:\n    b: {label: Business, id: {prefix: 'biz-', columns: [id]}%s}\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("id,geheim\n1,J\n", "column geheim may say what is secret"),
        ("id,opmerking\n1,GEHEIM ADRES\n", "column 2: 1 cell says"),
        ("id,qzxverborgen\n1,J\n", "column 2 may say what is secret"),
    ],
)
def test_secrecy_in_a_file_that_makes_firms_alone_refuses_it(tmp_path: Path, rows: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        _read(tmp_path, FIRM % "", a=rows)
    assert "qzx" not in str(refused.value)


def test_what_another_source_of_the_file_reads_as_protected_is_read(tmp_path: Path) -> None:
    assert _left(_read(tmp_path, FIRM % "" + WITH_FLAG, a=ROWS)) == ["q-a2"]


def test_a_firm_may_be_called_by_any_word(tmp_path: Path) -> None:
    found = _read(tmp_path, FIRM % ", properties: {name: {column: naam}}", a="id,naam\n1,Topgeheim bv\n")

    assert found.tables.table("Business").num_rows == 1


FIRMS = (
    "- file: a.csv\n  nodes:\n    b: {label: Business, id: {prefix: 'biz-', columns: [id]}}\n  not_secret: [geheim]\n"
)
WITH_FLAG = _addresses(", protected: {column: geheim}")


@pytest.mark.parametrize("sources", [WITH_FLAG, FIRMS + WITH_FLAG], ids=["alone", "after another source of the file"])
def test_a_row_with_a_wrong_number_of_cells_refuses_a_file_that_says_what_is_secret(
    tmp_path: Path, sources: str
) -> None:
    with pytest.raises(InputError, match="a.csv: line 3: expected 2 cells, found 1") as refused:
        _read(tmp_path, sources, a="id,geheim\na1,nee\nTotaal\n")
    assert "take it out where it is a heading or a total" in str(refused.value.hint)


def test_in_a_file_that_says_nothing_of_secrecy_it_is_set_aside(tmp_path: Path) -> None:
    found = _read(tmp_path, _addresses(), a="id,st\na1,x\nTotaal\n")

    assert _left(found) == ["q-a1"]
    assert [r.set_aside for r in found.row_counts] == [1]


def test_what_is_named_as_not_secret_may_say_what_it_will(tmp_path: Path) -> None:
    found = _read(tmp_path, _addresses(more="  not_secret: [opmerking]\n"), a="id,opmerking\na1,briefgeheim\n")

    assert _left(found) == ["q-a1"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("column: geheim, match: '^(nee)'", "match passes over what does not fit it"),
        ("column: geheim, values: {nee: 'false'}, other: 'false'", "what no entry of values takes protects"),
    ],
)
def test_a_word_that_nobody_thought_of_cannot_be_made_a_no(tmp_path: Path, value: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        _read(tmp_path, _addresses(f", protected: {{{value}}}"), a=ROWS)


def test_a_word_that_no_entry_takes_protects(tmp_path: Path) -> None:
    found = _read(tmp_path, _addresses(", protected: {column: geheim, values: {nee: 'false'}, other: 'true'}"), a=ROWS)

    assert _left(found) == ["q-a2"]


def test_a_protected_row_whose_key_cannot_be_read_refuses_the_delivery(tmp_path: Path) -> None:
    key = "[{column: id, width: 4}]"
    rows = "id,geheim\n00077,ja\n77,nee\n"

    with pytest.raises(InputError, match="line 2: protected, and the key of it cannot be read"):
        _read(tmp_path, _addresses(", protected: {column: geheim}", key=key), a=rows)


@pytest.mark.parametrize("hashed", ["", ", hash: true"])
@pytest.mark.parametrize("written", ["shelter-77", "SHELTER-77", "shelter\u201177", "shel\u200bter-77"])
def test_the_key_of_what_is_protected_is_found_in_texts_as_it_was_delivered(
    tmp_path: Path, hashed: str, written: str
) -> None:
    sources = (
        "- file: a.csv\n  nodes:\n"
        f"    a: {{label: Address, id: {{prefix: 'adr-', columns: [id]{hashed}}}, "
        "properties: {protected: {column: geheim}}}\n"
        "- file: b.csv\n  nodes:\n"
        "    b: {label: Business, id: {prefix: 'biz-', columns: [nr]}, properties: {name: {column: naam}}}\n"
    )
    found = _read(tmp_path, sources, a=ROWS, b=f"nr,naam\n1,Opvang {written} bv\n2,Bakker\n")

    assert found.tables.table("Business").column("name").to_pylist() == [None, "Bakker"]


LOOKALIKES = (
    "- file: a.csv\n  nodes:\n"
    "    a: {label: Address, id: {prefix: 'q-', columns: %s%s}, properties: {protected: {column: g}}}\n"
    "- file: b.csv\n  nodes:\n"
    "    a: {label: Address, id: {prefix: 'q-', columns: %s%s}}\n"
    "    b: {label: Business, id: {prefix: 'biz-', columns: [nr]}}\n"
    "  links: [{type: ESTABLISHED_AT, source: b, target: a}]\n"
)
PARTS = "[pc, {column: hn, required: false}, {column: t, required: false}]"


@pytest.mark.parametrize("hashed", ["", ", hash: true"])
@pytest.mark.parametrize("other_way", [False, True])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0123456,,", "123456,,"),
        ("1234AB,01,J", "1234AB,1,j"),
        ("1234AB,1,A", "1234AB,1A,"),
        ("0123456,,", "123456.0,,"),
        ("1234AB,1,A", "1234 AB,1-A,"),
    ],
)
def test_a_key_that_looks_like_a_protected_one_is_withheld_over_all_files(
    tmp_path: Path, one: str, other: str, other_way: bool, hashed: str
) -> None:
    flagged, plain = (other, one) if other_way else (one, other)
    found = _read(
        tmp_path,
        LOOKALIKES % (PARTS, hashed, PARTS, hashed),
        a=f"pc,hn,t,g\n{flagged},J\n",
        b=f"pc,hn,t,nr\n{plain},1\n1234AB,2,A,2\n",
    )

    assert len(_left(found)) == 1
    assert found.tables.table("Business").column("id").to_pylist() == ["biz-2"]
    assert found.withheld == 2
    assert not any(plain.split(",")[0] in note for note in found.notes)


@pytest.mark.parametrize("hashed", ["", ", hash: true"])
@pytest.mark.parametrize("written", ["1.23456782E8", "1.23457E+08", "'1.23457E+08", "BSN 1.23457E+08", "12.3457E+07"])
def test_a_protected_key_in_scientific_notation_refuses_the_delivery(written: str, hashed: str, tmp_path: Path) -> None:
    sources = _addresses(flag=", protected: {column: geheim}", key=f"[id]{hashed}")

    with pytest.raises(InputError, match="line 3: protected, and the key of it cannot be read"):
        _read(tmp_path, sources, a=f"id,geheim\n123456782,nee\n{written},ja\n")


def test_a_protected_key_of_two_parts_in_scientific_notation_refuses_the_delivery(tmp_path: Path) -> None:
    sources = _addresses(flag=", protected: {column: geheim}", key="[id, st]")

    with pytest.raises(InputError, match="line 2: protected, and the key of it cannot be read"):
        _read(tmp_path, sources, a="id,st,geheim\nBSN 1.23457E+08,x,ja\n123456782,y,nee\n")


def test_a_protected_key_with_an_e_between_digits_is_read_as_it_stands(tmp_path: Path) -> None:
    found = _read(tmp_path, _addresses(flag=", protected: {column: geheim}"), a="id,geheim\n12E4,ja\n12,nee\n")

    assert _left(found) == ["q-12"]
