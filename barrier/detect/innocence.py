"""Innocent reasons in one place: which hold for a subject, and what follows for every finding on it.

Rule: what explains a house for one rule explains it for all; the reason stays beside the finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from barrier import resources
from barrier.detect.findings import STRENGTHS, Finding
from barrier.model.yamlfile import Strict, load_yaml

FILE = "explanations.yaml"
OVERCROWDED = "overcrowded"
_OF_VERDICT = {
    "institution": "institution",
    "family": "family",
    "licensed for": "licensed_lodging",
    "permitted for": "permit",
    "register correction": "register_correction",
    "one object for": "complex",
}


class Reason(Strict):
    """An innocent reason: from what it is known, and what it cannot see.

    ``room_enough`` says that it explains nothing at an address that is overcrowded, ``needs`` without which tables it
    is not known whether it holds.
    """

    about: str
    known_from: str = Field(alias="from")
    cannot_see: str
    room_enough: bool = False
    needs: tuple[str, ...] = ()


class Catalogue(Strict):
    """The content of `graphs/explanations.yaml`."""

    format: Literal[1]
    about: str
    reasons: dict[str, Reason]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the innocent reasons that ship with Barrier."""
    return load_yaml(resources.graphs() / FILE, Catalogue)


def not_checked(rows: Mapping[str, int]) -> dict[str, str]:
    """Return the reasons of which a delivery does not let anybody know whether they hold, and why, by name.

    Args:
        rows: Number of rows in the graph, by label and relationship type.
    """
    needed = {name: reason.needs for name, reason in catalogue().reasons.items() if reason.needs}
    return {name: f"no {' or '.join(n)} delivered" for name, n in needed.items() if not any(rows.get(t) for t in n)}


def reasons_at(table: pd.DataFrame, addresses: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the reasons that the occupancy measure gives for addresses.

    Args:
        table: The table of the measure.
        addresses: Ids that are asked for; others are left out.
    """
    here = table[table["address"].isin(sorted(set(addresses)))]
    rows = zip(*(here[c] for c in ("address", "verdict", "explanation", "possible", "left")), strict=True)
    found = {str(address): _reasons(*row) for address, *row in rows}
    return {address: names for address, names in found.items() if names}


def _reasons(verdict: str, explanation: str, possible: int, left: int) -> tuple[str, ...]:
    names = [n for text, n in _OF_VERDICT.items() if verdict == "explained" and explanation.startswith(text)]
    if verdict != OVERCROWDED and left > 0 and 2 * left >= possible:
        names.append("late_deregistration")
    return tuple(names)


def with_reasons(findings: Sequence[Finding], table: pd.DataFrame) -> list[Finding]:
    """Return findings with the reasons that hold for their subjects, each at most one step weaker."""
    held = reasons_at(table, [f.subject["id"] for f in findings])
    return [_with(f, held[f.subject["id"]]) if f.subject["id"] in held else f for f in findings]


def _with(finding: Finding, names: Sequence[str]) -> Finding:
    known, told = catalogue().reasons, {e["name"]: e for e in finding.explanations}
    already = any(e["holds"] for e in finding.explanations)
    for name in names:
        told[name] = {"name": name, "about": told.get(name, {}).get("about") or known[name].about, "holds": True}
    step = STRENGTHS.index(finding.strength)
    strength = finding.strength if already else STRENGTHS[max(0, step - 1)]
    return replace(finding, strength=strength, explanations=[told[n] for n in sorted(told)])


def explained_subjects(findings: Iterable[Finding], table: pd.DataFrame) -> set[str]:
    """Return the subjects on which every finding that is not weak by itself has an innocent reason that holds.

    A reason that needs room enough does not hold at an overcrowded address.
    """
    full = set(table.loc[table["verdict"] == OVERCROWDED, "address"])
    by_subject: dict[str, list[bool]] = {}
    for finding in findings:
        subject = finding.subject["id"]
        by_subject.setdefault(subject, []).append(is_explained(finding, full=subject in full))
    return {subject for subject, each in by_subject.items() if all(each)}


def is_explained(finding: Finding, *, full: bool) -> bool:
    """Return whether an innocent reason of the catalogue holds for a finding; ``full``: its address is overcrowded."""
    return any(_counts(e, full=full) for e in finding.explanations)


def _counts(explanation: Mapping[str, Any], *, full: bool) -> bool:
    reason = catalogue().reasons.get(explanation["name"])
    return bool(explanation["holds"]) and reason is not None and not (full and reason.room_enough)
