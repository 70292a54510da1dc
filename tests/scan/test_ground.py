"""Nobody is accused of what is not there where the rows that would show it were not delivered, or could not be read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from barrier.analysis.analyse import analyse
from barrier.detect.findings import Finding
from barrier.detect.library import load_detectors
from barrier.ingest.region import read_region
from barrier.scan.run import Options, scan
from barrier.store.embedded import EmbeddedStore
from tests.disclosure.partners import terms
from tests.scan.village import Row, link, living_at, seen_at, village

pytestmark = pytest.mark.slow

MORE = "observed_more_than_registered"
HOUSE, OTHER = "adr-010", "adr-011"  # two people are registered at each
UNREAD = "01-05-2024"


def _seen(address: str, count: int) -> list[Row]:
    return seen_at(address, "police", *(f"per-seen-{address}-{n}" for n in range(count)))


def _unread(address: str, *persons: str, **more: str) -> list[Row]:
    """Return registrations whose date cannot be read."""
    rows = living_at(address, *persons)
    return [(t, {**row, "from": UNREAD, **more}) if t == "REGISTERED_AT" else (t, row) for t, row in rows]


def _found(region: Path) -> dict[str, Finding]:
    store = EmbeddedStore.in_memory(read_region(region).tables)
    return {f.id: f for f in analyse(store, load_detectors(), terms()).findings}


def _held(finding: Finding) -> list[str]:
    return [e["name"] for e in finding.explanations if e["holds"]]


def test_more_people_seen_than_registered_is_strong_where_every_registration_was_read(tmp_path: Path) -> None:
    found = _found(village(tmp_path / "a", _seen(HOUSE, 12)))[f"{MORE}:{HOUSE}"]

    assert (found.strength, _held(found)) == ("strong", [])


@pytest.mark.parametrize("left", ["", "source_id,target_id,from\n"], ids=["not there", "empty"])
def test_a_register_that_was_not_delivered_accuses_nobody(left: str, tmp_path: Path) -> None:
    region = village(tmp_path / "a", _seen(HOUSE, 12))
    (region / "REGISTERED_AT.csv").unlink()
    if left:
        (region / "REGISTERED_AT.csv").write_text(left)

    assert not {i for i in _found(region) if i.startswith((MORE, "unregistered_stay"))}


def test_a_house_whose_registrations_were_set_aside_is_not_accused_and_another_one_is(tmp_path: Path) -> None:
    unread = _unread(HOUSE, *(f"per-late-{n}" for n in range(8)))

    found = _found(village(tmp_path / "a", [*_seen(HOUSE, 12), *_seen(OTHER, 12), *unread]))

    assert f"{MORE}:{HOUSE}" not in found
    assert (found[f"{MORE}:{OTHER}"].strength, _held(found[f"{MORE}:{OTHER}"])) == ("strong", [])


def test_what_holds_whatever_stood_in_a_row_that_was_set_aside_is_told_with_it_and_is_not_strong(
    tmp_path: Path,
) -> None:
    found = _found(village(tmp_path / "a", [*_seen(HOUSE, 12), *_unread(HOUSE, "per-late-0")]))[f"{MORE}:{HOUSE}"]

    assert (found.strength, _held(found)) == ("medium", ["not_read"])
    assert found.explanations[-1]["about"] == (
        "1 row of REGISTERED_AT that may speak against it was set aside, not read."
    )


def test_a_registration_at_nobody_knows_which_house_makes_no_house_sure(tmp_path: Path) -> None:
    found = _found(village(tmp_path / "a", [*_seen(HOUSE, 12), *_unread("adr-unknown", "per-late-0")]))

    assert (found[f"{MORE}:{HOUSE}"].strength, _held(found[f"{MORE}:{HOUSE}"])) == ("medium", ["not_read"])


def test_many_registrations_at_nobody_knows_which_house_accuse_nobody(tmp_path: Path) -> None:
    lost = [row for n in range(9) for row in living_at("adr-unknown", f"per-late-{n}")]

    assert f"{MORE}:{HOUSE}" not in _found(village(tmp_path / "a", [*_seen(HOUSE, 12), *lost]))


def test_who_may_be_registered_elsewhere_is_not_said_to_be_registered_nowhere(tmp_path: Path) -> None:
    persons = [f"per-long-{n}" for n in range(2)]
    stay = [(t, {**r, "from": "2025-01-01"} if t == "STAYS_AT" else r) for t, r in seen_at(HOUSE, "police", *persons)]
    unread = [row for p in persons for row in _unread(OTHER, p)[1:]]

    assert f"unregistered_stay:{HOUSE}" in _found(village(tmp_path / "a", stay))
    assert f"unregistered_stay:{HOUSE}" not in _found(village(tmp_path / "b", [*stay, *unread]))


def _straw(*more: Row) -> list[Row]:
    firms = [("Business", {"id": f"biz-s{n}", "legal_form": "bv", "started": "2015-01-01"}) for n in range(6)]
    directs = [link("DIRECTS", "per-005-0", f"biz-s{n}", role="director", source="KVK") for n in range(6)]
    owner = link("CONTROLS", "per-006-0", "biz-0", source="KVK")
    return [*firms, *directs, owner, *more]


def test_a_director_whose_shares_were_set_aside_is_not_said_to_own_none(tmp_path: Path) -> None:
    share = link("CONTROLS", "per-005-0", "biz-s0", source="KVK")
    unread = (share[0], {**share[1], "from": UNREAD})

    assert "straw_director:biz-s1" in _found(village(tmp_path / "a", _straw()))
    assert "straw_director:biz-s1" not in _found(village(tmp_path / "b", _straw(unread)))


def _licence(address: str, begin: str) -> list[Row]:
    licence: Row = ("Licence", {"id": f"lic-{address}", "kind": "room_letting", "status": "active"})
    return [licence, ("FOR_PREMISES", {**link("FOR_PREMISES", f"lic-{address}", address)[1], "from": begin})]


def _without_licence(found: dict[str, Finding]) -> set[str]:
    return {i for i in found if i.startswith("letting_without_licence")}


def test_a_house_whose_licence_was_set_aside_is_not_said_to_have_none(tmp_path: Path) -> None:
    crowd = [link("OWNS", "biz-0", "adr-020", source="BRK"), *living_at("adr-020", *(f"per-z{n}" for n in range(9)))]
    other = _licence("adr-029", "2015-01-01")

    assert _without_licence(_found(village(tmp_path / "a", [*crowd, *other]))) >= {"letting_without_licence:adr-020"}
    left = _without_licence(_found(village(tmp_path / "b", [*crowd, *other, *_licence("adr-020", UNREAD)])))
    assert "letting_without_licence:adr-020" not in left


def test_a_row_that_names_somebody_protected_leaves_no_trace(tmp_path: Path) -> None:
    rows = _unread(HOUSE, "per-hidden")
    rows[0] = ("Person", {**rows[0][1], "protected": "yes"})

    tables = read_region(village(tmp_path / "a", [*_seen(HOUSE, 12), *rows])).tables

    assert "per-hidden" not in tables.unread.as_text()
    assert "REGISTERED_AT" not in tables.unread.aside


def _scanned(region: Path, store: Path, out: Path, **more: Any) -> dict[str, str]:
    held = EmbeddedStore(store)
    try:
        scan(region, held, Options(out, purpose="test", **more), today=date(2026, 9, 1))
    finally:
        held.close()
    return {i: line for line in (out / "findings.jsonl").read_text().splitlines() if (i := line.split('"id":"')[1])}


def test_night_after_night_gives_what_a_scan_of_everything_gives(tmp_path: Path) -> None:
    seen = [*_seen(HOUSE, 12), *_seen(OTHER, 12)]
    late, lost = _unread(HOUSE, *(f"per-late-{n}" for n in range(8))), _unread("adr-unknown", "per-lost")
    nights = [seen, [*seen, *late], [*seen, *late, *lost], [*seen, *lost], seen, [*seen, *late[:2]], [*seen, late[0]]]

    for n, rows in enumerate(nights):
        region = village(tmp_path / f"night-{n}", rows)
        ours = _scanned(region, tmp_path / "held", tmp_path / "out")
        assert ours == _scanned(region, tmp_path / f"fresh-{n}", tmp_path / f"out-{n}"), f"night {n}"


def test_who_reads_the_store_later_finds_what_the_scan_found(tmp_path: Path) -> None:
    rows = [*_seen(HOUSE, 12), *_unread(HOUSE, *(f"per-late-{n}" for n in range(8))), *_seen(OTHER, 12)]
    region = village(tmp_path / "a", rows)
    scanned = _scanned(region, tmp_path / "s.barrier", tmp_path / "out")

    store = EmbeddedStore(tmp_path / "s.barrier")
    found = analyse(store, load_detectors(), terms()).findings
    store.close()

    assert {f.as_json() for f in found} == set(scanned.values())


def test_the_report_does_not_say_that_it_looked_where_nothing_was_delivered(tmp_path: Path) -> None:
    region = village(tmp_path / "a", _seen(HOUSE, 12))
    (region / "REGISTERED_AT.csv").unlink()

    _scanned(region, tmp_path / "s.barrier", tmp_path / "out")

    page = (tmp_path / "out" / "report.html").read_text()
    assert "more people seen than registered (FOR_PREMISES, REGISTERED_AT not delivered)" in page
    looked_for = [line for line in page.splitlines() if "Looked for, and not found" in line]
    assert not [line for line in looked_for if "registered" in line]
