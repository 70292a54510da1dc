"""Cases of a detector: small graphs on which it must hit or stay silent.

Rule: a case runs through the same import and the same detector run as a region, so it proves the real thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from barrier import resources
from barrier.analysis.analyse import detected
from barrier.analysis.ruleset import ruleset_of
from barrier.detect.findings import Finding
from barrier.detect.header import Value
from barrier.detect.library import Detector
from barrier.errors import InputError
from barrier.ingest.described import Described, described_columns
from barrier.ingest.folder import RegionConfig, RegionFolder
from barrier.ingest.reader import RawTable, given_table
from barrier.ingest.region import build_region
from barrier.model.yamlfile import Strict, load_yaml
from barrier.store import EmbeddedStore
from barrier.store.tables import GraphTables
from barrier.store.unread import ALL_READ

DEFAULT_DAY = date(2024, 7, 1)
DEFAULT_START = "2020-01-01"


class Case(Described):
    """One case: a graph, the hits expected, and optionally the strength and the explanations that hold."""

    name: str
    at: date = DEFAULT_DAY
    params: dict[str, Any] = Field(default_factory=dict)
    hits: list[list[str]]
    strength: list[str] | None = None
    explained: list[str] | None = None
    facts: dict[str, Any] = Field(default_factory=dict)


class CaseFile(Strict):
    """The content of `tests/detectors/<id>.yaml`."""

    cases: list[Case]


@dataclass(frozen=True)
class CaseResult:
    """How one case came out; ``problems`` is empty when it did as expected."""

    detector: str
    name: str
    hits: bool
    problems: tuple[str, ...]


def case_folder() -> Path:
    """Return the folder with the cases of the shipped detectors."""
    return resources.root() / "tests" / "detectors"


def run_cases(detector: Detector, folders: Sequence[Path]) -> Iterator[CaseResult]:
    """Run the cases of a detector, from the first folder that has a file for it.

    Args:
        detector: The detector.
        folders: Where `<id>.yaml` is looked for.

    Raises:
        InputError: There are no cases, or the file is wrong.
    """
    file = next((f / f"{detector.id}.yaml" for f in folders if (f / f"{detector.id}.yaml").is_file()), None)
    if file is None:
        hint = "write at least one case that hits and one that does not; see CONTRIBUTING"
        raise InputError([f"{detector.id}: no file {detector.id}.yaml with cases"], hint=hint)
    for case in load_yaml(file, CaseFile, within=file.parent).cases:
        yield CaseResult(detector.id, case.name, bool(case.hits), tuple(_problems(detector, case)))


def case_tables(case: Case) -> GraphTables:
    """Return the graph of a case, through the import.

    Raises:
        InputError: The graph breaks the model.
    """
    columns = described_columns(case, since=DEFAULT_START)
    given = {name: given_table(f"{name}.csv", c) for name, c in columns.items()}
    return _tables(case.name, given)


def _tables(name: str, given: dict[str, RawTable]) -> GraphTables:
    region = build_region(RegionFolder(Path(name), RegionConfig(), {}, ()), given)
    rejected = [f"{name}: {r.file} line {r.line}: {r.column}: {r.reason}" for r in region.rejected.itertuples()]
    unknown = [f"{name}: {note}" for note in region.notes if "dropped" in note]
    if rejected or unknown:
        raise InputError([*rejected, *unknown])
    return replace(region.tables, unread=ALL_READ)  # a case holds no more than it needs


def _problems(detector: Detector, case: Case) -> list[str]:
    store = EmbeddedStore.in_memory(case_tables(case))
    params: dict[str, dict[str, Value]] = {detector.id: case.params}
    found = detected(store, [detector], ruleset_of(case.at), given=params).findings()
    expected = sorted(":".join([detector.id, *key]) for key in case.hits)
    if [f.id for f in found] != expected:
        return [f"expected hits {expected}, found {[f.id for f in found]}"]
    return [*_differences(case, found)]


def _differences(case: Case, found: Sequence[Finding]) -> Iterator[str]:
    strengths = [f.strength for f in found]
    if case.strength is not None and strengths != case.strength:
        yield f"expected strength {case.strength}, found {strengths}"
    held = sorted({e["name"] for f in found for e in f.explanations if e["holds"]})
    if case.explained is not None and held != sorted(case.explained):
        yield f"expected explanations {sorted(case.explained)}, found {held}"
    for name, value in case.facts.items():
        values = [f.facts.get(name, {}).get("value") for f in found]
        if any(v != value for v in values):
            yield f"expected fact {name} {value}, found {values}"
