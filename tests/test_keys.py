"""The key of an office: one for each purpose, of its owner alone, made once, noticed when damaged."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from datetime import date
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.keys import Purpose, digest, keyed_hash, open_key, read_key, write_key

DAY = date(2026, 9, 1)


def test_a_text_has_another_hash_for_each_purpose(tmp_path: Path) -> None:
    made = {keyed_hash("0612345678", purpose, tmp_path / "k") for purpose in Purpose}

    assert len(made) == len(Purpose)
    assert {len(m) for m in made} == {24}


def test_the_key_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_key(tmp_path / "new" / "k")
    finally:
        os.umask(before)

    assert (tmp_path / "new" / "k").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert [f.name for f in (tmp_path / "new").iterdir()] == ["k"]


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    open_key(tmp_path / "k")
    (tmp_path / "k").chmod(0o640)

    with pytest.raises(InputError, match="others may read the key .mode 0640.; expected 0600") as error:
        open_key(tmp_path / "k")
    assert str(error.value.hint).startswith(f"chmod 600 {tmp_path / 'k'}")


def test_a_key_that_is_a_link_is_refused(tmp_path: Path) -> None:
    open_key(tmp_path / "elsewhere")
    (tmp_path / "k").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError, match="a link or no plain file"):
        open_key(tmp_path / "k")


def test_a_link_to_nothing_is_not_followed_to_make_a_key(tmp_path: Path) -> None:
    (tmp_path / "k").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError, match="a link or no plain file"):
        open_key(tmp_path / "k")
    assert not (tmp_path / "elsewhere").exists()


def test_an_older_key_gives_the_contacts_that_it_gave(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"0123456789abcdef0123456789abcdef")
    (tmp_path / "k").chmod(0o600)

    expected = hashlib.blake2b(b"x", key=b"0123456789abcdef0123456789abcdef", digest_size=12).hexdigest()
    assert keyed_hash("x", Purpose.CONTACTS, tmp_path / "k") == expected
    assert keyed_hash("x", Purpose.VIEWS, tmp_path / "k") != expected


@pytest.mark.parametrize("kept", [20, 60, 90, 150, 180], ids=["a line", "half", "a secret", "both", "a shorter check"])
def test_a_shortened_key_is_refused_and_never_gives_other_hashes(tmp_path: Path, kept: int) -> None:
    write_key(tmp_path / "k", open_key(tmp_path / "k").rotated(DAY))
    whole = (tmp_path / "k").read_bytes()
    (tmp_path / "k").write_bytes(whole[: min(kept, len(whole) - 2)])

    with pytest.raises(InputError, match="the key is damaged"):
        open_key(tmp_path / "k")


def test_a_flipped_digit_of_a_key_is_noticed(tmp_path: Path) -> None:
    open_key(tmp_path / "k")
    text = (tmp_path / "k").read_text()
    place = text.index("derived ") + 30
    (tmp_path / "k").write_text(text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :])

    with pytest.raises(InputError, match="the key is damaged"):
        open_key(tmp_path / "k")


def test_the_error_of_a_damaged_key_shows_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("barrier key 2\nderived 2026-01-01 0123secret0123\ncheck 00000000\n")
    (tmp_path / "k").chmod(0o600)

    with pytest.raises(InputError) as error:
        open_key(tmp_path / "k")
    assert "0123" not in f"{error.value}{error.value.hint}"
    assert error.value.__cause__ is None


def test_a_contact_hashed_before_a_rotation_can_be_hashed_on_without_its_value(tmp_path: Path) -> None:
    first = open_key(tmp_path / "k")
    before = first.hash("0612345678", Purpose.CONTACTS)
    second = first.rotated(DAY)

    last = second.generations[-1]
    assert second.hash("0612345678", Purpose.CONTACTS) == digest(before, last.subkey(Purpose.CONTACTS))
    assert second.hash("a", Purpose.VIEWS) != first.hash("a", Purpose.VIEWS)


def test_a_rotated_key_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    key = open_key(tmp_path / "k").rotated(DAY).rotated(DAY)

    write_key(tmp_path / "k", key)

    assert read_key(tmp_path / "k") == key
    assert key.fingerprint() != open_key(tmp_path / "other").fingerprint()


def _opened(file: Path) -> str:
    return open_key(file).fingerprint()


def test_processes_that_start_at_one_moment_make_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_opened, [tmp_path / "k"] * 16, chunksize=1)

    assert len(set(found)) == 1
