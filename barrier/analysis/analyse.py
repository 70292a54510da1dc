"""What is found in a store on a day: findings, occupancy and structures.

Rule: the only place where detectors run and structures are found; the same store by the same terms gives the same,
whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from barrier.analysis.ruleset import RuleSet
from barrier.detect.findings import Finding
from barrier.detect.header import Value
from barrier.detect.library import Detector
from barrier.detect.occupancy import Occupancy
from barrier.detect.run import Detected, Measured, Progress, detect, measure_occupancy
from barrier.errors import InputError
from barrier.model.dates import day_number
from barrier.networks.clusters import Cluster, find_clusters
from barrier.networks.parties import PartyGraph, party_graph
from barrier.networks.settings import NetworkSettings
from barrier.store import Columns, NumberedColumns, Store

Stage = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Analysis:
    """What is found in a store on a day.

    Args:
        found: The findings of each detector, and the occupancy.
        clusters: Structures, best first.
        links: Those of the whole party graph.
        audience: For whom, where it is not everything.
    """

    found: Detected
    clusters: list[Cluster]
    links: pd.DataFrame
    audience: Mapping[str, Any] | None = None

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings of all detectors, ordered by id."""
        return self.found.findings()

    @property
    def occupancy(self) -> Occupancy:
        """The measure behind the overcrowded addresses."""
        return self.found.occupancy

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


@dataclass(frozen=True)
class Known:
    """What is known of a store before it is looked at.

    Args:
        measured: The occupancy, where it was measured already.
        anchors: By detector, the anchors that are looked at; default all.
        parties: Gives the party graph, or None where it is read once the detectors are done; default read beside them.
    """

    measured: Measured | None = None
    anchors: Mapping[str, Sequence[str]] | None = None
    parties: Callable[[], PartyGraph | None] | None = None


NOTHING = Known()


def analyse(
    store: Store,
    detectors: Sequence[Detector],
    terms: RuleSet,
    *,
    known: Known = NOTHING,
    stage: Stage = lambda _: nullcontext(),
    progress: Progress = lambda _: None,
    spare_failed: bool = False,
) -> Analysis:
    """Return what is found in a store.

    Args:
        store: The store.
        detectors: Those to run; retired ones are left out.
        terms: The day, and by what is looked.
        known: What is known before.
        stage: Called with the name of each stage, for a block: detect, clusters.
        progress: Called with the id of each detector that is done.
        spare_failed: Whether a detector that fails costs only its own findings.

    Raises:
        InputError: A detector is wrong.
        TryAgainError: The store went away or a query took too long.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:  # the detectors wait for the store most of the time
        reading = beside.submit(_parties, store, terms, terms.settings) if known.parties is None else None
        with stage("detect"):
            told: dict[str, Any] = {"progress": progress, "spare_failed": spare_failed}
            found = detected(store, detectors, terms, known=known, **told)
        parties = reading.result() if reading else known.parties() if known.parties else None
    store.settle(wait=False)  # what comes next works on one core
    with stage("clusters"):
        return structures(store, found, terms, parties=parties)


def detected(
    store: Store,
    detectors: Sequence[Detector],
    terms: RuleSet,
    *,
    known: Known = NOTHING,
    given: Mapping[str, Mapping[str, Value]] | None = None,
    progress: Progress = lambda _: None,
    spare_failed: bool = False,
) -> Detected:
    """Return what detectors find in a store: the first half of `analyse`.

    Args:
        store: The store.
        detectors: Those to run; retired ones are left out.
        terms: The day, and by what is looked.
        known: What is known before.
        given: Parameters by detector id, in place of the defaults.
        progress: Called with the id of each detector that is done.
        spare_failed: Whether a detector that fails costs only its own findings.

    Raises:
        InputError: A detector is wrong.
        TryAgainError: The store went away or a query took too long.
    """
    return detect(
        store,
        detectors,
        day=terms.day,
        norms=terms.norms,
        model=terms.model,
        given=given,
        measured=known.measured,
        anchors=known.anchors,
        progress=progress,
        spare_failed=spare_failed,
    )


def structures(
    graph: NumberedColumns,
    found: Detected,
    terms: RuleSet,
    *,
    settings: NetworkSettings | None = None,
    parties: PartyGraph | None = None,
    within: Sequence[Sequence[str]] | None = None,
) -> Analysis:
    """Return the structures among what was found: the second half of `analyse`.

    Args:
        graph: What was looked at.
        found: What the detectors found in it.
        terms: The day, and by what is looked.
        settings: The numbers behind structures, and known hubs; default those of the terms.
        parties: The party graph, where it was read already.
        within: Groups of members that a structure must lie within; default anywhere.
    """
    settings = settings or terms.settings
    parties = parties or _parties(graph, terms, settings)
    clusters = find_clusters(
        graph,
        day_number(terms.day),
        found.findings(),
        found.occupancy,
        model=terms.model,
        settings=settings,
        parties=parties,
        within=within,
    )
    return Analysis(found, clusters, parties.links)


def occupancy_of(graph: Columns, terms: RuleSet) -> Measured:
    """Return the occupancy of a graph alone, as `analyse` measures it."""
    return measure_occupancy(graph, terms.day, terms.norms)


def _parties(graph: NumberedColumns, terms: RuleSet, settings: NetworkSettings) -> PartyGraph:
    return party_graph(graph, day_number(terms.day), model=terms.model, settings=settings)
