"""Regular expressions for a server: those whose work is known before they are tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.store.regular_expressions import pattern_problem

FINE = [
    "",
    "[0-9]{4} ?[A-Z]{2}",
    "(?i).*bouw.*",
    "(?i)(bar|cafe|hotel) .*",
    "a\\.b\\\\c\\d{2,3}",
    "[^0-9\\]]+",
    "(ab)+",
    "(?:abc){3}",
    "\\p{Lu}.*",
    "^x$",
    "p-\\d+?",
    "a??b",
]
REFUSED = {
    "(a+)+$": "a repeat or | within what is repeated",
    "(a|a)*": "a repeat or | within what is repeated",
    "(a?){30}a": "a repeat or | within what is repeated",
    "((a|b)c)+": "a repeat or | within what is repeated",
    "((a*))*": "a repeat or | within what is repeated",
    "(a{2}){2}": "a repeat or | within what is repeated",
    ".*a.*a.*b": "3 repeats of any length; at most 2",
    "a{1,}b{0,9}c*": "3 repeats of any length; at most 2",
    "a?" * 7: "128 ways through ? and |; at most 100",
    "(a|aa)" * 7: "128 ways through ? and |; at most 100",
    "|".join("a" * 101): "101 ways through ? and |; at most 100",
    "a{1001}": "1001 times; at most 1,000",
    "(a)\\1": "a sign that is not on the list, at place 4",
    "(?<n>a)\\k<n>": "a sign that is not on the list, at place 1",
    "(?=a)a": "a sign that is not on the list, at place 1",
    "(?i)(?s)a": "a sign that is not on the list, at place 5",
    "a(?x)b": "a sign that is not on the list, at place 2",
    "\\Qa+\\E": "a sign that is not on the list, at place 1",
    "[a-z&&[^b]]": "a sign that is not on the list, at place 1",
    "a**": "a repeat of nothing or of a repeat",
    "+a": "a repeat of nothing or of a repeat",
    "|*": "a repeat of nothing or of a repeat",
    "a)": "a bracket that closes nothing",
    "(a": "a bracket that is not closed",
    "a\\": "a sign that is not on the list, at place 2",
}


@pytest.mark.parametrize("pattern", FINE)
def test_a_pattern_of_few_ways_is_let_through(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(("pattern", "problem"), REFUSED.items())
def test_a_pattern_of_many_ways_is_refused_with_what_it_has(pattern: str, problem: str) -> None:
    assert pattern_problem(pattern) == problem


@given(st.text(alphabet="ab.()|*+?{}1,9\\[]^:", max_size=40))
def test_no_pattern_makes_the_check_fail(pattern: str) -> None:
    problem = pattern_problem(pattern)

    assert problem is None or problem.isprintable()
