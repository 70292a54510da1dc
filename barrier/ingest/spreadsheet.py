"""Reading a spreadsheet in a process of its own, with a limit on memory and time.

Rule: a spreadsheet asks for as much memory as it says; what breaks on that is the process, never the one that asked.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from barrier.errors import InputError
from barrier.ingest.limits import Limits, check_at_most, too_much

_NOT_ONE = "not a spreadsheet that can be read"


def spreadsheet_rows(name: str, content: bytes, sheet: str | None, limits: Limits) -> list[list[str | None]]:
    """Return the rows of a sheet as text, the header first.

    Args:
        name: The file, for messages.
        content: Its bytes.
        sheet: The sheet; default the first.
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
    told: dict[str, Any] = json.loads(first) if first else {}
    if "problem" in told:
        raise InputError([f"{name}: {told['problem']}"], hint="save it as XLSX or CSV UTF-8")
    if "over" in told:
        check_at_most(name, told["over"], told["found"], told["limit"])
    if done.returncode != 0:
        memory = limits.sheet_memory_bytes
        raise too_much(name, f"a spreadsheet that needs more than {memory:,} bytes of memory", f"{memory:,}")
    return [json.loads(line) for line in rest.splitlines()]


def main() -> None:
    """Read a spreadsheet from standard input and write its rows as JSON, one a line."""
    sheet, memory, cells, columns, rows = json.loads(sys.argv[1])
    content = sys.stdin.buffer.read()
    _limit_memory(memory)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        del content
        if sheet is not None and sheet not in book.sheet_names:
            _say({"problem": f"no sheet of the name asked for among {len(book.sheet_names)}"})
            return
        found = book.get_sheet_by_name(sheet or book.sheet_names[0])
        for what, count, limit in (
            ("columns", found.total_width + 1, columns),
            ("rows", found.total_height + 1, rows),
            ("cells", (found.total_width + 1) * (found.total_height + 1), cells),
        ):
            if count > limit:
                _say({"over": what, "found": count, "limit": limit})
                return
        _say({})
        for row in found.to_python(skip_empty_area=False) if found.height else ():
            _say([_text(cell) for cell in row])
    except (python_calamine.CalamineError, OSError, IndexError, ValueError):
        _say({"problem": _NOT_ONE})


def _limit_memory(memory: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # a system without such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(record: object) -> None:
    sys.stdout.write(json.dumps(record) + "\n")


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


if __name__ == "__main__":
    main()
