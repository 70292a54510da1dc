"""Reading a spreadsheet in a process of its own, with a limit on memory and time.

Rule: a spreadsheet asks for as much memory as it says; what breaks on that is the process, never the one that asked.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from barrier.errors import InputError
from barrier.ingest.limits import Limits, check_at_most, too_much
from barrier.ingest.sheet_marks import ZEROS, Run, marks, misplaced, zeros_shown
from barrier.printable import parsed_json

_LOOK = "open it in a spreadsheet program, look whether all its rows are there, and save it again"
_NOT_ONE = "not a spreadsheet that can be read"
_LONG = 10**15  # a number from which the last digits are not kept
LONG = "long number"
NUMBER, DATE, TIME, BOOLEAN = "number", "date", "time", "boolean"  # kinds of cells that are no text
_LIKE_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
Cell = tuple[int, int, str]  # row and column from 0, what is there
Block = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Sheet:
    """A sheet of a spreadsheet.

    Args:
        rows: Its rows, every cell text.
        read: Number of the sheet among all, from 0.
        sheets: Name and visibility (visible, hidden) of each.
        blocks: First and last cell of merged cells; None where the file does not say.
        marks: Cells that are not what they seem: an error, a formula without outcome, a number too long.
        says_errors: Whether the file lets errors and formulas without outcome be seen.
        kinds: Runs of cells (first and last row) that are no text, by column and kind: number, date, time, boolean.
    """

    rows: list[list[str | None]]
    read: int
    sheets: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...] | None
    marks: tuple[Cell, ...]
    says_errors: bool
    kinds: dict[tuple[int, str], list[tuple[int, int]]]


def read_sheet(name: str, content: bytes, sheet: str | None, limits: Limits) -> Sheet:
    """Return a sheet as text.

    Args:
        name: The file, for messages.
        content: Its bytes.
        sheet: The sheet; default the first that is not hidden.
        limits: What it may hold.

    Raises:
        InputError: It cannot be read, has no such sheet, or is over a limit.
    """
    asked = json.dumps([sheet, limits.sheet_memory_bytes, limits.sheet_cells, limits.columns, limits.rows])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "barrier.ingest.spreadsheet", asked],
            input=content,
            capture_output=True,
            timeout=limits.sheet_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise too_much(name, f"not read within {limits.sheet_seconds} seconds", "spreadsheets that are") from error
    first, _, rest = done.stdout.partition(b"\n")
    told: dict[str, Any] = parsed_json(first) if first else {}
    if "problem" in told:
        raise InputError([f"{name}: {told['problem']}"], hint=told.get("hint", "save it as XLSX or CSV UTF-8"))
    if "over" in told:
        check_at_most(name, told["over"], told["found"], told["limit"])
    lines = rest.splitlines()
    if done.returncode != 0 or not lines:
        memory = limits.sheet_memory_bytes
        raise too_much(name, f"a spreadsheet that needs more than {memory:,} bytes of memory", f"{memory:,}")
    seen: dict[str, Any] = parsed_json(lines.pop())
    return Sheet(
        [parsed_json(line) for line in lines],
        told["read"],
        tuple((n, v) for n, v in told["sheets"]),
        None if told["blocks"] is None else tuple(((a, b), (c, d)) for (a, b), (c, d) in told["blocks"]),
        tuple((r, c, k) for r, c, k in seen["marks"]),
        seen["says_errors"],
        {(column, kind): [(a, b) for a, b in runs] for column, kind, runs in seen["kinds"]},
    )


def main() -> None:
    """Read a spreadsheet from standard input and write what it holds as JSON, a row a line."""
    sheet, memory, cells, columns, rows = parsed_json(sys.argv[1])
    content = sys.stdin.buffer.read()
    _limit_memory(memory)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        place = _place(book, sheet)
        if place is None:
            return
        found = book.get_sheet_by_index(place)
        for what, count, limit in (
            ("columns", found.total_width + 1, columns),
            ("rows", found.total_height + 1, rows),
            ("cells", (found.total_width + 1) * (found.total_height + 1), cells),
        ):
            if count > limit:
                _say({"over": what, "found": count, "limit": limit})
                return
        wrong = misplaced(content, found.name)
        if wrong:
            _say({"problem": wrong, "hint": _LOOK})
            return
        sheets = [(m.name, "visible" if _is_visible(m) else "hidden") for m in _all(book)]
        _say({"read": place, "sheets": sheets, "blocks": found.merged_cell_ranges})
        seen = _Seen({column: deque(runs) for column, runs in zeros_shown(content, found.name).items()})
        for number, row in enumerate(found.to_python(skip_empty_area=False) if found.height else ()):
            _say([seen.text(cell, number, column) for column, cell in enumerate(row)])
        said = marks(content, found.name)
        kinds = [[column, kind, runs] for (column, kind), runs in seen.runs.items()]
        _say({"marks": [*seen.long, *(said or ())], "says_errors": said is not None, "kinds": kinds})
    except python_calamine.PasswordError:
        _say({"problem": "is locked with a password", "hint": "save it without a password"})
    except (python_calamine.CalamineError, OSError, IndexError, ValueError):
        _say({"problem": _NOT_ONE})


def _all(book: Any) -> list[Any]:
    return list(book.sheets_metadata)


def _place(book: Any, sheet: str | None) -> int | None:
    """Return the number of the sheet to read; None, said, where there is none."""
    found = _all(book)
    if sheet is not None:
        named = [i for i, m in enumerate(found) if m.name == sheet]
        if not named:
            _say({"problem": f"no sheet of the name asked for among {len(found)}", "hint": "see sheet: in the mapping"})
        return named[0] if named else None
    tables = [i for i, m in enumerate(found) if str(m.typ).endswith("WorkSheet")]
    visible = [i for i in tables if _is_visible(found[i])]
    if not tables:
        _say({"problem": "holds no sheet with cells"})
        return None
    return (visible or tables)[0]


def _is_visible(sheet: Any) -> bool:
    return str(sheet.visible).endswith(".Visible")


def _limit_memory(memory: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # a system without such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(record: object) -> None:
    sys.stdout.write(json.dumps(record) + "\n")


class _Seen:
    """Turns cells into text, and remembers what the text does not show."""

    def __init__(self, zeros: dict[int, deque[Run]]) -> None:
        self.zeros = zeros  # cells that show zeros before a number, rows rising
        self.runs: dict[tuple[int, str], list[list[int]]] = {}
        self.long: list[Cell] = []

    def text(self, cell: object, row: int, column: int) -> str | None:
        if cell is None or cell == "":
            return None
        if isinstance(cell, str):
            return cell.strip() or None
        if isinstance(cell, bool):
            self._is(BOOLEAN, row, column)
            return str(cell).lower()
        if isinstance(cell, int | float):
            self._is(NUMBER, row, column)
            if abs(cell) >= _LONG:
                self.long.append((row, column, LONG))
            return self._shown(number_text(cell), row, column)
        if isinstance(cell, date):
            self._is(DATE, row, column)
            return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
        self._is(TIME, row, column)
        return str(cell).strip() or None

    def _shown(self, number: str, row: int, column: int) -> str:
        """Return a whole number with the zeros before it that its cell shows."""
        runs = self.zeros.get(column)
        while runs and runs[0][1] < row:
            runs.popleft()
        if not (runs and runs[0][0] <= row and number.isdecimal()):
            return number
        width = runs[0][2]
        if len(number) < -width:
            self._is(ZEROS, row, column)
        return number.zfill(max(width, 0))

    def _is(self, kind: str, row: int, column: int) -> None:
        runs = self.runs.setdefault((column, kind), [])
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])


def number_text(number: float) -> str:
    """Return a number as text that is one number only: no fraction that is none, at most 15 digits, no exponent."""
    if float(number).is_integer():
        return str(int(number))
    text = f"{Decimal(format(number, '.15g')):f}"
    return f"{text}0" if _LIKE_THOUSANDS.fullmatch(text) else text


if __name__ == "__main__":
    main()
