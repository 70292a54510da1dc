"""`barrier doctor` says what answers, what does not, and what stands where it should not."""

from __future__ import annotations

import shutil
from pathlib import Path

from barrier.detect.library import load_detectors, load_explore
from tests.helpers import Results, run


def test_doctor_says_what_is_there_and_which_store_answers(demo: Results, tmp_path: Path) -> None:
    good = run("doctor", "--store", str(demo.store))
    away = run("doctor", "--store", str(tmp_path / "none.barrier"))
    (tmp_path / "empty.barrier").mkdir()
    empty = run("doctor", "--store", str(tmp_path / "empty.barrier"), "--json")

    assert good.exit_code == 0
    assert "answers; " in good.output
    assert f"{len(load_detectors())} detectors, {len(load_explore())} explore queries" in good.output
    assert "nothing was imported yet" in empty.output
    assert away.exit_code != 0
    assert "no such folder: is the name right?" in " ".join(away.output.split())


def test_doctor_names_a_store_inside_a_store(demo: Results, tmp_path: Path) -> None:
    store = Path(shutil.copytree(demo.store, tmp_path / "region.barrier"))
    whole = run("doctor", "--store", str(store))
    shutil.copytree(demo.store, store / "region.barrier")
    nested = run("doctor", "--store", str(store))

    assert "store in a store" not in whole.output
    assert nested.exit_code == 2
    assert f"{store / 'region.barrier'}: a store inside a store" in nested.output
