"""What is installed, whether the shipped data is whole, which store answers.

Rule: every line says what was found, good or not.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from barrier.audit.events import lost_readings
from barrier.audit.places import audit_file
from barrier.detect.library import load_detectors, load_explore
from barrier.errors import BarrierError
from barrier.files import too_open
from barrier.keys import default_key_file, key_problem, read_key, rotation_file
from barrier.model.barriers import load_model, model_names
from barrier.model.norms import shipped_norms
from barrier.model.schema import schema
from barrier.printable import counted
from barrier.store import Store, is_server
from barrier.store.own_folders import MARK
from barrier.store.places import place_beside
from barrier.store.same_key import key_change
from barrier.version import VERSION

_LIBRARIES = ("kglite", "neo4j", "pandas", "pyarrow", "numpy", "pydantic", "click", "jinja2", "python-calamine")
_OLDEST = (3, 11)
_FREE_GB = 2.0


@dataclass(frozen=True)
class CheckedItem:
    """One thing that was looked at."""

    what: str
    found: str
    good: bool


def check_up(store: Store | None) -> list[CheckedItem]:
    """Look at the installation, the shipped data, the disk, and a store where one is given."""
    items = [
        CheckedItem("barrier", VERSION, True),
        CheckedItem("python", platform.python_version(), sys.version_info[:2] >= _OLDEST),
        *(_library(name) for name in _LIBRARIES),
        _shipped("schema", lambda: f"{len(schema().labels)} labels, {len(schema().relationships)} relationships"),
        _shipped("norms", lambda: f"{len(shipped_norms().norms)} norms"),
        _shipped("barrier models", lambda: ", ".join(load_model(m).id for m in model_names())),
        _shipped("detectors", lambda: f"{len(load_detectors())} detectors, {len(load_explore())} explore queries"),
        _disk(),
        _key(default_key_file()),
    ]
    if store is None:
        return items
    place = store.name
    lost = [CheckedItem("log of readings", problem, False) for problem in lost_readings(place)]
    return [*items, _store(store), *_server(store), *_modes(place), *_nested(place), *_other_key(place), *lost]


def _other_key(store: str) -> list[CheckedItem]:
    problem = key_change(store)
    advice = "put it back from the backup: docs/guide/backup.md"
    return [] if problem is None else [CheckedItem("key of the store", f"{problem}; {advice}", False)]


def _library(name: str) -> CheckedItem:
    try:
        return CheckedItem(name, version(name), True)
    except PackageNotFoundError:
        return CheckedItem(name, "not installed; install Barrier again with its dependencies", False)


def _shipped(what: str, load: Callable[[], str]) -> CheckedItem:
    try:
        return CheckedItem(what, load(), True)
    except BarrierError as error:
        return CheckedItem(what, str(error), False)


def _disk() -> CheckedItem:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return CheckedItem("free disk here", f"{free:.1f} GB", free >= _FREE_GB)


def _key(file: Path) -> CheckedItem:
    """Say where the key is, whose, how old, and which; never what is in it."""
    if not os.path.lexists(file):
        return CheckedItem("key", f"{file}: none yet; made when the first contact is hashed", True)
    try:
        problem = key_problem(file)
        if problem is not None:
            return CheckedItem("key", f"{file}: {problem[0]}; {problem[1]}", False)
        key = read_key(file)
    except (BarrierError, OSError) as error:
        return CheckedItem("key", str(error), False)
    if rotation_file(file).exists():
        return CheckedItem("key", f"{file}: a rotation was not finished; run: barrier key rotate", False)
    since = key.generations[-1].since or date.fromtimestamp(file.stat().st_mtime)
    told = f"mode 0600, of account {file.stat().st_uid}, {len(key.generations)} secrets, newest of {since}"
    return CheckedItem("key", f"{file}: {told}, fingerprint {key.fingerprint()}; is it in the backup?", True)


def _modes(where: str) -> list[CheckedItem]:
    """Say what of a store others can read; what belongs to this account was tightened when it was opened."""
    if is_server(where):
        return []
    beside = [audit_file(where), *(place_beside(where, end) for end in (".lock", ".rejected.csv"))]
    found = [p for place in (Path(where), *beside) for p in too_open(place)]
    if not found:
        return [CheckedItem("file modes", "only this account can read the store", True)]
    advice = " ".join(shlex.quote(str(p)) for p in (Path(where), *beside) if too_open(p))
    return [
        CheckedItem(
            "file modes", f"others can reach {counted(len(found), 'file')}; run: chmod -R go-rwx {advice}", False
        )
    ]


def _nested(where: str) -> list[CheckedItem]:
    """Name a store inside a store: a backup was copied over one that still stood, and nothing of it is used."""
    if is_server(where):
        return []
    found = sorted({p.parent for name in (MARK, "current.json", "cases.sqlite") for p in Path(where).glob(f"*/{name}")})
    advice = f"a store inside a store, which is not used; was a backup copied over {where}? See docs/guide/backup.md"
    return [CheckedItem("store in a store", f"{p}: {advice}", False) for p in found]


def _server(store: Store) -> list[CheckedItem]:
    """Say what a server leaves open to other tools; nothing of one that does not answer."""
    if not is_server(store.name):
        return []
    from barrier.store.neo4j import Neo4jStore  # here, because who has no server need not wait for the driver

    try:
        store.snapshot()
    except BarrierError:
        return []
    return [CheckedItem(**vars(s)) for s in store.safety()] if isinstance(store, Neo4jStore) else []


def _store(store: Store) -> CheckedItem:
    try:
        snapshot = store.snapshot()
    except BarrierError as error:
        return CheckedItem(store.name, str(error), False)
    if snapshot is None:
        if not is_server(store.name) and not Path(store.name).exists():
            return CheckedItem(store.name, "no such folder: is the name right? Else scan into it first", False)
        return CheckedItem(store.name, "answers; nothing was imported yet", True)
    return CheckedItem(store.name, f"answers; {counted(sum(snapshot.counts.values()), 'row')}", True)
