"""What the import of a region has found so far, table by table.

Rule: each table has an intake of its own, in a thread of its own; they are put together in the order of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from barrier.errors import InputError
from barrier.ingest.alike_ids import Alike
from barrier.ingest.count import Fates
from barrier.ingest.headers import delivered_columns, header_below
from barrier.ingest.placeholders import Placeholders, shipped_placeholders
from barrier.ingest.plain_words import is_known_column, places, shown_columns
from barrier.ingest.reader import RawTable
from barrier.ingest.rejects import Rejects, SetAside
from barrier.ingest.secrecy import SHIPPED, Secrecy
from barrier.ingest.unread_links import UnreadLinks
from barrier.model.banned import is_banned, why_banned
from barrier.model.dates import today
from barrier.model.schema import schema

_ENDS = ("source_id", "target_id")
_DAY = r"^\s*(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4}|(?:19|20)\d{6})(?:[ T].*)?$"
_NAMED = 50  # columns that are dropped and named


@dataclass
class Intake:
    """What one import has found so far: rows set aside, notes, ids by label."""

    rejects: Rejects = field(default_factory=Rejects)
    notes: list[str] = field(default_factory=list)
    ids: dict[str, pa.Array] = field(default_factory=dict)
    every: dict[str, pa.Array] = field(default_factory=dict)  # where ids are only those that links name
    gone: dict[str, pa.Array] = field(default_factory=dict)  # ids of rows of nodes that are set aside
    closed_residences: int = 0
    fates: dict[str, Fates] = field(default_factory=dict)
    closing_rows: int = 0
    protected: frozenset[tuple[str, str]] = frozenset()
    named: frozenset[str] = frozenset()  # how keys of what is protected are written where a mapping makes another id
    aside: dict[str, SetAside] = field(default_factory=dict)
    several: Mapping[str, str] = field(default_factory=dict)  # ids of contacts in which more than one stands
    alike: list[Alike] = field(default_factory=list)  # ids that differ in their spelling only, withheld ones too
    unread: dict[str, list[UnreadLinks]] = field(default_factory=dict)  # links that rows set aside would have made
    of_no_day: frozenset[str] = frozenset()  # licences that hold on no day, whatever was meant: set aside, not unread
    words: Placeholders = field(default_factory=shipped_placeholders)
    day: date = field(default_factory=today)  # of the extract
    secrecy: Secrecy = SHIPPED

    def part(self) -> Intake:
        """Return an intake for one table: the ids known so far, and its own rejects and notes."""
        return Intake(ids=self.ids, gone=self.gone, words=self.words, day=self.day, secrecy=self.secrecy)

    def absorb(self, other: Intake) -> None:
        """Add what the intake of one table found."""
        self.rejects.absorb(other.rejects)
        self.notes += other.notes
        self.fates |= other.fates
        self.closed_residences += other.closed_residences
        self.closing_rows += other.closing_rows
        self.protected |= other.protected
        self.named |= other.named
        self.aside |= other.aside
        self.of_no_day |= other.of_no_day
        self.alike += other.alike
        for name, links in other.unread.items():
            self.unread.setdefault(name, []).extend(links)


def check_header(raw: RawTable, owner: str, intake: Intake) -> None:
    """Note columns that are dropped; refuse a file without its key columns.

    Raises:
        InputError: A key column is missing, or a column of the model cannot be read.
    """
    node = schema().labels.get(owner)
    needed = ["id"] if node else list(_ENDS)
    found = raw.table.column_names
    missing = [c for c in needed if c not in found]
    if missing:
        problem = f"expected the columns {', '.join(needed)}; found {shown_columns(found)}{header_below(raw, needed)}"
        raise InputError(
            [f"{raw.name}: line {raw.header_line():,}: {problem}"],
            hint="write the header as in the guide, or bring the file in with a mapping",
        )
    raw.check_readable(delivered_columns(owner))
    strange = [c for c in found if c not in delivered_columns(owner)]
    told = [c for c in strange if is_known_column(c, owner=owner)][:_NAMED]
    intake.notes += [
        f"{raw.name}: column {column} is banned, and dropped: {why_banned(column)}"
        if is_banned(column, owner=owner)
        else f"{raw.name}: column {column} is not in the model: dropped"
        for column in told
    ]
    others = [found.index(c) + 1 for c in strange if c not in {*told, *raw.unread}]
    intake.notes += raw.unread_notes(set(strange) - set(told))
    if node is None and (undated := [d for d in ("from", "until") if d not in found]):
        days = [found.index(c) + 1 for c in strange if _holds_days(raw.table.column(c))]
        if days:
            lost = "no end" if "until" in undated else "no beginning"
            told_of = f"no column {' and none '.join(undated)}, and dates in {places(days)}"
            intake.notes.append(f"{raw.name}: {told_of}: not read, so that {lost} is known; rename what is meant")
    if others:
        verb = "column that is" if len(others) == 1 else "columns that are"
        intake.notes.append(f"{raw.name}: {len(others):,} {verb} not in the model ({places(others)}): dropped")


def _holds_days(column: pa.ChunkedArray) -> bool:
    """Return whether half or more of the filled cells of a column are written as dates."""
    filled = column.drop_null()
    days = pc.sum(pc.match_substring_regex(filled, _DAY)).as_py() or 0
    return days > 0 and days * 2 >= len(filled)
