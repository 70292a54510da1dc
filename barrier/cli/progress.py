"""A progress bar on standard error, when that is a terminal.

Rule: scripts and logs get nothing of it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from barrier.cli.output import terminal
from barrier.printable import one_line

_NAMES = {"read": "Reading", "load": "Loading", "occupancy": "Counting", "detect": "Detecting"}


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[str, str], None]]:
    """Give a function to call with stage and item for each of about ``steps`` steps."""
    if not sys.stderr.isatty():
        yield lambda _stage, _item: None
        return
    from rich.console import Console  # here, because scripts need not wait for it
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:32}"), BarColumn(), TimeElapsedColumn())
    lock = threading.Lock()
    with Progress(*columns, console=Console(file=terminal(sys.stderr)), transient=True) as bar:
        task = bar.add_task("Starting", total=steps)

        def step(stage: str, item: str) -> None:
            with lock:
                bar.update(task, advance=1, description=one_line(f"{_NAMES.get(stage, stage)} {item}")[:32])

        yield step
