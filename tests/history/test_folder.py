"""Results are read as what they are: another record of Barrier in the place of scan.json is damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from barrier.errors import DamagedError
from barrier.history.folder import checked_record
from barrier.store.manifest import stamped
from tests.helpers import Results, run


@pytest.fixture
def results(demo: Results, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo.path, tmp_path / "out"))


@pytest.mark.parametrize(
    "record",
    [
        {"format": 1, "kind": "barrier store", "id": "0123456789abcdef"},
        {"format": 1, "kind": "snapshot", "name": "x", "files": {"findings.jsonl": [1, "00"]}},
    ],
    ids=["the mark of a store", "the manifest of a snapshot"],
)
def test_another_record_in_the_place_of_scan_json_is_damage(results: Path, record: dict[str, Any]) -> None:
    (results / "scan.json").write_text(json.dumps(stamped(record)))

    with pytest.raises(DamagedError, match=r"scan\.json: is not as the scan wrote it"):
        checked_record(results, "findings.jsonl")
    assert run("diff", str(results), str(results)).exit_code == 2


def test_a_sealed_record_without_its_list_of_files_is_damage(results: Path) -> None:
    record = json.loads((results / "scan.json").read_text())
    (results / "scan.json").write_text(json.dumps(stamped({k: v for k, v in record.items() if k != "files"})))

    with pytest.raises(DamagedError, match=r"scan\.json: is not as the scan wrote it"):
        checked_record(results, "findings.jsonl")
