"""What the report says of sectors where nobody looked: only what the delivery lets anybody know."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import Results, run

SIGNAL = {
    "Address": "id,municipality,kind\na-1,GM9001,dwelling\n",
    "Signal": "id,kind,barrier,source,date\ns-1,advert,housing,police,2026-08-01\n",
    "CONCERNS": "source_id,target_id\ns-1,a-1\n",
}
VISITS = {
    "Inspection": "id,date,team\ni-1,2026-08-10,housing\n",
    "INSPECTED": "source_id,target_id\ni-1,a-1\n",
}
LOOKED = "Every sector with a signal in force was inspected in the period, or there were no signals."


def _report(region: Path, tables: dict[str, str]) -> str:
    for name, text in tables.items():
        (region / f"{name}.csv").write_text(text)
    done = run("scan", str(region), "--out", str(region.with_name("results")))
    assert done.exit_code == 0, done.output
    return Results(region.with_name("results")).report


def test_where_no_visits_were_delivered_it_is_not_known_which_sectors_were_inspected(region: Path) -> None:
    report = _report(region, SIGNAL)

    assert LOOKED not in report
    assert "<p>Not known: " in report


def test_where_visits_were_delivered_and_all_was_looked_at_it_is_said(region: Path) -> None:
    report = _report(region, SIGNAL | VISITS)

    assert LOOKED in report
    assert "<p>Not known: " not in report
