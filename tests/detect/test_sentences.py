"""Findings in words: numbers with the words that go with them, in both languages."""

from __future__ import annotations

import re

import pytest

from barrier.detect.findings import Finding
from barrier.detect.library import load_detectors
from barrier.detect.sentences import filled, sentence, spoken_fact
from barrier.report.texts import texts
from tests.helpers import Results


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n": "1"}, "1 worker of b1 here"),
        ({"n": "2"}, "2 workers of b1 here"),
        ({"n": "0"}, "0 workers of b1 here"),
        ({"n": "11"}, "11 workers of b1 here"),
        ({}, "unknown workers of b1 here"),
    ],
)
def test_a_number_comes_with_the_word_that_goes_with_it(values: dict[str, str], said: str) -> None:
    assert filled("{n:worker|workers} of {b} here", {**values, "b": "b1"}, unknown="unknown") == said


def test_a_value_is_never_read_as_a_pattern() -> None:
    assert filled("{a} and {b}", {"a": "{b}", "b": "{a.__class__}"}, unknown="?") == "{b} and {a.__class__}"


def test_no_finding_of_the_demo_says_one_people(demo: Results) -> None:
    detectors = {d.id: d for d in load_detectors()}
    english = [sentence(Finding(**f), detectors[f["detector"]]) for f in demo.findings]
    dutch = [texts("nl").sentence(f, detectors[f["detector"]]) for f in demo.findings]

    assert [
        s for s in english if re.search(r"\b1 (people|persons|\w*(?:ers|ences|als)|addresses|businesses)\b", s)
    ] == []
    assert [s for s in dutch if re.search(r"\b1 (personen|bedrijven|adressen|signalen|werknemers)\b", s)] == []
    assert any("1 person here without a registration" in s for s in english)
    assert any("1 persoon hier zonder enige inschrijving" in s for s in dutch)


def test_what_is_told_in_part_reads_as_a_sentence() -> None:
    part = {"value": ["finance", "identity"], "at_least": True}

    assert spoken_fact(part) == "finance, identity and perhaps more"
    assert spoken_fact({"value": 3, "at_least": True}) == "at least 3"
    hidden = filled(
        "{n:agency worker|agency workers} among them", {"n": spoken_fact({"value": 0, "at_least": True})}, unknown="?"
    )
    assert hidden == "agency workers (not shown to you) among them"
