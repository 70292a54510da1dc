"""Erasing ids from cases, and sealing cases that are about what is protected now.

Rule: of a sealed case only its number stays, so that it is not given out again; every reader is told that there is no
such case. Every text of every table is looked at, so that a new column cannot be forgotten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.journal import SEALED, Entry
from barrier.traces import Traces, content_of

_KEPT = ("journal", "migration", "sqlite_")  # tables that the journal itself looks after
_OF_A_CASE = ("advice", "assignment", "intervention", "feedback")
_ABOUT = ("about_id", "members", "findings")


def erase_from_cases(
    database: CaseDatabase, traces: Traces, sealing: Traces, by: By, told: Mapping[str, Any]
) -> tuple[int, int]:
    """Erase ids from cases and seal cases; return how many cases were sealed and how many records changed.

    The journal keeps the event and the numbers. Where nothing names an id and there are no numbers, nothing is written.

    Args:
        database: The cases.
        traces: What is erased.
        sealing: Those of which cases are sealed.
        by: Who has it done.
        told: Numbers for the journal; empty where it keeps only that something was erased.
    """
    sealed = cases_about(database, sealing)
    if not told and not sealed and not _named(database, traces):
        if database.path.is_file():
            database.compact()  # an erasure that was cut off may have left free pages
        return 0, 0
    said = {**told, "cases_sealed": len(sealed)}
    with database.changing(Entry(by.named().person, by.account, "", "erase", said), gone=traces.ids) as db:
        db.execute("PRAGMA secure_delete = ON")
        for case in sealed:
            _seal(db, case, database.clock().date().isoformat())
        changed = sum(_erase_table(db, table, traces) for table in _tables(db))
    database.compact()
    return len(sealed), changed


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [str(r["name"]) for r in rows if not str(r["name"]).startswith(_KEPT)]


def cases_about(database: CaseDatabase, sealing: Traces) -> list[str]:
    """Return the cases that are about what is sealed: it is their subject, a member, in a finding, or was visited."""
    found = {
        r["case_id"]
        for r in database.rows("SELECT * FROM dossier WHERE step <> ?", SEALED)
        if any(sealing.in_cell(str(r[column])) for column in _ABOUT)
    }
    visits = database.rows("SELECT case_id, targets FROM intervention")
    return sorted(found | {r["case_id"] for r in visits if sealing.in_cell(str(r["targets"]))})


def _named(database: CaseDatabase, traces: Traces) -> bool:
    names = database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for table in (str(r["name"]) for r in names if r["name"] not in ("journal", "journal_head", "migration")):
        for row in database.rows(f'SELECT * FROM "{table}"'):  # noqa: S608 - names of tables
            if any(isinstance(v, str) and traces.in_cell(v) for v in row.values()):
                return True
    return False


def _seal(db: sqlite3.Connection, case: str, day: str) -> None:
    for table in _OF_A_CASE:
        db.execute(f"DELETE FROM {table} WHERE case_id = ?", (case,))  # noqa: S608 - names of tables
    db.execute(
        "UPDATE dossier SET title = '', about_kind = '', about_id = '', members = '{}', people = '[0, 0]', step = ?, "
        "opened_by = '', scan = '', findings = '[]', verdict = '', closed_at = ? WHERE case_id = ?",
        (SEALED, day, case),
    )


def _erase_table(db: sqlite3.Connection, table: str, traces: Traces) -> int:
    """Take ids out of the texts of a table; a row whose key names one goes."""
    columns = db.execute(f'PRAGMA table_info("{table}")').fetchall()
    key = {str(c["name"]) for c in columns if c["pk"]}
    changed = 0
    for row in db.execute(f'SELECT rowid AS "row", * FROM "{table}"').fetchall():  # noqa: S608 - names of tables
        texts = {str(c["name"]): row[c["name"]] for c in columns if isinstance(row[c["name"]], str)}
        named = [name for name, text in texts.items() if traces.in_cell(text)]
        if not named:
            continue
        changed += 1
        if key & set(named):
            db.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (row["row"],))  # noqa: S608 - names of tables
            continue
        for column in named:
            text = _without(row[column], traces)
            change = f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?'  # noqa: S608 - names of the schema
            db.execute(change, (text, row["row"]))
    return changed


def _without(text: str, traces: Traces) -> str:
    left = traces.scrubbed(content_of(text))
    return left if isinstance(left, str) else json.dumps(left, ensure_ascii=False, sort_keys=True)
