"""Hostile queries against a real Neo4j: refused before they reach it, and ended at their limits when they do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import neo4j
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j.exceptions import Neo4jError

from barrier import resources
from barrier.errors import BarrierError, InputError, TryAgainError
from barrier.store import Store, open_store
from barrier.store.limits import Limits, read_limited
from tests.contract.conftest import PASSWORD
from tests.helpers import Results, run
from tests.store.test_guard import HOSTILE, PIECES

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]
NO_FUNCTIONS = {
    "all",
    "any",
    "none",
    "single",
    "reduce",
    "shortestpath",
    "allshortestpaths",
    "lower",
    "upper",
    "exists",
}


class Listener:
    """A port on this machine that counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                connection.close()
        except OSError:
            return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Listen on a port."""
    one = Listener()
    yield one
    one.close()


@pytest.fixture
def server(on_server: Results, neo4j_uri: str) -> Iterator[Store]:
    """Open the server with the demo region in it."""
    store = open_store(neo4j_uri, password=PASSWORD)
    yield store
    store.close()


def test_an_escaped_load_sends_ids_out_where_nobody_judges_it_and_is_refused_here(
    server: Store, neo4j_uri: str, listener: Listener
) -> None:
    query = r"MATCH (b:Business) WITH b LIMIT 1 LO\u0041D CSV FROM $url + b.id AS x RETURN x"
    query = query.replace("$url", f"'http://127.0.0.1:{listener.port}/'")
    driver = neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD))
    with driver, driver.session() as session, pytest.raises(Neo4jError):
        session.execute_read(lambda tx: tx.run(query).data())
    unjudged, listener.connections = listener.connections, 0

    with pytest.raises(InputError, match="LOAD on query line 1; a query only reads"):
        server.read(query)
    with pytest.raises(InputError):
        read_limited(server, query, limits=Limits())

    assert unjudged > 0
    assert listener.connections == 0


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_on_the_list_does_not_reach_the_server(query: str, server: Store) -> None:
    with pytest.raises(InputError):
        server.read(query)


def test_the_server_reads_a_decoded_text_as_the_embedded_store_does(server: Store, demo: Results) -> None:
    query = "RETURN 'caf\\u00e9 \\' // \\\\' AS x /* block\ncomment */, \"\\u0041\" AS y // 'end"

    assert server.read(query).frame.to_numpy().tolist() == [["café ' // \\", "A"]]
    assert open_store(demo.store).read(query).frame.to_numpy().tolist() == [["café ' // \\", "A"]]


def test_every_function_on_the_list_comes_with_the_server(neo4j_uri: str) -> None:
    listed = yaml.safe_load((resources.queries() / "allowed.yaml").read_text(encoding="utf-8"))["functions"]
    with neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD)) as driver:
        found = driver.execute_query("SHOW FUNCTIONS YIELD name, isBuiltIn WHERE isBuiltIn RETURN name").records
    known = {str(r["name"]).lower() for r in found} | NO_FUNCTIONS

    assert {name.lower() for names in listed.values() for name in names} <= known


def test_a_query_on_the_server_is_ended_at_its_limits(server: Store) -> None:
    slow = (
        "MATCH (a:Person), (b:Person), (c:Person) WHERE a.birth_year + b.birth_year = c.birth_year RETURN count(*) AS n"
    )
    with pytest.raises(TryAgainError, match="longer than"):
        read_limited(server, slow, limits=Limits(time_s=1))
    with pytest.raises(InputError, match="the answer is larger than 1 MB"):
        read_limited(server, "RETURN reduce(s = 'a', x IN range(1, 23) | s + s) AS x", limits=Limits(answer_mb=1))
    with pytest.raises(TryAgainError, match=r"MB of memory|ended its process"):
        read_limited(server, "UNWIND range(1, 5000000) AS x RETURN x, toString(x) AS y", limits=Limits(memory_mb=50))


@pytest.mark.parametrize(
    "value", ["'aaaaaaaa!' =~ '(a+)+(b)?\\\\1$'", "reduce(s = 0, x IN range(1, 10000000000) | s + x)"]
)
def test_a_value_that_the_server_could_not_stop_does_not_reach_it(value: str, server: Store) -> None:
    for ask in (server.read, lambda query: read_limited(server, query, limits=Limits(time_s=2))):
        with pytest.raises(InputError, match=r"=~ with|range\(\) that is not"):
            ask(f"RETURN {value} AS x")


def test_a_range_that_is_unwound_is_ended_by_the_server_in_time(server: Store) -> None:
    with pytest.raises(TryAgainError, match="the query took longer than its time limit"):
        server.read("UNWIND range(1, 10000000000) AS x RETURN count(x) AS n", timeout_s=1)


def test_rows_and_values_of_a_limited_query_are_those_of_the_server(server: Store) -> None:
    query = "UNWIND range(1, 4) AS n RETURN n, [n, null, {a: 'é'}] AS x, null AS y, toString(date('2024-01-02')) AS d"
    limited = read_limited(server, query, limits=Limits(rows=2))

    assert limited.total == 4
    assert limited.frame.to_numpy().tolist() == server.read(query, row_limit=2).frame.to_numpy().tolist()


def test_a_wrong_password_is_told_by_the_other_process_too(on_server: Results, neo4j_uri: str) -> None:
    wrong = closing(open_store(neo4j_uri, password="wrong"))
    with wrong as store, pytest.raises(InputError, match="user or password is wrong"):
        read_limited(store, "RETURN 1 AS x", limits=Limits())


def test_doctor_says_what_the_server_leaves_open(on_server: Results, neo4j_uri: str, password: str) -> None:
    said = run("doctor", "--store", neo4j_uri)

    assert "ok      server accounts: a password is asked" in said.stdout
    assert "Community has no roles" in said.stdout
    assert "set dbms.security.allow_csv_import_from_file_urls=false" in said.stdout
    assert "close the server's way out in the firewall" in said.stdout
    assert "ok      server extensions: none" in said.stdout
    assert said.exit_code == 2  # files of the server can be read


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_whatever_is_put_together_changes_and_calls_nothing(
    parts: list[str], server: Store, demo: Results, listener: Listener
) -> None:
    query = "".join(parts).replace("{url}", f"'http://127.0.0.1:{listener.port}/'")
    embedded = open_store(demo.store)
    for store in (server, embedded):
        before = store.read("MATCH (n) RETURN count(n) AS n, count(n.x) AS x").frame.to_numpy().tolist()
        with suppress(BarrierError):  # nothing else
            store.read(query, {"x": "x"}, timeout_s=5)
        assert store.read("MATCH (n) RETURN count(n) AS n, count(n.x) AS x").frame.to_numpy().tolist() == before
    assert listener.connections == 0
