"""How often chance alone would make a structure: rare evidence counts, one cause once, what is explained not at all."""

from __future__ import annotations

import pytest

from barrier.detect.findings import Finding
from barrier.networks.surprise import Surprise, together, upper_tail

LABELS = ["Business", "Address", "Address"]
SUBJECTS = {"Address": 8000, "Business": 2000}


def _finding(detector: str, subject: str, strength: str = "strong", label: str = "Address") -> Finding:
    about = {"label": label, "id": subject}
    return Finding(
        f"{detector}:{subject}", detector, 1, "", "housing", about, {}, strength, [], [], "2024-01-01", "2024-04-01"
    )


def _common(count: int) -> list[Finding]:
    return [_finding("letting_without_licence", f"x{i}") for i in range(count)]


def _expected(here: list[Finding], others: list[Finding], innocent: set[str] | None = None) -> float:
    usual = Surprise.of([*here, *others], SUBJECTS, innocent or set())
    return float(usual.expected(LABELS, here)["value"])


def test_the_upper_tail_is_that_of_the_binomial() -> None:
    assert upper_tail(2, 3, 0.5) == pytest.approx(0.5)
    assert upper_tail(1, 1, 0.01) == pytest.approx(0.01)


def test_two_independent_chances_of_a_tenth_are_less_than_either_and_more_than_their_product() -> None:
    assert together([0.1, 0.1]) == pytest.approx(0.0560517)
    assert together([]) == 1.0


def test_what_is_common_in_the_region_surprises_less() -> None:
    here = [_finding("letting_without_licence", "a1")]

    assert _expected(here, _common(0)) < _expected(here, _common(400)) / 10


def test_two_rules_about_one_cause_are_no_second_coincidence() -> None:
    full = [_finding("overcrowded", "a1"), _finding("letting_without_licence", "a1")]
    apart = [_finding("overcrowded", "a1"), _finding("wages_to_one_account", "b1", label="Business")]

    assert _expected(apart, []) < _expected(full, []) / 10


def test_what_one_hand_does_at_two_houses_surprises_no_more_than_at_one() -> None:
    one, two = [_finding("overcrowded", "a1")], [_finding("overcrowded", "a1"), _finding("overcrowded", "a2")]
    usual = Surprise.of(two, SUBJECTS, set())
    once = usual.expected(LABELS, two, once=True)

    assert once["value"] == usual.expected(LABELS, one)["value"] > 10 * usual.expected(LABELS, two)["value"]
    assert (once["one_hand"], once["evidence"][0]["found"]) == (True, 2)


def test_what_an_innocent_reason_explains_counts_not_at_all() -> None:
    assert _expected([_finding("overcrowded", "a1")], [], {"a1"}) == 10_000
