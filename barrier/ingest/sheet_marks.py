"""What the values of a sheet of an XLSX do not show: errors, formulas without outcome, zeros by format, what is hidden.

Rule: looked for in the sheet as it is written, piece by piece; a sheet without any is not taken apart.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_PIECE = 1 << 20
_SIGNS = (b'"e"', b"'e'", b"<f", b":f", b"hidden=", b"zeroHeight", b' ht="0', b" ht='0", b' width="0', b" width='0")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*[\"']([A-Za-z]{1,3}[0-9]{1,7})[\"']")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c\s[^>]*>")
_PLACE_SAID = re.compile(rb' r="([A-Z]{1,3}[0-9]{1,7})"')  # as nearly every program writes it
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_TAG = 1 << 16  # bytes of what a row or a cell says of itself
_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,9})[\"']")
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_MOST_SHEETS = 1 << 24  # bytes of the list of sheets
ERROR, FORMULA, HIDDEN, HIDDEN_COLUMN = "error", "formula", "hidden", "hidden column"
ZEROS = "padded number"  # a kind of cell: it shows zeros that its text does not have
_WHOLE = -1  # in place of a column or a row: what is told is told of all of the other
_MOST_COLUMNS = 1 << 14  # of a sheet; a file may hide more than there are
Mark = tuple[int, int, str]  # row and column from 0, what is there
Run = tuple[int, int, int]  # first and last row, how many digits are shown (below 0: in a way of its own)
_STYLES = "xl/styles.xml"
_TRUE = ("1", "true")
_CONDITION = re.compile(r"\[[<>=]")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')  # what a format shows as it stands, and its conditions
_WORDS_SHOWN = re.compile(r'"([^"]*)"')
_OF_DATES = re.compile(r"(?i)[dmyhs]|general")
_MOST_ZEROS = 40
_ZEROS = re.compile(rf"0{{2,{_MOST_ZEROS}}}")


def marks(content: bytes, sheet: str) -> list[Mark] | None:
    """Return cells with an error or a formula without outcome, and hidden rows; None where the file does not tell."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            part = _part(packed, sheet)
            if part is None:
                return None
            if not _has_signs(_pieces(packed, part)):
                return []
            return _found(_pieces(packed, part))
    except (zipfile.BadZipFile, KeyError, expat.ExpatError, NotImplementedError, RuntimeError, ValueError):
        return None


def misplaced(content: bytes, sheet: str) -> str:
    """Return in words which rows or cells of a sheet are not alone at their place, or in the row of another number.

    Only one of two would be read, whichever it is. Empty where every place is taken once, or the file does not tell.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            part = _part(packed, sheet)
            return "" if part is None else _misplaced(_rows(_pieces(packed, part)))
    except (zipfile.BadZipFile, KeyError, expat.ExpatError, NotImplementedError, RuntimeError, ValueError):
        return ""


def _rows(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield what a row says of itself and its cells; of a row over several pieces no more than its cells is kept."""
    said: bytes | None = None
    parts: list[bytes] = []
    left = b""
    for piece in pieces:
        text = left + piece
        at, end = 0, text.rfind(b">") + 1
        for found in _ROW.finditer(text, 0, end):
            if said is not None:
                yield said, b"".join([*parts, text[at : found.start()]])
            said, parts, at = found.group(1), [], found.end()
        parts.append(b"".join(_CELL_TAG.findall(text, at, end)))
        left = text[end:][-_MOST_TAG:]
    if said is not None:
        yield said, b"".join(parts)


def _misplaced(rows: Iterator[tuple[bytes, bytes]]) -> str:
    row, count, seen = 0, 0, set[int]()
    cells, first = 0, ""
    for said, inner in rows:
        number = _NUMBER.search(said)
        row = int(number.group(1)) if number else row + 1
        count += 1
        seen.add(row)
        if not _in_place(_PLACE_SAID.findall(inner), row):
            wrong = _wrong_cell(_CELL.findall(inner), row)
            cells += bool(wrong)
            first = first or wrong
    if count > len(seen):
        return f"{count - len(seen):,} of its rows have the number of another one"
    more = f"; {cells - 1:,} more rows like this" if cells > 1 else ""
    return f"row {first}{more}" if cells else ""


def _in_place(places: list[bytes], row: int) -> bool:
    """Return whether the cells of a row surely stand at places of their own in it."""
    return bool(places) and len(set(places)) == len(places) and {p.lstrip(_LETTERS) for p in places} == {b"%d" % row}


def _wrong_cell(places: list[bytes], row: int) -> str:
    """Return in words the first cell of a row that stands where another one does, or that is of another row."""
    number, passed = b"%d" % row, set[bytes]()
    for place in places:
        if place.lstrip(_LETTERS) != number:
            return f"{row:,}: the cell {place.decode()} stands in it, and is of another row"
        if place in passed:
            return f"{row:,}: two cells stand at {place.decode()}, and only one of them would be read"
        passed.add(place)
    return ""


def zeros_shown(content: bytes, sheet: str) -> dict[int, list[Run]]:
    """Return the cells whose format shows a number with zeros before it (`00000000`), by column, from the top down."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            part, widths = _part(packed, sheet), _widths(packed)
            if part is None or not widths:
                return {}
            cells = _ZeroCells(widths=widths)
            _parse(_pieces(packed, part), cells)
            return cells.runs
    except (zipfile.BadZipFile, KeyError, expat.ExpatError, NotImplementedError, RuntimeError, ValueError):
        return {}


def _widths(packed: zipfile.ZipFile) -> dict[str, int]:
    """Return how many digits a cell of each style shows, of those styles that put zeros before a number.

    It is less than 0 where they do so in a way that is not understood.
    """
    if _STYLES not in packed.namelist():
        return {}
    codes = {a["numFmtId"]: a["formatCode"] for a in _elements(packed, _STYLES, "numFmt")}
    wide = {i: width for i, code in codes.items() if (width := _digits_shown(code))}
    styles = _elements(packed, _STYLES, "xf", within="cellXfs") if wide else []
    return {str(i): wide[a["numFmtId"]] for i, a in enumerate(styles) if a.get("numFmtId") in wide}


def _digits_shown(code: str) -> int:
    """Return how many digits a format shows at least; less than 0 where it shows something else too; 0 if but one."""
    found = None if _CONDITION.search(code) else _ZEROS.fullmatch(_shown_part(code))
    if found is not None:
        return len(found.group())
    parts = _LITERAL.sub("", code).split(";")
    if any(_OF_DATES.search(part) for part in parts):
        return 0
    most = max(part.partition(".")[0].count("0") for part in (parts if _CONDITION.search(code) else parts[:1]))
    if most == 1 and any(re.search(r"\w", words) for words in _WORDS_SHOWN.findall(code.partition(";")[0])):
        return -_MOST_ZEROS  # whatever the number is
    return -most if 1 < most <= _MOST_ZEROS else 0


def _shown_part(code: str) -> str:
    """Return what a format says of a positive number, without its colour and language."""
    return re.sub(r"\[[^\]]*\]", "", code.partition(";")[0]).strip()


def _pieces(packed: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with packed.open(part) as file:
        while piece := file.read(_PIECE):
            yield piece


def _has_signs(pieces: Iterator[bytes]) -> bool:
    tail = b""
    for piece in pieces:
        if any(sign in tail + piece for sign in _SIGNS):
            return True
        tail = piece[-7:]
    return False


def _part(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """Return where the sheet of a name is written."""
    ids = {a.get("name"): v for a in _elements(packed, "xl/workbook.xml", "sheet") for k, v in a.items() if _is_id(k)}
    targets = {a["Id"]: a["Target"] for a in _elements(packed, "xl/_rels/workbook.xml.rels", "Relationship")}
    target = targets.get(ids.get(sheet, ""))
    if target is None:
        return None
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in packed.namelist() else None


def _is_id(attribute: str) -> bool:
    return attribute.rpartition(":")[2] == "id" and ":" in attribute


def _elements(packed: zipfile.ZipFile, part: str, name: str, *, within: str = "") -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    around: list[str] = [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name and (not within or around[-1] == within):
            found.append(attributes)
        around.append(tag.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: around.pop()
    with packed.open(part) as file:
        parser.Parse(file.read(_MOST_SHEETS), True)
    return found


@dataclass
class _Cells:
    """Follows the cells of a sheet while it is read."""

    found: list[Mark] = field(default_factory=list)
    row: int = -1
    column: int = -1
    kind: str = ""
    has_formula: bool = False
    has_value: bool = False
    in_value: bool = False
    rows_hidden: bool = False  # where a row does not say how high it is

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            if _is_hidden(attributes, "ht") or (self.rows_hidden and "ht" not in attributes):
                self.found.append((self.row, _WHOLE, HIDDEN))
        elif name == "sheetFormatPr":
            self.rows_hidden = attributes.get("zeroHeight") in _TRUE
        elif name == "col" and _is_hidden(attributes, "width"):
            first, last = int(attributes["min"]) - 1, min(int(attributes["max"]), _MOST_COLUMNS)
            self.found += [(_WHOLE, column, HIDDEN_COLUMN) for column in range(first, last)]
        elif name == "c":
            self.column = _column(attributes["r"]) if "r" in attributes else self.column + 1
            self.kind, self.has_formula, self.has_value = attributes.get("t", ""), False, False
        elif name == "f":
            self.has_formula = True
        elif name in ("v", "is"):
            self.in_value = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in ("v", "is"):
            self.in_value = False
        elif name == "c" and self.kind == "e":
            self.found.append((self.row, self.column, ERROR))
        elif name == "c" and self.has_formula and not self.has_value and self.kind != "str":
            self.found.append((self.row, self.column, FORMULA))

    def text(self, text: str) -> None:
        self.has_value |= self.in_value and bool(text)


@dataclass
class _ZeroCells(_Cells):
    """Follows the cells with a style that shows zeros."""

    widths: dict[str, int] = field(default_factory=dict)
    runs: dict[int, list[Run]] = field(default_factory=dict)
    width: int | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag.rpartition(":")[2] == "c":
            self.width = self.widths.get(attributes.get("s", ""))

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag.rpartition(":")[2] != "c" or self.width is None or self.kind not in ("", "n") or not self.has_value:
            return
        runs = self.runs.setdefault(self.column, [])
        if runs and runs[-1][1:] == (self.row - 1, self.width):
            runs[-1] = runs[-1][0], self.row, self.width
        else:
            runs.append((self.row, self.row, self.width))


def _found(pieces: Iterator[bytes]) -> list[Mark]:
    cells = _Cells()
    _parse(pieces, cells)
    return cells.found


def _parse(pieces: Iterator[bytes], cells: _Cells) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.text
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Return whether a row or a column is hidden, or has no size to be seen in."""
    if attributes.get("hidden") in _TRUE:
        return True
    return size in attributes and float(attributes[size]) == 0


def _column(place: str) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError("a cell without a place")
    number = 0
    for letter in found.group(1):
        number = number * 26 + ord(letter) - 64
    return number - 1
