"""Words of a delivery that may be repeated to a reader: names of columns and kinds.

Rule: what is no plain word, and no name of a column that resembles a known one, is counted and told by its place, never
shown: a file without a header has a row of values in its place, and a name of a person is a word like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from barrier.model.banned import is_banned
from barrier.model.schema import schema
from barrier.printable import one_line

PLAIN = r"[a-z_]{1,30}"
_CODE = re.compile(r"(?:\d{2}\.)?\d{2}\.\d{2}")  # how registers number their fields
_PLAIN = re.compile(PLAIN)
_CLOSE = 0.8  # difflib's ratio: `birthyear`, `kindd`
_PLACES = 5  # columns told by their place
_SHOWN_HEADERS = 10  # told one by one
_REGISTER_WORDS = frozenset(  # as deliveries name their columns
    re.findall(
        r"\w+",
        "id source_id target_id from until source column phone telefoon mail email iban bsn kvk postcode straat "
        "huisnummer woonplaats gemeente adres address telefoonnummer datum date begin "
        "eind einde soort type status bedrag amount city street url "
        "website firm company business person persoon bedrijf nummer number remarks notes",
    )
)


def shown_words(words: Iterable[str], *, most: int = 30) -> str:
    """Return values for a message; what is no plain word, and what is left out, by number."""
    found = list(dict.fromkeys(words))
    plain = [w for w in found if is_plain_word(w)]
    shown = plain[:most]
    left = [(len(plain) - len(shown), "more"), (len(found) - len(plain), "that are no plain words")]
    parts = [", ".join(shown), *(f"{count:,} {what}" for count, what in left if count)]
    return " and ".join(p for p in parts if p)


def is_plain_word(word: str) -> bool:
    """Return whether a value of a list is a word as lists have it: small letters and underscores."""
    return _PLAIN.fullmatch(word) is not None


def shown_columns(names: Sequence[str], *, most: int = 30) -> str:
    """Return names of columns for a message: those that resemble a known one, and how many others."""
    shown = [n for n in dict.fromkeys(names) if is_known_column(n)][:most]
    others = len(names) - len(shown)
    more = (
        f"{others:,} {'column' if others == 1 else 'columns'} with {'another name' if others == 1 else 'other names'}"
    )
    return " and ".join(p for p in (", ".join(shown), more if others else "") if p)


def shown_headers(found: Sequence[str], numbers: Sequence[int], known: Callable[[str], bool]) -> str:
    """Return headers as they stand in a file, by place too, with what nobody sees in them shown by its number.

    Args:
        found: All headers.
        numbers: Which of them, from 1.
        known: Whether a header may be repeated; of another only the place is told.
    """
    here = numbers[:_SHOWN_HEADERS]
    told = [f"column {n} ({_as_it_stands(found[n - 1])})" if known(found[n - 1]) else f"column {n}" for n in here]
    told += [f"{len(numbers) - len(here):,} more"] if len(numbers) > len(here) else []
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]


def _as_it_stands(name: str) -> str:
    shown = one_line(name).replace("\t", "⟨U+0009⟩").replace("\u00a0", "⟨U+00A0⟩")
    return f'"{shown}"'


def is_known_column(name: str, *, owner: str = "") -> bool:
    """Return whether a name of a column is one word that is, or resembles, a name of the model or of registers."""
    word = name.lower()
    if _PLAIN.fullmatch(word) is None:
        return _CODE.fullmatch(word) is not None and is_banned(name, owner=owner)
    return is_banned(name, owner=owner) or bool(get_close_matches(word, known_words(), n=1, cutoff=_CLOSE))


def places(numbers: Sequence[int]) -> str:
    """Return which columns these are, counted from 1: `column 2`, `columns 2 and 3`, `columns 2, 3 and 8 more`."""
    if len(numbers) == 1:
        return f"column {numbers[0]}"
    named = [str(n) for n in numbers[:_PLACES]]
    left = len(numbers) - len(named)
    last = f"{left:,} more" if left else named.pop()
    return f"columns {', '.join(named)} and {last}"


@lru_cache(maxsize=1)
def known_words() -> tuple[str, ...]:
    """Return the names of columns in the model and in registers."""
    labels, links = schema().labels.values(), schema().relationships.values()
    properties = {*(n for owner in labels for n in owner.properties), *(n for owner in links for n in owner.properties)}
    return tuple(sorted({*_REGISTER_WORDS, *properties}))
