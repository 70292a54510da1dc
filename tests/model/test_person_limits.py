"""How many persons a condition of a licence allows, in the words that registers have for it."""

from __future__ import annotations

import pytest

from barrier.model.person_limits import UNREADABLE, persons_allowed, written_limit

EIGHT = (
    "max_persons=8",
    "MAX_PERSONS = 8",
    "max-persons=8",
    "MaxPersons: 8",
    "max_persons:8",
    "max_persons=8.0",
    "max_pers=8",
    "max_occupants=8",
    "8 personen",
    "8pers.",
    "max. 8 pers.",
    "maximaal 8 personen",
    "ten hoogste 8 bewoners",
    "niet meer dan 8 personen",
    "<=8 personen",
    "aantal personen: 8",
    "Maximum aantal personen = 8",
    "aantal toegestane personen: 8",
    "max\u200b_persons=8",
    "\uff18 personen",
)
UNCLEAR = (
    "8",
    "max 8",
    "aantal: 8",
    "max_persons",
    "max_persons=",
    "max_persons=-1",
    "max_persons==8",
    "max_persons=1.000",
    "max_persons=\N{SUPERSCRIPT TWO}",
    "max_persons=8 (eight)",
    "4-8 personen",
    "acht personen",
    "meer dan 8 personen",
    "minimaal 2 personen",
    "tot 8 personen",
    "2 personen per kamer",
    "1 persoon per kamer",
    "12 bedden",
    "geen bewoners",
)
OTHERS = (
    "snf",
    "no_living_in",
    "operator_present",
    "closing_hours=23:00",
    "geluid max 70 dB",
    "minimumleeftijd 18 jaar",
    "voorschrift 8",
    "personeel aanwezig",
    "contactpersoon bereikbaar",
    "verantwoordelijk persoon aanwezig",
    "gasten melden zich bij de receptie",
)


@pytest.mark.parametrize("condition", EIGHT)
def test_a_number_of_persons_in_other_words_is_that_number(condition: str) -> None:
    assert (persons_allowed(condition), written_limit(condition)) == (8, "max_persons=8")


@pytest.mark.parametrize("condition", UNCLEAR)
def test_a_number_of_persons_that_can_be_another_one_is_a_limit_that_nobody_can_read(condition: str) -> None:
    assert (persons_allowed(condition), written_limit(condition)) == (UNREADABLE, "max_persons")


@pytest.mark.parametrize("condition", OTHERS)
def test_a_condition_about_something_else_is_no_limit(condition: str) -> None:
    assert (persons_allowed(condition), written_limit(condition)) == (None, None)
