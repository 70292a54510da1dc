"""The key by which ids were hashed: another one, or a lost one, is told and not read with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from barrier.keys import default_key_file
from tests.helpers import run


@pytest.fixture
def office(region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a region that has a phone number as id, and a store of it, of an account of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (region / "Contact.csv").write_text("id,kind\n06-12345678,phone\n")
    assert run("import", str(region), "--store", str(tmp_path / "s.barrier")).exit_code == 0
    return tmp_path


def _commands(office: Path) -> list[list[str]]:
    store = ["--store", str(office / "s.barrier")]
    return [
        ["import", str(office / "region"), *store],
        ["scan", str(office / "region"), "--out", str(office / "o"), *store],
    ]


def test_where_the_key_is_lost_nothing_is_read_and_no_other_is_made(office: Path) -> None:
    default_key_file().unlink()

    for command in _commands(office):
        done = run(*command)
        assert done.exit_code == 2
        assert "its ids were hashed with the key" in done.stderr
        assert "backup" in done.stderr
        assert not default_key_file().exists()


def test_another_key_is_refused_and_named_by_doctor(office: Path) -> None:
    kept = default_key_file().read_bytes()
    default_key_file().unlink()
    assert run("import", str(office / "region"), "--store", str(office / "other.barrier")).exit_code == 0  # makes one

    for command in _commands(office):
        assert "is another" in run(*command).stderr
    doctor = run("doctor", "--store", str(office / "s.barrier"))
    default_key_file().write_bytes(kept)

    assert doctor.exit_code == 2
    assert "PROBLEM key of the store: its ids were hashed with the key" in doctor.stdout
    assert [run(*command).exit_code for command in _commands(office)] == [0, 0]


def test_a_rotated_key_is_the_same_and_an_earlier_copy_of_it_is_not(office: Path) -> None:
    before = default_key_file().read_bytes()
    assert run("key", "rotate", "--store", str(office / "s.barrier"), "--by", "Jansen").exit_code == 0
    assert [run(*command).exit_code for command in _commands(office)] == [0, 0]

    default_key_file().write_bytes(before)

    assert run(*_commands(office)[0]).exit_code == 2


def test_a_store_that_was_not_named_at_a_rotation_is_refused_until_its_ids_went_through_it(office: Path) -> None:
    other, rotate = str(office / "other.barrier"), ["key", "rotate", "--by", "Jansen", "--store"]
    assert run("import", str(office / "region"), "--store", other).exit_code == 0
    assert run(*rotate, other).exit_code == 0

    for command in _commands(office):
        done = run(*command)
        assert done.exit_code == 2
        assert "which was rotated since, and the store was not named then" in done.stderr
    assert run("import", str(office / "region"), "--store", other).exit_code == 0

    assert run(*rotate, other, "--store", str(office / "s.barrier")).exit_code == 0
    before = _contacts(office / "s.barrier")
    assert [run(*command).exit_code for command in _commands(office)] == [0, 0]
    assert before == _contacts(office / "s.barrier") == _contacts(office / "other.barrier")


def test_where_the_note_of_the_key_is_damaged_nothing_is_read_and_no_key_is_made(office: Path) -> None:
    note = office / "s.barrier" / "key.json"
    note.write_bytes(note.read_bytes()[:10])
    default_key_file().unlink()

    for command in _commands(office):
        done = run(*command)
        assert done.exit_code == 2
        assert "key.json, which says by which key its ids were hashed, is damaged" in done.stderr
        assert not default_key_file().exists()
    assert "PROBLEM key of the store: key.json" in run("doctor", "--store", str(office / "s.barrier")).stdout


def _contacts(store: Path) -> str:
    return run("query", "-", "--store", str(store), "--csv", stdin="MATCH (c:Contact) RETURN c.id ORDER BY c.id").stdout


def test_another_file_of_ours_in_the_place_of_the_note_of_the_key_is_damage(office: Path) -> None:
    shutil.copyfile(office / "s.barrier" / "current.json", office / "s.barrier" / "key.json")

    for command in _commands(office):
        done = run(*command)
        assert done.exit_code == 2
        assert "key.json, which says by which key its ids were hashed, is damaged" in done.stderr
