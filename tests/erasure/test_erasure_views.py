"""What a partner's next results say of what became protected since the last ones: nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from barrier.disclosure.partner_view import pseudonyms
from barrier.erasure.erase import erase_from_view
from barrier.ingest.protection import Protected
from barrier.keys import Key, Purpose, default_key_file, open_key, write_key
from barrier.scan import partner_scan
from tests.disclosure.partners import TODAY
from tests.helpers import Results, run
from tests.scan.village import house, living_at, village
from tests.searching import holding

pytestmark = pytest.mark.slow

PLACE = "a-vrouwenopvang-998877"
HOME = "a-gewoon-2"
SCAN = ["--as", "police", "--investigation", "--purpose", "test"]


def _write(folder: Path, table: str, rows: list[dict[str, str]]) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _deliver(folder: Path, protected: Iterable[str] = (), *, wrong: str = "") -> None:
    """Write a region with two crowded addresses; the date of one person's registration can be wrong."""
    folder.mkdir(exist_ok=True)
    hidden = set(protected)
    told = {"municipality": "GM9001", "kind": "dwelling"}
    places = [(PLACE, "60"), ("a-gewoon-1", "20"), (HOME, "20")]
    _write(folder, "Address", [{"id": i, **told, "area_m2": m, "protected": str(i in hidden)} for i, m in places])
    people = [*((f"p-opvang-{i}", PLACE) for i in range(12)), *((f"p-gewoon-{i}", HOME) for i in range(3))]
    people += [(f"p-buur-{i}", "a-gewoon-1") for i in range(2)]
    _write(folder, "Person", [{"id": p, "birth_year": "1990", "protected": str(p in hidden)} for p, _ in people])
    stay = {"function": "residence", "source": "BRP"}
    rows = [
        {"source_id": p, "target_id": a, **stay, "from": "no day" if p == wrong else "2026-01-01"} for p, a in people
    ]
    _write(folder, "REGISTERED_AT", rows)


@pytest.fixture
def region(tmp_path: Path) -> Path:
    folder = tmp_path / "region"
    _deliver(folder)
    return folder


@pytest.fixture
def seen(region: Path, tmp_path: Path) -> Results:
    """Return results for the police, which show both crowded addresses."""
    out = tmp_path / "work" / "police"
    done = run("scan", str(region), "--out", str(out), "--at", "2026-09-01", *SCAN)
    assert done.exit_code == 0, done.output
    assert {PLACE, HOME, "a-gewoon-1"} <= {f["subject"]["id"] for f in Results(out).findings}
    return Results(out)


def test_a_place_that_became_protected_is_in_no_byte_of_the_next_results_and_no_change_is_told(
    region: Path, seen: Results
) -> None:
    _deliver(region, [PLACE])

    done = run("scan", str(region), "--out", str(seen.path), "--at", "2026-09-02", *SCAN)

    assert done.exit_code == 0, done.output
    assert holding([PLACE, "p-opvang-"], seen.path.parent) == []
    assert not (seen.path / "changes.jsonl").exists()
    assert "protected" not in done.output + Results(seen.path).report


def test_it_is_out_of_the_last_results_before_new_ones_are_written(
    region: Path, seen: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    _deliver(region, [PLACE])
    monkeypatch.setattr(partner_scan, "write_results", killed)
    with pytest.raises(Killed):
        run("scan", str(region), "--out", str(seen.path), "--at", "2026-09-02", *SCAN)

    assert holding([PLACE, "p-opvang-"], seen.path.parent) == []
    assert {f["subject"]["id"] for f in Results(seen.path).findings} == {HOME, "a-gewoon-1"}


def test_nothing_is_said_to_be_gone_or_weaker_where_somebody_protected_lives(region: Path, seen: Results) -> None:
    _deliver(region, ["p-gewoon-0", "p-gewoon-1"])

    run("scan", str(region), "--out", str(seen.path), "--at", "2026-09-02", *SCAN)

    assert [f for f in Results(seen.path).findings if f["subject"]["id"] == HOME] == []
    assert not (seen.path / "changes.jsonl").exists()
    assert HOME not in Results(seen.path).report


def test_a_partner_is_never_told_that_something_is_gone(region: Path, seen: Results) -> None:
    _deliver(region, wrong="p-buur-0")

    run("scan", str(region), "--out", str(seen.path), "--at", "2026-09-02", *SCAN)

    assert [f for f in Results(seen.path).findings if f["subject"]["id"] == "a-gewoon-1"] == []
    assert not (seen.path / "changes.jsonl").exists()
    assert "rows_set_aside" not in {k for k, v in Results(seen.path).scan.items() if v}


def test_pseudonyms_from_before_a_rotation_of_the_key_are_erased_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shelter = [house("adr-shelter", area=60), *living_at("adr-shelter", *(f"per-s{i}" for i in range(12)))]
    view, older = tmp_path / "view", tmp_path / "older"
    for out in (older, view):  # the older one before the key is rotated twice, the other between
        done = run("scan", str(village(tmp_path / "region", shelter)), "--out", str(out), "--as", "emm")
        assert done.exit_code == 0, done.output
        (name,) = pseudonyms(["adr-shelter"], "emm")
        assert holding([name], out) != []
        write_key(default_key_file(), open_key().rotated(TODAY))
    for out in (older, view):
        erase_from_view(out, Protected(places=frozenset({"adr-shelter"})), "emm")

    assert [w for w in _former(["adr-shelter"], open_key()) if holding([w], older) or holding([w], view)] == []


def _former(ids: Iterable[str], key: Key) -> list[str]:
    """Return the pseudonyms of ids by each secret of a key."""
    return [f"x-{Key((g,)).hash(f'emm|{i}', Purpose.VIEWS)}" for g in key.generations for i in ids]
