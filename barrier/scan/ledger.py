"""Where the results of a store were written, and for which protected ids each of them, and the store, was cleaned.

Rule: no id is kept, and no hash of one: only one keyed hash over all of them, which says that nothing is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from barrier.errors import InputError
from barrier.files import private_folder, write_private
from barrier.keys import Purpose, keyed_hash
from barrier.store import is_server
from barrier.store.places import state_path

NAME = "protection.json"


@dataclass(frozen=True)
class Ledger:
    """What is known of the results of a store.

    Args:
        mark: For which protected ids the store was cleaned; empty where it never was.
        results: The same of each result folder, by its path.
        untold: How many places and persons became protected that no scan or import has told yet.
    """

    mark: str = ""
    results: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, int] = field(default_factory=dict)

    def cleaned(self, mark: str, folders: Iterable[str]) -> Ledger:
        """Return the ledger after the store and some folders were cleaned."""
        return replace(self, mark=mark, results={**self.results, **dict.fromkeys(folders, mark)})


def read_ledger(store: str) -> Ledger:
    """Return what is known of the results of a store; one that was made before there was a ledger has its default."""
    try:
        told = json.loads(state_path(store, NAME).read_text(encoding="utf-8"))
        untold = {str(k): int(v) for k, v in told.get("untold", {}).items()}
        found = Ledger(str(told["mark"]), {str(k): str(v) for k, v in told["results"].items()}, untold)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = Ledger()
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
    if ledger == read_ledger(store) and file.exists():
        return
    private_folder(file.parent)
    told: dict[str, Any] = {"mark": ledger.mark, "results": dict(sorted(ledger.results.items()))}
    told |= {"untold": dict(ledger.untold)} if ledger.untold else {}
    write_private(file, json.dumps(told, ensure_ascii=False), durable=True)


def mark_of(ids: Iterable[str]) -> str:
    """Return a keyed hash over all ids; empty where there is no key, and then all is looked at each time."""
    try:
        return keyed_hash("\n".join(sorted(ids)), Purpose.PROTECTED)
    except InputError:
        return ""
