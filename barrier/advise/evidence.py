"""How far the evidence carries, after the cases that mayors lost and won.

Rule: independent sources count, not signals; what somebody saw stands apart from what a register implies; a breach of
the operator's duties stands apart from facts of exploitation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from barrier.advise.dossier import RELIABLE, Dossier

GRADES = ("none", "thin", "supported", "established")
DUTY_SIGNALS = frozenset({"licence_breach", "unregistered_lending", "fire_safety", "crowding_report"})
DUTY_FINDINGS = frozenset(
    {
        "licence_condition_breach",
        "lender_without_licence",
        "letting_without_licence",
        "living_in_non_residential",
        "workplace_is_bedroom",
        "overcrowded",
        "licence_front",
    }
)
EXPLOITATION_SIGNALS = frozenset(
    {"underpayment", "tenant_complaint", "cash_withdrawal", "recruitment", "same_helper", "escort_travel", "long_hours"}
)
EXPLOITATION_FINDINGS = frozenset(
    {"wages_to_one_account", "landlord_is_employer", "rotation", "self_employed_one_client", "one_sponsor_many"}
)
UNSPECIFIC = frozenset({"long_hours", "outreach_concern", "nuisance"})  # alone they made nothing plausible in court
_SEEN = frozenset({"breach", "signs"})


@dataclass(frozen=True)
class Evidence:
    """How far the evidence carries.

    Args:
        exploitation: Grade of facts of exploitation.
        duty: Grade of breaches of the operator's duties.
        independent: Number of independent origins.
        observed: Number of facts that somebody saw: visits with findings, confirmed or probable signals.
        inferred: Number of facts that registers imply.
    """

    exploitation: str
    duty: str
    independent: int
    observed: int
    inferred: int

    @property
    def best(self) -> int:
        """The better of the two grades, 0 to 3."""
        return max(GRADES.index(self.exploitation), GRADES.index(self.duty))

    def lowered(self) -> Evidence:
        """Return the grade one step lower, down to thin: for what rests on links or signals and no finding."""
        down = {grade: GRADES[max(1, i - 1)] if i else grade for i, grade in enumerate(GRADES)}
        return replace(self, exploitation=down[self.exploitation], duty=down[self.duty])

    def as_record(self) -> dict[str, Any]:
        """Return the grade as in `advice.jsonl`."""
        return dict(self.__dict__)


def evidence_of(dossier: Dossier) -> Evidence:
    """Grade what is known about a finding or cluster.

    none: nothing of the kind. thin: one origin, or nothing that anybody saw, or only unspecific reports. supported: two
    independent origins, one of them seen. established: that, and a visit with findings or a confirmed signal beside
    another that was seen.

    Source:
        ECLI:NL:RVS:2017:1317 (long working days and a police summary: not plausible); ECLI:NL:RVS:2018:196 (failed
        supervision shown by a criminal file); ECLI:NL:RBDHA:2022:2748 (reports and findings of an inspection team);
        ECLI:NL:RBLIM:2016:1885 (lack of precautions).
    """
    visits = [m for m in dossier.members if not _SEEN.isdisjoint(dossier.around.inspections.get(m, ()))]
    breaches = [m for m in dossier.members if "breach" in dossier.around.inspections.get(m, ())]
    signals = dossier.signals()
    seen = {s.origin for _, s in signals if s.reliability in RELIABLE}
    return Evidence(
        _grade(dossier, EXPLOITATION_SIGNALS, EXPLOITATION_FINDINGS, visits=visits),
        _grade(dossier, DUTY_SIGNALS, DUTY_FINDINGS, visits=breaches),
        len(dossier.origins() | {f"visit:{m}" for m in visits}),
        len(visits) + len(seen),
        len(dossier.findings),
    )


def _grade(dossier: Dossier, kinds: frozenset[str], detectors: frozenset[str], *, visits: list[str]) -> str:
    signals = [s for _, s in dossier.signals() if s.kind in kinds]
    specific = [s for s in signals if s.kind not in UNSPECIFIC]
    findings = [f for f in dossier.findings if f.detector in detectors and f.strength != "weak"]
    if not signals and not findings and not (visits and kinds is DUTY_SIGNALS):
        return "none"
    reliable = {s.origin for s in specific if s.reliability in RELIABLE}
    confirmed = {s.origin for s in specific if s.reliability == "confirmed"}
    origins = {s.origin for s in specific} | {x for f in findings for x in f.sources} | {f"visit:{m}" for m in visits}
    seen = len(reliable) + len(visits)
    if len(origins) < 2 or not seen:
        return "thin"
    return "established" if seen >= 2 and (visits or confirmed) else "supported"
