"""A database that others use too: nothing that Barrier did not write is touched, or taken for part of the region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import neo4j
import pytest

from barrier.errors import InputError, TryAgainError
from barrier.store.neo4j import Neo4jStore
from tests.contract.conftest import PASSWORD
from tests.helpers import run

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]
REGION = Path(__file__).parent / "data" / "small-region"
OTHERS = """
CREATE (x:Suspect {id: 'x', name: 'x'})-[:PARTY_TO {since: 2020}]->(:Crime {id: 'c1'}),
       (y:Suspect {id: 'y'})-[:CURRENT_ADDRESS]->(:Location {id: 'l1'}),
       (x)-[:OWNS {share: 1}]->(:Company {id: 'o', name: 'o'}), (x)-[:DIRECTS]->(y)
"""
CLASHING = """
CREATE (:Person {name: 'x'})-[:PARTY_TO]->(:Crime {id: 'c1'}),
       (:Person {name: 'y'})-[:CURRENT_ADDRESS]->(:Location {id: 'l1'}),
       (:Business {name: 'o'}), (:Address {name: 'x'})
"""
EVERYTHING = """
MATCH (n) WHERE n.barrier_import IS NULL
OPTIONAL MATCH (n)-[r]->(m)
RETURN labels(n) AS labels, properties(n) AS node, type(r) AS link, properties(r) AS said, properties(m) AS other
ORDER BY node.id, node.name, link
"""


@pytest.fixture
def database(neo4j_uri: str, password: str) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Empty the database, give a way to query it, and empty it again."""
    with neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD)) as driver:

        def query(text: str) -> list[dict[str, Any]]:
            return [dict(r) for r in driver.execute_query(text).records]

        query("MATCH (n) DETACH DELETE n")
        yield query
        query("MATCH (n) DETACH DELETE n")


def test_a_graph_of_others_is_the_same_after_import_scan_rescan_and_retention(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, tmp_path: Path
) -> None:
    database(OTHERS)
    before = database(EVERYTHING)
    assert len(before) == 7
    out = ("--out", str(tmp_path / "out"), "--store", neo4j_uri)
    changed = _changed(tmp_path)

    for command in (
        ("import", str(REGION), "--store", neo4j_uri),
        ("scan", str(REGION), *out),
        ("scan", str(changed), *out),
        ("retention", "run", "--store", neo4j_uri, "--on", "2040-01-01", "--erase", "--really-on", "--by", "A"),
    ):
        done = run(*command)
        assert done.exit_code == 0, done.output
        assert database(EVERYTHING) == before


def test_nodes_of_others_with_labels_of_the_model_are_refused_and_stay(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, tmp_path: Path
) -> None:
    database(CLASHING)
    before = database(EVERYTHING)

    for command in (("import", str(REGION)), ("scan", str(REGION), "--out", str(tmp_path / "out"))):
        done = run(*command, "--store", neo4j_uri)
        assert done.exit_code == 2
        assert (
            "holds what Barrier did not write, under names of its model: 2 Person, 1 Address, 1 Business" in done.stderr
        )
        assert "--database" in done.stderr

    assert database(EVERYTHING) == before


def test_nodes_of_others_that_come_later_are_not_read_as_part_of_the_region(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    database("CREATE (:Address {id: 'theirs'})")

    read = run("query", "-", "--store", neo4j_uri, stdin="MATCH (a:Address) RETURN a.id AS id")
    again = run("import", str(REGION), "--store", neo4j_uri)

    assert (read.exit_code, read.stdout) == (2, "")
    assert "1 Address" in read.stderr
    assert again.exit_code == 2
    assert database("MATCH (a:Address {id: 'theirs'}) RETURN count(*) AS n") == [{"n": 1}]


def test_a_link_of_others_to_a_node_of_ours_stops_the_next_load_and_stays(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, tmp_path: Path
) -> None:
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    database("MATCH (a:Address {id: 'a1'}) CREATE (:Note {id: 'mine'})-[:ABOUT]->(a)")

    done = run("import", str(_changed(tmp_path)), "--store", neo4j_uri)

    assert done.exit_code == 2
    assert "links that Barrier did not write lead to its nodes (1 Address)" in done.stderr
    assert database("MATCH (:Note)-[r:ABOUT]->(a:Address) RETURN a.id AS id") == [{"id": "a1"}]
    assert database("MATCH (p:Person) RETURN count(p) AS n") == [{"n": 8}]


def test_a_link_of_others_by_a_name_of_the_model_is_not_read(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    database("MATCH (p:Person {id: 'p1'}), (a:Address {id: 'a2'}) CREATE (p)-[:OWNS]->(a)")

    done = run("query", "-", "--store", neo4j_uri, stdin="MATCH (p:Person)-[:OWNS]->(a:Address) RETURN a.id AS id")

    assert done.exit_code == 2
    assert "1 OWNS" in done.stderr


def test_what_somebody_removed_is_told_and_comes_back_with_the_next_import(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    database("MATCH (p:Person {id: 'p2'}) DETACH DELETE p")

    read = run("query", "-", "--store", neo4j_uri, stdin="MATCH (a:Address) RETURN a.id AS id")
    again = run("import", str(REGION), "--store", neo4j_uri)

    assert (read.exit_code, read.stdout) == (2, "")
    assert "removed what Barrier had written: 1 Person, 1 REGISTERED_AT" in read.stderr
    assert again.exit_code == 0
    assert database("MATCH (p:Person)-[:REGISTERED_AT]->(a) RETURN count(*) AS n") == [{"n": 6}]


def test_a_load_that_fails_late_leaves_both_graphs_as_they_were(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(OTHERS)
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    told = "RETURN labels(n) AS labels, properties(n) AS node, COUNT { (n)--() } AS links ORDER BY node.id"
    ours = f"MATCH (n) WHERE n.barrier_import {told}"
    before = database(EVERYTHING), database(ours)

    def full(*_: object) -> None:
        raise TryAgainError("the disk of the server is full")

    monkeypatch.setattr("barrier.store.ownership.json", SimpleNamespace(dumps=full))
    done = run("import", str(_changed(tmp_path)), "--store", neo4j_uri)

    assert done.exit_code == 3
    assert (database(EVERYTHING), database(ours)) == before


def test_an_index_of_others_on_an_id_is_not_dropped(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    for row in database("SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE labelsOrTypes = ['Licence'] RETURN name"):
        database(f"DROP CONSTRAINT `{row['name']}`")
    database("CREATE INDEX theirs FOR (n:Licence) ON (n.id)")
    for row in database("SHOW CONSTRAINTS YIELD name RETURN name"):
        database(f"DROP CONSTRAINT `{row['name']}`")

    done = run("import", str(REGION), "--store", neo4j_uri)

    assert done.exit_code == 2
    assert "an index that Barrier did not make stands on the id of Licence" in done.stderr
    assert database("SHOW INDEXES YIELD name WHERE name = 'theirs' RETURN name") == [{"name": "theirs"}]
    assert database("SHOW CONSTRAINTS YIELD name RETURN name") == []
    database("DROP INDEX theirs")


@pytest.mark.parametrize("written", ["SET a.analyst = 'three weeks'", "SET a:Watch"])
def test_what_somebody_wrote_onto_a_node_of_ours_stops_the_next_load_and_stays(
    written: str, database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, tmp_path: Path
) -> None:
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    database(f"MATCH (a:Address {{id: 'a1'}}) {written}")
    before = database("MATCH (a:Address) RETURN labels(a) AS labels, properties(a) AS node ORDER BY node.id")

    done = run("import", str(_changed(tmp_path)), "--store", neo4j_uri)

    assert done.exit_code == 2
    assert "wrote labels or properties onto nodes of Barrier: 1 Address" in done.stderr
    assert database("MATCH (a:Address) RETURN labels(a) AS labels, properties(a) AS node ORDER BY node.id") == before


def test_nodes_of_others_are_not_read_by_their_labels(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    database("CREATE (:Medical {id: 'theirs'})")
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0

    done = run("query", "-", "--store", neo4j_uri, stdin="MATCH (n:Medical) RETURN n.id AS id")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "unknown label Medical" in done.stderr


def test_a_pattern_without_a_label_is_refused_only_where_others_keep_a_graph(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    asked = ("query", "-", "--store", neo4j_uri)
    assert run("import", str(REGION), "--store", neo4j_uri).exit_code == 0
    alone = run(*asked, stdin="MATCH (n {id: 'x'}) RETURN n.id AS id")
    database(OTHERS)

    shared = run(*asked, stdin="MATCH (n {id: 'x'}) RETURN n.id AS id")
    shipped = run("query", "neighbours", "--store", neo4j_uri, "--param", "node=x")

    assert (alone.exit_code, shipped.exit_code) == (0, 0)
    assert (shared.exit_code, shared.stdout) == (2, "")
    assert "a pattern without a label on query line 1; others keep a graph here too" in shared.stderr
    assert "x" not in shipped.stdout


def test_a_database_that_the_server_does_not_have_is_told(neo4j_uri: str, password: str) -> None:
    by_path = run("import", str(REGION), "--store", f"{neo4j_uri}/nowhere")
    by_option = run("import", str(REGION), "--store", neo4j_uri, "--database", "nowhere")

    assert by_path.exit_code == by_option.exit_code == 2
    assert "the server has no such database" in by_path.stderr
    assert by_path.stderr == by_option.stderr


def test_the_database_behind_the_host_is_the_one_that_is_used(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    assert run("import", str(REGION), "--store", f"{neo4j_uri}/neo4j").exit_code == 0

    assert database("MATCH (b:Business) RETURN count(b) AS n") == [{"n": 2}]


def test_a_database_without_an_import_is_not_read(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str
) -> None:
    database(CLASHING)

    done = run("query", "-", "--store", neo4j_uri, stdin="MATCH (p:Person) RETURN p.id AS id")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "nothing was imported into this database yet" in done.stderr


def test_nothing_is_made_in_a_database_that_is_refused(
    database: Callable[..., list[dict[str, Any]]], neo4j_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(CLASHING)
    made: list[str] = []
    monkeypatch.setattr("barrier.store.neo4j.ensure_unique_ids", lambda _session, label: made.append(label))
    store = Neo4jStore(neo4j_uri, password=PASSWORD)

    with pytest.raises(InputError):
        store.load(_tables())
    store.close()

    assert made == []


def _tables() -> Any:
    from barrier.ingest.region import read_region

    return read_region(REGION).tables


def _changed(tmp_path: Path) -> Path:
    """Return the region with one person less."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for file in REGION.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == "REGISTERED_AT.csv":
            text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("p6,"))
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder
