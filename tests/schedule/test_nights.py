"""The first nights of the ninety of benchmarks/ninety_nights.py: what is planted is found, noise raises nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ninety_nights import play

pytestmark = pytest.mark.slow


def test_what_is_planted_is_found_the_same_night_and_noise_raises_no_alert(tmp_path: Path) -> None:
    story, log, _ = play(tmp_path, 8)

    assert [(e.night, e.found) for e in story.expected] == [(8, 8)]
    assert [n for n, messages in log.told.items() if messages] == [1, 8]
    assert [story.noise(found) for night, found in log.strong.items() if night > 1 and story.noise(found)] == []
    assert set(log.results.values()) == {"new findings", "done"}
