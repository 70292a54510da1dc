"""A damaged snapshot is left out and named; the others go on, and a kill while one is rewritten loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier.errors import DamagedError
from barrier.history.rewriting import finish_rewriting, rewrite_snapshot
from barrier.history.snapshots import Content, damaged_snapshots, keep_snapshot, snapshot_named, snapshots
from barrier.store.own_folders import mark_store

_FILES = ["findings.parquet", "clusters.parquet", "addresses.parquet", "visits.parquet", "scan.json", "manifest.json"]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Keep three snapshots in a store."""
    mark_store(tmp_path / "a.barrier")
    for day in ("2026-01-05", "2026-01-12", "2026-01-19"):
        keep_snapshot(tmp_path / "a.barrier" / "history", _content(day))
    return tmp_path / "a.barrier" / "history"


def _content(day: str) -> Content:
    finding: dict[str, Any] = {"id": "overcrowded:a1", "detector": "overcrowded", "barrier": "housing"}
    finding |= {"subject": {"label": "Address", "id": "a1"}, "strength": "strong"}
    columns = ["address", "certain", "possible", "observed", "owners", "landlords"]
    addresses = pd.DataFrame([("a1", 3, 3, 0, "b1", "")], columns=columns)
    visits = pd.DataFrame({"municipality": ["GM1"], "sector": ["dwelling"], "day": [20000], "visits": [2]})
    record = {"at": day, "scan_id": day.replace("-", "") + "0" * 8, "detectors": []}
    return Content(record, [(finding, "GM1", "dwelling")], [], addresses, visits)


@pytest.mark.parametrize("name", _FILES)
@pytest.mark.parametrize("how", ["flip", "gone"])
def test_one_damaged_snapshot_is_left_out_and_named_and_the_others_stay(history: Path, name: str, how: str) -> None:
    file = history / "2026-01-12-20260112" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.unlink() if how == "gone" else file.write_bytes(content)

    assert [s.day.day for s in snapshots(history)] == [5, 19]
    assert [name in line for line in damaged_snapshots(history)] == [True]
    with pytest.raises(DamagedError, match=name.replace(".", r"\.")):
        snapshot_named(history, "2026-01-12")
    assert snapshot_named(history, "2026-01-19").name == "2026-01-19-20260119"


def test_a_snapshot_under_the_name_of_another_day_or_of_another_store_is_left_out(history: Path) -> None:
    (history / "2026-01-12-20260112").rename(history / "2026-01-13-20260112")
    other = history.parent.parent / "b.barrier"
    mark_store(other)
    keep_snapshot(other / "history", _content("2026-01-26"))
    shutil.copytree(other / "history" / "2026-01-26-20260126", history / "2026-01-26-20260126")

    assert [s.day.day for s in snapshots(history)] == [5, 19]
    assert ["belongs elsewhere" in line for line in damaged_snapshots(history)] == [True, True]


def test_a_rewritten_snapshot_fits_and_leaves_nothing_of_before(history: Path) -> None:
    (_, one, _) = snapshots(history)
    rewrite_snapshot(one.folder, {"addresses": one.addresses.assign(owners="")})

    assert snapshots(history)[1].addresses["owners"].tolist() == [""]
    assert snapshots(history)[1].findings["subject"].tolist() == ["a1"]
    assert sorted(f.name for f in history.iterdir()) == [s.name for s in snapshots(history)]


@pytest.mark.parametrize("finished", [True, False], ids=["after the new one was whole", "before"])
def test_a_kill_between_the_old_and_the_new_loses_neither(history: Path, finished: bool) -> None:
    place, old = history / "2026-01-12-20260112", history / ".2026-01-12-20260112.old"
    part = history / ".2026-01-12-20260112.part"
    shutil.copytree(place, part)
    if not finished:
        (part / "addresses.parquet").unlink()
    place.rename(old)

    finish_rewriting(history)

    assert [s.day.day for s in snapshots(history)] == [5, 12, 19]
    assert not old.exists()


def test_a_folder_of_somebody_else_among_the_snapshots_is_left(history: Path) -> None:
    (history / ".notes.part").mkdir()
    (history / ".notes.part" / "notes.docx").write_text("mine")
    (history / "2026-01-19-20260119" / "mine.txt").write_text("mine")
    keep_snapshot(history, _content("2026-01-26"))

    assert (history / ".notes.part" / "notes.docx").read_text() == "mine"
    assert (history / "2026-01-19-20260119" / "mine.txt").read_text() == "mine"
