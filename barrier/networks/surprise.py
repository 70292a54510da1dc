"""How often chance alone would make a structure like this: the expected number, and what it was worked out from.

Rule: a finding is worth what it is rare among comparable subjects of the region; what has one cause counts once;
what is explained counts not at all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field

from barrier import resources
from barrier.detect.findings import STRENGTHS, Finding
from barrier.model.yamlfile import Strict, load_yaml

FILE = "surprise.yaml"
SMALLEST = 1e-300


class SurpriseSettings(Strict):
    """The content of `graphs/surprise.yaml`."""

    format: Literal[1]
    about: str
    prior_subjects: Annotated[int, Field(ge=1)]
    prior_rate: dict[str, float]
    causes: dict[str, tuple[str, ...]]

    def cause(self, detector: str) -> str:
        """Return the cause that a rule sees."""
        return next((cause for cause, rules in self.causes.items() if detector in rules), detector)


@lru_cache(maxsize=1)
def surprise_settings() -> SurpriseSettings:
    """Return the numbers that ship with Barrier."""
    return load_yaml(resources.graphs() / FILE, SurpriseSettings)


@dataclass(frozen=True)
class Surprise:
    """What is usual in a region.

    Args:
        subjects: How many subjects of each label were looked at.
        rates: Share of the subjects of a label with a finding of a rule at a strength or above, shrunk to the prior.
        innocent: Subjects that innocent reasons explain.
        searched: Among how many places a structure could stand: the businesses and inhabited addresses.
    """

    subjects: Mapping[str, int]
    rates: Mapping[tuple[str, str, str], float]
    innocent: frozenset[str]
    searched: int

    @classmethod
    def of(cls, findings: Iterable[Finding], subjects: Mapping[str, int], innocent: Iterable[str]) -> Surprise:
        """Return what is usual, by the findings of a region and the number of its subjects by label."""
        settings, left_out = surprise_settings(), frozenset(innocent)
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for f in findings:
            for strength in STRENGTHS[: STRENGTHS.index(f.strength) + 1]:
                found[f.detector, f.subject["label"], strength].add(f.subject["id"])
        prior = settings.prior_subjects
        rates = {
            key: (len(ids) + prior * settings.prior_rate[key[2]]) / (max(len(ids), subjects.get(key[1], 0)) + prior)
            for key, ids in found.items()
        }
        searched = subjects.get("Business", 0) + subjects.get("Address", 0)
        return cls(subjects, rates, left_out, max(1, searched))

    def expected(self, labels: Sequence[str], findings: Sequence[Finding], *, once: bool = False) -> dict[str, Any]:
        """Return how many structures of this size with such findings chance alone would make, with the evidence.

        Args:
            labels: Label of each member.
            findings: Those about members.
            once: Whether each cause counts at one subject only, because one party alone ties the subjects.

        Source:
            Expected number after S. Karlin, S. F. Altschul, PNAS 87, 1990 (places searched times the chance at one);
            the chances of independent evidence are put together after R. A. Fisher, "Statistical Methods for Research
            Workers", 1925: the chance that their product is so small.
        """
        size = {label: list(labels).count(label) for label in sorted(set(labels))}
        counted = [f for f in findings if f.subject["id"] not in self.innocent]
        by_cause: dict[str, list[Finding]] = defaultdict(list)
        for finding in counted:
            by_cause[surprise_settings().cause(finding.detector)].append(finding)
        evidence = [self._evidence(cause, found, size, once=once) for cause, found in sorted(by_cause.items())]
        value = self.searched * together([e["chance"] for e in evidence])
        told = sorted(evidence, key=lambda e: (e["chance"], e["cause"]))
        return {"value": _rounded(value), "searched": self.searched, "size": size, "one_hand": once, "evidence": told}

    def _evidence(self, cause: str, found: Sequence[Finding], size: Mapping[str, int], *, once: bool) -> dict[str, Any]:
        """Return the rarest of what rules say about one cause, corrected for the number of ways to say it."""
        subjects: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for f in found:
            for strength in STRENGTHS[: STRENGTHS.index(f.strength) + 1]:
                subjects[f.detector, f.subject["label"], strength].add(f.subject["id"])
        best: dict[str, Any] = {}
        for key, ids in sorted(subjects.items()):
            of, rate = max(len(ids), size.get(key[1], 0)), self.rates[key]
            chance = upper_tail(1 if once else len(ids), of, rate)
            if not best or chance < best["chance"]:
                named = dict(zip(("rule", "label", "strength"), key, strict=True))
                best = {"cause": cause, **named, "found": len(ids), "of": of, "rate": rate, "chance": chance}
        return {**best, "rate": _rounded(best["rate"]), "chance": min(1.0, _rounded(best["chance"] * len(subjects)))}


def upper_tail(found: int, of: int, rate: float) -> float:
    """Return the chance of at least ``found`` among ``of`` by a rate: the upper tail of a binomial."""
    from scipy.special import betainc  # here, because its import takes longer than a small scan

    return max(SMALLEST, float(betainc(found, of - found + 1, min(rate, 1.0))))


def together(chances: Sequence[float]) -> float:
    """Return the chance that a product of so many independent chances is as small as theirs; 1 without any."""
    depth = -sum(math.log(max(SMALLEST, c)) for c in chances)
    terms = [k * math.log(depth) - math.lgamma(k + 1) if depth > 0 else 0.0 for k in range(len(chances))]
    if not terms:
        return 1.0
    highest = max(terms)
    return min(1.0, math.exp(min(0.0, highest - depth + math.log(sum(math.exp(t - highest) for t in terms)))))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
