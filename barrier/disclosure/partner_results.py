"""What a scan finds, told to one partner: what both the whole graph and the part that the partner sees hold.

Rule: every command, document and scan for a partner gets its findings, structures and advice from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from barrier.advise.dossier import Dossier
from barrier.advise.plan import Plan, Setting, plan_for
from barrier.advise.plans import dossiers, plans
from barrier.analysis.analyse import Analysis, Known, detected, occupancy_of, structures
from barrier.analysis.ruleset import RuleSet
from barrier.detect.library import Detector
from barrier.detect.occupancy import Occupancy
from barrier.detect.run import Detected, Measured, Progress
from barrier.disclosure.findings import disclosed, disclosed_occupancy, silent_for
from barrier.disclosure.generalise import generalised, generalised_cluster
from barrier.disclosure.partner_view import PartnerGraphs, pseudonyms
from barrier.disclosure.plans import disclosed_plan, plan_of
from barrier.disclosure.structures import disclosed_cluster, same_chains, within_whole
from barrier.networks.clusters import Cluster
from barrier.networks.settings import NetworkSettings
from barrier.results.subject_names import described_subjects


@dataclass(frozen=True)
class PartnerResults:
    """What may be told to a partner.

    Args:
        graphs: The whole graph and what the partner sees of it.
        found: Findings and occupancy.
        clusters: Structures, best first.
        links: The party graph as the partner sees it.
        parents: By structure, the one of the whole graph within which it lies.
        whole: What the whole graph holds; to compare with, never to show.
        not_asked: Rules that rest on the absence of something withheld.
    """

    graphs: PartnerGraphs
    found: Detected
    clusters: list[Cluster]
    links: pd.DataFrame
    parents: dict[str, Cluster]
    whole: Analysis
    not_asked: tuple[str, ...]

    def words(self, subjects: Iterable[Mapping[str, str]], towns: Mapping[str, str]) -> dict[str, str]:
        """Return what each subject is; nothing under pseudonyms, where a kind and a place may single it out."""
        return {} if self.graphs.pseudonymous else described_subjects(self.graphs.seen, subjects, towns)

    def analysis(self) -> Analysis:
        """Return what is told, as a scan of a store gives it."""
        return Analysis(self.found, self.clusters, self.links, self.graphs.as_record())


def partner_results(
    graphs: PartnerGraphs, detectors: Sequence[Detector], terms: RuleSet, *, progress: Progress = lambda _: None
) -> PartnerResults:
    """Look at the whole graph and at what a partner sees, and return what both hold."""
    settings = _settings_as_seen(terms.settings, graphs)
    asked = [d for d in detectors if not silent_for(d, graphs.withheld)]
    whole = detected(graphs.whole, detectors, terms, progress=progress)
    crowding = _occupancy_of_both(graphs, whole.occupancy, terms)
    seen = detected(graphs.seen, asked, terms, known=Known(Measured(crowding, 0.0)))
    found = disclosed(seen, whole, complete=graphs.complete, withheld=graphs.withheld)
    there = structures(graphs.whole, whole, terms, settings=settings)
    within = [list(c.graph) for c in there.clusters]
    here = structures(graphs.seen, found, terms, settings=settings, within=within)
    clusters, parents = [], {}
    for cluster in here.clusters:
        parent = within_whole(cluster, there.clusters)
        if parent is not None:
            clusters.append(
                disclosed_cluster(
                    cluster, parent, model=terms.model, withheld=graphs.withheld, complete=graphs.complete
                )
            )
            parents[cluster.id] = parent
    if graphs.pseudonymous:
        found, clusters = generalised(found, day=terms.day), [generalised_cluster(c) for c in clusters]
    silent = tuple(sorted({d.id for d in detectors} - {d.id for d in asked}))
    return PartnerResults(graphs, found, clusters, here.links, parents, there, silent)


def _occupancy_of_both(graphs: PartnerGraphs, whole: Occupancy, terms: RuleSet) -> Occupancy:
    return disclosed_occupancy(occupancy_of(graphs.seen, terms).occupancy, whole)


def _settings_as_seen(settings: NetworkSettings, graphs: PartnerGraphs) -> NetworkSettings:
    """Return the settings with known hubs under the ids that the partner sees."""
    if not graphs.pseudonymous or not settings.known_hubs:
        return settings
    ids = pseudonyms([h.id for h in settings.known_hubs], graphs.viewer.partner)
    hubs = tuple(h.model_copy(update={"id": i}) for h, i in zip(settings.known_hubs, ids, strict=True))
    return settings.model_copy(update={"known_hubs": hubs})


def partner_plans(results: PartnerResults, setting: Setting, *, asked: str = "") -> list[Plan]:
    """Return the plans for what is told, as far as the whole scan advises the same about the same thing."""
    graphs, whole = results.graphs, results.whole
    there = plans(graphs.whole, whole.findings, whole.clusters, whole.occupancy, setting, asked=asked)
    here = dossiers(
        graphs.seen, results.found.findings(), results.clusters, results.found.occupancy, setting, asked=asked
    )
    made = []
    for dossier in here:
        parent = results.parents.get(dossier.id)
        other = plan_of(there, dossier.kind, parent.id if parent else dossier.id)
        if other is not None:
            made.append(disclosed_plan(plan_for(_as_told(dossier, other.dossier, results), setting), other))
    return made


def _as_told(seen: Dossier, whole: Dossier, results: PartnerResults) -> Dossier:
    """Return a dossier with chains and people only where the whole one has the same."""
    shown = seen.people == whole.people
    cluster = next((c for c in results.clusters if c.id == seen.id), None)
    chains = cluster is not None and same_chains(cluster, results.parents[cluster.id])
    return replace(
        seen, groups=seen.groups if chains else (), people=seen.people if shown else (0, 0), people_shown=shown
    )
