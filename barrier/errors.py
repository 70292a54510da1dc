"""Deliberate errors: what the command line prints without a traceback.

Rule: a message says where, what, and expected against found; the hint says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from barrier.printable import one_line


class BarrierError(Exception):
    """Root of all deliberate errors.

    Args:
        message: What is wrong and where, in one line, lower case, no full stop.
        hint: What the reader can do about it.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class InputError(BarrierError):
    """Input that cannot be used; carries every problem found, one line each.

    Args:
        problems: One line a problem; at least one.
        hint: What to do about all of them.
    """

    def __init__(self, problems: Sequence[str], *, hint: str | None = None) -> None:
        super().__init__("\n".join(map(one_line, problems)), hint=hint)
        self.problems = tuple(problems)


class StoreError(BarrierError):
    """The store could not do what was asked; nothing in it changed."""


class DamagedError(StoreError):
    """What Barrier wrote is not as it was written; a scan builds it anew, a reader is told."""


class TryAgainError(BarrierError):
    """Something outside the input failed (a lock, a server, a disk); try again."""

    exit_code = 3


class QueryLimitError(TryAgainError):
    """One query took more time or memory than it may; the store is as it was, and answers others."""


class MiscountError(BarrierError):
    """Rows of a file are not all accounted for: a fault of Barrier, never of the delivery.

    Args:
        message: Which file, how many rows, and where they went.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="this is a fault of Barrier: nothing of this reading counts; report it")
