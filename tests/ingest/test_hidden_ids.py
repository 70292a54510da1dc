"""Ids that are values in clear: told from ids that say nothing, hashed in every file alike, printed nowhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from barrier import resources
from barrier.errors import InputError
from barrier.ingest.clear_values import business_value, contact_value, opaque, other_value, person_value
from barrier.ingest.limits import MAX_ID
from barrier.ingest.mapping import read_mapped
from barrier.ingest.plain_words import shown_words
from barrier.ingest.region import read_region
from tests.helpers import run

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


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_phone_is_one_value_in_every_spelling(text: str) -> None:
    assert contact_value(text) == ("phone", "31612345678")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+49 30 901820", "phone"),
        ("a@b.nl", "email"),
        ("mailto:A@B.nl", "email"),
        ("@jan_88", "other"),
        ("skype:jan", "other"),
        ("NL91ABNA0417164300", "iban"),
        ("nl91 abna 0417 1643 00", "iban"),
        ("NL91ABNA0417164301", "iban"),
        ("123456782", "number"),
        ("bsn-12345672", "number"),
        ("4171643", "number"),
        ("www.example.nl", "website"),
        ("https://example.nl/x", "website"),
        ("example.nl", "website"),
        ("Dorpsstraat 12", "address"),
        ("dorpsstraat-12", "address"),
        ("1234AB-10", "address"),
        ("Jan Jansen", "other"),
    ],
)
def test_other_values_of_contacts_are_known_by_their_marks(text: str, kind: str) -> None:
    found = contact_value(text)

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "c-0000001",
        "contact-0612",
        "shared-phone",
        "phone-a1",
        "p1",
        "3" * 24,
        "3f" * 12,
        "ct-" + "3f" * 12,
        "tel-" + "1" * 24,
        "hashed-phone-" + "ab" * 12,
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_counters_words_and_digests_pass_untouched(text: str) -> None:
    assert contact_value(text) is None
    assert person_value(text) is None
    assert other_value(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "c316123456789",
        "c31612345678",
        "ct319749504335",
        "c123456782",
        "c006567273801",
        "c097088232445",
        "c000612345678",
    ],
)
def test_a_counter_behind_a_letter_is_no_number_of_a_contact(text: str) -> None:
    assert contact_value(text) is None


@pytest.mark.parametrize("text", ["c0612345678", "c_31612345678", "c+31612345678", "tel31612345678"])
def test_a_number_behind_a_letter_is_one_where_it_is_written_as_one(text: str) -> None:
    found = contact_value(text)

    assert found is not None
    assert found.normal == "31612345678"


@pytest.mark.parametrize("text", ["123456782", "1234.56.782", "bsn123456782", "1234567891", "12345672", "a@b.nl"])
def test_a_person_is_not_known_by_a_number_that_somebody_has(text: str) -> None:
    assert person_value(text) is not None


@pytest.mark.parametrize(
    ("text", "form", "hidden"),
    [
        ("12345678", "bv", False),
        ("000012345678", "bv", False),
        ("811111118", "bv", False),  # begins as numbers of legal persons do, and proves right as a citizen number
        ("811111118", "eenmanszaak", True),
        ("123456782", None, True),
        ("123456782", "eenmanszaak", True),
        ("NL123456782B01", "vof", True),
        ("a@b.nl", "bv", True),
    ],
)
def test_a_business_keeps_its_register_number_and_not_a_citizen_number(text: str, form: str, hidden: bool) -> None:
    assert (business_value(text, form) is not None) == hidden


def test_an_address_keeps_its_register_number() -> None:
    assert other_value("0363010012345678") is None
    assert other_value("NL.IMBAG.Verblijfsobject.0363010012345678") is None


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("rek-NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("c-NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("IBAN2-NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("pay_nl91 abna 0417 1643 00_2", "NL91ABNA0417164300"),
        ("rek-NL91ABNA0417164301", "NL91ABNA0417164301"),  # mistyped
        ("x_BE71096123456769_1", "BE71096123456769"),
        ("6.12345678E+08", "31612345678"),
        ("3.1612345678E+10", "31612345678"),
        ("3,1612345678E10", "31612345678"),
        ("c_0612345678_2", "31612345678"),
        ("contact-0612345678-2", "31612345678"),
        ("contact-06-1234-5678-2", "31612345678"),
        ("klant12-0612345678", "31612345678"),
        ("klant12-0031612345678x", "31612345678"),
        ("0612345678mobiel", "31612345678"),
        ("p612345678", "31612345678"),
        ("s-612345678", "31612345678"),
        ("000000000000000612345678", "31612345678"),
        ("00000000-0000-0000-0000-000612345678", "31612345678"),
        ("c00000000000612345678", "31612345678"),
        ("06\u00ad12345678", "31612345678"),
        ("06\u280012345678", "31612345678"),
        ("c1012AB5", "c1012ab5"),
        ("Rokin-12", "rokin 12"),
    ],
)
def test_a_value_of_a_contact_is_found_whatever_stands_around_it(text: str, normal: str) -> None:
    found = contact_value(text)

    assert re.match(opaque("contact"), text) is None
    assert found is not None
    assert found.normal == normal


@pytest.mark.parametrize(
    "text",
    [
        *("1.23456782E+08", "p_123456782_1", "p-123456782-a", "brp-123456782-2024", "bsn_123456782_nl", "123456782x"),
        *("klant7-123456782", "000000000000000123456782", "jansen-19800517", "Jansen_17-05-1980", "p-1234.56.782-a"),
    ],
)
def test_a_citizen_number_or_birthday_is_found_whatever_stands_around_it(text: str) -> None:
    assert re.match(opaque("person"), text) is None
    assert person_value(text) is not None


@pytest.mark.parametrize(
    "text",
    ["ez-123456782", "zzp-123456782", "btw-NL123456782B01", "NL 123456782 B01", "NL.123456782.B.01", "b_123456782_1"],
)
def test_the_number_of_a_sole_trader_is_found_whatever_stands_around_it(text: str) -> None:
    assert re.match(opaque("business"), text) is None
    assert business_value(text, None) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("c504335921749", "p00030348", "a00012753", "b00000425", "case-2026-0001", "case-2026-00012", "ring-a1"),
        *("Contact-12", "zaak-20260101", "00000000-0000-0000-0000-000000000001", "kvk-12345678"),
    ],
)
def test_counters_of_other_shapes_pass_for_every_label(text: str) -> None:
    assert contact_value(text) is None
    assert person_value(text) is None
    assert business_value(text, "bv") is None
    assert other_value(text) is None


def test_an_id_that_only_begins_like_a_hash_of_the_reader_is_looked_at() -> None:
    assert contact_value("hashed-phone-0612345678") == ("phone", "31612345678")


CLEAR = ("31612345678", "12345678", "a@b.nl", "0417164300", "123456782")


def _delivery(region: Path) -> Path:
    """Write a delivery whose ids are values, the phone spelled in four ways."""
    tables = {
        "Person": "id,birth_year\n123456782,1980\np-2,1990\n",
        "Business": "id,name\nb-1,Bar\nb-2,Shop\nb-3,Desk\n",
        "Contact": "id,kind\n+31612345678,phone\n06-12345678,phone\na@b.nl,email\nNL91ABNA0417164300,iban\nc-1,phone\n",
        "Address": "id,municipality,kind,area_m2\na-1,GM9001,dwelling,80\n",
        "REGISTERED_AT": "source_id,target_id,from\n123456782,a-1,2024-01-01\n",
        "REACHED_AT": "source_id,target_id\n123456782,0612345678\nb-1,+31 6 12345678\nb-2,A@b.nl\n"
        "b-3,c-1\nb-3,0687654321\n",
        "PAID_TO": "source_id,target_id,amount_eur\nb-1,NL91 ABNA 0417 1643 00,10\n",
        "CONCERNS": "source_id,target_id\ns-1,06 12345678\ns-1,a-1\n",
        "Signal": "id,kind,observed\ns-1,advert,2026-08-01\n",
    }
    for name, text in tables.items():
        (region / f"{name}.csv").write_text(text, encoding="utf-8")
    return region


def test_links_join_in_every_file_and_spelling(region: Path) -> None:
    tables = read_region(_delivery(region)).tables

    contacts = tables.nodes["Contact"].column("id").to_pylist()
    assert [re.sub(r"[0-9a-f]{24}$", "", c) for c in contacts] == [
        "hashed-phone-",
        "hashed-email-",
        "hashed-iban-",
        "c-1",
    ]
    phone, mail, account, _ = contacts
    person = tables.nodes["Person"].column("id").to_pylist()[0]
    assert tables.links["REACHED_AT"].table.column("target_id").to_pylist() == [phone, phone, mail, "c-1"]
    assert tables.links["REACHED_AT"].table.column("source_id").to_pylist() == [person, "b-1", "b-2", "b-3"]
    assert tables.links["REGISTERED_AT"].table.column("source_id").to_pylist() == [person]
    assert tables.links["PAID_TO"].table.column("target_id").to_pylist() == [account]
    assert tables.links["CONCERNS"].table.column("target_id").to_pylist() == [phone, "a-1"]


def test_one_number_of_a_person_and_of_a_contact_are_two_hashes(region: Path) -> None:
    for name in ("Person", "Contact"):
        (region / f"{name}.csv").write_text("id\n123456782\n")
    tables = read_region(region).tables

    (person,), (contact,) = (tables.nodes[n].column("id").to_pylist() for n in ("Person", "Contact"))
    assert person.startswith("hashed-number-")
    assert contact.startswith("hashed-number-")
    assert person != contact


def test_an_id_as_long_as_an_id_can_be_is_looked_at(region: Path) -> None:
    value = "a" * (MAX_ID - 5) + "@b.nl"
    (region / "Contact.csv").write_text(f"id\n{value}\n")

    (found,) = read_region(region).tables.nodes["Contact"].column("id").to_pylist()
    assert found.startswith("hashed-email-")


def test_who_told_something_is_one_in_every_spelling_of_a_phone_number(region: Path) -> None:
    (region / "Signal.csv").write_text("id,kind,origin\ns-1,advert,06-12345678\ns-2,advert,+31 6 12345678\n")

    one, other = read_region(region).tables.nodes["Signal"].column("origin").to_pylist()
    assert one.startswith("hashed-phone-")
    assert one == other


def test_an_account_that_looks_like_a_digest_is_an_account() -> None:
    told = contact_value("AD1200012030200359100100")  # the example of the registry of accounts

    assert told is not None
    assert told.kind == "iban"


def test_what_was_hashed_is_told_by_kind_and_number(region: Path) -> None:
    notes = read_region(_delivery(region)).notes

    assert "Contact.csv: 4 ids were values in clear (email 1, iban 1, phone 2): kept as keyed hashes only" in notes
    assert "Contact.csv: 1 ids were other spellings of one that stands there: taken as one" in notes
    assert "Person.csv: 1 id was a value in clear (number 1): kept as keyed hashes only" in notes


def test_lines_of_rejected_rows_are_right_where_spellings_were_taken_as_one(region: Path) -> None:
    (region / "Contact.csv").write_text("id,kind\n+31612345678,phone\n0612345678,phone\n,phone\n")

    rejected = read_region(region).rejected.to_dict("records")

    assert [(r["line"], r["reason"]) for r in rejected] == [(4, "empty id; fill it in, or take the row out")]


def test_no_file_and_no_line_of_output_holds_a_value(
    region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    out = tmp_path / "work" / "out"
    said = [run("scan", str(_delivery(region)), "--out", str(out), "--purpose", "test") for _ in range(2)]
    said.append(run("check", str(region)))
    said.append(run("import", str(region), "--store", str(tmp_path / "work" / "s.barrier")))
    said.append(run("scan", str(region), "--out", str(out), "--strict", "--purpose", "test"))

    written = [f for root in ("work", "home") for f in (tmp_path / root).rglob("*") if f.is_file()]
    assert len(written) > 20
    texts = {str(f.relative_to(tmp_path)): f.read_bytes() for f in written} | {
        f"output {i}": (done.stdout + done.stderr).encode() for i, done in enumerate(said)
    }
    assert {(name, value) for name, text in texts.items() for value in CLEAR if value.encode() in text} == set()


def test_a_second_scan_takes_hashed_rows_over_and_gives_the_same(region: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("scan", str(_delivery(region)), "--out", str(out), "--purpose", "test")
    first = (out / "findings.jsonl").read_bytes(), (out / "occupancy.csv").read_bytes()
    done = run("scan", str(region), "--out", str(out), "--purpose", "test", "--json")

    assert ((out / "findings.jsonl").read_bytes(), (out / "occupancy.csv").read_bytes()) == first
    assert done.exit_code == 2  # the phone that nobody delivered is set aside, as before


def test_the_bundled_region_is_read_as_it_was() -> None:
    read = read_region(resources.fixtures() / "demo")

    assert not [n for n in read.notes if "in clear" in n]


def test_a_mapping_that_keeps_contacts_as_they_are_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "format: 1\nabout: x\nsources:\n  - file: f.csv\n    nodes:\n"
        "      phone: {label: Contact, id: {prefix: tel-, columns: [phone]}}\n"
    )
    (tmp_path / "f.csv").write_text("phone\n0612345678\n")

    with pytest.raises(InputError, match="phone: the id of a Contact is a value; expected hash: true in its id"):
        read_mapped(tmp_path / "f.csv", tmp_path / "m.yaml")


def test_a_mapping_gives_one_contact_for_every_spelling(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "format: 1\nabout: x\nsources:\n  - file: f.csv\n    nodes:\n"
        "      phone: {label: Contact, id: {prefix: tel-, columns: [phone], hash: true, normal_form: phone}}\n"
    )
    (tmp_path / "f.csv").write_text(
        "phone\n" + "\n".join(s for s in SPELLINGS if s[0] in "+0(3") + "\n", encoding="utf-8"
    )

    read = read_mapped(tmp_path / "f.csv", tmp_path / "m.yaml", key_file=tmp_path / "k")

    assert read.tables.nodes["Contact"].num_rows == 1
    told = "f.csv: 1 id of phone is written in more than one way (such as lines 2 and 3): taken as one"
    assert json.dumps(read.notes) == json.dumps([told])


@pytest.mark.parametrize(
    "word",
    ["x" * 60, "jan\x1b[31m", "nr12345", "0612345678", "a@b.nl", "'; drop", "1234AB 10", "Fatima El Amrani", "Jan"],
)
def test_what_is_no_plain_word_is_not_repeated(word: str) -> None:
    assert shown_words(["shoe_size", word]) == "shoe_size and 1 that are no plain words"
