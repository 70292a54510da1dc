"""Cells in which more than one way to reach somebody stands: `06-12345678 / 020-1234567`, two mail addresses.

Rule: such a cell is none of them, and nothing is made of it; whoever delivers it is told how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from barrier.ingest.clear_values import REGION, account_value, contact_value, phone_value, plain_text
from barrier.ingest.mail_addresses import mails_in
from barrier.ingest.number_runs import dutch_accounts

SEVERAL = "more than one {} in the cell; expected one: give each a row or a column of its own"
_BETWEEN = re.compile(r"[;|&\r\n,]|(?<![:/])/(?!/)|\s(?:of|en|and|or)\s", re.I)
_APART = re.compile(r"[\s;|,]+")  # websites
_FEWEST_DIGITS = 16  # of two phone numbers
_FEWEST_OF_ACCOUNTS = 30  # characters of two account numbers
_MOST_DIGITS = 17  # of one: E.164 has 15, and 00 before it
_WORDS = {"phone": "phone number", "email": "mail address", "iban": "account number", "website": "website"}


def holds_several(text: str, form: str) -> bool:
    """Return whether more than one contact stands in a text.

    Args:
        text: The cell.
        form: What it is for: phone, email, iban or website.
    """
    plain = text.strip() if text.isascii() else plain_text(text)
    if form == "phone":
        return (len(plain) >= _FEWEST_DIGITS or _BETWEEN.search(plain) is not None) and _several_phones(plain)
    if form == "email":
        return plain.count("@") > 1 and len(mails_in(plain)) > 1
    if form == "iban":
        if len(plain) < _FEWEST_OF_ACCOUNTS:
            return False
        pieces = [*_pieces(plain), *plain.split()]
        return len({*dutch_accounts(plain), *(a for p in pieces if (a := account_value(p)))}) > 1
    return _APART.search(plain) is not None and len({*_websites(plain)}) > 1


def only_phone(text: str) -> str | None:
    """Return the phone number that stands in a text, once or more often; None where there is none, or another one."""
    known = phone_value(text)
    if known is not None or sum(c.isdigit() for c in text) < _FEWEST_DIGITS:
        return known
    found = {*_phones(plain_text(text))}
    return found.pop() if len(found) == 1 else None


def several_contacts(text: str) -> str:
    """Return of what more than one stands in the id of a contact, in words; nothing where it is one."""
    plain = plain_text(text)
    for form in ("email", "iban", "phone", "website"):
        if holds_several(plain, form):
            return _WORDS[form]
    kinds = {told.kind for piece in _pieces(plain) if (told := contact_value(piece))} & {"phone", "email", "iban"}
    return "contact" if len(kinds) > 1 else ""


def _pieces(plain: str) -> list[str]:
    return [piece.strip() for piece in _BETWEEN.split(plain) if piece.strip()]


def _several_phones(plain: str) -> bool:
    digits = sum(c.isdigit() for c in plain)
    if digits >= _FEWEST_DIGITS:
        found = {*_phones(plain)}
        return len(found) > 1 or (not found and digits > _MOST_DIGITS)
    pieces = [p for p in _pieces(plain) if any(c.isdigit() for c in p)]
    return phone_value(plain) is None and len(pieces) > 1 and any(phone_value(p) for p in pieces)


def _phones(plain: str) -> Iterator[str]:
    """Give every phone number in a text: in its pieces, and wherever the library finds one."""
    import phonenumbers  # here: it takes long, and most deliveries hold no phone number

    yield from (number for piece in _pieces(plain) if (number := phone_value(piece)))
    for found in phonenumbers.PhoneNumberMatcher(plain, REGION):
        yield phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def _websites(plain: str) -> Iterator[str]:
    for piece in _APART.split(plain):
        told = contact_value(piece) if "." in piece else None
        if told is not None and told.kind == "website":
            yield told.normal
