"""A scan of a store that was scanned before looks where something changed, with the results of a scan of everything."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barrier import resources
from barrier.analysis.baseline import FOLDER
from barrier.ingest.region import Region, read_region
from barrier.store.embedded import EmbeddedStore
from tests.changed import changed
from tests.helpers import Results, copy_store, run

pytestmark = pytest.mark.slow

FIRST, NEXT = "2026-09-01", "2026-09-02"
COMPARED = ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl")


def _scan(region: Path, out: Path, store: Path, *more: str) -> Results:
    done = run("scan", str(region), "--out", str(out), "--store", str(store), "--purpose", "test", *more)
    assert done.exit_code in {0, 2}, done.output
    return Results(out)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo region scanned once, as store.barrier."""
    folder = tmp_path_factory.mktemp("first")
    _scan(resources.fixtures() / "demo", folder / "out", folder / "store.barrier", "--at", FIRST)
    return folder


@pytest.mark.parametrize(
    ("seed", "day"), [(1, NEXT), (2, NEXT), (3, "2026-11-30"), (4, FIRST), (5, "2027-01-02"), (6, "2026-06-01")]
)
def test_results_are_those_of_a_scan_of_everything(scanned: Path, tmp_path: Path, seed: int, day: str) -> None:
    region = changed(resources.fixtures() / "demo", tmp_path / "region", seed=seed)
    copy_store(scanned / "store.barrier", tmp_path / "again.barrier")

    again = _scan(region, tmp_path / "again", tmp_path / "again.barrier", "--at", day)
    whole = _scan(region, tmp_path / "whole", tmp_path / "whole.barrier", "--at", day)

    assert again.scan["built_on"] == Results(scanned / "out").scan["scan_id"]
    assert whole.scan["built_on"] is None
    for name in COMPARED:
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    assert again.scan["warnings"] == whole.scan["warnings"]
    assert again.scan["rows_loaded"] == whole.scan["rows_loaded"]


def test_a_large_region_that_is_worked_on_table_by_table_gives_the_same(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = changed(resources.fixtures() / "demo", tmp_path / "region", seed=8)
    copy_store(scanned / "store.barrier", tmp_path / "again.barrier")
    whole = _scan(region, tmp_path / "whole", tmp_path / "whole.barrier", "--at", NEXT)

    monkeypatch.setattr("barrier.scan.run.LARGE_ROWS", 0)
    again = _scan(region, tmp_path / "again", tmp_path / "again.barrier", "--at", NEXT)

    assert again.scan["built_on"]
    for name in COMPARED:
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name


def test_the_store_holds_the_same_graph_link_by_link(scanned: Path, tmp_path: Path) -> None:
    region = changed(resources.fixtures() / "demo", tmp_path / "region", seed=7)
    copy_store(scanned / "store.barrier", tmp_path / "again.barrier")
    _scan(region, tmp_path / "again", tmp_path / "again.barrier", "--at", NEXT)
    _scan(region, tmp_path / "whole", tmp_path / "whole.barrier", "--at", NEXT)

    for query in (
        "MATCH (n) RETURN labels(n)[0] AS label, n.id AS id, properties(n) AS p",
        "MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS kind, b.id AS b, properties(r) AS p",
    ):
        found = []
        for name in ("again", "whole"):
            store = EmbeddedStore(tmp_path / f"{name}.barrier")
            rows = store.read(query).frame
            found.append(sorted(json.dumps(list(r), sort_keys=True, default=str) for r in rows.itertuples(index=False)))
        assert len(found[0]) > 3_000
        assert found[0] == found[1]


def test_files_are_read_again_when_another_scan_came_between(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_store(scanned / "store.barrier", tmp_path / "s.barrier")
    other = changed(resources.fixtures() / "demo", tmp_path / "other", seed=21)
    region = changed(resources.fixtures() / "demo", tmp_path / "region", seed=22)
    whole = _scan(region, tmp_path / "whole", tmp_path / "whole.barrier", "--at", NEXT)
    calls: list[Path] = []

    def slow(path: Path, **given: Any) -> Region:  # meanwhile another scan ends
        if path == region and not calls:
            _scan(other, tmp_path / "between", tmp_path / "s.barrier", "--at", NEXT)
        calls.append(path)
        return read_region(path, **given)

    monkeypatch.setattr("barrier.scan.importing.read_region", slow)
    again = _scan(region, tmp_path / "again", tmp_path / "s.barrier", "--at", NEXT)

    assert calls.count(region) == 2
    for name in COMPARED:
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name


def test_a_stay_is_looked_at_again_when_the_guest_is_no_longer_registered_elsewhere(tmp_path: Path) -> None:
    region = tmp_path / "region"
    region.mkdir()
    people = [f"p-{i}" for i in range(40)]

    def write(registered: list[str]) -> None:
        (region / "Person.csv").write_text("\n".join(["id", *people]) + "\n", encoding="utf-8")
        homes = "\n".join(["id", *(f"a-{p}" for p in people), "camp"]) + "\n"
        (region / "Address.csv").write_text(homes, encoding="utf-8")
        rows = [f"{p},a-{p},2020-01-01" for p in registered]
        links = "\n".join(["source_id,target_id,from", *rows]) + "\n"
        (region / "REGISTERED_AT.csv").write_text(links, encoding="utf-8")
        (region / "STAYS_AT.csv").write_text("source_id,target_id,from\np-0,camp,2026-01-01\n", encoding="utf-8")

    write(people)
    first = _scan(region, tmp_path / "first", tmp_path / "s.barrier", "--at", FIRST)
    write(people[1:])
    again = _scan(region, tmp_path / "again", tmp_path / "s.barrier", "--at", NEXT)

    assert "unregistered_stay:camp" not in {f["id"] for f in first.findings}
    assert again.scan["built_on"]
    assert "unregistered_stay:camp" in {f["id"] for f in again.findings}


def test_afresh_another_norm_and_a_lost_baseline_look_everywhere(scanned: Path, tmp_path: Path) -> None:
    region = tmp_path / "region"
    shutil.copytree(resources.fixtures() / "demo", region)
    copy_store(scanned / "store.barrier", tmp_path / "s.barrier")
    first = Results(scanned / "out").scan["scan_id"]

    built = [_scan(region, tmp_path / "a", tmp_path / "s.barrier", "--at", NEXT).scan["built_on"]]
    built.append(_scan(region, tmp_path / "b", tmp_path / "s.barrier", "--at", NEXT, "--afresh").scan["built_on"])
    shutil.rmtree(tmp_path / "s.barrier" / FOLDER)
    built.append(_scan(region, tmp_path / "c", tmp_path / "s.barrier", "--at", NEXT).scan["built_on"])

    assert built == [first, None, None]


def test_a_damaged_baseline_is_told_and_everything_is_looked_at(scanned: Path, tmp_path: Path) -> None:
    store = tmp_path / "s.barrier"
    shutil.copytree(scanned / "store.barrier", store)
    occupancy = store / FOLDER / "occupancy.arrow"
    content = bytearray(occupancy.read_bytes())
    content[-200] ^= 4
    occupancy.write_bytes(content)

    told = _scan(resources.fixtures() / "demo", tmp_path / "a", store, "--at", NEXT).scan

    assert told["built_on"] is None
    damage = [w for w in told["warnings"] if w.startswith("what the last scan left to build on is damaged")]
    assert len(damage) == 1
    assert "occupancy.arrow: is not as it was written" in damage[0]
