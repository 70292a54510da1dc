"""What the values of a sheet of an XLSX do not show: cells with an error, and formulas whose outcome is not kept.

Rule: looked for in the sheet as it is written, piece by piece; a sheet without either is not taken apart.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

_PIECE = 1 << 20
_SIGNS = (b'"e"', b"'e'", b"<f", b":f")
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
_MOST_SHEETS = 1 << 24  # bytes of the list of sheets
ERROR, FORMULA = "error", "formula"
Mark = tuple[int, int, str]  # row and column from 0, what is there


def marks(content: bytes, sheet: str) -> list[Mark] | None:
    """Return the cells of a sheet with an error or a formula without outcome; None where the file does not tell."""
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


def _pieces(packed: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with packed.open(part) as file:
        while piece := file.read(_PIECE):
            yield piece


def _has_signs(pieces: Iterator[bytes]) -> bool:
    tail = b""
    for piece in pieces:
        if any(sign in tail + piece for sign in _SIGNS):
            return True
        tail = piece[-2:]
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


def _elements(packed: zipfile.ZipFile, part: str, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
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

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
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


def _found(pieces: Iterator[bytes]) -> list[Mark]:
    cells = _Cells()
    parser = expat.ParserCreate()
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.text
    for piece in pieces:
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return cells.found


def _column(place: str) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError("a cell without a place")
    number = 0
    for letter in found.group(1):
        number = number * 26 + ord(letter) - 64
    return number - 1
