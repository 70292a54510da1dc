"""The process in which one query runs: it opens the store, limits itself, answers once and ends.

Rule: what it is asked comes on standard input and what it answers goes to standard output; it writes no file. Its
limits are those of the operating system, so they hold where the query never gives control back.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from barrier.errors import BarrierError, InputError, QueryLimitError, StoreError
from barrier.printable import parsed_json
from barrier.store.answers import READY, tagged

SPARE_S = 5.0  # after its time, where the parent is no longer there to end it
SPARE_BYTES = 2 << 30  # address space that allocators reserve and do not use
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_COMMON = "see docs/guide/queries.md for the common Cypher"


def main() -> None:
    """Answer the question on standard input."""
    _end_with_parent()
    asked = parsed_json(sys.stdin.buffer.read())
    out = sys.stdout.buffer
    try:
        answer = _of_graph(asked) if "graph" in asked["source"] else _of_server(asked)
        text = json.dumps(answer)
    except RecursionError:
        hint = "return the parts, or the outer level only"
        text = _told(InputError(["query: the answer is nested too deep"], hint=hint))
    except BarrierError as error:
        text = _told(error)
    out.write(text.encode("utf-8", "surrogatepass"))
    out.flush()
    os._exit(0)  # the graph need not be taken apart


def _told(error: BarrierError) -> str:
    """Return an error as an answer."""
    if not _said:
        _ready()
    return json.dumps(
        {"error": {"kind": type(error).__name__, "problems": str(error).splitlines(), "hint": error.hint}}
    )


_said: list[bool] = []


def _ready() -> None:
    _said.append(True)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


def _of_graph(asked: Mapping[str, Any]) -> dict[str, Any]:
    import kglite  # here: a server needs it not

    limits = asked["limits"]
    kglite.set_query_warning_policy("silent")
    try:
        graph = kglite.load(asked["source"]["graph"]).freeze()
    except (kglite.KgError, OSError) as error:
        hint = "scan or import the region again: the store is built anew from the delivery"
        raise StoreError("the graph cannot be read", hint=hint) from error
    _limit(limits)
    _ready()
    try:
        result = graph.cypher(
            asked["query"],
            params=asked["params"],
            timeout_ms=max(1, int(limits["time_s"] * 1000)),
            row_limit=limits["rows"],
        )
    except kglite.CypherTimeoutError as error:
        hint = "narrow it down, or raise --timeout"
        raise QueryLimitError(f"the query took longer than {limits['time_s']:g} seconds", hint=hint) from error
    except (kglite.KgError, ValueError, TypeError, OverflowError) as error:
        raise InputError([f"query: {(str(error).splitlines() or ['refused'])[0]}"], hint=_COMMON) from error
    except MemoryError as error:
        raise _too_much(limits) from error
    return _answer(result, limits)


def _answer(result: Any, limits: Mapping[str, Any]) -> dict[str, Any]:
    try:
        rows = [[tagged(row[c]) for c in result.columns] for row in result.to_list()]
    except MemoryError as error:
        raise _too_much(limits) from error
    total = (result.diagnostics or {}).get("total_rows")
    return {"columns": list(result.columns), "rows": rows, "total": len(rows) if total is None else int(total)}


def _of_server(asked: Mapping[str, Any]) -> dict[str, Any]:
    from barrier.store.neo4j import Neo4jStore

    source, limits = asked["source"], asked["limits"]
    store = Neo4jStore(source["server"], user=source["user"], password=source["password"])
    store.ensure_own_patterns(asked["query"])  # who is not there says so before time counts
    _limit(limits)
    _ready()
    try:
        found = store.read(asked["query"], asked["params"], timeout_s=limits["time_s"], row_limit=limits["rows"])
    except MemoryError as error:
        raise _too_much(limits) from error
    rows = [[tagged(v) for v in row] for row in found.frame.to_numpy(dtype=object).tolist()]
    return {"columns": [str(c) for c in found.frame.columns], "rows": rows, "total": found.total}


def _too_much(limits: Mapping[str, Any]) -> QueryLimitError:
    hint = "narrow it down, or raise --memory"
    return QueryLimitError(f"the query took more than {limits['memory_mb']:,} MB of memory", hint=hint)


def _limit(limits: Mapping[str, Any]) -> None:
    """Let the operating system end this process at its limits, whatever it is doing then."""
    if os.name == "nt":
        return
    import resource

    time_s = float(limits["time_s"]) + SPARE_S
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, time_s)
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _lower(resource.RLIMIT_CPU, math.ceil(spent + time_s * (os.cpu_count() or 1)))
    _lower(resource.RLIMIT_CORE, 0)  # a core file would hold the graph
    _lower(resource.RLIMIT_FSIZE, 0)
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        room = pages * os.sysconf("SC_PAGE_SIZE") + int(limits["memory_mb"]) * 1_000_000 + SPARE_BYTES
        _lower(resource.RLIMIT_AS, room)


def _lower(what: int, most: int) -> None:
    import resource

    hard = resource.getrlimit(what)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (value, value))


def _end_with_parent() -> None:
    """Ask Linux to end this process when the one that asked is killed; elsewhere its own limits do."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


if __name__ == "__main__":
    main()
