"""The regional scan: counts by municipality and barrier with the effort beside them, small counts not shown.

Rule: where people live and where the work is are counted apart; where nobody looked it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from barrier.detect.findings import Finding
from barrier.model.barriers import ACROSS, BarrierModel
from barrier.model.kinds import PLACE, seated, seats
from barrier.report.documents import Document, Section, Table
from barrier.report.texts import Texts
from barrier.store import Columns

SMALL = 5
LOOKED_BACK_DAYS = 730


def regional_scan(
    graph: Columns,
    findings: Sequence[Finding],
    *,
    day: int,
    model: BarrierModel,
    texts: Texts,
    towns: Mapping[str, str],
) -> Document:
    """Return the regional scan.

    Args:
        graph: The graph as columns.
        findings: Findings of the day; weak ones and coverage are left out.
        day: Day number looked at.
        model: Barrier model.
        texts: The language.
        towns: Name by code of municipalities, as far as known.
    """
    addresses = graph.nodes("Address", ["id", "municipality"]).dropna(subset=["municipality"])
    homes = {str(a): str(m) for a, m in zip(addresses["id"], addresses["municipality"], strict=True)}
    offices = _seats(graph, homes)
    visits, signals = _visits(graph, day, {**offices, **homes}), _signals(graph, day, {**offices, **homes})
    solid = [f for f in findings if f.strength != "weak" and f.barrier != ACROSS]
    head = tuple(
        texts.say(f"col_{n}") for n in ("municipality", "barrier", "findings", "subjects", "visits", "signals")
    )

    def counted(place: Mapping[str, str], labels: tuple[str, ...]) -> Table:
        rows = []
        for town in sorted(set(homes.values())):
            for step in model.barriers:
                here = [f for f in solid if f.barrier == step.id and f.subject["label"] in labels]
                mine = [f for f in here if place.get(f.subject["id"]) == town]
                looked = visits.get(town, 0)
                numbers = (len(mine), len({f.subject["id"] for f in mine}))
                shown = [_shown(n, looked, texts) for n in numbers]
                effort = (_few(looked, texts), _few(signals.get(town, 0), texts))
                rows.append((towns.get(town, town), texts.word(step.name), *shown, *effort))
        return Table(head, tuple(rows))

    kinds = _kinds(graph, day)
    forms = Table(
        (texts.say("col_kind"), texts.say("col_signals")),
        tuple((texts.word(k.replace("_", " ")), _few(n, texts)) for k, n in kinds.items()),
    )
    sections = (
        Section(texts.say("where_people_live"), (texts.say("region_text"),), (), counted(homes, (PLACE,))),
        Section(texts.say("where_work_is"), (), (), counted(offices, seated())),
        Section(texts.say("forms"), (), (), forms),
    )
    return Document(texts.say("regional"), texts.say("draft"), texts.language, sections)


def _shown(count: int, looked: int, texts: Texts) -> str:
    return texts.say("not_looked") if not count and not looked else _few(count, texts)


def _few(count: int, texts: Texts) -> str:
    return texts.say("few") if 0 < count < SMALL else str(count)


def _seats(graph: Columns, homes: Mapping[str, str]) -> dict[str, str]:
    """Return the municipality of businesses by where they are established, and of licences by their premises."""
    found: dict[str, str] = {}
    for kind in seats():
        edges = graph.edges(kind, ["source_id", "target_id"])
        for source, target in zip(edges["source_id"], edges["target_id"], strict=True):
            town = homes.get(target)
            if town:
                found.setdefault(str(source), town)
    return found


def _visits(graph: Columns, day: int, place: Mapping[str, str]) -> dict[str, int]:
    known = graph.nodes("Inspection", ["id", "date_day"])
    recent = set(known.loc[(known["date_day"] <= day) & (known["date_day"] > day - LOOKED_BACK_DAYS), "id"])
    edges = graph.edges("INSPECTED", ["source_id", "target_id"])
    return _by_town(edges[edges["source_id"].isin(recent)], place)


def _signals(graph: Columns, day: int, place: Mapping[str, str]) -> dict[str, int]:
    edges = graph.edges("CONCERNS", ["source_id", "target_id"])
    return _by_town(edges[edges["source_id"].isin(_valid(graph, day)["id"])], place)


def _valid(graph: Columns, day: int) -> pd.DataFrame:
    signals = graph.nodes("Signal", ["id", "kind", "origin", "expires_day"])
    return signals[signals["expires_day"].isna() | (signals["expires_day"] > day).fillna(True)]


def _by_town(edges: pd.DataFrame, place: Mapping[str, str]) -> dict[str, int]:
    towns = edges["target_id"].map(place)
    counts = edges.assign(town=towns).dropna(subset=["town"]).groupby("town")["source_id"].nunique()
    return {str(k): int(v) for k, v in counts.items()}


def _kinds(graph: Columns, day: int) -> dict[str, int]:
    valid = _valid(graph, day)
    origin = valid["origin"].fillna(valid["id"])
    counts = valid.assign(origin=origin).groupby("kind")["origin"].nunique()
    return {str(k): int(v) for k, v in counts.sort_index().items()}
