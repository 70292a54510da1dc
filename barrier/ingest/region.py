"""From a region folder to checked columns.

Rule: all problems at once; protected persons and addresses, and every link to them, stay outside the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.folder import RegionFolder, open_folder
from barrier.ingest.reader import RawTable, read_table
from barrier.ingest.tables import Intake, NodeRows, check_header, link_table, node_rows, node_tables
from barrier.model.schema import schema, schema_bytes
from barrier.store.tables import GraphTables, LinkTable, empty_links, node_arrow_schema

READERS = 2  # tables read and checked side by side
IMPORT_VERSION = "1"  # rises when the same files give another graph
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Region:
    """A region that has been read and checked.

    Args:
        folder: Where it came from, with its settings.
        tables: The good rows.
        rejected: The rows set aside: file, line, column, value_kind, reason.
        notes: What a reader should know: dropped columns, files not read, residences closed, …
        rows_read: Number of rows in the files, by table.
        withheld: Number of protected persons and addresses that were left out.
        rows_loaded: Number of good rows, by table.
        fingerprint: Hash of the content of the files.
    """

    folder: RegionFolder
    tables: GraphTables
    rejected: pd.DataFrame
    notes: tuple[str, ...]
    rows_read: dict[str, int]
    withheld: int
    rows_loaded: dict[str, int]
    fingerprint: str

    def counted(self) -> Region:
        """Return the region without its tables, so that their memory can be used again."""
        return replace(self, tables=GraphTables({}, {}, self.fingerprint))


def read_region(path: Path, *, progress: Progress = lambda _: None) -> Region:
    """Read and check a region folder.

    Args:
        path: The folder.
        progress: Called with the name of each table before it is read.

    Raises:
        InputError: The folder or a file in it cannot be read as tables; every such file is named.
    """
    return build_region(open_folder(path), {}, progress=progress)


def build_region(folder: RegionFolder, given: dict[str, RawTable], *, progress: Progress = lambda _: None) -> Region:
    """Check the files of a folder, or tables ``given`` by a mapping, and put them together.

    Raises:
        InputError: A file cannot be read as a table.
    """
    intake = Intake(notes=list(folder.notes))
    taken: list[_Taken] = []

    def take(name: str) -> _Taken:
        progress(name)
        return _take(folder, given, name, intake.part())

    def node(label: str) -> tuple[_Taken, NodeRows | None]:
        found = take(label)
        return found, None if found.raw is None else node_rows(found.let_go(), label, found.intake)

    def link(name: str) -> tuple[_Taken, LinkTable]:
        found = take(name)
        return found, empty_links(name) if found.raw is None else link_table(found.let_go(), name, found.intake)

    nodes = {label: node_arrow_schema(label).empty_table() for label in schema().labels}
    links: dict[str, LinkTable] = {}
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        read = list(pool.map(node, schema().labels))
        taken += [found for found, _ in read]
        nodes |= node_tables([rows for _, rows in read if rows is not None])
        intake.ids |= {label: table.column("id").combine_chunks() for label, table in nodes.items()}
        del read
        for name, (found, table) in zip(schema().relationships, pool.map(link, schema().relationships), strict=True):
            taken.append(found)
            links[name] = table
    _raise_problems(taken)
    digest = hashlib.sha256(IMPORT_VERSION.encode() + schema_bytes())
    for found in taken:
        digest.update(found.fingerprint)
        intake.absorb(found.intake)
    rows_read = {found.name: found.rows for found in taken if found.rows is not None}
    nodes, links, withheld = withhold_protected(nodes, links)
    _add_notes(intake, withheld, unplaced=_unplaced(nodes, links))
    tables = GraphTables(nodes, links, digest.hexdigest())
    rejected, notes = intake.rejects.frame(), tuple(intake.notes)
    return Region(folder, tables, rejected, notes, rows_read, withheld, tables.counts(), tables.fingerprint)


def withhold_protected(
    nodes: dict[str, pa.Table], links: dict[str, LinkTable]
) -> tuple[dict[str, pa.Table], dict[str, LinkTable], int]:
    """Leave protected persons and addresses out, with their links and the signals and visits only about them.

    Returns:
        The nodes and links that remain, and how many nodes were left out.
    """
    secret = [_secret_ids(nodes[label]) for label in ("Person", "Address")]
    hidden = pa.concat_arrays(secret)
    if not len(hidden):
        return nodes, links, 0
    only_about = [_only_about(links[name].table, hidden) for name in ("CONCERNS", "INSPECTED")]
    left_out = pa.concat_arrays([hidden, *only_about])
    kept_nodes = {label: _without(table, "id", left_out) for label, table in nodes.items()}
    kept_links = {}
    for name, link in links.items():
        touched = [pc.is_in(link.table.column(c), value_set=hidden) for c in ("source_id", "target_id")]
        either = pc.or_(*touched)
        kept_links[name] = link.filter(pc.invert(either)) if pc.any(either).as_py() else link
    return kept_nodes, kept_links, len(hidden)


def _only_about(links: pa.Table, hidden: pa.Array) -> pa.Array:
    """Return the signals or visits whose every link leads to a hidden node."""
    inside = pc.is_in(links.column("target_id"), value_set=hidden)
    sources = links.column("source_id")
    others = pc.unique(sources.filter(pc.invert(inside)))
    touched = pc.unique(sources.filter(inside))
    return touched.filter(pc.invert(pc.is_in(touched, value_set=others)))


def _secret_ids(table: pa.Table) -> pa.Array:
    return table.filter(pc.fill_null(table.column("protected"), False)).column("id").combine_chunks()


def _without(table: pa.Table, column: str, ids: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table.column(column), value_set=ids)))


@dataclass
class _Taken:
    """A table that was read, or why it could not be."""

    name: str
    intake: Intake
    raw: RawTable | None = None
    rows: int | None = None
    fingerprint: bytes = b""
    problem: InputError | None = None

    def let_go(self) -> RawTable:
        """Return the delivered table and keep no hold of it."""
        raw, self.raw = self.raw, None
        if raw is None:
            raise AssertionError(f"{self.name} was not read")
        return raw


def _take(folder: RegionFolder, given: dict[str, RawTable], name: str, intake: Intake) -> _Taken:
    if name not in given and name not in folder.files:
        return _Taken(name, intake)
    try:
        raw = given.get(name) or read_table(folder.files[name])
        check_header(raw, name, intake)
    except InputError as error:
        return _Taken(name, intake, problem=error)
    digest = name.encode() + hashlib.sha256(raw.content).digest()
    return _Taken(name, intake, raw, raw.table.num_rows + len(raw.ragged), digest)


def _raise_problems(taken: Sequence[_Taken]) -> None:
    problems = [found.problem for found in taken if found.problem is not None]
    if problems:
        raise InputError([line for p in problems for line in p.problems], hint=_shared_hint(problems))


def _unplaced(nodes: dict[str, pa.Table], links: dict[str, LinkTable]) -> int:
    """Return how many signals are about nothing in the region: kept, and tied to no place for want of one."""
    about = pc.is_in(
        nodes["Signal"].column("id"), value_set=links["CONCERNS"].table.column("source_id").combine_chunks()
    )
    return int(nodes["Signal"].num_rows - (pc.sum(about).as_py() or 0))


def _add_notes(intake: Intake, withheld: int, *, unplaced: int) -> None:
    if intake.closed_residences:
        intake.notes.append(
            f"REGISTERED_AT: {intake.closed_residences:,} open residences were ended by a later one of the same person"
        )
    if unplaced:
        intake.notes.append(
            f"{unplaced:,} signals concern nothing in this region; they are kept and count in no finding"
        )
    if withheld:
        intake.notes.append(
            f"{withheld:,} protected persons and addresses were left out, with all that is only about them"
        )


def _shared_hint(problems: Sequence[InputError]) -> str | None:
    hints = sorted({p.hint for p in problems if p.hint})
    return "; ".join(hints) or None
