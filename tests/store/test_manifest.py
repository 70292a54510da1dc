"""Manifests: any change of a file, and any folder in the place of another, is noticed before it is read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from barrier.errors import DamagedError
from barrier.store.manifest import MANIFEST, is_stamped, manifest_of, reseal, seal, stamped


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Return a sealed folder with a file in a folder in it."""
    folder = tmp_path / "g-1"
    (folder / "arrow").mkdir(parents=True)
    (folder / "graph.kgl").write_bytes(bytes(range(256)) * 20)
    (folder / "arrow" / "Person.arrow").write_bytes(b"rows")
    (folder / "arrow" / "empty.arrow").write_bytes(b"")
    seal(folder, kind="generation", name="g-1", store="s1")
    return folder


def test_a_folder_that_was_not_touched_fits(sealed: Path) -> None:
    manifest_of(sealed, kind="generation", name="g-1", store="s1").check()


@pytest.mark.parametrize("name", ["graph.kgl", "arrow/Person.arrow", MANIFEST])
def test_every_flipped_bit_is_noticed(sealed: Path, name: str) -> None:
    file = sealed / name
    content = file.read_bytes()
    for place in {0, 1, len(content) // 2, len(content) - 2}:
        for bit in range(8):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
            with pytest.raises(DamagedError, match=file.name.replace(".", r"\.")):
                manifest_of(sealed).check()


def test_a_file_cut_short_missing_longer_or_in_place_of_another_is_noticed(sealed: Path) -> None:
    file, other = sealed / "graph.kgl", sealed / "arrow" / "Person.arrow"
    content = file.read_bytes()
    for damage in (content[:-1], content + b"\0", b"\0" * len(content), other.read_bytes(), b""):
        file.write_bytes(damage)
        with pytest.raises(DamagedError, match=r"graph\.kgl: is not as it was written"):
            manifest_of(sealed).check("graph.kgl")
    file.unlink()
    with pytest.raises(DamagedError, match=r"graph\.kgl: cannot be read"):
        manifest_of(sealed).check("graph.kgl")


def test_a_pipe_in_place_of_a_file_is_noticed_and_not_waited_for(sealed: Path) -> None:
    (sealed / "graph.kgl").unlink()
    os.mkfifo(sealed / "graph.kgl")

    with pytest.raises(DamagedError, match="is no regular file"):
        manifest_of(sealed).check()


def test_a_file_that_was_not_written_is_not_read(sealed: Path) -> None:
    (sealed / "arrow" / "Late.arrow").write_bytes(b"rows")

    with pytest.raises(DamagedError, match="not one of the files that were written"):
        manifest_of(sealed).check("arrow/Late.arrow")


def test_a_folder_in_the_place_of_another_is_noticed(sealed: Path) -> None:
    stamp = manifest_of(sealed).stamp
    assert manifest_of(sealed, stamp=stamp).stamp == stamp
    for wrong in ({"kind": "snapshot"}, {"name": "g-2"}, {"store": "s2"}, {"stamp": "0"}):
        with pytest.raises(DamagedError, match="belongs elsewhere"):
            manifest_of(sealed, **wrong)


def test_what_was_changed_on_purpose_is_sealed_again_as_what_it_is(sealed: Path) -> None:
    (sealed / "graph.kgl").write_bytes(b"other")
    reseal(sealed)

    found = manifest_of(sealed, kind="generation", name="g-1", store="s1")
    found.check()
    assert found.files["graph.kgl"][0] == 5


def test_a_record_carries_its_own_checksum() -> None:
    record = stamped({"counts": {"Person": 3}, "name": "Wijk é"})

    assert is_stamped(json.loads(json.dumps(record)))
    assert not is_stamped({**record, "counts": {"Person": 2}})
    assert not is_stamped({k: v for k, v in record.items() if k != "checksum"})
