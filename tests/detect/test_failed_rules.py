"""A rule that fails: it costs its own findings, and what it found before is not known, not gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from barrier import resources
from barrier.analysis.baseline import keep_baseline
from barrier.detect.library import load_detectors
from barrier.detect.run import Detected, detect
from barrier.errors import InputError, QueryLimitError, TryAgainError
from barrier.history.diff import diff
from barrier.history.folder import Scan
from barrier.ingest.region import read_region
from barrier.model.barriers import load_model
from barrier.model.norms import shipped_norms
from barrier.store.embedded import EmbeddedStore
from barrier.store.protocol import Rows
from tests.conftest import DEMO_DAY
from tests.history.test_diff import _finding, _scan, _with

ASKED = {"rotation", "unregistered_stay"}


class Failing(EmbeddedStore):
    """A store that fails for one rule."""

    error: Exception | None = None

    def read(self, query: str, *arguments: Any, **options: Any) -> Rows:
        if "rotating_persons" in query and self.error is not None:
            raise self.error
        return super().read(query, *arguments, **options)


@pytest.fixture(scope="module")
def store() -> Failing:
    found = Failing.in_memory(read_region(resources.fixtures() / "demo").tables)
    assert isinstance(found, Failing)
    return found


def found_by(store: Failing, error: Exception | None, *, spare_failed: bool) -> Detected:
    store.error = error
    rules = [d for d in load_detectors() if d.id in ASKED]
    model = load_model("five-barriers")
    return detect(store, rules, day=DEMO_DAY, norms=shipped_norms(), model=model, spare_failed=spare_failed)


@pytest.mark.parametrize(
    "error",
    [
        InputError(["query: Query produced 10000001 rows, exceeding the safety ceiling"]),
        QueryLimitError("the query took longer than 900 seconds"),
    ],
    ids=["refused by the engine", "too long"],
)
def test_a_rule_that_fails_costs_its_own_findings_and_says_why(store: Failing, error: Exception) -> None:
    whole = found_by(store, None, spare_failed=True)

    left = found_by(store, error, spare_failed=True)

    assert left.failed() == {"rotation": str(error)}
    assert [f.id for f in left.findings()] == [f.id for f in whole.findings() if f.detector != "rotation"]
    assert {f.detector for f in whole.findings()} == ASKED


def test_a_store_that_is_gone_is_no_fault_of_a_rule(store: Failing) -> None:
    with pytest.raises(TryAgainError, match="no answer from the server"):
        found_by(store, TryAgainError("no answer from the server"), spare_failed=True)


def test_who_has_no_place_to_say_it_is_told_the_error(store: Failing) -> None:
    with pytest.raises(QueryLimitError, match="rotation: the query took longer"):
        found_by(store, QueryLimitError("the query took longer than 900 seconds"), spare_failed=False)


def test_the_next_scan_asks_a_rule_that_failed_everywhere(store: Failing, tmp_path: Path) -> None:
    left = found_by(store, QueryLimitError("too long"), spare_failed=True)
    record = {"scan_id": "s1", "input_fingerprint": "f1", "at": "2026-09-01", "norms": "n1", "rules": ""}

    keep_baseline(str(tmp_path / "r.barrier"), left, record=record)

    kept = (tmp_path / "r.barrier" / "baseline" / "baseline.json").read_text(encoding="utf-8")
    assert '"unregistered_stay": "' in kept
    assert '"rotation": "' not in kept


def _not_asked(scan: Scan) -> Scan:
    rules = [d | {"failed": "too long"} if d["id"] == "rotation" else d for d in scan.record["detectors"]]
    return _with(scan, detectors=rules)


@pytest.mark.parametrize("changed", [False, True], ids=["the same rule", "a rule that changed"])
def test_what_a_rule_found_that_could_not_be_asked_is_not_gone(changed: bool) -> None:
    before, later = _scan(_finding("a1", "rotation"), _finding("a2")), _not_asked(_scan())
    if changed:
        later.record["detectors"][1]["hash"] = "r2"

    changes = diff(before, later)

    assert {c.finding["id"]: c.reason for c in changes.gone} == {"rotation:a1": "not_asked", "overcrowded:a2": "really"}
    assert "rotation: could not be asked this time, what it found before may still be there" in changes.notes


def test_what_a_rule_finds_after_it_could_not_be_asked_may_have_been_there() -> None:
    changes = diff(_not_asked(_scan()), _scan(_finding("a1", "rotation"), _finding("a2")))

    assert {c.finding["id"]: c.reason for c in changes.new} == {"rotation:a1": "not_asked", "overcrowded:a2": "really"}
