"""A sheet as it is written: two cells at one place are refused, rows and columns that nobody sees are told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest import sheet_marks
from barrier.ingest.reader import read_table

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _row(number: int, *cells: str, says: str = "") -> str:
    return f'<row r="{number}"{says}>{"".join(cells)}</row>'


HEADER = _row(1, _cell("A1", "id"), _cell("B1", "name"))
ONE = _row(2, _cell("A2", "b-1"), _cell("B2", "Een"))


def _book(rows: str, *, before: str = "") -> bytes:
    """Return a workbook of one sheet with these rows, and what stands before them in the sheet."""
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets><sheet name="Sheet1" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_RELS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, f'<?xml version="1.0"?>{text}')
    return made.getvalue()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (_row(2, _cell("A2", "b-1"), _cell("B2", "Een"), _cell("B2", "Twee")), "row 2: two cells stand at B2"),
        (_row(2, _cell("A2", "b-1"), _cell("B2", "Een"), _cell("A2", "b-2")), "row 2: two cells stand at A2"),
        (_row(2, _cell("A2", "b-1"), _cell("B3", "Een")), "row 2: the cell B3 stands in it, and is of another row"),
        (_row(2, "<c r='A2'/>", "<c s='1' r='A2'/>"), "row 2: two cells stand at A2"),
        (ONE + _row(2, _cell("A2", "b-2")), "1 of its rows have the number of another one"),
        (ONE, ""),
        (_row(2, "<c><v>1</v></c>", "<c><v>2</v></c>"), ""),
        ("<row><c><v>1</v></c></row>", ""),
    ],
    ids=[
        "next to it",
        "further on",
        "another row",
        "other quotes",
        "rows",
        "good",
        "without places",
        "without numbers",
    ],
)
def test_two_cells_at_one_place_are_found(rows: str, said: str) -> None:
    assert sheet_marks.misplaced(_book(HEADER + rows), "Sheet1").startswith(said)
    assert bool(sheet_marks.misplaced(_book(HEADER + rows), "Sheet1")) == bool(said)


def test_cells_are_compared_over_the_pieces_in_which_a_sheet_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_marks, "_PIECE", 7)
    wrong = _row(3, _cell("A3", "b-2"), _cell("A3", "b-3")) + _row(4, _cell("A4", "x"), _cell("A4", "y"))

    assert sheet_marks.misplaced(_book(HEADER + ONE), "Sheet1") == ""
    assert sheet_marks.misplaced(_book(HEADER + ONE + wrong), "Sheet1") == (
        "row 3: two cells stand at A3, and only one of them would be read; 1 more rows like this"
    )


def test_a_sheet_with_two_cells_at_one_place_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(_book(HEADER + _row(2, _cell("A2", "b-1"), _cell("A2", "b-2"))))

    with pytest.raises(InputError, match="t.xlsx: row 2: two cells stand at A2, and only one of them would be read"):
        read_table(tmp_path / "t.xlsx")


@pytest.mark.parametrize(
    ("says", "before"),
    [
        (' ht="0" customHeight="1"', ""),
        (' ht="0.0"', ""),
        (' hidden="true" outlineLevel="1"', ""),
        ("", '<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>'),
    ],
    ids=["no height", "no height with a fraction", "outline", "rows hidden unless they say how high"],
)
def test_rows_that_nobody_sees_are_told(says: str, before: str) -> None:
    high = _row(2, _cell("A2", "b-1"), says=' ht="15" customHeight="1"')
    rows = HEADER.replace('r="1"', 'r="1" ht="15"', 1) + high + _row(3, _cell("A3", "b-2"), says=says)

    assert sheet_marks.marks(_book(rows, before=before), "Sheet1") == [(2, -1, sheet_marks.HIDDEN)]


def test_rows_that_are_merely_low_are_seen() -> None:
    assert sheet_marks.marks(_book(HEADER + _row(2, _cell("A2", "b"), says=' ht="0.75"')), "Sheet1") == []


@pytest.mark.parametrize("said", ['hidden="1"', 'width="0" customWidth="1"'])
def test_columns_that_nobody_sees_are_told(tmp_path: Path, said: str) -> None:
    columns = f'<cols><col min="1" max="1" width="9"/><col min="2" max="16384" {said}/></cols>'
    (tmp_path / "t.xlsx").write_bytes(_book(HEADER + ONE, before=columns))

    assert read_table(tmp_path / "t.xlsx").notes == ("t.xlsx: column 2 is hidden in sheet 1 (Sheet1), and read",)
