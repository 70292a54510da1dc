"""Who read what: one line for every reading of a store, its history, cases or results (DESIGN 8, rule 8).

Rule: the log says who, when, why and how many rows; never the content or values of parameters, ids of subjects only as
keyed hashes: who has the id and the key can ask who looked at it.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from barrier.audit.anchors import anchors_beside
from barrier.audit.checks import check_log
from barrier.audit.log import (
    PURPOSE,
    REDACT,
    RESTORED,
    accept_loss,
    append,
    missing_lines,
    read_log,
    redact,
)
from barrier.audit.marks import Mark, named
from barrier.audit.places import audit_file, cases_file
from barrier.casework.database import CaseDatabase
from barrier.chain import Anchor, Checked, Head
from barrier.errors import BarrierError, InputError
from barrier.keys import Purpose, digest, open_key
from barrier.printable import parsed_json
from barrier.store import is_server
from barrier.store.own_folders import READINGS, is_marked

_NAMED = re.compile(r"-|[A-Za-z0-9_-]{1,60}")  # a shipped query, or -; a file name with an ending is none
_FOLDER = re.compile(r"[\w.-]{1,100}")
_CASE = re.compile(r"case-\d{4}-\d{4,}")
MOST_NAMED = 5000  # hashes in a line: it is read whole each time the next one is written
_WORDS = frozenset(
    {
        "accept",
        "address",
        "ageing",
        "agenda",
        "assign",
        "close",
        "clusters",
        "displacement",
        "document",
        "erase",
        "evaluate",
        "export",
        "extend",
        "feedback",
        "file",
        "intervene",
        "journal",
        "list",
        "occupancy",
        "open",
        "outcome",
        "regional-scan",
        "reject",
        "restored",
        "run",
        "show",
        "sign",
        "structures",
        "unusual",
        "verify",
        "weigh",
    }
)  # of Barrier's own commands

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
    "audit",
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
        named: What else was asked for by name: parameters, rows of a file, the id of a case; only hashes are kept.
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
    named: tuple[str, ...] = ()


def actor() -> str:
    """Return the account that runs Barrier."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def record(event: ReadEvent) -> Head:
    """Append an event to the log of its store; return the line, to be kept elsewhere as an anchor.

    Raises:
        TryAgainError: The log cannot be written; what is not recorded is not handed out.
    """
    subject, asked = without_ids(event.action, event.subject)
    told = {k: v for k, v in asdict(event).items() if k not in ("purpose", "subject", "named")}
    header = {**_who(), **told, "subject": subject, "journal": _journal(event.store), **_asked(event.named, asked)}
    return append(audit_file(event.store), header, event.purpose, _mark(event.store))


def _mark(store: str) -> Mark:
    """Return what knows the log of a store: a file in the store, the results beside it. A view keeps no such file."""
    log = audit_file(store)
    inside = Path(store) / READINGS if is_marked(Path(store)) else None
    return Mark(log.with_name(f"{log.name}.head") if is_server(store) else inside, lambda: _known(store))


def _known(store: str) -> list[Anchor]:
    try:
        return anchors_beside(store, "readings")
    except BarrierError:  # damaged results: who reads them is told
        return []


def checked_log(store: str, anchors: Collection[Anchor] = ()) -> Checked:
    """Return what the log of a store shows, also against its mark and lines kept elsewhere; nothing is written."""
    mark = _mark(store)
    kept = mark.lines()  # before the log is read: another process may add to it meanwhile
    log = read_log(audit_file(store))
    found = check_log(log, [*anchors, *kept])
    if mark.file is not None and not kept:
        found.notes.append(f"{mark.file.name}, which keeps where the log ends, is not there; the next reading makes it")
    if not (log.links or log.old or kept or is_server(store)) and is_marked(Path(store)):
        found.problems.append(
            "there is a store, and no line that it was read in: the log was removed, or not copied along"
        )
    return found


def lost_readings(store: str) -> list[str]:
    """Return in words which lines the log of a store lost, with what to do; next to nothing is read where none are."""
    log = audit_file(store)
    try:
        lost = missing_lines(log, _mark(store))
    except BarrierError:  # what cannot be read, cannot be added to: the reading says so itself
        return []
    return [
        f"{log}: {named(line)} of the log of readings is gone: cut off, removed, or the store was copied without it. "
        f"Bring the log back; where that cannot be: barrier audit restored --store {store} --by NAME --reason TEXT"
        for line in lost[-1:]
    ]


def accept_lost_readings(store: str, by: str, reason: str, anchors: Collection[Anchor] = ()) -> list[Anchor]:
    """Go on with a log in which lines are missing, and keep in it who said so and why; return which are.

    Raises:
        InputError: No line that is known elsewhere is missing.
    """
    header = {**_who(), "action": RESTORED, "store": store, "subject": "", "by": by, "journal": _journal(store)}
    lost = accept_loss(audit_file(store), header, reason, _mark(store), anchors)
    if not lost:
        raise InputError([f"{audit_file(store)}: no line that is known elsewhere is missing"])
    return lost


def _asked(named: Collection[str], asked: Collection[str]) -> dict[str, Any]:
    """Return by which hashes a line can be found; of more names than that, only how many they were."""
    different = set(named) - {""}
    if len(different) > MOST_NAMED:
        return {"unnamed": len(different)} | ({"asked": list(asked)} if asked else {})
    hashes = sorted({*asked, *_hashed(different)})
    return {"asked": hashes} if hashes else {}


def without_ids(action: str, subject: str) -> tuple[str, list[str]]:
    """Return what was asked without ids of subjects, and keyed hashes of these.

    Names of shipped queries, region folders and cases stay; of the rest only the words of Barrier's own commands.
    """
    plain = {"query": _NAMED, "scan": _FOLDER, "import": _FOLDER}.get(action)
    if plain and plain.fullmatch(subject):
        return subject, []
    words = subject.split(" ")
    count = next((n for n, w in enumerate(words) if not (w in _WORDS or _CASE.fullmatch(w))), len(words))
    rest = words[count:]
    return " ".join(words[:count]), _hashed({" ".join(rest), *rest} - {""})


def _hashed(names: Collection[str]) -> list[str]:
    key = open_key() if names else None
    return sorted(key.hash(one, Purpose.AUDIT) for one in names) if key else []


def readings_about(store: str, one: str) -> list[dict[str, Any]]:
    """Return the readings of a store in which an id was asked for, for who has the id and the key."""
    key = open_key()
    hashes = {digest(one, g.subkey(Purpose.AUDIT)) for g in key.generations}
    return [
        line for line in readings(store) if hashes & set(line.get("asked", ())) or one in line["subject"].split(" ")
    ]


def readings(store: str) -> list[dict[str, Any]]:
    """Return the readings of a store, the oldest first; ``purpose`` is None where it was erased."""
    log = read_log(audit_file(store))
    lines = []
    for raw in log.old.decode(errors="replace").splitlines():
        with suppress(ValueError, TypeError):
            lines.append({"n": 0, "subject": "", **parsed_json(raw)})
    for link in log.links:
        part = link.parts.get(PURPOSE)
        lines.append({"subject": "", **link.told(), PURPOSE: part.text if part else None})
    return [x for x in lines if not is_server(store) or x.get("store", store) == store]


def erase_readings(store: str, ids: Collection[str]) -> int:
    """Erase purposes that name one of some ids from the log of a store; return how many lines."""
    header = {**_who(), "action": REDACT, "store": store, "subject": "", "journal": _journal(store)}
    return redact(audit_file(store), ids, header, _mark(store))


def _who() -> dict[str, str]:
    return {"when": datetime.now(UTC).isoformat(timespec="seconds"), "actor": actor()}


def _journal(store: str) -> str:
    """Return the last line of the journal of the cases, so that it cannot be written anew unseen."""
    try:
        head = CaseDatabase(cases_file(store)).head()
    except BarrierError:  # a reading of the cases says so itself
        return "unreadable"
    return str(head) if head else ""
