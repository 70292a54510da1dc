"""What every store can do.

Rule: two implementations, one behaviour; the contract test runs every shipped query on both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from barrier.store.changes import Changes
from barrier.store.tables import GraphTables
from barrier.store.unread import Unread

Params = Mapping[str, Any]
Terms = Mapping[str, Any]  # as JSON; what stands in them is no matter of a store
Progress = Callable[[str], None]

DEFAULT_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Rows:
    """What a query returned.

    Args:
        frame: One row a result row; ``None`` where the query returned null.
        total: How many rows there were before the row limit.
    """

    frame: pd.DataFrame
    total: int

    @property
    def left_out(self) -> int:
        """How many rows the row limit left out."""
        return self.total - len(self.frame)


@dataclass(frozen=True)
class Snapshot:
    """What a store holds: the fingerprint of the import and the number of rows by table."""

    fingerprint: str
    counts: dict[str, int]


class Columns(Protocol):
    """A graph read as columns: of a store, or of a region that is not in a store yet."""

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type; ``source_id`` and ``target_id`` are columns too."""

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""


class NumberedColumns(Columns, Protocol):
    """A graph read as columns, in which each node that links join has a number."""

    def numbered(self, wanted: Mapping[str, Sequence[str]]) -> tuple[pa.Array, dict[str, pd.DataFrame]]:
        """Return ids by number, and columns of all links of some types with the numbers of their ends.

        The numbers are the columns ``source_code`` and ``target_code``; no id where a number is out of use.
        """


class Store(NumberedColumns, Protocol):
    """A property graph that is loaded whole and then read."""

    name: str

    def prefetch(self) -> None:
        """Begin to read what is there, beside other work, where a load can begin with it."""

    def changes(self, tables: GraphTables) -> Changes | None:
        """Return what differs from what is held; None where that is much, or cannot be told."""

    def load(
        self,
        tables: GraphTables,
        *,
        progress: Progress = ...,
        settle: bool = ...,
        changes: Changes | None = ...,
        terms: Terms | None = ...,
    ) -> bool:
        """Replace the content, whole or not at all; return whether it changed.

        Without ``settle``, nothing counts before `settle`. With ``changes``, only they need to be made. With ``terms``,
        they are kept with the content, also where that stays; without, those that are there are.
        """

    def terms(self) -> Terms | None:
        """Return by what the content is looked at, as it was loaded; None where no terms are kept."""

    def keep_terms(self, terms: Terms) -> None:
        """Put terms in the place of those that are kept, empty ones for none; the content stays."""

    def settle(self, *, wait: bool = ...) -> None:
        """Put what was loaded on the disk; without ``wait``, begin with it beside other work."""

    def read(
        self, query: str, params: Params | None = None, *, timeout_s: float = ..., row_limit: int | None = None
    ) -> Rows:
        """Run one reading Cypher statement."""

    def lent(self) -> AbstractContextManager[Mapping[str, str]]:
        """Give for a block what another process needs to open the same content."""

    def table(self, name: str) -> pa.Table:
        """Return all columns kept of a label or relationship type; an OSError where a store keeps none."""

    def ids(self) -> pa.Array:
        """Return the ids by number, as in the columns that `table` gives; an OSError where a store keeps none."""

    def unread(self) -> Unread:
        """Return what of the delivery is not in the graph: relationship types without rows, rows set aside."""

    def damage(self) -> str | None:
        """Return what was found damaged and left out, for a load to build it anew; None where nothing was."""

    def snapshot(self) -> Snapshot | None:
        """Return what the store holds, or None where nothing was loaded yet."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store for one import or scan; another one is told to wait."""

    def close(self) -> None:
        """Let go of files and connections."""
