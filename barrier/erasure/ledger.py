"""Where the results of a store were written, and for which protected ids each of them, and the store, was cleaned.

Rule: no id is kept, and no hash of one: only one keyed hash over all of them, which says that nothing is new. What a
store was copied from keeps its own results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from barrier.errors import DamagedError, InputError
from barrier.files import private_folder
from barrier.history.snapshots import FOLDER, snapshot_folders
from barrier.keys import Purpose, keyed_hash
from barrier.store import is_server
from barrier.store.manifest import read_record, stamped, write_record
from barrier.store.own_folders import is_marked
from barrier.store.places import state_path

NAME = "protection.json"


@dataclass(frozen=True)
class Ledger:
    """What is known of the results of a store.

    Args:
        mark: For which protected ids the store was cleaned; empty where it never was.
        results: The same of each result folder, by its path.
        untold: How many places, persons and closed cases no scan or import has told yet.
        lost: What was known was damaged or gone once: there may be result folders that are not named here.
    """

    mark: str = ""
    results: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, int] = field(default_factory=dict)
    lost: bool = False

    def cleaned(self, mark: str, folders: Iterable[str]) -> Ledger:
        """Return the ledger after the store and some folders were cleaned."""
        return replace(self, mark=mark, results={**self.results, **dict.fromkeys(folders, mark)})


def read_ledger(store: str) -> Ledger:
    """Return what is known of the results of a store; or that it is lost, and what can be seen."""
    file = state_path(store, NAME)
    try:
        told = read_record(file)
        untold = {str(k): int(v) for k, v in told.get("untold", {}).items()}
        results = _own_results(store, {str(k): str(v) for k, v in told["results"].items()}, str(told.get("place", "")))
        found = Ledger(str(told["mark"]), results, untold, bool(told.get("lost", False)))
    except (DamagedError, ValueError, KeyError, TypeError, AttributeError):
        found = Ledger(lost=file.exists() or bool(snapshot_folders(state_path(store, FOLDER))))
    beside = Path(store).resolve().with_suffix("")
    if not is_server(store) and (beside / "scan.json").is_file() and str(beside) not in found.results:
        return replace(found, results={**found.results, str(beside): ""})
    return found


def write_ledger(store: str, ledger: Ledger) -> None:
    """Write what is known of the results of a store, where it is something new.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    file = state_path(store, NAME)
    place = _place_of(store)
    if file.exists() and ledger == read_ledger(store) and _place_told(file) == place:
        return
    private_folder(file.parent)
    told: dict[str, Any] = {"mark": ledger.mark, "results": dict(sorted(ledger.results.items()))}
    told |= {"untold": dict(ledger.untold)} if ledger.untold else {}
    told |= {"lost": True} if ledger.lost else {}
    told |= {"place": place} if place else {}
    write_record(file, stamped(told), durable=True)


def _own_results(store: str, results: Mapping[str, str], place: str) -> dict[str, str]:
    """Return the results of a store by where they are now, where the store was at another place when they were kept.

    Those that lay beside it are looked for beside it. The others are its own where it was moved; where a store is still
    at the other place, this one is a copy, and they are results of that one.
    """
    if not place or place == _place_of(store):
        return dict(results)
    is_copy = is_marked(Path(place))
    before, now = Path(place).parent, Path(_place_of(store)).parent
    found: dict[str, str] = {}
    for folder, mark in results.items():
        beside = now / Path(folder).relative_to(before) if Path(folder).is_relative_to(before) else None
        if beside is not None and beside.is_dir():
            found[str(beside)] = mark
        elif not is_copy:
            found[folder] = mark
    return found


def _place_of(store: str) -> str:
    return "" if is_server(store) else str(Path(store).resolve())


def _place_told(file: Path) -> str:
    try:
        return str(read_record(file).get("place", ""))
    except DamagedError:
        return ""


def mark_of(ids: Iterable[str]) -> str:
    """Return a keyed hash over all ids; empty where there is no key, and then all is looked at each time."""
    try:
        return keyed_hash("\n".join(sorted(ids)), Purpose.PROTECTED)
    except InputError:
        return ""
