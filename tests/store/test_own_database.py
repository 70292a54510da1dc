"""An SQLite file of another program, named by mistake, is refused as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from barrier.casework.cases import Cases
from barrier.casework.database import CaseDatabase
from barrier.errors import InputError
from barrier.schedule.jobs import Job, Schedule
from barrier.schedule.outbox import Outbox

_TABLES = ("moz_places (id INTEGER, url TEXT)", "message (id INTEGER)", "job (name TEXT)", "journal (number INTEGER)")


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """Return the history of a browser, in which some tables happen to be called as ours."""
    file = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(file)) as db:
        for table in _TABLES:
            db.execute(f"CREATE TABLE {table}")
        db.execute("INSERT INTO moz_places VALUES (1, 'https://example.org')")
        db.commit()
    file.chmod(0o644)
    return file


def _use(kind: str, file: Path) -> None:
    if kind == "schedule":
        Schedule(file).add(Job("night", region="r", out="o", cron="1 2 * * *"))
    elif kind == "outbox":
        Outbox(file).put("a", [("s", "t")], ["x"])
    else:
        Cases(CaseDatabase(file), date(2026, 9, 1)).all()


@pytest.mark.parametrize("kind", ["schedule", "outbox", "cases"])
@pytest.mark.parametrize("mode", ["plain", "wal", "of a named program", "no database", "folder"])
def test_a_file_of_another_program_is_refused_and_untouched(
    browser: Path, tmp_path: Path, kind: str, mode: str
) -> None:
    file = browser
    if mode in ("wal", "of a named program"):
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA journal_mode = WAL" if mode == "wal" else "PRAGMA application_id = 1196444487")
    elif mode == "no database":
        file.write_text("dear diary " * 20)
    elif mode == "folder":
        file = tmp_path / "folder.sqlite"
        file.mkdir()
    before = {p.name: (p.read_bytes() if p.is_file() else b"", p.stat().st_mode) for p in tmp_path.iterdir()}

    with pytest.raises(InputError, match="expected the"):
        _use(kind, file)
    assert {p.name: (p.read_bytes() if p.is_file() else b"", p.stat().st_mode) for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("made", "used"), [("schedule", "outbox"), ("outbox", "schedule"), ("outbox", "cases")])
def test_one_of_our_own_files_in_the_place_of_another_is_refused(tmp_path: Path, made: str, used: str) -> None:
    file = tmp_path / "x.sqlite"
    _use(made, file)
    before = file.read_bytes()

    with pytest.raises(InputError, match="is a database of something else"):
        _use(used, file)
    assert file.read_bytes() == before


def test_a_file_of_an_earlier_version_is_known_by_its_tables_and_marked(tmp_path: Path) -> None:
    file = tmp_path / "alerts.sqlite"
    _use("outbox", file)
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA application_id = 0")

    assert len(Outbox(file).waiting()) == 1
    assert file.read_bytes()[68:72] == b"Barr"


def test_an_empty_file_becomes_ours(tmp_path: Path) -> None:
    file = tmp_path / "alerts.sqlite"
    file.touch()
    _use("outbox", file)

    assert len(Outbox(file).waiting()) == 1
