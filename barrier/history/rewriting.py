"""Changing a snapshot that is there: for erasing from it.

Rule: the snapshot is as before or as it shall be, also after a kill; what was before is not left beside it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import DamagedError
from barrier.files import force_to_disk, private_folder, tighten_all
from barrier.history.snapshots import KIND, owner_of, write_table
from barrier.store.manifest import MANIFEST, manifest_of, seal
from barrier.store.own_folders import SNAPSHOT, remove_own

RECORD = "scan.json"


def rewrite_snapshot(
    place: Path, tables: Mapping[str, pd.DataFrame], *, record: Mapping[str, Any] | None = None
) -> None:
    """Write some tables of a snapshot anew.

    Args:
        place: The folder of the snapshot.
        tables: Its new tables by name; the others stay.
        record: Its new content of scan.json; default as it is.

    Raises:
        OSError: The disk is full or cannot be written; the snapshot is as before.
    """
    history = place.parent
    part = history / f".{place.name}.part"
    remove_own(part, SNAPSHOT)
    private_folder(part)
    try:
        for file in (f for f in place.iterdir() if f.is_file() and f.name != MANIFEST):
            if file.stem not in tables:
                shutil.copy2(file, part / file.name)  # the time of scan.json says which scan of a day was the last
        for name, frame in tables.items():
            write_table(part / f"{name}.parquet", frame)
        if record is not None:
            (part / RECORD).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
            shutil.copystat(place / RECORD, part / RECORD)
        tighten_all(part)
        seal(part, kind=KIND, name=place.name, store=owner_of(history), durable=True)
    except OSError:
        remove_own(part, SNAPSHOT)
        raise
    place.rename(history / f".{place.name}.old")
    _finish(history, place.name)


def finish_rewriting(history: Path) -> None:
    """Bring to an end what was killed while a snapshot was written anew.

    Raises:
        OSError: The disk cannot be written.
    """
    for old in sorted(history.glob(".*.old")) if history.is_dir() else ():
        _finish(history, old.name[1:].removesuffix(".old"))


def _finish(history: Path, name: str) -> None:
    place, part, old = history / name, history / f".{name}.part", history / f".{name}.old"
    if not place.exists():
        (part if _is_whole(part, name) else old).rename(place)
    force_to_disk(history)
    remove_own(old, SNAPSHOT)


def _is_whole(part: Path, name: str) -> bool:
    try:
        manifest_of(part, kind=KIND, name=name).check()
    except DamagedError:
        return False
    return True
