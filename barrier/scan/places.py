"""Where what belongs to a store is kept: its cases and the log of its readings.

Rule: one place says it, so that what vanished from one is noticed by the other.
"""

from __future__ import annotations

from pathlib import Path

from barrier.casework.database import CaseDatabase
from barrier.chain import Anchor
from barrier.scan.log_marks import Marks, kept_in_record
from barrier.scan.readings import journal_anchors
from barrier.store import is_server
from barrier.store.own_folders import HISTORY, READINGS, is_marked
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
    """Return the lines of the journal of a store that the log of its readings knows."""
    return journal_anchors(audit_file(store), store if is_server(store) else "")


def log_marks(store: str, out: Path | None = None) -> Marks:
    """Return what knows lines of the log of a store: files beside it and in the store, results, snapshots.

    Args:
        store: The store.
        out: Results that are about to be replaced: the line they keep must be in the log.
    """
    log = audit_file(store)
    inside = [state_path(store, READINGS)] if is_server(store) or is_marked(Path(store)) else []
    always = kept_in_record(out / "scan.json", log.name) if out else []
    return Marks([log.with_name(f"{log.name}.head"), *inside], log.name, lambda: kept_readings(store), always)


def kept_readings(store: str) -> list[Anchor]:
    """Return the lines of the log that the results beside a store and its snapshots keep, each once."""
    files = sorted(state_path(store, HISTORY).glob("*/scan.json"))
    if not is_server(store):
        files.append(Path(store).with_name(Path(store).name.removesuffix(".barrier")) / "scan.json")
    found = (a for file in files for a in kept_in_record(file, audit_file(store).name))
    return list({a.hash: a for a in found}.values())
