"""Traces of ids in what was written: exact ids, ids put together from them, and words in free text.

Rule: an id is found whole, in whatever case, spelling of accents and signs between its parts: `12` is no trace in
`12-A`. Where one of several things named is erased, the rest stays.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from barrier.printable import parsed_json

ERASED = "(erased)"
_WORD = re.compile(r"[\w.\-]+")
_PLAIN = re.compile(r"[\w.\-]*\w")
_JSON_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[\"\\/]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # signs that take no place
_PART = re.compile(r"[^\W_]+")  # letters and digits
_BLANK = re.compile(r"\s")
_EDGES = ".,;()[]{}<>\"'`!?"
LEAST_INSIDE = 6  # characters of an id that is found within a longer word of free text
LEAST_LOOSE = 6  # letters and digits of an id that is found with other signs between its parts
LONGEST_KEPT = 400  # characters of a text of which it is kept whether it names an id: results say the same often
MOST_KEPT = 20_000  # such texts


class Traces:
    """Ids of which no trace may stay.

    Args:
        ids: The ids.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = frozenset(i for i in ids if i)
        self._folded = frozenset(map(_fold, self.ids))
        # ids with blanks, colons and the like are no words: they are looked for as they stand
        self._odd = tuple(sorted(i for i in self._folded if not _PLAIN.fullmatch(i)))
        self._kept: dict[str, bool] = {}
        self._loose: dict[str, list[tuple[str, ...]]] = {}  # parts of ids, by the word that tells most, and joined
        for parts in {tuple(_PART.findall(i)) for i in self._folded}:
            if len(parts) > 1 and sum(map(len, parts)) >= LEAST_LOOSE:
                for word in (parts[-1], "".join(parts)):
                    self._loose.setdefault(word, []).append(parts)

    def __bool__(self) -> bool:
        return bool(self.ids)

    def in_text(self, text: str) -> bool:
        """Return whether a text names an id: it is one, is put together from ids, or is free text with one in it."""
        kept = self._kept.get(text)
        if kept is not None:
            return kept
        found = self._is_named_in(text)
        if len(text) <= LONGEST_KEPT and len(self._kept) < MOST_KEPT:
            self._kept[text] = found
        return found

    def _is_named_in(self, text: str) -> bool:
        folded = _fold(text)
        if folded in self._folded:
            return True
        free = _BLANK.search(text) is not None
        return (
            any(self._is_word(w, free) for w in set(_WORD.findall(folded)))
            or self._has_odd(folded)
            or (free and self._is_loose(folded))
        )

    def in_words(self, text: str) -> bool:
        """Return whether a text that people wrote, which is no id itself, names an id in any spelling."""
        return self.in_text(text) or self._is_loose(_fold(text))

    def maybe_in(self, text: str) -> bool:
        """Return whether a whole file, of text, JSON, HTML or XML, may name an id; False is sure."""
        return any(self._may_stand_in(_fold(spelling)) for spelling in _unescaped(text))

    def _may_stand_in(self, folded: str) -> bool:
        return (
            any(self._is_word(w, True) for w in set(_WORD.findall(folded)))
            or any(odd in folded or json.dumps(odd)[1:-1] in folded for odd in self._odd)
            or self._is_loose(folded)
        )

    def within(self, text: str) -> bool:
        """Return whether a whole text, of words or of JSON, names an id."""
        return self.maybe_in(text) or self.in_cell(text)

    def named(self, value: object) -> bool:
        """Return whether JSON content names an id, however deep, keys included."""
        if isinstance(value, dict):
            return any(self.in_text(str(k)) or self.named(v) for k, v in value.items())
        if isinstance(value, list | tuple):
            return any(self.named(v) for v in value)
        return isinstance(value, str) and self.in_text(value)

    def in_cell(self, text: str) -> bool:
        """Return whether a text of a table names an id; JSON is looked at as what it says."""
        return self.named(content_of(text))

    def scrubbed(self, value: Any) -> Any:
        """Return JSON content without the ids: items of lists that name one, keys, and texts."""
        if isinstance(value, dict):
            return {k: self.scrubbed(v) for k, v in value.items() if not self.in_text(str(k))}
        if isinstance(value, list | tuple):
            return [self.scrubbed(v) for v in value if not self._item(v)]
        return ERASED if isinstance(value, str) and self.in_text(value) else value

    def _item(self, value: object) -> bool:
        texts = value.values() if isinstance(value, dict) else [value]
        return any(isinstance(t, str) and self.in_text(t) for t in texts)

    def _is_word(self, word: str, free: bool) -> bool:
        bare = word.strip(_EDGES)
        if word in self._folded or bare in self._folded:
            return True
        if not free or not ("-" in bare or "." in bare):
            return False
        return any(len(p) >= LEAST_INSIDE and p in self._folded for p in _inside(bare))

    def _is_loose(self, folded: str) -> bool:
        """Return whether the parts of an id stand in a text with other signs between them, or with none."""
        if not self._loose:
            return False
        words = set(_PART.findall(folded))
        return any(
            "".join(parts) in words or (words.issuperset(parts) and _spelling(parts).search(folded) is not None)
            for word in words & self._loose.keys()
            for parts in self._loose[word]
        )

    def _has_odd(self, folded: str) -> bool:
        return any(_stands_in(odd, folded) for odd in self._odd)


def _fold(text: str) -> str:
    """Return a text in one case and one spelling of accents."""
    folded = text.casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", _UNSEEN.sub("", _DASHES.sub("-", folded)))


def _spelling(parts: Sequence[str]) -> re.Pattern[str]:
    """Return what finds an id with any signs between its parts, where it is no piece of a longer one."""
    spelled = r"[\s_.\-]{0,3}".join(map(re.escape, parts))
    return re.compile(rf"(?<![^\W_])(?<![^\W_][-._]){spelled}(?![^\W_])(?![-._][^\W_])")


def _unescaped(text: str) -> Iterator[str]:
    """Return a text as it stands, and without the escapes of JSON, of HTML and XML, and of addresses of pages."""
    yield text
    for undone in (_without_json_escapes, html.unescape, unquote):
        plain = undone(text)
        if plain != text:
            yield plain
        text = plain


def _without_json_escapes(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _JSON_ESCAPE.sub(lambda found: parsed_json(f'"{found.group()}"'), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def content_of(text: str) -> Any:
    """Return the list or object that a text is as JSON, else the text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return parsed_json(text)
    except ValueError:
        return text


def _inside(word: str) -> Iterable[str]:
    """Return the words within a word with hyphens and dots."""
    cuts = [0, *(i + 1 for i, c in enumerate(word) if c in "-."), len(word) + 1]
    return (word[a : b - 1] for n, a in enumerate(cuts) for b in cuts[n + 1 :])


def _stands_in(part: str, text: str) -> bool:
    """Return whether a part stands in a text with no letter or digit on either side."""
    at = text.find(part)
    while at >= 0:
        end = at + len(part)
        if not (at and text[at - 1].isalnum()) and not (end < len(text) and text[end].isalnum()):
            return True
        at = text.find(part, at + 1)
    return False
