"""A case is sealed wherever it is about what is protected now, and then nothing of it but its number is left."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from barrier.casework import state
from barrier.casework.cases import Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.erasing import erase_from_cases
from barrier.casework.evaluation import keep_worklist
from barrier.casework.journal import ROWS, SEALED
from barrier.traces import Traces
from tests.casework.journals import DAY, JANSEN, edit, old_file

ONE = "adr-shelter-9"
PLACES = {
    "its subject": f"UPDATE dossier SET about_id = '{ONE}'",
    "a member": f"UPDATE dossier SET members = '{json.dumps({ONE: 'Address'})}'",
    "in a finding": f"UPDATE dossier SET findings = '{json.dumps([{'subject': {'id': ONE}}])}'",
    "a target of a visit": f"UPDATE intervention SET targets = '{json.dumps([{'id': ONE}])}'",
}
OF_A_CASE = ("advice", "assignment", "intervention", "feedback")


def _rows(cases: Cases, table: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(cases.database.path)) as raw:
        raw.row_factory = sqlite3.Row
        return [dict(r) for r in raw.execute(f"SELECT * FROM {table}")]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_case_is_sealed_wherever_in_it_the_place_is(cases: Cases, place: str) -> None:
    edit(cases.database.path, PLACES[place])

    sealed, _ = erase_from_cases(cases.database, Traces([ONE]), Traces([ONE]), JANSEN, {})

    assert sealed == 1
    assert [r["step"] for r in _rows(cases, "dossier")] == [SEALED]
    assert ONE.encode() not in cases.database.path.read_bytes()


def test_a_case_that_only_names_it_in_words_stays_open_without_them(cases: Cases) -> None:
    edit(cases.database.path, f"UPDATE dossier SET title = 'behind {ONE}'")

    sealed, changed = erase_from_cases(cases.database, Traces([ONE]), Traces([ONE]), JANSEN, {})

    assert (sealed, changed) == (0, 1)
    assert [r["title"] for r in _rows(cases, "dossier")] == ["(erased)"]


@pytest.mark.parametrize("table", OF_A_CASE)
def test_of_a_sealed_case_no_row_is_left_in_any_table(cases: Cases, table: str) -> None:
    edit(cases.database.path, PLACES["its subject"])
    assert _rows(cases, table) != []

    erase_from_cases(cases.database, Traces([ONE]), Traces([ONE]), JANSEN, {})

    assert _rows(cases, table) == []


def test_no_line_of_the_journal_about_a_sealed_case_says_anything_any_more(cases: Cases) -> None:
    edit(cases.database.path, PLACES["its subject"])

    erase_from_cases(cases.database, Traces([ONE]), Traces([ONE]), JANSEN, {})

    told = {line["action"]: line["content"] for line in cases.database.lines() if line["case"]}
    assert set(told) >= {"open", "weigh", "assign", "accept", "close"}
    assert {action: content for action, content in told.items() if content is not None} == {}


def test_no_line_of_the_form_before_about_a_sealed_case_says_anything_any_more(tmp_path: Path) -> None:
    old_file(tmp_path / "cases.sqlite")
    cases = Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY)
    edit(cases.database.path, PLACES["its subject"])

    assert erase_from_cases(cases.database, Traces([ONE]), Traces([ONE]), JANSEN, {})[0] == 1
    assert [r["line"] for r in _rows(cases, "journal_old")] == ["", ""]


def test_rows_whose_key_names_one_go_and_those_beside_them_stay(cases: Cases) -> None:
    edit(cases.database.path, f"UPDATE control SET subject = '{ONE}' WHERE subject = 'a7'")
    keep_worklist(cases.database, "s2", "account", {"a8": [], f"{ONE}-2": []})

    erase_from_cases(cases.database, Traces([ONE, f"{ONE}-2", "a8"]), Traces(()), JANSEN, {})

    assert [r["subject"] for r in _rows(cases, "control")] == ["a1"]


def test_lines_that_told_of_a_row_before_it_was_scrubbed_tell_nothing_of_it_any_more(cases: Cases) -> None:
    edit(cases.database.path, f"UPDATE dossier SET title = 'behind {ONE}'")

    erase_from_cases(cases.database, Traces([ONE]), Traces(()), JANSEN, {})

    lines = cases.database.rows("SELECT number, text FROM journal_content WHERE part = ? ORDER BY number", ROWS)
    told = [r["number"] for r in lines if any(c.table == "dossier" for c in state.from_text(r["text"]))]
    assert told == [max(r["number"] for r in lines)]
