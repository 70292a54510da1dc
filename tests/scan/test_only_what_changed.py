"""A scan of a store that was scanned before looks where something changed, with the results of a scan of everything."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from barrier import resources
from barrier.ingest.known import Known
from barrier.ingest.region import Region, read_region
from barrier.scan.baseline import FOLDER
from barrier.store.changes import changes_between
from barrier.store.columns import COLUMNS
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables
from benchmarks.nightly import OTHER_END
from tests.helpers import Results, run

FIRST, NEXT = "2026-09-01", "2026-09-02"
COMPARED = ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl")


def _changed(region: Path, place: Path, *, seed: int, share: float = 0.02) -> Path:
    """Return a copy of a region in which some rows of every table moved, left, came twice or are wrong."""
    dice = random.Random(seed)
    shutil.copytree(region, place)
    tables = {
        file.stem: list(csv.reader(file.read_text(encoding="utf-8").splitlines())) for file in place.glob("*.csv")
    }
    for name, (head, *rows) in tables.items():
        for i in dice.sample(range(len(rows)), max(1, int(share * len(rows)))):
            what = dice.choice(["end", "cell", "drop", "again", "wrong"])
            if what == "end" and name in OTHER_END:
                rows[i][head.index("target_id")] = dice.choice(tables[OTHER_END[name]][1:])[0]
            elif what == "drop":
                rows[i] = []
            elif what == "again" and "target_id" in head:
                rows.append([*rows[i]])
            elif what == "wrong":
                rows[i][-1] = "=1+1"
            elif "from" in head and rows[i]:
                rows[i][head.index("from")] = f"20{dice.randint(18, 26)}-0{dice.randint(1, 9)}-01"
            elif "birth_year" in head:
                rows[i][head.index("birth_year")] = str(dice.randint(1950, 2020))
        dice.shuffle(rows) if dice.random() < 0.2 else None
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *(row for row in rows if row)])
    return place


def _known(store: EmbeddedStore) -> Known:
    held = store.snapshot()
    assert held is not None
    return Known(store.table, store.ids, held.fingerprint)


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
    region = _changed(resources.fixtures() / "demo", tmp_path / "region", seed=seed)
    shutil.copytree(scanned / "store.barrier", tmp_path / "again.barrier")

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
    region = _changed(resources.fixtures() / "demo", tmp_path / "region", seed=8)
    shutil.copytree(scanned / "store.barrier", tmp_path / "again.barrier")
    whole = _scan(region, tmp_path / "whole", tmp_path / "whole.barrier", "--at", NEXT)

    monkeypatch.setattr("barrier.scan.run.LARGE_ROWS", 0)
    again = _scan(region, tmp_path / "again", tmp_path / "again.barrier", "--at", NEXT)

    assert again.scan["built_on"]
    for name in COMPARED:
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name


def test_the_store_holds_the_same_graph_link_by_link(scanned: Path, tmp_path: Path) -> None:
    region = _changed(resources.fixtures() / "demo", tmp_path / "region", seed=7)
    shutil.copytree(scanned / "store.barrier", tmp_path / "again.barrier")
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


def _same_reading(region: Path, store: EmbeddedStore) -> Region:
    """Read a region beside what a store holds, compare with reading everything, and return it."""
    part, whole = read_region(region, known=_known(store)), read_region(region)
    for name, table in whole.tables.all_tables().items():
        assert part.tables.table(name).equals(table), name
    for name, links in whole.tables.links.items():
        assert part.tables.links[name].source_labels.to_pylist() == links.source_labels.to_pylist(), name
        assert part.tables.links[name].target_labels.to_pylist() == links.target_labels.to_pylist(), name
    assert part.notes == whole.notes
    assert part.rejected.equals(whole.rejected)
    assert (part.rows_read, part.withheld, part.fingerprint) == (whole.rows_read, whole.withheld, whole.fingerprint)
    assert _difference(store, part.tables) == _difference(store, whole.tables)
    _right_numbers(part.tables)
    return part


def _right_numbers(tables: GraphTables) -> None:
    """Check that the number of each end stands for its id, and that no id stands there that no link names."""
    codes, named = tables.codes(), set()
    for name, links in tables.links.items():
        for column, numbers in zip(("source_id", "target_id"), codes.ends[name], strict=True):
            ends = links.table.column(column).combine_chunks()
            assert codes.ids.take(pa.array(numbers)).equals(ends), (name, column)
            named |= set(ends.to_pylist())
    assert set(codes.ids.drop_null().to_pylist()) == named


def _difference(store: EmbeddedStore, tables: GraphTables) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Return which rows went and came by table; a row that only changed its place is neither."""
    found = {}
    for name, change in changes_between(store.table, tables, before=_known(store).fingerprint).tables.items():
        gone, come = (Counter(map(str, t.to_pylist())) for t in (change.removed, change.added))
        if gone != come:
            found[name] = gone - come, come - gone
    return found


def test_a_row_that_was_taken_over_and_is_withheld_now_counts_as_gone(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,protected\np-1,false\np-2,false\n", encoding="utf-8")
    (tmp_path / "Address.csv").write_text("id\na-1\n", encoding="utf-8")
    (tmp_path / "REGISTERED_AT.csv").write_text("source_id,target_id\np-1,a-1\np-2,a-1\n", encoding="utf-8")
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    (tmp_path / "Person.csv").write_text("id,protected\np-1,true\np-2,false\n", encoding="utf-8")

    read = _same_reading(tmp_path, store)

    found = _difference(store, read.tables)["REGISTERED_AT"]
    assert [sum(c.values()) for c in found] == [1, 0]
    assert "p-1" in str(found[0])


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_reading_takes_unchanged_rows_over_and_gives_what_reading_everything_gives(
    scanned: Path, tmp_path: Path, seed: int
) -> None:
    region = _changed(resources.fixtures() / "demo", tmp_path / "region", seed=seed)
    store = EmbeddedStore(scanned / "store.barrier")

    assert _same_reading(region, store).tables.taken


@pytest.mark.parametrize("file", ["Person", "Address", "Business", "REGISTERED_AT", "Licence"])
def test_a_file_that_is_not_delivered_takes_its_links_along(scanned: Path, tmp_path: Path, file: str) -> None:
    shutil.copytree(resources.fixtures() / "demo", tmp_path / "region")
    (tmp_path / "region" / f"{file}.csv").unlink()

    read = _same_reading(tmp_path / "region", EmbeddedStore(scanned / "store.barrier"))

    assert read.tables.table(file).num_rows == 0


RESIDENCES = (
    "p-1,a-1,2020-01-01,",
    "p-1,a-2,2022-01-01,",
    "p-2,a-1,0000-00-00,",
    "p-2,a-3,2021-01-01,",
    "p-2,a-2,0000-00-00,",
)


@pytest.mark.parametrize(
    ("addresses", "rows"),
    [
        ("a-1 a-3", RESIDENCES),  # the later home of p-1 is gone: the earlier one is open again
        ("a-1 a-2 a-3", RESIDENCES[:1] + RESIDENCES[2:]),
        ("a-1 a-2 a-3", (*RESIDENCES[:2], RESIDENCES[4], *RESIDENCES[2:4])),  # moved in the file
        ("a-1 a-2 a-3 a-1", RESIDENCES),  # an address twice
        ("a-1 a-2 a-3 p-1", RESIDENCES),  # an id under two labels
    ],
)
def test_other_residences_of_a_person_are_read_anew(tmp_path: Path, addresses: str, rows: tuple[str, ...]) -> None:
    def write(addresses: str, rows: tuple[str, ...]) -> None:
        (tmp_path / "Person.csv").write_text("id\np-1\np-2\n", encoding="utf-8")
        (tmp_path / "Address.csv").write_text("id\n" + "".join(f"{a}\n" for a in addresses.split()), encoding="utf-8")
        links = "".join(f"{row}\n" for row in rows)
        (tmp_path / "REGISTERED_AT.csv").write_text(f"source_id,target_id,from,until\n{links}", encoding="utf-8")

    write("a-1 a-2 a-3", RESIDENCES)
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    write(addresses, rows)

    _same_reading(tmp_path, store)


def test_a_graph_that_was_read_ahead_is_left_when_another_was_stored_meanwhile(tmp_path: Path) -> None:
    def load(store: EmbeddedStore, businesses: range) -> None:
        (tmp_path / "Business.csv").write_text("id\n" + "".join(f"b-{i}\n" for i in businesses), encoding="utf-8")
        tables = read_region(tmp_path).tables
        store.load(tables, changes=store.changes(tables))

    load(EmbeddedStore(tmp_path / "s.barrier"), range(100))
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.prefetch()
    load(EmbeddedStore(tmp_path / "s.barrier"), range(1, 101))

    load(store, range(2, 102))

    found = store.read("MATCH (b:Business) RETURN b.id AS id").frame["id"]
    assert sorted(found) == sorted(f"b-{i}" for i in range(2, 102))


def test_files_are_read_again_when_another_scan_came_between(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(scanned / "store.barrier", tmp_path / "s.barrier")
    other = _changed(resources.fixtures() / "demo", tmp_path / "other", seed=21)
    region = _changed(resources.fixtures() / "demo", tmp_path / "region", seed=22)
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


def test_a_cell_that_became_wrong_is_set_aside_where_it_was_empty_before(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id,area_m2\na-1,\na-2,70\n", encoding="utf-8")
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    (tmp_path / "Address.csv").write_text("id,area_m2\na-1,many\na-2,70\n", encoding="utf-8")

    read = read_region(tmp_path, known=_known(store))

    assert read.tables.nodes["Address"].column("id").to_pylist() == ["a-2"]
    assert read.rejected[["line", "column"]].to_numpy().tolist() == [[2, "area_m2"]]


def test_two_arrivals_through_one_helper_stay_two_links_whatever_the_helper_is(tmp_path: Path) -> None:
    texts = {
        "Person": "id\np-1\np-2\n",
        "Business": "id\nb-1\n",
        "ARRIVED_THROUGH": "source_id,target_id,from\np-1,b-1,2020-01-01\np-1,b-1,2021-01-01\n"
        "p-1,p-2,2020-01-01\np-1,p-2,2021-01-01\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    store = EmbeddedStore.in_memory(read_region(tmp_path).tables)

    query = "MATCH (p)-[r:ARRIVED_THROUGH]->(h) RETURN h.id AS helper, r.`from` AS day ORDER BY helper, day"
    rows = store.read(query).frame.to_numpy().tolist()

    assert rows == [["b-1", "2020-01-01"], ["b-1", "2021-01-01"], ["p-2", "2020-01-01"], ["p-2", "2021-01-01"]]


def test_changes_are_every_row_that_differs_and_no_other() -> None:
    def table(*rows: tuple[str, str, str | None]) -> pa.Table:
        columns = zip(*rows, strict=True)
        return pa.table(dict(zip(("source_id", "target_id", "from"), map(list, columns), strict=True)))

    before = table(("a", "x", None), ("b", "x", "2020"), ("c", "y", "2021"), ("d", "y", "2021"))
    after = table(("new", "x", "2026"), ("a", "x", None), ("b", "x", "2022"), ("c", "y", "2021"))
    stored = read_region(resources.fixtures() / "demo").tables
    links = stored.links["LETS"]
    tables = type(stored)({}, {"LETS": type(links)(after, links.source_labels[:4], links.target_labels[:4])}, "now")

    empty = {name: stored.table(name).slice(0, 0) for name in stored.all_tables()}
    found = changes_between(lambda name: before if name == "LETS" else empty[name], tables, before="then")

    assert list(found.tables) == ["LETS"]
    assert found.tables["LETS"].removed.to_pylist() == before.take([1, 3]).to_pylist()
    assert found.tables["LETS"].added.to_pylist() == after.take([0, 2]).to_pylist()


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


def test_changes_from_what_a_store_no_longer_holds_are_not_used(tmp_path: Path) -> None:
    def region(*businesses: str) -> GraphTables:
        (tmp_path / "Business.csv").write_text("\n".join(["id", *businesses]) + "\n", encoding="utf-8")
        return read_region(tmp_path).tables

    names = [f"b-{i}" for i in range(20)]
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(region(*names))
    tables = region(*names, "new")
    changes = store.changes(tables)
    EmbeddedStore(tmp_path / "s.barrier").load(region("another"))

    store.load(tables, changes=changes)

    found = store.read("MATCH (b:Business) RETURN b.id AS id").frame["id"]
    assert sorted(found) == sorted([*names, "new"])


def test_what_was_taken_over_says_nothing_of_another_table_or_another_store(scanned: Path, tmp_path: Path) -> None:
    store = EmbeddedStore(scanned / "store.barrier")
    tables = read_region(resources.fixtures() / "demo", known=_known(store)).tables
    shorter = replace(tables, nodes={**tables.nodes, "Signal": tables.nodes["Signal"].slice(1)})
    empty = {name: table.slice(0, 0) for name, table in tables.all_tables().items()}

    assert _difference(store, tables) == {}
    assert [sum(c.values()) for c in _difference(store, shorter)["Signal"]] == [1, 0]
    assert changes_between(empty.__getitem__, tables, before="another").share() == 1


def test_numbers_are_given_out_anew_when_many_are_out_of_use(tmp_path: Path) -> None:
    def region(persons: range) -> None:
        rows = "".join(f"p-{i},a-1\n" for i in persons)
        (tmp_path / "Person.csv").write_text("id\n" + "".join(f"p-{i}\n" for i in persons), encoding="utf-8")
        (tmp_path / "Address.csv").write_text("id\na-1\n", encoding="utf-8")
        (tmp_path / "REGISTERED_AT.csv").write_text(f"source_id,target_id\n{rows}", encoding="utf-8")

    store = EmbeddedStore(tmp_path / "s.barrier")
    region(range(10))
    store.load(read_region(tmp_path).tables)

    numbers = {}
    for gone in (1, 4):
        region(range(gone, 10))
        numbers[gone] = _same_reading(tmp_path, store).tables.codes().ids

    assert [(len(n), n.null_count) for n in numbers.values()] == [(11, 1), (7, 0)]


def test_a_store_of_another_format_of_columns_is_loaded_again(tmp_path: Path) -> None:
    region = resources.fixtures() / "demo"
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(region).tables)
    kept = next((tmp_path / "s.barrier").glob("g-*")) / COLUMNS
    kept.rename(kept.with_name("columns"))

    again, tables = EmbeddedStore(tmp_path / "s.barrier"), read_region(region).tables

    assert again.changes(tables) is None
    assert again.load(tables)
    assert len(EmbeddedStore(tmp_path / "s.barrier").nodes("Person", ["id"])) > 100


def test_afresh_another_norm_and_a_lost_baseline_look_everywhere(scanned: Path, tmp_path: Path) -> None:
    region = tmp_path / "region"
    shutil.copytree(resources.fixtures() / "demo", region)
    shutil.copytree(scanned / "store.barrier", tmp_path / "s.barrier")
    first = Results(scanned / "out").scan["scan_id"]

    built = [_scan(region, tmp_path / "a", tmp_path / "s.barrier", "--at", NEXT).scan["built_on"]]
    built.append(_scan(region, tmp_path / "b", tmp_path / "s.barrier", "--at", NEXT, "--afresh").scan["built_on"])
    shutil.rmtree(tmp_path / "s.barrier" / FOLDER)
    built.append(_scan(region, tmp_path / "c", tmp_path / "s.barrier", "--at", NEXT).scan["built_on"])

    assert built == [first, None, None]
