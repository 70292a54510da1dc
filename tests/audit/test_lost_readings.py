"""A log of readings that lost its end, and the mark in the store that knows where it ended."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from barrier.audit.events import (
    ReadEvent,
    accept_lost_readings,
    checked_log,
    erase_readings,
    lost_readings,
    readings,
    record,
)
from barrier.audit.places import audit_file
from barrier.chain import Anchor
from barrier.errors import InputError
from tests.audit.logs import cut, mark_of, read


def _empty(log: Path) -> None:
    log.write_bytes(b"")


def _put_older(log: Path) -> None:
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])


LOSSES: dict[str, Callable[[Path], None]] = {
    "cut off": cut,
    "emptied": _empty,
    "removed": Path.unlink,
    "an older copy": _put_older,
}


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_log_that_lost_its_end_is_told_and_what_is_read_next_does_not_make_it_whole(store: str, loss: str) -> None:
    for _ in range(3):
        read(store)
    assert (lost_readings(store), checked_log(store).problems) == ([], [])
    LOSSES[loss](audit_file(store))

    assert "readings.head knows line 3 of the log, which is not here" in checked_log(store).problems[0]
    for _ in range(4):
        (told,) = lost_readings(store)
        assert "line 3 of the log of readings is gone" in told
        assert f"barrier audit restored --store {store} --by NAME --reason TEXT" in told
        read(store)
    number = len(readings(store)) - 3
    missed = f"line {number} was written when line 3, known elsewhere, was gone; see: barrier audit restored"
    assert checked_log(store).problems == [missed]

    mark_of(store).unlink()
    assert checked_log(store).problems == [missed]


def test_a_log_cut_off_twice_says_so_twice(store: str) -> None:
    for _ in range(2):
        read(store)
        cut(audit_file(store))
        read(store)

    assert len(checked_log(store).problems) == 2


def test_a_loss_is_explained_with_a_name_and_a_reason_and_then_the_log_goes_on(store: str) -> None:
    heads = [record(ReadEvent("networks", store, "list", "x", 1)) for _ in range(3)]
    _put_older(audit_file(store))
    read(store)

    assert [a.number for a in accept_lost_readings(store, "Jansen", "disk broke")] == [3]
    read(store)
    found = checked_log(store, [Anchor(heads[2].hash, 3, "scan.json")])
    assert (found.problems, lost_readings(store)) == ([], [])
    assert found.notes[0].startswith("line 3 and what came with it was lost; Jansen recorded why on ")
    assert [x["purpose"] for x in readings(store)][2] == "disk broke"
    with pytest.raises(InputError, match="no line that is known elsewhere is missing"):
        accept_lost_readings(store, "Jansen", "again")


def test_another_loss_is_not_explained_by_the_reason_for_the_first(store: str) -> None:
    for _ in range(3):
        read(store)
    cut(audit_file(store))
    accept_lost_readings(store, "Jansen", "disk broke")
    read(store)
    cut(audit_file(store))

    assert len(checked_log(store).problems) == 1
    assert len(lost_readings(store)) == 1


def test_a_log_that_was_brought_back_whole_has_lost_nothing(store: str) -> None:
    for _ in range(3):
        read(store)
    kept = audit_file(store).read_bytes()
    audit_file(store).unlink()
    assert lost_readings(store)
    audit_file(store).write_bytes(kept)
    read(store)

    assert (lost_readings(store), checked_log(store).problems) == ([], [])


def test_an_erasure_from_a_log_that_was_cut_off_does_not_hide_it(store: str) -> None:
    read(store, purpose="because of ring-a1")
    read(store)
    cut(audit_file(store))

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
    mark_of(store).unlink()
    read(store)

    assert len(checked_log(store).problems) == 1
    assert len(lost_readings(store)) == 1


def test_a_mark_that_was_removed_with_the_end_of_the_log_is_said(store: str) -> None:
    for _ in range(3):
        read(store)
    cut(audit_file(store))
    mark_of(store).unlink()
    read(store)

    assert [n for n in checked_log(store).notes if n.startswith("line 3 was written when the mark")]


def test_the_log_that_servers_share_has_its_mark_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for server in ("bolt://one:7687", "bolt://two:7687"):
        read(server)
    log = audit_file("bolt://one:7687")
    assert sorted(p.name for p in log.parent.glob("audit*")) == ["audit.jsonl", "audit.jsonl.head"]
    cut(log)

    assert len(checked_log("bolt://one:7687").problems) == 1
    assert len(lost_readings("bolt://two:7687")) == 1


def test_a_pipe_in_the_place_of_the_mark_holds_nothing_up(store: str) -> None:
    read(store)
    mark_of(store).unlink()
    os.mkfifo(mark_of(store))
    read(store)

    assert len(readings(store)) == 2
    assert mark_of(store).is_file()


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
    read(store)
    assert mark_of(store).stat().st_mode & 0o777 == 0o600
    mark_of(store).write_bytes(b"\xff\x00 nothing")

    assert lost_readings(store) == []
    assert checked_log(store).notes == [
        "readings.head, which keeps where the log ends, is not there; the next reading makes it"
    ]
