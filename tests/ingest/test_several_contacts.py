"""More than one contact in a cell: none is made of it, and it is said how to write it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from barrier.ingest.normal_forms import formed
from barrier.ingest.region import read_region
from barrier.ingest.several_contacts import holds_several, several_contacts
from tests.ingest.mapped import counted, mapped, rejected

TWO_PHONES = "more than one phone number in the cell; expected one: give each a row or a column of its own"
TWO_MAILS = "more than one mail address in the cell; expected one: give each a row or a column of its own"
ONE, OTHER = "NL91ABNA0417164300", "BE68539007547034"  # examples of the standard


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("phone", "06-12345678 / 020-1234567"),
        ("phone", "0612345678,0201234567"),
        ("phone", "0612345678 0201234567"),
        ("phone", "0612345678-0687654321"),
        ("phone", "06-12345678 of 06-87654321"),
        ("phone", "tel 06-12345678 fax 020-1234567"),
        ("phone", "020-1234567/68"),
        ("phone", "06-12345678\n06-87654321"),
        ("email", "a@x.nl; b@y.nl"),
        ("email", "a@x.nl b@y.nl"),
        ("email", "<a@x.nl>,<b@y.nl>"),
        ("iban", f"{ONE} / {OTHER}"),
        ("iban", f"{OTHER} {ONE}"),
        ("iban", f"{ONE};NL20INGB0001234567"),
        ("website", "www.a.nl; www.b.nl"),
        ("website", "http://a.nl http://b.nl"),
    ],
)
def test_two_in_a_cell_are_seen(form: str, text: str) -> None:
    assert holds_several(text, form)
    assert several_contacts(text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("phone", "+31 (0)6 12345678"),
        ("phone", "06-12345678 / 0612345678"),
        ("phone", "0032/2/123.45.67"),
        ("phone", "0031612345678 toestel 123"),
        ("phone", "06 1234 5678, thuis"),
        ("email", "a@x.nl, A@X.nl"),
        ("email", "A <a@x.nl>"),
        ("iban", "NL91 ABNA 0417 1643 00"),
        ("website", "https://www.a.nl/x,y;z?a=1"),
        ("website", "a.nl/b.nl"),
    ],
)
def test_one_contact_is_one(form: str, text: str) -> None:
    assert not holds_several(text, form)
    assert not several_contacts(text)


def test_a_number_that_stands_twice_in_a_cell_is_that_number() -> None:
    assert formed(pd.Series(["06-12345678 / 0612345678"]), "phone")["text"].tolist() == ["31612345678"]


def test_a_row_of_a_mapping_with_two_contacts_in_a_cell_is_set_aside(tmp_path: Path) -> None:
    text = "k;tel;mail\n1;06-12345678 / 020-1234567;\n2;06-12345678;a@x.nl, b@y.nl\n3;06-12345679;a@x.nl\n"
    contact = "{label: Contact, id: {prefix: FORM-, columns: [COLUMN], hash: true}, properties: {kind: {value: FORM}}}"
    phone, mail = (contact.replace("FORM", f).replace("COLUMN", c) for f, c in (("phone", "tel"), ("email", "mail")))
    firm = "{label: Business, id: {prefix: b-, columns: [k]}}"
    sources = f"  - file: k.csv\n    nodes:\n      b: {firm}\n      t: {phone}\n      m: {mail}\n"

    read = mapped(tmp_path, {"k.csv": text}, sources)

    assert rejected(read) == [("k.csv", 2, "tel", TWO_PHONES), ("k.csv", 3, "mail", TWO_MAILS)]
    assert read.rows_loaded["Contact"] == 2
    assert counted(read) == ["k.csv: 3 rows: 1 used, 2 set aside"]


def test_an_id_of_a_contact_in_which_two_stand_is_set_aside_with_its_links(tmp_path: Path) -> None:
    (tmp_path / "Contact.csv").write_text("id\n06-12345678 / 020-1234567\n06-12345678\nc1\n")
    (tmp_path / "Person.csv").write_text("id\np1\n")
    ends = "source_id,target_id\np1,06-12345678 / 020-1234567\np1,0612345678\n"
    (tmp_path / "REACHED_AT.csv").write_text(ends)

    read = read_region(tmp_path)

    assert read.rows_loaded["Contact"] == 2
    assert rejected(read) == [
        ("Contact.csv", 2, "id", TWO_PHONES),
        (
            "REACHED_AT.csv",
            2,
            "target_id",
            "there is no Contact with this id: its row was set aside, and this one falls with it",
        ),
    ]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("phone", ONE),
        ("phone", "kade@veld.example"),
        ("email", ONE),
        ("email", "06-12345678"),
        ("iban", "06-12345678"),
        ("iban", "kade@veld.example"),
        ("website", "kade@veld.example"),
    ],
)
def test_a_contact_of_another_kind_is_none_of_this_one(form: str, text: str) -> None:
    assert formed(pd.Series([text]), form)["text"].tolist() == [""]
