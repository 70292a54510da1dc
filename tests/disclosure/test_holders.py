"""A source that no gate knows hides its rows from every partner: who scans is told, by name if that is a plain word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import Results, run

TABLES = {
    "Address": "id,kind\na-1,dwelling\na-2,dwelling\n",
    "Person": "id\np-1\np-2\n",
    "REGISTERED_AT": "source_id,target_id,from,source\np-1,a-1,2024-01-01,{0}\np-2,a-2,2024-01-01,{1}\n",
}
HIDDEN = "views for partners hide these rows from everybody"


def _warnings(region: Path, *sources: str, **more: str) -> list[str]:
    for name, text in (TABLES | more).items():
        (region / f"{name}.csv").write_text(text.format(*sources))
    done = run("scan", str(region), "--out", str(region.with_name("results")))
    assert done.exit_code == 0, done.output
    found: list[str] = Results(region.with_name("results")).scan["warnings"]
    return [w for w in found if HIDDEN in w]


@pytest.mark.parametrize(("first", "second"), [("BRP", "police"), ("", "BRP"), ("municipal_tax", "outreach")])
def test_sources_that_the_gates_know_and_partners_are_not_told(region: Path, first: str, second: str) -> None:
    assert _warnings(region, first, second) == []


def test_a_source_that_nobody_knows_is_told_with_what_was_perhaps_meant(region: Path) -> None:
    (warning,) = _warnings(region, "BRP", "polise")

    assert warning.startswith(
        "REGISTERED_AT: source: no partner and no source that the gates know: polise (did you mean"
    )
    assert "did you mean police?" in warning
    assert "under sources (of visits: teams) in partners/sharing.yaml" in warning


def test_a_text_that_is_no_plain_word_is_counted_and_not_shown(region: Path) -> None:
    (warning,) = _warnings(region, "melding van buurvrouw Jansen", "BRP")

    assert "1 other text" in warning
    assert "Jansen" not in warning


def test_a_team_that_nobody_knows_is_told_too(region: Path) -> None:
    visits = {
        "Inspection": "id,date,team\ni-1,2024-02-01,bouwtoezicht\n",
        "INSPECTED": "source_id,target_id\ni-1,a-1\n",
    }
    (warning,) = _warnings(region, "BRP", "BRP", **visits)

    assert warning.startswith("Inspection: team: no partner and no source that the gates know: bouwtoezicht;")
