"""Who read what: one line for every reading of a store, its history, cases or results (DESIGN 8, rule 8).

Rule: the log says who, when, why and how many rows; never the content, never the values of parameters.
"""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from barrier.errors import TryAgainError
from barrier.files import private_file
from barrier.store import is_server

Kind = Literal[
    "scan",
    "import",
    "query",
    "score",
    "networks",
    "advise",
    "case",
    "document",
    "history",
    "diff",
    "evaluate",
    "retention",
]


@dataclass(frozen=True)
class ReadEvent:
    """One reading of a store.

    Args:
        action: What was done.
        store: The store.
        subject: The query name, `-` or file name; the region of a scan.
        purpose: Why, where it was said.
        rows: How many rows came out.
        version_hash: Hash of what was run.
        view: Partner whose view was asked for; empty for everything.
        consent: Whether those concerned were said to consent, for the gates.
        investigation: Whether a criminal investigation was said to be open, for the gates.
        rules: Hash of the rules (gates, powers, norms) that applied.
    """

    action: Kind
    store: str
    subject: str
    purpose: str
    rows: int
    version_hash: str = ""
    view: str = ""
    consent: bool = False
    investigation: bool = False
    rules: str = ""


def actor() -> str:
    """Return the account that runs Barrier."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def audit_file(store: str) -> Path:
    """Return where readings of a store are recorded: beside an embedded store, else in the state folder of the user."""
    if is_server(store):
        return Path.home() / ".local" / "state" / "barrier" / "audit.jsonl"
    path = Path(store)
    return path.with_name(f"{path.name}.audit.jsonl")


def record(event: ReadEvent) -> None:
    """Append an event to the log of its store.

    Raises:
        TryAgainError: The log cannot be written; what is not recorded is not handed out.
    """
    file = audit_file(event.store)
    line = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "actor": actor(), **asdict(event)}
    try:
        with private_file(file).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
    except OSError as error:
        hint = "readings are recorded there; make the folder writable"
        raise TryAgainError(f"{file}: cannot be written: {error.strerror}", hint=hint) from error
