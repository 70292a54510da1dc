"""The region folder: its settings and which file holds which table.

Rule: one file a label or relationship type, inside the folder; anything else is named in the notes, never read.
"""

from __future__ import annotations

import os
from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from pydantic import field_validator

from barrier.errors import InputError
from barrier.files import is_regular
from barrier.ingest.secrecy import SHIPPED, Secrecy, check_names
from barrier.ingest.workbook import SPREADSHEETS
from barrier.model.schema import schema
from barrier.model.yamlfile import Strict, is_plain, load_yaml
from barrier.printable import one_line

ENDINGS = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", *SPREADSHEETS)
_OTHER_DATA = (".tsv", ".txt", ".json", ".xml", ".dat", ".zip", ".gz", ".7z", ".mdb", ".accdb", ".db", ".sqlite")
_DATA = (*ENDINGS, *_OTHER_DATA)
MOST_ENTRIES = 10_000
_OTHER_FILES = {"rejected.csv"}


class RegionConfig(Strict):
    """The content of `region.yaml`; all of it may be absent."""

    name: str = ""
    purpose: str = ""
    legal_basis: str = ""
    extract_date: date | None = None
    at: date | None = None
    model: str = "five-barriers"
    municipalities: tuple[str, ...] | dict[str, str] = ()

    @field_validator("model")
    @classmethod
    def _shipped(cls, name: str) -> str:
        if not is_plain(name) or name.endswith((".yaml", ".yml")):
            raise ValueError("expected the id of a shipped barrier model; a file is named with --model")
        return name

    def towns(self) -> dict[str, str]:
        """Return the name by code of the municipalities whose names are given."""
        return self.municipalities if isinstance(self.municipalities, dict) else {}


@dataclass(frozen=True)
class RegionFolder:
    """Where the tables of a region are.

    Args:
        path: The folder.
        config: Its settings.
        files: Path by label or relationship type; what is absent is an empty table.
        notes: What stands in the folder and is not read.
    """

    path: Path
    config: RegionConfig
    files: dict[str, Path]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the region, or of its folder."""
        return one_line(self.config.name or self.path.resolve().name)


def region_config(path: Path) -> RegionConfig:
    """Return the settings that a region folder brings; the defaults where it brings none.

    Raises:
        InputError: `region.yaml` is wrong, or no plain file.
    """
    file = path / "region.yaml"
    return load_yaml(file, RegionConfig, within=path) if os.path.lexists(file) else RegionConfig()


def open_folder(path: Path, secrecy: Secrecy = SHIPPED) -> RegionFolder:
    """Look at a region folder without reading its tables.

    Args:
        path: The folder.
        secrecy: What the office says of names that sound like secrecy.

    Raises:
        InputError: It is no folder, holds no table, a table stands there twice, a file is a link
            that leads out of the folder, `region.yaml` is wrong, or what is not read may be about what is secret.
    """
    if not path.is_dir():
        raise InputError(
            [f"{path}: no such region folder"], hint="name the folder that holds Person.csv, Address.csv, …"
        )
    config = region_config(path)
    known = [*schema().labels, *schema().relationships]
    by_form = {k.lower(): k for k in known}
    files: dict[str, Path] = {}
    problems: list[str] = []
    found, notes = _tables(path, known)
    for file in found:
        written = file.name.split(".")[0]
        stem = by_form.get(written.lower(), written)
        if stem in known and written != stem:
            notes.append(f"{file.name}: is read as {stem}")
        if stem not in known:
            notes += _stranger(file, stem, known)
        elif stem in files:
            problems.append(f"{file.name}: the table {stem} stands there twice, also as {files[stem].name}")
        elif not is_regular(file):
            problems.append(f"{file.name}: a link, or no plain file; nothing in a region folder may lead out of it")
        else:
            files[stem] = file
    if problems:
        raise InputError(problems, hint="keep one file a table, inside the folder")
    check_unread(path, set(files.values()), secrecy)
    if not files:
        raise InputError(
            [f"{path}: holds no table of the model"],
            hint=f"expected files such as Person.csv; known: {', '.join(known)}",
        )
    return RegionFolder(path, config, files, tuple(map(one_line, notes)))


def check_unread(path: Path, read: Set[Path], secrecy: Secrecy) -> None:
    """Refuse a folder with files or folders that are not read and whose names say that they are about what is secret.

    Args:
        path: The folder.
        read: What is read of it.
        secrecy: What the office says of names.

    Raises:
        InputError: There are any.
    """
    left = (e for e in sorted(path.iterdir()) if e not in read and not e.name.startswith("."))
    data = (e for e in left if e.name.lower().endswith(_DATA) or e.is_dir())
    check_names(((e.name.split(".")[0], one_line(e.name)) for e in data), secrecy)


def _tables(path: Path, known: list[str]) -> tuple[list[Path], list[str]]:
    """Return the entries of a region folder that end like a table, by name, and what to tell of others named like one.

    Raises:
        InputError: It holds far more entries than a region can have.
    """
    found, others = [], []
    for number, entry in enumerate(path.iterdir()):
        if number >= MOST_ENTRIES:
            hint = "name the folder that holds Person.csv, Address.csv, …"
            raise InputError([f"{path}: holds more than {MOST_ENTRIES:,} entries; no region folder"], hint=hint)
        if entry.name.lower().endswith(ENDINGS):
            found.append(entry)
        elif entry.name.split(".")[0].lower() in {k.lower() for k in known}:
            others.append(
                f"{entry.name}: named as a table and not read; expected {', '.join(ENDINGS[:4])} or a spreadsheet"
            )
    return sorted(found), sorted(others)


def _stranger(file: Path, stem: str, known: list[str]) -> list[str]:
    if file.name in _OTHER_FILES:
        return []
    near = get_close_matches(stem, known, n=1)
    meant = f"; did you mean {near[0]}{file.name[len(stem) :]}?" if near else ""
    return [f"{file.name}: not a table of the model, not read{meant}"]
