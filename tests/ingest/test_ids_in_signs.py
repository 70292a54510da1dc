"""Numbers of persons and phones whose digits stand between any signs, with a remark, or without their last digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.clear_values import business_value, contact_value, other_value, person_value
from barrier.ingest.lost_digits import LOST_DIGITS
from barrier.ingest.region import read_region
from tests.ingest.mapped import rejected

# 06-1234 5678, 020-123 4567 and 123456782 are the usual examples of documentation


@pytest.mark.parametrize(
    "text", ["123,456,782", "123;456;782", "123'456'782", "123·456·782", "123 ; 456 | 782", "123~456~782"]
)
def test_a_citizen_number_is_one_between_whatever_signs_its_digits_stand(text: str) -> None:
    assert person_value(text) == person_value("123456782") == ("number", "123456782")
    assert business_value(text, "eenmanszaak") == ("number", "123456782")


@pytest.mark.parametrize(
    "text",
    ["06,12,34,56,78", "06·12345678", "06'12345678", "06:12345678", "06*12345678", "06|12345678", "tel: 06=12345678"],
)
def test_a_phone_is_one_between_whatever_signs_its_digits_stand(text: str) -> None:
    assert contact_value(text) == ("phone", "31612345678")


@pytest.mark.parametrize("text", ["b1:2", "c1:23", "12:34", "1:2:3", "a-1,2", "p1;p2", "z'12'3"])
def test_signs_in_an_id_make_no_number_of_it(text: str) -> None:
    assert [tell(text) for tell in (person_value, contact_value, other_value)] == [None] * 3
    assert business_value(text, None) is None


@pytest.mark.parametrize("text", ["1234AB-1-12", "2024-01-01", "0363010000758121", "12,5"])
def test_an_id_of_an_address_or_a_day_stays(text: str) -> None:
    assert other_value(text) is None
    assert business_value(text, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "020-1234567 (kantoor)",
        "020-1234567 x34",
        "020-1234567 ext. 34",
        "020-1234567 toestel 34",
        "020-1234567 tst.34",
        "0201234567#34",
        "+31 20 1234567;ext=34",
    ],
)
def test_a_landline_with_an_extension_or_a_remark_is_that_landline(text: str) -> None:
    assert contact_value(text) == contact_value("020-1234567") == ("phone", "31201234567")


def test_a_link_in_another_spelling_than_its_person_and_its_contact_is_joined(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id\n123456782\n")
    (tmp_path / "Contact.csv").write_text("id\n020-1234567\n")
    (tmp_path / "REACHED_AT.csv").write_text("source_id,target_id\n123·456·782,020-1234567 tst. 34\n", "utf-8")

    read = read_region(tmp_path)

    assert (read.rows_loaded["REACHED_AT"], rejected(read)) == (1, [])


def test_two_rows_of_a_person_in_two_spellings_that_contradict_each_other_lose_one_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,birth_year\n123456782,1980\n123;456;782,1990\n")

    read = read_region(tmp_path)

    assert {line for _, line, _, _ in rejected(read)} == {3}


def test_a_phone_that_lost_its_digits_is_no_contact_and_joins_nobody(tmp_path: Path) -> None:
    (tmp_path / "Business.csv").write_text("id\nb1\n")
    (tmp_path / "Contact.csv").write_text('id\n6.12E+08\n"6,12E+08"\n6.12346E+08\n0612345678\n')
    (tmp_path / "REACHED_AT.csv").write_text('source_id,target_id\nb1,6.12E+08\nb1,"6,12E+08"\n')

    read = read_region(tmp_path)

    assert [(f, n, c) for f, n, c, why in rejected(read) if why == LOST_DIGITS] == [
        ("Contact.csv", 2, "id"),
        ("Contact.csv", 3, "id"),
        ("Contact.csv", 4, "id"),
        ("REACHED_AT.csv", 2, "target_id"),
        ("REACHED_AT.csv", 3, "target_id"),
    ]


@pytest.mark.parametrize("other", ["p-123,456,782", "p-123.456.782", "p-123-456-782", "p-123 456 782"])
def test_a_citizen_number_behind_a_letter_is_one_whatever_signs_part_it(tmp_path: Path, other: str) -> None:
    (tmp_path / "Person.csv").write_text("id\np-123456782\n", encoding="utf-8")
    (tmp_path / "Address.csv").write_text("id\na1\n", encoding="utf-8")
    (tmp_path / "REGISTERED_AT.csv").write_text(f'source_id,target_id\n"{other}",a1\n', encoding="utf-8")

    read = read_region(tmp_path)

    assert (len(read.rejected), read.tables.links["REGISTERED_AT"].table.num_rows) == (0, 1)
