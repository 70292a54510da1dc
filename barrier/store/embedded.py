"""The embedded store: a folder with a kglite graph and the same graph as columns.

Rule: a load writes a new generation beside the old one; `current.json` names the one that counts and is replaced
in one step, so a load that is killed leaves the store as it was. Where little differs from what the store holds, the
graph is the old one with those rows changed; what is written is the same either way.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import kglite
import pandas as pd
import pyarrow as pa

from barrier.errors import DamagedError, StoreError
from barrier.files import force_to_disk, private_folder, tighten_all, trouble
from barrier.store.ahead import LARGE_ROWS, Ahead, read_ahead, taken
from barrier.store.changes import Changes, changes_between
from barrier.store.columns import COLUMNS, IDS, columns_file, read_columns, read_unread, write_columns
from barrier.store.engine import answer_of
from barrier.store.frames import frame_of
from barrier.store.generation import (
    GRAPH,
    KIND,
    Current,
    Draft,
    Generation,
    free_place,
    keep_terms,
    read_current,
    unwritten,
    write_current,
)
from barrier.store.graphs import apply_changes, build_graph
from barrier.store.guard import ensure_reading
from barrier.store.locks import held
from barrier.store.manifest import seal
from barrier.store.own_folders import GENERATION, check_store_place, mark_store, remove_former, remove_own
from barrier.store.places import place_beside
from barrier.store.protocol import DEFAULT_TIMEOUT_S, NumberedColumns, Params, Progress, Rows, Snapshot, Terms
from barrier.store.tables import GraphTables, TableColumns
from barrier.store.unread import Unread

_AGAIN = "scan or import the region again: the store is built anew from the delivery"
MOST_CHANGED = 0.15  # part of the rows; above, the graph is built anew


class EmbeddedStore:
    """A store in a folder, without a server.

    Args:
        path: The folder; it is made at the first load.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._graph: kglite.FrozenGraph | None = None
        self._unsaved: kglite.KnowledgeGraph | None = None  # of a store in memory
        self._columns: NumberedColumns | None = None
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._earlier: Ahead | None = None
        self._draft: Draft | None = None
        self._opening = threading.Lock()
        self._found: tuple[Current, Generation] | None = None
        self._damage: DamagedError | None = None
        kglite.set_query_warning_policy("silent")

    @classmethod
    def in_memory(cls, tables: GraphTables) -> EmbeddedStore:
        """Return a store that holds ``tables`` and writes nothing: for cases and trials."""
        store = cls(Path("memory.barrier"))
        store._unsaved = build_graph(tables)
        store._graph = store._unsaved.freeze()
        store._columns = TableColumns(tables)
        return store

    def prefetch(self) -> None:
        """Begin to read the graph that is there, beside other work: what needs it soon begins with it."""
        if self._earlier is None:
            read_ahead(self.path)
            self._earlier = taken(self.path)

    def changes(self, tables: GraphTables) -> Changes | None:
        """Return what differs from what the store holds; None where that is much, or cannot be told."""
        snapshot = self._sound()
        if snapshot is None or not (self._generation() / COLUMNS).is_dir():  # of a version before
            return None
        if snapshot.fingerprint == tables.fingerprint:
            return Changes({}, sum(snapshot.counts.values()), snapshot.fingerprint)
        try:
            found = changes_between(self.table, tables, before=snapshot.fingerprint)
        except DamagedError as error:
            self._damage = error
            return None
        except (OSError, pa.ArrowInvalid, KeyError):  # of another version: all is built anew
            return None
        return None if found.share() > MOST_CHANGED or found.moved_labels() else found

    def load(
        self,
        tables: GraphTables,
        *,
        progress: Progress = lambda _: None,
        settle: bool = True,
        changes: Changes | None = None,
        terms: Terms | None = None,
    ) -> bool:
        """Replace the content, whole or not at all; return whether it changed.

        Args:
            tables: The new content.
            progress: Called with the name of each table.
            settle: Wait until all is on the disk; without it, nothing counts before `settle`, and the columns of a
                graph that is not large are read from memory until then.
            changes: What differs from what the store holds, as `changes` says: the graph is changed there; without
                it, and where the store holds something else by now, the graph is built from nothing.
            terms: By what it is looked at from now on; default as before, empty for none.

        Raises:
            TryAgainError: The disk is full or cannot be written.
        """
        self.settle()
        snapshot = self._sound()
        if snapshot is not None and snapshot.fingerprint == tables.fingerprint and self._is_whole():
            keep_terms(self.path, terms)
            return False
        if terms is None and snapshot is not None:
            terms = self.terms()
        if snapshot is None or (changes is not None and changes.before != snapshot.fingerprint):
            changes = None
        check_store_place(self.path)
        folder = free_place(self.path, tables.fingerprint, self._found[0].generation if self._found else "")
        with self._written(folder):
            remove_own(folder, GENERATION)
            private_folder(folder / COLUMNS)
            mark_store(self.path)
            late = not settle and changes is not None and sum(tables.counts().values()) <= LARGE_ROWS
            graph = self._filled(tables, changes, None if late else folder / COLUMNS, progress)
            progress("store")
        self._graph, self._columns = None, TableColumns(tables) if late else None
        writing = self._beside.submit(write_columns, tables, folder / COLUMNS) if late else None
        self._draft = Draft(folder, tables.fingerprint, tables.counts(), graph, writing, terms or None)
        if settle:
            self.settle()
        return True

    def damage(self) -> str | None:
        """Return what was found damaged and left out, for a load to build it anew; None where nothing was."""
        return None if self._damage is None else str(self._damage)

    def unread(self) -> Unread:
        """Return what of the delivery is not in the graph; nothing where a version before this one loaded it."""
        loaded = self._columns.tables if isinstance(self._columns, TableColumns) else None
        return loaded.unread if loaded else read_unread(self._checked, self._generation())

    def _sound(self) -> Snapshot | None:
        """Return what the store holds, or None where nothing was loaded or what was is damaged."""
        try:
            if self._draft is None and read_current(self.path) is not None:
                self._generation()
            return self.snapshot()
        except DamagedError as error:
            self._damage = error
            return None

    def _is_whole(self) -> bool:
        """Return whether all that counts is known to be as it was written."""
        found = self._opened_generation()
        try:
            if found.manifest is not None:
                found.manifest.check()
        except DamagedError as error:
            self._damage = error
            return False
        return found.manifest is not None

    def _filled(
        self, tables: GraphTables, changes: Changes | None, columns: Path | None, progress: Progress
    ) -> kglite.KnowledgeGraph:
        """Return the graph; beside it, write the columns where they are not written later."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            written = beside.submit(write_columns, tables, columns) if columns else None
            earlier = self._before() if changes is not None else None
            if earlier is None or changes is None:
                graph = build_graph(tables, progress=progress)
            else:
                graph = earlier
                apply_changes(graph, tables, changes, progress=progress)
            if written is not None:
                written.result()
        return graph

    def _before(self) -> kglite.KnowledgeGraph | None:
        """Return the graph that is there, for changing, or None where it cannot be read."""
        try:
            return self._read_graph()
        except DamagedError as error:
            self._damage = error
            return None
        except (kglite.KgError, OSError):
            return None

    def _read_graph(self) -> kglite.KnowledgeGraph:
        """Return the graph that is there, as it was read ahead where it was."""
        here, begun, self._earlier = self._generation() / GRAPH, self._earlier, None
        return kglite.load(str(self._checked(GRAPH))) if begun is None or begun.file != here else begun.graph.result()

    def settle(self, *, wait: bool = True) -> None:
        """Put what was loaded on the disk, and make it what counts.

        Args:
            wait: Wait for it; without it, writing begins beside other work, and a later call waits.

        Raises:
            TryAgainError: The disk is full or cannot be written; the store is as it was.
        """
        draft = self._draft
        if draft is None:
            return
        self._graph = None  # a graph that is being read is copied when it is written
        if draft.saving is None:
            # not forced to the disk: after a power cut the region is imported again
            place = str(draft.folder / GRAPH)
            draft.saving = self._beside.submit(draft.graph.save, place, layout="compact", fsync=False)
        if not wait:
            return
        with self._written(draft.folder):
            if draft.writing is not None:
                draft.writing.result()
            draft.saving.result()
            made = draft.folder.with_suffix("")
            tighten_all(draft.folder)
            store = mark_store(self.path)
            stamp = seal(draft.folder, kind=KIND, name=made.name, store=store)
            remove_own(made, GENERATION)
            draft.folder.rename(made)
            force_to_disk(self.path)
            write_current(self.path, Current(made.name, draft.fingerprint, draft.counts, store, stamp, draft.terms))
        self._draft, self._columns, self._graph, self._found = None, None, draft.graph.freeze(), None
        remove_former(self.path, made.name)

    @contextmanager
    def _written(self, folder: Path) -> Iterator[None]:
        """Leave the store as it was where a draft is not finished, and say so where the disk takes no more."""
        try:
            yield
        except BaseException as error:
            self._draft = self._graph = self._columns = None
            remove_own(folder, GENERATION)
            if not isinstance(error, (OSError, kglite.KgError)):
                raise
            reason = trouble(error) if isinstance(error, OSError) else "the graph file cannot be written"
            raise unwritten(self.path, reason) from error

    def terms(self) -> Terms | None:
        """Return by what the content is looked at, as it was loaded; None where no terms are kept."""
        held = self._draft or read_current(self.path)
        return held.terms if held is not None else None

    def keep_terms(self, terms: Terms) -> None:
        """Put terms in the place of those that are kept, empty ones for none; the content stays."""
        keep_terms(self.path, terms)

    def snapshot(self) -> Snapshot | None:
        """Return what the store holds, or None where nothing was loaded yet."""
        if self._draft is not None:
            return Snapshot(self._draft.fingerprint, dict(self._draft.counts))
        current = read_current(self.path)
        return None if current is None else Snapshot(current.fingerprint, dict(current.counts))

    def _generation(self) -> Path:
        return self._draft.folder if self._draft is not None else self._opened_generation().folder

    def _opened_generation(self) -> Generation:
        current = read_current(self.path)
        if current is None:
            raise StoreError(
                f"{self.path}: there is no store here, or nothing was imported yet",
                hint="run: barrier import REGION --store STORE",
            )
        if self._found is None or self._found[0] != current:
            self._found = current, Generation.of(self.path, current)
        return self._found[1]

    def _checked(self, name: str) -> Path:
        """Return a file of what counts, once it is known to be as it was written."""
        return self._draft.folder / name if self._draft is not None else self._opened_generation().checked(name)

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
            QueryLimitError: It took longer than ``timeout_s``.
        """
        text = ensure_reading(query)
        return answer_of(self._open(), text, params or {}, timeout_s=timeout_s, row_limit=row_limit)

    @contextmanager
    def lent(self) -> Iterator[Mapping[str, str]]:
        """Give for a block the file of the graph; that of a store in memory is written for it, and removed."""
        if self._unsaved is None:
            self.settle()
            yield {"graph": str(self._checked(GRAPH))}
            return
        with tempfile.TemporaryDirectory(prefix="barrier-") as folder:
            file = str(Path(folder) / GRAPH)
            with self._opening:
                self._unsaved.save(file, layout="compact", fsync=False)
            yield {"graph": file}

    def _open(self) -> kglite.FrozenGraph:
        with self._opening:  # queries that run side by side read it once
            return self._opened()

    def _opened(self) -> kglite.FrozenGraph:
        if self._graph is None and self._draft is not None:
            if self._draft.saving is None:
                self._graph = self._draft.graph.freeze()
            else:
                self.settle()
        if self._graph is None:
            try:
                self._graph = self._read_graph().freeze()
            except (kglite.KgError, OSError) as error:
                raise StoreError(
                    f"{self.path}: the graph cannot be read",
                    hint=_AGAIN,
                ) from error
        return self._graph

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type."""
        return self._columns.edges(relationship, columns) if self._columns else self._stored(relationship, columns)

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""
        return self._columns.nodes(label, columns) if self._columns else self._stored(label, columns)

    def table(self, name: str) -> pa.Table:
        """Return all columns that are kept of a label or relationship type, of links with the labels of both ends.

        Raises:
            DamagedError: They are not as they were written.
            OSError: They cannot be read.
        """
        return read_columns(self._checked(columns_file(name)))

    def ids(self) -> pa.Array:
        """Return the ids by number, as in the columns that `table` gives.

        Raises:
            DamagedError: They are not as they were written.
            OSError: They cannot be read.
        """
        return read_columns(self._checked(columns_file(IDS))).column("id").combine_chunks()

    def numbered(self, wanted: Mapping[str, Sequence[str]]) -> tuple[pa.Array, dict[str, pd.DataFrame]]:
        """Return ids by number, and columns of all links of some types with the numbers of their ends."""
        if self._columns is not None:
            return self._columns.numbered(wanted)
        ends = ["source_code", "target_code"]
        return self.ids(), {name: self._stored(name, [*ends, *columns]) for name, columns in wanted.items()}

    def _stored(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        try:
            return frame_of(read_columns(self._checked(columns_file(name)), columns))
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(f"{self.path}: the columns of {name} cannot be read", hint=_AGAIN) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store for one import or scan; what was loaded is on the disk when it ends."""
        check_store_place(self.path)
        with held(place_beside(self.path, ".lock"), what=self.name):
            try:
                yield
            finally:
                self.settle()

    def close(self) -> None:
        """Let go of the graph."""
        self._graph = None
        self._earlier = None
        self._columns = None
