"""What differs from what a store holds, and the graph that is changed there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from barrier import resources
from barrier.ingest.region import read_region
from barrier.store.changes import changes_between
from barrier.store.columns import COLUMNS
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables


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
