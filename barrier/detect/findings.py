"""From rows of a detector to findings: subject, facts, strength, explanations, sources.

Rule: a subject is an address, a business, a licence or a structure, never a person; and no id of a person
leaves through a fact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.detect.header import DetectorHeader
from barrier.detect.library import Detector
from barrier.errors import InputError
from barrier.model.kinds import natural_persons, subjects
from barrier.model.schema import schema
from barrier.printable import json_text
from barrier.store import Columns

Row = dict[str, Any]

TERM_DAYS = 90
STRENGTHS = ("weak", "medium", "strong")
SPARE = "spare"  # column of a query: so many of what is absent could be there, and it would be a finding still


@dataclass(frozen=True)
class Finding:
    """One hit of one detector version on one subject in one scan (DESIGN 5)."""

    id: str
    detector: str
    version: int
    hash: str
    barrier: str
    subject: dict[str, str]
    facts: dict[str, dict[str, Any]]
    strength: str
    explanations: list[dict[str, Any]]
    sources: list[str]
    first_seen: str
    expires: str

    def as_json(self) -> str:
        """Return the finding as one line of `findings.jsonl`."""
        return json_text(self.__dict__, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Subjects:
    """Which id belongs to a node of which label.

    Args:
        ids: Ids by label.
    """

    ids: Mapping[str, pa.ChunkedArray]

    @classmethod
    def of(cls, graph: Columns) -> Subjects:
        """Return the subjects of a graph."""
        return cls({label: pa.chunked_array([pa.array(_ids(graph, label), pa.string())]) for label in schema().labels})

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """Return the label of each value that is the id of a node."""
        asked = pa.array(sorted(set(values)), pa.string())
        if not len(asked):
            return {}
        found = {label: ids.filter(pc.is_in(ids, value_set=asked)).to_pylist() for label, ids in self.ids.items()}
        return {node: label for label, nodes in found.items() for node in nodes}


def _ids(graph: Columns, label: str) -> pd.Series:
    ids: pd.Series = graph.nodes(label, ["id"])["id"]
    return ids


def rows_of(detector: Detector, found: pd.DataFrame) -> list[Row]:
    """Return what the query of a detector found, row by row.

    Raises:
        InputError: A key column is missing.
    """
    missing = [c for c in detector.header.key if c not in found.columns]
    if missing:
        there = ", ".join(map(str, found.columns))
        raise InputError([f"{detector.id}: the key names {', '.join(missing)}; the query returns {there}"])
    return [{str(k): v for k, v in row.items()} for row in found.to_dict("records")]


def texts_of(rows: Iterable[Row]) -> set[str]:
    """Return all text in rows: what may be the id of a node."""
    return {text for row in rows for value in row.values() for text in _texts(value)}


def findings_of(
    detector: Detector, rows: Sequence[Row], *, barrier: str, day: date, labels: Mapping[str, str]
) -> list[Finding]:
    """Return the findings in the rows of a detector, without repeats, ordered by id.

    Args:
        detector: The detector.
        rows: What it found.
        barrier: The barrier of the model where it looks.
        day: The day looked at.
        labels: Label of every text in the rows that is the id of a node.

    Raises:
        InputError: A row names a person, or its subject is of a label that is none.
    """
    persons = natural_persons()
    if any(labels.get(text) in persons for text in texts_of(rows)):
        raise InputError(
            [f"{detector.id}: a row names a person; subjects are addresses, businesses, licences and structures"],
            hint="return a count of persons, or the address or business they are tied to",
        )
    _check_subjects(detector, rows, labels)
    made: dict[str, Finding] = {}
    for row in rows:
        finding = _finding(detector, row, barrier, day, labels)
        made.setdefault(finding.id, finding)
    return [made[k] for k in sorted(made)]


def _check_subjects(detector: Detector, rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    found = {labels.get(str(row[detector.header.key[0]])) for row in rows}
    wrong = sorted(label for label in found if label is not None and label not in subjects())
    if wrong:
        raise InputError(
            [f"{detector.id}: a finding would be about a {label}, which is no subject" for label in wrong],
            hint=f"subjects are {', '.join(subjects())}; graphs/schema.yaml says so (subject: true)",
        )


def _finding(detector: Detector, row: Row, barrier: str, day: date, labels: Mapping[str, str]) -> Finding:
    header = detector.header
    key = [str(row[c]) for c in header.key]
    explanations = [
        {"name": name, "about": header.explanations.get(name, ""), "holds": bool(row[f"explained_{name}"])}
        for name in sorted(c.removeprefix("explained_") for c in row if c.startswith("explained_"))
    ]
    first = row.get("first_seen")
    return Finding(
        id=":".join([detector.id, *key]),
        detector=detector.id,
        version=header.version,
        hash=detector.digest,
        barrier=barrier,
        subject={"label": labels.get(key[0]) or _label(header), "id": key[0]},
        facts=_facts(header, row),
        strength=_strength(str(row.get("strength") or header.strength), explanations),
        explanations=explanations,
        sources=sorted({str(s) for s in row.get("sources") or [] if s is not None}),
        first_seen=str(first) if isinstance(first, str) and first else day.isoformat(),
        expires=(day + timedelta(days=TERM_DAYS)).isoformat(),
    )


def _facts(header: DetectorHeader, row: Row) -> dict[str, dict[str, Any]]:
    special = {"sources", "strength", "first_seen", SPARE, header.key[0]}
    facts: dict[str, dict[str, Any]] = {}
    for name, value in row.items():
        if name in special or name.startswith("explained_") or _is_missing(value):
            continue
        known = header.facts.get(name)
        facts[name] = {
            "value": _plain(value),
            "unit": known.unit if known else "",
            "source": known.source if known else "",
        }
    return facts


def _strength(base: str, explanations: Iterable[Mapping[str, Any]]) -> str:
    """Return the strength, one step lower where an innocent explanation holds."""
    step = STRENGTHS.index(base) if base in STRENGTHS else 1
    return STRENGTHS[max(0, step - 1)] if any(e["holds"] for e in explanations) else STRENGTHS[step]


def _label(header: DetectorHeader) -> str:
    column = header.key[0]
    return {label.lower(): label for label in subjects()}.get(column) or column.capitalize()


def _texts(value: Any) -> Iterable[str]:
    items = value if isinstance(value, (list, tuple)) else (value,)
    return (i for i in items if isinstance(i, str))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.item() if hasattr(value, "item") else value
