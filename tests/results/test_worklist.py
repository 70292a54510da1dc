"""Which addresses stand on a work list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from barrier.detect.findings import Finding
from barrier.results.worklist import worklist


def _finding(subject: str, strength: str, label: str = "Address") -> Finding:
    return Finding(
        id=f"f-{subject}",
        detector="overcrowded",
        version=1,
        hash="",
        barrier="housing",
        subject={"label": label, "id": subject},
        facts={},
        strength=strength,
        explanations=[],
        sources=[],
        first_seen="2026-09-01",
        expires="2026-12-01",
    )


@pytest.mark.parametrize(("strength", "listed"), [("weak", []), ("medium", ["a1"]), ("strong", ["a1"])])
def test_an_address_is_listed_for_a_finding_that_is_not_weak(strength: str, listed: list[str], tmp_path: Path) -> None:
    occupied = pd.DataFrame({"address": ["a1", "a2"]})

    work, _ = worklist([_finding("a1", strength)], occupied, sample=0, scan="s", store=str(tmp_path / "one.barrier"))

    assert work["id"].tolist() == listed


def test_the_sample_is_drawn_from_addresses_without_any_finding_weak_ones_too(tmp_path: Path) -> None:
    occupied = pd.DataFrame({"address": ["a1", "a2", "a3"]})
    found = [_finding("a1", "weak"), _finding("a2", "strong"), _finding("b1", "strong", label="Business")]

    work, told = worklist(found, occupied, sample=5, scan="s", store=str(tmp_path / "one.barrier"))

    assert work["id"].tolist() == ["a2", "a3"]
    assert told == ["control sample: 1 address instead of 5: no more are without any finding"]


def test_a_sample_of_the_size_asked_for_tells_nothing(tmp_path: Path) -> None:
    occupied = pd.DataFrame({"address": ["a1", "a2", "a3"]})

    assert worklist([], occupied, sample=3, scan="s", store=str(tmp_path / "one.barrier"))[1] == []
