"""How large a delivered file may be, unpacked: ten times what a region of a million persons needs.

Rule: a limit holds before or while a file is read, never after; the error says what was found and how to raise it.
"""

from __future__ import annotations

from dataclasses import dataclass

from barrier.errors import InputError

MAX_ID = 200  # characters of an id, spaces around it not counted: of a longer one nothing is looked at
MAX_TEXT = 4000
REJECTED_NAMED = 10_000  # rows set aside of one table that are named one by one; the rest is counted
_RAISE = "deliver what the table needs; for a larger region: barrier --max-table-gb {gb} …"


@dataclass(frozen=True)
class Limits:
    """What one delivered table may hold.

    Args:
        table_bytes: Bytes of text, unpacked and decoded.
        rows: Rows.
        columns: Columns.
        cells: Rows times columns, or values of a Parquet file.
        line_bytes: Bytes from one line end to the next.
        header_bytes: Bytes of the header line.
        ragged_rows: Rows with too few or too many cells, which are set aside one by one.
        unpacked_times: How many times its packed size a file may become, once it is over ``unpacked_free_bytes``.
        unpacked_free_bytes: What a packed file may become whatever its packed size.
        row_groups: Parts of a Parquet file.
        members: Parts of a packed file, each with a header of its own.
        sheet_memory_bytes: Memory of the process that unpacks a spreadsheet.
        sheet_cells: Cells of the rectangle that a sheet spans.
        sheet_seconds: Seconds until a spreadsheet is read.
    """

    table_bytes: int = 1 << 30
    rows: int = 20_000_000
    columns: int = 1_000
    cells: int = 200_000_000
    line_bytes: int = 1 << 24
    header_bytes: int = 1 << 20
    ragged_rows: int = 100_000
    unpacked_times: int = 100
    unpacked_free_bytes: int = 1 << 26
    row_groups: int = 10_000
    members: int = 100_000
    sheet_memory_bytes: int = 3 << 30
    sheet_cells: int = 20_000_000
    sheet_seconds: int = 300


_in_force = [Limits()]


def limits() -> Limits:
    """Return the limits in force."""
    return _in_force[0]


def set_limits(new: Limits) -> None:
    """Let other limits hold from now on, in the whole process: tables are read in several threads."""
    _in_force[0] = new


def for_tables_of(gigabytes: float) -> Limits:
    """Return limits for tables of so many gigabytes."""
    times = gigabytes * (1 << 30) / Limits.table_bytes
    return Limits(
        table_bytes=int(Limits.table_bytes * times),
        rows=int(Limits.rows * times),
        cells=int(Limits.cells * times),
        sheet_memory_bytes=int(Limits.sheet_memory_bytes * times),
        sheet_cells=int(Limits.sheet_cells * times),
    )


def check_at_most(name: str, what: str, found: int, limit: int) -> None:
    """Refuse what is over a limit.

    Args:
        name: The file.
        what: What is counted, in the plural.
        found: How many there are, or how many there were when counting stopped.
        limit: How many there may be.

    Raises:
        InputError: There are more.
    """
    if found > limit:
        raise too_much(name, f"{found:,} {what}", f"{limit:,}")


def too_much(name: str, found: str, limit: str) -> InputError:
    """Return the error for what is over a limit."""
    gb = max(2, 2 * limits().table_bytes >> 30)
    return InputError([f"{name}: {found}; at most {limit} are read"], hint=_RAISE.format(gb=gb))
