"""Occupancy against the register authority's own cases."""

from __future__ import annotations

from tests.outside import rvig


def test_all_386_plain_cases_come_out_as_specified() -> None:
    plain = rvig.plain_ids()
    wrong = [c["id"] for c in rvig.cases() if c["id"] in plain and rvig.answers()[c["id"]] != rvig.expected(c)]

    assert len(plain) == 386
    assert wrong == []


def test_of_the_other_361_cases_only_those_differ_that_a_residence_row_cannot_tell() -> None:
    found = rvig.differing()

    assert "unexplained" not in found
    assert {name: len(ids) for name, ids in found.items()} == {
        "suspension": 59,
        "incorrect": 33,
        "enquiry": 9,
        "many": 8,
    }


def test_a_scan_answers_every_case_as_residents_on_does() -> None:
    found = rvig.scanned()

    assert len(found) == 747
    assert [i for i, told in rvig.answers().items() if found[i] != told] == []
