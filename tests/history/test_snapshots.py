"""Snapshots: what a year of scans tells together, whole or not at all, and small."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier.errors import InputError, TryAgainError
from barrier.history.diff import holders_changed
from barrier.history.snapshots import Content, keep_snapshot, new_findings, size_of, snapshot_named, snapshots
from barrier.history.structures import follow
from tests.helpers import Results, run, small_disk

pytestmark = pytest.mark.slow

RULES = [{"id": "overcrowded", "hash": "h1"}, {"id": "rotation", "hash": "r1"}]


def _finding(subject: str, detector: str = "overcrowded") -> dict[str, Any]:
    told = {"barrier": "housing", "strength": "strong", "facts": {}, "sources": ["BRP"]}
    return {"id": f"{detector}:{subject}", "detector": detector, "subject": {"label": "Address", "id": subject}, **told}


def _content(day: str, *subjects: str, scan: str = "", owners: dict[str, str] | None = None, **more: Any) -> Content:
    held = owners or {}
    rows = [(a, 3, 3, 0, held.get(a, ""), "") for a in sorted({*subjects, *held})]
    addresses = pd.DataFrame(rows, columns=["address", "certain", "possible", "observed", "owners", "landlords"])
    visits = pd.DataFrame({"municipality": ["GM1"], "sector": ["dwelling"], "day": [20000], "visits": [2]})
    record = {"at": day, "scan_id": (scan or day.replace("-", "")).ljust(16, "0"), "detectors": RULES, **more}
    return Content(record, [(_finding(s), "GM1", "dwelling") for s in subjects], [], addresses, visits)


def _cluster(name: str, *members: str) -> dict[str, Any]:
    return {"id": name, "members": [{"label": "Business", "id": m} for m in members], "people": [2, 3]}


def test_a_snapshot_gives_back_what_went_in(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, _content("2026-01-05", "a1", "a2", owners={"a1": "b1"}))
    (kept,) = snapshots(tmp_path)

    assert kept.day == date(2026, 1, 5)
    assert kept.findings["subject"].tolist() == ["a1", "a2"]
    assert kept.scan().findings["overcrowded:a1"] == _finding("a1")
    assert kept.addresses.set_index("address").loc["a1", "owners"] == "b1"


def test_of_two_scans_of_one_day_the_later_counts(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, _content("2026-01-05", "a1", scan="ffffffff"))
    keep_snapshot(tmp_path, _content("2026-01-05", "a2", scan="00000000"))

    assert [s.findings["subject"].tolist() for s in snapshots(tmp_path)] == [["a2"]]


def test_a_full_disk_leaves_the_snapshots_that_were_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        keep_snapshot(disk, _content("2026-01-05", "a1"))
        (disk / "filler").write_bytes(b"0" * (shutil.disk_usage(disk).free - 4096))
        with pytest.raises(TryAgainError, match="cannot be written"):
            keep_snapshot(disk, _content("2026-01-12", *(f"a{i}" for i in range(3000))))

        assert [s.day for s in snapshots(disk)] == [date(2026, 1, 5)]
        assert [f.name for f in disk.iterdir() if f.name.endswith(".part")] == []


def test_new_findings_leave_out_the_first_scan_and_what_a_changed_rule_found(tmp_path: Path) -> None:
    changed = [{"id": "overcrowded", "hash": "h2"}, RULES[1]]
    keep_snapshot(tmp_path, _content("2026-01-05", "a1"))
    keep_snapshot(tmp_path, _content("2026-01-12", "a1", "a2"))
    keep_snapshot(tmp_path, _content("2026-01-19", "a1", "a2", "a3", detectors=changed))
    found = new_findings(snapshots(tmp_path))

    assert list(zip(found["day"], found["subject"], strict=True)) == [(date(2026, 1, 12), "a2")]


def test_a_day_without_snapshot_is_refused(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, _content("2026-01-05", "a1"))

    assert snapshot_named(tmp_path, "2026-01-05").name == "2026-01-05-20260105"
    with pytest.raises(InputError, match="2026-01-06: no snapshot"):
        snapshot_named(tmp_path, "2026-01-06")


def test_a_new_owner_is_told_and_many_equal_changes_are_one_line() -> None:
    before = pd.DataFrame({"owners": ["b1", "b1", "b9", ""], "landlords": [""] * 4}, index=["a1", "a2", "a3", "a4"])
    after = pd.DataFrame({"owners": ["b2", "b2", "b8", "b8"], "landlords": [""] * 4}, index=["a1", "a2", "a3", "a4"])
    found = holders_changed(before, after)

    assert [(h["before"], h["after"], h["addresses"]) for h in found] == [
        ("b1", "b2", ["a1", "a2"]),
        ("", "b8", ["a4"]),
        ("b9", "b8", ["a3"]),
    ]


def test_many_houses_that_go_to_one_hand_are_one_line_whoever_had_them() -> None:
    ids = [f"a{i}" for i in range(25)]
    before = pd.DataFrame({"owners": [f"p{i}" for i in range(25)], "landlords": [""] * 25}, index=ids)
    after = before.assign(owners=["corp"] * 19 + [f"q{i}" for i in range(6)])
    bulk = holders_changed(before, before.assign(owners="corp"))

    assert [(h["before"], h["after"], len(h["addresses"])) for h in bulk] == [("", "corp", 25)]
    assert len(holders_changed(before, after)) == 25


def test_an_owner_that_is_no_longer_known_is_no_new_owner() -> None:
    known = pd.DataFrame({"owners": ["b1"], "landlords": [""]}, index=["a1"])
    unknown = pd.DataFrame({"owners": [""], "landlords": [""]}, index=["a1"])

    assert holders_changed(known, unknown) == []
    assert holders_changed(known[["landlords"]], known) == []


def _fates(*scans: list[dict[str, Any]]) -> list[list[str]]:
    lines = follow([(date(2026, 1, 5 + 7 * i), clusters) for i, clusters in enumerate(scans)])
    return [[s.fate for s in line.stages] for line in lines]


def test_a_structure_keeps_one_line_while_its_id_changes() -> None:
    assert _fates([_cluster("c1", "x", "y")], [_cluster("c2", "x", "y", "z")]) == [["new", "grown"]]


def test_a_structure_that_was_gone_and_comes_back_is_resumed() -> None:
    first = [_cluster("c1", "x", "y", "z")]

    assert _fates(first, [], [], [_cluster("c9", "x", "y", "w")]) == [["new", "gone", "resumed"]]
    assert _fates(first, [], [_cluster("c9", "p", "q")]) == [["new"], ["new", "gone"]]


def test_of_one_that_splits_one_part_goes_on_and_the_other_begins_as_a_part() -> None:
    lines = _fates([_cluster("c1", "u", "v", "x", "y")], [_cluster("c2", "u", "v"), _cluster("c3", "x", "y")])

    assert lines == [["new", "split"], ["split"]]


def test_of_two_that_merge_one_goes_on_and_the_other_ends() -> None:
    both = [_cluster("c1", "u", "v"), _cluster("c2", "x", "y")]

    assert _fates(both, [_cluster("c3", "u", "v", "x", "y")]) == [["new", "merged"], ["new", "gone"]]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scan the demo region on three days."""
    place = tmp_path_factory.mktemp("year")
    for day in ("2026-06-01", "2026-07-01", "2026-09-01"):
        assert run("scan", "fixtures/demo", "--out", str(place / "out"), "--at", day).exit_code == 0
    return place


def test_every_scan_leaves_a_snapshot_that_can_be_compared(year: Path) -> None:
    store = str(year / "out.barrier")
    listed = run("history", "list", "--store", store, "--json").output.splitlines()
    told = run("diff", "2026-06-01", "2026-07-01", "--store", store).output
    address = run("history", "address", "ring-a1", "--store", store).output

    assert [json.loads(x)["day"] for x in listed] == ["2026-06-01", "2026-07-01", "2026-09-01"]
    assert "new: " in told
    assert "landlords ring-letting" in address
    assert size_of(snapshots(year / "out.barrier" / "history")) < 1_000_000


def test_owners_and_landlords_are_those_of_the_day(tmp_path: Path) -> None:
    region = Path(shutil.copytree("fixtures/demo", tmp_path / "region"))
    head = (region / "OWNS.csv").read_text().splitlines()[0].split(",")
    table = pd.read_csv(region / "OWNS.csv", dtype="str", keep_default_na=False)
    rows = [("ring-letting", "2010-01-01", "2020-01-01"), ("ring-lender", "2020-01-01", "")]
    told = [{"source_id": who, "target_id": "ring-a1", "from": a, "until": b} for who, a, b in rows]
    assert "ring-a1" not in set(table["target_id"])
    pd.concat([table, pd.DataFrame(told)]).fillna("").to_csv(region / "OWNS.csv", index=False)
    run("scan", str(region), "--out", str(tmp_path / "out"), "--at", "2026-09-01")
    (kept,) = snapshots(tmp_path / "out.barrier" / "history")

    assert "source_id" in head
    assert kept.addresses.set_index("address").loc["ring-a1", "owners"] == "ring-lender"


@pytest.mark.parametrize("order", [["ring-letting", "ring-lender"], ["ring-lender", "ring-letting"]])
def test_two_owners_are_told_the_same_in_whichever_order_they_are_delivered(tmp_path: Path, order: list[str]) -> None:
    region = Path(shutil.copytree("fixtures/demo", tmp_path / "region"))
    table = pd.read_csv(region / "OWNS.csv", dtype="str", keep_default_na=False)
    told = [{"source_id": who, "target_id": "ring-a1", "from": "2010-01-01", "until": ""} for who in order]
    pd.concat([table, pd.DataFrame(told)]).fillna("").to_csv(region / "OWNS.csv", index=False)
    run("scan", str(region), "--out", str(tmp_path / "out"), "--at", "2026-09-01")
    (kept,) = snapshots(tmp_path / "out.barrier" / "history")

    assert kept.addresses.set_index("address").loc["ring-a1", "owners"] == "ring-lender ring-letting"


def test_a_scan_as_a_partner_leaves_no_snapshot(tmp_path: Path) -> None:
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--as", "police", "--at", "2026-09-01")

    assert done.exit_code == 0
    assert snapshots(tmp_path / "out.barrier" / "history") == []


def test_the_report_draws_the_structures_that_came_and_how_full_it_was(year: Path) -> None:
    page = Results(year / "out").report
    section = page.split('id="time"')[1].split("<h2")[0]

    assert section.count("<svg") == 3  # structures, addresses, people
    assert re.findall(r"c-[0-9a-f]{10}, \d+ members", section.split("<svg")[1])
    assert "of 3 scans since 2026-06-01" in section
    assert "2026-07-01 new (6 members)" in section
    assert "<script" not in page


def test_a_structure_s_line_is_found_by_a_member(year: Path) -> None:
    store = ["--store", str(year / "out.barrier")]

    assert "2026-06-01 new (13 members)" in run("history", "structures", "ring-lender", *store).output
    assert run("history", "structures", "nobody", *store).exit_code == 2
