"""An address does not lose its row in a view because something withheld happens there that decides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.region import read_region
from tests.disclosure.partners import told, viewer
from tests.scan.village import CROWDED, Row, seen_at, village

pytestmark = pytest.mark.slow


def _rows(region: Path) -> dict[str, str]:
    """Return what is written for the fire brigade of each address."""
    table = told(read_region(region).tables, viewer("fire_brigade")).found.occupancy.table
    return {line.partition(",")[0]: line for line in str(table.to_csv(index=False)).splitlines()}


@pytest.mark.parametrize("holder", ["police", "care"])
def test_a_sighting_at_a_house_that_is_large_enough_changes_nothing(holder: str, tmp_path: Path) -> None:
    hidden = seen_at("adr-010", holder, "per-x", "per-y")

    assert _rows(village(tmp_path / "b", hidden)) == _rows(village(tmp_path / "a"))


def test_a_crowded_house_stays_crowded_for_who_may_not_know_that_more_were_seen_there(tmp_path: Path) -> None:
    rows = _rows(village(tmp_path / "a", seen_at(CROWDED, "care", "per-c")))

    assert ",overcrowded," in rows[CROWDED]
    assert rows == _rows(village(tmp_path / "b"))


def test_what_the_partner_may_see_counts(tmp_path: Path) -> None:
    seen: list[Row] = seen_at("adr-010", "fire_brigade", "per-a", "per-b", "per-c")

    assert _rows(village(tmp_path / "a", seen))["adr-010"].startswith("adr-010,2,2,3,")
