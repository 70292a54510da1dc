"""A pseudonymous view without what singles something out in a public register.

Rule: a value is written in bands, and only where at least five subjects of the view carry the same values together;
what a public register also holds (areas, dates, codes, who directs how many) is not written at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from barrier.detect.findings import Finding
from barrier.detect.header import Fact
from barrier.detect.occupancy import Occupancy
from barrier.detect.run import Detected
from barrier.disclosure.structures import NOT_TOLD
from barrier.networks.clusters import COVERAGE, Cluster

K = 5
_STEPS = (1, 2, 5)
_COUNTS = ("certain", "possible", "observed", "peak_persons")
_BLANK = ("area_m2", "norm_m2", "permitted", "m2_per_person")
_REASONS = ("family", "institution", "licensed", "permitted", "register correction")
_IDS = ("id", "ids")


def band(count: float) -> int:
    """Return the lower end of the band of a count: 0, 1, 2, 5, 10, 20, 50 and so on."""
    if count < 1:
        return 0
    power = 10 ** (len(str(int(count))) - 1)
    return int(max(step * power for step in _STEPS if step * power <= count))


def generalised(found: Detected, *, day: date) -> Detected:
    """Return findings and occupancy in bands; values that fewer than five subjects share are left out.

    Source:
        L. Sweeney, "k-anonymity: a model for protecting privacy", IJUFKS 10(5), 2002 (generalise, then suppress);
        Article 29 Working Party, Opinion 05/2014 on anonymisation techniques (singling out). Five is this project's
        choice, as in the regional scan.
    """
    runs = [
        replace(r, findings=tuple(_banded(f, r.detector.header.facts, day) for f in r.findings if _countable(f)))
        for r in found.runs
    ]
    rows = _rows(found.occupancy.table)
    values: dict[str, set[str]] = {i: {f"occupancy {row}"} for i, row in rows.items()}
    for finding in (f for r in runs for f in r.findings):
        values.setdefault(finding.subject["id"], set()).update(_told(finding))
    shared = Counter(frozenset(v) for v in values.values())
    rare = {i for i, v in values.items() if shared[frozenset(v)] < K}
    kept = [replace(r, findings=tuple(_without(f) if f.subject["id"] in rare else f for f in r.findings)) for r in runs]
    return Detected(_occupancy(found.occupancy, rare), tuple(kept), found.occupancy_seconds)


def _countable(finding: Finding) -> bool:
    """Return whether a finding is about a subject with a pseudonym, or about enough of them."""
    return finding.subject["label"] != COVERAGE or finding.facts["concerned"]["value"] >= K


def _banded(finding: Finding, described: Mapping[str, Fact], day: date) -> Finding:
    facts = {}
    for name, fact in finding.facts.items():
        known, value = described.get(name), fact["value"]
        if known is not None and known.unit in _IDS:
            facts[name] = fact
        elif known is not None and known.lower_bound:
            banded = value if isinstance(value, list) else band(value)
            facts[name] = {**fact, "value": banded, "at_least": True}
    return replace(finding, facts=facts, first_seen=day.isoformat())


def _told(finding: Finding) -> set[str]:
    """Return what a finding says in values, without pseudonyms."""
    return {
        f"{finding.detector} {name} {fact['value']}" for name, fact in finding.facts.items() if fact.get("at_least")
    }


def _without(finding: Finding) -> Finding:
    return replace(finding, facts={n: f for n, f in finding.facts.items() if not f.get("at_least")})


def _rows(table: pd.DataFrame) -> dict[str, tuple[Any, ...]]:
    columns = ["address", "verdict", "explanation", *_COUNTS[:3]]
    return {
        str(address): (verdict, _reason(reason), *(band(c) for c in counts))
        for address, verdict, reason, *counts in table[columns].itertuples(index=False)
    }


def _reason(text: str) -> str:
    """Return the kind of an explanation, without its numbers."""
    return next((r for r in _REASONS if text.startswith(r)), "")


def _occupancy(occupancy: Occupancy, rare: set[str]) -> Occupancy:
    """Return the rows whose values enough addresses share, in bands; the others are not written."""
    table = occupancy.table[~occupancy.table["address"].isin(sorted(rare))].reset_index(drop=True)
    table = table.assign(**{c: table[c].map(band).astype(np.int64) for c in _COUNTS})
    table = table.assign(**{c: table[c].mask(np.ones(len(table), dtype=bool)) for c in _BLANK})
    blank = dict.fromkeys(("peak_from", "peak_until", "together", "norm_source", "kind"), "")
    return replace(occupancy, table=table.assign(**blank, left=0, explanation=table["explanation"].map(_reason)))


def generalised_cluster(cluster: Cluster) -> Cluster:
    """Return a structure with its members and findings, and none of its links: a trade register shows those too."""
    record = cluster.record
    people = None if record["people"] is None else [band(n) for n in record["people"]]
    places = [
        replace(p, links={}, facts=[], separates=0, betweenness=0.0, constraint=None, participation=0.0)
        for p in cluster.facilitators
    ]
    rank = {**record["rank"], "people": people, "most_recent": ""}
    told = {
        **record,
        "facilitators": [p.as_record() for p in places],
        "chains": {"count": band(record["chains"]["count"]), "examples": []},
        "choke_points": {**NOT_TOLD, "most": NOT_TOLD},
        "layers": {"alone": {}, "merged": record["layers"]["merged"], "only_merged": False},
        "together": [],
        "expected": None,
        "people": people,
        "rank": {**rank, **{k: band(rank[k]) for k in ("strong", "medium")}},
    }
    graph = cluster.graph.copy()
    graph.remove_edges_from(list(graph.edges(keys=True)))
    for _, data in graph.nodes(data=True):
        data["residents"] = 0
    return Cluster(told, graph, places)
