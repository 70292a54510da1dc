"""Erasing ids from a result folder alone, without the scan that settles the rest of its lines afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from barrier.erasure.results import erase_results
from barrier.traces import Traces
from tests.helpers import Results

GONE = "ring-a1"
LINES = ("findings.jsonl", "advice.jsonl", "clusters.jsonl")


@pytest.fixture
def results(demo: Results, tmp_path: Path) -> Results:
    return Results(Path(shutil.copytree(demo.path, tmp_path / "out")))


def _lines(results: Results, name: str) -> list[str]:
    return (results.path / name).read_text(encoding="utf-8").splitlines()


def test_no_byte_of_what_is_erased_is_left_in_any_file(results: Results) -> None:
    files = [f for f in results.path.rglob("*") if f.is_file()]
    assert {f.name for f in files if GONE.encode() in f.read_bytes()} >= {*LINES, "occupancy.csv", "report.html"}

    erase_results(results.path, Traces({GONE}))

    assert [f.name for f in results.path.rglob("*") if f.is_file() and GONE.encode() in f.read_bytes()] == []


def test_lines_about_others_stay_as_they_are(results: Results) -> None:
    before = {name: _lines(results, name) for name in LINES}
    structures = [json.loads(line)["id"] for line in before["clusters.jsonl"] if GONE in line]

    erase_results(results.path, Traces({GONE}))

    for name in ("findings.jsonl", "advice.jsonl"):
        assert _lines(results, name) == [x for x in before[name] if not any(i in x for i in (GONE, *structures))]
    assert len(_lines(results, "clusters.jsonl")) == len(before["clusters.jsonl"])


def test_a_structure_loses_the_member_and_the_id_that_was_worked_out_from_it(results: Results) -> None:
    before = [json.loads(line) for line in _lines(results, "clusters.jsonl")]
    ring = next(c for c in before if GONE in {m["id"] for m in c["members"]})

    erase_results(results.path, Traces({GONE}))

    after = [json.loads(line) for line in _lines(results, "clusters.jsonl")]
    left = next(c for c in after if "ring-lender" in {m["id"] for m in c["members"]})
    assert left["id"].startswith("c-")
    assert left["id"] != ring["id"]
    assert {m["id"] for m in left["members"]} == {m["id"] for m in ring["members"]} - {GONE}
