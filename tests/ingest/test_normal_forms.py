"""Normal forms of texts that become ids, beside Python's own regular expressions."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from barrier.ingest.mapping import _NO_WORDS, _SPACES, _replaced

EVERY_CHARACTER = [chr(c) for c in range(1, 0x11000) if not 0xD800 <= c < 0xE000]


@pytest.mark.parametrize(
    ("pattern", "python", "by"),
    [(_SPACES, r"\s+", " "), (_NO_WORDS, r"[^\w.@-]+", "-")],
)
def test_every_character_is_a_space_a_digit_or_a_letter_as_python_has_it(pattern: str, python: str, by: str) -> None:
    texts = pd.Series([f"a{c}{c}b" for c in EVERY_CHARACTER], dtype="str")
    expected = [re.sub(python, by, t) for t in texts]
    assert _replaced(texts, pattern, by).tolist() == expected


def test_what_is_missing_stays_missing() -> None:
    texts = pd.Series(["020 - 123", None], dtype="str", index=[7, 9])
    made = _replaced(texts, r"\P{Nd}+", "")
    assert made[7] == "020123"
    assert made.isna().tolist() == [False, True]
