"""The journal and the tables of cases under attack: files edited by SQL or bytes, by somebody who knows the form."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from barrier.advise.plan import plan_for
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Viewer, shipped_sharing
from barrier.casework import journal, state
from barrier.casework.cases import By, Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.evaluation import keep_worklist
from barrier.casework.journal import Entry
from barrier.casework.marks import mark_file
from barrier.casework.migrating import expected_schema
from barrier.casework.terms import Extensions, erase_from_cases, shipped_terms
from barrier.chain import Anchor, Link, Part, canonical, hash_of
from barrier.errors import InputError, StoreError
from tests.planning import dossier, finding, setting, told

DAY = date(2026, 11, 24)
JANSEN = By("Jansen", "account", "because")


def _full(path: Path) -> Cases:
    """Return cases with a row in every table, and every action done."""
    cases = Cases(CaseDatabase(path), DAY)
    signals = [told("nuisance", "police", "o1", "confirmed"), told("outreach_concern", "ggd", "o2")]
    about = dossier([finding("overcrowded", "housing", "a1", "Address")], signals=signals, visits=("breach",))
    made = plan_for(about, setting())
    case = cases.open(made.dossier, made.records(shipped_powers()), JANSEN, title="Trial at a1", scan="s1")
    cases.gather(case, ["earlier_warning"], JANSEN)
    cases.weigh(case, "administrative", JANSEN)
    cases.assign(case, "municipality_housing", "De Wit", JANSEN)
    cases.assign(case, "municipality_housing", "De Vries", JANSEN)
    cases.decide(case, "housing_visit", "accepted", JANSEN)
    cases.intervene(case, "housing_visit", DAY, "Awb 5:11", JANSEN)
    cases.outcome(case, 1, "victims helped", JANSEN, helped=4)
    cases.feedback(case, "ggd", JANSEN, viewer=Viewer("ggd", DAY, shipped_sharing(), shipped_powers().partners))
    keep_worklist(cases.database, "s1", "account", {"a1": ["overcrowded"], "a7": []})
    extensions = Extensions(cases.database, shipped_terms())
    extensions.extend("sig-1", DAY + timedelta(days=30), JANSEN, ends=DAY, today=DAY)
    cases.close(case, JANSEN)
    return cases


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return _full(tmp_path_factory.mktemp("original") / "cases.sqlite")


@pytest.fixture
def cases(original: Cases, tmp_path: Path) -> Cases:
    for file in (original.database.path, mark_file(original.database.path)):
        shutil.copy(file, tmp_path / file.name)
    return Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY)


def _edit(path: Path, *statements: str) -> None:
    """Run statements as somebody with a console does, with the triggers as they were afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for _, sql in triggers:
            raw.execute(sql)


def _rewritten(path: Path, change: dict[str, str]) -> None:
    """Work the chain out anew from the first line, with other names: what an attacker who knows the form does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.row_factory = sqlite3.Row
        links = list(journal.links(raw))
    previous, statements = "0" * 64, []
    for link in links:
        header = {**link.told(), "prev": previous}
        header = {k: change.get(v, v) if isinstance(v, str) else v for k, v in header.items()}
        text = canonical(header)
        previous = hash_of(text)
        quoted = text.replace("'", "''")
        statements.append(f"UPDATE journal SET header = '{quoted}', hash = '{previous}' WHERE number = {header['n']}")
    _edit(path, *statements, f"UPDATE journal_head SET hash = '{previous}'")


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
    _edit(cases.database.path, f"UPDATE {table} SET {column} = '999' WHERE rowid = (SELECT min(rowid) FROM {table})")

    found = " / ".join(cases.database.verify())
    assert f"table {table}: " in found
    assert f"{table}: {column}: is not what" in found or "no line of the journal made this row" in found


@pytest.mark.parametrize("table", sorted({t for t, _ in _columns()}))
def test_a_row_that_was_removed_or_added_by_hand_is_named(cases: Cases, table: str) -> None:
    _edit(cases.database.path, f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})")

    assert any(f"table {table}: the row is gone" in p for p in cases.database.verify())


def test_a_value_with_another_type_or_a_hidden_ending_is_another_value(cases: Cases) -> None:
    _edit(
        cases.database.path,
        "UPDATE dossier SET title = title || char(0) || 'more'",
        "UPDATE intervention SET helped = '4x'",
        "UPDATE feedback SET text = CAST(x'ff' AS TEXT)",
    )

    found = cases.database.verify()
    for column in ("title", "helped", "text"):
        assert any(f": {column}: is not what the journal says" in p for p in found)


def test_a_value_that_changed_between_two_changes_of_its_row_is_not_taken_over(cases: Cases, tmp_path: Path) -> None:
    other = Cases(CaseDatabase(tmp_path / "other.sqlite"), DAY)
    case = _full(tmp_path / "full.sqlite").all()[0]["case_id"]
    other = Cases(CaseDatabase(tmp_path / "full.sqlite"), DAY)
    _edit(other.database.path, "UPDATE dossier SET closed_at = NULL, opened_by = 'Nobody'")
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
    _edit(cases.database.path, *statements)

    assert any(problem in p for p in cases.database.verify())


def test_a_chain_that_was_worked_out_anew_fails_against_a_line_kept_elsewhere(cases: Cases) -> None:
    head = cases.database.head()
    assert head is not None
    _rewritten(cases.database.path, {"Jansen": "Pietersen"})

    expected = "knows line 12 with another content: the journal was written anew, or another file took its place"
    assert cases.database.verify() == [f"cases.sqlite.head {expected}"]
    mark_file(cases.database.path).unlink()
    assert cases.database.verify() == []  # nothing is left to compare with: it is told as a note
    assert "the mark beside the file" in cases.database.checked().notes[-1]
    assert cases.database.verify([Anchor(head.hash, head.number, "scan.json")]) == [f"scan.json {expected}"]
    assert len(cases.database.verify([Anchor(head.hash, None, "a letter")])) == 1


def test_a_journal_cut_off_with_its_head_moved_is_told_by_the_mark(cases: Cases) -> None:
    _edit(
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


@pytest.mark.parametrize("attack", ["deleted", "emptied", "truncated", "made anew"])
def test_a_file_that_vanished_is_an_error_for_every_command(cases: Cases, attack: str) -> None:
    path = cases.database.path
    path.unlink()
    if attack == "emptied":
        path.write_bytes(b"")
    elif attack == "truncated":
        path.touch()
    elif attack == "made anew":
        mark_file(path).rename(path.with_name("aside"))
        assert CaseDatabase(path).rows("SELECT 1 FROM dossier") == []
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("CREATE TABLE t (a)")
        path.with_name("aside").rename(mark_file(path))

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
        keep_worklist(CaseDatabase(tmp_path / "c.sqlite", clock=lambda at=at: at), f"s{second}", "a", {"a1": []})  # type: ignore[misc]

    assert CaseDatabase(tmp_path / "c.sqlite").verify() == []


def test_what_was_erased_is_nowhere_in_the_file_and_the_chain_holds(cases: Cases) -> None:
    named = erase_from_cases(cases.database, frozenset({"o1", "sig-1"}), JANSEN, {"signals": 1})
    checked = cases.database.checked()

    assert named > 0
    assert checked.problems == []
    assert checked.erased >= 1
    content = cases.database.path.read_bytes()
    assert [n for n in (b'"o1"', b'o1\\"', b"sig-1") if n in content] == []
    assert [line["content"]["reason"] for line in cases.database.lines() if line["action"] == "accept"] == ["because"]


def test_what_a_line_says_goes_when_it_names_what_is_erased_and_other_lines_stay(cases: Cases) -> None:
    erase_from_cases(cases.database, frozenset({"a1"}), JANSEN, {})

    lines = cases.database.lines()
    assert [line["action"] for line in lines if line["content"] is None] == ["open"]
    assert [line["content"]["reason"] for line in lines if line["action"] == "close"] == ["because"]


def test_after_an_erasure_columns_are_compared_as_before(cases: Cases) -> None:
    erase_from_cases(cases.database, frozenset({"a1", "o1"}), JANSEN, {})
    _edit(cases.database.path, "UPDATE dossier SET verdict = 'care'")

    assert any("table dossier: verdict: is not what" in p for p in cases.database.verify())


def test_an_erasure_does_not_make_good_what_was_changed_before_it(cases: Cases) -> None:
    _edit(cases.database.path, "UPDATE dossier SET opened_by = 'Nobody'")
    erase_from_cases(cases.database, frozenset({"a1"}), JANSEN, {})

    assert any("1 places of the tables were not as the journal said" in p for p in cases.database.verify())


def test_content_that_is_removed_without_a_line_that_says_so_is_told(cases: Cases) -> None:
    erase_from_cases(cases.database, frozenset({"o1"}), JANSEN, {})
    _edit(cases.database.path, "DELETE FROM journal_content WHERE number = 6 AND part = 'said'")

    assert cases.database.verify() == ["line 6: its content is gone, and no line says that it was erased"]


def test_ids_of_subjects_are_only_in_what_can_be_erased(cases: Cases) -> None:
    headers = " ".join(r["header"] for r in cases.database.rows("SELECT header FROM journal"))

    for name in ("a1", "a7", "o1", "sig-1", "Trial"):
        assert name not in headers.replace('"', " ").split()


OLD = """
CREATE TABLE migration (name TEXT PRIMARY KEY, at TEXT NOT NULL);
INSERT INTO migration VALUES ('001_cases', 'x'), ('002_terms', 'x');
INSERT INTO dossier VALUES ('case-2026-0001', 'T', 'finding', 'f:a1', '{}', '[0, 1]', 'weighing', '2026-01-01', 'J',
  's', '[]', 'care', NULL);
"""


def _old(path: Path, *, verdict: str = "care") -> None:
    """Make a file as the version before made it."""
    folder = Path(state.__file__).parent / "migrations"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for name in ("001_cases", "002_terms"):
            raw.executescript((folder / f"{name}.sql").read_text(encoding="utf-8"))
        raw.executescript(OLD.replace("'care'", f"'{verdict}'"))
        previous = "0" * 64
        for number, action in ((1, "open"), (2, "weigh")):
            about: dict[str, Any] = {
                "n": number,
                "at": f"2026-01-0{number}T12:00:00+00:00",
                "actor": "J",
                "account": "x",
            }
            line = json.dumps({**about, "case": "case-2026-0001", "action": action, "content": {"about": "f:a1"}})
            digest = journal.old_hash(previous, line)
            raw.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", (number, line, previous, digest))
            previous = digest
        raw.execute("INSERT INTO journal_head VALUES (2, ?)", (previous,))


def test_a_journal_of_the_form_before_goes_on_and_is_whole(tmp_path: Path) -> None:
    _old(tmp_path / "cases.sqlite")
    cases = Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY)
    cases.weigh("case-2026-0001", "fiscal", JANSEN)

    checked = cases.database.checked()
    assert checked.problems == []
    assert checked.notes == ["the first 2 lines have the old form, without the state of the tables"]
    assert [(x["n"], x["action"]) for x in cases.database.lines()] == [
        (1, "open"),
        (2, "weigh"),
        (3, "upgrade"),
        (4, "weigh"),
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE journal_old SET line = replace(line, 'weigh', 'close')", "line 2: was changed"),
        ("DELETE FROM journal_old WHERE number = 2", "line 2: missing"),
        ("DELETE FROM journal_old", "line 1: missing"),
        ("UPDATE journal_old SET line = ''", "line 1: its content is gone, and no line says"),
        ("UPDATE dossier SET verdict = 'criminal'", "table dossier: verdict: is not what"),
    ],
)
def test_an_old_journal_that_was_touched_after_the_upgrade_is_told(
    tmp_path: Path, statement: str, problem: str
) -> None:
    _old(tmp_path / "cases.sqlite")
    database = CaseDatabase(tmp_path / "cases.sqlite")
    assert database.verify() == []
    _edit(database.path, statement)

    assert any(problem in p for p in database.verify())


def test_lines_of_the_old_form_are_erased_too(tmp_path: Path) -> None:
    _old(tmp_path / "cases.sqlite")
    database = CaseDatabase(tmp_path / "cases.sqlite")
    erase_from_cases(database, frozenset({"a1"}), JANSEN, {})

    assert [r["line"] for r in database.rows("SELECT line FROM journal_old")] == ["", ""]
    assert database.verify() == []


def test_a_signature_tells_a_chain_that_was_written_anew(cases: Cases) -> None:
    key, other = b"k" * 32, b"o" * 32
    cases.database.sign(key, "Jansen")
    assert cases.database.checked(key=key).problems == []
    assert cases.database.checked(key=key).notes == ["signed with this key up to line 12 of 12"]
    assert cases.database.checked(key=other).problems[0] == "line 12: its signature is not by this key"

    mark_file(cases.database.path).unlink()
    _rewritten(cases.database.path, {"Jansen": "Pietersen"})
    assert any("is not the one that was signed on" in p for p in cases.database.checked(key=key).problems)
    _edit(cases.database.path, "DELETE FROM journal_signature")
    assert any("signatures were removed" in p for p in cases.database.checked(key=key).problems)


def test_two_parts_that_look_alike_have_other_hashes() -> None:
    assert Part("a", "b").digest != Part("ab", "").digest
    assert Link("{}", hash_of("{}"), {}).told() == {}
