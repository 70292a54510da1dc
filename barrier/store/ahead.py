"""The graph of an embedded store, read ahead: kglite needs no Python while it reads, so other work goes on beside it.

Rule: nothing is imported here that takes long, so that a command can begin this before it imports the rest of itself.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import kglite

from barrier.errors import DamagedError
from barrier.store.generation import GRAPH, Current, Generation, read_current

LARGE_ROWS = 3_000_000  # above, memory goes before time: one thing after the other, and nothing held meanwhile


class Ahead(NamedTuple):
    """A graph that is being read.

    Args:
        file: The file it is read from.
        graph: The graph, when it is there.
    """

    file: Path
    graph: Future[kglite.KnowledgeGraph]


_BEGUN: dict[Path, Ahead] = {}


def read_ahead(store: Path) -> None:
    """Begin to read the graph of a store, where there is one and it is not large; who opens the store will find it.

    Args:
        store: The folder of the store.
    """
    try:
        current = read_current(store)
    except DamagedError:  # whoever opens the store says what is wrong
        return
    if current is None:
        return
    file, rows = store / current.generation / GRAPH, sum(current.counts.values())
    begun = _BEGUN.get(store)
    if rows <= LARGE_ROWS and (begun is None or begun.file != file):
        pool = ThreadPoolExecutor(max_workers=1)
        _BEGUN[store] = Ahead(file, pool.submit(_read, store, current))
        pool.shutdown(wait=False)


def _read(store: Path, current: Current) -> kglite.KnowledgeGraph:
    return kglite.load(str(Generation.of(store, current).checked(GRAPH)))


def taken(store: Path) -> Ahead | None:
    """Return what was begun for a store, once."""
    return _BEGUN.pop(store, None)
