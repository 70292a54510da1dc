"""Where the cases of a store are kept, and what documents about them are made from.

Rule: a document for a partner is made from what that partner sees of the store, never from the case itself; that there
is a case is told only to whom it may be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from barrier.advise.plan import Plan
from barrier.advise.powers import Powers
from barrier.advise.sharing import ANONYMISED, HIDDEN, OPEN, Viewer
from barrier.analysis.analyse import Analysis
from barrier.disclosure.partner_view import pseudonyms
from barrier.printable import parsed_json
from barrier.report.documents import CaseFile

CASE = "case"  # kind of data: that there is a case, who opened it, how far it is, what was decided
CASE_HOLDER = "chain_director"
NOT_SHOWN_STATE = "not_shown"
Row = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """For whom a case is shown.

    Args:
        viewer: The partner who looks; None for everything.
        name: Its name.
        purpose: Of the reading.
        powers: What partners can do.
        audience: For whom, in words; empty for everything.
    """

    viewer: Viewer | None
    name: str
    purpose: str
    powers: Powers
    audience: str = ""


@dataclass(frozen=True)
class Seen:
    """What a reader sees of the store on a day: plans, structures, and what each subject is."""

    plans: Sequence[Plan]
    found: Analysis
    words: Mapping[str, str]


def shown_case(row: Row, seen: Seen, reader: Reader) -> dict[str, Any] | None:
    """Return what a partner may know of a case; None where that there is one is not for this partner.

    A partner knows of a case when something of it is told to this partner, and either the gates open cases to it or it
    has a part in it (it was assigned, advice to it was accepted, it intervened). Who opened it, how far it is and what
    others decided come through the gates; what is its own it sees.
    """
    viewer = reader.viewer
    if viewer is None:
        return row
    partner = viewer.partner
    plan = _plan_of(row, seen, partner)
    state = viewer.state(CASE, CASE_HOLDER)
    mine = [a for a in row["advice"] if a["partner"] == partner]
    involved = any(a["state"] == "accepted" for a in mine)
    involved |= any(x["partner"] == partner for x in (*row["assignments"], *row["interventions"]))
    if plan is None or (state == HIDDEN and not involved):
        return None
    name = pseudonyms([row["case_id"]], partner)[0] if state == ANONYMISED else row["case_id"]
    told = {k: row[k] if state == OPEN else "" for k in ("step", "opened_at", "opened_by", "verdict", "closed_at")}
    decided = {a["power"]: a for a in row["advice"] if _may_know(a["partner"], viewer)}

    def stated(record: dict[str, Any]) -> dict[str, Any]:
        known = decided.get(record["power"])
        keys = ("state", "decided_by", "decided_at", "reason")
        return {**record, **({k: known[k] for k in keys} if known else {"state": NOT_SHOWN_STATE, "decided_by": ""})}

    return {
        "case_id": name,
        "title": name,
        **told,
        "scan": row["scan"],
        "findings": [parsed_json(f.as_json()) for f in plan.dossier.findings],
        "people": list(plan.dossier.people) if plan.dossier.people_shown else None,
        "advice": [stated(r) for r in plan.records(reader.powers)],
        **{n: [{k: x[k] for k in _TOLD[n]} for x in row[n] if _may_know(x[_WHOSE[n]], viewer)] for n in _TOLD},
    }


_TOLD = {
    "assignments": ("partner", "person"),
    "interventions": ("id", "day", "partner", "outcome"),  # not its targets: they have the ids of the register
    "feedback": ("reporter", "sent_at", "due"),
}
_WHOSE = {"assignments": "partner", "interventions": "partner", "feedback": "reporter"}


def _may_know(partner: str, viewer: Viewer) -> bool:
    """Return whether a partner may know what was decided about or done by another: its own, or by an open gate."""
    return partner == viewer.partner or viewer.state(CASE, partner) == OPEN


def _plan_of(row: Row, seen: Seen, partner: str) -> Plan | None:
    """Return the plan that shows most of a case; None where nothing of it is seen."""
    members = _as_seen(row["members"], partner)
    best = max(seen.plans, key=lambda p: len(members & set(p.dossier.members)), default=None)
    return best if best is not None and members & set(best.dossier.members) else None


def case_file(row: Row, seen: Seen, reader: Reader) -> CaseFile | None:
    """Return what a document about a case is made from: what was frozen in it, or what a partner sees of it today.

    Args:
        row: The case.
        seen: Plans and structures of today, as the reader sees them.
        reader: For whom.

    Returns:
        None where the reader may not know that there is such a case.
    """
    viewer = reader.viewer
    told = row if viewer is None else shown_case(row, seen, reader)
    if told is None:
        return None
    members = _as_seen(row["members"], viewer.partner if viewer else None)
    best = max(seen.found.clusters, key=lambda c: len(members & set(c.graph)), default=None)
    facilitators = best.record["facilitators"] if best and members & set(best.graph) else []
    people = None if told["people"] is None else _pair(told["people"])
    given = (told["findings"], told["advice"], facilitators, people, seen.words, row["scan"], reader.purpose)
    return CaseFile(told, *given, reader.name, reader.audience)


def _pair(people: Sequence[int]) -> tuple[int, int]:
    return int(people[0]), int(people[1])


def _as_seen(members: Mapping[str, str], partner: str | None) -> set[str]:
    """Return the ids of members, and the pseudonyms under which the partner may see them."""
    ids = set(members)
    return ids if partner is None else ids | set(pseudonyms(sorted(ids), partner))
