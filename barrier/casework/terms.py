"""Terms of signals: extended by a named person with a reason, a set number of times.

Rule: who extends says why; an extension beyond what the region allows is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from barrier import resources
from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.journal import SAID, Entry
from barrier.errors import InputError
from barrier.model.yamlfile import Strict, load_yaml
from barrier.printable import parsed_json


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

    def erased_on(self) -> date | None:
        """Return the day as on which what was past its term was erased last; None where it never was."""
        said = self.database.rows(
            "SELECT header, text FROM journal JOIN journal_content USING (number) WHERE part = ? ORDER BY number DESC",
            SAID,
        )
        for line in said:
            told = parsed_json(line["header"]) if '"erase"' in line["header"] else {}
            numbers = parsed_json(line["text"]) if told.get("action") == "erase" else {}
            if "links" in numbers:  # versions before kept no day
                return date.fromisoformat(numbers.get("on") or str(told["at"])[:10])
        return None

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
