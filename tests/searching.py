"""Searching every byte under some folders, in what is packed or laid out in columns too."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import kglite
import pyarrow as pa
import pyarrow.parquet as pq

from barrier.model.schema import schema


def everything(*folders: Path) -> Iterator[tuple[Path, str]]:
    """Yield what each file says: its bytes, and where it is packed, what is packed in it."""
    for file in (f for folder in folders for f in sorted(folder.rglob("*")) if f.is_file()):
        yield file, str(file)
        content = file.read_bytes()
        yield file, content.decode("latin-1")
        yield from ((file, text) for text in _unpacked(file, content))


def _unpacked(file: Path, content: bytes) -> Iterator[str]:
    if content.startswith(b"PAR1"):
        yield str(pq.read_table(io.BytesIO(content)).to_pydict())
    elif content.startswith(b"ARROW1"):
        yield str(pa.ipc.open_file(io.BytesIO(content)).read_all().to_pydict())
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content).decode("latin-1")
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name).decode("latin-1") for name in packed.namelist())
    elif file.suffix == ".kgl":
        graph = kglite.load(str(file))
        yield from (str(list(graph.freeze().cypher(f"MATCH (n:{x}) RETURN n.id AS i"))) for x in schema().labels)


def holding(words: Iterable[str], *folders: Path) -> list[tuple[str, str]]:
    """Return which files hold which words, in whatever case."""
    wanted = [w.casefold() for w in words]
    found = set()
    for file, text in everything(*folders):
        folded = text.casefold()
        found |= {(file.name, w) for w in wanted if w in folded}
    return sorted(found)
