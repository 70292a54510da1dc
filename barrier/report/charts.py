"""Charts over time: each changed structure, and occupancy, as pictures that need no script.

Rule: what is drawn stands in numbers beside it; the same past gives the same bytes; shape tells as well as colour.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from barrier.history.anomalies import Unusual
from barrier.history.structures import Line
from barrier.model.dates import day_number

SHOWN_LINES = 8
_FATES = {
    "new": ("o", "#0072B2"),
    "resumed": ("D", "#D55E00"),
    "grown": ("^", "#0072B2"),
    "shrunk": ("v", "#56B4E9"),
    "moved": (">", "#E69F00"),
    "split": ("s", "#CC79A7"),
    "merged": ("P", "#009E73"),
    "gone": ("x", "#1c2430"),
}


@dataclass(frozen=True)
class Crowding:
    """How full a region was on a day: overcrowded addresses, and the people certainly or observed there."""

    day: date
    addresses: int
    people: int


@dataclass(frozen=True)
class Past:
    """What the report tells of the scans before: lines of structures, crowding by day, what is unusual."""

    lines: Sequence[Line]
    crowding: Sequence[Crowding]
    unusual: Sequence[Unusual] = ()

    def changed(self) -> list[Line]:
        """Return lines on which something happened since the first scan, those of the last scan first."""
        first, now = self.crowding[0].day, self.crowding[-1].day
        told = [x for x in self.lines if any(s.fate != "same" and (s.fate, s.day) != ("new", first) for s in x.stages)]
        return sorted(told, key=lambda x: x.last.day != now or x.last.fate == "same")[:SHOWN_LINES]


def import_charts() -> None:
    """Import what draws the charts, ahead of time: it takes longer than drawing them."""
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


def structures_chart(past: Past) -> Markup:
    """Return a row for each changed structure: when something happened to it and how many members it had then."""
    lines = past.changed()
    if not lines:
        return Markup("")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 0.9 + 0.42 * len(lines)), layout="constrained")
    axes: Any = figure.subplots()
    seen = set()
    for row, line in enumerate(reversed(lines)):
        for begun, ended in _spans(line):
            axes.plot([day_number(begun), day_number(ended)], [row, row], color="#8592a3", linewidth=2, zorder=1)
        for stage in line.stages:
            if stage.fate in _FATES:
                marker, color = _FATES[stage.fate]
                label = stage.fate if stage.fate not in seen else None
                seen.add(stage.fate)
                axes.scatter([day_number(stage.day)], [row], marker=marker, color=color, s=42, zorder=2, label=label)
        last = next(s for s in reversed(line.stages) if s.members)
        place = {"textcoords": "offset points", "xytext": (8, -3), "fontsize": 8}
        axes.annotate(f" {last.members} members", (day_number(line.last.day), row), **place)
    axes.set_yticks(range(len(lines)), [line.last.id for line in reversed(lines)], fontsize=8, family="monospace")
    axes.set_ylim(-0.6, len(lines) - 0.4)
    _dated(axes, [c.day for c in past.crowding])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(seen), fontsize=8, frameon=False)
    return _svg(figure)


def crowding_chart(past: Past) -> Markup:
    """Return the overcrowded addresses of each scan, and below them the people who lived there."""
    if len(past.crowding) < 2:
        return Markup("")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    days = [day_number(c.day) for c in past.crowding]
    for axes, values, title, color in (
        (upper, [c.addresses for c in past.crowding], "overcrowded addresses", "#0072B2"),
        (lower, [c.people for c in past.crowding], "people living there", "#D55E00"),
    ):
        axes.step(days, values, where="post", color=color, linewidth=1.6)
        axes.plot(days, values, "o", color=color, markersize=3)
        axes.set_title(title, loc="left", fontsize=9)
        axes.set_ylim(bottom=0)
        axes.yaxis.get_major_locator().set_params(integer=True)
        beside = {"textcoords": "offset points", "xytext": (8, -3), "fontsize": 9, "fontweight": "bold"}
        axes.annotate(f"{values[-1]}", (days[-1], values[-1]), color=color, **beside)
        _dated(axes, [c.day for c in past.crowding])
    return _svg(figure)


def _spans(line: Line) -> list[tuple[date, date]]:
    """Return the stretches during which a structure was there."""
    found: list[tuple[date, date]] = []
    begun = line.stages[0].day
    before = begun
    for stage in line.stages[1:]:
        if stage.fate == "gone":
            found.append((begun, before))
        elif stage.fate == "resumed":
            begun = stage.day
        before = stage.day
    return found if line.ended else [*found, (begun, before)]


def _dated(axes: Any, days: Sequence[date]) -> None:
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=2, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    first, last = day_number(min(days)), day_number(max(days))
    axes.set_xlim(first - 0.02 * (last - first) - 0.5, last + 0.12 * (last - first) + 0.5)


def _svg(figure: Any) -> Markup:
    from matplotlib import rc_context

    text = io.StringIO()
    with rc_context({"svg.hashsalt": "barrier", "svg.fonttype": "none", "font.family": "DejaVu Sans"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    made = text.getvalue()
    return Markup(made[made.index("<svg") :])  # noqa: S704 - ids in it are those of structures, made of hex digits
