"""Which subjects deserve a second look first.

Rule: the order comes from findings about addresses, businesses, licences and structures; there is no number a
reader could take for a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from barrier.detect.findings import Finding
from barrier.detect.library import Detector
from barrier.detect.sentences import reasons

COVERAGE = "Coverage"
SHOWN_REASONS = 3
_STEP = {"strong": 0, "medium": 1, "weak": 2}


@dataclass(frozen=True)
class Telling:
    """A subject with its findings, most telling first.

    Args:
        label: Label of the subject.
        id: Id of the subject.
        findings: Its findings.
        barriers: At how many barriers they are.
        reasons: One line a finding.
    """

    label: str
    id: str
    findings: tuple[Finding, ...]
    barriers: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def line(self) -> str:
        """The subject and its first reasons on one line, saying how many more there are."""
        more = f" · and {len(self.reasons) - SHOWN_REASONS} more" if len(self.reasons) > SHOWN_REASONS else ""
        return f"{self.label} {self.id}: " + " · ".join(self.reasons[:SHOWN_REASONS]) + more


def most_telling(
    findings: Iterable[Finding], detectors: Sequence[Detector], *, limit: int | None = None
) -> list[Telling]:
    """Return the subjects in the order in which to look at them.

    More barriers first (weak findings apart), then more strong findings, more medium ones, more independent
    sources, then the id. Coverage is a statement about our own effort and is left out.
    """
    by_id = {d.id: d for d in detectors}
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.subject["label"] != COVERAGE:
            grouped.setdefault((finding.subject["label"], finding.subject["id"]), []).append(finding)
    ordered = sorted(grouped.items(), key=lambda item: _order(item[0], item[1]))[:limit]
    return [_telling(label, node, sorted(found, key=telling_order), by_id) for (label, node), found in ordered]


def telling_order(finding: Finding) -> tuple[int, int, str]:
    """Return the sort key of a finding: strong first, then more sources, then the id."""
    return _STEP[finding.strength], -len(finding.sources), finding.id


def _order(subject: tuple[str, str], found: Sequence[Finding]) -> tuple[object, ...]:
    solid = [f for f in found if f.strength != "weak"]
    count = {s: sum(f.strength == s for f in found) for s in _STEP}
    sources = {s for f in solid for s in f.sources}
    return -len({f.barrier for f in solid}), -count["strong"], -count["medium"], -len(sources), -len(found), subject


def _telling(label: str, node: str, found: Sequence[Finding], detectors: dict[str, Detector]) -> Telling:
    barriers = tuple(dict.fromkeys(f.barrier for f in found))
    return Telling(label, node, tuple(found), barriers, tuple(reasons(f, detectors[f.detector]) for f in found))
