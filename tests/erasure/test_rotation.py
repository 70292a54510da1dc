"""Rotating the key: every id that was hashed is hashed on, goes on joining, and a killed rotation is finished."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from barrier.erasure import rotation
from barrier.errors import InputError
from barrier.files import write_private
from barrier.history.snapshots import snapshots
from barrier.keys import default_key_file, open_key, rotation_file
from barrier.results.snapshot import history_folder
from barrier.store import open_store
from tests.helpers import run

pytestmark = pytest.mark.slow

OWNER = "123456782"  # as a citizen number, but for its check digit
HASHED = re.compile(r"hashed-phone-[0-9a-f]{24}")


@pytest.fixture
def scanned(tmp_path: Path, region: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scan a region in which twenty people and a business are reached at one phone; return the result folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    people = range(20)
    tables = {
        "Person": "id,birth_year\n" + "".join(f"p-{i},1980\n" for i in people),
        "Address": "id,municipality,kind,area_m2\n" + "".join(f"a-{i},GM9001,dwelling,80\n" for i in people),
        "Business": "id,name,legal_form\nb-1,Desk,bv\nb-2,Shop,bv\n",
        "Contact": "id,kind\n0612345678,phone\n",
        "REGISTERED_AT": "source_id,target_id,from\n" + "".join(f"p-{i},a-{i},2024-01-01\n" for i in people),
        "REACHED_AT": "source_id,target_id\n" + "".join(f"p-{i},+31612345678\n" for i in people) + "b-1,0612345678\n",
        "OWNS": "source_id,target_id\nb-1,a-1\nb-1,a-2\n",
    }
    tables["Person"] += f"{OWNER},1970\n"
    tables["OWNS"] += f"{OWNER},a-3\n"
    for name, text in tables.items():
        (region / f"{name}.csv").write_text(text)
    out = tmp_path / "out"
    assert run("scan", str(region), "--out", str(out), "--purpose", "test").exit_code == 0
    return out


def _ids(out: Path) -> set[str]:
    """Return every hashed id in the store, the snapshots and the results."""
    found: set[str] = set()
    with_text = [f for f in out.rglob("*") if f.suffix in (".jsonl", ".html", ".csv", ".json")]
    for file in with_text:
        found |= set(HASHED.findall(file.read_text()))
    store = open_store(f"{out}.barrier")
    try:
        found |= set(store.nodes("Contact", ["id"])["id"])
        found |= set(store.edges("REACHED_AT", ["target_id"])["target_id"])
        for snapshot in snapshots(history_folder(store.name)):
            found |= set(HASHED.findall(" ".join([*snapshot.findings["record"], json.dumps(snapshot.clusters)])))
    finally:
        store.close()
    return found


def _rotate(out: Path, *more: str) -> None:
    done = run("key", "rotate", "--store", f"{out}.barrier", "--results", str(out), "--by", "A. Vos", *more)
    assert done.exit_code == 0, done.output


def _told(out: Path) -> str:
    """Return what changed since the scan before, as it stands in the results."""
    file = out / "changes.jsonl"
    return file.read_text() if file.is_file() else ""


def _owner(out: Path) -> str:
    """Return the owner of an address in the last snapshot."""
    addresses = snapshots(history_folder(f"{out}.barrier"))[-1].addresses
    return str(addresses.loc[addresses["address"] == "a-3", "owners"].iloc[0])


def test_an_owner_that_was_hashed_is_the_same_owner_after_a_rotation(scanned: Path, region: Path) -> None:
    before = _owner(scanned)

    _rotate(scanned)
    rotated = _owner(scanned)
    done = run("scan", str(region), "--out", str(scanned), "--purpose", "test", "--at", "2026-10-01")
    assert done.exit_code == 0, done.output
    after = _owner(scanned)

    assert before.startswith("hashed-")
    assert rotated == after != before
    assert "holder" not in _told(scanned)


def test_an_owner_that_becomes_protected_after_a_rotation_is_named_nowhere(scanned: Path, region: Path) -> None:
    _rotate(scanned)
    owner = _owner(scanned)
    persons = (region / "Person.csv").read_text().splitlines()
    told = ["id,birth_year,protected", *(f"{row},{str(row.startswith(OWNER)).lower()}" for row in persons[1:])]
    (region / "Person.csv").write_text("\n".join(told) + "\n")

    done = run("scan", str(region), "--out", str(scanned), "--purpose", "test", "--at", "2026-10-01")
    assert done.exit_code == 0, done.output

    written = [f for f in (*scanned.rglob("*"), *Path(f"{scanned}.barrier").rglob("*")) if f.is_file()]
    assert [f for f in written if owner.encode() in f.read_bytes()] == []
    assert "a-3" not in _told(scanned)
    assert _owner(scanned) == ""


def test_ids_are_others_and_join_with_the_next_delivery(scanned: Path, region: Path) -> None:
    before = _ids(scanned)

    _rotate(scanned)
    after = _ids(scanned)
    again = run("scan", str(region), "--out", str(scanned), "--purpose", "test")

    assert len(before) == len(after) == 1
    assert before != after
    assert again.exit_code == 0
    assert _ids(scanned) == after
    assert [c for c in map(json.loads, _told(scanned).splitlines()) if c["change"] in ("new", "gone")] == []


def test_cases_have_the_new_ids_and_their_journal_is_whole(scanned: Path) -> None:
    store = f"{scanned}.barrier"
    about = next(
        f for f in map(json.loads, (scanned / "findings.jsonl").read_text().splitlines()) if "hashed" in f["id"]
    )
    opened = run("case", "open", about["id"], "--store", store, "--by", "A. Vos", "--at", "2026-09-01")
    assert opened.exit_code == 0, opened.output

    _rotate(scanned)

    with sqlite3.connect(Path(store) / "cases.sqlite") as connection:
        (text,) = connection.execute("SELECT about_id || members || findings FROM dossier").fetchone()
    connection.close()
    assert set(HASHED.findall(text)) == _ids(scanned)
    verified = run("case", "verify", "--store", store)
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize("step", ["_rotate_snapshot", "_rotate_cases", "_rotate_results", "write_key"])
def test_a_rotation_that_was_ended_at_any_step_is_finished_by_the_next(
    scanned: Path, region: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = _ids(scanned)
    with monkeypatch.context() as patched:
        patched.setattr(rotation, step, end)
        named = ["--store", f"{scanned}.barrier", "--results", str(scanned), "--by", "A. Vos"]
        assert run("key", "rotate", *named).exit_code == 130

    with pytest.raises(InputError, match="a rotation of the key was not finished"):
        open_key()
    assert run("doctor").exit_code == 2
    assert run("key", "rotate", "--by", "A. Vos").exit_code == 0
    assert not rotation_file(default_key_file()).exists()
    assert len(open_key().generations) == 2
    assert run("scan", str(region), "--out", str(scanned), "--purpose", "test").exit_code == 0
    assert len(_ids(scanned)) == 1
    assert _ids(scanned) != before


def test_a_rotation_needs_a_name_and_a_store(scanned: Path) -> None:
    assert run("key", "rotate", "--store", f"{scanned}.barrier").exit_code == 2
    done = run("key", "rotate", "--store", str(scanned), "--by", "A. Vos")
    assert done.exit_code == 2
    assert "there is no embedded store" in done.stderr
    assert len(open_key().generations) == 1


def test_an_office_comes_back_from_its_backup(scanned: Path, region: Path, tmp_path: Path) -> None:
    before = _ids(scanned)
    key = default_key_file().read_bytes()
    default_key_file().unlink()

    lost = run("scan", str(region), "--out", str(tmp_path / "lost"), "--purpose", "test")
    default_key_file().unlink()
    write_private(default_key_file(), key)
    back = run("scan", str(region), "--out", str(tmp_path / "back"), "--purpose", "test")

    assert lost.exit_code == back.exit_code == 0
    assert _ids(tmp_path / "lost").isdisjoint(before)
    assert _ids(tmp_path / "back") == before


def test_doctor_names_the_key_and_never_what_is_in_it(scanned: Path) -> None:
    text = default_key_file().read_text()
    good = run("doctor")
    default_key_file().chmod(0o644)
    bad = run("doctor")

    assert f"key: {default_key_file()}: mode 0600" in good.output
    assert open_key.__name__ not in good.output
    assert text.split()[5] not in good.output + bad.output
    assert bad.exit_code == 2
    assert "others may read the key (mode 0644); expected 0600; chmod 600" in bad.output
