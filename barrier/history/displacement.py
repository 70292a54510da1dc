"""What happened around a place after somebody stepped in: did it stop, or go elsewhere?

Rule: effort stands beside every count, and where there is too little to tell it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from barrier.errors import InputError
from barrier.history.diff import members_of
from barrier.history.snapshots import Snapshot, new_findings
from barrier.history.structures import follow
from barrier.ingest.lists import read_list
from barrier.ingest.plain_words import shown_words
from barrier.model.dates import day_number
from barrier.model.kinds import parties
from barrier.printable import counted

WINDOW_DAYS = 91
RING_M = 5000.0
LEAST = 5  # findings in place and ring together, before and after, below which nothing is said
CONFIDENCE = 0.95
WHERE = ("place", "ring", "tied", "elsewhere")
KINDS = ("closure", "inspection", "rule change")
COLUMNS = ("date", "kind", "place", "note")


@dataclass(frozen=True)
class Event:
    """Something that may have moved what went on.

    Args:
        day: When.
        kind: What, such as closure, inspection, rule change.
        place: An address, or a municipality.
        note: More about it.
    """

    day: date
    kind: str
    place: str
    note: str = ""


@dataclass(frozen=True)
class Around:
    """Counts around an event in one zone.

    Args:
        where: place, ring (within 5 km), tied (in a structure with it before), elsewhere.
        before: New findings in the window before.
        after: New findings in the window after.
        visits_before: Visits in the window before.
        visits_after: Visits in the window after.
    """

    where: str
    before: int
    after: int
    visits_before: int
    visits_after: int


@dataclass(frozen=True)
class Displacement:
    """What became of it.

    Args:
        event: The event.
        zones: Counts in each zone.
        ratio: How the ring grew against elsewhere (1: alike), with its interval, elsewhere taken as known; None
            where nothing can be said.
        verdict: In words.
        followed: Members of structures at the place that turned up in findings elsewhere afterwards.
        by_form: New findings before and after in place and ring, by detector.
        came: Parties that joined what is left of the structures at the place, and whether a tie had made them likely.
        not_seen: How many others were likely and did not come.
        per_visit: The ratio, for as many visits around it as elsewhere; None where there is no ratio.
    """

    event: Event
    zones: tuple[Around, ...]
    ratio: tuple[float, float, float] | None
    verdict: str
    followed: tuple[dict[str, Any], ...]
    by_form: tuple[tuple[str, int, int], ...]
    came: tuple[tuple[str, bool], ...] = ()
    not_seen: int = 0
    per_visit: float | None = None


@dataclass(frozen=True)
class Events:
    """Events of a list.

    Args:
        found: The events.
        told: What is to be told of the list: rows set aside, and how many are used.
        has_rejects: Whether a row was set aside.
    """

    found: tuple[Event, ...]
    told: tuple[str, ...] = ()
    has_rejects: bool = False


def read_events(file: Path, where: Geography | None = None, *, last: date | None = None) -> Events:
    """Read events from a list with the columns date, kind, place, and perhaps note.

    Args:
        file: The list.
        where: What is where; an event at a place that is not there is set aside.
        last: The day of the last scan; an event after it is set aside.

    Raises:
        InputError: A column is missing, or no row is an event; every row that is none is named.
    """
    rows = read_list(file, COLUMNS[:3], optional=COLUMNS[3:])
    days, kinds, places, notes = rows.days("date"), *(rows.cells(c) for c in COLUMNS[1:])
    rows.set_aside(places == "", "place", "empty; expected an address, a business or a municipality")
    if where is not None:
        rows.set_aside(~places.map(where.knows), "place", "no address, business or municipality of this store")
    if last is not None:
        reason = f"after the last scan ({last}), so that nothing is known of it; scan again on a later day"
        rows.set_aside(days > last, "date", reason)
    rows.drop_equal(dict(zip(COLUMNS, (days, kinds, places, notes), strict=True)))
    kept = rows.kept()
    found = tuple(map(Event, days[kept], kinds[kept], places[kept], notes[kept]))
    if not found and rows.has_rejects():
        raise InputError(rows.told(), hint="write date,kind,place,note with dates as 2026-09-01 and ids of the store")
    return Events(found, (*rows.told(), *_unknown_kinds(file, found)), rows.has_rejects())


def _unknown_kinds(file: Path, events: Sequence[Event]) -> list[str]:
    """Return what to tell of kinds that are none of ours: they are kept, and nothing depends on them."""
    unknown = [e.kind for e in events if e.kind.casefold() not in KINDS]
    if not unknown:
        return []
    shown = shown_words(unknown, most=5) if any(unknown) else "empty"
    return [f"{file.name}: kind is none of {', '.join(KINDS)} in {counted(len(unknown), 'row')}, kept: {shown}"]


@dataclass(frozen=True)
class Geography:
    """Where things are: municipality and place on the map (EPSG:28992, metres) of addresses; what is linked to what."""

    towns: Mapping[str, str]
    places: pd.DataFrame
    tied: Mapping[str, frozenset[str]]
    addresses: frozenset[str] = frozenset()

    def near(self, place: str) -> frozenset[str]:
        """Return the addresses within the ring around an address, or around any address of a municipality."""
        here = self.places[self.places.index.map(self.towns) == place] if self._is_town(place) else self.places.loc[:]
        if not self._is_town(place):
            here = here[here.index == place]
        if here.empty:
            return frozenset()
        centre = here[["x", "y"]].mean()
        reach = RING_M + np.hypot(here["x"] - centre["x"], here["y"] - centre["y"]).quantile(0.9)
        apart = np.hypot(self.places["x"] - centre["x"], self.places["y"] - centre["y"])
        return frozenset(self.places.index[apart <= reach])

    def _is_town(self, place: str) -> bool:
        return place in set(self.towns.values())

    def knows(self, place: str) -> bool:
        """Return whether a place is an address, a municipality, or a member of a structure."""
        return place in self.addresses or place in self.places.index or place in self.tied or self._is_town(place)

    def zone(self, subject: str, town: str, event: Event, near: frozenset[str]) -> str:
        """Return in which zone around an event a subject lies."""
        inside = event.place in (subject, town)
        if inside:
            return "place"
        if subject in self.tied.get(event.place, frozenset()):
            return "tied"
        return "ring" if subject in near else "elsewhere"


def displaced(kept: Sequence[Snapshot], event: Event, where: Geography, *, window: int = WINDOW_DAYS) -> Displacement:
    """Return what happened around an event.

    Args:
        kept: Snapshots, the earliest first.
        event: The event.
        where: Where things are.
        window: Days before and after that are compared.

    Source:
        Ring against control area: R. T. Guerette, K. J. Bowers, Criminology 47(4), 2009; the exact interval of a
        ratio of Poisson rates through the binomial: J. Przyborowski, H. Wilenski, Biometrika 31, 1940.
    """
    first, last = kept[0].day, kept[-1].day
    begun, ended = event.day - timedelta(days=window), event.day + timedelta(days=window)
    rows = new_findings(kept)
    near = where.near(event.place)
    zones = [where.zone(s, t, event, near) for s, t in zip(rows["subject"], rows["municipality"], strict=True)]
    rows = rows.assign(zone=zones, after=rows["day"] > event.day)
    rows = rows[(rows["day"] > begun) & (rows["day"] <= ended)]
    visits = _visits(kept, event, where, near, window)
    around = tuple(_around(zone, rows, visits) for zone in WHERE)
    ratio, verdict = _verdict(around, covered=first <= begun and ended <= last)
    close = rows[rows["zone"].isin(["place", "ring", "tied"])]
    forms = close.groupby("detector")["after"].agg(["size", "sum"])
    by_form = tuple((str(d), int(r["size"] - r["sum"]), int(r["sum"])) for d, r in forms.iterrows())
    came, not_seen = _came(kept, event, where)
    followed, fair = tuple(_followed(kept, event, where)), _per_visit(around, ratio)
    return Displacement(event, around, ratio, verdict, followed, by_form, came, not_seen, fair)


def _around(zone: str, rows: pd.DataFrame, visits: Mapping[tuple[str, bool], int]) -> Around:
    here = rows[rows["zone"] == zone]
    after = int(here["after"].sum())
    return Around(zone, len(here) - after, after, visits.get((zone, False), 0), visits.get((zone, True), 0))


def _visits(
    kept: Sequence[Snapshot], event: Event, where: Geography, near: frozenset[str], window: int
) -> dict[tuple[str, bool], int]:
    """Return visits by zone, before and after; they are known by municipality, so a zone has those of its own."""
    towns_near = {where.towns.get(a, "") for a in near}
    own = where.towns.get(event.place, event.place)
    tied = {where.towns.get(a, "") for a in where.tied.get(event.place, frozenset())}
    table = pd.concat([s.visits for s in kept]).groupby(["municipality", "sector", "day"])["visits"].max().reset_index()
    middle = day_number(event.day)
    table = table[(table["day"] > middle - window) & (table["day"] <= middle + window)]
    found: dict[tuple[str, bool], int] = {}
    for town, day, count in zip(table["municipality"], table["day"], table["visits"], strict=True):
        zone = "place" if town == own else "ring" if town in towns_near else "tied" if town in tied else "elsewhere"
        key = (zone, bool(day > middle))
        found[key] = found.get(key, 0) + int(count)
    return found


def _verdict(around: Sequence[Around], *, covered: bool) -> tuple[tuple[float, float, float] | None, str]:
    zones = {a.where: a for a in around}
    place, ring, away = zones["place"], zones["ring"], zones["elsewhere"]
    close = sum(zones[z].before + zones[z].after for z in ("place", "ring", "tied"))
    if not covered:
        return None, "not enough data: the scans do not cover the window before and after"
    if close < LEAST or away.before == 0:
        return None, "not enough data: too few findings to tell"
    fell = place.after < place.before
    told = "in the place it fell" if fell else "in the place it did not fall"
    after, before = ring.after + zones["tied"].after, ring.before + zones["tied"].before
    if after + before < LEAST:
        return None, f"{told}; around it not enough data"
    ratio = _ratio(after, before, away.after, away.before)
    if ratio[1] > 1:
        told += "; around it and at what was tied to it, it rose more than elsewhere: displacement"
    elif ratio[2] < 1:
        told += "; around it it fell more than elsewhere: the effect spread"
    else:
        told += "; around it nothing that elsewhere does not explain"
    grown = (ring.visits_after + 1) / (ring.visits_before + 1)
    if ratio[1] > 1 and grown >= ratio[0]:
        told += ", but visits there grew as much: it may be the looking"
    return ratio, told


def _per_visit(around: Sequence[Around], ratio: tuple[float, float, float] | None) -> float | None:
    """Return the ratio divided by how visits grew around the place against elsewhere; one visit is added to each."""
    if ratio is None:
        return None
    zones = {a.where: a for a in around}
    near, away = (zones["ring"], zones["tied"]), (zones["elsewhere"],)
    growth = [
        (sum(z.visits_after for z in some) + 1) / (sum(z.visits_before for z in some) + 1) for some in (near, away)
    ]
    return round(ratio[0] * growth[1] / growth[0], 2)


def _ratio(after: int, before: int, away_after: int, away_before: int) -> tuple[float, float, float]:
    """Return the ratio of ratios with its exact interval, given the control ratio; half a finding is added to each."""
    from scipy import stats  # here: its import takes as long as a small scan

    control = (away_after + 0.5) / (away_before + 0.5)
    total, tail = after + before, (1 - CONFIDENCE) / 2
    low = stats.beta.ppf(tail, after, before + 1) if after else 0.0
    high = stats.beta.ppf(1 - tail, after + 1, before) if before else 1.0
    spread = [(p / (1 - p) / control) if p < 1 else float("inf") for p in (low, high)]
    middle = (after + 0.5) / (before + 0.5) / control if total else 1.0
    return round(float(middle), 2), round(float(spread[0]), 2), round(float(spread[1]), 2)


def _followed(kept: Sequence[Snapshot], event: Event, where: Geography) -> list[dict[str, Any]]:
    """Return members of structures at the place before, that carry or touch findings elsewhere after, with where."""
    earlier = [s for s in kept if s.day <= event.day]
    later = [s for s in kept if s.day > event.day]
    if not earlier or not later:
        return []
    here = [c for c in earlier[-1].clusters if _touches(c, event.place, where)]
    labels = {m["id"]: m["label"] for c in here for m in c["members"]}
    was = {m["id"] for c in here for m in c["members"]}
    found = []
    for cluster in later[-1].clusters:
        common = sorted(members_of(cluster) & {m for m in was if labels[m] != "Address"})
        fresh = sorted(m["id"] for m in cluster["members"] if m["label"] == "Address" and m["id"] not in was)
        if common and fresh:
            towns = sorted({where.towns.get(a, "") for a in fresh} - {""})
            found.append(
                {"structure": cluster["id"], "members": common, "new_addresses": fresh, "municipalities": towns}
            )
    return found


def _came(kept: Sequence[Snapshot], event: Event, where: Geography) -> tuple[tuple[tuple[str, bool], ...], int]:
    """Return parties that joined what followed the structures at the place, beside those that a tie had made likely."""
    earlier, later = [s for s in kept if s.day <= event.day], [s for s in kept if s.day > event.day]
    if not earlier or not later:
        return (), 0
    here = [c for c in earlier[-1].clusters if _touches(c, event.place, where)]
    was = {m for c in here for m in members_of(c)}
    likely = {i for c in here for i in c.get("candidates", ())}
    business_roles = parties()
    joined = {
        m["id"]
        for s in later
        for c in s.clusters
        if was & members_of(c)
        for m in c["members"]
        if m["label"] in business_roles and m["id"] not in was
    }
    return tuple((i, i in likely) for i in sorted(joined)), len(likely - joined)


def _touches(cluster: Mapping[str, Any], place: str, where: Geography) -> bool:
    return any(place in (m, where.towns.get(m, "")) for m in members_of(cluster))


def alternates(kept: Sequence[Snapshot], towns: Mapping[str, str], *, share: float = 0.5) -> list[dict[str, Any]]:
    """Return structures whose addresses changed municipality and came back: A, then B, then A again.

    Args:
        kept: Snapshots, the earliest first.
        towns: Municipality of each address.
        share: Part of the addresses that must lie in a municipality for the structure to be there.
    """
    by_day = {(s.day, c["id"]): c for s in kept for c in s.clusters}
    found = []
    for line in follow([(s.day, s.clusters) for s in kept]):
        path: list[tuple[str, date]] = []
        for stage in (s for s in line.stages if s.members):
            town = _main_town(by_day[stage.day, stage.id], towns, share)
            if town and (not path or path[-1][0] != town):
                path.append((town, stage.day))
        if len(path) > 2 and len({t for t, _ in path}) < len(path):
            stays = [{"municipality": t, "since": d.isoformat()} for t, d in path]
            found.append({"structure": line.last.id, "stays": stays})
    return found


def _main_town(cluster: Mapping[str, Any], towns: Mapping[str, str], share: float) -> str:
    places = [towns.get(m["id"], "") for m in cluster["members"] if m["label"] == "Address"]
    best = max(sorted(set(places)), key=places.count, default="")
    return best if places and places.count(best) > share * len(places) else ""
