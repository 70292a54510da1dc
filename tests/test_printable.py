"""Text made fit to be shown: what steers, turns or hides is shown by its number, all else stays as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.printable import counted, json_text, one_line, visible, visible_all

STEERS = ["\x1b[2J", "\x1b]8;;http://x\x07", "\x9b2J", "\x00", "\x07", "\x08", "\r", "\x7f", "\x85"]
TURNS = [chr(c) for c in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HIDES = ["\u200b", "\u2028", "\u2029", "\u2060", "\ufeff", "\U000e0041", "\udcff", "\u2800", "\ufff9"]
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt: first and last of each range
IGNORED = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180d", "\u180e", "\u180f"),
    *("\u200b", "\u200c", "\u200d", "\u200f", "\u202a", "\u202e", "\u2060", "\u2064", "\u2065", "\u206f", "\u3164"),
    *("\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\ufff8", "\U0001bca0", "\U0001bca3"),
    *("\U0001d173", "\U0001d17a", "\U000e0000", "\U000e007f", "\U000e0100", "\U000e01ef", "\U000e0fff"),
]


@pytest.mark.parametrize("text", [*STEERS, *TURNS, *HIDES, *IGNORED], ids=ascii)
def test_what_steers_turns_or_hides_is_shown_by_its_number(text: str) -> None:
    shown = visible(f"a{text}b")

    assert f"⟨U+{ord(text[0]):04X}⟩" in shown
    assert text[0] not in shown


@pytest.mark.parametrize("text", ["Hühnerstraße 3", "a\tb\nc", "مدينة", "日本", "한글", "👩", "⟨U+202E⟩", "a<b>&'"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_a_newline_in_a_name_does_not_begin_a_line() -> None:
    assert one_line("x\nError: y") == "x⟨U+000A⟩Error: y"


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_json_says_the_same_and_shows_nothing_unsafe(text: str) -> None:
    made = json_text({"k": text, text: 1})

    assert json.loads(made) == {"k": text, text: 1}
    assert visible(made) == made
    made.encode("utf-8")


@dataclass(frozen=True)
class _Page:
    title: str
    rows: tuple[tuple[str, ...], ...]


def test_every_text_in_data_is_made_visible() -> None:
    assert visible_all(_Page("\x1b", (("\u202e", "x"),))) == _Page("⟨U+001B⟩", (("⟨U+202E⟩", "x"),))
    assert visible_all({"\x07": ["\x08", 1, None]}) == {"⟨U+0007⟩": ["⟨U+0008⟩", 1, None]}


def test_one_of_something_has_the_word_for_one() -> None:
    told = [counted(1, "finding"), counted(0, "finding"), counted(1200, "person"), counted(1, "person")]

    assert told == ["1 finding", "0 findings", "1,200 people", "1 person"]
    assert [counted(n, "row was", "rows were") for n in (1, 2)] == ["1 row was", "2 rows were"]
