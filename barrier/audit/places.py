"""Where what belongs to a store is kept: its cases and the log of its readings.

Rule: one place says it, so that what vanished from one is noticed by the other.
"""

from __future__ import annotations

from pathlib import Path

from barrier import chain
from barrier.audit.log import read_log
from barrier.casework.database import CaseDatabase
from barrier.chain import Anchor
from barrier.store import is_server
from barrier.store.places import place_beside, state_path


def cases_file(store: str) -> Path:
    """Return the file: in the folder of an embedded store, else in the state folder of the user."""
    return state_path(store, "cases.sqlite")


def audit_file(store: str) -> Path:
    """Return where readings of a store are recorded: beside an embedded store, else in the state folder of the user."""
    if is_server(store):
        return Path.home() / ".local" / "state" / "barrier" / "audit.jsonl"
    return place_beside(store, ".audit.jsonl")


def cases_of(store: str, file: Path | None = None) -> CaseDatabase:
    """Return the cases of a store, or those in another file; the log of readings tells when they vanished."""
    if file is not None:
        return CaseDatabase(file)
    return CaseDatabase(cases_file(store), known=lambda: known_lines(store))


def known_lines(store: str) -> list[Anchor]:
    """Return the lines of the journal of a store that the log of its readings knows, in order."""
    file, found = audit_file(store), dict[str, Anchor]()
    for link in read_log(file).links:
        told = link.told()
        if told.get("journal") and (not is_server(store) or told.get("store") == store):  # servers share a log
            for anchor in chain.anchors_in(str(told["journal"]), f"{file.name} line {told['n']}"):
                found.setdefault(anchor.hash, anchor)
    return list(found.values())
