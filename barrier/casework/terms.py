"""Terms of signals: extended by a named person with a reason, a set number of times.

Rule: who extends says why; an extension beyond what the region allows is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field

from barrier import resources
from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.journal import Entry
from barrier.errors import InputError
from barrier.model.yamlfile import Strict, load_yaml


class Terms(Strict):
    """The content of `graphs/retention.yaml`; times in days."""

    format: Literal[1]
    about: str
    links_days: Annotated[int, Field(ge=0)]
    snapshots_days: Annotated[int, Field(ge=1)]
    extensions: Annotated[int, Field(ge=0)]
    extension_days: Annotated[int, Field(ge=1)]
    verify: bool = False


@lru_cache(maxsize=1)
def shipped_terms() -> Terms:
    """Return the terms that ship with Barrier."""
    return load_yaml(resources.graphs() / "retention.yaml", Terms)


@dataclass(frozen=True)
class Extensions:
    """Extended terms, kept with the cases.

    Args:
        database: Where they are kept.
        terms: What is allowed.
    """

    database: CaseDatabase
    terms: Terms

    def until(self) -> dict[str, date]:
        """Return the day until which a signal counts, by id of the signals that were extended."""
        rows = self.database.rows("SELECT signal, max(until) AS until FROM term GROUP BY signal")
        return {r["signal"]: date.fromisoformat(r["until"]) for r in rows}

    def extend(self, signal: str, until: date, by: By, *, ends: date, today: date) -> None:
        """Extend the term of a signal.

        Args:
            signal: Its id.
            until: First day it no longer counts.
            by: Who extends, and why.
            ends: First day it no longer counts as it stands.
            today: The day it is.

        Raises:
            InputError: No name or reason, too often, too long, or no later than it is.
        """
        by.reasoned()
        before = self.database.rows("SELECT 1 FROM term WHERE signal = ?", signal)
        if len(before) >= self.terms.extensions:
            hint = "it is erased when its term ends; a new signal has a term of its own"
            raise InputError([f"{signal}: was extended {len(before)} times, and no more is allowed"], hint=hint)
        latest = ends + timedelta(days=self.terms.extension_days)
        if not ends < until <= latest:
            raise InputError([f"{signal}: expected a day after {ends} and no later than {latest}, got {until}"])
        said = {"signals": 1, "until": until.isoformat(), "reason": by.reason}
        with self.database.changing(Entry(by.person, by.account, "", "extend", said)) as db:
            values = (signal, until.isoformat(), by.person, by.reason, today.isoformat())
            db.execute("INSERT INTO term VALUES (?, ?, ?, ?, ?)", values)


def scrubbed(value: Any, gone: frozenset[str]) -> Any:
    """Return JSON content without what is erased: items of lists, keys, and texts that are an erased id."""
    if isinstance(value, dict):
        return {k: scrubbed(v, gone) for k, v in value.items() if k not in gone}
    if isinstance(value, list):
        return [scrubbed(v, gone) for v in value if not _names(v, gone)]
    return ERASED if isinstance(value, str) and value in gone else value


ERASED = "(erased)"


def _names(item: Any, gone: frozenset[str]) -> bool:
    values = item.values() if isinstance(item, dict) else [item]
    return any(isinstance(v, str) and v in gone for v in values)


def mentions(value: Any, gone: frozenset[str]) -> bool:
    """Return whether JSON content names something that is erased, however deep."""
    if isinstance(value, dict):
        return any(k in gone or mentions(v, gone) for k, v in value.items())
    if isinstance(value, list):
        return any(mentions(v, gone) for v in value)
    return isinstance(value, str) and value in gone


def erase_from_cases(database: CaseDatabase, gone: frozenset[str], by: By, told: dict[str, Any]) -> int:
    """Erase ids from cases and keep the event in the journal; return how many cases, advice and feedback named them.

    Args:
        database: The cases.
        gone: Ids to erase.
        by: Who has it done.
        told: Numbers for the journal.
    """
    changed = 0
    with database.changing(Entry(by.named().person, by.account, "", "erase", told), gone=gone) as db:
        db.execute("PRAGMA secure_delete = ON")
        for table, key, column in (("dossier", "case_id", "findings"), ("advice", "rowid", "record")):
            for row in db.execute(f"SELECT {key} AS key, {column} AS text FROM {table}").fetchall():  # noqa: S608
                content = json.loads(row["text"])
                if mentions(content, gone):
                    text = json.dumps(scrubbed(content, gone), ensure_ascii=False, sort_keys=True)
                    db.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (text, row["key"]))  # noqa: S608
                    changed += 1
        for row in db.execute("SELECT rowid AS key, origin FROM feedback").fetchall():
            if row["origin"] in gone:
                db.execute("UPDATE feedback SET origin = ? WHERE rowid = ?", (f"{ERASED} {row['key']}", row["key"]))
                changed += 1
        _forget(db, "term", "signal", sorted(gone))
    database.compact()
    return changed


def _forget(db: Any, table: str, column: str, gone: Sequence[str]) -> None:
    db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(i,) for i in gone])  # noqa: S608
