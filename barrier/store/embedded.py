"""The embedded store: a folder with a kglite graph and the same graph as columns.

Rule: a load writes a new generation beside the old one; `current.json` names the one that counts and is replaced
in one step, so a load that is killed leaves the store as it was.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import kglite
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from barrier.errors import InputError, StoreError, TryAgainError
from barrier.store.frames import column_types, frame_of
from barrier.store.guard import ensure_reading
from barrier.store.locks import held
from barrier.store.protocol import DEFAULT_TIMEOUT_S, Columns, Params, Progress, Rows, Snapshot
from barrier.store.tables import GraphTables, TableColumns

_CURRENT = "current.json"


class EmbeddedStore:
    """A store in a folder, without a server.

    Args:
        path: The folder; it is made at the first load.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._graph: kglite.FrozenGraph | None = None
        self._columns: Columns | None = None
        kglite.set_query_warning_policy("silent")

    @classmethod
    def in_memory(cls, tables: GraphTables) -> EmbeddedStore:
        """Return a store that holds ``tables`` and writes nothing: for cases and trials."""
        store = cls(Path("memory.barrier"))
        store._graph = build_graph(tables).freeze()
        store._columns = TableColumns(tables)
        return store

    def load(self, tables: GraphTables, *, progress: Progress = lambda _: None) -> bool:
        """Replace the content, whole or not at all; return False when it is there already.

        Raises:
            TryAgainError: The disk is full or cannot be written.
        """
        snapshot = self.snapshot()
        if snapshot is not None and snapshot.fingerprint == tables.fingerprint:
            return False
        generation = f"g-{tables.fingerprint[:16]}"
        try:
            graph = self._write(generation, tables, progress)
        except (OSError, kglite.KgError) as error:
            shutil.rmtree(self.path / f"{generation}.part", ignore_errors=True)
            reason = getattr(error, "strerror", None) or "the graph file cannot be written"
            raise TryAgainError(
                f"{self.path}: cannot be written: {reason}", hint="free space on the disk, then try again"
            ) from error
        self._graph = graph.freeze()
        return True

    def _write(self, generation: str, tables: GraphTables, progress: Progress) -> kglite.KnowledgeGraph:
        part = self.path / f"{generation}.part"
        shutil.rmtree(part, ignore_errors=True)
        (part / "columns").mkdir(parents=True)
        with ThreadPoolExecutor(max_workers=1) as beside:
            columns = beside.submit(_write_columns, tables, part / "columns")
            graph = build_graph(tables, progress=progress)
            progress("store")
            # not forced to the disk: after a power cut the region is imported again
            graph.save(str(part / "graph.kgl"), layout="compact", fsync=False)
            columns.result()
        shutil.rmtree(self.path / generation, ignore_errors=True)
        part.rename(self.path / generation)
        record = {"generation": generation, "fingerprint": tables.fingerprint, "counts": tables.counts()}
        draft = self.path / f"{_CURRENT}.part"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / _CURRENT)
        for old in self.path.glob("g-*"):
            if old.name != generation:
                shutil.rmtree(old, ignore_errors=True)
        return graph

    def snapshot(self) -> Snapshot | None:
        """Return what the store holds, or None where nothing was loaded yet."""
        record = self._current()
        return None if record is None else Snapshot(str(record["fingerprint"]), dict(record["counts"]))

    def _current(self) -> dict[str, Any] | None:
        file = self.path / _CURRENT
        if not file.is_file():
            return None
        try:
            record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{self.path}: {_CURRENT} cannot be read",
                hint="remove current.json in it (cases.sqlite holds decisions: keep it), then import again",
            ) from error
        return record

    def _generation(self) -> Path:
        record = self._current()
        if record is None:
            raise StoreError(
                f"{self.path}: there is no store here, or nothing was imported yet",
                hint="run: barrier import REGION --store STORE",
            )
        return self.path / str(record["generation"])

    def read(
        self,
        query: str,
        params: Params | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int | None = None,
    ) -> Rows:
        """Run one reading Cypher statement.

        Raises:
            InputError: The query writes, or is not valid.
            TryAgainError: It took longer than ``timeout_s``.
        """
        text = ensure_reading(query)
        graph = self._open()
        try:
            result = graph.cypher(
                text, params=dict(params or {}), timeout_ms=max(1, int(timeout_s * 1000)), row_limit=row_limit
            )
        except kglite.CypherTimeoutError as error:
            raise TryAgainError(
                f"the query took longer than {timeout_s:g} seconds", hint="narrow it down, or raise --timeout"
            ) from error
        except (kglite.KgError, ValueError, TypeError) as error:
            raise InputError(
                [f"query: {str(error).splitlines()[0]}"], hint="see docs/guide/queries.md for the common Cypher"
            ) from error
        total = (result.diagnostics or {}).get("total_rows")
        frame = pd.DataFrame(result.to_list(), columns=result.columns, dtype=object)
        return Rows(frame, len(frame) if total is None else int(total))

    def _open(self) -> kglite.FrozenGraph:
        if self._graph is None:
            file = self._generation() / "graph.kgl"
            try:
                self._graph = kglite.load(str(file)).freeze()
            except (kglite.KgError, OSError) as error:
                raise StoreError(
                    f"{self.path}: the graph cannot be read",
                    hint="remove current.json in it (cases.sqlite holds decisions: keep it), then import again",
                ) from error
        return self._graph

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type."""
        return self._columns.edges(relationship, columns) if self._columns else self._stored(relationship, columns)

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""
        return self._columns.nodes(label, columns) if self._columns else self._stored(label, columns)

    def _stored(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        file = self._generation() / "columns" / f"{name}.parquet"
        try:
            return frame_of(pq.ParquetFile(file).read(columns=list(columns)))
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(
                f"{self.path}: the columns of {name} cannot be read", hint="import the region again"
            ) from error

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store for one import or scan."""
        return held(self.path.with_name(self.path.name + ".lock"), what=self.name)

    def close(self) -> None:
        """Let go of the graph."""
        self._graph = None
        self._columns = None


def build_graph(tables: GraphTables, *, progress: Progress = lambda _: None) -> kglite.KnowledgeGraph:
    """Return the tables as a kglite graph in memory; links that were delivered twice stay two."""
    graph = kglite.KnowledgeGraph()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="relationship type .* relationships were created on")
        try:
            _fill(graph, tables, progress)
        except ValueError as error:
            if "KeyboardInterrupt" in str(error):  # kglite turns Ctrl-C during a load into an error of the column
                raise KeyboardInterrupt from error
            raise
    return graph


def _fill(graph: kglite.KnowledgeGraph, tables: GraphTables, progress: Progress) -> None:
    for label, table in tables.nodes.items():
        progress(label)
        if table.num_rows:
            graph.add_nodes(frame_of(table), label, "id", column_types=column_types(table))
    for name, links in tables.links.items():
        progress(name)
        for source, target, rows in links.by_labels():
            graph.add_relationships(
                frame_of(rows), name, source, "source_id", target, "target_id", column_types=column_types(rows)
            )


def _write_columns(tables: GraphTables, folder: Path) -> None:
    for name, table in tables.all_tables().items():
        pq.write_table(table, folder / f"{name}.parquet", compression="lz4")
