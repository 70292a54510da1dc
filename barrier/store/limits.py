"""A query that somebody brings runs in a process of its own, within limits that hold whatever it does.

Rule: the process is killed at its deadline, at too much memory and at Ctrl-C, and leaves nothing behind: question and
answer go through pipes, never through arguments, the environment or files.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import BarrierError, InputError, QueryLimitError, StoreError, TryAgainError
from barrier.printable import parsed_json
from barrier.store.answers import READY, untagged
from barrier.store.guard import ensure_reading
from barrier.store.protocol import Params, Rows, Store

LOAD_S = 600.0  # until the graph is read or the server answers; not part of the query's own time
LOOK_S = 0.02  # how often time and memory are looked at
LATE_S = 0.3  # after this much more than its time it is killed; before, the store itself has said so
_BLOCK = 1 << 16
_SECRET = ("NEO4J_PASSWORD",)
_RUNNING: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Limits:
    """What a query may take.

    Args:
        time_s: Longest time in seconds, from the moment the store is open.
        memory_mb: Most memory in MB beside the graph itself.
        rows: Most rows of the answer; those above are counted and left out. None for all.
        answer_mb: Largest answer in MB.
    """

    time_s: float = 60.0
    memory_mb: int = 1024
    rows: int | None = None
    answer_mb: int = 64

    def __post_init__(self) -> None:
        if not (math.isfinite(self.time_s) and 0 < self.time_s <= 86_400):
            raise InputError([f"time limit {self.time_s:g}: expected seconds, above 0 and up to 86,400"])


def read_limited(store: Store, query: str, params: Params | None = None, *, limits: Limits) -> Rows:
    """Run one reading Cypher statement in a process of its own.

    Raises:
        InputError: The query is refused or not valid, or its answer is too large.
        QueryLimitError: It took longer or more memory than it may, or its process ended.
        TryAgainError: The store was not open in time.
        StoreError: The store cannot be read.
    """
    text = ensure_reading(query)
    with store.lent() as source:
        asked = {"source": dict(source), "query": text, "params": dict(params or {}), "limits": vars(limits)}
        answer = _Run(json.dumps(asked, default=str).encode(), limits).answer()
    if "error" in answer:
        raise _error_of(answer["error"])
    frame = pd.DataFrame(untagged(answer["rows"]), columns=answer["columns"], dtype=object)
    return Rows(frame, int(answer["total"]))


def stop_running() -> None:
    """End every query that runs in a process of its own: for who is stopped while others wait for them."""
    for child in list(_RUNNING):
        _kill(child)


class _Run:
    """One process: asked, watched, and ended."""

    def __init__(self, asked: bytes, limits: Limits) -> None:
        self.asked = asked
        self.limits = limits
        self.got = bytearray()
        self.ready_at: float | None = None
        self.too_large = False

    def answer(self) -> dict[str, Any]:
        child = _started()
        _RUNNING.add(child)
        exchange = threading.Thread(target=self._exchange, args=(child,), daemon=True)
        try:
            exchange.start()
            problem = self._watched(child, exchange)
        finally:
            _kill(child)
            child.wait()
            exchange.join(LOOK_S * 50)
            _RUNNING.discard(child)
        if problem is not None:
            raise problem
        try:
            found: dict[str, Any] = parsed_json(self.got)
        except ValueError as error:
            raise _ended(child.returncode) from error
        return found

    def _exchange(self, child: subprocess.Popen[bytes]) -> None:
        """Give the question, and take the answer as it comes, up to what it may be."""
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
        with suppress(OSError, ValueError), child.stdout:
            with suppress(BrokenPipeError), child.stdin:
                child.stdin.write(self.asked)
            if child.stdout.read(len(READY)) != READY:
                return
            self.ready_at = time.monotonic()
            while block := child.stdout.read1(_BLOCK):  # type: ignore[attr-defined] # of a pipe
                self.got += block
                if len(self.got) > self.limits.answer_mb * 1_000_000:
                    self.too_large = True
                    return

    def _watched(self, child: subprocess.Popen[bytes], exchange: threading.Thread) -> BarrierError | None:
        """Wait for the answer; return why the process must end before, if it must."""
        begun, before_mb = time.monotonic(), math.inf
        while exchange.is_alive():
            exchange.join(LOOK_S)
            if self.ready_at is None:
                if time.monotonic() - begun > LOAD_S:
                    return TryAgainError(f"the store was not open after {LOAD_S:g} seconds")
                continue
            used_mb = _memory_mb(child.pid)
            before_mb = min(before_mb, used_mb)
            if used_mb - before_mb > self.limits.memory_mb:
                hint = "narrow it down, or raise --memory"
                return QueryLimitError(f"the query took more than {self.limits.memory_mb:,} MB of memory", hint=hint)
            if exchange.is_alive() and time.monotonic() - self.ready_at > self.limits.time_s + LATE_S:
                hint = "narrow it down, or raise --timeout"
                return QueryLimitError(f"the query took longer than {self.limits.time_s:g} seconds", hint=hint)
        if self.too_large:
            hint = "return fewer or shorter columns, or lower --limit"
            return InputError([f"query: the answer is larger than {self.limits.answer_mb:,} MB"], hint=hint)
        return None


def _started() -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k not in _SECRET} | {"PYTHONSAFEPATH": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "barrier.store.query_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # Ctrl-C is for us; we end it, and all it may have started
    )


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    with suppress(OSError):
        if os.name == "nt":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)


def _memory_mb(process: int) -> float:
    """Return the memory a process has in use; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _ended(code: int) -> QueryLimitError:
    name = signal.Signals(-code).name if code < 0 and -code in set(signal.Signals) else f"exit code {code}"
    hint = "most often it needed more memory than it may have: narrow it down, or raise --memory"
    return QueryLimitError(f"the query ended its process ({name})", hint=hint)


def _error_of(told: Mapping[str, Any]) -> BarrierError:
    problems: Sequence[str] = told["problems"]
    if told["kind"] == "InputError":
        return InputError(list(problems), hint=told["hint"])
    kind = {e.__name__: e for e in (QueryLimitError, TryAgainError)}.get(told["kind"], StoreError)
    return kind("\n".join(problems), hint=told["hint"])
