"""Reading delivered tables through a mapping file, as the tables of a region.

Rule: what a mapping makes goes through the same checks as a region folder; every fault names the file and line where it
stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from barrier.errors import InputError
from barrier.ingest.count import Fates
from barrier.ingest.folder import RegionConfig, RegionFolder, check_unread
from barrier.ingest.headers import (
    check_no_secrecy,
    header_below,
    in_spelling_of,
    nearly_called,
)
from barrier.ingest.intake import Intake
from barrier.ingest.jsonlines import JSON_LINES
from barrier.ingest.layout import Layout
from barrier.ingest.made_rows import Fate, Made
from barrier.ingest.mapped_rows import Setting, read_rows
from barrier.ingest.mapped_tables import MappedTables
from barrier.ingest.mapping_file import MappingFile, SourceMapping
from barrier.ingest.no_rows import with_keyed_rows
from barrier.ingest.odd_rows import with_odd_rows
from barrier.ingest.placeholders import Placeholders, shipped_placeholders
from barrier.ingest.plain_words import shown_columns
from barrier.ingest.rawtable import RawTable
from barrier.ingest.region import Region, build_region
from barrier.ingest.secrecy import (
    SHIPPED,
    Secrecy,
    check_names,
    check_no_secret_texts,
    header_form,
    may_mean_secrecy,
)
from barrier.ingest.sheets import check_rows, delivered_table
from barrier.ingest.unread_links import UnreadLinks
from barrier.model.schema import schema
from barrier.model.yamlfile import load_yaml

_GLOB = "*?["
_MAP_IT = "map it to protected, or name it under not_secret in the mapping"
_NO_FILE = "name the delivered file, or the folder it is in"


def mapped_config(mapping: Path) -> RegionConfig:
    """Return the settings that a mapping file gives what is read through it.

    Raises:
        InputError: The mapping is wrong.
    """
    return load_yaml(mapping, MappingFile).region


def read_mapped(
    path: Path,
    mapping: Path,
    *,
    key_file: Path | None = None,
    words: Placeholders | None = None,
    secrecy: Secrecy = SHIPPED,
    progress: Callable[[str], None] = lambda _: None,
) -> Region:
    """Read a foreign file or folder of files through a mapping file.

    Args:
        path: The delivered file, or the folder with the files the mapping names.
        mapping: The mapping file.
        key_file: Key for hashed ids; default the key of this user, made at first use.
        words: Words that stand for nothing; default the shipped ones.
        secrecy: What the office says of names that sound like secrecy.
        progress: Called with the name of each table.

    Raises:
        InputError: The mapping or a file is wrong.
    """
    made = load_yaml(mapping, MappingFile)
    words = words or shipped_placeholders()
    intake = Intake(words=words, secrecy=secrecy)
    delivery = _Delivery(path, made.sources, Setting(words, key_file, intake.rejects), progress, intake)
    for source in made.sources:
        delivery.take(source)
    delivery.check_unread()
    folder = RegionFolder(path if path.is_dir() else path.parent, made.region, {}, ())
    if not made.region.name:
        folder = replace(folder, config=made.region.model_copy(update={"name": path.stem}))
    return delivery.region(made.sources, folder)


@dataclass
class _Delivery:
    """The delivered files while they are read, and what they make."""

    path: Path
    sources: Sequence[SourceMapping]
    setting: Setting
    progress: Callable[[str], None]
    intake: Intake
    read: dict[tuple[Path, str | None, bool, Layout], RawTable] = field(default_factory=dict)
    fates: dict[str, np.ndarray] = field(default_factory=dict)
    made: MappedTables = field(default_factory=MappedTables)

    def take(self, source: SourceMapping) -> None:
        """Read the files of a source."""
        for file in self._files(source):
            for sheet in source.sheet or (None,):
                raw, read = in_spelling_of(self._table(file, sheet, source), source.columns() | {*source.not_secret})
                self.intake.notes += [n for n in read if n not in self.intake.notes]
                raw = self._with_names(raw, source)
                self._check_columns(raw, source)
                self._check_readable(raw, source)
                raw, kept = with_keyed_rows(raw, source.keys())
                raw, odd = with_odd_rows(raw, source.keys())
                self.intake.notes += [n for n in (*kept, *odd) if n not in self.intake.notes]
                self._keep(raw, read_rows(source, raw, self.setting))

    def check_unread(self) -> None:
        """Refuse files and sheets that no source reads and whose names say that they are about what is secret."""
        secrecy, excused = self.intake.secrecy, {header_form(n) for s in self.sources for n in s.not_secret}
        secrecy = Secrecy(secrecy.not_secret | excused)
        if self.path.is_dir():
            check_unread(
                self.path, {self.path / file.relative_to(self.path).parts[0] for file, *_ in self.read}, secrecy
            )
        for (file, *_), raw in self.read.items():
            sheets = {sheet for other, sheet, *_ in self.read if other == file}
            check_names([(name, told) for name, told in raw.beside if name not in sheets], secrecy)

    def region(self, sources: Sequence[SourceMapping], folder: RegionFolder) -> Region:
        """Return what all files make together: what is wrong with a part of a row sets all of it aside."""
        for raw in self.read.values():
            self.intake.fates[raw.name] = self._counted(raw)
        self.made.set_clashes_aside(sources, self.intake.rejects)
        while True:
            tables, notes = self.made.tables()
            unread = {n: [*self.intake.unread.get(n, ()), *self.made.unread.get(n, ())] for n in schema().relationships}
            before = replace(self.intake, notes=[*self.intake.notes, *notes], unread=unread)
            told: dict[str, Any] = {
                "words": self.setting.words,
                "secrecy": self.intake.secrecy,
                "progress": self.progress,
            }
            read = build_region(folder, tables, before=before, **told)
            late = read.rejects.own() if read.rejects.own().beyond(self.intake.rejects) else read.rejects
            new = late.beyond(self.intake.rejects)
            if not new:
                return read
            self.intake.rejects = late
            self.made.leave_out(new)

    def _files(self, source: SourceMapping) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        found: list[Path] = []
        for name in source.file:
            if not any(sign in name for sign in _GLOB):
                found.append(self.path / name)
                continue
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise InputError([f"{name}: leads out of the folder"], hint="name files of the folder itself")
            found += sorted(p for p in self.path.glob(name) if not p.is_dir())
        if not found:
            raise InputError([f"{self.path / name}: no such file" for name in source.file], hint=_NO_FILE)
        return list(dict.fromkeys(found))

    def _table(self, file: Path, sheet: str | None, source: SourceMapping) -> RawTable:
        key = file, sheet, source.merged == "fill", source.layout()
        if any(other[:2] == key[:2] and other[3] != key[3] for other in self.read):
            raise InputError(
                [f"{file.name}: two sources of it say otherwise of its header or encoding"], hint="say the same in both"
            )
        if key not in self.read:
            self.progress(file.name)
            within = self.path if self.path.is_dir() else None
            raw = delivered_table(file, sheet=sheet, within=within, fill_merged=key[2], layout=key[3])
            self.read[key] = raw if sheet is None else replace(raw, name=f"{raw.name} ({sheet})")
            self.intake.notes += raw.notes
            if len(raw.ragged):
                self._keep_unread(source, len(raw.ragged))
                self._set_ragged_aside(self.read[key])
        if source.protects():  # not only the source that read it first
            check_rows(self.read[key], flagged=bool(source.flags()))
        return self.read[key]

    def _keep_unread(self, source: SourceMapping, rows: int) -> None:
        """Keep that some rows, of which no cell can be read, would have made links."""
        none = pa.chunked_array([], pa.string())
        for link in source.links:
            self.intake.unread.setdefault(link.type, []).append(UnreadLinks(none, none, without_ends=rows))

    def _with_names(self, raw: RawTable, source: SourceMapping) -> RawTable:
        """Return JSON lines with a column for every name that is asked for: no object need have all of them."""
        missing = sorted(source.columns() - set(raw.table.column_names))
        if not missing or not raw.name.lower().removesuffix(".gz").endswith(JSON_LINES):
            return raw
        self.intake.notes += [f"{raw.name}: {column} stands in no line, and is empty everywhere" for column in missing]
        empty = pa.nulls(raw.table.num_rows, pa.string())
        table = raw.table
        for column in missing:
            table = table.append_column(column, empty)
        return replace(raw, table=table)

    def _set_ragged_aside(self, raw: RawTable) -> None:
        lines = raw.record_lines(raw.ragged)
        for reason in sorted(set(raw.ragged_reasons)):
            here = np.array([r == reason for r in raw.ragged_reasons])
            self.intake.rejects.add(raw.name, lines[here], "", "row", reason)

    def _flags(self, source: SourceMapping) -> set[str]:
        """Return the columns that another source of the same file reads as what is protected."""
        same = (
            s
            for s in self.sources
            if s.sheet == source.sheet and (not self.path.is_dir() or {*s.file} & {*source.file})
        )
        return {flag for s in same for flag in s.flags()}

    def _check_columns(self, raw: RawTable, source: SourceMapping) -> None:
        found = raw.table.column_names
        flags = {*source.flags(), *(() if source.protects() else self._flags(source))}
        excused = {*flags, *source.not_secret, *filter(self.intake.secrecy.excuses, found)}
        asked = [c for c in found if c not in excused]  # read as something else is unread
        people = source.protects()
        suspect = [c for c in asked if any(may_mean_secrecy(part, of_people=people) for part in raw.called(c))]
        check_no_secrecy(raw.name, found, suspect, _MAP_IT)
        check_no_secret_texts(raw, [c for c in asked if c not in source.named()], _MAP_IT)
        missing = sorted(source.columns() - set(found))
        if missing:
            below = header_below(raw, source.columns())
            told = {c: nearly_called(c, found) or f"found {shown_columns(found)}" for c in missing}
            raise InputError(
                [f"{raw.name}: column {c} is missing; {t}{below}" for c, t in told.items()],
                hint="name the columns as they stand in the file, which has one line of names",
            )

    def _check_readable(self, raw: RawTable, source: SourceMapping) -> None:
        """Refuse a column that is asked for and cannot be read; tell of those that nobody asks for."""
        raw.check_readable(source.columns())
        told = raw.unread_notes(set(raw.table.column_names) - source.columns())
        self.intake.notes += [n for n in told if n not in self.intake.notes]

    def _keep(self, raw: RawTable, made: Made) -> None:
        held = self.fates.get(raw.name)
        self.fates[raw.name] = made.fates if held is None else np.maximum(held, made.fates)
        self.intake.notes += made.notes
        self.intake.named |= made.named
        for name, links in made.unread.items():
            self.intake.unread.setdefault(name, []).append(links)
        self.made.add(raw.name, made.tables)

    def _counted(self, raw: RawTable) -> Fates:
        fates = self.fates[raw.name]
        equal, left_out = (int((fates == fate).sum()) for fate in (Fate.EQUAL, Fate.LEFT_OUT))
        return Fates(raw.rows_in(), raw.lines(np.flatnonzero(fates == Fate.USED)), equal, left_out)
