"""Overcrowding norms as data: area a person by kind of address, municipality and date.

Rule: a norm has a source and a date; what no norm covers is not judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from barrier import resources
from barrier.model.rules import Rules
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml


class Norm(Strict):
    """One rule: from a date, for a kind of address, in a municipality or everywhere."""

    kind: str
    m2_per_person: Annotated[float, Field(gt=0)]
    begins: Annotated[date, Field(alias="from")]
    ends: Annotated[date | None, Field(alias="until")] = None
    municipality: str | None = None
    at_most: Literal["possibly_overcrowded"] | None = None
    source: str
    verify: bool = False


class UnreliableArea(Strict):
    """Areas that say nothing about the object."""

    about: str
    source: str
    below_m2: float
    exactly_m2: tuple[float, ...]
    dwelling_above_m2: float


class Norms(Strict):
    """The content of a file in `graphs/norms/`."""

    format: Literal[1]
    about: str
    norms: tuple[Norm, ...]
    unreliable_area: UnreliableArea | None = None

    def on(self, day: date) -> dict[tuple[str, str | None], Norm]:
        """Return the norm in force on ``day`` by (kind, municipality or None); the latest begun wins."""
        found: dict[tuple[str, str | None], Norm] = {}
        for norm in sorted(self.norms, key=lambda n: n.begins):
            if norm.begins <= day and (norm.ends is None or day < norm.ends):
                found[norm.kind, norm.municipality] = norm
        return found

    def digest(self) -> str:
        """Return the first 16 digits of the SHA-256 of all norms."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def plus(self, others: Sequence[Norms]) -> Norms:
        """Return these norms with those of a region added."""
        added = tuple(n for other in others for n in other.norms)
        return self.model_copy(update={"norms": self.norms + added})


@lru_cache(maxsize=1)
def shipped_norms() -> Norms:
    """Return the norms in `graphs/norms/nl.yaml`."""
    return load_yaml(resources.graphs() / "norms" / "nl.yaml", Norms)


@lru_cache(maxsize=8)
def norms_of(rules: Rules) -> Norms:
    """Return the shipped norms with those of more rules added.

    Raises:
        InputError: A file there is wrong.
    """
    return shipped_norms().plus([parse_yaml(f.text, Norms, where=f.name) for f in rules.below("norms")])
