"""What is withheld at an address is not told by silence: the rows of a view are the same with and without it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from barrier.ingest.region import read_region
from tests.helpers import Results, run
from tests.scan.partners import told, viewer
from tests.scan.village import CROWDED, Row, seen_at, village

WITHHELD = ["police", "care", "police_intelligence", "nobody-knows"]  # from the fire brigade, the bank and the ggd
HOUSES = [f"adr-{i:03d}" for i in range(30)]


def _rows(region: Path, partner: str) -> str:
    """Return the addresses as they are written for a partner."""
    table = told(read_region(region).tables, viewer(partner)).occupancy.table
    return str(table.to_csv(index=False))


def _withheld(chance: Random) -> list[Row]:
    """Return sightings that a partner may not see: at random houses, of strangers or residents."""
    rows: list[Row] = []
    for n in range(chance.randint(1, 12)):
        stranger = chance.random() < 0.5
        person = f"per-hidden-{n}" if stranger else f"per-{chance.randrange(30):03d}-0"
        found = seen_at(chance.choice(HOUSES), chance.choice(WITHHELD), person)
        rows += found if stranger else found[1:]
    return rows


@pytest.mark.parametrize("partner", ["fire_brigade", "bank"])
def test_the_rows_of_addresses_do_not_depend_on_what_is_withheld(partner: str, tmp_path: Path) -> None:
    alone = _rows(village(tmp_path / "alone"), partner)
    differ = []
    for seed in range(12):
        more = _withheld(Random(seed))
        differ += [seed] if _rows(village(tmp_path / f"r{seed}", more), partner) != alone else []

    assert alone.count("not told") == (30 if partner == "fire_brigade" else 0)  # a bank reads no registrations
    assert differ == []


def test_what_the_partner_may_see_is_told(tmp_path: Path) -> None:
    seen = village(tmp_path / "seen", seen_at("adr-010", "fire_brigade", "per-a", "per-b", "per-c"))
    rows = _rows(seen, "fire_brigade").splitlines()

    assert next(r for r in rows if r.startswith("adr-010,")).startswith("adr-010,,2,3,90.0,12.0,")
    assert "adr-010,,2,0,90.0,12.0," in _rows(village(tmp_path / "alone"), "fire_brigade")


def test_the_results_for_the_fire_brigade_are_the_same_whether_police_or_care_were_there(tmp_path: Path) -> None:
    hidden = [*seen_at("adr-010", "police", *(f"per-p{i}" for i in range(5))), *seen_at(CROWDED, "care", "per-c")]
    written = [_scanned(village(tmp_path / n, more), tmp_path / f"{n}-out") for n, more in (("a", []), ("b", hidden))]

    assert len(written[0]) == 5
    assert f"overcrowded:{CROWDED}" in written[0]["findings.jsonl"]
    assert [n for n in written[0] if written[0][n] != written[1].get(n)] == []
    assert written[0].keys() == written[1].keys()


def test_a_view_shows_no_count_of_verdicts(tmp_path: Path) -> None:
    _scanned(village(tmp_path / "region"), tmp_path / "out", partner="police")
    page = Results(tmp_path / "out").report

    assert "Not shown: they rest on where people were seen" in page
    assert "Overcrowded</th>" not in page
    assert "<p>None.</p>" not in page


def _scanned(region: Path, out: Path, *, partner: str = "fire_brigade") -> dict[str, str]:
    """Return what a scan for a partner wrote, by file, but for scan.json with its times."""
    done = run("scan", str(region), "--out", str(out), "--as", partner)
    assert done.exit_code == 0, done.output
    files = sorted(f for f in out.rglob("*") if f.is_file() and f.name != "scan.json")
    return {f.relative_to(out).as_posix(): f.read_text(encoding="utf-8") for f in files}
