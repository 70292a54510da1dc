"""Cells of a delivered table, as a part of the keys that a mapping makes of them.

Rule: each distinct text of a column is looked at once; what is no key sets its rows aside, or is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from barrier.ingest.limits import MAX_ID, MAX_TEXT
from barrier.ingest.lost_digits import LOST_DIGITS, scientific_ids
from barrier.ingest.mapped_cells import NO_DATE, Distinct, Mask, is_iso_date
from barrier.ingest.mapping_file import Identity, Part
from barrier.ingest.normal_forms import CONTACT_FORMS, called, formed
from barrier.ingest.placeholders import Placeholders
from barrier.ingest.several_contacts import SEVERAL, holds_several

_NOTHING = (
    "{rows} with a word that stands for nothing: no key is made of it; where it is one, name it under values in "
    "placeholders.yaml"
)
_HALF = "{rows} with four digits and no letters: taken as it stands, and no whole postcode of the Netherlands"
_NUMBERS = "{rows} with more than one number in the cell: one key is made of it; where it is several, give each a row"
_SEVERAL_NUMBERS = re.compile(
    r"\d+\s*[a-z]?(?:\s*(?:[;|&+,]|\b(?:en|and|t/?m|tot(?: en met)?)\b)\s*\d+\s*[a-z]?)+", re.I
)
TOO_LONG = f"id longer than {MAX_ID} characters"
_Texts = list[str | None]


@dataclass
class KeyCells:
    """A column that became a part of a key.

    Args:
        texts: The part, a row each; missing where there is none.
        wrong: Rows that are wrong, and why.
        told: Rows of which something is told, and what.
    """

    texts: pd.Series
    wrong: list[tuple[Mask, str]]
    told: list[tuple[Mask, str]]


def key_cells(column: Distinct, part: Part, identity: Identity, form: str, words: Placeholders) -> KeyCells:
    """Return a column as a part of a key, in its normal form.

    Args:
        column: The column as delivered.
        part: How it is read.
        identity: The key.
        form: What counts as equal.
        words: Words that stand for nothing.
    """
    return _Reading(column, part, form, identity.width_of(part), words).read()


@dataclass
class _Reading:
    """The distinct texts of a column while they are read."""

    column: Distinct
    part: Part
    form: str
    width: int | None
    words: Placeholders
    wrong: list[tuple[Mask, str]] = field(default_factory=list)
    told: list[tuple[Mask, str]] = field(default_factory=list)

    def read(self) -> KeyCells:
        texts = self._formed(self._filled())
        if self.part.date:
            self._set_aside([t is not None and not is_iso_date(t) for t in texts], NO_DATE)
        if self.width is not None:
            texts = self._widened(texts, self.width)
        return KeyCells(self.column.column(texts), self.wrong, self.told)

    def _set_aside(self, marked: Sequence[bool], reason: str) -> None:
        self.wrong.append((self.column.rows(marked), reason))

    def _note(self, marked: Sequence[bool], text: str) -> None:
        self.told.append((self.column.rows(marked), f"{self.part.column}: {text}"))

    def _filled(self) -> _Texts:
        """Return the texts, missing where one is too long to be an id, lost its digits, or stands for nothing."""
        texts = self.column.texts
        long = [len(t) > MAX_TEXT for t in texts]
        self._set_aside(long, TOO_LONG)
        found = scientific_ids(pa.chunked_array([pa.array(texts, pa.string())]))
        scientific = [False] * len(texts) if found is None else found.to_pylist()
        self._set_aside(scientific, LOST_DIGITS)
        no_key = [too_long or lost for too_long, lost in zip(long, scientific, strict=True)]
        looked_for = [t for t, unread in zip(texts, no_key, strict=True) if not unread]
        nothing = self.words.among(looked_for, whole_key=self.part.required)
        empty = [t in nothing for t in texts]
        self._note(empty, _NOTHING)
        return [None if e or unread else t for t, e, unread in zip(texts, empty, no_key, strict=True)]

    def _formed(self, texts: _Texts) -> _Texts:
        """Return texts in their normal form, missing where they have none."""
        kind = called(self.form)
        if self.form in CONTACT_FORMS:
            several = [t is not None and holds_several(t, self.form) for t in texts]
            self._set_aside(several, SEVERAL.format(kind))
            texts = [None if s else t for t, s in zip(texts, several, strict=True)]
        found = formed(pd.Series(texts, dtype="str"), self.form)
        made, sure = found["text"].tolist(), found["sure"].tolist()
        unread = [t is not None and not f for t, f in zip(texts, made, strict=True)]
        if self.form in CONTACT_FORMS:
            self._note(unread, f"{{rows}} without any {kind} in the cell: no value")
            doubt = [bool(f) and not s for f, s in zip(made, sure, strict=True)]
            self._note(doubt, f"{{rows}} with what is no valid {kind}: taken as it stands")
        else:
            self._set_aside(unread, f"expected a {kind}")
            self._note([bool(f) and not s for f, s in zip(made, sure, strict=True)], _HALF)
            self._note([t is not None and _SEVERAL_NUMBERS.fullmatch(t.strip()) is not None for t in texts], _NUMBERS)
        return [f or None for f in made]

    def _widened(self, texts: _Texts, width: int) -> _Texts:
        """Return numbers with the zeros before them that were lost."""
        wide = [t is not None and len(t) > width for t in texts]
        self._set_aside(wide, f"expected at most {width} digits")
        return [None if t is None or w else t.rjust(width, "0") for t, w in zip(texts, wide, strict=True)]
