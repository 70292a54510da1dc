"""What counts as Barrier's: the content shows it, never the name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barrier.store.manifest import MANIFEST, seal
from barrier.store.own_folders import BASELINE, GENERATION, SNAPSHOT, is_store, mark_store, remove_own


def _write(folder: Path, name: str, content: str | bytes = "mine") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("g-data/arrow/data-00000.arrow", GENERATION),
        ("g-data/manifest.json", GENERATION),
        ("g-data/graph.kgl", GENERATION),
        ("baseline/baseline.json", BASELINE),
        ("2025-01-01/scan.json", SNAPSHOT),
        ("2025-01-01/visits.parquet", SNAPSHOT),
    ],
)
def test_a_file_of_somebody_else_is_not_removed_for_its_name(tmp_path: Path, name: str, names: tuple[str, ...]) -> None:
    file = _write(tmp_path, name)

    gone = remove_own(tmp_path / name.split("/", maxsplit=1)[0], names)

    assert not gone
    assert file.read_text() == "mine"


def test_one_strange_file_keeps_a_folder_that_was_sealed(tmp_path: Path) -> None:
    _write(tmp_path, "g-1/graph.kgl", b"RGF...")
    seal(tmp_path / "g-1", kind="generation", name="g-1")
    _write(tmp_path, "g-1/arrow/data-00000.arrow")

    assert not remove_own(tmp_path / "g-1", GENERATION)


def test_what_was_sealed_or_cut_off_by_a_kill_is_removed(tmp_path: Path) -> None:
    _write(tmp_path, "g-1/graph.kgl", b"damaged since")
    seal(tmp_path / "g-1", kind="generation", name="g-1")
    _write(tmp_path, "g-2.part/arrow/Person.arrow", b"ARROW1\0\0")
    _write(tmp_path, "g-2.part/graph.kgl.tmp.1", b"")

    assert remove_own(tmp_path / "g-1", GENERATION)
    assert remove_own(tmp_path / "g-2.part", GENERATION)


@pytest.mark.parametrize(
    "names",
    [
        ("g-data/arrow/data-00000.arrow", "g-data/manifest.json"),
        ("baseline/", "history/2025-01-01/scan.json", "history/notes.txt"),
        ("baseline/", "g-1/arrow/"),
        ("erasing.json",),
        ("protection.json", "cases.sqlite"),
    ],
    ids=["data set", "history", "empty folders", "intent", "ledger"],
)
def test_a_folder_of_somebody_else_with_names_of_a_store_is_none(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        if name.endswith("/"):
            (tmp_path / name).mkdir(parents=True)
        else:
            _write(tmp_path, name)

    assert not is_store(tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("erasing.json", {"ids": [], "sealed": [], "results": [], "mark": "", "told": {}}),
        ("protection.json", {"mark": "", "results": {}}),
    ],
)
def test_what_an_erasure_noted_shows_that_a_folder_is_a_store(
    tmp_path: Path, name: str, told: dict[str, object]
) -> None:
    _write(tmp_path, name, json.dumps(told))

    assert is_store(tmp_path)


def test_a_store_without_its_mark_is_known_by_a_manifest_in_it(tmp_path: Path) -> None:
    mark_store(tmp_path)
    _write(tmp_path, "history/2025-01-01-0123abcd/scan.json", "{}")
    seal(tmp_path / "history" / "2025-01-01-0123abcd", kind="snapshot", name="2025-01-01-0123abcd")
    (tmp_path / "barrier-store.json").unlink()

    assert is_store(tmp_path)
    assert (tmp_path / "history" / "2025-01-01-0123abcd" / MANIFEST).is_file()
