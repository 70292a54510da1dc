"""Standard output and error of the command line: whatever a command prints, nothing in it steers the terminal.

Rule: the one place for all commands; only what draws tables and bars itself writes to the terminal beneath.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from barrier.printable import visible


class _SafeText(io.TextIOWrapper):
    """A stream of text that shows by its number what would steer a terminal, and what is no text."""

    def __init__(self, beneath: TextIO) -> None:
        encoding, line = beneath.encoding, getattr(beneath, "line_buffering", False)
        super().__init__(beneath.buffer, encoding=encoding, errors="backslashreplace", line_buffering=line)
        self.beneath = beneath

    def write(self, text: str) -> int:
        """Write text."""
        super().write(visible(text))
        return len(text)


def terminal(stream: TextIO) -> TextIO:
    """Return what is beneath a safe stream, for a library that steers the terminal itself; give it safe text."""
    stream.flush()
    return stream.beneath if isinstance(stream, _SafeText) else stream


@contextmanager
def safe_streams() -> Iterator[None]:
    """Make standard output and error safe for a block.

    Raises:
        OSError: What was printed could not be written; where nobody reads it any more, that is no error.
    """
    given = sys.stdout, sys.stderr
    with ExitStack() as closing:
        safe = [_safe(s, closing) for s in given]
        sys.stdout, sys.stderr = safe
        failed: list[OSError] = []
        try:
            yield
        finally:
            for stream in safe:
                if isinstance(stream, _SafeText):
                    failed += _let_go(stream)
            sys.stdout, sys.stderr = given
        if failed:
            raise failed[0]


def _safe(stream: TextIO | None, closing: ExitStack) -> TextIO:
    if stream is None:  # closed by who called, or a service that has none
        return closing.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
    stream.flush()
    if isinstance(stream, io.TextIOWrapper):  # what its encoding has no letter for is shown by its number
        stream.reconfigure(errors="backslashreplace")
    return _SafeText(stream) if hasattr(stream, "buffer") and not isinstance(stream, _SafeText) else stream


def _let_go(stream: _SafeText) -> list[OSError]:
    """Write what is left; where that cannot be done let it go nowhere, and not into a message at the end."""
    failed: list[OSError] = []
    try:
        stream.flush()
        stream.beneath.flush()
    except OSError as error:
        failed = [] if isinstance(error, BrokenPipeError) else [error]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    stream.detach()
    return failed
