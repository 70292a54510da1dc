"""A real Neo4j for the contract tests: started once a test run, without Docker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from barrier.store import Store, open_store
from tests.helpers import Results, run

START = Path(__file__).parent.parent / "neo4j" / "start"
PASSWORD = "neo4j-for-tests"


@pytest.fixture(scope="session")
def neo4j_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server with a password and give its address; under CI a missing Java is a failure."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        message = f"no {' and '.join(missing)} here; the contract with Neo4j needs Java 17 and Maven"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    port = free_port()
    pid = start_neo4j(port, tmp_path_factory.mktemp("neo4j"))
    yield f"bolt://127.0.0.1:{port}"
    os.kill(pid, signal.SIGTERM)


def start_neo4j(port: int, home: Path) -> int:
    """Start a server and return its process id once it answers."""
    environment = {**os.environ, "HOME": os.environ["BARRIER_TEST_HOME"]}
    command = [str(START), str(port), str(home), PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def both(demo: Results, on_server: Results, neo4j_uri: str) -> Iterator[tuple[Store, Store]]:
    """Open both stores with the demo region in them."""
    stores = open_store(demo.store), open_store(neo4j_uri, password=PASSWORD)
    yield stores
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def on_server(neo4j_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Scan the demo region on the server."""
    out = tmp_path_factory.mktemp("server") / "results"
    environment = {"NEO4J_PASSWORD": PASSWORD}
    done = run("scan", "fixtures/demo", "--out", str(out), "--store", neo4j_uri, env=environment)
    assert done.exit_code == 0, done.output
    return Results(out)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    """Set the password of the server in the environment and return it."""
    monkeypatch.setenv("NEO4J_PASSWORD", PASSWORD)
    return PASSWORD


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
