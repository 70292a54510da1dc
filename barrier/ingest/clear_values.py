"""Telling an id that is a value in clear (a phone, a mail address, a citizen number) from one that says nothing.

Rule: what has the marks of a value is one; digests, UUIDs and counters are not.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import NamedTuple

from stdnum import iban
from stdnum.nl import bsn

from barrier.ingest.mail_addresses import mail_in
from barrier.ingest.number_runs import account_in, number_runs, scientific
from barrier.printable import UNSAFE

HASHED = "hashed-"  # how an id begins that was hashed at the reader
REGION = "NL"  # where a phone number without a country is from

# what surely says nothing, for expressions of Arrow (RE2): nearly all ids are told by this alone
_FOUR = r"(?:[1-9a-f][0-9a-f]{3}|0[1-9a-f][0-9a-f]{2}|00[1-9a-f][0-9a-f]|000[1-9a-f])"  # of a digest, not all zeros
_SURE = (
    rf"[a-z]{{1,2}}[-_]\d{{1,7}}|[a-z]{{0,3}}\d{{1,5}}|[a-z]+(?:[-_][a-z]+)*|(?:[a-z]{{1,12}}-){{0,3}}{_FOUR}{{6,32}}"
)
_COUNTERS = {
    "contact": r"[a-z](?:[-_]?\d{1,8}|[0-57-9]\d{8}|6[06-9]\d{7}|[1-9]\d{9,14}|0[1-9]\d{9,13})",
    "person": r"[a-z][-_]?(?:\d{1,8}|0\d{8})",
    "business": r"[ac-z][-_]?\d{1,8}|b\d{1,8}|\d{1,8}|0000\d{8}",
}
_OTHERS = r"[a-z][-_]?(?:\d{1,8}|0\d{8})|\d{1,8}|\d{15,40}"
_DIGEST = re.compile(r"(?:[a-z]{1,12}[-_:]){0,3}(?:[0-9a-f]{24,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.I)
_WORDS = re.compile(r"(?P<word>[a-z]{1,20})(?P<mark>[-_:=. ]*)(?P<rest>\+?[(\d].*)", re.I | re.S)
_NUMBER_LIKE = re.compile(r"[+(]?[\d\s().\-/_]*")
_RUN = re.compile(r"(?<![0-9A-Za-z])\+?\d{8,15}(?![0-9A-Za-z])")
_DUTCH = re.compile(r"(?:\+?31|0031)?0?(?P<national>6[1-5]\d{7}|[1-57][0-8]\d{7})")
_AS_WRITTEN = re.compile(r"\+|\(|0031|0[1-9]\d{8}$|0\d+[ -]")  # a counter has no plus, and seldom this length
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")
_WEB = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.).*|[^\s/@:]+(?:\.[^\s/@:.]+)*\.[a-z]{2,24}(?::\d+)?(?:[/?#].*)?", re.I | re.S
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}:\S", re.I)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_POSTCODE = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{3}[\s_-]?[A-Za-z]{2}(?:[\s_,-]*\d+|(?![0-9A-Za-z]))")
_STREET = re.compile(
    r"(?:straat|weg|laan|plein|gracht|kade|dijk|singel|hof|pad|steeg|plantsoen|dreef|markt|park|ring)[\s_.-]*\d", re.I
)
_HIDDEN = re.compile(f"[{UNSAFE}]")
_MARKS = re.compile(r"[\s.()/\-_]+")
_FEWEST_DIGITS = 6
_FEWEST_OF_PHONE = 9
_APART = re.compile(r"(?<=\d)(?!#\d{1,5}$)[^\w@+()]*[^\w\s@+().\-/][^\w@+()]*(?=\d)")
_PADDED = "0" * 8  # what fills up a number; in a digest they do not stand in a row
_COUNTER = re.compile(r"[a-z]{1,3}(?!0{8})\d+", re.I)
_STUCK_POSTCODE = re.compile(r"[A-Za-z]{1,12}[1-9]\d{3}[\s_-]?[A-Z]{2}[\s_-]?\d{1,5}[A-Za-z]?")
_NAMED_PLACE = re.compile(r"(?P<word>[A-Z][a-z]{3,29})[-_. ]\d{1,4}[a-zA-Z]?")
_BORN = re.compile(
    r"(?P<word>[a-z]{2,30})[-_. ]?(?:(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:19|20)\d\d)",
    re.I,
)
_GROUPS = re.compile(r"(?<!\d)(\d{3})[-_. ](\d{3})[-_. ](\d{3})(?!\d)")  # of a citizen number
_THINGS = re.compile(  # what is counted, and is no name of a street or a person
    r"contact(?:s|en)?|phone|telefoon|mail|email|iban|website|site|address|adres|person|persoon|business|bedrijf"
    r"|kvk|klant|client|cli[eë]nt|zaak|case|dossier|signal|signaal|licence|vergunning|record|row|node|item|object|nummer"
    r"|test|user|key|code|type|group|groep|part|team|sheet|line|entry|import|export|batch|scan|melding|tip|bag|brp|gba",
    re.I,
)
_NUMBER_WORDS = re.compile(
    r"bsn|sofi(?:nummer)?|burgerservicenummer|[av]nummer|tel(?:efoon(?:nummer)?)?|phone|mobiele?|gsm|fax|sms|wa|whatsapp"
    r"|callto|signal|telegram|rekening|account|iban",
    re.I,
)
_SOLE_TRADERS = ("eenmanszaak",)


class Clear(NamedTuple):
    """A value in clear: what kind it is, and the one form that all its spellings have."""

    kind: str
    normal: str


def opaque(kind: str) -> str:
    """Return an expression of the ids of a kind of label that surely say nothing; what it leaves is looked at singly.

    Args:
        kind: How ids of a label are looked at, as the schema says: person, business, contact, signal or other.
    """
    return f"^(?:{_SURE}|{_COUNTERS.get(kind, _OTHERS)})$"


def contact_value(text: str, *, person: bool = False) -> Clear | None:
    """Return what an id of a Contact is in clear, or None where it says nothing.

    Args:
        text: The id.
        person: Whether it is the id of a person: then a letter or two before a citizen number hide nothing. Contacts
            are counted that way (`c316123456789`), and one counter in some hundred would be taken for a number.
    """
    plain = _joined(_plain(text))
    if _is_digest(plain) and not iban.is_valid(plain):
        return None
    tellers = (_account, _web, _number, _noted_phone, partial(_in_words, counted=not person), _place)
    for told in (tell(plain) for tell in tellers):
        if told is not None:
            return told
    inside = _inside(plain, person=person)
    if inside is not None:
        return inside
    return Clear("other", plain.casefold()) if _SCHEME.match(plain) or re.search(r"\s", plain) else None


def person_value(text: str) -> Clear | None:
    """Return what an id of a Person is in clear, or None where it says nothing."""
    plain = _joined(_plain(text))
    if _is_digest(plain):
        return None
    digits = _MARKS.sub("", plain)
    if (
        digits.isdecimal() and 8 <= len(digits.lstrip("0") if _PADDED in digits else digits) <= 10
    ):  # citizen number, A-number, V-number, mistyped or not
        return Clear("number", digits)
    born = _BORN.fullmatch(plain)
    if born and not _THINGS.fullmatch(born.group("word")):
        return Clear("other", plain)
    told = contact_value(plain, person=True)
    if told is None or (told.kind == "number" and len(digits) < 8):
        return None
    return Clear(told.kind, _GROUPS.sub(r"\1\2\3", plain) if told.kind == "number" else plain)


def business_value(text: str, legal_form: str | None) -> Clear | None:
    """Return what an id of a Business is in clear; its own register numbers are none."""
    plain = _joined(_plain(text))
    if _is_digest(plain):
        return None
    sole = (legal_form or "").strip().casefold() in _SOLE_TRADERS
    if any(_is_citizen(run) and (sole or run[0] != "8") for run in number_runs(plain)):
        compact = _MARKS.sub("", plain)
        return Clear("number", compact if compact.isdecimal() else plain)
    return other_value(plain)


def other_value(text: str) -> Clear | None:
    """Return what an id of any other node is in clear; numbers of registers say nothing about a person."""
    plain = _joined(_plain(text))
    if _is_digest(plain):
        return None
    told = _account(plain) or (Clear("email", plain) if _MAIL.search(plain) else None) or _in_words(plain, strict=True)
    if told is None and _NUMBER_LIKE.fullmatch(plain) and re.match(r"\+|\(?0[1-9]|00", plain):
        digits = re.sub(r"[^\d+]", "", plain)
        told = Clear("phone", plain) if _dutch(digits) or (digits[:1] == "+" and _phone(digits)) else None
    if told is None and not _COUNTER.fullmatch(plain) and any(_mobile(run) for run in _written_phones(plain)):
        told = Clear("phone", plain)
    return told and Clear(told.kind, plain)


def plain_text(text: str) -> str:
    """Return a text as it looks: full-width digits are digits, marks without width are not there."""
    return _plain(text)


def phone_value(text: str) -> str | None:
    """Return the one phone number in a text as E.164 without plus; None where there is none, or more than one."""
    plain = _plain(text)
    told = _number(plain) or _in_words(plain)
    if told is not None and told.kind == "phone":
        return told.normal
    if _NUMBER_LIKE.fullmatch(plain):
        return None
    import phonenumbers  # here: it takes long, and most deliveries hold no phone number

    found = {
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
        for match in phonenumbers.PhoneNumberMatcher(plain, REGION)
    }
    return found.pop() if len(found) == 1 else None


def account_value(text: str) -> str | None:
    """Return the account number in a text: an IBAN that proves right, or is made like one."""
    told = _account(_plain(text))
    return told.normal if told is not None else None


def web_value(text: str) -> str | None:
    """Return the address of a website in one spelling, or None where a text is none."""
    told = _web(_plain(text))
    return told.normal if told is not None and told.kind == "website" else None


def _plain(text: str) -> str:
    """Return a text as it looks: full-width digits are digits, marks without width are not there."""
    if text.isascii():
        return scientific(text.strip())
    shown = (c for c in unicodedata.normalize("NFKC", _HIDDEN.sub("", text)) if unicodedata.category(c) != "Cf")
    return scientific("".join(_ascii(c) for c in shown).strip())


def _joined(plain: str) -> str:
    """Return a text with a hyphen for any other signs that stand between digits (`123;456;782`, `06|12345678`)."""
    if "@" in plain or _APART.search(plain) is None or _WEB.fullmatch(plain):
        return plain
    return _APART.sub("-", plain)


def _ascii(shown: str) -> str:
    if shown.isdecimal():
        return str(unicodedata.digit(shown))
    return "-" if unicodedata.category(shown) == "Pd" else shown


def _account(plain: str) -> Clear | None:
    compact = _MARKS.sub("", re.sub(r"^(?:iban|rekening|account)[-_:= ]*", "", plain, flags=re.I)).upper()
    whole = _IBAN.fullmatch(compact) is not None
    if whole and iban.is_valid(compact):
        return Clear("iban", compact)
    inside = account_in(plain)
    if inside is None and whole and sum(c.isdigit() for c in compact) >= 12:
        inside = compact
    return Clear("iban", inside) if inside else None


def _is_digest(plain: str) -> bool:
    return _DIGEST.fullmatch(plain) is not None and _PADDED not in plain.replace("-", "")


def _inside(plain: str, *, person: bool) -> Clear | None:
    """Return the number that stands somewhere in an id: between other numbers, before a word, behind zeros."""
    counter = not person and _COUNTER.fullmatch(plain) is not None
    for run in number_runs(plain):
        if _mobile(run) and len(run) == 9 and (not counter or re.fullmatch(r"\D*6\d{8}", plain)):
            return Clear("phone", f"31{run}")
        if not counter and _is_citizen(run):
            return Clear("number", run)
    if counter:
        return None
    return next((Clear("phone", known) for run in _written_phones(plain) if (known := _dutch(run))), None)


def _written_phones(plain: str) -> list[str]:
    """Return the runs of digits that begin as a phone number does: `06…`, `316…`, `0031 6…`, zeros before it or not."""
    runs = [run for run in number_runs(plain) if len(run) == 11 and run.startswith("31")]
    return (
        runs
        + re.findall(r"(?<!\d)0+([1-9]\d{8})(?!\d)", re.sub(r"(?<=\d)[-_. ](?=\d)", "", plain))
        + re.findall(r"(?<!\d)0+([1-9]\d{8})(?!\d)", plain)
    )


def _mobile(run: str) -> bool:
    return re.fullmatch(r"(?:31)?6[1-5]\d{7}", run) is not None and not _is_citizen(run)


def _is_citizen(run: str) -> bool:
    return len(run) == 9 and bool(bsn.is_valid(run))


def _web(plain: str) -> Clear | None:
    if "@" in plain:
        address = mail_in(plain)
        return Clear("email", address) if address else Clear("other", plain.casefold())
    if _WEB.fullmatch(plain):
        bare = re.sub(r"^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?", "", plain.casefold())
        return Clear("website", bare.rstrip("/"))
    return None


def _number(plain: str) -> Clear | None:
    """Return what a text is that is made like a number: a phone in any spelling, a citizen number, another number."""
    digits = re.sub(r"\D", "", plain)
    if not _NUMBER_LIKE.fullmatch(plain):
        return None
    if digits.startswith(_PADDED):
        plain = digits = digits.lstrip("0")
    if len(digits) < _FEWEST_DIGITS:
        return None
    compact = re.sub(r"\(0\)", "", plain)
    known = _dutch(re.sub(r"[^\d+]", "", compact)) or _phone(re.sub(r"[^\d+]", "", compact))
    if known:
        return Clear("phone", known)
    return Clear("number", digits)


def _noted_phone(plain: str) -> Clear | None:
    """Return the phone number that a text begins with, before an extension or a remark: `020-1234567 toestel 34`."""
    if plain[:1] not in ("+", "(", "0") or sum(c.isdigit() for c in plain) < _FEWEST_OF_PHONE:
        return None
    import phonenumbers  # here: it takes long, and most deliveries hold no phone number

    first = next(iter(phonenumbers.PhoneNumberMatcher(plain, REGION)), None)
    if first is None or first.start:
        return None
    return Clear("phone", phonenumbers.format_number(first.number, phonenumbers.PhoneNumberFormat.E164).lstrip("+"))


def _in_words(plain: str, *, strict: bool = False, counted: bool = False) -> Clear | None:
    """Return the number in an id like `tel-0612345678` or `p_123456782`; a counter has no such length.

    Where ids may be ``counted``, digits right behind letters are a number only where they are written as one
    (`c0612345678`), at the length that a Dutch one has.
    """
    found = _WORDS.fullmatch(plain)
    run = _RUN.search(plain)
    inner = found.group("rest") if found else run.group() if run else ""
    if not inner:
        return None
    digits = re.sub(r"\D", "", inner)
    named = found is not None and _NUMBER_WORDS.fullmatch(found.group("word")) is not None
    counter = counted and found is not None and not found.group("mark") and not named
    written = _AS_WRITTEN.match(inner) if counter else re.match(r"\+|00|31|\(?0[1-9]", inner)
    long = len(digits) >= 10 and written is not None
    citizen = len(digits) == 9 and digits[0] != "0" and bsn.is_valid(digits)
    bare = not strict and not counter and (named or citizen)
    if not (named or long or bare):  # whatever number it is; most ids end here, before any country's plan is asked
        return None
    told = _number(inner)
    return told if told is not None and (bare or told.kind == "phone") else None


def _place(plain: str) -> Clear | None:
    named = _NAMED_PLACE.fullmatch(plain)
    street = _STREET.search(plain) or _STUCK_POSTCODE.fullmatch(plain)
    if _POSTCODE.search(plain) or street or (named and not _THINGS.fullmatch(named.group("word"))):
        return Clear("address", re.sub(r"[\s_,.-]+", " ", plain.casefold()))
    return None


def _dutch(digits: str) -> str | None:
    """Return a Dutch number as E.164 without plus; most numbers are told by this, without the library."""
    found = _DUTCH.fullmatch(digits)
    if found is None or (len(digits) == 9 and bsn.is_valid(digits)):
        return None
    return "31" + found.group("national")


def _phone(digits: str) -> str | None:
    """Return a number of any country as E.164 without plus, or None where no country has it."""
    import phonenumbers  # here: it takes long, and most deliveries hold no phone number

    tries = [digits] if digits.startswith(("+", "00")) else [digits, f"+{digits}"]
    for text in tries:
        try:
            number = phonenumbers.parse(text, REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    return None
