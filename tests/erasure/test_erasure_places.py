"""Every place where a trace of what became protected can stay, one by one: each step of an erasure is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier.disclosure.partner_view import pseudonyms
from barrier.erasure import erase
from barrier.erasure.effects import NO_EFFECTS
from barrier.erasure.erase import begin
from barrier.erasure.intent import Intent, write_intent
from barrier.erasure.snapshots import erase_snapshots, found_in_snapshots
from barrier.history.snapshots import Content, keep_snapshot, snapshots
from barrier.ingest.protection import NOTHING
from barrier.store import open_store
from barrier.traces import Traces
from tests.helpers import run
from tests.scan.village import Row, house, living_at, village
from tests.searching import holding

pytestmark = pytest.mark.slow

PLACE = "adr-shelter-9"
WHY = ["--purpose", "test"]


def _shelter(flag: str = "") -> list[Row]:
    return [house(PLACE, area=60, protected=flag), *living_at(PLACE, *(f"per-s{i}" for i in range(12)))]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for results and stores, of an account of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def _import(work: Path, store: Path, rows: list[Row]) -> str:
    done = run("import", str(village(work.parent / "region", rows)), "--store", str(store), *WHY)
    assert done.exit_code == 0, done.output
    return done.output


def _scan(work: Path, out: Path, rows: list[Row], *more: str) -> str:
    done = run("scan", str(village(work.parent / "region", rows)), "--out", str(out), *more, *WHY)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_place_that_the_store_knew_in_another_spelling_became_protected(work: Path) -> None:
    store = work / "r.barrier"
    _import(work, store, _shelter())

    said = _import(work, store, [house(PLACE.upper(), protected="true")])

    assert "1 place became protected" in said
    assert holding([PLACE], store) == []


def test_what_a_killed_load_left_goes_also_where_the_graph_that_counts_never_held_it(work: Path) -> None:
    store, other = work / "r.barrier", work / "o.barrier"
    _import(work, store, [])
    _import(work, other, _shelter())
    (graph,) = other.glob("g-*")
    graph.rename(store / "g-left")
    assert holding([PLACE], store) != []

    _import(work, store, _shelter("true"))

    assert holding([PLACE], store) == []


def test_it_goes_also_from_a_store_in_which_no_scan_ever_found_anything(work: Path) -> None:
    region, scan = work.parent / "quiet", ["--out", str(work / "r"), *WHY]
    region.mkdir()
    for flag in ("", "true"):
        (region / "Address.csv").write_text(
            f"id,kind,area_m2,protected\na-1,dwelling,90,\n{PLACE},dwelling,90,{flag}\n"
        )
        (region / "Person.csv").write_text("id\np-1\n")
        (region / "REGISTERED_AT.csv").write_text(f"source_id,target_id,from\np-1,{PLACE},2024-01-01\n")
        done = run("scan", str(region), *scan)
        assert done.exit_code == 0, done.output

    assert "1 place became protected" in done.output
    assert holding([PLACE], work) == []


def test_a_graph_that_is_damaged_when_an_erasure_is_finished_is_dropped_and_built_anew(work: Path) -> None:
    store = work / "r.barrier"
    _import(work, store, _shelter())
    write_intent(str(store), Intent([PLACE], [PLACE], [], "mark"))
    (file,) = store.glob("g-*/**/Address.arrow")
    content = bytearray(file.read_bytes())
    content[content.index(PLACE.encode()) - 40] ^= 0xFF
    file.write_bytes(content)

    shown = run("case", "list", "--store", str(store), *WHY)

    assert shown.exit_code == 0, shown.output
    assert holding([PLACE], store) == []
    _import(work, store, [])


def test_an_erasure_that_another_process_began_meanwhile_is_finished_before_a_load(work: Path) -> None:
    name = str(work / "r.barrier")
    _import(work, Path(name), _shelter())
    store = open_store(name)
    with store.writing():
        write_intent(name, Intent([PLACE], [PLACE], [], "mark"))
        begin(store, NOTHING, counted=lambda _: {}, measured=lambda *_: NO_EFFECTS)
    store.close()

    assert holding([PLACE], Path(name)) == []


@pytest.mark.parametrize("results", [True, False], ids=["results", "a store alone"])
def test_without_a_key_to_know_what_was_erased_before_all_is_looked_at_each_time(
    work: Path, monkeypatch: pytest.MonkeyPatch, results: bool
) -> None:
    monkeypatch.setattr(erase, "mark_of", lambda _: "")
    other = [house("adr-other-8", protected="true")]
    if results:
        _scan(work, work / "r", [*_shelter(), *other])
    else:
        _import(work, work / "r.barrier", [*_shelter(), *other])

    said = _import(work, work / "r.barrier", [*_shelter("true"), *other])

    assert "1 place became protected" in said
    assert holding([PLACE], work) == []


def test_a_file_of_somebody_else_that_names_it_is_left_and_its_folder_is_told(work: Path) -> None:
    out = work / "r"
    _scan(work, out, _shelter())
    (out / "notes.txt").write_text(f"see {PLACE}")

    said = _scan(work, work / "other", _shelter("true"), "--store", str(work / "r.barrier"))

    assert f"{out}: older results could not be reached" in said
    assert (out / "notes.txt").read_text() == f"see {PLACE}"
    (out / "notes.txt").unlink()
    assert "could not be reached" not in _scan(work, work / "other", _shelter("true"), "--store", f"{out}.barrier")


def test_pseudonyms_in_results_for_a_partner_beside_the_store_go_too(work: Path) -> None:
    _scan(work, work / "r", _shelter(), "--as", "emm")
    (name,) = pseudonyms([PLACE], "emm")
    assert holding([name], work) != []
    _import(work, work / "r.barrier", _shelter())

    _import(work, work / "r.barrier", _shelter("true"))

    assert holding([name], work) == []


def _finding(name: str, subject: str, **facts: str) -> dict[str, Any]:
    return {"id": name, "detector": "overcrowded", "subject": {"label": "Address", "id": subject}, "facts": facts}


def _content(**found: Any) -> Content:
    """Return a snapshot of one ordinary address, with something more in one place of it."""
    row = {"address": "a-1", "certain": 3, "possible": 3, "observed": 0, "area_m2": 60, "owners": "", "landlords": ""}
    rows = [row | {"owners": found.get("owners", ""), "landlords": found.get("landlords", "")}]
    rows += [row | {"address": found["address"]}] if "address" in found else []
    visits = pd.DataFrame({"municipality": ["GM1"], "sector": ["dwelling"], "day": [20000], "visits": [2]})
    told = {"barrier": "housing", "strength": "strong", "sources": []}
    findings = [(f | told, "GM1", "dwelling") for f in found.get("findings", [])]
    record = {"at": "2026-01-05", "scan_id": "0" * 16, "detectors": [], "purpose": found.get("purpose", "why")}
    return Content(record, findings, found.get("clusters", []), pd.DataFrame(rows), visits)


def _cluster(*members: str, **more: Any) -> dict[str, Any]:
    return {"id": "c-1", "members": [{"label": "Business", "id": m} for m in members], "people": [2, 3], **more}


ONE = "biz-gone-7"
IN_A_SNAPSHOT: dict[str, Callable[[], Content]] = {
    "the id of a finding": lambda: _content(findings=[_finding(f"overcrowded:{ONE}", "a-1")]),
    "the subject of a finding": lambda: _content(findings=[_finding("overcrowded:x", ONE)]),
    "a fact of a finding": lambda: _content(findings=[_finding("overcrowded:x", "a-1", owner=ONE)]),
    "a member": lambda: _content(clusters=[_cluster("b-1", ONE)]),
    "a candidate": lambda: _content(clusters=[_cluster("b-1", "b-2", candidates=[{"id": ONE}])]),
    "an address": lambda: _content(address=ONE),
    "an owner": lambda: _content(owners=f"b-1 {ONE}"),
    "a landlord": lambda: _content(landlords=ONE),
    "the purpose": lambda: _content(purpose=f"looking at {ONE}."),
}


@pytest.mark.parametrize("place", sorted(IN_A_SNAPSHOT))
def test_an_id_goes_from_a_snapshot_wherever_it_stands_in_it(tmp_path: Path, place: str) -> None:
    keep_snapshot(tmp_path, IN_A_SNAPSHOT[place]())
    assert holding([ONE], tmp_path) != []

    erase_snapshots(tmp_path, Traces([ONE]), {}, NO_EFFECTS)

    assert holding([ONE], tmp_path) == []
    (kept,) = snapshots(tmp_path)
    assert "a-1" in kept.addresses["address"].tolist()


@pytest.mark.parametrize("place", ["a member", "an address", "an owner", "a landlord"])
def test_what_only_a_snapshot_still_knows_is_found_there_and_counts_as_known(tmp_path: Path, place: str) -> None:
    keep_snapshot(tmp_path, IN_A_SNAPSHOT[place]())

    assert found_in_snapshots(tmp_path, {ONE, "biz-never"}) == {ONE}


def test_a_structure_that_loses_a_member_gets_another_id(tmp_path: Path) -> None:
    keep_snapshot(tmp_path, _content(clusters=[_cluster("b-1", ONE)]))

    erase_snapshots(tmp_path, Traces([ONE]), {}, NO_EFFECTS)

    (kept,) = snapshots(tmp_path)
    assert [m["id"] for c in kept.clusters for m in c["members"]] == ["b-1"]
    assert "c-1" not in [c["id"] for c in kept.clusters]  # it was worked out from who was in it


def test_a_snapshot_that_was_being_written_when_a_scan_was_killed_goes(tmp_path: Path) -> None:
    kept = keep_snapshot(tmp_path, _content(findings=[_finding("overcrowded:x", ONE)]))
    kept.rename(tmp_path / f".{kept.name}.part")

    erase_snapshots(tmp_path, Traces([ONE]), {}, NO_EFFECTS)

    assert list(tmp_path.iterdir()) == []


def test_the_number_of_crowded_houses_in_a_snapshot_is_that_of_what_is_left(tmp_path: Path) -> None:
    found = [_finding("overcrowded:a-1", "a-1"), _finding(f"overcrowded:{ONE}", ONE)]
    keep_snapshot(tmp_path, _content(findings=found, address=ONE))

    erase_snapshots(tmp_path, Traces([ONE]), {}, NO_EFFECTS)

    (kept,) = tmp_path.glob("*/scan.json")
    assert json.loads(kept.read_text())["crowding"] == [1, 3]  # one house with three people; it was two with six
