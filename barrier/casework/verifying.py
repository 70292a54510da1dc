"""Looking for what was changed behind Barrier's back: in the journal, in the tables, and against lines kept elsewhere.

Rule: differences are named by case, table and column, never by value.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from barrier.casework import journal, state
from barrier.casework.migrating import expected_schema, schema
from barrier.chain import Anchor, Checked, Head
from barrier.errors import InputError
from barrier.files import read_regular
from barrier.printable import parsed_json

MOST_NAMED = 50
KEY_BYTES = (16, 4096)


def verify(connection: sqlite3.Connection, anchors: Iterable[Anchor]) -> Checked:
    """Return what is wrong, and what is worth saying, with a database of cases.

    Args:
        connection: Of the database.
        anchors: Lines that were kept elsewhere and must be here.
    """
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    connection.execute("BEGIN")  # one state of the file, whoever changes it meanwhile
    broken = [str(r[0]) for r in connection.execute("PRAGMA quick_check(3)") if r[0] != "ok"]
    found = journal.check(connection)
    found.problems += [f"the file is damaged: {b}" for b in broken]
    found.problems += _unlike(connection)
    found.problems += _schema(connection)
    found.problems += _state(connection)
    _hold(connection, anchors, found)
    connection.execute("ROLLBACK")
    return found


def _unlike(connection: sqlite3.Connection) -> list[str]:
    """Return lines that found the tables different from the journal when they were written."""
    told = [link.told() for link in journal.links(connection)]
    return [
        f"line {t.get('n')}: when it was written, {t['unlike']} places of the tables were not as the journal said"
        for t in told
        if t.get("unlike")
    ]


def _schema(connection: sqlite3.Connection) -> list[str]:
    expected, present = expected_schema(), schema(connection)
    found = [f"{n}: is missing from the file" for n in sorted(expected.keys() - present.keys())]
    found += [f"{n}: was added to the file" for n in sorted(present.keys() - expected.keys())]
    return found + [
        f"{n}: is not as Barrier made it" for n in sorted(expected) if present.get(n, expected[n]) != expected[n]
    ]


def _state(connection: sqlite3.Connection) -> list[str]:
    found = state.compare(connection, journal.implied(connection))
    lines = [f"{_place(table, key)}: {what}: is not what the journal says" for table, key, what in found[:MOST_NAMED]]
    more = len(found) - MOST_NAMED
    return lines + ([f"and {more} more places that are not what the journal says"] if more > 0 else [])


def _place(table: str, key: str) -> str:
    """Return where a row is, without ids of subjects: the case where it has one."""
    values: Sequence[Any] = parsed_json(key)
    case = str(values[0]) if values and str(values[0]).startswith("case-") else ""
    return f"case {case}, table {table}" if case else f"table {table}"


def missing_lines(connection: sqlite3.Connection, anchors: Iterable[Anchor], here: Collection[str]) -> list[Anchor]:
    """Return the lines kept elsewhere that are not in a journal, and of which no line says that they were lost.

    Args:
        connection: The file with the journal.
        anchors: Lines that were kept elsewhere.
        here: Hashes of its lines.
    """
    known = {*here, *(r["hash"] for r in connection.execute("SELECT hash FROM journal_old"))}
    missing = [a for a in anchors if a.hash not in known]
    lost = [t for t in (link.told() for link in journal.links(connection)) if t.get("lost")] if missing else []
    return [a for a in missing if not any(_declared(a, told) for told in lost)]


def _hold(connection: sqlite3.Connection, anchors: Iterable[Anchor], found: Checked) -> None:
    """Say which lines that were kept elsewhere are not here."""
    lost = [(t["lost"], t) for t in (link.told() for link in journal.links(connection)) if t.get("lost")]
    for (first, last), told in lost:
        who = f"{told.get('actor')} recorded it on {str(told.get('at'))[:10]}"
        found.notes.append(f"lines {first} to {last} were lost, and {who} (line {told.get('n')})")
    have = found.head.number if found.head else 0
    for anchor in missing_lines(connection, anchors, set(found.hashes.values())):
        number = f"line {anchor.number}" if anchor.number else "a line"
        behind = anchor.number is not None and anchor.number > have
        what = (
            f"{number}, and lines {have + 1} to {anchor.number} are missing: cut off, or an older copy"
            if behind
            else (f"{number} with another content: the journal was written anew, or another file took its place")
        )
        found.problems.append(f"{anchor.place} knows {what}")


def _declared(anchor: Anchor, told: dict[str, Any]) -> bool:
    first, last = told["lost"]
    return anchor.hash in told.get("lost_hashes", ()) or (anchor.number is not None and first <= anchor.number <= last)


def office_key(file: Path) -> bytes:
    """Read the key of the office with which heads of the journal are signed.

    Raises:
        InputError: It cannot be read, or is too short.
    """
    try:
        key = read_regular(file, limit=KEY_BYTES[1])
    except OSError as error:
        raise InputError([f"{file}: the key cannot be read: {error.strerror}"]) from error
    if len(key) < KEY_BYTES[0]:
        hint = "make one, outside the store: head -c 32 /dev/urandom > office.key"
        raise InputError([f"{file}: expected a key of at least {KEY_BYTES[0]} bytes, found {len(key)}"], hint=hint)
    return hashlib.blake2b(key, person=b"barrier-journal").digest()


def signature(key: bytes, head: Head, at: str, by: str) -> str:
    """Return the signature (HMAC-SHA-256) of a line of the journal."""
    return hmac.new(key, json.dumps([str(head), at, by]).encode(), hashlib.sha256).hexdigest()


def check_signatures(connection: sqlite3.Connection, key: bytes, found: Checked) -> None:
    """Say up to which line the key has signed, and which signatures are not by it or about no line that is here."""
    last = 0
    rows = connection.execute("SELECT number, hash, at, named_by, signature FROM journal_signature ORDER BY number")
    for row in rows:
        head = Head(row["number"], row["hash"])
        if not hmac.compare_digest(signature(key, head, row["at"], row["named_by"]), row["signature"]):
            found.problems.append(f"line {head.number}: its signature is not by this key")
        elif found.hashes.get(head.number) != head.hash:
            found.problems.append(f"line {head.number}: is not the one that was signed on {row['at'][:10]}")
        else:
            last = max(last, head.number)
    have = found.head.number if found.head else 0
    found.notes.append(f"signed with this key up to line {last} of {have}")
    if have and not last:
        found.problems.append(
            "no line is signed with this key: sign with barrier case sign, or signatures were removed"
        )
