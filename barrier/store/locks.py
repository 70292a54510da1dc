"""One import or scan at a time on a store.

Rule: the second one is told who holds it and ends at once; a crash leaves no lock behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from barrier.errors import TryAgainError
from barrier.files import FILE_MODE, private_folder, tighten, trouble


@contextmanager
def held(path: Path, *, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` for the duration of a block.

    Raises:
        TryAgainError: Another process holds it, or the lock file cannot be written.
    """
    lock = FileLock(path, mode=FILE_MODE)
    try:
        private_folder(path.parent)
        tighten(path)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise TryAgainError(
            f"{what}: another import or scan is at work on it", hint="wait until it has finished, then try again"
        ) from error
    except OSError as error:
        raise TryAgainError(
            f"{what}: cannot be locked: {trouble(error)}", hint="name a store in a folder that can be written"
        ) from error
    try:
        yield
    finally:
        lock.release()
