"""What interventions brought, by detector, beside a blinded control sample.

Rule: outcomes never become signals; the sample is told apart from findings here only; uncertainty stands beside a rate.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barrier.casework.database import CaseDatabase
from barrier.casework.journal import Entry
from barrier.errors import InputError
from barrier.ingest.lists import read_list
from barrier.printable import parsed_json

HITS = frozenset({"found", "breach", "victims helped"})
NO_HITS = frozenset({"nothing", "closed wrongly"})
CONTROL = "control sample"
_NAMED = 20  # wrong rows that are named


@dataclass(frozen=True)
class Rate:
    """How often looking brought something: by detector, or for the control sample.

    Args:
        detector: Id, or ``control sample``.
        looked: Number of subjects with an outcome.
        hits: Number of these where something was found.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
    """

    detector: str
    looked: int
    hits: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """The share of hits."""
        return self.hits / self.looked


def draw_sample(subjects: Sequence[str], size: int, seed: str) -> list[str]:
    """Return a random sample of subjects without findings, the same for the same scan."""
    if size < 0:
        raise InputError([f"the control sample must not be negative, got {size}"])
    pool = sorted(subjects)
    return sorted(random.Random(seed).sample(pool, min(size, len(pool))))  # noqa: S311 - a repeatable sample


def keep_worklist(database: CaseDatabase, scan: str, account: str, work: Mapping[str, Sequence[str]]) -> None:
    """Keep which subjects of a work list were found, by which detectors (none: the control sample)."""
    known = database.rows("SELECT 1 FROM control WHERE scan = ?", scan)
    if known:
        return
    entry = Entry("", account, "", "worklist", {"scan": scan, "subjects": len(work)})
    with database.changing(entry) as db:
        for subject, detectors in sorted(work.items()):
            picked = "finding" if detectors else "control"
            db.execute(
                "INSERT INTO control VALUES (?, ?, ?, ?)", (scan, subject, picked, json.dumps(sorted(detectors)))
            )


@dataclass(frozen=True)
class Outcomes:
    """What looking at the subjects of a work list brought.

    Args:
        by_subject: The outcome by subject.
        told: What is to be told of the file: rows set aside, contradictions, ids of no work list, how many are used.
        has_rejects: Whether a row was set aside.
    """

    by_subject: Mapping[str, str]
    told: tuple[str, ...] = ()
    has_rejects: bool = False


def read_outcomes(file: Path, database: CaseDatabase | None = None) -> Outcomes:
    """Read a list with ``id`` and ``outcome`` of the subjects of a work list that were looked at.

    Args:
        file: The list.
        database: The cases; ids that stand in no work list of theirs are set aside.

    Raises:
        InputError: A column is missing, or an outcome is none of those known.
    """
    rows = read_list(file, ("id", "outcome"))
    known = HITS | NO_HITS
    ids, outcomes = rows.cells("id"), rows.cells("outcome").str.lower()
    wrong = (~outcomes.isin(known)).to_numpy() & rows.kept()
    if wrong.any():
        expected = ", ".join(sorted(known))
        raise InputError(
            [
                f"{file.name}: line {line}: outcome: expected one of {expected}, found another word"
                for line in rows.lines()[wrong][:_NAMED]
            ],
            hint="leave subjects that nobody looked at out of the file",
        )
    rows.set_aside(ids == "", "id", "empty id; fill it in, or take the row out")
    rows.one_a("id", ["outcome"])
    if database is not None:
        listed = {r["subject"] for r in database.rows("SELECT subject FROM control")}
        rows.set_aside(~ids.isin(listed), "id", "this id stands in no work list of the cases; was it of another store?")
    kept = rows.kept()
    found = dict(zip(ids[kept], outcomes[kept], strict=True))
    return Outcomes(found, tuple(rows.told()), rows.has_rejects())


def hit_rates(database: CaseDatabase, outcomes: Mapping[str, str]) -> list[Rate]:
    """Return the hit rate of each detector and of the control sample, those looked at most first.

    An outcome is one of a work list (``outcomes``), or of an intervention in a case. The interval is Wilson's.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    looked: dict[str, list[bool]] = {}
    for row in database.rows("SELECT subject, picked, detectors FROM control"):
        if row["subject"] in outcomes:
            hit = outcomes[row["subject"]] in HITS
            for name in parsed_json(row["detectors"]) or [CONTROL]:
                looked.setdefault(name, []).append(hit)
    for row in database.rows(
        "SELECT i.targets, i.outcome, d.findings FROM intervention i JOIN dossier d USING (case_id)"
    ):
        if row["outcome"]:
            targets = set(parsed_json(row["targets"]))
            findings: list[dict[str, Any]] = parsed_json(row["findings"])
            for name in {f["detector"] for f in findings if f["subject"]["id"] in targets}:
                looked.setdefault(name, []).append(row["outcome"] in HITS)
    rates = [_rate(name, hits) for name, hits in looked.items()]
    return sorted(rates, key=lambda r: (r.detector == CONTROL, -r.looked, r.detector))


def _rate(name: str, hits: Sequence[bool]) -> Rate:
    from scipy.stats import binomtest  # here, because its import takes longer than a small command

    interval = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return Rate(name, len(hits), sum(hits), round(float(interval.low), 3), round(float(interval.high), 3))
