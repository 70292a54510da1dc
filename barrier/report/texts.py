"""What documents say, as data in `graphs/texts/`: one file a language, the same keys in each.

Rule: a text that is not in the file of a language is an error, never a gap in a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from barrier import resources
from barrier.detect.ground import NOT_READ
from barrier.detect.library import Detector
from barrier.detect.sentences import PARTLY, WITHHELD, filled, spoken, spoken_fact
from barrier.model.yamlfile import Strict, load_yaml


class Texts(Strict):
    """The content of a file in `graphs/texts/`."""

    format: Literal[1]
    language: str
    texts: dict[str, str]
    facts: dict[str, str] = Field(default_factory=dict)
    explanations: dict[str, dict[str, str]] = Field(default_factory=dict)
    words: dict[str, str] = Field(default_factory=dict)
    positions: dict[str, str] = Field(default_factory=dict)

    def say(self, name: str, **values: object) -> str:
        """Return a text with its values filled in."""
        return filled(self.texts[name], {k: str(v) for k, v in values.items()}, unknown="")

    def word(self, text: str) -> str:
        """Return a word, or words with commas between them, in this language where it is known."""
        if text in self.words:
            return self.words[text]
        return ", ".join(self.words.get(part, part) for part in text.split(", "))

    def position(self, fact: str) -> str:
        """Return a fact of a position in this language."""
        if fact.startswith(PARTLY):
            return self.say("partly") + self.position(fact.removeprefix(PARTLY))
        for english, here in self.positions.items():
            if english.startswith(" "):
                fact = fact.replace(english, here)
            elif fact.startswith(english):
                fact = here + fact.removeprefix(english)
        return fact

    def number(self, low: int, high: int) -> str:
        """Return a range of numbers, or the one number."""
        return str(low) if low == high else self.say("range", low=low, high=high)

    def explanation(self, detector: str, explanation: Mapping[str, Any]) -> str:
        """Return an innocent explanation of a finding record in this language."""
        if explanation["name"] == WITHHELD:
            return self.say("weighed")
        if explanation["name"] == NOT_READ:
            return self.say("not_read", rows=explanation["rows"], tables=explanation["tables"])
        here = self.explanations.get(detector, {}).get(explanation["name"])
        return str(here or explanation["about"] or explanation["name"].replace("_", " "))

    def sentence(self, finding: Mapping[str, Any], detector: Detector | None) -> str:
        """Return the facts of a finding record as a sentence in this language."""
        pattern = self.facts.get(finding["detector"]) or (detector.header.says if detector else "")
        values = {n: self._value(f) for n, f in finding["facts"].items()}
        if not pattern:
            return "; ".join(f"{n.replace('_', ' ')} {v}" for n, v in values.items())
        return filled(pattern, values, unknown="?")

    def _value(self, fact: Mapping[str, Any]) -> str:
        told = {**fact, "value": self.word(spoken(fact["value"]))} if not isinstance(fact["value"], int) else fact
        return spoken_fact(told, at_least=self.say("at_least"), more=self.say("and_more"), hidden=self.say("not_shown"))


@lru_cache(maxsize=4)
def texts(language: str) -> Texts:
    """Return the texts of a language."""
    return load_yaml(resources.graphs() / "texts" / f"{language}.yaml", Texts)
