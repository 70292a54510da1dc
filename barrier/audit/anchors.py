"""Lines of a chain that were kept elsewhere: in results, documents, logs, or typed over from paper.

Rule: a file is only read; whatever in it looks like such a line is held against the chain, nothing else is looked at.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from barrier.audit.places import known_lines
from barrier.chain import Anchor, anchor_of, anchors_in
from barrier.errors import InputError
from barrier.files import read_regular
from barrier.printable import parsed_json
from barrier.store import is_server

LARGEST_BYTES = 200_000_000
Kept = Literal["journal", "readings"]


def named_anchors(names: Sequence[str], kind: Kept) -> list[Anchor]:
    """Return the lines in files, result folders or texts that somebody named.

    Args:
        names: Each a document, a scan.json, a result folder, or the line itself (``12:ab34…``).
        kind: Which chain.

    Raises:
        InputError: It cannot be read, or holds no such line.
    """
    found: list[Anchor] = []
    for name in names:
        path = Path(name)
        if not path.exists():
            found.append(anchor_of(name))
            continue
        here = _in_file(path / "scan.json" if path.is_dir() else path, kind)
        if not here:
            hint = "documents, agendas and scan.json hold it since the journal has this form"
            raise InputError([f"{name}: holds no line of the {kind}"], hint=hint)
        found += here
    return found


def anchors_beside(store: str, kind: Kept) -> list[Anchor]:
    """Return the lines known without being named: to the log of readings, and to the results beside the store.

    A view of a partner has a log of its own, and knows lines of no other.
    """
    found = known_lines(store) if kind == "journal" else []
    place = Path(os.path.realpath(store))
    results = place.parent / place.name.removesuffix(".barrier") / "scan.json"
    if not is_server(store) and results.is_file() and _is_view(results) == (results.parent == place):
        found += _in_file(results, kind)
    return found


def _is_view(file: Path) -> bool:
    try:
        return bool(parsed_json(read_regular(file, limit=LARGEST_BYTES)).get("view"))
    except (OSError, ValueError, AttributeError, InputError):
        return False


def _in_file(file: Path, kind: Kept) -> list[Anchor]:
    try:
        content = read_regular(file, limit=LARGEST_BYTES)
    except OSError as error:
        raise InputError([f"{file}: cannot be read: {error.strerror}"]) from error
    place = f"{file.parent.name}/{file.name}"
    if file.suffix == ".json":
        return list(anchors_in(_said(content, kind), place))
    if file.suffix == ".jsonl":
        texts = (_said(line, kind) for line in content.splitlines())
        return [a for t in texts for a in anchors_in(t, place)]
    if file.suffix == ".docx":
        with zipfile.ZipFile(file) as packed:
            pages = [n for n in packed.namelist() if n.startswith("word/") and n.endswith(".xml")]
            content = b" ".join(packed.read(n) for n in pages)
    return list(anchors_in(content.decode(errors="replace"), place))


def _said(content: bytes, kind: Kept) -> str:
    try:
        told = parsed_json(content)
    except ValueError:
        return ""
    return str(told.get(kind, "")) if isinstance(told, dict) else ""
