"""Ids that are passed without a look, one by one, would pass with one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.ingest.clear_values import business_value, contact_value, opaque, other_value, person_value
from barrier.model.kinds import ids_of

# 06-1234 5678 and 123456782 are the usual examples of documentation; the account is the one of the Dutch banks' own
SPELLINGS = [
    "+31612345678",
    "+31 6 12345678",
    "0031612345678",
    "06-12345678",
    "06 12 34 56 78",
    "(06) 12345678",
    "+31 (0)6 12345678",
    "06.12.34.56.78",
    "0612345678",
    "31612345678",
    "tel:+31612345678",
    "06/12345678",
    "612345678",
    "tel-0612345678",
    "c_0612345678",
    "０６１２３４５６７８",  # noqa: RUF001 - full-width digits
    "06\u200b12345678",
    "06\u201112345678",
]

LOOKED_AT = {"Contact": contact_value, "Person": person_value, "Address": other_value, "Licence": other_value}


@pytest.mark.parametrize("label", [*LOOKED_AT, "Business"])
@settings(max_examples=300)
@given(data=st.data())
def test_what_is_passed_without_a_look_would_pass_with_one(label: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(opaque(ids_of(label)), re.ASCII), fullmatch=True))

    if label == "Business":
        assert business_value(text, "bv") is None
        assert business_value(text, "eenmanszaak") is None
    else:
        assert LOOKED_AT[label](text) is None


def test_ids_as_registers_and_exports_count_them_are_not_looked_at_one_by_one() -> None:
    counted = {
        "Contact": ["c504335921749", "c316123456789", "c-00012345"],
        "Person": ["p00030348", "p-00030348", "p000303481"],
        "Address": ["a00012753", "0363200000123456", "0363010000123456"],
        "Business": ["b00000425", "12345678", "000012345678"],
    }

    assert all(re.match(opaque(ids_of(label)), text) for label, texts in counted.items() for text in texts)
