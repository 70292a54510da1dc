"""How far a command is, on standard error: a bar on a terminal, elsewhere a line a stage with counts.

Rule: a command that is soon done says nothing to a script or a log; one that takes longer is never silent.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from barrier.cli.output import terminal
from barrier.printable import counted, one_line

LINES_AFTER_S = 10.0  # from then on, each stage that is done has its line
_NAMES = {
    "read": "Reading",
    "load": "Loading",
    "occupancy": "Counting",
    "detect": "Detecting",
    "clusters": "Networks",
    "advice": "Advice",
    "write": "Writing",
}
_COUNTED = {"read": "table", "load": "table", "detect": "rule"}  # what an item of a stage is, where it is not a count
Step = Callable[[str, str], None]


@contextmanager
def progress_bar(steps: int, *, quiet: bool = False) -> Iterator[Step]:
    """Give a function to call with stage and item for each of about ``steps`` steps; ``quiet`` says nothing."""
    if quiet:
        yield lambda _stage, _item: None
        return
    if not sys.stderr.isatty():
        lines = StageLines(lambda line: click.echo(line, err=True), time.monotonic, after_s=LINES_AFTER_S)
        yield lines.step
        lines.done()
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


class StageLines:
    """A line for each stage that is done: its name, what it went through, and the seconds since the beginning.

    Args:
        write: Takes a line.
        clock: Seconds that only go on.
        after_s: A stage that is done earlier has no line.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        clock: Callable[[], float],
        *,
        after_s: float,
    ) -> None:
        self._write, self._clock, self._after_s = write, clock, after_s
        self._begun = clock()
        self._stage = ""
        self._items: dict[str, None] = {}
        self._lock = threading.Lock()

    def step(self, stage: str, item: str) -> None:
        """Take note of an item of a stage; another stage than before ends that one."""
        with self._lock:
            if stage != self._stage:
                self._end()
                self._stage = stage
            if item:
                self._items[item] = None

    def done(self) -> None:
        """End the last stage."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if not self._stage:
            return
        seconds = self._clock() - self._begun
        if seconds >= self._after_s:
            what = _COUNTED.get(self._stage)
            told = counted(len(self._items), what) if what else ", ".join(self._items)
            words = [_NAMES.get(self._stage, self._stage), *([told] if told else [])]
            self._write(one_line(f"{': '.join(words)} ({seconds:.0f} s)"))
        self._stage, self._items = "", {}
