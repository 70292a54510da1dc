"""Mapping files: which columns of a foreign CSV or XLSX make which nodes and relationships.

Rule: a mapping is data; what it makes goes through the same checks as a region folder, and rejected rows name the
line of the delivered file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
from pydantic import Field, model_validator

from barrier.errors import InputError
from barrier.ingest.clear_values import phone_form
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.hashing import keyed_hashes
from barrier.ingest.headers import check_no_secrecy, may_mean_secrecy
from barrier.ingest.limits import MAX_ID, MAX_TEXT
from barrier.ingest.plain_words import is_plain_word, shown_columns
from barrier.ingest.protection import COLUMN, LABELS, is_flagged
from barrier.ingest.reader import RawTable
from barrier.ingest.region import Region, build_region
from barrier.ingest.sheets import read_delivered
from barrier.model.banned import is_banned
from barrier.model.schema import schema
from barrier.model.yamlfile import Strict, load_yaml

_SPACES = r"[\s\v\x1c-\x1f\x{85}\p{Z}]+"  # Arrow's expressions take \s, \d and \w for ASCII only
_NO_WORDS = r"[^\p{L}\p{N}_.@-]+"


def _replaced(texts: pd.Series, pattern: str, by: str) -> pd.Series:
    """Return texts with every match of an expression of RE2 replaced, in compiled code."""
    made = pc.replace_substring_regex(pa.array(texts, pa.string()), pattern=pattern, replacement=by)
    return pd.Series(pd.array(made, dtype="str"), index=texts.index)


_NORMAL_FORMS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "text": lambda s: _replaced(s.str.strip().str.casefold(), _SPACES, " "),
    "phone": lambda s: s.map({text: phone_form(text) for text in s.dropna().unique()}),
    "iban": lambda s: _replaced(s, _SPACES, "").str.upper(),
}


class Value(Strict):
    """What a property becomes: the text of a column (perhaps translated), or a fixed value."""

    column: str | None = None
    value: str | None = None
    values: dict[str, str] = Field(default_factory=dict)
    other: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Value:
        if (self.column is None) == (self.value is None):
            raise ValueError("name a column or a value, one of both")
        return self


class Identity(Strict):
    """How the id is made: a prefix, and one or more columns; ``hash`` keeps a keyed hash of them only."""

    prefix: str
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    hash: bool = False
    normal_form: Literal["text", "phone", "iban"] = "text"


class NodeMapping(Strict):
    """Nodes from rows: one for every distinct id; ``repeat`` names a column that says how many for each row."""

    label: str
    id: Identity
    properties: dict[str, Value] = Field(default_factory=dict)
    repeat: str | None = None


class LinkMapping(Strict):
    """Relationships from rows: between two of the nodes of that row."""

    type: str
    source: str
    target: str
    properties: dict[str, Value] = Field(default_factory=dict)


class SourceMapping(Strict):
    """One delivered file (for XLSX one sheet) and what its rows make.

    ``not_secret`` names columns that are not read and sound like secrecy, but say nothing of it.
    """

    file: str
    sheet: str | None = None
    nodes: dict[str, NodeMapping]
    links: tuple[LinkMapping, ...] = ()
    not_secret: tuple[str, ...] = ()

    def protects(self) -> bool:
        """Return whether its rows make persons or addresses."""
        return any(n.label in LABELS for n in self.nodes.values())

    def columns(self) -> set[str]:
        """Return the columns this mapping reads."""
        mappings: list[NodeMapping | LinkMapping] = [*self.nodes.values(), *self.links]
        values = [v for m in mappings for v in m.properties.values()]
        found = {c for n in self.nodes.values() for c in (*n.id.columns, *([n.repeat] if n.repeat else []))}
        return found | {v.column for v in values if v.column is not None}


class MappingFile(Strict):
    """The content of a mapping file."""

    format: Literal[1]
    about: str
    region: RegionConfig = RegionConfig()
    sources: Annotated[tuple[SourceMapping, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_the_model(self) -> MappingFile:
        problems = [p for s in self.sources for p in _mapping_problems(s)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _mapping_problems(source: SourceMapping) -> list[str]:
    labels, relationships = schema().labels, schema().relationships
    problems = [f"column {c} is banned" for c in sorted(source.columns()) if is_banned(c)]
    problems += [f"{n}: unknown label {m.label}" for n, m in source.nodes.items() if m.label not in labels]
    problems += [f"unknown relationship {m.type}" for m in source.links if m.type not in relationships]
    problems += [
        f"{n}: the id of a Contact is a value; expected hash: true in its id"
        for n, m in source.nodes.items()
        if m.label == "Contact" and not m.id.hash
    ]
    ends = [e for m in source.links for e in (m.source, m.target)]
    problems += [f"{e} is no node of this mapping" for e in sorted(set(ends) - set(source.nodes))]
    return problems


def mapped_config(mapping: Path) -> RegionConfig:
    """Return the settings that a mapping file gives what is read through it.

    Raises:
        InputError: The mapping is wrong.
    """
    return load_yaml(mapping, MappingFile).region


def read_mapped(
    path: Path, mapping: Path, *, key_file: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> Region:
    """Read a foreign file or folder of files through a mapping file.

    Args:
        path: The delivered file, or the folder with the files the mapping names.
        mapping: The mapping file.
        key_file: Key for hashed ids; default the key of this user, made at first use.
        progress: Called with the name of each table.

    Raises:
        InputError: The mapping or a file is wrong.
    """
    made = load_yaml(mapping, MappingFile)
    frames: dict[str, list[pd.DataFrame]] = {}
    files: list[Path] = []
    for source in made.sources:
        file = path / source.file if path.is_dir() else path
        progress(file.name)
        files.append(file)
        for name, frame in _tables(source, _delivered(file, source, path if path.is_dir() else None), key_file).items():
            frames.setdefault(name, []).append(frame)
    given = {name: _raw(name, pd.concat(parts), files[0].name) for name, parts in frames.items()}
    folder = RegionFolder(path if path.is_dir() else path.parent, made.region, {}, ())
    if not made.region.name:
        folder = replace(folder, config=made.region.model_copy(update={"name": path.stem}))
    return build_region(folder, given, progress=progress)


def _delivered(file: Path, source: SourceMapping, within: Path | None) -> pd.DataFrame:
    frame = read_delivered(file, sheet=source.sheet, within=within, whole=source.protects())
    unread = [str(c) for c in frame.columns if c not in {*source.columns(), *source.not_secret}]
    if source.protects():
        check_no_secrecy(
            file.name,
            [
                f"column {c}" if is_plain_word(c.lower()) else "a column with another name"
                for c in unread
                if may_mean_secrecy(c)
            ],
            "map it to protected, or name it under not_secret in the mapping",
        )
    missing = sorted(source.columns() - set(frame.columns))
    if missing:
        found = shown_columns([c for c in frame.columns if c != "__line__"])
        raise InputError([f"{file.name}: column {c} is missing; found {found}" for c in missing])
    return frame


def _tables(source: SourceMapping, rows: pd.DataFrame, key_file: Path | None) -> dict[str, pd.DataFrame]:
    parts: dict[str, list[pd.DataFrame]] = {}
    ids: dict[str, pd.Series] = {}
    for name, node in source.nodes.items():
        chosen = _repeated(rows, node.repeat)
        ids[name] = _ids(chosen, node.id, key_file, numbered=node.repeat is not None)
        table = pd.DataFrame({"id": ids[name], **_properties(chosen, node.properties), "__line__": chosen["__line__"]})
        parts.setdefault(node.label, []).append(table[table["id"].notna()].drop_duplicates("id"))
    for link in source.links:
        ends = pd.DataFrame({"source_id": ids[link.source]}).join(pd.DataFrame({"target_id": ids[link.target]}))
        ends = ends.dropna().reset_index(names="row")
        properties = _properties(rows, link.properties)
        table = ends.assign(**{n: v.reindex(ends["row"]).to_numpy() for n, v in properties.items()})
        table["__line__"] = rows["__line__"].reindex(ends["row"]).to_numpy()
        parts.setdefault(link.type, []).append(table.drop(columns="row").drop_duplicates(["source_id", "target_id"]))
    return {name: pd.concat(p) for name, p in parts.items()}


def _repeated(rows: pd.DataFrame, column: str | None) -> pd.DataFrame:
    if column is None:
        return rows
    times = pd.to_numeric(rows[column], errors="coerce").fillna(0).clip(lower=0).astype("int64")
    return rows.loc[rows.index.repeat(times)]


def _ids(rows: pd.DataFrame, identity: Identity, key_file: Path | None, *, numbered: bool) -> pd.Series:
    """Return the id of each row, missing where every column of it is empty."""
    texts = [rows[c].fillna("").astype(str) for c in identity.columns]
    joined = texts[0]
    for text in texts[1:]:
        joined = joined + " " + text
    long = joined.str.len() > MAX_TEXT  # not looked at: kept too long for an id, so that its row is set aside
    normal = _NORMAL_FORMS[identity.normal_form](joined.mask(long, "")).str.strip()
    empty = normal == ""
    normal = keyed_hashes(normal, key_file) if identity.hash else _replaced(normal, _NO_WORDS, "-").str.strip("-")
    made = identity.prefix + normal
    if numbered:
        made = made + "-" + (rows.groupby(level=0).cumcount() + 1).astype(str)
    return made.mask(empty).mask(long, joined.str.slice(0, MAX_ID + 1))


def _properties(rows: pd.DataFrame, wanted: Mapping[str, Value]) -> dict[str, pd.Series]:
    found = {name: _property(rows, value) for name, value in wanted.items()}
    flag = wanted.get(COLUMN)
    if flag is not None and flag.column is not None and flag.other is None:  # a word that nothing translates protects
        found[COLUMN] = found[COLUMN].where(found[COLUMN].notna(), rows[flag.column])
    return found


def _property(rows: pd.DataFrame, value: Value) -> pd.Series:
    if value.column is None:
        return pd.Series(value.value, index=rows.index, dtype="str")
    texts = rows[value.column]
    if not value.values:
        return texts
    return texts.map(value.values).where(texts.isin(list(value.values)), value.other)


def _raw(name: str, frame: pd.DataFrame, file: str) -> RawTable:
    key = ["id"] if "id" in frame.columns else ["source_id", "target_id"]
    if COLUMN in frame.columns and key == ["id"]:  # one row that protects is enough
        frame[COLUMN] = frame[COLUMN].mask(frame["id"].isin(frame.loc[is_flagged(frame[COLUMN]), "id"]), "true")
    frame = frame.drop_duplicates(key)
    lines = frame.pop("__line__").to_numpy(dtype=np.int64)
    table = pa.table({str(c): _texts(frame[c]) for c in frame.columns})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    content = sink.getvalue().to_pybytes()
    return RawTable(f"{file} ({name})", table, content, np.zeros(0, np.int64), (), is_text=False, origin_lines=lines)


def _texts(column: pd.Series) -> pa.Array:
    """Return a column as text, missing where it is; columns that are text already at once."""
    if column.dtype == "str":
        return pa.array(column, pa.string())
    return pa.array([None if pd.isna(v) else str(v) for v in column], pa.string())
