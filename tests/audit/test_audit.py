"""The log of readings: a chain that many write at once, and that holds no ids of subjects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from barrier.audit import log as log_of_readings
from barrier.audit.checks import check_log
from barrier.audit.events import ReadEvent, erase_readings, readings, readings_about, record, without_ids
from barrier.audit.log import read_log
from barrier.audit.places import audit_file
from barrier.errors import TryAgainError
from tests.audit.logs import lines, problems, read
from tests.helpers import small_disk


def _read_often(store: str) -> None:
    for _ in range(10):
        read(store)


def test_readings_form_a_chain_that_is_whole_and_private(store: str) -> None:
    for _ in range(3):
        read(store)

    assert problems(store) == []
    assert [x["n"] for x in readings(store)] == [1, 2, 3]
    assert audit_file(store).stat().st_mode & 0o777 == 0o600


def test_ids_of_subjects_are_not_in_the_log_and_who_has_one_finds_who_asked(store: str) -> None:
    read(store, "show ring-lender-4711")
    read(store, "ring-lender-4711")
    read(store, "other-business")

    assert b"ring-lender-4711" not in audit_file(store).read_bytes()
    assert [x["n"] for x in readings_about(store, "ring-lender-4711")] == [1, 2]
    assert readings_about(store, "ring-lender") == []


def test_what_was_asked_for_besides_is_found_too_and_only_hashed(store: str) -> None:
    record(ReadEvent("query", store, "-", "x", 1, named=("a1-4711", "a2-4711")))

    assert b"4711" not in audit_file(store).read_bytes()
    assert [x["n"] for x in readings_about(store, "a2-4711")] == [1]
    assert readings_about(store, "a3-4711") == []


def test_of_very_many_ids_at_once_a_line_keeps_how_many_they_were(store: str) -> None:
    record(ReadEvent("score", store, "ids.csv", "x", 1, named=tuple(f"a{n}" for n in range(5001))))

    assert len(lines(store)[0]) < 1000
    assert readings(store)[0]["unnamed"] == 5001
    assert [x["n"] for x in readings_about(store, "ids.csv")] == [1]


@pytest.mark.parametrize(
    ("action", "subject", "kept"),
    [
        ("query", "shared_address", "shared_address"),
        ("query", "-", "-"),
        ("query", "kerkstraat-1.cypher", ""),
        ("case", "show case-2026-0001", "show case-2026-0001"),
        ("case", "show a1", "show"),
        ("networks", "a1", ""),
        ("history", "address GM9002 38", "address"),
        ("retention", "extend sig-1", "extend"),
        ("score", "ids.csv", ""),
    ],
)
def test_of_what_was_asked_only_barriers_own_words_stay(action: str, subject: str, kept: str) -> None:
    told, asked = without_ids(action, subject)

    assert told == kept
    assert bool(asked) == (kept != subject)


def test_purposes_and_old_lines_that_name_what_is_erased_go_and_the_chain_holds(store: str) -> None:
    audit_file(store).write_bytes(b'{"action": "networks", "subject": "ring-a1"}\n{"action": "scan", "subject": "r"}\n')
    read(store, purpose="because of ring-a1, again")
    read(store, purpose="case 8")

    assert erase_readings(store, ["ring-a1"]) == 2
    checked = check_log(read_log(audit_file(store)))
    assert b"ring-a1" not in audit_file(store).read_bytes()
    assert (checked.problems, checked.erased) == ([], 1)
    assert [x.get("purpose", "") for x in readings(store)] == ["", None, "case 8", ""]
    assert erase_readings(store, ["ring-a1"]) == 0
    read(store)
    assert problems(store) == []


def test_readings_of_several_processes_and_threads_at_once_all_stand_in_one_chain(store: str) -> None:
    code = (
        "import sys; from barrier.audit.events import ReadEvent, record\n"
        "for _ in range(10): record(ReadEvent('networks', sys.argv[1], 'list', 'x', 1))"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, store]) for _ in range(3)]
    threads = [threading.Thread(target=_read_often, args=(store,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [child.wait() for child in children] == [0, 0, 0]

    assert [x["n"] for x in readings(store)] == list(range(1, 51))
    assert problems(store) == []


def test_a_reading_that_waits_while_the_log_is_written_anew_goes_into_the_new_one(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(store, purpose="ring-a1")
    first, tried = log_of_readings._locked, []

    def late(handle: int) -> bool:
        tried.append(handle)
        if len(tried) == 1:  # another process writes the file anew before we hold it
            shutil.copy(audit_file(store), f"{audit_file(store)}.new")
            os.replace(f"{audit_file(store)}.new", audit_file(store))
        return first(handle)

    monkeypatch.setattr(log_of_readings, "_locked", late)
    read(store)

    assert len(tried) == 2
    assert [x["n"] for x in readings(store)] == [1, 2]


def test_on_a_full_disk_nothing_is_half_written_and_nothing_is_handed_out(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        store = str(disk / "r.barrier")
        Path(store).mkdir()
        read(store)
        before = audit_file(store).read_bytes()
        (disk / "filler").write_bytes(b"0" * (shutil.disk_usage(disk).free))
        with pytest.raises(TryAgainError, match="cannot be written"):
            read(store, purpose="x" * 9000)
        (disk / "filler").unlink()

        assert audit_file(store).read_bytes() == before


def test_a_long_log_is_continued_from_its_end(store: str) -> None:
    for _ in range(5):
        read(store, purpose="long " * 8000)
    read(store)

    assert problems(store) == []
    assert len(readings(store)) == 6


def test_a_link_in_the_place_of_the_log_is_not_followed(store: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    audit_file(store).symlink_to(tmp_path / "mine")

    with pytest.raises(TryAgainError, match="cannot be written"):
        read(store)
    assert (tmp_path / "mine").read_text() == ""


def test_a_line_says_which_line_of_the_journal_of_cases_was_the_last(store: str) -> None:
    read(store)

    assert json.loads(lines(store)[0])["journal"] == ""
