"""The journal through erasure, upgrade, kills and signing: the chain holds, and nothing is made good unseen."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from barrier.casework.cases import Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.erasing import erase_from_cases
from barrier.casework.evaluation import keep_worklist
from barrier.casework.marks import mark_file
from barrier.chain import Link, Part, hash_of
from barrier.traces import Traces
from tests.casework.journals import DAY, JANSEN, edit, old_file, rewrite_chain

pytestmark = pytest.mark.slow


def test_what_was_erased_is_nowhere_in_the_file_and_the_chain_holds(cases: Cases) -> None:
    _, named = erase_from_cases(cases.database, Traces({"o1", "sig-1"}), Traces(()), JANSEN, {"signals": 1})
    checked = cases.database.checked()

    assert named > 0
    assert checked.problems == []
    assert checked.erased >= 1
    content = cases.database.path.read_bytes()
    assert [n for n in (b'"o1"', b'o1\\"', b"sig-1") if n in content] == []
    assert [line["content"]["reason"] for line in cases.database.lines() if line["action"] == "accept"] == ["because"]


def test_what_a_line_says_goes_when_it_names_what_is_erased_and_other_lines_stay(cases: Cases) -> None:
    erase_from_cases(cases.database, Traces({"a1"}), Traces(()), JANSEN, {})

    lines = cases.database.lines()
    assert [line["action"] for line in lines if line["content"] is None] == ["open"]
    assert [line["content"]["reason"] for line in lines if line["action"] == "close"] == ["because"]


def test_after_an_erasure_columns_are_compared_as_before(cases: Cases) -> None:
    erase_from_cases(cases.database, Traces({"a1", "o1"}), Traces(()), JANSEN, {})
    edit(cases.database.path, "UPDATE dossier SET verdict = 'care'")

    assert any("table dossier: verdict: is not what" in p for p in cases.database.verify())


def test_an_erasure_does_not_make_good_what_was_changed_before_it(cases: Cases) -> None:
    edit(cases.database.path, "UPDATE dossier SET opened_by = 'Nobody'")
    erase_from_cases(cases.database, Traces({"a1"}), Traces(()), JANSEN, {})

    assert any("1 places of the tables were not as the journal said" in p for p in cases.database.verify())


def test_content_that_is_removed_without_a_line_that_says_so_is_told(cases: Cases) -> None:
    erase_from_cases(cases.database, Traces({"o1"}), Traces(()), JANSEN, {})
    edit(cases.database.path, "DELETE FROM journal_content WHERE number = 6 AND part = 'said'")

    assert cases.database.verify() == ["line 6: its content is gone, and no line says that it was erased"]


def test_ids_of_subjects_are_only_in_what_can_be_erased(cases: Cases) -> None:
    headers = " ".join(r["header"] for r in cases.database.rows("SELECT header FROM journal"))

    for name in ("a1", "a7", "o1", "sig-1", "Trial"):
        assert name not in headers.replace('"', " ").split()


def test_a_journal_of_the_form_before_goes_on_and_is_whole(tmp_path: Path) -> None:
    old_file(tmp_path / "cases.sqlite")
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
    old_file(tmp_path / "cases.sqlite")
    database = CaseDatabase(tmp_path / "cases.sqlite")
    assert database.verify() == []
    edit(database.path, statement)

    assert any(problem in p for p in database.verify())


def test_lines_of_the_old_form_are_erased_too(tmp_path: Path) -> None:
    old_file(tmp_path / "cases.sqlite")
    database = CaseDatabase(tmp_path / "cases.sqlite")
    erase_from_cases(database, Traces({"a1"}), Traces(()), JANSEN, {})

    assert [r["line"] for r in database.rows("SELECT line FROM journal_old")] == ["", ""]
    assert database.verify() == []


def test_a_signature_tells_a_chain_that_was_written_anew(cases: Cases) -> None:
    key, other = b"k" * 32, b"o" * 32
    cases.database.sign(key, "Jansen")
    assert cases.database.checked(key=key).problems == []
    assert cases.database.checked(key=key).notes == ["signed with this key up to line 12 of 12"]
    assert cases.database.checked(key=other).problems[0] == "line 12: its signature is not by this key"

    mark_file(cases.database.path).unlink()
    rewrite_chain(cases.database.path, {"Jansen": "Pietersen"})
    assert any("is not the one that was signed on" in p for p in cases.database.checked(key=key).problems)
    edit(cases.database.path, "DELETE FROM journal_signature")
    assert any("signatures were removed" in p for p in cases.database.checked(key=key).problems)


def test_two_parts_that_look_alike_have_other_hashes() -> None:
    assert Part("a", "b").digest != Part("ab", "").digest
    assert Link("{}", hash_of("{}"), {}).told() == {}


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from barrier.casework import journal, marks
from barrier.casework.cases import By, Cases
from barrier.casework.database import CaseDatabase

def die(*_, **__):
    os.kill(os.getpid(), 9)

module, name = sys.argv[2].split(".")
setattr({"journal": journal, "marks": marks}[module], name, die)
if module == "marks":
    import barrier.casework.database as database
    database.mark = die
cases = Cases(CaseDatabase(Path(sys.argv[1])), date(2026, 11, 24))
cases.assign("case-2026-0001", "tax", "De Boer", By("Jansen", "account", "because"))
"""


@pytest.mark.parametrize(
    ("moment", "lines"), [("journal.append", 4), ("marks.mark", 5)], ids=["before the line", "before the mark"]
)
def test_a_kill_during_a_change_leaves_it_whole_or_not_at_all(tmp_path: Path, moment: str, lines: int) -> None:
    old_file(tmp_path / "cases.sqlite")
    database = CaseDatabase(tmp_path / "cases.sqlite")
    keep_worklist(database, "s1", "account", {"a1": []})
    assert len(database.lines()) == 4
    done = subprocess.run([sys.executable, "-c", KILLED, str(database.path), moment], check=False)

    assert done.returncode == -signal.SIGKILL
    assert len(database.lines()) == lines
    assert database.verify() == []
    Cases(database, DAY).assign("case-2026-0001", "police", "De Wit", JANSEN)
    assert database.verify() == []


def test_a_kill_during_the_upgrade_leaves_the_old_form_or_the_new_one(tmp_path: Path) -> None:
    old_file(tmp_path / "cases.sqlite")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "cases.sqlite"), "journal.append"], check=False)

    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(tmp_path / "cases.sqlite")) as raw:
        assert raw.execute("SELECT name FROM migration ORDER BY name").fetchall() == [("001_cases",), ("002_terms",)]
    assert CaseDatabase(tmp_path / "cases.sqlite").verify() == []


def test_processes_that_decide_at_once_leave_one_chain(cases: Cases) -> None:
    code = (
        "import sys; from pathlib import Path; from barrier.casework.database import CaseDatabase\n"
        "from barrier.casework.evaluation import keep_worklist\n"
        "for n in range(5): keep_worklist(CaseDatabase(Path(sys.argv[1])), f'{sys.argv[2]}{n}', 'x', {'a': []})"
    )
    path = str(cases.database.path)
    children = [subprocess.Popen([sys.executable, "-c", code, path, f"p{i}"]) for i in range(3)]

    assert [child.wait() for child in children] == [0, 0, 0]
    assert cases.database.verify() == []
    assert len(cases.database.lines()) == 12 + 15


def test_an_old_database_with_a_decision_nobody_told_is_upgraded_and_says_so(tmp_path: Path) -> None:
    old_file(tmp_path / "cases.sqlite")
    with closing(sqlite3.connect(tmp_path / "cases.sqlite", isolation_level=None)) as raw:
        raw.execute("INSERT INTO advice VALUES ('case-2026-0001', 'x', '{}', 'accepted', 'J', '2026-01-03', 'r')")

    (problem,) = CaseDatabase(tmp_path / "cases.sqlite").verify()
    assert problem == "line 3: when it was written, 1 places of the tables were not as the journal said"
