"""Words of a delivery that may be repeated to a reader: names of columns, sheets and kinds.

Rule: what is no plain word is counted and never shown: a file without a header has a row of values in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from barrier.ingest.clear_values import contact_value

_PLAIN = re.compile(r"[^\W\d][\w ./&()-]{0,39}")
_DIGITS = 4  # as many in a row as a number of a thing, and not of a person, may have


def shown_words(words: Iterable[str], *, most: int = 30) -> str:
    """Return words for a message; what is no plain word, and what is left out, by number."""
    found = list(dict.fromkeys(words))
    plain = [w for w in found if is_plain_word(w)]
    shown = plain[:most]
    left = [(len(plain) - len(shown), "more"), (len(found) - len(plain), "that are no plain words")]
    parts = [", ".join(shown), *(f"{count:,} {what}" for count, what in left if count)]
    return " and ".join(p for p in parts if p)


def is_plain_word(word: str) -> bool:
    """Return whether a word names a thing and holds no value."""
    if _PLAIN.fullmatch(word) is None or re.search(rf"\d{{{_DIGITS + 1},}}", word):
        return False
    told = contact_value(word)
    return told is None or told.kind == "other"  # words with a space between them
