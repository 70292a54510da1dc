"""Reading delivered tables through a mapping file, as the tables of a region.

Rule: what a mapping makes goes through the same checks as a region folder; every fault names the file and line where it
stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc

from barrier.errors import InputError
from barrier.ingest.count import Fates
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.headers import check_no_secrecy, may_mean_secrecy
from barrier.ingest.intake import Intake
from barrier.ingest.jsonlines import JSON_LINES
from barrier.ingest.mapped_rows import FILE, LINE, Fate, Made, Setting, read_rows
from barrier.ingest.mapping_file import MappingFile, SourceMapping
from barrier.ingest.placeholders import Placeholders, shipped_placeholders
from barrier.ingest.plain_words import is_plain_word, shown_columns
from barrier.ingest.protection import COLUMN, is_flagged
from barrier.ingest.rawtable import RawTable
from barrier.ingest.region import Region, build_region
from barrier.ingest.rejects import Rows
from barrier.ingest.sheets import delivered_table
from barrier.model.yamlfile import load_yaml

_GLOB = "*?["
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
    progress: Callable[[str], None] = lambda _: None,
) -> Region:
    """Read a foreign file or folder of files through a mapping file.

    Args:
        path: The delivered file, or the folder with the files the mapping names.
        mapping: The mapping file.
        key_file: Key for hashed ids; default the key of this user, made at first use.
        words: Words that stand for nothing; default the shipped ones.
        progress: Called with the name of each table.

    Raises:
        InputError: The mapping or a file is wrong.
    """
    made = load_yaml(mapping, MappingFile)
    words = words or shipped_placeholders()
    intake = Intake(words=words)
    delivery = _Delivery(path, Setting(words, key_file, intake.rejects), progress, intake)
    for source in made.sources:
        delivery.take(source)
    folder = RegionFolder(path if path.is_dir() else path.parent, made.region, {}, ())
    if not made.region.name:
        folder = replace(folder, config=made.region.model_copy(update={"name": path.stem}))
    return build_region(folder, delivery.tables(), before=delivery.intake, words=words, progress=progress)


@dataclass
class _Delivery:
    """The delivered files while they are read, and what they make."""

    path: Path
    setting: Setting
    progress: Callable[[str], None]
    intake: Intake
    read: dict[tuple[Path, str | None, bool], RawTable] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    fates: dict[str, np.ndarray] = field(default_factory=dict)
    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def take(self, source: SourceMapping) -> None:
        """Read the files of a source."""
        for file in self._files(source):
            for sheet in source.sheet or (None,):
                raw = self._with_names(self._table(file, sheet, source), source)
                self._check_columns(raw, source)
                self._keep(raw, read_rows(source, raw, self.setting))

    def tables(self) -> dict[str, RawTable]:
        """Return the tables that all files make together."""
        for raw in self.read.values():
            self.intake.fates[raw.name] = self._counted(raw)
        return {name: self._merged(name, pd.concat(parts)) for name, parts in self.frames.items()}

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
        key = file, sheet, source.merged == "fill"
        if key not in self.read:
            self.progress(file.name)
            within = self.path if self.path.is_dir() else None
            raw = delivered_table(file, sheet=sheet, within=within, whole=source.protects(), fill_merged=key[2])
            self.read[key] = raw if sheet is None else replace(raw, name=f"{raw.name} ({sheet})")
            self.intake.notes += raw.notes
            if len(raw.ragged):
                self._set_ragged_aside(self.read[key])
        return self.read[key]

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

    def _check_columns(self, raw: RawTable, source: SourceMapping) -> None:
        found = raw.table.column_names
        unread = [
            c for c in found if c not in {*source.flags(), *source.not_secret}
        ]  # read as something else is unread
        if source.protects():
            check_no_secrecy(
                raw.name,
                [
                    f"column {c}" if is_plain_word(c.lower()) else "a column with another name"
                    for c in unread
                    if may_mean_secrecy(c)
                ],
                "map it to protected, or name it under not_secret in the mapping",
            )
        missing = sorted(source.columns() - set(found))
        if missing:
            raise InputError([f"{raw.name}: column {c} is missing; found {shown_columns(found)}" for c in missing])

    def _keep(self, raw: RawTable, made: Made) -> None:
        if raw.name not in self.files:
            self.files.append(raw.name)
        place = self.files.index(raw.name)
        held = self.fates.get(raw.name)
        self.fates[raw.name] = made.fates if held is None else np.maximum(held, made.fates)
        self.intake.notes += made.notes
        self.intake.named |= made.named
        for name, table in made.tables:
            self.frames.setdefault(name, []).append(table.assign(**{FILE: place}))

    def _counted(self, raw: RawTable) -> Fates:
        fates = self.fates[raw.name]
        equal, left_out = (int((fates == fate).sum()) for fate in (Fate.EQUAL, Fate.LEFT_OUT))
        return Fates(raw.rows_in(), raw.lines(np.flatnonzero(fates == Fate.USED)), equal, left_out)

    def _merged(self, name: str, frame: pd.DataFrame) -> RawTable:
        frame = frame.reset_index(drop=True)
        frame = self._one_a_node(name, frame) if "id" in frame.columns else self._one_a_link(name, frame)
        lines, codes = (frame.pop(c).to_numpy(dtype=np.int64) for c in (LINE, FILE))
        table = pa.table({str(c): _texts(frame[c]) for c in frame.columns})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        files = [self.files[c] for c in np.unique(codes)] or self.files[:1]
        called = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1:,} more"
        return RawTable(
            f"{called} ({name})",
            table,
            sink.getvalue().to_pybytes(),
            np.zeros(0, np.int64),
            (),
            is_text=False,
            origin_lines=lines,
            origin_files=(tuple(self.files), codes),
        )

    def _one_a_node(self, label: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row a node: of each property the first value that is there; what contradicts it is told."""
        if COLUMN in frame.columns:  # one row that protects is enough
            frame[COLUMN] = frame[COLUMN].mask(frame["id"].isin(frame.loc[is_flagged(frame[COLUMN]), "id"]), "true")
        if not frame["id"].duplicated().any():
            return frame
        properties = [c for c in frame.columns if c not in ("id", LINE, FILE)]
        groups = frame.groupby("id", sort=False)
        first = groups[properties].transform("first") if properties else frame[[]]
        for name in properties:
            other = frame[name].notna() & (frame[name] != first[name])
            if name != COLUMN and other.any():
                self._contradicts(label, name, frame, first[name], np.flatnonzero(other))
        return frame.assign(**{n: first[n] for n in properties})[~frame["id"].duplicated()]

    def _contradicts(self, label: str, name: str, frame: pd.DataFrame, first: pd.Series, rows: Rows) -> None:
        nodes = frame["id"].iloc[rows].nunique()
        row = int(rows[0])
        kept = int(np.flatnonzero((frame["id"] == frame["id"].iloc[row]) & (frame[name] == first.iloc[row]))[0])
        at = [f"{self.files[int(frame[FILE].iloc[r])]} line {frame[LINE].iloc[r]}" for r in (kept, row)]
        self.intake.notes.append(
            f"{label}: {nodes:,} {'node has' if nodes == 1 else 'nodes have'} more than one {name} (such as {at[0]}, "
            f"and another in {at[1]}): the first is kept"
        )

    def _one_a_link(self, kind: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return every link once: it is its ends and its properties."""
        again = frame.duplicated([c for c in frame.columns if c not in (LINE, FILE)]).to_numpy()
        if again.any():
            row = int(np.flatnonzero(again)[0])
            place = f"{self.files[int(frame[FILE].iloc[row])]} line {frame[LINE].iloc[row]}"
            count = int(again.sum())
            self.intake.notes.append(
                f"{kind}: {count:,} {'link is' if count == 1 else 'links are'} equal to an earlier one in ends and "
                f"properties (such as {place}): taken once"
            )
        return frame[~again]


def _texts(column: pd.Series) -> pa.Array:
    """Return a column as text, missing where it is; columns that are text already at once."""
    if column.dtype == "str":
        return pa.array(column, pa.string())
    return pa.array([None if pd.isna(v) else str(v) for v in column], pa.string())
