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
Personal = Literal["direct", "indirect", "none"]
PERSON, PLACE = "Person", "Address"  # the only labels whose nodes can be protected: the rest goes with them
PROTECTED = "protected"
_RESERVED = {"title", "type", "from", "until", "source", "start_day", "end_day", "source_id", "target_id"}


class Property(Strict):
    """One property: its type, range and what it says.

    ``code`` says that it is a code of a classification: that it equals an id is chance. ``pseudonyms`` says whether a
    view under pseudonyms holds it; where nothing is said, it is withheld if it is personal. ``past`` says that a year
    lies not after that of the extract.
    """

    type: PropertyType
    about: str
    key: bool = False
    derived: bool = False
    personal: Literal["direct", "indirect"] | None = None
    code: bool = False
    pseudonyms: Literal["shown", "withheld"] | None = None
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    written: str = ""
    values: tuple[str, ...] = ()
    strict: bool = False
    past: bool = False
    ends: str | None = None  # the property with the first day, where this is the first day it no longer holds


class Words(Strict):
    """The same in both languages."""

    en: str
    nl: str


class Directions(Strict):
    """What a link says from its source to its target, and the other way round."""

    en: tuple[str, str]
    nl: tuple[str, str]


class Picture(Strict):
    """How nodes of a label are drawn in a network; ``by_name`` writes what they are called, not their id."""

    name: str = ""
    shape: str = "hexagon"
    symbol: str = "⬢"
    color: str = "#5f5f5f"
    by_name: bool = False


class Shared(Strict):
    """What residents of an address have in common, as a link from the address to it that counts them.

    Args:
        kind: Its name among the kinds of link of a network.
        layer: The layer it belongs to.
        says: What is said of the thing, with ``{people}`` and ``{addresses}``.
        houses: What is said of the address.
        chain: Part of it in a chain through the barriers.
        function: What somebody does who has such links; empty where nobody takes that over.
    """

    kind: str
    layer: str
    says: Words
    houses: Words
    chain: Literal["employer"] | None = None
    function: Words | None = None


class Network(Strict):
    """What a relationship is in a network: a link (``layer``, ``says``), something that people share, or both.

    Args:
        layer: The layer of the link; empty where it is none.
        says: The link in words.
        role: Whether its source is a party by it: also a person. Of a place only one where that person does not live.
        acts_through: Whether its source acts through its target: barriers of the target count for the source.
        chain: Part of its source (of an account: its target) in a chain through the barriers.
        function: What somebody does who has such links, for who may take a place; empty where nobody does.
        people: What persons who have the same target share; persons are counted, never nodes.
    """

    layer: str = ""
    says: Directions | None = None
    role: bool | Literal["beyond_own_home"] = False
    acts_through: bool = False
    chain: Literal["landlord", "account"] | None = None
    function: Words | None = None
    people: Shared | None = None

    @model_validator(mode="after")
    def _says_what_it_is(self) -> Network:
        if bool(self.layer) != (self.says is not None):
            raise ValueError("a link needs both layer and says")
        if not self.layer and self.people is None:
            raise ValueError("expected layer and says, or people, or network: none")
        return self


class Label(Strict):
    """A kind of node.

    Args:
        about: What it is.
        personal: Whether a node is a natural person (``direct``), may lead to one (``indirect``), or neither.
        properties: What is known of a node.
        ids: How values in clear are told among its ids.
        subject: Whether findings and advice are about it; never with ``personal: direct``.
        scored: Whether a batch of ids may ask about it.
        facilitator: Whether it can have a position in a structure.
        public: Whether it stands in a public register: a partner sees it without a link that he sees.
        data: Data class of its nodes for the gates, where they are shared by themselves; else they go with their links.
        known_by: Labels of ordinary nodes that make it known otherwise than through something protected.
        keeps_without_links: Whether it stays when its last link is past its term.
        described_by: Properties that tell a reader what it is.
        picture: How it is drawn.
    """

    about: str
    personal: Personal
    properties: dict[str, Property]
    ids: Literal["person", "business", "contact", "signal", "other"] = "other"
    subject: bool = False
    scored: bool = False
    facilitator: bool = False
    public: bool = False
    data: str | None = None
    known_by: tuple[str, ...] = ()
    keeps_without_links: bool = False
    described_by: tuple[str, ...] = ()
    picture: Picture = Picture()

    @model_validator(mode="after")
    def _no_person_is_judged(self) -> Label:
        if self.personal == "direct" and (self.subject or self.scored or self.public):
            raise ValueError("personal: direct is never subject, scored or public (DESIGN 8, rule 1)")
        strange = [name for name in self.described_by if name not in self.properties]
        if strange:
            raise ValueError(f"described_by: no property {', '.join(strange)}")
        return self

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
    """A kind of relationship, with the labels it may join.

    Args:
        about: What it says.
        sources: Labels it may lead from.
        targets: Labels it may lead to.
        barrier: Step of the five-barrier model; none is across the barriers.
        data: Data class for the gates; none only where its source is shared by itself.
        holder: Partner whose fact it is, where a row names no source.
        contacts: Data class by kind of the contact at its end, where that says more.
        absence: Whether a rule may take it as a fact that there is no such link.
        misses: What the table does not hold.
        network: What it is in a network; ``none`` where it is nothing there.
        lives: Whether it says that a person lives at an address, and who says so.
        seat: Whether it says where its source sits.
        goes_with_target: Whether its source is about its target, and goes where all that it is about is protected.
        properties: What is known of a link.
    """

    about: str
    sources: Annotated[tuple[str, ...], Field(alias="from")]
    targets: Annotated[tuple[str, ...], Field(alias="to")]
    barrier: str | None = None
    data: str | None = None
    holder: str | None = None
    contacts: dict[str, str] = Field(default_factory=dict)
    absence: Literal["evidence", "silence"]
    misses: str
    network: Network | Literal["none"]
    lives: Literal["registered", "observed"] | None = None
    seat: bool = False
    goes_with_target: bool = False
    properties: dict[str, Property]


class Schema(Strict):
    """The content of `graphs/schema.yaml`."""

    format: Literal[1]
    about: str
    layers: tuple[str, ...]
    labels: dict[str, Label]
    relationships: dict[str, Relationship]

    @model_validator(mode="after")
    def _names_are_allowed(self) -> Schema:
        problems = [*self._bad_properties(), *self._bad_endpoints()]
        problems = problems or [*self._bad_protection(), *self._unshared(), *self._bad_networks()]
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

    def _bad_protection(self) -> list[str]:
        found = [
            f"label {name}: {PROTECTED}: only a {PERSON} or an {PLACE} is, and what belongs to them"
            for name, label in self.labels.items()
            if PROTECTED in label.properties and name not in (PERSON, PLACE)
        ]
        return found + [
            f"label {name}: known_by: {other} is no label"
            for name, label in self.labels.items()
            for other in label.known_by
            if other not in self.labels
        ]

    def _unshared(self) -> list[str]:
        return [
            f"relationship {name}: who may see it? add data (which kind, for the gates) and holder (a partner)"
            for name, kind in self.relationships.items()
            if (kind.data is None or kind.holder is None) and any(self.labels[s].data is None for s in kind.sources)
        ]

    def _bad_networks(self) -> list[str]:
        found, kinds = [], [*self.relationships]
        for name, kind in self.relationships.items():
            if kind.network == "none":
                continue
            people, this = kind.network.people, f"relationship {name}"
            named = {kind.network.layer, people.layer if people else ""} - {"", *self.layers}
            found += [f"{this}: {layer} is no layer; layers are {', '.join(self.layers)}" for layer in sorted(named)]
            found += [f"{this}: people: expected a link from {PERSON}"] * bool(people and PERSON not in kind.sources)
            kinds += [people.kind] if people else []
        found += [f"network: the kind {k} stands twice" for k in sorted({k for k in kinds if kinds.count(k) > 1})]
        lives = [kind.lives for kind in self.relationships.values() if kind.lives is not None]
        return found + [f"lives: {one} stands at two relationships" for one in sorted({*lives}) if lives.count(one) > 1]


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
