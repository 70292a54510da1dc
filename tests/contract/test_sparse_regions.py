"""Regions in which tables are empty and properties missing: the same on both stores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from barrier.model.schema import node_columns, schema
from tests.helpers import run

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]
REGION = Path(__file__).parent / "data" / "small-region"
TABLES = [*schema().labels, *schema().relationships]


@pytest.mark.parametrize("table", [*TABLES, "all links", "everything"])
def test_a_scan_gives_the_same_bytes_on_both_stores_where_a_table_is_empty(
    table: str, neo4j_uri: str, password: str, tmp_path: Path
) -> None:
    region = tmp_path / "region"
    shutil.copytree(REGION, region)
    empty = {"all links": list(schema().relationships), "everything": TABLES}.get(table, [table])
    for file in (region / f"{name}.csv" for name in empty):
        if file.is_file():
            file.write_text(file.read_text().splitlines()[0] + "\n")

    files = []
    for name, store in (("embedded", str(tmp_path / "e.barrier")), ("server", neo4j_uri)):
        done = run("scan", str(region), "--out", str(tmp_path / name), "--store", store)
        assert done.exit_code in (0, 2), done.output  # 2: links whose ends are gone are set aside
        lines = ("findings.jsonl", "occupancy.csv", "clusters.jsonl", "advice.jsonl")
        files.append([(tmp_path / name / f).read_bytes() for f in lines])

    assert files[0] == files[1]


FILLED = {
    "Business": "id,name\nbare-1,\nother,Naam\n",
    "Address": "id,street,area_m2\nbare-1,,\nother,Straat,80\n",
    "Contact": "id,kind\nbare-1,\nother,phone\n",
}


@pytest.mark.parametrize(
    ("label", "rows"),
    [*((label, "id\nbare-1\n") for label in schema().labels), *FILLED.items()],
    ids=[*schema().labels, *(f"{label} beside one that has it" for label in FILLED)],
)
def test_a_missing_property_is_null_on_both_stores(
    label: str, rows: str, neo4j_uri: str, password: str, region: Path, tmp_path: Path
) -> None:
    columns = [c for c in node_columns(label) if c != "id"]
    (region / f"{label}.csv").write_text(rows)
    query = f"MATCH (n:{label} {{id: 'bare-1'}}) RETURN " + ", ".join(f"n.`{c}` IS NULL AS `{c}`" for c in columns)

    found = []
    for store in (str(tmp_path / "e.barrier"), neo4j_uri):
        done = run("import", str(region), "--store", store)
        assert done.exit_code == 0, done.output
        done = run("query", "-", "--store", store, "--json", stdin=query)
        found.append(json.loads(done.stdout))

    assert found == [dict.fromkeys(columns, True)] * 2


def test_a_missing_property_is_null_after_a_change_too(region: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "e.barrier")
    many = "".join(f"b{i},Naam\n" for i in range(40))
    for first in ("b-first,Naam\n", "b-first,\n"):  # the second load changes one row of 41
        (region / "Business.csv").write_text(f"id,name\n{first}{many}")
        assert run("import", str(region), "--store", store).exit_code == 0

    query = "MATCH (b:Business) WHERE b.name IS NULL RETURN b.id AS id"
    done = run("query", "-", "--store", store, "--json", stdin=query)

    assert json.loads(done.stdout) == {"id": "b-first"}
