"""A view tells no change: what differs from the last one may be only what was withheld."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.schedule.alerts import Alerts, send_alerts
from barrier.schedule.outbox import Outbox
from tests.disclosure.partners import TODAY
from tests.helpers import Results, run
from tests.scan.village import CROWDED, Row, living_at, seen_at, village

pytestmark = pytest.mark.slow

CARE = seen_at(CROWDED, "care", "per-care")  # withheld from the fire brigade, as is all that care holds
MORE = living_at("adr-020", *(f"per-new-{i}" for i in range(12)))


def _scanned(region: Path, out: Path, *more: str) -> Results:
    done = run("scan", str(region), "--out", str(out), "--as", "fire_brigade", *more)
    assert done.exit_code == 0, done.output
    return Results(out)


@pytest.mark.parametrize(("before", "after"), [([], CARE), (CARE, []), ([], MORE)])
def test_a_view_tells_no_change_and_says_so(before: list[Row], after: list[Row], tmp_path: Path) -> None:
    _scanned(village(tmp_path / "before", before), tmp_path / "view")
    view = _scanned(village(tmp_path / "after", after), tmp_path / "view")

    assert not (view.path / "changes.jsonl").exists()
    assert "Since last time" not in view.report
    assert "what changed since the last results is not told" in view.report


def test_a_partner_is_told_what_it_was_not_told_before_and_not_that_it_is_new(tmp_path: Path) -> None:
    box, channel = Outbox(tmp_path / "box.sqlite"), {"kind": "folder", "path": str(tmp_path / "alerts")}
    to = {"name": "fire", "partner": "fire_brigade", "results": str(tmp_path / "view"), "channel": channel}
    alerts = [Alerts.model_validate({"format": 1, "recipients": [{**to, "mode": m}]}) for m in ("digest", "each")]
    _scanned(village(tmp_path / "before", CARE), tmp_path / "view")
    send_alerts(alerts[0], box, today=TODAY)
    for n, mode in enumerate(alerts):
        _scanned(
            village(tmp_path / "after", [*CARE, *MORE, *living_at(f"adr-02{n + 1}", *"abcdefghijklmn")]),
            tmp_path / "view",
        )
        assert send_alerts(mode, box, today=TODAY).written > 0
    texts = [f.read_text(encoding="utf-8") for f in (tmp_path / "alerts").glob("*.txt")]

    assert [t for t in texts if "not told before" in t] == texts
    assert [t for t in texts if "new" in t.lower()] == []


def test_two_views_are_not_compared(tmp_path: Path) -> None:
    for name, more in (("one", []), ("two", CARE)):
        _scanned(village(tmp_path / f"{name}-region", more), tmp_path / name)
    done = run("diff", str(tmp_path / "one"), str(tmp_path / "two"), "--purpose", "test")

    assert done.exit_code == 2
    assert "was made for fire_brigade: what changed is not known of a view" in done.stderr
    assert CROWDED not in done.output


def test_of_a_view_it_is_not_asked_what_is_new(tmp_path: Path) -> None:
    region = str(village(tmp_path / "region"))
    done = run("scan", region, "--out", str(tmp_path / "view"), "--as", "fire_brigade", "--fail-on-new")

    assert done.exit_code == 2
    assert "of a view it is not known what is new" in done.stderr
    assert not (tmp_path / "view").exists()
