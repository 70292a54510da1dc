"""Names that the model and the importer refuse (DESIGN 8, rule 2).

Rule: a banned property has no place in the graph, whatever it is called; the list is data in `graphs/banned.yaml`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from barrier import resources
from barrier.model.yamlfile import Strict, load_yaml

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PERSONAL_NUMBERS = ("bsn", "burgerservicenummer", "passport", "paspoort")
_ELEMENT = re.compile(r"\d{2}\.?\d{2}\.?\d{2}")


class BannedNames(Strict):
    """The content of `graphs/banned.yaml`."""

    format: int
    about: str
    stems: tuple[str, ...]
    words: tuple[str, ...]
    person_words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    elements: tuple[str, ...]


@lru_cache(maxsize=1)
def _names() -> BannedNames:
    return load_yaml(resources.graphs() / "banned.yaml", BannedNames)


@lru_cache(maxsize=4096)
def is_banned(name: str, *, owner: str = "") -> bool:
    """Return whether a property or column of this name is refused on ``owner`` (a label or relationship).

    Words are split at underscores, spaces, points and camel case, so ``BirthPlace``,
    ``birth_place`` and ``birthplace`` are one name.
    """
    names = _names()
    words = [w.lower() for w in _WORD.findall(name)]
    joined = "".join(words)
    if owner == "Person" and any(w in names.person_words for w in words):
        return True
    if any(w.startswith(names.stems) for w in (*words, joined)):
        return True
    if any(w in names.words for w in (*words, joined)):
        return True
    spaced = f" {' '.join(words)} "
    if any(f" {' '.join(phrase)} " in spaced or joined == "".join(phrase) for phrase in names.phrases):
        return True
    return _is_banned_element(name, names)


def why_banned(name: str) -> str:
    """Return why a column of this name is not read, and what to do instead."""
    if any(w in _PERSONAL_NUMBERS for w in _spelled(name)):
        return "personal numbers are not needed; leave it out, or deliver a pseudonym under another name"
    return "origin, language, religion and names of persons are not used; leave it out"


def _spelled(name: str) -> list[str]:
    words = [w.lower() for w in _WORD.findall(name)]
    return [*words, "".join(words)]


def _is_banned_element(name: str, names: BannedNames) -> bool:
    found = _ELEMENT.fullmatch(name.strip())
    if found is None:
        return False
    digits = found.group().replace(".", "")
    return any(element.replace(".", "") == digits for element in names.elements)
