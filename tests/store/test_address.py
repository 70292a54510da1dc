"""Where a store is: what looks like a server is never taken for a folder, and nothing behind the host is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.store import open_store, store_place
from barrier.store.address import ServerAddress, server_address
from tests.helpers import run


@pytest.mark.parametrize(
    "where",
    [
        "localhost:7687",
        "127.0.0.1:7687/neo4j",
        "[::1]:7687",
        "bolt:localhost",
        "bolt:/localhost:7687",
        "NEO4J+S:graph.example",
        "http://localhost:7474",
        "https:localhost",
        "file:///etc/passwd",
        "bolt://",
        "bolt://:7687",
        "bolt://localhost:port",
        "bolt://localhost:99999",
        "bolt://[::1",
        "bolt://localhost/one/two",
        "bolt://localhost/system",
        "bolt://localhost/a",
        "bolt://localhost/../neo4j",
        "bolt://localhost:7687?database=x",
        "bolt://localhost:7687#x",
    ],
)
def test_what_looks_like_a_server_and_is_none_is_refused(where: str) -> None:
    with pytest.raises(InputError) as refused:
        open_store(where)

    assert "bolt://localhost:7687" in str(refused.value.hint)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as refused:
        open_store("bolt://neo4j:geheim123@localhost:7687")

    assert "geheim123" not in f"{refused.value} {refused.value.hint}"


def test_the_path_behind_the_host_is_the_database() -> None:
    assert server_address("bolt://localhost:7687/Region") == ServerAddress("bolt://localhost:7687", "region")
    assert server_address("neo4j+s://graph.example/") == ServerAddress("neo4j+s://graph.example", "")


def test_the_option_and_the_path_name_the_same_place() -> None:
    assert store_place("bolt://localhost:7687", "region") == "bolt://localhost:7687/region"
    assert store_place("bolt://localhost:7687/region", "REGION") == "bolt://localhost:7687/region"


def test_two_databases_are_refused() -> None:
    with pytest.raises(InputError, match="--database other is another database"):
        store_place("bolt://localhost:7687/region", "other")


def test_a_folder_has_no_database() -> None:
    with pytest.raises(InputError, match="a folder has no --database"):
        store_place("region.barrier", "region")


@pytest.mark.parametrize("where", ["region.barrier", "./a:b/region.barrier", "2026-09-01.barrier", "bolts"])
def test_a_folder_stays_a_folder(where: str) -> None:
    assert store_place(where) == where


def test_no_folder_is_made_of_an_address_without_a_scheme(
    region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    done = run("import", str(region), "--store", "localhost:7687")

    assert done.exit_code == 2
    assert "looks like the address of a server" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["region"]
