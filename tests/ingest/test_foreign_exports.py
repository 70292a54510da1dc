"""What other programs leave in a text: end signs, formulas that say a text, errors, lost letters, other kinds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.odd_rows import quoted_notes
from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import given_table, read_table


def _read(folder: Path, text: str | bytes) -> RawTable:
    (folder / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(folder / "t.csv")


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\x1a\x1a"])
def test_the_end_sign_of_old_programs_is_no_row_and_no_text(tmp_path: Path, end: str) -> None:
    raw = _read(tmp_path, f"id,name\nb-1,Een\nb-2,Twee{end}")

    assert (raw.rows_in(), raw.table.column("name").to_pylist()) == (2, ["Een", "Twee"])


def test_a_formula_that_says_a_text_is_the_text_and_told(tmp_path: Path) -> None:
    raw = _read(tmp_path, 'id,name\n"=""00123""",Een\n="007",="a b"\n12,=1+1\n')

    assert raw.table.to_pydict() == {"id": ["00123", "007", "12"], "name": ["Een", "a b", "=1+1"]}
    assert raw.notes == ('t.csv: 3 cells are a formula that says a text (="…"): read as the text',)


@pytest.mark.parametrize("cell", ["#ERROR!", "Loading...", "Laden…", "#BEZUG!", "#NV", "#VELD!", "#GETTING_DATA"])
def test_errors_of_other_spreadsheet_programs_are_errors(tmp_path: Path, cell: str) -> None:
    raw = _read(tmp_path, f"id,name\nb-1,{cell}\nb-2,Laden van wagens\nb-3,#1 bar\n")

    assert [(d.column, d.kind, d.rows.tolist()) for d in raw.doubts] == [("name", "error", [0])]


@pytest.mark.parametrize(("name", "told"), [("CafÃ©", 1), ("Caf\ufffd", 1), ("Café Ã", 0), ("Â b", 0), ("é", 0)])
def test_letters_that_were_lost_before_are_told_with_their_line(tmp_path: Path, name: str, told: int) -> None:
    raw = _read(tmp_path, f"id,name\nb-1,Een\nb-2,{name}\n")

    said = "t.csv: line 3: letters that were lost, or read in the wrong encoding, before the file was made (1 line)"
    assert [n.partition(":  ")[0].partition(": kept")[0] for n in raw.notes] == [said] * told
    assert raw.table.column("name").to_pylist() == ["Een", name]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "a spreadsheet .XLSX, ODS. or ZIP file"),
        (gzip.compress(b"id\n1\n"), "a gzip file"),
        (b"PAR1" + bytes(40), "a Parquet file"),
        (b"%PDF-1.7 id", "a PDF"),
        (b"\xd0\xcf\x11\xe0" + bytes(40), "a spreadsheet .XLS. or another file of an office program"),
    ],
    ids=["zip", "gzip", "parquet", "pdf", "xls"],
)
def test_another_kind_of_file_under_the_ending_of_a_text_is_told(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=f"t.csv: {kind}, and no text"):
        _read(tmp_path, content)


@pytest.mark.parametrize("text", ["'p3", " 'p3'", "“p3”", "`p3`", '="p3', "=A1"])
def test_an_id_within_a_mark_of_text_is_kept_and_told(text: str) -> None:
    told = quoted_notes(given_table("t.csv", {"id": ["p1", "p'2", None, text]}))

    assert told == [
        "t.csv: 1 id begins with a quote, an apostrophe or = (such as line 5), by which programs mark a text: kept as "
        "it stands; write it without"
    ]
