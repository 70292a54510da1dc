"""Charts over time: still pictures, the same bytes each time, every fate in words."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta

import pytest

from barrier.history.structures import Line, Stage
from barrier.report.charts import Crowding, Past, crowding_chart, round_numbers, structures_chart

DAYS = [date(2026, 6, 1) + timedelta(days=7 * i) for i in range(5)]


def _stage(day: int, fate: str, members: int) -> Stage:
    return Stage(DAYS[day], "c-0a1b2c3d4e", fate, members, (members, members), ())


PAST = Past(
    [Line((_stage(0, "same", 4), _stage(1, "grown", 9), _stage(3, "gone", 0), _stage(4, "resumed", 5)))],
    [Crowding(day, 28 - 3 * i, 290 - 10 * i) for i, day in enumerate(DAYS)],
)


def _texts(picture: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", picture)


def test_what_happened_to_a_structure_stands_beside_its_marks_and_in_the_legend() -> None:
    texts = _texts(structures_chart(PAST))

    assert "c-0a1b2c3d4e, 5 members" in texts
    for fate in ("grown", "gone", "resumed"):
        assert texts.count(fate) == 2, fate
    assert "same" not in texts


def test_words_on_the_picture_are_dark_whatever_the_colour_of_their_mark() -> None:
    fills = re.findall(r"\.text-overlay \.color-\d+ text\s*\{\s*fill:\s*([^;}]+)", structures_chart(PAST))

    assert set(fills) == {"#1c2430"}


def test_the_last_number_stands_beside_its_line() -> None:
    addresses, people = crowding_chart(PAST).split("</svg>")[:2]

    assert "16" in _texts(addresses)
    assert "250" in _texts(people)
    assert _texts(people).count("0") == 1


def test_pictures_hold_no_script_no_comment_and_no_address_outside() -> None:
    pictures = structures_chart(PAST) + crowding_chart(PAST)

    assert "<script" not in pictures
    assert "<!--" not in pictures
    assert set(re.findall(r"https?://[^\"' )]+", pictures)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_the_same_past_gives_the_same_bytes_in_another_process() -> None:
    code = "from tests.report.test_charts import *; print(structures_chart(PAST) + crowding_chart(PAST))"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}

    assert len(runs) == 1


def test_there_is_no_chart_of_one_scan_or_of_structures_that_stayed_as_they_were() -> None:
    assert crowding_chart(Past([], PAST.crowding[:1])) == ""
    assert structures_chart(Past([Line((_stage(0, "new", 4), _stage(4, "same", 4)))], PAST.crowding)) == ""


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, [0, 1, 2]),
        (3, [0, 1, 2, 3]),
        (28, [0, 10, 20, 30]),
        (100, [0, 20, 40, 60, 80, 100]),
        (428, [0, 100, 200, 300, 400, 500]),
    ],
)
def test_marks_are_few_round_numbers(most: int, marks: list[int]) -> None:
    assert round_numbers(most) == marks
