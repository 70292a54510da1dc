"""What an erasure keeps for itself is damaged or gone: it is said, and never taken for "there is nothing to erase"."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barrier.erasure.intent import Intent, read_intent, write_intent
from barrier.erasure.ledger import read_ledger
from barrier.results.became_protected import FORGOTTEN, LOST
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

PLACE = "a-vrouwenopvang-998877"
TOLD = "1 place became protected"
TABLES = {
    "Person": "id,birth_year\n" + "".join(f"p-{i},1980\n" for i in range(9)),
    "Address": f"id,municipality,kind,area_m2,protected\n{PLACE},GM9001,dwelling,40,\na-1,GM9001,dwelling,90,\n",
    "REGISTERED_AT": "source_id,target_id,from\n" + "".join(f"p-{i},{PLACE},2024-01-01\n" for i in range(9)),
}


@pytest.fixture
def scanned(region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """Return results of a scan that names the place, of an account of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, text in TABLES.items():
        (region / f"{name}.csv").write_text(text)
    out = tmp_path / "out"
    done = run("scan", str(region), "--out", str(out), "--purpose", "test")
    assert done.exit_code == 0, done.output
    assert PLACE in (out / "findings.jsonl").read_text()
    return Results(out)


def _protect(region: Path) -> None:
    (region / "Address.csv").write_text(TABLES["Address"].replace("dwelling,40,", "dwelling,40,true"))


def _flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[content.index(b"results") + 14] ^= 1  # in the path of the first folder
    file.write_bytes(content)


@pytest.mark.parametrize("how", ["flipped", "cut", "emptied", "removed"])
def test_where_the_list_of_result_folders_is_damaged_it_is_said_that_others_may_hold_it(
    scanned: Results, region: Path, tmp_path: Path, how: str
) -> None:
    other = tmp_path / "other"
    assert run("scan", str(region), "--out", str(other), "--store", str(scanned.store), "--purpose", "test").output
    file = scanned.store / "protection.json"
    if how == "flipped":
        _flipped(file)
    elif how == "removed":
        file.unlink()
    else:
        file.write_bytes(b"" if how == "emptied" else file.read_bytes()[:-20])
    _protect(region)

    done = run("scan", str(region), "--out", str(scanned.path), "--purpose", "test")

    assert done.exit_code == 0, done.output
    assert TOLD in done.output
    assert LOST in done.output
    assert PLACE not in (scanned.path / "findings.jsonl").read_text()


def test_where_it_is_whole_all_result_folders_are_cleaned_and_nothing_is_said_of_others(
    scanned: Results, region: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert run("scan", str(region), "--out", str(other), "--store", str(scanned.store), "--purpose", "test").output
    _protect(region)

    done = run("scan", str(region), "--out", str(scanned.path), "--purpose", "test")

    assert TOLD in done.output
    assert LOST not in done.output
    assert PLACE not in (other / "findings.jsonl").read_text()
    assert not read_ledger(str(scanned.store)).lost


def _begun(scanned: Results, ids: list[str]) -> Path:
    write_intent(str(scanned.store), Intent(ids, ids, [str(scanned.path)], "mark"))
    file = scanned.store / "erasing.json"
    file.write_text(file.read_text().replace(PLACE[:9], PLACE[:8] + "x"))  # one letter of an id is another
    return file


def test_a_damaged_note_of_an_erasure_erases_nothing_else_and_the_next_delivery_erases_all(
    scanned: Results, region: Path
) -> None:
    note = _begun(scanned, [PLACE])

    read = run("history", "list", "--store", str(scanned.store), "--purpose", "test")
    assert (read.exit_code, "the note of it is damaged" in read.output) == (2, True), read.output
    assert PLACE in (scanned.path / "findings.jsonl").read_text()
    assert note.exists()
    _protect(region)
    done = run("scan", str(region), "--out", str(scanned.path), "--purpose", "test")

    assert done.exit_code == 0, done.output
    assert TOLD in done.output
    assert LOST in done.output
    assert FORGOTTEN in done.output
    assert not note.exists()
    assert [f for f in scanned.store.rglob("*") if f.is_file() and PLACE.encode() in f.read_bytes()] == []


def test_a_note_that_is_whole_reads_back_as_it_was_written(scanned: Results) -> None:
    told = Intent([PLACE], [], ["/x"], "mark", {"places": 1}, {"a-1": [1, 2]})
    write_intent(str(scanned.store), told)

    assert json.dumps(read_intent(str(scanned.store)).__dict__) == json.dumps(told.__dict__)
