"""Two stores, one behaviour: every shipped query and the whole demo scan on the embedded store and a real Neo4j."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import neo4j
import pandas as pd
import pytest

from barrier.detect.library import load_detectors, load_explore
from barrier.errors import BarrierError
from barrier.store import Store
from barrier.store.ownership import ensure_unique_ids
from tests.contract.conftest import PASSWORD, free_port, start_neo4j
from tests.helpers import Results, run

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]
DAY = date(2026, 9, 1)
SILENT = {"holiday_park_year_round"}  # nothing of the kind stands in the demo region
QUERIES = {q.id: q for q in load_detectors()} | {q.id: q for q in load_explore()}
ADDRESSES = {"businesses_at_address": "ring-desk", "licences_of_premises": "venue-a1"}
EXAMPLES: dict[str, Any] = {
    "party": "ring-letting",
    "business": "ring-lender",
    "node": "ring-lender",
    "first": "ring-letting",
    "second": "ring-hirer",
}


@pytest.mark.parametrize("query", QUERIES)
def test_every_shipped_query_gives_the_same_rows(query: str, both: tuple[Store, Store]) -> None:
    file = QUERIES[query]
    examples = EXAMPLES | {"address": ADDRESSES.get(query, "ring-a1")}
    given = {n: examples[n] if p.default == "" else p.default for n, p in file.header.params.items()}
    arguments = file.arguments(DAY, given, ["ring-a1", "ring-a2", "ring-a3"])

    embedded, server = (_rows(store.read(file.query, arguments).frame) for store in both)

    assert embedded == server
    assert embedded or query in SILENT


@pytest.mark.parametrize("file", ["findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl"])
def test_the_whole_scan_gives_the_same_bytes(file: str, on_server: Results, demo: Results) -> None:
    assert (on_server.path / file).read_bytes() == (demo.path / file).read_bytes()


def test_scan_json_differs_in_times_and_store_only(on_server: Results, demo: Results) -> None:
    different = {k for k in demo.scan if demo.scan[k] != on_server.scan[k]}

    assert different <= {"seconds", "seconds_by_detector", "finished", "store", "readings", "checksum"}


def test_importing_the_same_region_twice_changes_nothing(on_server: Results, neo4j_uri: str, password: str) -> None:
    done = run("import", "fixtures/demo", "--store", neo4j_uri)

    assert done.exit_code == 0
    assert "were there already, nothing changed" in done.output


def test_constraints_are_there_for_every_label(on_server: Results, neo4j_uri: str) -> None:
    with neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD)) as driver:
        found = driver.execute_query("SHOW CONSTRAINTS YIELD labelsOrTypes RETURN labelsOrTypes[0] AS label").records

    assert {r["label"] for r in found} >= {
        "Person",
        "Address",
        "Business",
        "Licence",
        "Signal",
        "Contact",
        "Inspection",
    }


def test_an_index_that_a_crash_left_without_its_constraint_does_not_stop_the_next_load(
    on_server: Results, neo4j_uri: str
) -> None:
    named = "SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE labelsOrTypes = ['Inspection'] RETURN name"
    with neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD)) as driver, driver.session() as session:
        name = session.run(named).single(strict=True)["name"]
        session.run(f"DROP CONSTRAINT `{name}`").consume()
        session.run(f"CREATE INDEX `{name}` FOR (n:Inspection) ON (n.id)").consume()  # as the server is found after it

        ensure_unique_ids(session, "Inspection")

        assert session.run(named).single(strict=True)["name"] == name


WRITES = [
    "CREATE (a:Address {id: 'x'}) RETURN a.id AS id",
    "MATCH (a:Address) SET a.kind = 'x' RETURN count(*) AS n",
    "MATCH (a:Address) DETACH DELETE a",
    "MERGE (a:Address {id: 'x'}) RETURN a.id AS id",
    "CALL db.labels() YIELD label RETURN label",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "MATCH (a:Address) RETURN a.id AS id; MATCH (b:Business) RETURN b.id AS id",
    "MATCH (a:Address) REMOVE a.kind",
    "FOREACH (x IN [1] | CREATE (:Address {id: 'x'}))",
    "DROP INDEX x",
]


@pytest.mark.parametrize("query", WRITES, ids=[w.split()[0] + str(i) for i, w in enumerate(WRITES)])
def test_a_query_that_writes_is_refused_by_name_on_both_stores(
    query: str, on_server: Results, demo: Results, neo4j_uri: str, password: str
) -> None:
    for store in (str(demo.store), neo4j_uri):
        done = run("query", "-", "--store", store, stdin=query)
        assert done.exit_code == 2
        assert done.stderr.startswith("Error: ")
        assert done.stdout == ""


def test_what_slips_past_the_check_is_stopped_by_the_read_transaction(
    both: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded, server = both
    monkeypatch.setattr("barrier.store.neo4j.ensure_reading", lambda query: query)  # as if the check had a hole
    monkeypatch.setattr("barrier.store.embedded.ensure_reading", lambda query: query)

    for store in (embedded, server):
        with pytest.raises(BarrierError):
            store.read("CREATE (a:Address {id: 'slipped'}) RETURN a.id AS id")

    monkeypatch.undo()
    assert [s.read("MATCH (a:Address {id: 'slipped'}) RETURN a.id AS id").total for s in both] == [0, 0]


def test_a_wrong_password_is_told_with_what_to_do(on_server: Results, neo4j_uri: str) -> None:
    done = run("query", "signals_by_barrier", "--store", neo4j_uri, env={"NEO4J_PASSWORD": "wrong"})

    assert done.exit_code == 2
    assert "user or password is wrong" in done.stderr
    assert "Hint: set NEO4J_USERNAME and NEO4J_PASSWORD" in done.stderr


def test_a_server_that_is_not_there_is_told_and_may_be_tried_again(tmp_path: Path) -> None:
    address = f"bolt://127.0.0.1:{free_port()}"
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--store", address, env={"NEO4J_PASSWORD": "x"})

    assert done.exit_code == 3
    assert "no answer from the server" in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_password_can_be_given_as_an_argument() -> None:
    done = run("scan", "fixtures/demo", "--out", "x", "--password", "secret")

    assert done.exit_code == 2
    assert "No such option" in done.stderr


def test_a_time_limit_and_a_row_limit_are_announced_on_both_stores(
    on_server: Results, demo: Results, neo4j_uri: str, password: str
) -> None:
    query = "MATCH (a:Address) RETURN a.id AS id ORDER BY id"
    for store in (str(demo.store), neo4j_uri):
        done = run("query", "-", "--store", store, "--limit", "5", "--csv", stdin=query)
        assert done.stdout.count("\n") == 6
        assert "rows left out; raise --limit" in done.stderr
        slow = "MATCH (a:Person), (b:Person), (c:Person) WHERE a.birth_year + b.birth_year = c.birth_year"
        slow += " RETURN count(*) AS n"
        late = run("query", "-", "--store", store, "--timeout", "0.2", stdin=slow)
        assert late.exit_code == 3
        assert "longer than" in late.stderr


def test_a_server_that_restarts_in_mid_scan_leaves_no_results_and_the_next_scan_is_whole(
    tmp_path: Path, demo: Results
) -> None:
    port, out = free_port(), tmp_path / "out"
    server = start_neo4j(port, tmp_path / "home")
    command = [sys.executable, "-m", "barrier.cli", "scan", "fixtures/demo", "--out", str(out)]
    command += ["--store", f"bolt://127.0.0.1:{port}"]
    environment = {**os.environ, "NEO4J_PASSWORD": PASSWORD}
    scanning = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.5)
    os.kill(server, signal.SIGKILL)
    _, stderr = scanning.communicate(timeout=120)

    assert scanning.returncode == 3, stderr
    assert "Error: bolt://" in stderr
    assert "Traceback" not in stderr
    assert not out.exists()
    restarted = start_neo4j(port, tmp_path / "home")
    try:
        again = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    finally:
        os.kill(restarted, signal.SIGTERM)
    assert again.returncode == 0, again.stderr
    assert (out / "findings.jsonl").read_bytes() == (demo.path / "findings.jsonl").read_bytes()


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    return [[_plain(v) for v in row] for row in frame.to_numpy(dtype=object).tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, 6)
    return json.loads(json.dumps(value, default=str))


def test_both_stores_keep_the_terms_of_the_scan_and_others_take_their_place(both: tuple[Store, Store]) -> None:
    embedded, server = both
    kept = server.terms()
    assert kept is not None
    server.keep_terms({**kept, "day": "2026-08-01"})
    other = server.terms()
    server.keep_terms(kept)

    assert kept == embedded.terms()
    assert other == {**kept, "day": "2026-08-01"}
    assert server.terms() == kept
