"""Batch answers for a list of ids: strength by barrier, finding ids, reasons in words.

Rule: an address, business or licence is answered; an id that is not known says so; a person is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.advise.sharing import Viewer
from barrier.analysis.analyse import analyse
from barrier.analysis.ruleset import RuleSet
from barrier.detect.findings import STRENGTHS, Finding, Subjects
from barrier.detect.library import Detector
from barrier.detect.sentences import reasons
from barrier.disclosure.partner_results import partner_results
from barrier.disclosure.partner_view import partner_graphs, tables_of
from barrier.errors import InputError
from barrier.ingest.lists import DeliveredList, read_list
from barrier.model.barriers import ACROSS
from barrier.model.kinds import natural_persons, scored
from barrier.networks.clusters import Cluster
from barrier.store import Store

REFUSED, UNKNOWN, ASIDE = "refused", "unknown", "set_aside"
_REFUSAL = "a person is never scored, ranked or flagged; ask about an address, business or licence"
_UNKNOWN = "no address, business or licence with this id in the store"


@dataclass(frozen=True)
class Scored:
    """The answers: the rows of the file with what was found.

    Args:
        frame: The rows and the answers.
        refused: How many rows name a person.
        audience: For whom the answers are.
        told: What is to be told of the file: rows set aside, ids that are not there, columns answered anew.
        has_rejects: Whether a row was set aside.
    """

    frame: pd.DataFrame
    refused: int
    audience: Mapping[str, Any] | None = None
    told: tuple[str, ...] = ()
    has_rejects: bool = False


def score(
    file: Path,
    store: Store,
    detectors: Sequence[Detector],
    terms: RuleSet,
    *,
    column: str = "id",
    viewer: Viewer | None = None,
) -> Scored:
    """Answer a CSV of ids.

    Args:
        file: CSV with a column of ids; its other columns are kept.
        store: The store.
        detectors: The rules.
        terms: The day, and by what is looked.
        column: Name of the column of ids.
        viewer: Partner who is answered, by the ids that this partner sees; default everything.

    Raises:
        InputError: The file cannot be read or has no such column.
    """
    steps = [*(b.id for b in terms.model.barriers), ACROSS]
    asked, rows, told = _asked(file, column, steps)
    if viewer is None:
        subjects, found = Subjects.of(store), analyse(store, detectors, terms)
    else:
        results = partner_results(partner_graphs(tables_of(store), viewer), detectors, terms)
        subjects, found = Subjects.of(results.graphs.seen), results.analysis()
    nothing = "nothing found on this day" if viewer is None else "nothing that may be told to you"
    by_subject: dict[str, list[Finding]] = {}
    for finding in found.findings:
        by_subject.setdefault(finding.subject["id"], []).append(finding)
    rules = {d.id: d for d in detectors}
    ids, aside = [str(i).strip() for i in asked[column].fillna("")], rows.reasons()
    labels = subjects.labels(ids)
    places = _places(found.clusters)
    answers = [
        _unread(aside[n], steps)
        if n in aside
        else _answer(i, labels.get(i), by_subject, rules, steps, nothing=nothing) | places.get(i, NO_CLUSTER)
        for n, i in zip(asked.index, ids, strict=True)
    ]
    frame = pd.concat([asked, pd.DataFrame(answers, index=asked.index)], axis=1)
    refused, unknown = (sum(a["state"] == state for a in answers) for state in (REFUSED, UNKNOWN))
    if unknown:
        told.append(
            f"{file.name}: {unknown:,} of {len(asked) - len(aside):,} ids are not in the store (state {UNKNOWN})"
        )
    return Scored(frame, refused, found.audience, tuple(told), rows.has_rejects())


def _asked(file: Path, column: str, steps: Sequence[str]) -> tuple[pd.DataFrame, DeliveredList, list[str]]:
    """Return the rows to answer, also those set aside, what became of each, and what to tell of the file.

    Raises:
        InputError: A column has the name of an answer, in a file that is no earlier answer.
    """
    rows = read_list(file, (column,), hint="name the column with --column")
    table: pd.DataFrame = rows.raw.table.to_pandas()
    asked, told = table[~rows.equal], rows.told()
    answers = ["state", "label", *steps, "findings", "reasons", *NO_CLUSTER]
    taken = [c for c in answers if c in asked.columns]
    if taken == answers:
        told.append(f"{file.name}: its columns {', '.join(answers)} are those of an earlier answer: answered anew")
        return asked.drop(columns=answers), rows, told
    if taken:
        raise InputError(
            [f"{file.name}: line 1: column {c}: the answer has a column of this name too" for c in taken],
            hint="give these columns another name, or leave them out",
        )
    return asked, rows, told


NO_CLUSTER = {"cluster": "", "position": ""}


def _unread(reason: str, steps: Sequence[str]) -> dict[str, str]:
    """Return the answer to a row that was set aside: why nothing was looked up."""
    empty = dict.fromkeys(steps, "")
    return {"state": ASIDE, "label": "", **empty, "findings": "", "reasons": f"not read: {reason}"} | NO_CLUSTER


def _places(clusters: Sequence[Cluster]) -> dict[str, dict[str, str]]:
    """Return, for each member that may be scored, its cluster and what it joins there."""
    found, asked_about = {}, scored()
    for cluster in clusters:
        said = {p.id: "; ".join(p.facts) for p in cluster.facilitators}
        for member in cluster.record["members"]:
            if member["label"] in asked_about:
                node = member["id"]
                found[node] = {"cluster": cluster.id, "position": said.get(node, "member")}
    return found


def _answer(
    node: str,
    label: str | None,
    by_subject: dict[str, list[Finding]],
    rules: dict[str, Detector],
    steps: Sequence[str],
    *,
    nothing: str,
) -> dict[str, str]:
    empty = dict.fromkeys(steps, "")
    if label in natural_persons():
        return {"state": REFUSED, "label": "", **empty, "findings": "", "reasons": _REFUSAL}
    if label is None or label not in scored():
        return {"state": UNKNOWN, "label": "", **empty, "findings": "", "reasons": _UNKNOWN}
    found = by_subject.get(node, [])
    strengths = {s: _highest([f for f in found if f.barrier == s]) for s in steps}
    words = " | ".join(reasons(f, rules[f.detector]) for f in found) or nothing
    ids = "|".join(f.id for f in found)
    return {"state": "found" if found else "nothing", "label": label, **strengths, "findings": ids, "reasons": words}


def _highest(found: Sequence[Finding]) -> str:
    return max((f.strength for f in found), key=STRENGTHS.index, default="")
