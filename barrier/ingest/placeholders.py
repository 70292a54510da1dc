"""Words that stand for nothing, such as `geen`, `n.v.t.` and `0000000000`: a cell that holds one is empty.

Rule: they are data (`graphs/placeholders.yaml`, and the same file of an office); what is taken for empty is told.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator

from barrier import resources
from barrier.model.kinds import ids_of
from barrier.model.rules import PLACEHOLDERS, Rules
from barrier.model.yamlfile import Strict, parse_yaml
from barrier.printable import UNSAFE

REASON = "stands for nothing (a word of graphs/placeholders.yaml)"
_AROUND = " \t\r\n'\"`()[]{}<>"
_HIDDEN = re.compile(f"[{UNSAFE}]")
_SIGNS = re.compile(r"[\W_]+")
_SAME = "|".join(rf"{digit}[{digit}\W]*" for digit in "0123456789")
_PERHAPS = rf"@|(?:0\W*){{7}}$|^\W*(?:{_SAME})$"  # contacts that a pattern may know
_LONGEST = 60  # characters of a word with signs around it that do not show
_BETWEEN = re.compile(r"[^\w@.]+|\.(?=\d)|(?<=\d)\.")  # left out before patterns are looked at


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError("not a regular expression") from error
    return text


class PlaceholderFile(Strict):
    """The content of a `placeholders.yaml`."""

    format: Literal[1]
    about: str = ""
    words: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    patterns: tuple[Annotated[str, AfterValidator(_expression)], ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placeholders:
    """What stands for nothing: words anywhere, words and expressions of whole keys and contacts."""

    words: frozenset[str]
    keys: frozenset[str]
    patterns: tuple[str, ...]

    def stands_for_nothing(self, text: str, *, whole_key: bool = False) -> bool:
        """Return whether a text is no value.

        Args:
            text: The text of a cell.
            whole_key: Whether it would be a key or a contact all by itself.
        """
        form = word_form(text)
        if not form:
            return bool(text.strip())
        if form in self.words or _SIGNS.fullmatch(form):
            return True
        if not whole_key:
            return False
        return form in self.keys or self._key.fullmatch(_BETWEEN.sub("", form)) is not None

    def among(self, texts: Iterable[str], *, whole_key: bool = False) -> set[str]:
        """Return those of some texts that are no value."""
        column = pa.chunked_array([pa.array(list(texts), pa.string())])
        return {t for t in self._may_be(column, whole_key=whole_key) if self.stands_for_nothing(t, whole_key=whole_key)}

    def in_column(self, column: pa.ChunkedArray) -> set[str]:
        """Return the distinct texts of a column that are no value; nearly all others are told from them unseen."""
        texts = pc.unique(column).drop_null()
        plain = pc.utf8_lower(pc.utf8_trim(texts, characters=_AROUND))
        kept = pc.is_in(plain, value_set=pa.array(sorted(self.words), pa.string()))
        kept = pc.or_(kept, pc.invert(pc.match_substring_regex(texts, r"[\pL\pN]")))
        strange = pc.and_(pc.invert(pc.string_is_ascii(texts)), pc.less(pc.utf8_length(texts), _LONGEST))
        found: list[str] = texts.filter(pc.or_(kept, strange)).to_pylist()
        return {t for t in found if self.stands_for_nothing(t)}

    def ids(self, column: pa.ChunkedArray, label: str) -> pa.Array:
        """Return the distinct ids of a node table that stand for nothing; of contacts the patterns count too."""
        contact = ids_of(label) == "contact"
        found = (t for t in self._may_be(column, whole_key=contact) if self.stands_for_nothing(t, whole_key=contact))
        return pa.array(sorted(found), pa.string())

    @cached_property
    def digest(self) -> str:
        """What tells these from other words."""
        return hashlib.sha256(repr((sorted(self.words), sorted(self.keys), self.patterns)).encode()).hexdigest()

    @cached_property
    def _key(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{p})" for p in self.patterns) or r"(?!)")

    def _may_be(self, column: pa.ChunkedArray, *, whole_key: bool) -> list[str]:
        """Return the distinct texts that may be one: nearly all ids are told from them by their digits alone."""
        if whole_key and self.patterns != shipped_placeholders().patterns:  # what an office looks for, nobody knows
            every: list[str] = pc.unique(column).drop_null().to_pylist()
            return every
        kept = pc.invert(pc.match_substring_regex(column, r"\d"))
        known = self.words | self.keys if whole_key else self.words
        counted = pa.array(sorted(w for w in known if any(c.isdecimal() for c in w)), pa.string())
        if len(counted):
            kept = pc.or_(kept, pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(column)), value_set=counted))
        if whole_key:
            kept = pc.or_(kept, pc.match_substring_regex(column, _PERHAPS))
        texts: list[str] = pc.unique(column.filter(pc.fill_null(kept, False))).to_pylist()
        return texts


@lru_cache(maxsize=1)
def shipped_placeholders() -> Placeholders:
    """Return the words that ship with Barrier."""
    return _put_together([(resources.graphs() / PLACEHOLDERS).read_text("utf-8")])


def placeholders_of(rules: Rules) -> Placeholders:
    """Return the shipped words with those of an office, less those that it calls values.

    Raises:
        InputError: A file of the office is wrong.
    """
    own = [f.text for f in rules.named(PLACEHOLDERS)]
    if not own:
        return shipped_placeholders()
    return _put_together([(resources.graphs() / PLACEHOLDERS).read_text("utf-8"), *own])


def word_form(text: str) -> str:
    """Return a text as words are compared: as it looks, in small letters, without what stands around it."""
    shown = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(_HIDDEN.sub("", shown).casefold().strip(_AROUND).split())


def _put_together(texts: Iterable[str]) -> Placeholders:
    words: set[str] = set()
    keys: set[str] = set()
    patterns: list[str] = []
    for text in texts:
        file = parse_yaml(text, PlaceholderFile, where=PLACEHOLDERS)
        words |= {word_form(w) for w in file.words}
        keys |= {word_form(w) for w in file.keys}
        patterns += file.patterns
        values = {word_form(w) for w in file.values}
        words, keys, patterns = words - values, keys - values, [p for p in patterns if p not in file.values]
    return Placeholders(frozenset(words), frozenset(keys), tuple(patterns))
