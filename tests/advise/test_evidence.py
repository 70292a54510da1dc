"""How far evidence carries: the cases that mayors lost and won, and what counts as a source."""

from __future__ import annotations

from typing import Any

import pytest

from barrier.advise.evidence import evidence_of
from tests.planning import dossier, finding, told

CASE_LAW = [
    # ECLI:NL:RVS:2017:1317: long working days and a police summary, no more
    (
        "RVS 2017:1317",
        ["rotation"],
        [told("long_hours", "police", "o1"), told("long_hours", "police", "o1")],
        (),
        "thin",
        "none",
    ),
    # ECLI:NL:RVS:2018:196: a criminal file shows that supervision failed, several observations
    (
        "RVS 2018:196",
        ["licence_condition_breach"],
        [told("licence_breach", "police", "o1", "confirmed"), told("licence_breach", "police", "o2", "confirmed")],
        ("breach",),
        "none",
        "established",
    ),
    # ECLI:NL:RBDHA:2022:2748: reports, and findings of the inspection team
    (
        "RBDHA 2022:2748",
        ["licence_condition_breach"],
        [
            told("underpayment", "labour_inspectorate", "o1", "probable"),
            told("licence_breach", "municipality_licensing", "o2", "probable"),
        ],
        ("breach",),
        "established",
        "established",
    ),
    # ECLI:NL:RBLIM:2016:1885: precautions were lacking, seen in a visit
    ("RBLIM 2016:1885", ["licence_condition_breach"], [], ("breach",), "none", "supported"),
]


@pytest.mark.parametrize(
    ("case", "detectors", "signals", "visits", "exploitation", "duty"), CASE_LAW, ids=[c[0] for c in CASE_LAW]
)
def test_the_fact_patterns_of_lost_and_won_cases_get_the_grade_that_fits(
    case: str, detectors: list[str], signals: list[Any], visits: tuple[str, ...], exploitation: str, duty: str
) -> None:
    found = [finding(d, "labour", "b1", "Business", sources=["licence_register"]) for d in detectors]
    grade = evidence_of(dossier(found, signals=signals, visits=visits))

    assert (grade.exploitation, grade.duty) == (exploitation, duty), case


def test_case_four_reporters_with_one_story_are_one_independent_source() -> None:
    signals = [told("licence_breach", h, "one-story") for h in ("police", "ggd", "labour_inspectorate", "riec")]
    grade = evidence_of(
        dossier([finding("licence_front", "labour", "b1", "Business", sources=["one-story"])], signals=signals)
    )

    assert grade.independent == 1
    assert grade.duty == "thin"


def test_one_origin_that_somebody_saw_is_thin_and_a_second_makes_it_supported() -> None:
    one = told("underpayment", "labour_inspectorate", "o1", "probable")
    two = told("tenant_complaint", "municipality_letting", "o2")
    found = [finding("lender_without_licence", "labour", "b1", "Business")]

    assert evidence_of(dossier(found, signals=[one])).exploitation == "thin"
    assert evidence_of(dossier(found, signals=[one, two])).exploitation == "supported"


def test_long_hours_that_were_seen_twice_still_make_nothing_plausible() -> None:
    hours = [told("long_hours", "labour_inspectorate", f"o{i}", "confirmed") for i in (1, 2)]
    found = [finding("lender_without_licence", "labour", "b1", "Business")]

    assert evidence_of(dossier(found, signals=hours)).exploitation == "thin"
