"""Where the cases of a store are kept, and what documents about them are made from.

Rule: a document for a partner is made from what that partner sees of the store, never from the case itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from barrier.advise.plan import Plan
from barrier.advise.powers import Powers
from barrier.report.documents import CaseFile
from barrier.scan.networks import Networks
from barrier.scan.views import pseudonyms


def case_file(
    row: Mapping[str, Any], plans: Sequence[Plan], found: Networks, reader: Reader, words: Mapping[str, str]
) -> CaseFile:
    """Return what a document about a case is made from: what was frozen in it, or what a partner sees of it today.

    Args:
        row: The case.
        plans: Plans of today, as the reader sees them.
        found: Clusters of today, as the reader sees them.
        reader: For whom.
        words: What each subject is.
    """
    members = _as_seen(row["members"], reader.partner)
    best = max(found.clusters, key=lambda c: len(members & set(c.graph)), default=None)
    facilitators = best.record["facilitators"] if best and members & set(best.graph) else []
    if reader.partner is None:
        return CaseFile(
            row,
            row["findings"],
            row["advice"],
            facilitators,
            _pair(row["people"]),
            words,
            row["scan"],
            reader.purpose,
            "",
        )
    plan = max(plans, key=lambda p: len(members & set(p.dossier.members)), default=None)
    if plan is None or not members & set(plan.dossier.members):
        return CaseFile(_neutral(row), [], [], [], (0, 0), {}, row["scan"], reader.purpose, reader.name)
    states = {a["power"]: a["state"] for a in row["advice"]}
    advice = [{**r, "state": states.get(r["power"], r["state"])} for r in plan.records(reader.powers)]
    findings = [json.loads(f.as_json()) for f in plan.dossier.findings]
    people = plan.dossier.people
    return CaseFile(
        _neutral(row), findings, advice, facilitators, people, words, row["scan"], reader.purpose, reader.name
    )


@dataclass(frozen=True)
class Reader:
    """For whom a document is: a partner (None for everything), its name, the purpose of the scan, the powers."""

    partner: str | None
    name: str
    purpose: str
    powers: Powers


def _neutral(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "title": row["case_id"]}


def _pair(people: Sequence[int]) -> tuple[int, int]:
    return int(people[0]), int(people[1])


def _as_seen(members: Mapping[str, str], partner: str | None) -> set[str]:
    """Return the ids of members, and the pseudonyms under which the partner may see them."""
    ids = set(members)
    return ids if partner is None else ids | set(pseudonyms(sorted(ids), partner))
