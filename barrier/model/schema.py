"""The graph model as data: labels, relationships and their properties.

Rule: `graphs/schema.yaml` is the one description of the graph; importer, stores, detectors and documentation read it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from barrier import resources
from barrier.model.banned import is_banned
from barrier.model.yamlfile import Strict, load_yaml

PropertyType = Literal["string", "integer", "number", "boolean", "date", "list"]
_RESERVED = {"title", "type", "from", "until", "source", "start_day", "end_day", "source_id", "target_id"}


class Property(Strict):
    """One property: its type, range and what it says."""

    type: PropertyType
    about: str
    key: bool = False
    derived: bool = False
    personal: Literal["direct", "indirect"] | None = None
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    written: str = ""
    values: tuple[str, ...] = ()
    strict: bool = False
    ends: str | None = None  # the property with the first day, where this is the first day it no longer holds


class Label(Strict):
    """A kind of node."""

    about: str
    properties: dict[str, Property]

    @model_validator(mode="after")
    def _an_end_has_a_beginning(self) -> Label:
        dates = {name for name, prop in self.properties.items() if prop.type == "date"}
        for name, prop in self.properties.items():
            if prop.ends is not None and not {name, prop.ends} <= dates:
                raise ValueError(f"{name} ends {prop.ends}: expected two dates of this label")
        return self

    @model_validator(mode="after")
    def _has_a_key(self) -> Label:
        if not self.properties.get("id", Property(type="string", about="")).key:
            raise ValueError("a label needs the property id with key: true")
        return self


class Relationship(Strict):
    """A kind of relationship, with the labels it may join."""

    about: str
    sources: Annotated[tuple[str, ...], Field(alias="from")]
    targets: Annotated[tuple[str, ...], Field(alias="to")]
    barrier: str | None = None
    properties: dict[str, Property]


class Schema(Strict):
    """The content of `graphs/schema.yaml`."""

    format: Literal[1]
    about: str
    labels: dict[str, Label]
    relationships: dict[str, Relationship]

    @model_validator(mode="after")
    def _names_are_allowed(self) -> Schema:
        problems = [*self._bad_properties(), *self._bad_endpoints()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _bad_properties(self) -> list[str]:
        owners: list[tuple[str, Label | Relationship]] = [*self.labels.items(), *self.relationships.items()]
        found = []
        for owner, kind in owners:
            for name in kind.properties:
                if is_banned(name, owner=owner):
                    found.append(
                        f"{owner}.{name} is banned: origin, language, religion and names of persons have no place here"
                    )
                elif name in _RESERVED:
                    found.append(f"{owner}.{name} is a reserved name")
                elif not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                    found.append(f"{owner}.{name} must be lower case letters, digits and underscores")
        return found

    def _bad_endpoints(self) -> list[str]:
        return [
            f"{name} joins {label}, which is no label"
            for name, kind in self.relationships.items()
            for label in (*kind.sources, *kind.targets)
            if label not in self.labels
        ]


def load_schema(path: Path) -> Schema:
    """Read a schema file.

    Raises:
        InputError: Any field is wrong, or a property is banned.
    """
    return load_yaml(path, Schema)


@lru_cache(maxsize=1)
def schema() -> Schema:
    """Return the shipped schema."""
    return load_schema(resources.graphs() / "schema.yaml")


def node_columns(label: str) -> dict[str, str]:
    """Return the stored properties of a label with their storage type, `*_day` columns included.

    Storage types are ``string``, ``integer``, ``number``, ``boolean`` and ``list``; a date is kept as the
    text that was delivered and, as ``<name>_day``, as an integer.
    """
    columns: dict[str, str] = {}
    for name, prop in schema().labels[label].properties.items():
        columns[name] = "string" if prop.type == "date" else prop.type
        if prop.type == "date":
            columns[f"{name}_day"] = "integer"
    return columns


def link_columns(relationship: str) -> dict[str, str]:
    """Return the stored properties of a relationship with their storage type."""
    columns = {"from": "string", "until": "string", "source": "string", "start_day": "integer", "end_day": "integer"}
    for name, prop in schema().relationships[relationship].properties.items():
        columns[name] = prop.type
    return columns


def schema_bytes() -> bytes:
    """Return the content of `graphs/schema.yaml`, for fingerprints."""
    return (resources.graphs() / "schema.yaml").read_bytes()
