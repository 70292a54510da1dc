"""An innocent reason that a delivery cannot show is not known: that is not the same as that it does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.detect.innocence import catalogue, not_checked
from barrier.model.schema import schema
from tests.helpers import Results, run

PEOPLE = "".join(f"p-{n},1990\n" for n in range(8))
ROWS = "".join(f"p-{n},a-1,2024-01-01\n" for n in range(8))
TABLES = {
    "Address": "id,kind,area_m2\na-1,dwelling,40\n",
    "Person": f"id,birth_year\n{PEOPLE}",
    "REGISTERED_AT": f"source_id,target_id,from\n{ROWS}",
}
LICENCE = {
    "Licence": "id,kind,status,valid_from\nl-1,hospitality,active,2020-01-01\n",
    "FOR_PREMISES": "source_id,target_id\nl-1,a-1\n",
}


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ({}, {"licensed_lodging", "complex", "partnership"}),
        ({"FOR_PREMISES": 1, "OWNS": 2}, {"partnership"}),
        ({"FOR_PREMISES": 0, "OWNS": 2, "CONTROLS": 1}, {"licensed_lodging"}),
        ({"FOR_PREMISES": 1, "OWNS": 1, "DIRECTS": 1}, set()),
    ],
)
def test_a_reason_is_not_known_where_none_of_what_it_needs_was_delivered(rows: dict[str, int], names: set[str]) -> None:
    assert not_checked(rows).keys() == names


def test_reasons_need_tables_of_the_model() -> None:
    needed = {table for reason in catalogue().reasons.values() for table in reason.needs}

    assert needed <= {*schema().labels, *schema().relationships}


def _report(region: Path, tables: dict[str, str]) -> str:
    for name, text in tables.items():
        (region / f"{name}.csv").write_text(text)
    done = run("scan", str(region), "--out", str(region.with_name("results")))
    assert done.exit_code == 0, done.output
    return Results(region.with_name("results")).report


def test_without_licences_the_report_says_that_a_licence_is_not_known(region: Path) -> None:
    report = _report(region, TABLES)

    assert "licensed lodging: not known, no FOR_PREMISES delivered" in report
    assert "licensed lodging does not hold" not in report


def test_with_licences_it_says_that_none_holds(region: Path) -> None:
    report = _report(region, TABLES | LICENCE)

    assert "licensed lodging does not hold" in report
    assert "licensed lodging: not known" not in report
