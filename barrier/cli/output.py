"""Standard output and error of the command line: whatever a command prints, nothing in it steers the terminal.

Rule: the one place for all commands; only what draws tables and bars itself writes to the terminal beneath.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Make standard output and error safe for a block."""
    given = sys.stdout, sys.stderr
    safe = [_SafeText(s) if hasattr(s, "buffer") and not isinstance(s, _SafeText) else s for s in given]
    for stream in filter(None, given):  # a service may have none
        stream.flush()
    sys.stdout, sys.stderr = safe
    try:
        yield
    finally:
        for stream in safe:
            if isinstance(stream, _SafeText):
                _let_go(stream)
        sys.stdout, sys.stderr = given


def _let_go(stream: _SafeText) -> None:
    """Write what is left; where nobody reads any more, let it go nowhere and not into a message at the end."""
    try:
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    stream.detach()
