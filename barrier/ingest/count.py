"""What became of every row of a delivered file.

Rule: rows in are the rows used, set aside, equal to another and left out by a mapping; where the sum is another, the
program is wrong, and nothing of the reading counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import MiscountError
from barrier.ingest.rawtable import Rows


@dataclass(frozen=True)
class RowCount:
    """What became of the rows of a file.

    Args:
        file: The file.
        rows: How many it holds, the header not counted.
        used: How many are used.
        set_aside: How many are wrong.
        equal: How many are wholly equal to an earlier one, and were dropped.
        left_out: How many a mapping leaves out by its `where`.
    """

    file: str
    rows: int
    used: int
    set_aside: int = 0
    equal: int = 0
    left_out: int = 0

    def checked(self) -> RowCount:
        """Return the same, once the sum is right.

        Raises:
            MiscountError: It is not.
        """
        if self.rows != self.used + self.set_aside + self.equal + self.left_out:
            raise MiscountError(f"{self.told()}: these are not all of them")
        return self

    def told(self) -> str:
        """Return it in words."""
        parts = (
            (self.used, "used"),
            (self.set_aside, "set aside"),
            (self.equal, "equal to an earlier one"),
            (self.left_out, "left out by the mapping"),
        )
        told = ", ".join(f"{count:,} {what}" for count, what in parts if count or what == "used")
        return f"{self.file}: {self.rows:,} {'row' if self.rows == 1 else 'rows'}: {told}"

    def as_record(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {
            "rows": self.rows,
            "used": self.used,
            "set_aside": self.set_aside,
            "equal": self.equal,
            "left_out": self.left_out,
        }


@dataclass(frozen=True)
class Fates:
    """What a mapping did with the rows of a file, before what it makes is checked.

    Args:
        rows: How many the file holds.
        used: The line of each row that makes something.
        equal: How many are equal to an earlier one.
        left_out: How many its `where` leaves out.
    """

    rows: int
    used: Rows
    equal: int
    left_out: int

    def count(self, file: str, set_aside: Rows) -> RowCount:
        """Return what became of all rows, once it is known on which lines rows were set aside."""
        used = int((~np.isin(self.used, set_aside)).sum())
        return RowCount(file, self.rows, used, len(set_aside), self.equal, self.left_out).checked()


def count_lines(counts: Iterable[RowCount], *, every: bool = False) -> list[str]:
    """Return in words, file by file, where not every row is used; or of ``every`` file."""
    return [count.told() for count in counts if every or count.used != count.rows]


def equal_rows(table: pa.Table, ids: pa.Array, repeated: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which rows of a delivered table equal an earlier one in every cell.

    Args:
        table: The table.
        ids: The id of each row.
        repeated: The rows whose id stands elsewhere already; no other row is looked at but the first of such an id.
    """
    same = pc.is_in(ids, value_set=pc.unique(ids.filter(pa.array(repeated))))
    places = np.flatnonzero(same.to_numpy(zero_copy_only=False))
    equal = np.zeros(table.num_rows, dtype=bool)
    equal[places[table.take(pa.array(places)).to_pandas().duplicated().to_numpy()]] = True
    return equal
