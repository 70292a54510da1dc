"""Where a file may be written: not where it could harm, and wherever it could not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.results.out_place import ensure_kept_file, ensure_out_file
from tests.helpers import run


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a region, results and a store."""
    root = tmp_path_factory.mktemp("scanned")
    (root / "region").mkdir()
    (root / "region" / "region.yaml").write_text("name: T\npurpose: test\nextract_date: 2026-01-01\n")
    (root / "region" / "Address.csv").write_text("id,municipality\na-1,GM9001\n")
    assert run("scan", str(root / "region"), "--out", str(root / "out")).exit_code == 0
    return root


def test_a_pipe_and_a_device_are_no_place_to_harm(scanned: Path) -> None:
    os.mkfifo(scanned / "region" / "pipe")

    ensure_out_file(scanned / "region" / "pipe")
    ensure_out_file(Path("/dev/stdout"))


def test_cases_may_lie_in_a_store_and_nowhere_else_among_what_is_kept(scanned: Path) -> None:
    ensure_kept_file(scanned / "out.barrier" / "cases.sqlite")
    with pytest.raises(InputError, match="lies in the store"):
        ensure_kept_file(scanned / "out.barrier" / "jobs.sqlite")
    with pytest.raises(InputError, match="lies in the region folder"):
        ensure_kept_file(scanned / "region" / "cases.sqlite")


def test_a_file_of_ones_own_may_lie_in_results_and_one_called_as_ours_elsewhere(scanned: Path) -> None:
    (scanned / "elsewhere").mkdir()

    ensure_out_file(scanned / "out" / "notes.csv")
    ensure_out_file(scanned / "elsewhere" / "findings.jsonl")
    with pytest.raises(InputError, match="is a file of the results in out"):
        ensure_out_file(scanned / "out" / "findings.jsonl")


def test_a_folder_whose_settings_are_a_link_that_leads_nowhere_is_a_region_too(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").symlink_to(tmp_path / "away.yaml")

    with pytest.raises(InputError, match="lies in the region folder"):
        ensure_out_file(tmp_path / "list.csv")
