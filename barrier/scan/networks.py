"""The clusters of a store, for commands and notebooks.

Rule: the same detectors and the same numbers as a scan, so that an id found in a report is found here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd

from barrier.detect.findings import Finding
from barrier.detect.library import Detector
from barrier.detect.occupancy import Occupancy
from barrier.detect.run import detect
from barrier.errors import InputError
from barrier.model.dates import day_number
from barrier.networks.clusters import Cluster, find_clusters
from barrier.networks.parties import party_graph
from barrier.scan.ruleset import RuleSet
from barrier.store import Store


@dataclass(frozen=True)
class Networks:
    """The clusters of a store on a day, best first, the links of the whole party graph, and what they rest on."""

    clusters: list[Cluster]
    links: pd.DataFrame
    findings: list[Finding]
    occupancy: Occupancy
    audience: Mapping[str, Any] | None = None  # for whom, where it is not everything

    def named(self, cluster: str) -> Cluster:
        """Return a cluster by id, or by the id of a member.

        Raises:
            InputError: There is none.
        """
        found = [c for c in self.clusters if cluster == c.id or cluster in c.graph]
        if not found:
            hint = "see: barrier networks list; ids change with the members, so a member's id can be named too"
            raise InputError([f"{cluster}: no such cluster, and no member of one, on this day"], hint=hint)
        return found[0]


def networks_of(store: Store, detectors: Sequence[Detector], terms: RuleSet) -> Networks:
    """Return the clusters of a store on a day.

    Args:
        store: The store.
        detectors: The detectors.
        terms: The day, and by what is looked.
    """
    model, settings, number = terms.model, terms.settings, day_number(terms.day)
    with ThreadPoolExecutor(max_workers=1) as beside:  # the detectors wait for the store most of the time
        reading = beside.submit(party_graph, store, number, model=model, settings=settings)
        found = detect(store, detectors, day=terms.day, norms=terms.norms, model=model)
        parties = reading.result()
    findings = found.findings()
    clusters = find_clusters(store, number, findings, found.occupancy, model=model, settings=settings, parties=parties)
    return Networks(clusters, parties.links, findings, found.occupancy)
