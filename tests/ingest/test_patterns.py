"""A regular expression of a mapping takes the part that it fits first, in a time that no cell can stretch."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.ingest.patterns import first_fits, pattern_problem


def test_the_part_that_fits_first_is_taken_and_nothing_where_none_fits() -> None:
    assert first_fits(r"\d{4}", ["pand 1234 z", "geen", None, "12345\n9999", ""]) == ["1234", None, None, "1234", None]
    assert first_fits("^(nee|ja)", ["ja, soms", "dus ja"]) == ["ja", None]
    assert first_fits("a|ab", ["xabab"]) == ["a"]
    assert first_fits("x*", ["yx"]) == [""]


@given(st.sampled_from([r"\d+", "^a+", "b?a", "(a|b)c", "a.b", "[^a]$", "a{2,3}?", "(?:a|)b"]), st.text("abc1 \n"))
def test_it_takes_what_python_would(pattern: str, text: str) -> None:
    found = re.search(pattern.replace("$", r"\Z"), text)

    assert first_fits(pattern, [text]) == [found and found.group()]


def test_a_pattern_that_fits_in_countless_ways_ends_at_once_on_any_cell() -> None:
    assert first_fits("(a+)+$", ["a" * 50_000 + "b"]) == [None]


@pytest.mark.parametrize("pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "(", "a{3000}", "*"])
def test_what_looks_ahead_or_back_or_is_no_pattern_has_a_reason(pattern: str) -> None:
    assert pattern_problem(pattern) == "not a regular expression, or one that looks ahead, looks behind or refers back"


def test_an_ordinary_pattern_has_none() -> None:
    assert pattern_problem(r"(?i)^nr\.? (\d+)") is None
