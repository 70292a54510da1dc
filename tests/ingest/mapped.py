"""Helpers for tests of mappings: files read through a mapping, and what came of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from barrier.ingest.count import count_lines
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region

RESIDENCES = """
  - file: brp.csv
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [anr]}}
      a: {label: Address, id: {prefix: a-, columns: [adres]}}
    links:
      - {type: REGISTERED_AT, source: p, target: a, properties: {from: {column: van}, until: {column: tot}}}
"""


def mapped(folder: Path, files: Mapping[str, str], sources: str) -> Region:
    """Read some files through a mapping."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    mapping = folder / "map.yaml"
    mapping.write_text(
        f"format: 1\nabout: x\nregion: {{name: T, purpose: test}}\nsources:\n{sources}", encoding="utf-8"
    )
    return read_mapped(folder, mapping, key_file=folder / "key")


def rows(read: Region, name: str, *columns: str) -> list[tuple[object, ...]]:
    """Return some columns of a table that was made."""
    table = read.tables.links[name].table if name in read.tables.links else read.tables.nodes[name]
    return list(zip(*(table.column(c).to_pylist() for c in columns), strict=True))


def counted(read: Region) -> list[str]:
    """Return what became of the rows of each file that are not all used."""
    return count_lines(read.row_counts)


def rejected(read: Region) -> list[tuple[object, ...]]:
    """Return file, line, column and reason of what was set aside."""
    return [tuple(r) for r in read.rejected[["file", "line", "column", "reason"]].to_numpy().tolist()]
