"""The language of mapping files: which columns of a foreign table make which nodes and relationships.

Rule: what cannot be right is refused when it is read, with what was expected; docs/guide/mapping.md has all fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from barrier.ingest.cells import FROM, UNTIL, check
from barrier.ingest.date_formats import check_formats
from barrier.ingest.folder import RegionConfig
from barrier.ingest.layout import Encoding, Layout
from barrier.ingest.normal_forms import OF_CONTACTS, NormalForm
from barrier.ingest.patterns import pattern_problem
from barrier.ingest.placeholders import word_form
from barrier.ingest.protection import COLUMN
from barrier.model.banned import is_banned, why_banned
from barrier.model.kinds import ids_of, protectable
from barrier.model.schema import Property, schema
from barrier.model.words import YES
from barrier.model.yamlfile import Strict

RESIDENCES = "REGISTERED_AT"
_TEXT = Property(type="string", about="Who says so.")
_LINK_PROPERTIES = {"from": FROM, "until": UNTIL, "source": _TEXT}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_Line = Annotated[int, Field(ge=1, le=1000)]
_Names = Annotated[tuple[str, ...], Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Value(Strict):
    """What a property becomes: the text of a column (translated, a part, or in a format), or a fixed value.

    Args:
        column: The column; or else ``value``.
        value: The same text for every row.
        values: Which word of the column becomes what; case and blanks around it do not count.
        other: What any other word becomes; without it, it becomes nothing and is told.
        match: A regular expression of RE2; the part of the text that it fits first is taken.
        format: How a date is written, in the order tried: `d-m-yyyy`, `yyyymmdd`, `dd-MMM-yyyy`, `excel`, `iso`.
        decimal: What stands before the decimals of a number.
        until: `inclusive` where the column has the last day, not the first day after it.
    """

    column: str | None = None
    value: str | None = None
    values: dict[str, str] = Field(default_factory=dict)
    other: str | None = None
    match: str | None = None
    format: Texts = ()
    decimal: Literal[",", "."] | None = None
    until: Literal["inclusive"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Value:
        if (self.column is None) == (self.value is None):
            raise ValueError("name a column or a value, one of both")
        forms = [word_form(word) for word in self.values]
        if len(set(forms)) < len(forms):
            raise ValueError("values: two entries are one word, case and blanks around it left out")
        check_formats(self.format)
        if problem := pattern_problem(self.match or ""):
            raise ValueError(f"match: {problem}")
        return self

    def problems(self, name: str, prop: Property) -> Iterator[str]:
        """Yield what does not go together with the property it fills."""
        if (self.format or self.until) and prop.type != "date":
            yield f"{name}: format and until are for dates, and this is a {prop.type}"
        if self.decimal and prop.type not in ("number", "integer"):
            yield f"{name}: decimal is for numbers, and this is a {prop.type}"
        fixed = [t for t in (self.value, self.other, *self.values.values()) if t is not None]
        checked = check(pa.chunked_array([pa.array(fixed, pa.string())]), prop) if fixed else None
        if checked is not None and checked.problems:
            yield f"{name}: a value of the mapping is {checked.problems[0][1]}"


class Part(Strict):
    """One column of a key: how many digits it has, whether it may be empty, what counts as equal, whether it is a date.

    Args:
        column: The column.
        width: How many digits it has; zeros before it come back.
        required: Whether there is no node where it is empty.
        normal_form: What counts as equal; default that of the id.
        date: Whether it is a date; without it, what a spreadsheet keeps as a date makes no key.
    """

    column: str
    width: Annotated[int, Field(ge=1, le=40)] | None = None
    required: bool = True
    normal_form: NormalForm | None = None
    date: bool = False


def _part(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


_PartOrColumn = Annotated[Part, BeforeValidator(_part)]


class Identity(Strict):
    """How the id is made: a prefix, and one or more columns.

    Args:
        prefix: Stands before it.
        columns: Columns, by name or with more about them.
        hash: Whether only a keyed hash is kept; a Contact has to be hashed.
        normal_form: What counts as equal: `text` (default), `digits`, `phone`, `iban`, `email`, `website`, `postcode`.
        width: How many digits it has, where it is one column.
    """

    prefix: str
    columns: Annotated[tuple[_PartOrColumn, ...], BeforeValidator(_listed), Field(min_length=1)]
    hash: bool = False
    normal_form: NormalForm | None = None
    width: Annotated[int, Field(ge=1, le=40)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Identity:
        if self.width is not None and len(self.columns) > 1:
            raise ValueError("width: several columns, expected it at one of them: {column: …, width: …}")
        if not any(part.required for part in self.columns):
            raise ValueError("columns: expected at least one that is required")
        return self

    def form_of(self, part: Part, otherwise: NormalForm) -> NormalForm:
        """Return the normal form of a part; what has a width is a number of digits."""
        given = part.normal_form or self.normal_form
        return given or ("digits" if self.width_of(part) else otherwise)

    def width_of(self, part: Part) -> int | None:
        """Return how many digits a part has."""
        return part.width or self.width


class NodeMapping(Strict):
    """Nodes from rows: one for every distinct id.

    Args:
        label: Label of the model.
        id: How the id is made.
        properties: What its properties become.
        repeat: Column that says how many nodes a row makes.
    """

    label: str
    id: Identity
    properties: dict[str, Value] = Field(default_factory=dict)
    repeat: str | None = None

    def form_of(self, part: Part) -> NormalForm:
        """Return the normal form of a part of the id; that of a contact follows from its kind."""
        kind = self.properties.get("kind")
        known = OF_CONTACTS.get(kind.value or "", "text") if ids_of(self.label) == "contact" and kind else "text"
        return self.id.form_of(part, known if len(self.id.columns) == 1 else "text")

    def kinds(self) -> Mapping[str, Property]:
        """Return the properties that nodes of this label can have."""
        return {n: p for n, p in schema().labels[self.label].properties.items() if not p.derived and not p.key}


class LinkMapping(Strict):
    """Relationships from rows: between two of the nodes of that row.

    Args:
        type: Relationship of the model.
        source: Name of the node it goes from.
        target: Name of the node it goes to.
        properties: What its properties become, `from`, `until` and `source` among them.
        closing: Whether a row without the target ends the residence before it (REGISTERED_AT only).
    """

    type: str
    source: str
    target: str
    properties: dict[str, Value] = Field(default_factory=dict)
    closing: bool = False

    def kinds(self) -> Mapping[str, Property]:
        """Return the properties that relationships of this type can have."""
        own = schema().relationships[self.type].properties
        return {**_LINK_PROPERTIES, **{n: p for n, p in own.items() if not p.derived}}


class Condition(Strict):
    """Which rows count: those where a column is one of some words, is none of them, is filled, or is empty.

    Args:
        column: The column.
        one_of: Words, one of which it has to be.
        none_of: Words, none of which it may be.
        filled: Whether it has to be filled, or empty; a word that stands for nothing is empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    column: str
    one_of: Annotated[Texts | None, Field(alias="is")] = None
    none_of: Annotated[Texts | None, Field(alias="is_not")] = None
    filled: bool | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Condition:
        if sum(v is not None for v in (self.one_of, self.none_of, self.filled)) != 1:
            raise ValueError("expected one of is, is_not and filled")
        return self


class SourceMapping(Strict):
    """Delivered files of one layout and what their rows make.

    Args:
        file: File inside the folder, a list of files, or a pattern such as `brp-*.csv`.
        sheet: Sheet or sheets of a spreadsheet; default the first that is not hidden.
        merged: `fill` where the value of merged cells stands in all their rows.
        header: Line of the header (CSV, spreadsheets), default the first that is filled; or, for a
            file that has none, the names of its columns.
        encoding: Encoding of a text that is not UTF-8: `utf-16`, `windows-1252`, `iso-8859-1`, `iso-8859-15`, `cp850`.
        where: Conditions; rows that one of them does not hold for are left out.
        nodes: Nodes of a row, by a name of your own.
        links: Relationships between these.
        not_secret: Columns that sound like secrecy, or in whose cells it seems to stand, but that say nothing of it.
    """

    file: Texts
    sheet: Texts | None = None
    merged: Literal["fill"] | None = None
    header: _Line | _Names | None = None
    encoding: Encoding | None = None
    where: tuple[Condition, ...] = ()
    nodes: dict[str, NodeMapping]
    links: tuple[LinkMapping, ...] = ()
    not_secret: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_its_columns(self) -> SourceMapping:
        if isinstance(self.header, tuple):
            names = list(self.header)
            if len(set(names)) < len(names) or not all(n.strip() for n in names):
                raise ValueError("header: expected a name for each column, every one once")
            if missing := sorted(self.columns() - set(names)):
                raise ValueError(f"header: columns are read that it does not name: {', '.join(missing)}")
        return self

    def layout(self) -> Layout:
        """Return how its table stands in the file."""
        names = self.header if isinstance(self.header, tuple) else ()
        line = self.header if isinstance(self.header, int) else 0
        return Layout(line, names, self.encoding or "", repeats=True)

    def protects(self) -> bool:
        """Return whether its rows make persons or addresses."""
        return any(n.label in protectable() for n in self.nodes.values())

    def flags(self) -> set[str]:
        """Return the columns that say of a person or an address whether it is protected."""
        nodes = [n for n in self.nodes.values() if n.label in protectable()]
        return {v.column for n in nodes for name, v in n.properties.items() if name == COLUMN and v.column}

    def named(self) -> set[str]:
        """Return the columns of keys and of free texts, such as names of firms, in which any word may stand."""
        mappings: list[NodeMapping | LinkMapping] = [*self.nodes.values(), *self.links]
        free = {
            v.column
            for m in mappings
            if not (isinstance(m, NodeMapping) and m.label in protectable())
            for name, v in m.properties.items()
            if v.column and not v.values and m.kinds()[name].type == "string" and not m.kinds()[name].values
        }
        parts = {p.column for n in self.nodes.values() for p in n.id.columns}
        return parts | free - {c.column for c in self.where}

    def made_of(self) -> set[str]:
        """Return the columns that become part of something."""
        mappings: list[NodeMapping | LinkMapping] = [*self.nodes.values(), *self.links]
        values = [v for m in mappings for v in m.properties.values()]
        parts = {p.column for n in self.nodes.values() for p in n.id.columns}
        return parts | {n.repeat for n in self.nodes.values() if n.repeat} | {v.column for v in values if v.column}

    def keys(self) -> list[list[str]]:
        """Return the columns of the key of each node that have to be filled."""
        return [[p.column for p in node.id.columns if p.required] for node in self.nodes.values()]

    def columns(self) -> set[str]:
        """Return the columns this mapping reads."""
        return self.made_of() | {c.column for c in self.where}


class MappingFile(Strict):
    """The content of a mapping file.

    Args:
        format: 1.
        about: What it is for.
        region: As in `region.yaml`: name, purpose, legal_basis, extract_date, at, model, municipalities.
        sources: What is read.
    """

    format: Literal[1]
    about: str
    region: RegionConfig = RegionConfig()
    sources: Annotated[tuple[SourceMapping, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_the_model(self) -> MappingFile:
        problems = [p for s in self.sources for p in _mapping_problems(s)]
        if problems:
            raise ValueError("; ".join(dict.fromkeys(problems)))
        return self


def _mapping_problems(source: SourceMapping) -> list[str]:
    labels, relationships = schema().labels, schema().relationships
    problems = [f"column {c} is banned: {why_banned(c)}" for c in sorted(source.columns()) if is_banned(c)]
    problems += [f"{n}: unknown label {m.label}" for n, m in source.nodes.items() if m.label not in labels]
    problems += [f"unknown relationship {m.type}" for m in source.links if m.type not in relationships]
    ends = [e for m in source.links for e in (m.source, m.target)]
    problems += [f"{e} is no node of this mapping" for e in sorted(set(ends) - set(source.nodes))]
    if problems:
        return problems
    problems += [p for name, node in source.nodes.items() for p in _node_problems(name, node)]
    return problems + [p for link in source.links for p in _link_problems(link, source.nodes)]


def _node_problems(name: str, node: NodeMapping) -> Iterator[str]:
    if ids_of(node.label) == "contact" and not node.id.hash:
        yield f"{name}: the id of a {node.label} is a value; expected hash: true in its id"
    yield from _value_problems(name, node.properties, node.kinds())


def _link_problems(link: LinkMapping, nodes: Mapping[str, NodeMapping]) -> Iterator[str]:
    kind = schema().relationships[link.type]
    for end, may_be, side in ((link.source, kind.sources, "source"), (link.target, kind.targets, "target")):
        if nodes[end].label not in may_be:
            yield f"{link.type}: the {side} is a {nodes[end].label}, expected {' or '.join(may_be)}"
    if link.closing and link.type != RESIDENCES:
        yield f"{link.type}: closing rows are for {RESIDENCES}"
    yield from _value_problems(link.type, link.properties, link.kinds())


def _value_problems(owner: str, values: Mapping[str, Value], known: Mapping[str, Property]) -> Iterator[str]:
    for name, value in values.items():
        if name in known:
            yield from value.problems(f"{owner}.{name}", known[name])
            yield from _flag_problems(value) if name == COLUMN else ()
        else:
            yield f"{owner}: {name} is no property here{_did_you_mean(name, known)}"


def _flag_problems(value: Value) -> Iterator[str]:
    """Yield what could make a word that nobody thought of say that something is not protected."""
    if value.match is not None:
        yield f"{COLUMN}: match passes over what does not fit it; expected the whole text, translated by values"
    if value.other is not None and word_form(value.other) not in YES:
        yield f"{COLUMN}: what no entry of values takes protects; expected no other, or 'true'"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f", did you mean {near[0]}?" if near else f"; properties are {', '.join(known)}"
