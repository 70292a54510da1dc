"""A graph is read ahead where that helps, and left where it does not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kglite
import pytest

from barrier import resources
from barrier.ingest.region import read_region
from barrier.store.ahead import read_ahead, taken
from barrier.store.embedded import EmbeddedStore
from barrier.store.generation import CURRENT


@pytest.fixture
def store(tmp_path: Path) -> Path:
    EmbeddedStore(tmp_path / "s.barrier").load(read_region(resources.fixtures() / "demo").tables)
    return tmp_path / "s.barrier"


def test_what_was_begun_is_taken_once(store: Path) -> None:
    read_ahead(store)
    begun = taken(store)

    assert begun is not None
    assert begun.graph.result().freeze().cypher("MATCH (p:Person) RETURN count(p) AS n").to_list()[0]["n"] > 100
    assert taken(store) is None


def test_a_large_graph_is_not_read_ahead(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("barrier.store.ahead.LARGE_ROWS", 100)

    read_ahead(store)

    assert taken(store) is None


@pytest.mark.parametrize("content", [None, "{", "[]", '{"generation": "g-1"}'])
def test_a_store_that_is_not_there_or_damaged_is_left_to_whoever_opens_it(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CURRENT).write_text(content, encoding="utf-8")

    read_ahead(tmp_path)

    assert taken(tmp_path) is None


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files that kglite reads from now on; each takes so long that queries meet."""
    files: list[str] = []
    load = kglite.load

    def counted(path: str) -> kglite.KnowledgeGraph:
        files.append(path)
        time.sleep(0.2)
        return load(path)

    monkeypatch.setattr(kglite, "load", counted)
    return files


def test_a_graph_that_stays_as_it_is_is_not_read_again(store: Path, reads: list[str]) -> None:
    opened = EmbeddedStore(store)
    opened.prefetch()
    changed = opened.load(read_region(resources.fixtures() / "demo").tables, settle=False)
    found = opened.read("MATCH (p:Person) RETURN count(p) AS n").frame

    assert not changed
    assert int(found["n"].iloc[0]) > 100
    assert len(reads) == 1


def test_queries_that_run_side_by_side_read_the_graph_once(store: Path, reads: list[str]) -> None:
    opened = EmbeddedStore(store)
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(opened.read, ["MATCH (p:Person) RETURN count(p) AS n"] * 4))

    assert len(reads) == 1


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
