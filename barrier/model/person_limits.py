"""How many persons a condition of a licence allows, in whatever words: `max_persons=8`, `max. 8 pers.`, `8 bewoners`.

Rule: a number of persons is read where nothing else can be meant; what speaks of persons, beds or a bare number and
cannot be read is a limit that nobody knows, and allows nobody.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = "max_persons"  # with a number behind it (`max_persons=8`), or alone: there is a limit, and nobody can read it
NO_LIMIT = 1_000_000
UNREADABLE = -1
_MOST = (
    r"(?:(?:max(?:imum|imaal|imale|imal|\.)?|ten hoogste|hoogstens|niet meer dan|at most|no more than|up to|<=|≤) ?)"
)
_ALLOWED = r"(?:(?:toegestane?|toegestaan|allowed|permitted) ?)"
_COUNT = r"(?:(?:aantal|number of|nr of) )"
_PERSONS = r"(?:persons?|persoon|personen|pers|people|bewoners?|residents?|occupants?|huurders?|tenants?|mensen)"
_NUMBER = r"(?P<number>\d{1,6})(?:[.,]0{1,2})?"
_READ = tuple(
    re.compile(p, re.A)
    for p in (
        rf"{_ALLOWED}?{_MOST}?{_COUNT}?{_ALLOWED}?{_MOST}?{_PERSONS} ?{_ALLOWED}?{_MOST}?{_NUMBER}",
        rf"{_MOST}?{_NUMBER} ?{_PERSONS} ?{_MOST}?{_ALLOWED}?",
    )
)
_SPEAKS = re.compile(
    r"\b(?:max ?)?(?:persons|personen|pers|people|pax|bewoners|residents|occupants|huurders|tenants|mensen)\b"
    r"|\bmax ?pers"
)
_ONE = re.compile(r"\b(?:persoon|person|bewoner|resident|occupant|huurder|tenant)\b")
_BEDS = re.compile(
    r"\b(?:bed|bedden|beds|slaapplaats|slaapplaatsen|slaapplekken|gasten|guests|werknemers|workers|arbeidsmigranten"
    r"|arbeiders|logés|logees|plaatsen|plekken)\b"
)
_BARE = re.compile(
    rf"{_MOST}?(?:(?:aantal|number|capaciteit|capacity|bezetting|occupancy|limit) ?)?{_MOST}?[+-]?\d+(?:[.,]\d+)?"
)
_A_NUMBER = re.compile(
    r"\d|\b(?:een|één|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|one|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve)\b"
)


def persons_allowed(condition: str) -> int | None:
    """Return for how many persons a condition allows.

    Args:
        condition: One condition of a licence.

    Returns:
        The number; ``UNREADABLE`` where it speaks of a number of persons that cannot be read; None where it speaks of
        none.
    """
    told = _in_words(condition)
    for read in _READ:
        found = read.fullmatch(told)
        if found is not None:
            return int(found.group("number"))
    return UNREADABLE if _speaks_of_persons(told) else None


def written_limit(condition: str) -> str | None:
    """Return a condition about a number of persons as the model writes it; None where it is about something else."""
    allowed = persons_allowed(condition)
    if allowed is None:
        return None
    return LIMIT if allowed == UNREADABLE else f"{LIMIT}={allowed}"


def _speaks_of_persons(told: str) -> bool:
    number = _A_NUMBER.search(told) is not None
    return (
        _SPEAKS.search(told) is not None
        or _BARE.fullmatch(told) is not None
        or (number and (_ONE.search(told) or _BEDS.search(told)) is not None)
    )


def _in_words(condition: str) -> str:
    """Return a condition in small letters with blanks between its words and numbers, signs of a number kept."""
    shown = (c for c in condition if unicodedata.category(c) != "Cf")
    text = "".join(
        c if c.isdigit() and not c.isdecimal() else unicodedata.normalize("NFKC", c) for c in shown
    )  # ² is no 2
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    text = re.sub(r"(?<![\d\s=:_.(])[_:=.\-]+(?=\s|[^\W\d]|$)|(?<=[^\W\d_])[_:=.\-](?=\d)|(?<=\s)[:=](?=\s)", " ", text)
    text = re.sub(r"(?<=[^\W\d_])[ _]*[=:.] *(?=\d)|_(?=[^\W\d])|(?<=\d)-(?=[^\W\d])", " ", text)
    text = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", text)
    return " ".join(text.split())
