"""The journal of the cases: who did what, when and why, and which rows of which tables it changed.

Rule: it is only added to; what was said in a line can be erased, and then a line says so.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from barrier import chain
from barrier.casework import state
from barrier.chain import Checked, Head, Link, Part
from barrier.printable import parsed_json
from barrier.traces import Traces

SEALED = "sealed"  # step of a case about what is protected now: closed to every reader
SAID, ROWS = "said", "rows"
RESTORED, UPGRADE = "restore", "upgrade"


@dataclass(frozen=True)
class Entry:
    """A line of the journal.

    Args:
        actor: Who did it, by name.
        account: Account of the machine that did it.
        case: Id of the case, or empty.
        action: What was done.
        content: What was said; it can be erased later.
    """

    actor: str
    account: str
    case: str
    action: str
    content: Mapping[str, Any]


def head_of(connection: sqlite3.Connection) -> tuple[Head | None, str]:
    """Return the last line and its time."""
    row = connection.execute("SELECT number, header, hash FROM journal ORDER BY number DESC LIMIT 1").fetchone()
    if row is not None:
        return Head(row["number"], row["hash"]), str(parsed_json(row["header"])["at"])
    old = connection.execute("SELECT number, line, hash FROM journal_old ORDER BY number DESC LIMIT 1").fetchone()
    if old is None:
        return None, ""
    try:
        return Head(old["number"], old["hash"]), str(parsed_json(old["line"])["at"])
    except (ValueError, KeyError):
        return Head(old["number"], old["hash"]), ""


def append(
    connection: sqlite3.Connection,
    entry: Entry,
    told: list[state.Change],
    *,
    at: str,
    salt: str,
    more: Mapping[str, Any] | None = None,
) -> Link:
    """Add a line; return it.

    Args:
        connection: In the transaction of the change.
        entry: What was done.
        told: Rows it changed, hashed with ``salt``.
        at: The time.
        salt: Salt of these hashes.
        more: What else stays for ever.
    """
    last, last_at = head_of(connection)
    said = json.dumps(dict(entry.content), ensure_ascii=False, sort_keys=True)
    parts = {SAID: chain.new_part(said)} | ({ROWS: Part(salt, state.as_text(told))} if told else {})
    header = {"at": at, "actor": entry.actor, "account": entry.account, "case": entry.case, "action": entry.action}
    link = chain.next_link(last, {**header, **(more or {})}, parts, last_at=last_at)
    number = link.head.number
    connection.execute("INSERT INTO journal VALUES (?, ?, ?)", (number, link.header, link.hash))
    for name, part in link.parts.items():
        connection.execute("INSERT INTO journal_content VALUES (?, ?, ?, ?)", (number, name, part.salt, part.text))
    connection.execute("DELETE FROM journal_head")
    connection.execute("INSERT INTO journal_head VALUES (?, ?)", (number, link.hash))
    return link


def links(connection: sqlite3.Connection) -> Iterator[Link]:
    """Return the lines of the chain, in order."""
    parts: dict[int, dict[str, Part]] = {}
    for row in connection.execute("SELECT number, part, salt, text FROM journal_content"):
        parts.setdefault(row["number"], {})[row["part"]] = Part(row["salt"], row["text"])
    for row in connection.execute("SELECT number, header, hash FROM journal ORDER BY number"):
        yield Link(row["header"], row["hash"], parts.get(row["number"], {}))


def lines(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """Return the lines for people, in order: number, time, who, case, action and content (None: it was erased)."""
    for row in connection.execute("SELECT line FROM journal_old ORDER BY number"):
        if row["line"].startswith("{"):
            yield parsed_json(row["line"])
    for link in links(connection):
        told = link.told()
        shown = {k: told.get(k, "") for k in ("n", "at", "actor", "account", "case", "action")}
        yield {**shown, "content": parsed_json(link.parts[SAID].text) if SAID in link.parts else None}


def implied(connection: sqlite3.Connection) -> state.Rows:
    """Return what the tables hold according to the journal."""
    rows: state.Rows = {}
    for link in links(connection):
        if ROWS in link.parts:
            state.replay(rows, state.from_text(link.parts[ROWS].text), link.parts[ROWS].salt)
    return rows


def check(connection: sqlite3.Connection) -> Checked:
    """Return what the chain shows, lines of the old form included; nothing is compared with the tables."""
    all_links = list(links(connection))
    start, old = _check_old(connection, {str(e) for link in all_links for e in link.told().get("erased", ())})
    found = chain.check(all_links, start=start)
    found.problems[:0] = old
    _check_head(connection, found)
    orphans = "SELECT DISTINCT number FROM journal_content WHERE number NOT IN (SELECT number FROM journal)"
    found.problems += [
        f"line {row['number']}: there is content of it, and no line" for row in connection.execute(orphans)
    ]
    if start is not None:
        found.hashes.setdefault(start.number, start.hash)
        found.notes.append(f"the first {start.number} lines have the old form, without the state of the tables")
    return found


def _check_head(connection: sqlite3.Connection, found: Checked) -> None:
    row = connection.execute("SELECT number, hash FROM journal_head").fetchone()
    last = found.head
    if row is None:
        found.problems += ["the line that says where it ends is gone"] if last else []
    elif last is None or row["number"] > last.number:
        have = last.number if last else 0
        found.problems.append(f"line {have + 1}: missing, the journal was cut off (there were {row['number']} lines)")
    elif (row["number"], row["hash"]) != (last.number, last.hash):
        found.problems.append(f"line {last.number}: is not the line that was written last")


def _check_old(connection: sqlite3.Connection, erased: Collection[str]) -> tuple[Head | None, list[str]]:
    """Return where the lines of the old form end, and what is wrong with them."""
    problems, previous, expected = [], chain.START, 1
    for row in connection.execute("SELECT number, line, previous, hash FROM journal_old ORDER BY number"):
        if row["number"] != expected:
            problems.append(f"line {expected}: missing (the next one is {row['number']})")
        elif row["previous"] != previous:
            problems.append(f"line {row['number']}: does not follow the line before it")
        if not row["line"] and f"{row['number']}:old" not in erased:
            problems.append(f"line {row['number']}: its content is gone, and no line says that it was erased")
        elif row["line"] and old_hash(row["previous"], row["line"]) != row["hash"]:
            problems.append(f"line {row['number']}: was changed")
        previous, expected = row["hash"], row["number"] + 1
    return (Head(expected - 1, previous) if expected > 1 else None), problems


def old_hash(previous: str, line: str) -> str:
    """Return the hash of a line of the old form."""
    return hashlib.sha256(f"{previous}\n{line}".encode()).hexdigest()


def redact(
    connection: sqlite3.Connection, gone: Collection[str], told: Collection[state.Change]
) -> tuple[list[str], set[tuple[str, str]]]:
    """Erase from all lines what names one of some ids; return the parts that went and the rows to be told anew.

    Args:
        connection: In the transaction of the erasure.
        gone: Ids; also as part of a longer id or within a sentence.
        told: Rows that the erasure itself changed: what earlier lines told of them goes as well.
    """
    names, changed = Traces(gone), {(c.table, c.key) for c in told}
    sealed, erased = _sealed(connection), list[str]()
    again: set[tuple[str, str]] = set()
    for row in connection.execute("SELECT number, part, text FROM journal_content ORDER BY number").fetchall():
        touched = {(c.table, c.key) for c in state.from_text(row["text"])} if row["part"] == ROWS else set()
        if (
            row["number"] in sealed
            or touched & changed
            or any(names.within(t) for t in (row["text"], *(key for _, key in touched)))
        ):
            erased.append(f"{row['number']}:{row['part']}")
            again |= touched
            connection.execute(
                "DELETE FROM journal_content WHERE number = ? AND part = ?", (row["number"], row["part"])
            )
    for row in connection.execute("SELECT number, line FROM journal_old").fetchall():
        if row["number"] in sealed or names.within(row["line"]):
            erased.append(f"{row['number']}:old")
            connection.execute("UPDATE journal_old SET line = '' WHERE number = ?", (row["number"],))
    return erased, again


def _sealed(connection: sqlite3.Connection) -> set[int]:
    """Return the lines about sealed cases: whatever was said in them goes, also what names nothing."""
    cases = {r["case_id"] for r in connection.execute("SELECT case_id FROM dossier WHERE step = ?", (SEALED,))}
    lines = [(r["number"], r["header"]) for r in connection.execute("SELECT number, header FROM journal")]
    old = connection.execute("SELECT number, line FROM journal_old WHERE line LIKE '{%'")
    lines += [(r["number"], r["line"]) for r in old]
    return {number for number, text in lines if cases and parsed_json(text).get("case") in cases}
