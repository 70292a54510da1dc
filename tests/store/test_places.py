"""Where files beside a store are: the same by whatever path the store is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.audit.places import audit_file
from barrier.errors import InputError, TryAgainError
from barrier.store import open_store
from barrier.store.address import store_place
from barrier.store.places import place_beside


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    (tmp_path / "tw.barrier").mkdir()
    link = tmp_path / "tl.barrier"
    link.symlink_to("tw.barrier")
    return link


def test_the_log_and_the_lock_of_a_linked_store_are_those_of_the_store(linked: Path, tmp_path: Path) -> None:
    assert audit_file(str(linked)) == tmp_path / "tw.barrier.audit.jsonl"
    assert place_beside(linked, ".lock") == tmp_path / "tw.barrier.lock"


def test_two_at_once_on_one_store_by_two_names_are_refused(linked: Path, tmp_path: Path) -> None:
    told = pytest.raises(TryAgainError, match="another import or scan")
    with open_store(tmp_path / "tw.barrier").writing(), told, open_store(linked).writing():
        pass


@pytest.mark.parametrize("named", [".", "../tw.barrier", "./"])
def test_a_store_that_is_named_without_its_name_has_it_all_the_same(
    linked: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(linked)

    assert audit_file(named) == linked.parent / "tw.barrier.audit.jsonl"
    with open_store(named).writing():
        assert (linked.parent / "tw.barrier.lock").is_file()


def test_a_link_that_leads_to_itself_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    assert audit_file(str(tmp_path / "loop")).name == "loop.audit.jsonl"


def test_a_whole_disk_is_no_store() -> None:
    with pytest.raises(InputError, match="is a whole disk"):
        store_place("/")
