"""The header of a detector or explore file: what it asks, on which leading lines, with which parameters.

Rule: every field that a reader of a finding needs is required; unknown fields are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from barrier.model.banned import is_banned
from barrier.model.kinds import never_evidence
from barrier.model.schema import schema
from barrier.model.yamlfile import Strict

Strength = Literal["strong", "medium", "weak"]
Value = bool | int | float | str | list[str]


class Parameter(Strict):
    """A number or list in a query that an analyst may change."""

    default: Value
    unit: str
    about: str


class Fact(Strict):
    """A column of a hit that is shown as a fact: its unit and who says so.

    ``lower_bound`` says that a part of it stays true as "at least" and accuses no more: the number of workers, not the
    number that is allowed.
    """

    unit: str
    about: str
    source: str = ""
    lower_bound: bool = False


@dataclass(frozen=True)
class Way:
    """A way from an anchor to what decides whether there is a finding.

    Args:
        steps: Relationship types of each step, in either direction.
        label: Label of the nodes at the end whose properties decide too; None where only the links do.
    """

    steps: tuple[tuple[str, ...], ...]
    label: str | None

    @classmethod
    def parse(cls, text: str) -> Way:
        """Read a way as it stands in a header: ``REGISTERED_AT|STAYS_AT WORKS_FOR Business``.

        Raises:
            ValueError: There is no step in it, or a word is neither a relationship type nor, at the end, a label.
        """
        *words, last = text.split() or [""]
        label = last if last in schema().labels else None
        steps = tuple(tuple(word.split("|")) for word in (words if label else [*words, last]))
        unknown = sorted({n for step in steps for n in step} - set(schema().relationships))
        if unknown or not steps:
            raise ValueError(f"{text!r}: expected relationship types, then perhaps a label; unknown: {unknown}")
        return cls(steps, label)


class DetectorHeader(Strict):
    """The header of `queries/detectors/<id>.cypher`.

    ``says`` is a sentence with ``{fact}`` for the value of a fact, or ``{fact:worker|workers}`` for a number and the
    word that goes with it. ``strength`` is the strength of a hit unless the query returns a column of that name.
    ``facts`` describes returned columns; ``explanations`` describes the returned columns ``explained_<name>``, true
    where the innocent reason holds. ``measure`` names a measure in code that gives the hits instead of the query.

    ``anchor`` names the labels of the nodes a query begins with, by which a nightly scan looks only at those that
    reach something changed; ``reach`` says which ways lead from them to what decides whether there is a finding (what
    only adds facts or explanations need not be there: what was found before is always looked at again).

    ``absent`` names the relationship types whose absence is what the rule says (owns none, has no licence); from whom
    one of them is withheld, the rule is silent. ``excepts`` names those by which it leaves something out, so that it
    could find more without them. A query may return ``spare``: so many of what is absent could be there, in rows that
    were not read, and it would be a finding still. A rule that says neither is told to no partner.
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
    anchor: tuple[str, ...] = ()
    reach: tuple[Way, ...] = ()
    absent: tuple[str, ...] | None = None
    excepts: tuple[str, ...] = ()

    @field_validator("absent", "excepts")
    @classmethod
    def _relationships(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        unknown = sorted(set(value or ()) - set(schema().relationships))
        if unknown:
            raise ValueError(f"unknown relationship type {', '.join(unknown)}")
        return value

    @field_validator("absent")
    @classmethod
    def _evidence(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        silent = never_evidence(value or ())
        if silent:
            raise ValueError(f"that there is no {silent[0]} is no evidence (absence: silence in graphs/schema.yaml)")
        return value

    @field_validator("anchor", mode="before")
    @classmethod
    def _labels(cls, value: object) -> object:
        labels = tuple(value.split("|")) if isinstance(value, str) else value
        unknown = sorted(set(labels) - set(schema().labels)) if isinstance(labels, tuple) else []
        if unknown:
            raise ValueError(f"unknown label {', '.join(unknown)}")
        return labels

    @field_validator("reach", mode="before")
    @classmethod
    def _ways(cls, value: object) -> object:
        return tuple(Way.parse(str(v)) for v in value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _anchor_and_reach(self) -> DetectorHeader:
        if bool(self.anchor) != bool(self.reach):
            raise ValueError("anchor and reach go together: where a query begins, and what decides about it")
        return self

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
