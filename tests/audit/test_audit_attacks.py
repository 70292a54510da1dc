"""A log of readings that somebody touched, or that a crash tore: it is told, whatever was done to it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from barrier.audit.checks import check_log
from barrier.audit.events import ReadEvent, checked_log, erase_readings, readings, record
from barrier.audit.log import read_log
from barrier.audit.places import audit_file
from barrier.chain import Anchor
from tests.audit.logs import lines, mark_of, problems, read

ATTACKS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda x: [x[0], x[1].replace(b'"rows":1', b'"rows":2'), x[2]],
    "purpose changed": lambda x: [x[0], x[1].replace(b"case 7", b"case 8"), x[2]],
    "purpose removed": lambda x: [x[0], x[1].replace(b'"purpose":"case 7",', b""), x[2]],
    "deleted": lambda x: [x[0], x[2]],
    "first deleted": lambda x: x[1:],
    "swapped": lambda x: [x[1], x[0], x[2]],
    "doubled": lambda x: [x[0], x[1], x[1], x[2]],
    "put in": lambda x: [x[0], b"a line of my own\n", x[1], x[2]],
    "put before": lambda x: [b'{"action": "query"}\n', *x],
    "made unreadable": lambda x: [x[0], b"#" + x[1], x[2]],
    "key twice": lambda x: [x[0], x[1].replace(b'"rows":1', b'"rows":9,"rows":1'), x[2]],
    "a field more": lambda x: [x[0], x[1].replace(b'"rows":1', b'"rows":1,"seen":0'), x[2]],
    "written otherwise": lambda x: [x[0], x[1].replace(b'"rows":1', b'"rows": 1'), x[2]],
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_a_log_that_was_touched_says_so(store: str, attack: str) -> None:
    for _ in range(3):
        read(store)
    audit_file(store).write_bytes(b"".join(ATTACKS[attack](lines(store))))

    assert problems(store)


def test_a_log_cut_off_or_written_anew_fails_against_a_line_kept_elsewhere(store: str) -> None:
    heads = [record(ReadEvent("networks", store, "list", "x", 1)) for _ in range(3)]
    kept = Anchor(heads[-1].hash, heads[-1].number, "scan.json")
    audit_file(store).write_bytes(b"".join(lines(store)[:2]))
    assert problems(store) == []
    assert problems(store, kept) == ["scan.json knows line 3 of the log, which is not here (it ends at 2)"]

    audit_file(store).unlink()
    for _ in range(3):
        read(store)
    assert len(problems(store, kept)) == 1


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_line_torn_by_a_crash_is_told_and_the_next_one_goes_on(store: str, cut: int) -> None:
    read(store)
    mark = mark_of(store).read_bytes()
    read(store)
    content = audit_file(store).read_bytes()
    audit_file(store).write_bytes(content[:-cut])
    mark_of(store).write_bytes(mark)  # it is written after its line
    read(store)

    checked = check_log(read_log(audit_file(store)))
    assert checked.problems == []
    if cut > 1:  # else only the line end was lost
        assert checked.notes == ["before line 2: a line was torn by a crash or a full disk"]
    assert len(checked.hashes) == (3 if cut == 1 else 2)


def test_a_log_of_the_form_before_goes_on_and_what_is_in_it_is_guarded(store: str) -> None:
    old = b'{"action": "query", "actor": "j", "subject": "ring-a1", "when": "2026-01-01"}\n'
    audit_file(store).write_bytes(old)
    assert checked_log(store).problems == ["no line is of a chain; the next reading continues them"]
    read(store)
    read(store)

    assert problems(store) == []
    assert [x["subject"] for x in readings(store)] == ["ring-a1", "list", "list"]
    audit_file(store).write_bytes(audit_file(store).read_bytes().replace(b'"j"', b'"k"'))
    assert problems(store) == ["the lines of the form before, which was no chain, were changed"]


def test_a_purpose_removed_by_hand_after_an_erasure_is_told(store: str) -> None:
    read(store, purpose="because of ring-a1")
    read(store, purpose="case 8")
    erase_readings(store, ["ring-a1"])
    audit_file(store).write_bytes(audit_file(store).read_bytes().replace(b'"purpose":"case 8",', b""))

    assert any("line 2: its content is gone, and no line says" in p for p in problems(store))


def test_a_reading_with_a_time_before_the_last_one_is_told(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read(store)
    past = {"when": "2020-01-01T00:00:00+00:00", "actor": "j"}
    monkeypatch.setattr("barrier.audit.events._who", lambda: past)
    read(store)

    (problem,) = problems(store)
    assert problem.startswith("line 2: its time, 2020-01-01T00:00:00+00:00, is before that of the line before it")
    assert json.loads(lines(store)[1])["clock_back_s"] > 0
