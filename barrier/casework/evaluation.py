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
from barrier.ingest.reader import read_table

HITS = frozenset({"found", "breach", "victims helped"})
NO_HITS = frozenset({"nothing", "closed wrongly"})
CONTROL = "control sample"


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


def read_outcomes(file: Path) -> dict[str, str]:
    """Read a CSV with ``id`` and ``outcome`` of the subjects of a work list that were looked at.

    Raises:
        InputError: A column is missing, or an outcome is none of those known.
    """
    rows = read_table(file).table.to_pandas()
    missing = [c for c in ("id", "outcome") if c not in rows.columns]
    if missing:
        raise InputError([f"{file.name}: expected the columns id, outcome; missing {', '.join(missing)}"])
    known = HITS | NO_HITS
    wrong = [
        f"{file.name}: line {i + 2}: outcome: expected one of {', '.join(sorted(known))}"
        for i, o in rows["outcome"].items()
        if o not in known
    ]
    if wrong:
        raise InputError(wrong, hint="leave subjects that nobody looked at out of the file")
    return dict(zip(rows["id"], rows["outcome"], strict=True))


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
            for name in json.loads(row["detectors"]) or [CONTROL]:
                looked.setdefault(name, []).append(hit)
    for row in database.rows(
        "SELECT i.targets, i.outcome, d.findings FROM intervention i JOIN dossier d USING (case_id)"
    ):
        if row["outcome"]:
            targets = set(json.loads(row["targets"]))
            findings: list[dict[str, Any]] = json.loads(row["findings"])
            for name in {f["detector"] for f in findings if f["subject"]["id"] in targets}:
                looked.setdefault(name, []).append(row["outcome"] in HITS)
    rates = [_rate(name, hits) for name, hits in looked.items()]
    return sorted(rates, key=lambda r: (r.detector == CONTROL, -r.looked, r.detector))


def _rate(name: str, hits: Sequence[bool]) -> Rate:
    from scipy.stats import binomtest  # here, because its import takes longer than a small command

    interval = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return Rate(name, len(hits), sum(hits), round(float(interval.low), 3), round(float(interval.high), 3))
