"""Findings in words.

Rule: a sentence says what was counted, never what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barrier.detect.findings import Finding
from barrier.detect.library import Detector

NOT_SHOWN = "not shown to you"
PARTLY = "as far as you may see: "
WITHHELD = "withheld"  # name of the explanation that stands for one the reader may not be told


class _Told(str):
    """A value in a sentence, with the word that goes with its number where the sentence gives one word and several."""

    __slots__ = ()

    def __format__(self, words: str) -> str:
        one, several, many = words.partition("|")
        single = self == "1" or self.endswith(" 1")  # as in "at least 1"
        if several and " " in self and not any(c.isdigit() for c in self):
            return f"{many} ({self})"  # such as: not shown to you
        return f"{self} {one if single else many}" if several else super().__format__(words)


class _Values(dict[str, _Told]):
    def __init__(self, values: Mapping[str, str], unknown: str) -> None:
        super().__init__({name: _Told(value) for name, value in values.items()})
        self._unknown = _Told(unknown)

    def __missing__(self, name: str) -> _Told:
        return self._unknown


def filled(pattern: str, values: Mapping[str, str], *, unknown: str) -> str:
    """Return a sentence with its values filled in.

    Args:
        pattern: With ``{name}`` for a value, or ``{name:worker|workers}`` for a number with the word that goes with it.
        values: The values, as a reader sees them.
        unknown: What stands where there is no value.
    """
    return pattern.format_map(_Values(values, unknown))


def sentence(finding: Finding, detector: Detector, *, unknown: str = "unknown") -> str:
    """Return the facts of a finding as one sentence without a full stop.

    Args:
        finding: The finding.
        detector: Its rule.
        unknown: What stands in place of a fact that is not there; under pseudonyms it is only not shown.
    """
    header = detector.header
    if header.says:
        return filled(header.says, {n: spoken_fact(f) for n, f in finding.facts.items()}, unknown=unknown)
    parts = [f"{name.replace('_', ' ')} {spoken_fact(f)}" for name, f in finding.facts.items()]
    return "; ".join(parts) or header.asks


def reasons(finding: Finding, detector: Detector) -> str:
    """Return title, sentence and the innocent explanations that hold, as one line."""
    held = [e["about"] or e["name"] for e in finding.explanations if e["holds"]]
    explained = f" (innocent explanation: {' '.join(held).rstrip('.')})" if held else ""
    return f"{detector.header.name} [{finding.strength}]: {sentence(finding, detector)}{explained}"


def spoken_fact(
    fact: Mapping[str, Any], *, at_least: str = "at least", more: str = "and perhaps more", hidden: str = NOT_SHOWN
) -> str:
    """Return the value of a fact as a reader sees it; where only a part of it may be told, it says so."""
    if not fact.get("at_least"):
        return spoken(fact["value"])
    if not fact["value"]:
        return hidden
    number = isinstance(fact["value"], (int, float))
    return f"{at_least} {spoken(fact['value'])}" if number else f"{spoken(fact['value'])} {more}"


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


def people_words(people: Sequence[int] | None) -> str:
    """Return a range of people in words; None is what the reader may not be told, which is not nobody."""
    if people is None:
        return NOT_SHOWN
    low, high = people
    return str(low) if low == high else f"{low} to {high}"
