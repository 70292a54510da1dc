"""What the tables with cases hold, as the journal implies it: each change is told to the journal, and replayed from it.

Rule: every column of every table is told, by triggers made from the schema itself: nobody can forget one.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from barrier.printable import parsed_json

_NOT_STATE = frozenset({"journal", "journal_content", "journal_head", "journal_old", "journal_signature", "migration"})
_DIGEST = 32  # hexadecimal digits
PUT, SET, DROP = "put", "set", "drop"


@dataclass(frozen=True)
class Table:
    """A table that is told to the journal: its columns, and those that say which row it is."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A row that came, changed or went.

    Args:
        kind: ``put`` (the whole row), ``set`` (some columns) or ``drop``.
        table: Its table.
        key: Values of its key, as JSON.
        values: Salted hash of each column that is told.
    """

    kind: str
    table: str
    key: str
    values: Mapping[str, str]

    def as_list(self) -> list[Any]:
        """Return this as the journal keeps it."""
        return [self.kind, self.table, self.key, dict(self.values)]


Rows = dict[tuple[str, str], dict[str, tuple[str, str]]]  # by table and key: salt and hash of each column


def tables(connection: sqlite3.Connection) -> list[Table]:
    """Return the tables that hold state."""
    names = [
        str(r[0]) for r in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    found = []
    for name in names:
        if name in _NOT_STATE or name.startswith("sqlite_"):
            continue
        columns = connection.execute(f'PRAGMA main.table_info("{name}")').fetchall()
        key = tuple(c[1] for c in sorted((c for c in columns if c[5]), key=lambda c: int(c[5])))
        found.append(Table(name, tuple(c[1] for c in columns), key or tuple(c[1] for c in columns)))
    return found


def fingerprint(salt: str, table: str, column: str, value: Any) -> str:
    """Return the salted hash of a value in its place; a number and a text that look alike differ."""
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    told = json.dumps([salt, table, column, type(value).__name__, text])
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST]


def key_text(*values: Any) -> str:
    """Return the values of a key as one text."""
    return json.dumps([v if isinstance(v, (str, int)) else repr(v) for v in values], ensure_ascii=False)


def watch(connection: sqlite3.Connection, salt: str) -> None:
    """Note from now on what this connection changes in any table; `changes` returns it."""
    connection.create_function("told", 3, lambda table, column, value: fingerprint(salt, table, column, value))
    connection.create_function("key_text", -1, key_text)
    connection.execute("PRAGMA recursive_triggers = ON")  # else a row that is replaced goes without being told
    connection.execute("CREATE TEMP TABLE changed (number INTEGER PRIMARY KEY, kind, name, row, told)")
    for table in tables(connection):
        for statement in _triggers(table):
            connection.execute(statement)


def _triggers(table: Table) -> Iterator[str]:
    name = table.name
    new_key, old_key = (f"key_text({', '.join(f'{which}.{_q(c)}' for c in table.key)})" for which in ("NEW", "OLD"))
    whole = ", ".join(f"'{c}', told('{name}', '{c}', NEW.{_q(c)})" for c in table.columns)
    some = ", ".join(
        f"'{c}', CASE WHEN OLD.{_q(c)} IS NEW.{_q(c)} AND typeof(OLD.{_q(c)}) = typeof(NEW.{_q(c)}) "
        f"THEN NULL ELSE told('{name}', '{c}', NEW.{_q(c)}) END"
        for c in table.columns
    )
    note = "INSERT INTO changed (kind, name, row, told) VALUES"
    put = f"{note} ('{PUT}', '{name}', {new_key}, json_object({whole}));"
    drop = f"{note} ('{DROP}', '{name}', {old_key}, '{{}}');"
    update = f"{note} ('{SET}', '{name}', {new_key}, json_object({some}));"
    for action, when, body in (
        ("INSERT", "", put),
        ("DELETE", "", drop),
        ("UPDATE", f"WHEN {old_key} = {new_key}", update),
        ("UPDATE", f"WHEN {old_key} <> {new_key}", drop + put),
    ):
        trigger = f"told_{name}_{action}{'_key' if '<>' in when else ''}"
        yield f"CREATE TEMP TRIGGER {trigger} AFTER {action} ON main.{_q(name)} {when} BEGIN {body} END"


def _q(name: str) -> str:
    return f'"{name}"'


def changes(connection: sqlite3.Connection) -> list[Change]:
    """Return what changed since `watch`, in order."""
    found = []
    for kind, name, row, told in connection.execute("SELECT kind, name, row, told FROM changed ORDER BY number"):
        values = {c: v for c, v in parsed_json(told).items() if v is not None}
        if values or kind != SET:
            found.append(Change(kind, name, row, values))
    return found


def as_text(told: Iterable[Change]) -> str:
    """Return changes as the journal keeps them."""
    return json.dumps([c.as_list() for c in told], ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> list[Change]:
    """Return changes that the journal kept; none where the text is no such list."""
    try:
        return [Change(str(kind), str(table), str(key), dict(values)) for kind, table, key, values in parsed_json(text)]
    except (ValueError, TypeError):
        return []


def replay(rows: Rows, told: Iterable[Change], salt: str) -> None:
    """Apply changes that the journal tells to the rows it implied before."""
    for change in told:
        place = (change.table, change.key)
        values = {c: (salt, v) for c, v in change.values.items()}
        if change.kind == DROP:
            rows.pop(place, None)
        elif change.kind == PUT:
            rows[place] = values
        else:
            rows.setdefault(place, {}).update(values)


def present(connection: sqlite3.Connection) -> Iterator[tuple[Table, str, Mapping[str, Any]]]:
    """Return every row that is there: its table, key and values."""
    for table in tables(connection):
        for row in connection.execute(f"SELECT * FROM main.{_q(table.name)}"):  # noqa: S608 - a name of the schema
            values = dict(zip(table.columns, tuple(row), strict=True))
            yield table, key_text(*(values[c] for c in table.key)), values


def compare(connection: sqlite3.Connection, implied: Rows) -> list[tuple[str, str, str]]:
    """Return where tables and journal differ: table, key, and the column, or what is the matter with the row."""
    found, seen = [], set()
    for table, key, values in present(connection):
        place = (table.name, key)
        if place in seen:
            found.append((table.name, key, "the row is there twice"))
        seen.add(place)
        if place not in implied:
            found.append((table.name, key, "no line of the journal made this row"))
            continue
        for column in table.columns:
            salt, told = implied[place].get(column, ("", ""))
            if told != fingerprint(salt, table.name, column, values[column]):
                found.append((table.name, key, column))
    known = {t.name for t in tables(connection)}
    for name, key in implied.keys() - seen:
        found.append((name, key, "the row is gone" if name in known else "the table is gone"))
    return sorted(found)


def restated(connection: sqlite3.Connection, salt: str, wanted: set[tuple[str, str]] | None = None) -> list[Change]:
    """Return rows as they are now, told whole: all of them, or some."""
    return [
        Change(PUT, t.name, key, {c: fingerprint(salt, t.name, c, v) for c, v in values.items()})
        for t, key, values in present(connection)
        if wanted is None or (t.name, key) in wanted
    ]
