"""How far a command is where there is no terminal: a line a stage, once it takes long, on standard error."""

from __future__ import annotations

import pytest

from barrier.cli.progress import StageLines, progress_bar

STEPS = {
    "read": ["Person", "Address"],
    "load": ["Person", "Address", "Person"],
    "detect": ["rotation"],
    "clusters": ["", "348 structures"],
}


def test_a_log_sees_a_line_for_each_stage_that_is_done_once_it_takes_long() -> None:
    lines: list[str] = []
    now = iter([0.0, 4.0, 12.0, 14.0, 400.0])
    told = StageLines(lines.append, lambda: next(now), after_s=10.0)

    for stage, items in STEPS.items():
        for item in items:
            told.step(stage, item)
    told.done()

    assert lines == ["Loading: 2 tables (12 s)", "Detecting: 1 rule (14 s)", "Networks: 348 structures (400 s)"]


@pytest.mark.parametrize("quiet", [True, False])
def test_lines_go_to_standard_error_unless_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, quiet: bool
) -> None:
    monkeypatch.setattr("barrier.cli.progress.LINES_AFTER_S", 0.0)

    with progress_bar(1, quiet=quiet) as step:
        step("detect", "rotation")

    told = capsys.readouterr()
    assert (told.out, told.err.split(" (")[0]) == ("", "" if quiet else "Detecting: 1 rule")
