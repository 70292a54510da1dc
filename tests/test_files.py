"""Private writing and safe opening: modes whatever the umask, plain files only, no way out of a delivered folder."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.files import (
    is_folder,
    is_regular,
    open_regular,
    private_file,
    private_folder,
    read_regular,
    tighten,
    too_open,
    trouble,
    write_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_what_is_written_is_for_one_account_whatever_the_umask(tmp_path: Path) -> None:
    write_private(private_folder(tmp_path / "a" / "b") / "c.txt", "text\n")

    assert [mode(p) for p in (tmp_path / "a", tmp_path / "a/b", tmp_path / "a/b/c.txt")] == [0o700, 0o700, 0o600]
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"text\n"


@pytest.mark.usefixtures("umask")
def test_a_database_and_what_sqlite_keeps_beside_it_are_for_one_account(tmp_path: Path) -> None:
    file = private_file(tmp_path / "d" / "x.sqlite")

    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (x)")
        modes = {p.name: mode(p) for p in (tmp_path / "d").iterdir()}

    assert modes == {"x.sqlite": 0o600, "x.sqlite-wal": 0o600, "x.sqlite-shm": 0o600}


def test_a_link_with_the_name_of_a_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("of somebody else")
    (tmp_path / "reason.txt").symlink_to(tmp_path / "other.txt")

    write_private(tmp_path / "reason.txt", "new", durable=True)

    assert (tmp_path / "other.txt").read_text() == "of somebody else"
    assert not (tmp_path / "reason.txt").is_symlink()
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["other.txt", "reason.txt"]


def test_a_folder_that_is_there_stays_as_open_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)

    private_folder(tmp_path / "shared")

    assert mode(tmp_path / "shared") == 0o755


def test_a_file_where_a_folder_is_wanted_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotADirectoryError):
        private_folder(tmp_path / "file")


def test_what_others_may_enter_is_tightened_with_all_in_it_and_links_lead_nowhere(tmp_path: Path) -> None:
    store, outside = tmp_path / "store", tmp_path / "outside"
    (store / "g-1").mkdir(parents=True)
    (store / "g-1" / "ids.arrow").touch()
    outside.touch()
    (store / "link").symlink_to(outside)
    for path, bits in ((store, 0o755), (store / "g-1", 0o755), (store / "g-1/ids.arrow", 0o644), (outside, 0o644)):
        path.chmod(bits)

    assert set(too_open(store)) == {store, store / "g-1", store / "g-1/ids.arrow"}
    tighten(store)

    assert not too_open(store)
    assert mode(outside) == 0o644
    assert mode(store / "g-1/ids.arrow") == 0o600


def test_a_plain_file_in_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "norms").mkdir()
    (tmp_path / "norms" / "a.yaml").write_bytes(b"x")

    assert read_regular(tmp_path / "norms" / "a.yaml", within=tmp_path) == b"x"


def test_a_folder_or_file_that_was_named_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "link.csv").symlink_to("real/a.csv")

    assert read_regular(tmp_path / "link" / "a.csv", within=tmp_path / "link") == b"x"
    assert read_regular(tmp_path / "link.csv") == b"x"


@pytest.mark.parametrize("name", ["file.csv", "folder/a.csv", "inside.csv"])
def test_nothing_below_a_delivered_folder_is_reached_through_a_link(tmp_path: Path, name: str) -> None:
    region, outside = tmp_path / "region", tmp_path / "outside"
    region.mkdir()
    outside.mkdir()
    (outside / "a.csv").write_bytes(b"secret")
    (region / "plain.csv").write_bytes(b"x")
    (region / "file.csv").symlink_to(outside / "a.csv")
    (region / "folder").symlink_to(outside)
    (region / "inside.csv").symlink_to("plain.csv")

    with pytest.raises(InputError, match="a link"):
        read_regular(region / name, within=region)


def test_a_path_that_climbs_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "region").mkdir()
    (tmp_path / "a.csv").write_bytes(b"secret")

    with pytest.raises(InputError, match="leads out"):
        read_regular(tmp_path / "region" / ".." / "a.csv", within=tmp_path / "region")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("named", [False, True], ids=["delivered", "named"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, kind: str, named: bool) -> None:
    place = tmp_path / "x.csv"
    with closing(socket.socket(socket.AF_UNIX)) as made:
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "folder":
            place.mkdir()
        else:
            made.bind(str(place))

        with pytest.raises(InputError, match=r"x\.csv: is a .*expected a plain file"):
            open_regular(place, within=None if named else tmp_path)
    assert not is_regular(place)


def test_a_device_is_never_opened() -> None:
    with pytest.raises(InputError, match="is a pipe, device or socket"):
        open_regular(Path("/dev/zero"))


@pytest.mark.parametrize("inside", [False, True])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, inside: bool) -> None:
    with pytest.raises(InputError, match="no file can have"):
        open_regular(tmp_path / "a\0b", within=tmp_path if inside else None)


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"x" * 11)

    with pytest.raises(InputError, match="larger than 10 bytes"):
        read_regular(tmp_path / "a.yaml", limit=10)


def test_what_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "a.csv", within=tmp_path)


def test_a_link_to_a_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    assert is_folder(tmp_path)
    assert not is_folder(tmp_path / "link")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space left on the device"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "this account may not"),
        (errno.EFBIG, "larger than a file may become here"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_why_a_disk_does_not_do_it_is_said_in_words(number: int, words: str) -> None:
    assert trouble(OSError(number, os.strerror(number))) == words


def test_what_could_not_be_written_is_named_and_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_text("before")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as told:
        write_private(tmp_path / "x", "after", durable=True)

    assert told.value.filename == str(tmp_path / "x")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("x", "before")]
