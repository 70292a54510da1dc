"""One table of a region while it is read: as delivered, or why it could not be read.

Rule: what is wrong with one table keeps no other from being read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from barrier.errors import InputError
from barrier.ingest.count import RowCount
from barrier.ingest.folder import RegionFolder
from barrier.ingest.headers import in_model_spelling
from barrier.ingest.intake import Intake, check_header
from barrier.ingest.known import Part
from barrier.ingest.no_rows import with_keyed_rows
from barrier.ingest.odd_rows import with_odd_rows
from barrier.ingest.protection import COLUMN, check_ids
from barrier.ingest.ragged import check_whole
from barrier.ingest.reader import RawTable, read_table
from barrier.ingest.secrecy import check_names
from barrier.model.kinds import protectable
from barrier.model.schema import schema

KEYS = (("source_id", "target_id"), ("id",))  # of a table of links, of one of nodes


@dataclass
class TakenTable:
    """A table that was read, or why it could not be."""

    name: str
    intake: Intake
    raw: RawTable | None = None
    rows: int | None = None
    fingerprint: bytes = b""
    problem: InputError | None = None
    part: Part | None = None
    count: RowCount | None = None

    def unchecked(self) -> RawTable:
        """Return the rows of the delivered table that have to be checked."""
        if self.raw is None:
            raise AssertionError(f"{self.name} was not read")
        return self.raw if self.part is None else self.part.rest

    def let_go(self) -> None:
        """Keep no hold of the delivered table."""
        self.raw = self.part = None


def take_table(folder: RegionFolder, given: dict[str, RawTable], name: str, intake: Intake) -> TakenTable:
    """Read one table, given or from its file, with its columns called as in the model."""
    if name not in given and name not in folder.files:
        return TakenTable(name, intake)
    try:
        raw = given.get(name) or read_table(folder.files[name], within=folder.path)
        raw, read = in_model_spelling(raw, name, intake.secrecy)
        check_names(raw.beside, intake.secrecy)
        intake.notes += [*raw.notes, *read]
        check_header(raw, name, intake)
        raw, kept = with_keyed_rows(raw, [KEYS[name in schema().labels]])
        intake.notes += kept
        if name in schema().labels and name not in given:
            raw, odd = with_odd_rows(raw, [KEYS[True]])
            intake.notes += odd
        if name in protectable():
            check_whole(raw, COLUMN)
            check_ids(raw, name)
    except InputError as error:
        return TakenTable(name, intake, problem=error)
    digest = name.encode() + hashlib.sha256(raw.content).digest()
    return TakenTable(name, intake, raw, raw.table.num_rows + len(raw.ragged), digest)
