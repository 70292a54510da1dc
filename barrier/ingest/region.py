"""From a region folder to checked columns.

Rule: all problems at once; protected persons and addresses, and every link to them, stay outside the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import DamagedError, InputError
from barrier.ingest.alike_ids import alike_ids, alike_notes
from barrier.ingest.count import RowCount
from barrier.ingest.empty_days import empty_day_notes
from barrier.ingest.folder import RegionFolder, open_folder
from barrier.ingest.hidden_ids import Renamed, hide_ends, hide_node_ids, hide_texts
from barrier.ingest.intake import Intake
from barrier.ingest.known import Known, Part, still_right
from barrier.ingest.lost_digits import lost_digit_notes
from barrier.ingest.made_dates import made_date_notes
from barrier.ingest.named_texts import check_said, count_naming, without_names
from barrier.ingest.odd_rows import quoted_notes
from barrier.ingest.placeholders import Placeholders, shipped_placeholders
from barrier.ingest.protection import NOTHING, Protected, protected_rows, with_lookalikes, withhold_protected
from barrier.ingest.reader import RawTable
from barrier.ingest.rejects import Rejects, Rows, SetAside
from barrier.ingest.repeated_ids import node_tables
from barrier.ingest.secrecy import SHIPPED, Secrecy, secrecy_bytes
from barrier.ingest.several_ids import several_id_notes
from barrier.ingest.table_intake import TakenTable, take_table
from barrier.ingest.tables import NodeRows, link_table, node_rows
from barrier.ingest.unread_links import ends_by_type, unread
from barrier.model.dates import FAR_FUTURE, today
from barrier.model.schema import schema, schema_bytes
from barrier.printable import counted
from barrier.store.tables import GraphTables, LinkTable, TakenOver, empty_links, node_arrow_schema

READERS = 2  # tables read and checked side by side
IMPORT_VERSION = "15"  # rises when the same files give another graph
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Region:
    """A region that has been read and checked.

    Args:
        folder: Where it came from, with its settings.
        tables: The good rows.
        rejected: The rows set aside: file, line, column, value_kind, reason; of many the first.
        notes: What a reader should know: dropped columns, files not read, residences closed, …
        rows_read: Number of rows in the files, by table.
        withheld: Number of protected persons and addresses that were left out.
        rows_loaded: Number of good rows, by table.
        fingerprint: Hash of the content of the files.
        protected: What is protected in it, and known only through that: in memory only, never written.
        rejects: How many rows are set aside, and why.
        aside: The same by table, to compare with those of another delivery.
        row_counts: What became of the rows of each delivered file.
    """

    folder: RegionFolder
    tables: GraphTables
    rejected: pd.DataFrame
    notes: tuple[str, ...]
    rows_read: dict[str, int]
    withheld: int
    rows_loaded: dict[str, int]
    fingerprint: str
    protected: Protected = NOTHING
    rejects: Rejects = field(default_factory=Rejects, repr=False)
    aside: Mapping[str, SetAside] = field(default_factory=dict, repr=False)
    row_counts: tuple[RowCount, ...] = ()

    def counted(self) -> Region:
        """Return the region without its tables, so that their memory can be used again."""
        return replace(self, tables=GraphTables({}, {}, self.fingerprint))


def read_region(
    path: Path,
    *,
    known: Known | None = None,
    words: Placeholders | None = None,
    secrecy: Secrecy = SHIPPED,
    progress: Progress = lambda _: None,
) -> Region:
    """Read and check a region folder.

    Args:
        path: The folder.
        known: What a store holds that was loaded from an earlier delivery of it.
        words: Words that stand for nothing; default the shipped ones.
        secrecy: What the office says of names that sound like secrecy.
        progress: Called with the name of each table before it is read.

    Raises:
        InputError: The folder or a file in it cannot be read as tables; every such file is named.
    """
    folder = open_folder(path, secrecy)
    return build_region(folder, {}, known=known, words=words, secrecy=secrecy, progress=progress)


def build_region(
    folder: RegionFolder,
    given: dict[str, RawTable],
    *,
    known: Known | None = None,
    before: Intake | None = None,
    words: Placeholders | None = None,
    secrecy: Secrecy = SHIPPED,
    progress: Progress = lambda _: None,
) -> Region:
    """Check the files of a folder, or tables ``given`` by a mapping, and put them together.

    Args:
        folder: The folder.
        given: Tables in place of files.
        known: What a store holds that was loaded from an earlier delivery; rows that stand there are not checked again.
        before: What was found in delivered files while a mapping was read.
        words: Words that stand for nothing; default the shipped ones.
        secrecy: What the office says of names that sound like secrecy.
        progress: Called with the name of each table before it is read.

    Raises:
        InputError: A file cannot be read as a table.
    """
    told: dict[str, Any] = {"day": folder.config.extract_date or today(), "secrecy": secrecy}
    intake = Intake(notes=list(folder.notes), words=words or shipped_placeholders(), **told)
    if before is not None:
        intake.absorb(before)
    reading = _Reading(folder, given, known, intake, progress)
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        taken = list(pool.map(reading.take_nodes, schema().labels))
        checked = pool.map(reading.node, taken)
        # most rows of links are taken over: they are read while the nodes are put together
        linked = None if known is None else pool.map(reading.take_links, schema().relationships)
        nodes = reading.nodes(list(checked))
        if nodes is None:
            return build_region(folder, given, before=before, words=words, secrecy=secrecy, progress=progress)
        intake.ids |= {label: table.column("id").combine_chunks() for label, table in nodes.items()}
        if linked is None:
            found = list(pool.map(lambda name: reading.link(reading.take_links(name)), schema().relationships))
        else:
            read_links = list(linked)
            reading.join(read_links)
            found = list(pool.map(reading.link, read_links))
    links = {read.name: table for read, table in found}
    taken += [read for read, _ in found]
    _raise_problems(taken)
    digest = hashlib.sha256(reading_version() + intake.words.digest.encode() + secrecy.digest)
    for read in taken:
        digest.update(read.fingerprint)
        intake.absorb(read.intake)
    intake.closed_residences = _closed(links["REGISTERED_AT"].table)
    rows_read = {read.name: read.rows for read in taken if read.rows is not None}
    held = known.ids() if known is not None else None
    whole = GraphTables(nodes, links, digest.hexdigest(), reading.taken, held)
    tables, protected = withhold_protected(whole, intake.protected, ends_by_type(intake.unread))
    said = folder.config
    check_said(
        {"the name": said.name, "the purpose": said.purpose, "the legal basis": said.legal_basis},
        protected.ids | intake.named,
    )
    tables = replace(tables, unread=unread(whole, protected, intake.unread, rows_read, intake.of_no_day))
    tables, emptied = without_names(tables, protected.ids | intake.named)
    withheld = protected.count()
    intake.notes += alike_notes(intake.alike, tables.nodes)
    _add_notes(intake, withheld, unplaced=_unplaced(tables), emptied=emptied)
    if naming := count_naming(tables, protected):
        holds = "1 id of another thing holds" if naming == 1 else f"{naming:,} ids of other things hold"
        intake.notes.append(
            f"{holds} the id of something protected: it is shown with them, deliver them under other ids"
        )
    return Region(
        folder,
        tables,
        intake.rejects.frame(),
        tuple(intake.notes),
        rows_read,
        withheld,
        tables.counts(),
        tables.fingerprint,
        protected,
        intake.rejects,
        intake.aside,
        _row_counts(taken, intake),
    )


def _row_counts(taken: Sequence[TakenTable], intake: Intake) -> tuple[RowCount, ...]:
    """Return what became of the rows of each file; where a mapping made the tables, of each file it was made of."""
    if intake.fates:
        return tuple(fates.count(file, intake.rejects.lines_of(file)) for file, fates in intake.fates.items())
    return tuple(read.count for read in taken if read.count is not None)


def reading_version() -> bytes:
    """Return what, besides the files, decides which graph they give: the schema and the version of reading."""
    return IMPORT_VERSION.encode() + schema_bytes() + secrecy_bytes()


def _closed(residences: pa.Table) -> int:
    """Return how many open residences were ended by a later one."""
    open_ended = pc.is_null(residences.column("until"))
    ended = pc.or_(
        pc.less(residences.column("end_day"), FAR_FUTURE), pc.less(residences.column("possible_end_day"), FAR_FUTURE)
    )
    return int(pc.sum(pc.and_(open_ended, ended)).as_py() or 0)


class _Reading:
    """Reads the tables of a region, each in a thread of its own."""

    def __init__(
        self, folder: RegionFolder, given: dict[str, RawTable], known: Known | None, intake: Intake, progress: Progress
    ) -> None:
        self.folder = folder
        self.given = given
        self.known = known
        self.intake = intake
        self.progress = progress
        self.taken: dict[str, TakenOver] = {}
        self.renamed: dict[str, Renamed] = {}

    def take_nodes(self, label: str) -> TakenTable:
        """Read one node table without values in clear as ids, and divide it where the store holds most of it."""
        found = self._read(label)
        if found.raw is not None:
            found.intake.notes += [*lost_digit_notes(found.raw), *made_date_notes(found.raw), *quoted_notes(found.raw)]
            alike = alike_ids(found.raw, label)
            raw, protected = with_lookalikes(found.raw, label)
            raw = replace(raw, keys=None)
            found.raw, self.renamed[label], notes = hide_node_ids(raw, label, self.intake.words)
            found.intake.notes += [*protected, *notes, *several_id_notes(found.raw)]
            found.intake.several = self.renamed[label].several
            found.intake.alike = [alike.renamed(self.renamed[label].ids)] if alike is not None else []
            self._hide_texts(found, "origin")
        return self._divided(found)

    def take_links(self, name: str) -> TakenTable:
        """Read one link table when all node tables were, with the same hashes at its ends."""
        found = self._read(name)
        if found.raw is not None:
            found.raw = hide_ends(found.raw, name, self.renamed)
            self._hide_texts(found, "source")
        return self._divided(found)

    def _hide_texts(self, found: TakenTable, column: str) -> None:
        if found.raw is not None:
            found.raw, notes = hide_texts(found.raw, column)
            found.intake.notes += notes

    def _read(self, name: str) -> TakenTable:
        self.progress(name)
        found = take_table(self.folder, self.given, name, self.intake.part())
        if found.raw is not None:
            found.intake.notes += empty_day_notes(found.raw, name)
        return found

    def _divided(self, found: TakenTable) -> TakenTable:
        name = found.name
        if found.raw is not None and self.known is not None:
            found.part = self.known.part(found.raw, name)
            found.intake.notes += found.part.notes if found.part is not None else ()
        return found

    def node(self, found: TakenTable) -> tuple[TakenTable, NodeRows | None]:
        """Check the rows of one node table that have to be."""
        if found.raw is None:
            return found, None
        found.intake.protected |= protected_rows(found.unchecked(), found.name)
        return found, node_rows(found.unchecked(), found.name, found.intake)

    def nodes(self, read: Sequence[tuple[TakenTable, NodeRows | None]]) -> dict[str, pa.Table] | None:
        """Return the good rows by label; None where rows were taken over and should not have been.

        That is where an id stands twice (which row counts is told by all of them), or the store went away meanwhile.
        """
        delivered = [rows for _, rows in read if rows is not None]
        parts = {found.name: found.part for found, _ in read if found.part is not None}
        if parts and _repeated(delivered, parts.values()):
            return None
        nodes = {label: node_arrow_schema(label).empty_table() for label in schema().labels}
        nodes |= node_tables(delivered)
        for one in delivered:
            self.intake.aside |= one.set_aside()
            self.intake.gone[one.label] = one.gone()
        for label, part in parts.items():
            places = next(rows.places() for rows in delivered if rows.label == label)
            nodes[label] = part.merged(nodes[label], places)
            self._note(label, part, nodes[label], places)
        if self.known is not None:
            try:
                self.lost = self.known.lost(parts, nodes)
            except (DamagedError, OSError, pa.ArrowInvalid):
                return None
        for found, rows in read:
            found.count = rows.rows.count(nodes[found.name].num_rows) if rows is not None else None
            found.let_go()
        return nodes

    def join(self, linked: Sequence[TakenTable]) -> None:
        """Let links that lost an end be checked, and look only for nodes that the links to be checked name."""
        for found in linked:
            if found.part is not None and found.raw is not None:
                found.part = still_right(found.part, found.name, self.lost, found.raw)
        tables = [found.unchecked().table for found in linked if found.raw is not None]
        ends = [pc.utf8_trim_whitespace(t.column(c)) for t in tables for c in ("source_id", "target_id")]
        named = pc.unique(pa.chunked_array([chunk for end in ends for chunk in end.chunks], pa.string()))
        ids = {label: known.filter(pc.is_in(known, value_set=named)) for label, known in self.intake.ids.items()}
        for found in linked:
            found.intake.ids, found.intake.every = ids, self.intake.ids

    def link(self, found: TakenTable) -> tuple[TakenTable, LinkTable]:
        """Check the rows of one link table that have to be, and put them together with the others."""
        if found.raw is None:
            return found, empty_links(found.name)
        part = found.part
        links, places, count = link_table(found.unchecked(), found.name, found.intake)
        found.let_go()
        if part is None:
            found.count = count(links.table.num_rows)
            return found, links
        merged = part.merged_links(links, places, found.name)
        found.count = count(merged.table.num_rows)
        self._note(found.name, part, merged.table, places)
        return found, merged

    def _note(self, name: str, part: Part, table: pa.Table, places: Rows) -> None:
        if self.known is not None:
            self.taken[name] = part.taken(table, places, self.known.fingerprint)


def _repeated(delivered: Sequence[NodeRows], parts: Iterable[Part]) -> bool:
    """Return whether an id among the rows to be checked stands elsewhere too."""
    chunks = [chunk for rows in delivered for chunk in rows.table.column("id").chunks]
    fresh = pa.chunked_array(chunks, pa.string()).drop_null()
    if pc.count_distinct(fresh).as_py() < len(fresh):
        return True
    return any(pc.any(pc.is_in(part.column("id"), value_set=fresh)).as_py() for part in parts)


def _raise_problems(taken: Sequence[TakenTable]) -> None:
    problems = [found.problem for found in taken if found.problem is not None]
    if problems:
        raise InputError([line for p in problems for line in p.problems], hint=_shared_hint(problems))


def _unplaced(tables: GraphTables) -> int:
    """Return how many signals are about nothing in the region: kept, and tied to no place for want of one."""
    signals, concerns = tables.table("Signal").column("id"), tables.table("CONCERNS").column("source_id")
    about = pc.is_in(signals, value_set=concerns.combine_chunks())
    return int(len(signals) - (pc.sum(about).as_py() or 0))


def _add_notes(intake: Intake, withheld: int, *, unplaced: int, emptied: int) -> None:
    if intake.closed_residences:
        intake.notes.append(
            f"REGISTERED_AT: {intake.closed_residences:,} open residences were ended by a later one of the same person"
        )
    if intake.closing_rows:
        ends = "row ends another one and holds" if intake.closing_rows == 1 else "rows end another one and hold"
        intake.notes.append(f"REGISTERED_AT: {intake.closing_rows:,} {ends} no address")
    if unplaced:
        intake.notes.append(
            f"{counted(unplaced, 'signal concerns', 'signals concern')} nothing in this region; "
            "they are kept and count in no finding"
        )
    if emptied:
        told = counted(emptied, "text that names", "texts that name")
        intake.notes.append(f"{told} something protected: emptied")
    if withheld:
        intake.notes.append(
            f"{counted(withheld, 'protected person or address was', 'protected persons and addresses were')} left out, "
            "with all that is known only through them"
        )


def _shared_hint(problems: Sequence[InputError]) -> str | None:
    hints = sorted({p.hint for p in problems if p.hint})
    return "; ".join(hints) or None
