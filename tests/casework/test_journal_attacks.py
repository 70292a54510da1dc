"""The journal and the tables of cases under attack: files edited by SQL or bytes, by somebody who knows the form."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from barrier.casework import state
from barrier.casework.cases import Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.evaluation import keep_worklist
from barrier.casework.journal import Entry
from barrier.casework.marks import mark_file
from barrier.casework.migrating import expected_schema
from barrier.chain import Anchor, hash_of
from barrier.errors import InputError, StoreError
from tests.casework.journals import DAY, JANSEN, edit, full_cases, rewrite_chain


def _columns() -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for sql in expected_schema().values():
            fresh.execute(sql)
        for table in state.tables(fresh):
            yield from ((table.name, column) for column in table.columns)


def test_everything_that_is_done_by_the_book_is_whole(cases: Cases) -> None:
    assert cases.database.verify() == []
    assert cases.database.checked().notes == []


def test_every_table_of_the_schema_has_a_row_to_attack(cases: Cases) -> None:
    for table in {t for t, _ in _columns()}:
        assert cases.database.rows(f"SELECT 1 FROM {table}"), f"{table}: add it to _full"


@pytest.mark.parametrize(("table", "column"), list(_columns()))
def test_any_column_of_any_table_that_was_changed_by_hand_is_named(cases: Cases, table: str, column: str) -> None:
    edit(cases.database.path, f"UPDATE {table} SET {column} = '999' WHERE rowid = (SELECT min(rowid) FROM {table})")

    found = " / ".join(cases.database.verify())
    assert f"table {table}: " in found
    assert f"{table}: {column}: is not what" in found or "no line of the journal made this row" in found


@pytest.mark.parametrize("table", sorted({t for t, _ in _columns()}))
def test_a_row_that_was_removed_or_added_by_hand_is_named(cases: Cases, table: str) -> None:
    edit(cases.database.path, f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")

    assert any(f"table {table}: the row is gone" in p for p in cases.database.verify())


def test_a_value_with_another_type_or_a_hidden_ending_is_another_value(cases: Cases) -> None:
    edit(
        cases.database.path,
        "UPDATE dossier SET title = title || char(0) || 'more'",
        "UPDATE intervention SET helped = '4x'",
        "UPDATE feedback SET text = CAST(x'ff' AS TEXT)",
        "UPDATE feedback SET sent_at = '' WHERE sent_at IS NULL",
    )

    found = cases.database.verify()
    for column in ("title", "helped", "text", "sent_at"):
        assert any(f": {column}: is not what the journal says" in p for p in found)


def test_a_value_that_changed_between_two_changes_of_its_row_is_not_taken_over(cases: Cases, tmp_path: Path) -> None:
    other = Cases(CaseDatabase(tmp_path / "other.sqlite"), DAY)
    case = full_cases(tmp_path / "full.sqlite").all()[0]["case_id"]
    other = Cases(CaseDatabase(tmp_path / "full.sqlite"), DAY)
    edit(other.database.path, "UPDATE dossier SET closed_at = NULL, opened_by = 'Nobody'")
    other.weigh(case, "care", JANSEN)

    assert any("opened_by: is not what the journal says" in p for p in other.database.verify())


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER journal_keeps",
        "DROP INDEX one_open_case",
        "CREATE TRIGGER quiet AFTER UPDATE ON advice BEGIN UPDATE advice SET reason = 'x'; END",
        "CREATE TABLE more (a TEXT)",
        "DROP TABLE control",
    ],
)
def test_a_schema_that_was_changed_by_hand_is_named(cases: Cases, statement: str) -> None:
    with closing(sqlite3.connect(cases.database.path)) as raw:
        raw.execute(statement)

    assert cases.database.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER quiet AFTER INSERT ON journal BEGIN DELETE FROM feedback; END",
        "DROP TRIGGER journal_keeps; CREATE TRIGGER journal_keeps AFTER INSERT ON advice BEGIN SELECT 1; END",
        "CREATE VIEW quiet AS SELECT * FROM advice",
    ],
)
def test_nothing_is_changed_while_something_in_the_file_acts_on_changes(cases: Cases, statement: str) -> None:
    with closing(sqlite3.connect(cases.database.path)) as raw:
        raw.executescript(statement)
    lines = len(cases.database.lines())

    with pytest.raises(StoreError, match="something that Barrier did not make acts on changes: (quiet|journal_keeps)"):
        keep_worklist(cases.database, "s2", "account", {"a1": ["overcrowded"]})
    assert len(cases.database.lines()) == lines


@pytest.mark.parametrize("table", ["journal", "journal_content", "journal_head", "journal_old", "migration"])
def test_a_table_of_the_journal_that_is_gone_is_damage_and_nothing_to_try_again(cases: Cases, table: str) -> None:
    with closing(sqlite3.connect(cases.database.path)) as raw:
        raw.executescript(f"PRAGMA foreign_keys = OFF; DROP TABLE {table}")

    with pytest.raises(StoreError):
        keep_worklist(cases.database, "s2", "account", {"a1": ["overcrowded"]})


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["DELETE FROM journal WHERE number = 2"], "line 2: missing (the next one is 3)"),
        (["DELETE FROM journal_content WHERE number = 2"], "line 2: its content is gone, and no line says"),
        (["UPDATE journal_head SET number = 1"], "is not the line that was written last"),
        (["DELETE FROM journal_head"], "the line that says where it ends is gone"),
        (["UPDATE journal SET number = number + 100"], "line 1: its content is gone"),
        (["INSERT INTO journal_content VALUES (1, 'more', 'x', 'y')"], "line 1: content was added"),
        (["INSERT INTO journal_content VALUES (99, 'said', 'x', '{}')"], "line 99: there is content of it"),
        (
            [
                "CREATE TEMP TABLE t AS SELECT * FROM journal WHERE number IN (3, 4)",
                "UPDATE journal SET header = (SELECT header FROM t WHERE number = 7 - journal.number), "
                "hash = (SELECT hash FROM t WHERE number = 7 - journal.number) WHERE number IN (3, 4)",
            ],
            "line 3: missing (the next one is 4)",
        ),
    ],
    ids=["deleted", "content deleted", "head moved", "head gone", "renumbered", "added", "orphan", "swapped"],
)
def test_lines_that_were_touched_are_named(cases: Cases, statements: list[str], problem: str) -> None:
    edit(cases.database.path, *statements)

    assert any(problem in p for p in cases.database.verify())


def test_one_line_written_anew_with_the_right_hash_does_not_fit_the_next_one(cases: Cases) -> None:
    (row,) = cases.database.rows("SELECT header FROM journal WHERE number = 6")
    header = row["header"].replace("Jansen", "Pietersen")
    edit(cases.database.path, f"UPDATE journal SET header = '{header}', hash = '{hash_of(header)}' WHERE number = 6")

    assert cases.database.verify() == ["line 7: does not follow the line before it"]


def test_a_chain_that_was_worked_out_anew_fails_against_a_line_kept_elsewhere(cases: Cases) -> None:
    head = cases.database.head()
    assert head is not None
    rewrite_chain(cases.database.path, {"Jansen": "Pietersen"})

    expected = "knows line 12 with another content: the journal was written anew, or another file took its place"
    assert cases.database.verify() == [f"cases.sqlite.head {expected}"]
    mark_file(cases.database.path).unlink()
    assert cases.database.verify() == []  # nothing is left to compare with: it is told as a note
    assert "the mark beside the file" in cases.database.checked().notes[-1]
    assert cases.database.verify([Anchor(head.hash, head.number, "scan.json")]) == [f"scan.json {expected}"]
    assert len(cases.database.verify([Anchor(head.hash, None, "a letter")])) == 1


def test_a_journal_cut_off_with_its_head_moved_is_told_by_the_mark(cases: Cases) -> None:
    edit(
        cases.database.path,
        "DELETE FROM journal_content WHERE number > 10",
        "DELETE FROM journal WHERE number > 10",
        "UPDATE journal_head SET number = 10, hash = (SELECT hash FROM journal WHERE number = 10)",
    )

    assert any("knows line 12, and lines 11 to 12 are missing" in p for p in cases.database.verify())


def test_an_older_copy_in_the_place_of_the_file_is_told_with_the_lines_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    cases = Cases(CaseDatabase(path), DAY)
    keep_worklist(cases.database, "s1", "account", {"a1": []})
    shutil.copy(path, tmp_path / "backup")
    keep_worklist(cases.database, "s2", "account", {"a1": []})
    lost = cases.database.head()
    shutil.copy(tmp_path / "backup", path)

    (problem,) = cases.database.verify()
    assert problem.endswith("knows line 2, and lines 2 to 2 are missing: cut off, or an older copy")

    assert cases.database.accept_loss(Entry("Jansen", "account", "", "restore", {"reason": "disk broke"}), []) == (2, 2)
    checked = CaseDatabase(path).checked([Anchor(lost.hash, lost.number, "scan.json")] if lost else [])
    assert checked.problems == []
    assert checked.notes[0].startswith("lines 2 to 2 were lost, and Jansen recorded it on ")


@pytest.mark.parametrize("attack", ["deleted", "emptied", "truncated", "every row deleted"])
def test_a_file_that_vanished_is_an_error_for_every_command(cases: Cases, attack: str) -> None:
    path = cases.database.path
    if attack == "deleted":
        path.unlink()
    elif attack == "emptied":
        path.unlink()
        path.touch()
    elif attack == "truncated":
        os.truncate(path, 0)
    else:
        tables = {table for table, _ in _columns()} | {"journal", "journal_content", "journal_head"}
        edit(path, *(f"DELETE FROM {table}" for table in sorted(tables)))

    for reading in (cases.all, cases.database.verify, cases.ageing, cases.database.head):
        with pytest.raises(StoreError, match="there were cases .* and now there are none"):
            reading()
    with pytest.raises(StoreError, match="now there are none"):
        keep_worklist(cases.database, "s9", "account", {})


def test_after_a_file_was_lost_one_goes_on_by_saying_so(cases: Cases) -> None:
    cases.database.path.unlink()
    assert cases.database.accept_loss(Entry("Jansen", "account", "", "restore", {"reason": "stolen"}), []) == (1, 12)

    again = CaseDatabase(cases.database.path)
    assert again.rows("SELECT 1 FROM dossier") == []
    assert again.verify() == []
    with pytest.raises(InputError, match="no line that is known elsewhere is missing"):
        again.accept_loss(Entry("Jansen", "account", "", "restore", {}), [])


@pytest.mark.parametrize("flip", range(0, 20))
def test_a_flipped_bit_is_told_or_without_effect(cases: Cases, flip: int) -> None:
    content = bytearray(cases.database.path.read_bytes())
    before = cases.database.lines()
    place = 100 + (len(content) - 100) * flip // 20 + 13 * flip
    content[place] ^= 1 << (flip % 8)
    cases.database.path.write_bytes(bytes(content))

    with suppress(StoreError):  # it is no database any more, and says so
        assert cases.database.verify() or cases.database.lines() == before


def test_a_clock_before_the_last_line_is_said_when_written_and_when_verified(tmp_path: Path) -> None:
    times = iter([datetime(2026, 5, 1, 12, tzinfo=UTC)] * 20)
    database = CaseDatabase(tmp_path / "cases.sqlite", clock=lambda: next(times))
    keep_worklist(database, "s1", "account", {"a1": []})
    back = CaseDatabase(tmp_path / "cases.sqlite", clock=lambda: datetime(2026, 5, 1, 11, tzinfo=UTC))
    keep_worklist(back, "s2", "account", {"a1": []})

    assert back.notes == ["the clock stands 3600 seconds before the last line of the journal; set it right"]
    (problem,) = back.verify()
    assert problem.startswith("line 2: its time, 2026-05-01T11:00:00+00:00, is before that of the line before it")


def test_a_clock_that_the_network_set_by_two_seconds_is_nothing(tmp_path: Path) -> None:
    for second in (10, 8):
        at = datetime(2026, 5, 1, 12, 0, second, tzinfo=UTC)
        database = CaseDatabase(tmp_path / "c.sqlite", clock=partial(_same, at))
        keep_worklist(database, f"s{second}", "a", {"a1": []})

    assert CaseDatabase(tmp_path / "c.sqlite").verify() == []


def _same(day: datetime) -> datetime:
    return day
