"""Findings in words.

Rule: a sentence says what was counted, never what it means.
"""

from __future__ import annotations

from typing import Any

from barrier.detect.findings import Finding
from barrier.detect.library import Detector


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "unknown"


def sentence(finding: Finding, detector: Detector) -> str:
    """Return the facts of a finding as one sentence without a full stop."""
    header = detector.header
    if header.says:
        return header.says.format_map(_Facts({n: spoken(f["value"]) for n, f in finding.facts.items()}))
    parts = [f"{name.replace('_', ' ')} {spoken(f['value'])}" for name, f in finding.facts.items()]
    return "; ".join(parts) or header.asks


def reasons(finding: Finding, detector: Detector) -> str:
    """Return title, sentence and the innocent explanations that hold, as one line."""
    held = [e["about"] or e["name"] for e in finding.explanations if e["holds"]]
    explained = f" (innocent explanation: {' '.join(held).rstrip('.')})" if held else ""
    return f"{detector.header.name} [{finding.strength}]: {sentence(finding, detector)}{explained}"


def spoken(value: Any) -> str:
    """Return a value as a reader sees it: lists with commas, large numbers with thousands separated."""
    if isinstance(value, (list, tuple)):
        return ", ".join(spoken(v) for v in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)
