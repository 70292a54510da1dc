"""Words of YAML files are read by the rules of YAML 1.2: only true and false are booleans."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from barrier.advise.sharing import Sharing
from barrier.model.yamlfile import Strict, parse_yaml


class _Page(Strict):
    words: dict[str, Any]


@pytest.mark.parametrize("word", ["off", "on", "yes", "no", "y", "n", "Off", "NO"])
def test_a_word_is_text_as_a_field_and_as_a_value(word: str) -> None:
    page = parse_yaml(f"words: {{{word}: {word}, in: [{word}]}}", _Page, where="page")

    assert page.words == {word: word, "in": [word]}


def test_true_false_and_dates_stay_what_they_are() -> None:
    page = parse_yaml("words: {a: true, b: False, c: 2026-09-01, d: t}", _Page, where="page")

    assert page.words == {"a": True, "b": False, "c": date(2026, 9, 1), "d": "t"}


def test_a_field_that_is_a_boolean_takes_yes_and_no() -> None:
    class Flag(Strict):
        verify: bool

    assert (parse_yaml("verify: yes", Flag, where="f").verify, parse_yaml("verify: off", Flag, where="f").verify) == (
        True,
        False,
    )


def test_gates_are_switched_off_as_the_guide_writes_it() -> None:
    assert parse_yaml("format: 1\noff: [some_gate]\n", Sharing, where="sharing-own.yaml").off == ("some_gate",)
