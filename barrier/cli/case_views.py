"""Cases as a reader may know them, for the commands that show one.

Rule: for a partner, a case that is not for this partner and one that does not exist give the same words, after the
same work.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from barrier.advise.plan import Setting
from barrier.audit.places import cases_of
from barrier.casework.cases import Cases, no_such_case
from barrier.casework.database import Row
from barrier.cli.options import existing_store
from barrier.cli.outfile import KEPT_FILE
from barrier.cli.reading import Reading, reading_options
from barrier.disclosure.casefile import Reader, Seen, shown_case
from barrier.errors import InputError
from barrier.model.dates import today
from barrier.report.audience import audience_line
from barrier.report.texts import texts

CASES = click.option("--cases", "file", type=KEPT_FILE, help="File with the cases. Default: in the store's folder.")


@dataclass(frozen=True)
class CaseReading:
    """The cases of a store, as far as a reader may know of them."""

    cases: Cases
    reading: Reading
    seen: tuple[Seen, Reader] | None

    def get(self, case: str) -> Row:
        """Return a case, or what the reader may know of it.

        Raises:
            InputError: There is none, or none for this reader.
        """
        row = self.cases.get(case)
        told = row if self.seen is None else shown_case(row, *self.seen)
        if told is None:
            raise no_such_case(case)
        return told

    def all(self) -> list[Row]:
        """Return the cases that the reader may know of, the open ones first."""
        if self.seen is None:
            return self.cases.all()
        rows = [shown_case(self.cases.get(r["case_id"]), *self.seen) for r in self.cases.all()]
        return [r for r in rows if r is not None]

    def ageing(self) -> list[Row]:
        """Return the feedback that waits too long; to a partner what it waits for itself, in cases it may know of."""
        if self.seen is None:
            return self.cases.ageing()
        own = [r for r in self.cases.ageing() if r["reporter"] == self.reading.partner]
        known = [(r, shown_case(self.cases.get(r["case_id"]), *self.seen)) for r in own]
        keys = ("reporter", "due", "late_days")
        return [{"case_id": told["case_id"], **{k: r[k] for k in keys}} for r, told in known if told is not None]


def seen_by(reading: Reading, lang: str) -> tuple[Seen, Reader]:
    """Return what the reader sees today: the same work whichever case is asked for, and where there is none."""
    powers = reading.terms.powers
    found, plans, words = reading.everything(Setting(reading.day, reading.model, powers), "document")
    viewer = reading.viewer()
    name = getattr(powers.partners[viewer.partner], lang) if viewer else ""
    line = audience_line(found.audience, partner=name, language=texts(lang)) if found.audience else ""
    return Seen(plans, found, words), Reader(viewer, name, reading.purpose, powers, line)


def names_of(cases: Cases, case: str) -> tuple[str, ...]:
    """Return by what a case can be asked for, for the log of readings: its id, and what it is about."""
    try:
        row = cases.get(case) if case else {}
    except InputError:
        return ()
    return tuple(str(row[k]) for k in ("case_id", "about_id") if k in row)


def case_reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a reading and `--cases`, record it, and hand over the cases as the reader may know them."""

    @functools.wraps(command)
    def with_cases(*, file: Path | None, reading: Reading, **rest: Any) -> Any:
        cases = Cases(cases_of(existing_store(reading.store), file), today())
        seen = seen_by(reading, "en") if reading.partner else None
        done, case = click.get_current_context().info_name, rest.get("case") or ""
        found = CaseReading(cases, reading, seen)
        reading.record(
            f"{done} {case}".strip(), 1 if case else len(found.all()), kind="case", named=names_of(cases, case)
        )
        done_well = command(shown=found, reading=reading, **rest)
        for note in () if reading.partner else cases.database.notes:
            click.echo(f"Note: {note}", err=True)
        return done_well

    return reading_options(CASES(with_cases))
