"""The header of a detector or explore file: what it asks, on which leading lines, with which parameters.

Rule: every field that a reader of a finding needs is required; unknown fields are refused.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from barrier.model.banned import is_banned
from barrier.model.yamlfile import Strict

Strength = Literal["strong", "medium", "weak"]
Value = bool | int | float | str | list[str]


class Parameter(Strict):
    """A number or list in a query that an analyst may change."""

    default: Value
    unit: str
    about: str


class Fact(Strict):
    """A column of a hit that is shown as a fact: its unit and who says so."""

    unit: str
    about: str
    source: str = ""


class DetectorHeader(Strict):
    """The header of `queries/detectors/<id>.cypher`.

    ``strength`` is the strength of a hit unless the query returns a column of that name. ``facts`` describes
    returned columns; ``explanations`` describes the returned columns ``explained_<name>``, true where the
    innocent reason holds. ``measure`` names a measure in code that gives the hits instead of the query.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Field(ge=1)]
    status: Literal["draft", "stable", "retired"]
    barrier: str
    asks: str
    misses: str
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    personal_data: Literal["none", "indirect", "direct"]
    source: str
    params: dict[str, Parameter] = Field(default_factory=dict)
    title: str = ""
    says: str = ""
    strength: Strength = "medium"
    facts: dict[str, Fact] = Field(default_factory=dict)
    explanations: dict[str, str] = Field(default_factory=dict)
    measure: Literal["occupancy"] | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _dates_as_text(cls, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value

    @model_validator(mode="after")
    def _no_banned_names(self) -> DetectorHeader:
        banned = sorted(n for n in (*self.key, *self.params, *self.facts) if is_banned(n))
        if banned:
            raise ValueError(f"banned names: {', '.join(banned)}")
        return self

    @property
    def name(self) -> str:
        """The detector as a reader sees it."""
        return self.title or self.id.replace("_", " ").capitalize()


class ExploreHeader(Strict):
    """The header of `queries/explore/<id>.cypher`."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    asks: str
    example: str
    params: dict[str, Parameter] = Field(default_factory=dict)
