"""Charts over time: each changed structure, and occupancy, as pictures that need no script.

Rule: what is drawn stands in numbers beside it; the same past gives the same bytes; shape tells as well as colour.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from barrier.history.anomalies import Unusual
from barrier.history.structures import Line
from barrier.printable import counted

SHOWN_LINES = 8
_FATES = {
    "new": "#0072B2",
    "resumed": "#D55E00",
    "grown": "#56B4E9",
    "shrunk": "#E69F00",
    "moved": "#F0E442",
    "split": "#CC79A7",
    "merged": "#009E73",
    "gone": "#1c2430",
}
_INK, _PALE = "#1c2430", "#c3cad4"
_BAND = {"width": 6, "linecap": "round"}


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
    """Import what draws the charts, ahead of time."""
    _pygal()


def structures_chart(past: Past) -> Markup:
    """Return a row for each changed structure: when it was there, what happened to it, and its members at the end."""
    lines = past.changed()
    if not lines:
        return Markup("")
    rows = list(enumerate(reversed(lines)))
    fates = [f for f in _FATES if any(s.fate == f for line in lines for s in line.stages)]
    chart = _chart(
        past,
        height=110 + 30 * len(lines),
        colors=[_PALE] * len(rows) + [_FATES[f] for f in fates],
        y_labels=[{"label": _name(line), "value": row} for row, line in rows],
        range=(-0.5, len(lines) - 0.5),
        show_y_guides=False,
        print_labels=True,
    )
    for row, line in rows:
        ends = [[(begun, row), (ended, row), None] for begun, ended in _spans(line)]
        chart.add(
            None, [p for span in ends for p in span], show_dots=False, allow_interruptions=True, stroke_style=_BAND
        )
    for fate in fates:
        told = [{"value": (s.day, r), "label": fate} for r, line in rows for s in line.stages if s.fate == fate]
        chart.add(fate, told, stroke=False, dots_size=6)
    return _svg(chart, "structures")


def _name(line: Line) -> str:
    members = next(s.members for s in reversed(line.stages) if s.members)
    return f"{line.last.id}, {counted(members, 'member')}"


def crowding_chart(past: Past) -> Markup:
    """Return the overcrowded addresses of each scan, and below them the people who lived there."""
    if len(past.crowding) < 2:
        return Markup("")
    addresses = [(c.day, c.addresses) for c in past.crowding]
    people = [(c.day, c.people) for c in past.crowding]
    return _steps(past, "overcrowded addresses", addresses, "#0072B2") + _steps(
        past, "people living there", people, "#D55E00"
    )


def _steps(past: Past, title: str, values: Sequence[tuple[date, int]], color: str) -> Markup:
    """Return one number over time; it holds until the next scan."""
    line: list[Any] = []
    for (day, number), (until, _) in pairwise(values):
        line += [(day, number), (until, number)]
    marks = round_numbers(max(number for _, number in values))
    told = {"title": title, "y_labels": marks, "range": (0, marks[-1])}
    chart = _chart(past, height=170, colors=[color, color], show_legend=False, print_labels=True, **told)
    chart.add(title, [*line, values[-1]], show_dots=False, stroke_style={"width": 2})
    dots = [{"value": v, "label": ""} for v in values[:-1]]
    chart.add(title, [*dots, {"value": values[-1], "label": f"{values[-1][1]:,}"}], stroke=False, dots_size=3)
    return _svg(chart, title.replace(" ", "-"))


def _chart(past: Past, *, colors: Sequence[str], **given: Any) -> Any:
    """Return an empty chart over the days of the scans, without scripts, foreign fonts and movement."""
    pygal = _pygal()
    days = [c.day for c in past.crowding]
    first, last = min(days), max(days)
    beyond = max(1, round(0.12 * (last - first).days))
    look = pygal.style.Style(
        background="#fff",
        plot_background="#fff",
        foreground=_INK,
        foreground_strong=_INK,
        foreground_subtle=_INK,
        guide_stroke_color="#e3e7ec",
        major_guide_stroke_color="#e3e7ec",
        guide_stroke_dasharray="",
        major_guide_stroke_dasharray="",
        font_family="inherit",
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=12,
        title_font_size=13,
        value_label_font_size=12,
        opacity="1",
        opacity_hover="1",
        stroke_opacity="1",
        stroke_opacity_hover="1",
        transition="0s",
        colors=tuple(colors),
        value_colors=(_INK,) * len(colors),
    )
    return pygal.DateLine(
        style=look,
        js=[],
        disable_xml_declaration=True,
        width=900,
        margin=8,
        show_x_guides=False,
        xrange=(first, last + timedelta(days=beyond)),
        x_labels=_ticks(first, last),
        x_value_formatter=lambda day: day.strftime("%-d %b %Y"),
        value_formatter=lambda number: f"{number:,.0f}",
        legend_at_bottom=True,
        legend_at_bottom_columns=8,
        legend_box_size=10,
        truncate_legend=-1,
        truncate_label=-1,
        **given,
    )


def _pygal() -> Any:
    """Import pygal, but for its finder of plug-ins, of which Python 3.11 warns at every import that comes later."""
    import pygal  # here, because a first scan has no past to draw
    import pygal.style

    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
    return pygal


def round_numbers(most: int) -> list[int]:
    """Return three to six whole numbers from 0 to ``most`` or more, the same round step apart."""
    tens = 10 ** (len(str(most)) - 1)
    step = next(s for s in (max(1, tens // 5), max(1, tens // 2), tens, 2 * tens) if 5 * s >= most)
    return list(range(0, max(2, -(-most // step)) * step + 1, step))


def _ticks(first: date, last: date) -> list[date]:
    """Return at most seven days from the first to the last, the same number of days apart."""
    step = max(1, -(-(last - first).days // 6))
    return [first + timedelta(days=d) for d in range(0, (last - first).days + 1, step)]


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


def _svg(chart: Any, name: str) -> Markup:
    chart.uuid = name  # else a random one: the same past would give other bytes
    chart.add_xml_filter(_still)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - ids in it are those of structures, made of hex digits


def _still(picture: Any) -> Any:
    """Return a picture without scripts, and without comments that say when it was made."""
    for node in list(picture.iter()):
        for child in list(node):
            if callable(child.tag) or child.tag.endswith("script"):
                node.remove(child)
    return picture
