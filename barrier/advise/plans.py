"""Plans for the clusters and findings of a scan.

Rule: a weak finding alone, or one on a subject with an innocent reason, calls for nobody until somebody asks about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

from barrier.advise.dossier import Dossier, cluster_dossier, finding_dossier, surroundings
from barrier.advise.plan import Plan, Setting, plan_for
from barrier.advise.powers import Powers
from barrier.detect.findings import Finding
from barrier.detect.innocence import explained_subjects
from barrier.detect.occupancy import Occupancy
from barrier.model.dates import day_number
from barrier.model.kinds import subjects
from barrier.networks.clusters import Cluster
from barrier.printable import json_text
from barrier.store import Columns


def plans(
    graph: Columns,
    findings: Sequence[Finding],
    clusters: Sequence[Cluster],
    measured: Occupancy,
    setting: Setting,
    *,
    asked: str = "",
) -> list[Plan]:
    """Return a plan for every cluster, then for every finding that is not weak or is asked about, in their order."""
    return [plan_for(d, setting) for d in dossiers(graph, findings, clusters, measured, setting, asked=asked)]


def dossiers(
    graph: Columns,
    findings: Sequence[Finding],
    clusters: Sequence[Cluster],
    measured: Occupancy,
    setting: Setting,
    *,
    asked: str = "",
) -> list[Dossier]:
    """Return what is known about every cluster, then about every finding that calls for somebody or is ``asked`` about.

    A weak finding calls for nobody, nor does one on a subject of which innocent reasons explain all findings.
    """
    innocent = explained_subjects(findings, measured.table)
    wanted = [f for f in findings if _calls(f, innocent) or asked in (f.id, f.subject["id"])]
    advised = subjects()
    alone = [f for f in wanted if f.subject["label"] in advised]
    about_ids = {m["id"] for c in clusters for m in c.record["members"]} | {f.subject["id"] for f in alone}
    around = surroundings(graph, day_number(setting.day), about_ids)
    by_id = {f.id: f for f in findings}
    about: dict[str, list[Finding]] = {}
    for finding in findings:
        about.setdefault(finding.subject["id"], []).append(finding)
    table = measured.table
    here = table[table["address"].isin(sorted(about_ids))]
    people = {
        row["address"]: (
            max(int(row["certain"]), int(row["observed"])),
            max(int(row["possible"]), int(row["observed"])),
        )
        for row in here.to_dict("records")
    }
    return [
        *(cluster_dossier(c, by_id, around, setting.model) for c in clusters),
        *(finding_dossier(f, about[f.subject["id"]], people.get(f.subject["id"], (0, 0)), around) for f in alone),
    ]


def _calls(finding: Finding, innocent: Set[str]) -> bool:
    return finding.strength != "weak" and finding.subject["id"] not in innocent


def advice_lines(made: Iterable[Plan], powers: Powers) -> list[dict[str, Any]]:
    """Return the lines of `advice.jsonl`."""
    return [record for plan in made for record in plan.records(powers)]


def as_json(record: dict[str, Any]) -> str:
    """Return one line of `advice.jsonl`."""
    return json_text(record, sort_keys=True, separators=(",", ":"))
