"""Pseudonymous views: nothing written in one singles a business, address, licence or person out."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from barrier import resources
from barrier.disclosure.generalise import band
from barrier.ingest.synthetic import generate
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

PARTNER = "emm"


@pytest.fixture(scope="module", params=["demo", "made"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    place = tmp_path_factory.mktemp(request.param)
    region = resources.fixtures() / "demo"
    if request.param == "made":
        region = place / "region"
        generate(region, persons=3000, seed=3)
    done = run(
        "scan", str(region), "--as", PARTNER, "--out", str(place / "out"), "--at", "2026-09-01", "--purpose", "trial"
    )
    assert done.exit_code == 0, done.output
    return Results(place / "out")


def _values(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the facts of a finding but for pseudonyms."""
    shown = {n: f["value"] for n, f in record["facts"].items()}
    return tuple(f"{record['detector']} {n} {v}" for n, v in sorted(shown.items()) if "x-" not in str(v))


def test_no_subject_is_alone_with_what_is_told_of_it(seen: Results) -> None:
    told: dict[str, set[Any]] = {}
    for record in seen.findings:
        if record["subject"]["label"] != "Coverage":
            told.setdefault(record["subject"]["id"], set()).update(_values(record))
    with (seen.path / "occupancy.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            told.setdefault(row["address"], set()).add(tuple(v for c, v in row.items() if c != "address"))
    shared = Counter(frozenset(v) for v in told.values() if v)

    assert {k: n for k, n in shared.items() if n < 5} == {}


def test_no_value_of_a_public_register_is_written(seen: Results) -> None:
    facts = {n for r in seen.findings for n in r["facts"]}
    with (seen.path / "occupancy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert (
        facts & {"sbi", "ended", "started", "predecessor_ended", "area_m2", "permitted_persons", "amount_eur"} == set()
    )
    assert {r[c] for r in rows for c in ("area_m2", "norm_m2", "permitted", "m2_per_person", "peak_from")} <= {""}
    assert {r["certain"] for r in rows} <= {str(band(n)) for n in range(2000)}
    assert {r["first_seen"] for r in seen.findings} <= {seen.scan["at"]}


def test_no_link_between_pseudonyms_is_written(seen: Results) -> None:
    clusters = [json.loads(line) for line in (seen.path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()]

    assert [f["links"] for c in clusters for f in c["facilitators"] if f["links"] or f["facts"]] == []
    assert [c["id"] for c in clusters if c["together"] or c["context"] or c["chains"]["examples"]] == []
    for page in (seen.path / "networks").glob("*.html"):
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
        assert data is not None
        drawn = json.loads(data.group(1))
        assert drawn["edges"] == []
        assert {n["words"] for n in drawn["nodes"]} == {""}


def test_no_identifier_of_the_delivery_is_written(seen: Results, tmp_path: Path) -> None:
    everything = "".join(p.read_text(encoding="utf-8") for p in seen.path.rglob("*") if p.is_file())

    assert [w for w in ("ring-a", "ring-l", "ring-iban", "camp-a", "tied-", "Vlotwerk") if w in everything] == []


@pytest.mark.parametrize(
    ("count", "low"), [(0, 0), (1, 1), (4, 2), (9, 5), (19, 10), (20, 20), (499, 200), (5000, 5000)]
)
def test_a_band_is_named_by_its_lower_end(count: int, low: int) -> None:
    assert band(count) == low


def test_what_is_left_out_of_a_sentence_is_not_shown_and_never_unknown(tmp_path: Path) -> None:
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--as", "coa", "--at", "2026-09-01")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    cards = [line for line in page.splitlines() if line.startswith("<p>") and "not shown to you" in line]

    assert done.exit_code == 0
    assert cards != []
    assert [line for line in page.splitlines() if line.startswith("<p>") and "unknown" in line] == []
