"""Normal forms: what counts as one and the same id, whatever way it is written.

Rule: a form takes away only what means nothing for its kind; a text keeps its signs, so `A/B` and `A-B` are two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.clear_values import account_value, contact_value, plain_text, web_value
from barrier.ingest.mail_addresses import mail_in
from barrier.ingest.several_contacts import only_phone

NormalForm = Literal["text", "digits", "phone", "iban", "email", "website", "postcode"]
NORMAL_FORMS: tuple[str, ...] = get_args(NormalForm)
OF_CONTACTS: dict[str, NormalForm] = {"phone": "phone", "email": "email", "iban": "iban", "website": "website"}
CONTACT_FORMS = tuple(OF_CONTACTS.values())
_SIGNS = re.compile(r"[\s.\-/_]+")
_DECIMALS = re.compile(r"[0-9]+[.,](?:0+|[0-9]{1,2})")
_NUMBER = re.compile(r"[0-9]+")
_POSTCODE = re.compile(r"[0-9A-Z]{3,10}")  # of any country
_DUTCH_POSTCODE = re.compile(r"(?:NL)?(?P<code>[1-9][0-9]{3}(?!SA|SD|SS)[A-Z]{2})")
_LIKE_DUTCH = re.compile(r"(?:NL)?[0-9O]{4}(?![0-9]{2})[0-9A-Z]{2}")  # no other country has such ones
_HALF_POSTCODE = re.compile(r"(?:NL)?[1-9][0-9]{3}")  # whole in other countries


class Formed(NamedTuple):
    """A text in a normal form, empty where it has none; and whether it surely is what the form is for."""

    text: str
    sure: bool = True


def text_form(text: str) -> Formed:
    """Return a text in small letters, composed, without invisible characters, with one blank for several."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return Formed(" ".join(text.casefold().split()))


def _digits(text: str) -> Formed:
    plain = plain_text(text).strip()
    if _DECIMALS.fullmatch(plain):  # a number as a program writes it: a digit behind the sign is none of the id
        return Formed("")
    compact = _SIGNS.sub("", plain)
    return Formed(compact) if _NUMBER.fullmatch(compact) else Formed("")


def _phone(text: str) -> Formed:
    known = only_phone(text)
    if known:
        return Formed(known)
    return Formed("" if _is_another(text, "phone") else re.sub(r"\D+", "", plain_text(text)), sure=False)


def _iban(text: str) -> Formed:
    known, compact = account_value(text), _SIGNS.sub("", plain_text(text)).upper()
    return Formed(known) if known else Formed("" if _is_another(text, "iban") else compact, sure=False)


def _email(text: str) -> Formed:
    known = mail_in(plain_text(text))
    return Formed(known) if known else Formed("" if _is_another(text, "email") else text_form(text).text, sure=False)


def _website(text: str) -> Formed:
    known = web_value(text)
    return Formed(known) if known else Formed("" if _is_another(text, "website") else text_form(text).text, sure=False)


def _is_another(text: str, kind: str) -> bool:
    """Return whether a text surely is a contact of another kind: an account number under phone."""
    told = contact_value(text)
    return told is not None and told.kind in OF_CONTACTS and told.kind != kind


def _postcode(text: str) -> Formed:
    compact = _SIGNS.sub("", plain_text(text)).upper()
    dutch = _DUTCH_POSTCODE.fullmatch(compact)
    if dutch:
        return Formed(dutch.group("code"))
    if _LIKE_DUTCH.fullmatch(compact) or not _POSTCODE.fullmatch(compact):
        return Formed("")
    return Formed(compact, sure=not _HALF_POSTCODE.fullmatch(compact))


_FORMS: dict[str, Callable[[str], Formed]] = {
    "text": text_form,
    "digits": _digits,
    "phone": _phone,
    "iban": _iban,
    "email": _email,
    "website": _website,
    "postcode": _postcode,
}
_CALLED = {
    "digits": "number of digits without decimals",
    "phone": "phone number",
    "iban": "account number",
    "email": "mail address",
    "website": "address of a website",
    "postcode": "postcode",
}


def called(form: str) -> str:
    """Return what a normal form is for."""
    return _CALLED.get(form, "text")


def formed(texts: pd.Series, form: str) -> pd.DataFrame:
    """Return texts in a normal form, each distinct one looked at once: ``text`` (perhaps empty) and ``sure``."""
    codes, distinct = pd.factorize(texts.fillna(""))
    column = pa.array(distinct, pa.string())
    if form == "text" and pc.all(pc.string_is_ascii(column)).as_py():
        blank = pc.replace_substring_regex(pc.ascii_lower(column), r"[\s\v\x1c-\x1f]+", " ")
        text, sure = pc.utf8_trim_whitespace(blank), np.ones(len(column), dtype=bool)
    else:
        made = [_FORMS[form](t) if t else Formed("") for t in column.to_pylist()]
        text, sure = pa.array([m.text for m in made], pa.string()), np.array([m.sure for m in made], dtype=bool)
    taken = pa.array(codes, pa.int64())
    return pd.DataFrame({"text": pd.array(text.take(taken), dtype="str"), "sure": sure[codes]}, index=texts.index)
