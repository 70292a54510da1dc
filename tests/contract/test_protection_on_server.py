"""What becomes protected leaves a server too: the graph, the state folder of the user, and the results."""

from __future__ import annotations

import shutil
from pathlib import Path

import neo4j
import pytest

from tests.contract.conftest import PASSWORD
from tests.helpers import Results, run
from tests.searching import holding

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]
REGION = Path(__file__).parent / "data" / "small-region"
PLACE, PERSON = "a-vrouwenopvang-998877", "p-opvang-998877-"
PEOPLE = [f"{PERSON}{n}" for n in range(14)]


def _add(file: Path, line: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + f"\n{line}\n", encoding="utf-8")


def test_a_place_that_becomes_protected_is_neither_in_the_graph_nor_beside_it(
    neo4j_uri: str, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, out, region = (tmp_path / name for name in ("home", "out", "region"))
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    shutil.copytree(REGION, region)
    _add(region / "Address.csv", f"{PLACE},GM9001,dwelling,60")
    for person in PEOPLE:
        _add(region / "Person.csv", f"{person},1990")
        _add(region / "REGISTERED_AT.csv", f"{person},{PLACE},2024-01-01,,residence")
    scan = ["scan", str(region), "--out", str(out), "--store", neo4j_uri, "--purpose", "test", "--at"]
    with neo4j.GraphDatabase.driver(neo4j_uri, auth=("neo4j", PASSWORD)) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        assert run(*scan, "2026-09-01").exit_code in (0, 2)
        opened = ["case", "open", PLACE, "--by", "Jansen", "--store", neo4j_uri, "--at", "2026-09-01"]
        done = run(*opened, "--purpose", "test")
        assert done.exit_code == 0, done.output
        before = {name for name, _ in holding([PLACE], home, out)}
        assert "occupancy.csv" in before
        assert any(name.endswith("cases.sqlite") for name in before)
        rows = (region / "Address.csv").read_text(encoding="utf-8").splitlines()
        flagged = [f"{rows[0]},protected", *(f"{x},{str(x.startswith(PLACE)).lower()}" for x in rows[1:])]
        (region / "Address.csv").write_text("\n".join(flagged) + "\n", encoding="utf-8")

        done = run(*scan, "2026-09-02")

        assert "1 place became protected" in done.output
        assert Results(out).scan["became_protected"]["places"] == 1
        assert holding([PLACE, PERSON], home, out) == []
        found = driver.execute_query("MATCH (n) WHERE n.id IN $ids RETURN n.id", ids=[PLACE, *PEOPLE]).records
        assert found == []
        assert driver.execute_query("MATCH (n:Address) RETURN count(n) AS n").records[0]["n"] == 2
        driver.execute_query("MATCH (n) DETACH DELETE n")
