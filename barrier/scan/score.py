"""Batch answers for a list of ids: strength by barrier, finding ids, reasons in words.

Rule: an address, business or licence is answered; an id that is not known says so; a person is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from barrier.detect.findings import PERSON, STRENGTHS, Finding, Subjects
from barrier.detect.library import Detector
from barrier.detect.sentences import reasons
from barrier.errors import InputError
from barrier.ingest.plain_words import shown_words
from barrier.ingest.reader import read_table
from barrier.model.barriers import ACROSS
from barrier.networks.clusters import Cluster
from barrier.scan.networks import networks_of
from barrier.scan.ruleset import RuleSet
from barrier.store import Store

_SCORED = ("Address", "Business", "Licence")
REFUSED = "refused"
_REFUSAL = "a person is never scored, ranked or flagged; ask about an address, business or licence"
_UNKNOWN = "no address, business or licence with this id in the store"


@dataclass(frozen=True)
class Scored:
    """The answers: the rows of the file with what was found, and how many rows were refused."""

    frame: pd.DataFrame
    refused: int


def score(file: Path, store: Store, detectors: Sequence[Detector], terms: RuleSet, *, column: str = "id") -> Scored:
    """Answer a CSV of ids.

    Args:
        file: CSV with a column of ids; its other columns are kept.
        store: The store.
        detectors: The rules.
        terms: The day, and by what is looked.
        column: Name of the column of ids.

    Raises:
        InputError: The file cannot be read or has no such column.
    """
    asked = read_table(file).table.to_pandas()
    if column not in asked.columns:
        hint = "name the column with --column"
        raise InputError([f"{file.name}: expected a column {column}, found {shown_words(asked.columns)}"], hint=hint)
    subjects = Subjects.of(store)
    networks = networks_of(store, detectors, terms)
    by_subject: dict[str, list[Finding]] = {}
    for finding in networks.findings:
        by_subject.setdefault(finding.subject["id"], []).append(finding)
    rules = {d.id: d for d in detectors}
    steps = [*(b.id for b in terms.model.barriers), ACROSS]
    ids = [str(i).strip() for i in asked[column].fillna("")]
    labels = subjects.labels(ids)
    places = _places(networks.clusters)
    answers = [_answer(i, labels.get(i), by_subject, rules, steps) | places.get(i, NO_CLUSTER) for i in ids]
    frame = pd.concat([asked, pd.DataFrame(answers, index=asked.index)], axis=1)
    return Scored(frame, sum(a["state"] == REFUSED for a in answers))


NO_CLUSTER = {"cluster": "", "position": ""}


def _places(clusters: Sequence[Cluster]) -> dict[str, dict[str, str]]:
    """Return, for each member that may be scored, its cluster and what it joins there."""
    found = {}
    for cluster in clusters:
        said = {p.id: "; ".join(p.facts) for p in cluster.facilitators}
        for member in cluster.record["members"]:
            if member["label"] in _SCORED:
                node = member["id"]
                found[node] = {"cluster": cluster.id, "position": said.get(node, "member")}
    return found


def _answer(
    node: str,
    label: str | None,
    by_subject: dict[str, list[Finding]],
    rules: dict[str, Detector],
    steps: Sequence[str],
) -> dict[str, str]:
    empty = dict.fromkeys(steps, "")
    if label == PERSON:
        return {"state": REFUSED, "label": "", **empty, "findings": "", "reasons": _REFUSAL}
    if label is None or label not in _SCORED:
        return {"state": "unknown", "label": "", **empty, "findings": "", "reasons": _UNKNOWN}
    found = by_subject.get(node, [])
    strengths = {s: _highest([f for f in found if f.barrier == s]) for s in steps}
    words = " | ".join(reasons(f, rules[f.detector]) for f in found) or "nothing found on this day"
    ids = "|".join(f.id for f in found)
    return {"state": "found" if found else "nothing", "label": label, **strengths, "findings": ids, "reasons": words}


def _highest(found: Sequence[Finding]) -> str:
    return max((f.strength for f in found), key=STRENGTHS.index, default="")
