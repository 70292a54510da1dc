"""The outbox over time: files of earlier versions, and a key that was rotated."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from barrier.keys import default_key_file, open_key, write_key
from barrier.schedule.outbox import Outbox

TOLD = ["overcrowded:a-1", "overcrowded:a-2"]


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Return an outbox in which an office was told of two findings, with a key of its own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    made = Outbox(tmp_path / "alerts.outbox.sqlite")
    made.put("office", [("2 new findings", "look")], TOLD)
    return made


def _hashes(outbox: Outbox) -> set[str]:
    with closing(sqlite3.connect(outbox.path)) as db:
        return {r[0] for r in db.execute("SELECT what FROM told")}


def _rotate() -> None:
    file = default_key_file()
    write_key(file, open_key(file).rotated(date(2026, 9, 2)))


def test_hashes_without_a_key_of_an_earlier_version_get_one_and_nothing_is_told_twice(outbox: Outbox) -> None:
    bare = [hashlib.sha256(t.encode()).hexdigest() for t in TOLD]
    with closing(sqlite3.connect(outbox.path)) as db, db:
        db.execute("DROP TABLE told")
        db.execute("CREATE TABLE told (recipient TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (recipient, what))")
        db.executemany("INSERT INTO told VALUES (?, ?)", [(who, h) for who in ("office", "mayor") for h in bare])

    assert outbox.untold("office", [*TOLD, "overcrowded:a-3"]) == ["overcrowded:a-3"]
    assert outbox.untold("mayor", TOLD) == []
    assert {len(h) for h in _hashes(outbox)} == {24}
    content = outbox.path.read_bytes()
    assert [h for h in bare if h.encode() in content] == []  # nor in a free page
    assert [m["subject"] for m in outbox.waiting()] == ["2 new findings"]


def test_after_a_rotation_of_the_key_nothing_is_told_twice_and_no_hash_with_the_old_key_stays(outbox: Outbox) -> None:
    before = _hashes(outbox)
    _rotate()
    _rotate()

    assert outbox.untold("office", [*TOLD, "overcrowded:a-3"]) == ["overcrowded:a-3"]
    assert outbox.untold("mayor", TOLD) == TOLD

    after = _hashes(outbox)
    assert len(after) == 2
    assert after.isdisjoint(before)
    assert [h for h in before if h.encode() in outbox.path.read_bytes()] == []
    assert outbox.untold("office", TOLD) == []
