"""What a mapping says of how a table stands in its file: its header, none, its encoding; names that stand twice."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from barrier.errors import InputError
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region, read_region
from tests.ingest.mapped import rejected, rows

NODES = "{b: {label: Business, id: {prefix: b-, columns: [nr]}, properties: {name: {column: naam}}}}"


def _read(folder: Path, file: str, content: bytes | None, more: str = "", nodes: str = NODES) -> Region:
    if content is not None:
        (folder / file).write_bytes(content)
    (folder / "map.yaml").write_text(
        f"format: 1\nabout: x\nregion: {{name: T, purpose: test}}\nsources:\n  - file: {file}\n    {more}\n"
        f"    nodes: {nodes}\n",
        encoding="utf-8",
    )
    return read_mapped(folder, folder / "map.yaml", key_file=folder / "key")


def _problems(folder: Path, file: str, content: bytes | None, more: str = "") -> list[str]:
    with pytest.raises(InputError) as error:
        _read(folder, file, content, more)
    return list(error.value.problems)


def _book(folder: Path, *lines: list[object]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in lines:
        book.active.append(line)
    book.save(folder / "a.xlsx")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_header_stands_on_the_line_that_is_said_and_rows_keep_theirs(tmp_path: Path, end: str) -> None:
    text = end.join(["Lijst;van;bedrijven", "Veldstad", "", "nr;naam", "1;Een", "2;Twee;te veel", "3;Drie", ""])

    read = _read(tmp_path, "a.csv", text.encode(), "header: 4")

    assert rows(read, "Business", "id", "name") == [("b-1", "Een"), ("b-3", "Drie")]
    assert [r[:2] for r in rejected(read)] == [("a.csv", 6)]
    assert read.notes == ("a.csv: the header is line 4: lines 1 to 3 are not read",)
    assert [(c.rows, c.used, c.set_aside) for c in read.row_counts] == [(3, 2, 1)]


def test_the_header_of_a_sheet_stands_on_the_line_that_is_said(tmp_path: Path) -> None:
    _book(tmp_path, ["Lijst"], [None], ["nr", "naam"], ["1", "Een"], ["geen", "Twee"])

    read = _read(tmp_path, "a.xlsx", None, "header: 3")

    assert rows(read, "Business", "id", "name") == [("b-1", "Een")]
    assert [r[1] for r in rejected(read)] == [5]


@pytest.mark.parametrize("line", [2, 9])
def test_a_line_without_a_header_is_refused(tmp_path: Path, line: int) -> None:
    told = f"line {line}: expected the header that the mapping says is there, found nothing"
    _book(tmp_path, ["nr", "naam"], [None], ["1", "Een"])

    assert _problems(tmp_path, "a.csv", b"nr;naam\n\n1;Een\n", f"header: {line}") == [f"a.csv: {told}"]
    assert _problems(tmp_path, "a.xlsx", None, f"header: {line}") == [f"a.xlsx: {told}"]


@pytest.mark.parametrize(
    "text", ["1;Een\n2;Twee\n", "sep=;\n1;Een\n2;Twee\n", '1,"Een"\n2,"Twee"\n', "1\tEen\n2\tTwee\n"]
)
def test_a_text_without_header_has_the_columns_that_are_named(tmp_path: Path, text: str) -> None:
    read = _read(tmp_path, "a.csv", text.encode(), "header: [nr, naam]")

    assert rows(read, "Business", "id", "name") == [("b-1", "Een"), ("b-2", "Twee")]
    assert (len(read.rejected), read.notes) == (0, ())


def test_rows_of_a_text_without_header_have_their_lines_and_as_many_cells_as_names(tmp_path: Path) -> None:
    read = _read(tmp_path, "a.csv", b"1;Een\ngeen;Twee\n3;Drie;4\n", "header: [nr, naam]")

    assert rows(read, "Business", "id") == [("b-1",)]
    assert {r[1] for r in rejected(read)} == {2, 3}


def test_a_sheet_without_header_has_the_columns_that_are_named(tmp_path: Path) -> None:
    _book(tmp_path, ["1", "Een"], ["geen", "Twee"])

    read = _read(tmp_path, "a.xlsx", None, "header: [nr, naam]")

    assert rows(read, "Business", "id", "name") == [("b-1", "Een")]
    assert [r[1] for r in rejected(read)] == [2]
    assert _problems(tmp_path, "a.xlsx", None, "header: [nr, naam, soort]") == [
        "a.xlsx: sheet 1 (Sheet) has 2 columns, and the mapping names 3"
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [("[nr]", "columns are read that it does not name: naam"), ("[nr, naam, nr]", "every one once"), ("0", "")],
)
def test_names_that_cannot_be_right_are_refused(tmp_path: Path, header: str, told: str) -> None:
    assert told in _problems(tmp_path, "a.csv", b"1;Een\n", f"header: {header}")[0]


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1", "iso-8859-15", "cp850", "utf-16", "utf-8"])
def test_a_text_is_read_in_the_encoding_that_is_said(tmp_path: Path, encoding: str) -> None:
    read = _read(tmp_path, "a.csv", "nr;naam\n1;Café\n".encode(encoding), f"encoding: {encoding}")

    assert rows(read, "Business", "name") == [("Café",)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("nr;naam\n1;Café\n".encode(), "a.csv: is UTF-8 or UTF-16 by its letters, not windows-1252"),
        (b"nr;naam\n1;Caf\x81\n", "a.csv: line 2: expected windows-1252, found the byte 0x81"),
    ],
    ids=["UTF-8", "no such byte"],
)
def test_an_encoding_that_the_text_contradicts_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    assert _problems(tmp_path, "a.csv", content, "encoding: windows-1252") == [told]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["Een", "Café"])
def test_utf16_without_its_mark_is_read_where_it_is_said(tmp_path: Path, encoding: str, name: str) -> None:
    read = _read(tmp_path, "a.csv", f"nr;naam\n1;{name}\n".encode(encoding), "encoding: utf-16")

    assert rows(read, "Business", "name") == [(name,)]


def test_utf8_is_no_utf16(tmp_path: Path) -> None:
    assert _problems(tmp_path, "a.csv", "nr;naam\n1;Café\n".encode(), "encoding: utf-16") == [
        "a.csv: is no UTF-16, as the mapping says"
    ]


def test_what_does_not_go_with_a_file_is_refused(tmp_path: Path) -> None:
    _book(tmp_path, ["nr", "naam"], ["1", "Een"])

    assert _problems(tmp_path, "a.xlsx", None, "encoding: windows-1252") == [
        "a.xlsx: an encoding is given, and this is no text"
    ]
    assert _problems(tmp_path, "a.jsonl", b'{"nr": "1"}\n', "header: 1") == [
        "a.jsonl: a header is given, and this file has names of its own"
    ]


def test_a_name_that_stands_twice_and_is_not_read_is_told(tmp_path: Path) -> None:
    read = _read(tmp_path, "a.csv", b"nr;naam;soort;soort\n1;Een;a;b\n")

    assert rows(read, "Business", "id", "name") == [("b-1", "Een")]
    assert read.notes == ("a.csv: columns 3 and 4: a name that stands twice, expected every column once: dropped",)


def test_a_name_that_stands_twice_and_is_read_is_refused(tmp_path: Path) -> None:
    _book(tmp_path, ["nr", "naam", "naam"], ["1", "Een", "Twee"])
    told = "column naam: a name that stands twice, expected every column once"

    assert _problems(tmp_path, "a.csv", b"nr;naam;naam\n1;Een;Twee\n") == [f"a.csv: {told}"]
    assert _problems(tmp_path, "a.xlsx", None) == [f"a.xlsx: {told}"]


def test_of_a_name_that_stands_twice_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        _read(tmp_path, "a.csv", b"nr;naam;naam\n1;Een;Twee\n", "")

    assert refused.value.hint == "give each column a name of its own, or take one of them out"


def test_a_name_for_secrecy_that_stands_twice_is_never_left_out(tmp_path: Path) -> None:
    nodes = "{p: {label: Person, id: {prefix: p-, columns: [nr]}}}"

    with pytest.raises(InputError, match="geheim|column 2|column 3"):
        _read(tmp_path, "a.csv", b"nr;geheim;geheim\n1;;ja\n", nodes=nodes)


def test_a_name_that_stands_twice_refuses_a_file_of_a_region(tmp_path: Path) -> None:
    (tmp_path / "Business.csv").write_text("id,soort,soort\nb1,a,b\n")

    with pytest.raises(InputError, match="a name stands twice"):
        read_region(tmp_path)
