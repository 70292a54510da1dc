"""The log of readings: a chain that many write at once, that a crash tears, and that holds no ids of subjects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from barrier.chain import Anchor
from barrier.errors import InputError, TryAgainError
from barrier.scan import readings as log_of_readings
from barrier.scan.audit import (
    ReadEvent,
    accept_lost_readings,
    checked_log,
    erase_readings,
    lost_readings,
    readings,
    readings_about,
    record,
    without_ids,
)
from barrier.scan.log_checks import check_log
from barrier.scan.places import audit_file
from barrier.scan.readings import read_log
from barrier.store.own_folders import READINGS, mark_store
from tests.helpers import small_disk


@pytest.fixture
def store(tmp_path: Path) -> str:
    place = tmp_path / "r.barrier"
    mark_store(place)
    return str(place)


def _read(store: str, subject: str = "list", purpose: str = "case 7") -> None:
    record(ReadEvent("networks", store, subject, purpose, 1))


def _read_often(store: str) -> None:
    for _ in range(10):
        _read(store)


def _problems(store: str, *anchors: Anchor) -> list[str]:
    return check_log(read_log(audit_file(store)), anchors).problems


def _lines(store: str) -> list[bytes]:
    return audit_file(store).read_bytes().splitlines(keepends=True)


def _mark(store: str) -> Path:
    return Path(store) / READINGS


def test_readings_form_a_chain_that_is_whole_and_private(store: str) -> None:
    for _ in range(3):
        _read(store)

    assert _problems(store) == []
    assert [x["n"] for x in readings(store)] == [1, 2, 3]
    assert audit_file(store).stat().st_mode & 0o777 == 0o600


def test_ids_of_subjects_are_not_in_the_log_and_who_has_one_finds_who_asked(store: str) -> None:
    _read(store, "show ring-lender-4711")
    _read(store, "ring-lender-4711")
    _read(store, "other-business")

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

    assert len(_lines(store)[0]) < 1000
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
        _read(store)
    audit_file(store).write_bytes(b"".join(ATTACKS[attack](_lines(store))))

    assert _problems(store)


def test_a_log_cut_off_or_written_anew_fails_against_a_line_kept_elsewhere(store: str) -> None:
    heads = [record(ReadEvent("networks", store, "list", "x", 1)) for _ in range(3)]
    kept = Anchor(heads[-1].hash, heads[-1].number, "scan.json")
    audit_file(store).write_bytes(b"".join(_lines(store)[:2]))
    assert _problems(store) == []
    assert _problems(store, kept) == ["scan.json knows line 3 of the log, which is not here (it ends at 2)"]

    audit_file(store).unlink()
    for _ in range(3):
        _read(store)
    assert len(_problems(store, kept)) == 1


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_line_torn_by_a_crash_is_told_and_the_next_one_goes_on(store: str, cut: int) -> None:
    _read(store)
    mark = _mark(store).read_bytes()
    _read(store)
    content = audit_file(store).read_bytes()
    audit_file(store).write_bytes(content[:-cut])
    _mark(store).write_bytes(mark)  # it is written after its line
    _read(store)

    checked = check_log(read_log(audit_file(store)))
    assert checked.problems == []
    if cut > 1:  # else only the line end was lost
        assert checked.notes == ["before line 2: a line was torn by a crash or a full disk"]
    assert len(checked.hashes) == (3 if cut == 1 else 2)


def test_a_log_of_the_form_before_goes_on_and_what_is_in_it_is_guarded(store: str) -> None:
    old = b'{"action": "query", "actor": "j", "subject": "ring-a1", "when": "2026-01-01"}\n'
    audit_file(store).write_bytes(old)
    assert checked_log(store).problems == ["no line is of a chain; the next reading continues them"]
    _read(store)
    _read(store)

    assert _problems(store) == []
    assert [x["subject"] for x in readings(store)] == ["ring-a1", "list", "list"]
    audit_file(store).write_bytes(audit_file(store).read_bytes().replace(b'"j"', b'"k"'))
    assert _problems(store) == ["the lines of the form before, which was no chain, were changed"]


def test_purposes_and_old_lines_that_name_what_is_erased_go_and_the_chain_holds(store: str) -> None:
    audit_file(store).write_bytes(b'{"action": "networks", "subject": "ring-a1"}\n{"action": "scan", "subject": "r"}\n')
    _read(store, purpose="because of ring-a1, again")
    _read(store, purpose="case 8")

    assert erase_readings(store, ["ring-a1"]) == 2
    checked = check_log(read_log(audit_file(store)))
    assert b"ring-a1" not in audit_file(store).read_bytes()
    assert (checked.problems, checked.erased) == ([], 1)
    assert [x.get("purpose", "") for x in readings(store)] == ["", None, "case 8", ""]
    assert erase_readings(store, ["ring-a1"]) == 0
    _read(store)
    assert _problems(store) == []


def test_a_purpose_removed_by_hand_after_an_erasure_is_told(store: str) -> None:
    _read(store, purpose="because of ring-a1")
    _read(store, purpose="case 8")
    erase_readings(store, ["ring-a1"])
    audit_file(store).write_bytes(audit_file(store).read_bytes().replace(b'"purpose":"case 8",', b""))

    assert any("line 2: its content is gone, and no line says" in p for p in _problems(store))


def test_readings_of_several_processes_and_threads_at_once_all_stand_in_one_chain(store: str) -> None:
    code = (
        "import sys; from barrier.scan.audit import ReadEvent, record\n"
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
    assert _problems(store) == []


def test_a_reading_that_waits_while_the_log_is_written_anew_goes_into_the_new_one(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _read(store, purpose="ring-a1")
    first, tried = log_of_readings._locked, []

    def late(handle: int) -> bool:
        tried.append(handle)
        if len(tried) == 1:  # another process writes the file anew before we hold it
            shutil.copy(audit_file(store), f"{audit_file(store)}.new")
            os.replace(f"{audit_file(store)}.new", audit_file(store))
        return first(handle)

    monkeypatch.setattr(log_of_readings, "_locked", late)
    _read(store)

    assert len(tried) == 2
    assert [x["n"] for x in readings(store)] == [1, 2]


def test_on_a_full_disk_nothing_is_half_written_and_nothing_is_handed_out(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        store = str(disk / "r.barrier")
        Path(store).mkdir()
        _read(store)
        before = audit_file(store).read_bytes()
        (disk / "filler").write_bytes(b"0" * (shutil.disk_usage(disk).free))
        with pytest.raises(TryAgainError, match="cannot be written"):
            _read(store, purpose="x" * 9000)
        (disk / "filler").unlink()

        assert audit_file(store).read_bytes() == before


def _cut(log: Path) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))


def _empty(log: Path) -> None:
    log.write_bytes(b"")


def _put_older(log: Path) -> None:
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])


LOSSES: dict[str, Callable[[Path], None]] = {
    "cut off": _cut,
    "emptied": _empty,
    "removed": Path.unlink,
    "an older copy": _put_older,
}


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_log_that_lost_its_end_is_told_and_what_is_read_next_does_not_make_it_whole(store: str, loss: str) -> None:
    for _ in range(3):
        _read(store)
    assert (lost_readings(store), checked_log(store).problems) == ([], [])
    LOSSES[loss](audit_file(store))

    assert "readings.head knows line 3 of the log, which is not here" in checked_log(store).problems[0]
    for _ in range(4):
        (told,) = lost_readings(store)
        assert "line 3 of the log of readings is gone" in told
        assert f"barrier audit restored --store {store} --by NAME --reason TEXT" in told
        _read(store)
    number = len(readings(store)) - 3
    missed = f"line {number} was written when line 3, known elsewhere, was gone; see: barrier audit restored"
    assert checked_log(store).problems == [missed]

    _mark(store).unlink()
    assert checked_log(store).problems == [missed]


def test_a_log_cut_off_twice_says_so_twice(store: str) -> None:
    for _ in range(2):
        _read(store)
        _cut(audit_file(store))
        _read(store)

    assert len(checked_log(store).problems) == 2


def test_a_loss_is_explained_with_a_name_and_a_reason_and_then_the_log_goes_on(store: str) -> None:
    heads = [record(ReadEvent("networks", store, "list", "x", 1)) for _ in range(3)]
    _put_older(audit_file(store))
    _read(store)

    assert [a.number for a in accept_lost_readings(store, "Jansen", "disk broke")] == [3]
    _read(store)
    found = checked_log(store, [Anchor(heads[2].hash, 3, "scan.json")])
    assert (found.problems, lost_readings(store)) == ([], [])
    assert found.notes[0].startswith("line 3 and what came with it was lost; Jansen recorded why on ")
    assert [x["purpose"] for x in readings(store)][2] == "disk broke"
    with pytest.raises(InputError, match="no line that is known elsewhere is missing"):
        accept_lost_readings(store, "Jansen", "again")


def test_another_loss_is_not_explained_by_the_reason_for_the_first(store: str) -> None:
    for _ in range(3):
        _read(store)
    _cut(audit_file(store))
    accept_lost_readings(store, "Jansen", "disk broke")
    _read(store)
    _cut(audit_file(store))

    assert len(checked_log(store).problems) == 1
    assert len(lost_readings(store)) == 1


def test_a_log_that_was_brought_back_whole_has_lost_nothing(store: str) -> None:
    for _ in range(3):
        _read(store)
    kept = audit_file(store).read_bytes()
    audit_file(store).unlink()
    assert lost_readings(store)
    audit_file(store).write_bytes(kept)
    _read(store)

    assert (lost_readings(store), checked_log(store).problems) == ([], [])


def test_an_erasure_from_a_log_that_was_cut_off_does_not_hide_it(store: str) -> None:
    _read(store, purpose="because of ring-a1")
    _read(store)
    _cut(audit_file(store))

    assert erase_readings(store, ["ring-a1"]) == 1
    assert checked_log(store).problems == [
        "line 2 was written when line 2, known elsewhere, was gone; see: barrier audit restored"
    ]
    assert lost_readings(store)


def test_without_mark_the_line_in_the_results_beside_the_store_is_missed(store: str, tmp_path: Path) -> None:
    kept = record(ReadEvent("scan", store, "r", "x", 1))
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "scan.json").write_text(json.dumps({"readings": str(kept), "view": ""}))
    audit_file(store).unlink()
    _mark(store).unlink()
    _read(store)

    assert len(checked_log(store).problems) == 1
    assert len(lost_readings(store)) == 1


def test_a_mark_that_was_removed_with_the_end_of_the_log_is_said(store: str) -> None:
    for _ in range(3):
        _read(store)
    _cut(audit_file(store))
    _mark(store).unlink()
    _read(store)

    assert [n for n in checked_log(store).notes if n.startswith("line 3 was written when the mark")]


def test_the_log_that_servers_share_has_its_mark_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for server in ("bolt://one:7687", "bolt://two:7687"):
        _read(server)
    log = audit_file("bolt://one:7687")
    assert sorted(p.name for p in log.parent.glob("audit*")) == ["audit.jsonl", "audit.jsonl.head"]
    _cut(log)

    assert len(checked_log("bolt://one:7687").problems) == 1
    assert len(lost_readings("bolt://two:7687")) == 1


def test_a_pipe_in_the_place_of_the_mark_holds_nothing_up(store: str) -> None:
    _read(store)
    _mark(store).unlink()
    os.mkfifo(_mark(store))
    _read(store)

    assert len(readings(store)) == 2
    assert _mark(store).is_file()


def test_a_view_begun_anew_without_its_log_says_so_and_is_no_store(tmp_path: Path) -> None:
    view = tmp_path / "bank"
    kept = record(ReadEvent("scan", str(view), "r", "x", 1))
    view.mkdir()
    (view / "scan.json").write_text(json.dumps({"readings": kept.hash, "view": "bank"}))
    audit_file(str(view)).unlink()
    record(ReadEvent("scan", str(view), "r", "x", 1))

    assert checked_log(str(view)).problems == [
        "line 1 was written when a line, known elsewhere, was gone; see: barrier audit restored"
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bank", "bank.audit.jsonl"]
    assert [p.name for p in view.iterdir()] == ["scan.json"]


def test_a_store_without_any_line_of_its_log_is_told(store: str) -> None:
    assert checked_log(store).problems == [
        "there is a store, and no line that it was read in: the log was removed, or not copied along"
    ]


def test_a_mark_is_private_and_one_that_cannot_be_read_as_a_mark_is_none(store: str) -> None:
    _read(store)
    assert _mark(store).stat().st_mode & 0o777 == 0o600
    _mark(store).write_bytes(b"\xff\x00 nothing")

    assert lost_readings(store) == []
    assert checked_log(store).notes == [
        "readings.head, which keeps where the log ends, is not there; the next reading makes it"
    ]


def test_a_long_log_is_continued_from_its_end(store: str) -> None:
    for _ in range(5):
        _read(store, purpose="long " * 8000)
    _read(store)

    assert _problems(store) == []
    assert len(readings(store)) == 6


def test_a_link_in_the_place_of_the_log_is_not_followed(store: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    audit_file(store).symlink_to(tmp_path / "mine")

    with pytest.raises(TryAgainError, match="cannot be written"):
        _read(store)
    assert (tmp_path / "mine").read_text() == ""


def test_a_line_says_which_line_of_the_journal_of_cases_was_the_last(store: str) -> None:
    _read(store)

    assert json.loads(_lines(store)[0])["journal"] == ""


def test_a_reading_with_a_time_before_the_last_one_is_told(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _read(store)
    past = {"when": "2020-01-01T00:00:00+00:00", "actor": "j"}
    monkeypatch.setattr("barrier.scan.audit._who", lambda: past)
    _read(store)

    (problem,) = _problems(store)
    assert problem.startswith("line 2: its time, 2020-01-01T00:00:00+00:00, is before that of the line before it")
    assert json.loads(_lines(store)[1])["clock_back_s"] > 0
