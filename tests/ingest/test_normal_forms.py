"""Normal forms of texts that become ids: one thing in twelve spellings is one, two things are two."""

from __future__ import annotations

import pandas as pd
import pytest

from barrier.ingest.clear_values import contact_value
from barrier.ingest.normal_forms import formed

PHONES = [
    "0612345678",
    "06-12345678",
    "06 12 34 56 78",
    "+31612345678",
    "+31 (0)6 1234 5678",
    "0031 6 12345678",
    "(06) 12345678",
    "tel:+31612345678",
    "Tel. 06-12345678",
    "06.12.34.56.78 (mobiel)",
    "https://wa.me/31612345678",
    "０６１２３４５６７８",  # noqa: RUF001 - full-width digits
    "06\u200b1234\u00a05678",
    "6.12345678E+08",
]
ACCOUNTS = [
    "NL91ABNA0417164300",
    "NL91 ABNA 0417 1643 00",
    "nl91abna0417164300",
    "NL91-ABNA-0417-1643-00",
    "NL91.ABNA.0417.1643.00",
    "IBAN NL91ABNA0417164300",
    "IBAN: NL91 ABNA 0417 1643 00",
    "NL91ABNA0417164300 (ABNANL2A)",
    "rek. NL91ABNA0417164300",
    "NL91ABNA0417164300 t.n.v. Kade BV",
    "ＮＬ９１ＡＢＮＡ０４１７１６４３００",  # noqa: RUF001 - full-width letters
    "NL91\u200bABNA\u00a00417164300",
    "NL91/ABNA/0417164300",
]
MAILS = [
    "kade@veld.example",
    "KADE@VELD.EXAMPLE",
    "mailto:kade@veld.example",
    "<kade@veld.example>",
    "De Kade <kade@veld.example>",
    '"De Kade" <Kade@veld.example>',
    "e-mail: kade@veld.example",
    "kade@veld.example.",
    "kade@veld.example;",
    "mailto:kade@veld.example?subject=x",
    "ｋａｄｅ＠ｖｅｌｄ．ｅｘａｍｐｌｅ",  # noqa: RUF001 - full-width letters
    "kade\u200b@veld.example",
    "kade @ veld.example",
    "kade@veld.example (werk)",
]
POSTCODES = ["NL-1234AB", "NL 1234 ab", "1234AB", "1234 AB", "1234ab", "1234-AB", " 1234  ab ", "1234\u00a0AB"]


def _forms(texts: list[str], form: str) -> set[str]:
    return set(formed(pd.Series(texts, dtype="str"), form)["text"])


@pytest.mark.parametrize(
    ("texts", "form", "one"),
    [
        (PHONES, "phone", "31612345678"),
        (ACCOUNTS, "iban", "NL91ABNA0417164300"),
        (MAILS, "email", "kade@veld.example"),
        (POSTCODES, "postcode", "1234AB"),
        (["01.234.567", "01234567", "0123 4567"], "digits", "01234567"),
    ],
    ids=["phone", "iban", "email", "postcode", "digits"],
)
def test_one_thing_in_all_its_spellings_is_one(texts: list[str], form: str, one: str) -> None:
    assert _forms(texts, form) == {one}


@pytest.mark.parametrize("text", ["1234 A8", "O234AB", "0234AB", "1234SS", "1234 sd", "NL-1234SA", "12"])
def test_what_is_made_like_a_postcode_and_cannot_be_one_is_none(text: str) -> None:
    assert _forms([text], "postcode") == {""}


@pytest.mark.parametrize("text", ["SW1A1AA", "B338TH", "10115", "123456", "D02X285"])
def test_a_postcode_of_another_country_stays(text: str) -> None:
    assert formed(pd.Series([text]), "postcode").to_numpy().tolist() == [[text, True]]


def test_four_digits_are_a_postcode_of_another_country_perhaps() -> None:
    assert formed(pd.Series(["1234"]), "postcode").to_numpy().tolist() == [["1234", False]]


@pytest.mark.parametrize(
    ("texts", "kind"), [(PHONES, "phone"), (ACCOUNTS[:-4], "iban"), (MAILS, "email")], ids=["phone", "iban", "email"]
)
def test_the_id_of_a_contact_in_a_region_folder_is_one_too(texts: list[str], kind: str) -> None:
    told = {contact_value(t) for t in texts if not t.startswith(("https", "06.12.34.56.78 ("))}

    assert {t.kind for t in told if t} == {kind}
    assert len(told) == 1


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["A/B", "A-B", "A B", "A.B", "AB"], "text"),
        (["0612345678", "0612345679"], "phone"),
        (["a@veld.example", "a@veld.example, b@veld.example"], "email"),
        (["NL91ABNA0417164300", "NL02ABNA0123456789"], "iban"),
        (["1234AB", "1234AC"], "postcode"),
        (["1", "01"], "digits"),
    ],
    ids=["text", "phone", "email", "iban", "postcode", "digits"],
)
def test_two_things_stay_two(texts: list[str], form: str) -> None:
    assert len(_forms(texts, form)) == len(texts)


def test_letters_composed_or_not_and_in_capitals_are_one_text() -> None:
    assert _forms(["Café  Één", "Cafe\u0301 e\u0301e\u0301n", " CAF\u00c9\u00a0ÉÉN", "Ca\u00adfé één"], "text") == {
        "café één"
    }


def test_what_has_no_normal_form_is_empty_and_what_is_doubtful_is_told() -> None:
    made = formed(pd.Series(["zie site", "12345", None, "0612345678"], dtype="str"), "phone")

    assert made["text"].tolist() == ["", "12345", "", "31612345678"]
    assert made["sure"].tolist() == [False, False, True, True]
