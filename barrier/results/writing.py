"""Writing what a scan made: the result folder, whole or not at all, with the seconds of each stage.

Rule: lines are sorted and stable; only times in scan.json differ from one run to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.advise.plan import Plan
from barrier.advise.plans import advice_lines, as_json
from barrier.advise.powers import Powers
from barrier.advise.sharing import Sharing
from barrier.audit.events import actor
from barrier.detect.library import Detector
from barrier.detect.occupancy import COLUMNS
from barrier.detect.run import Detected
from barrier.history.diff import Changes, diff, lines_of
from barrier.history.folder import Scan, seal_results
from barrier.ingest.region import Region
from barrier.ingest.rejects import write_rejected
from barrier.networks.clusters import Cluster
from barrier.printable import json_text, parsed_json
from barrier.report.audience import audience_line
from barrier.report.charts import Past
from barrier.report.page import SHOWN_CLUSTERS, Summary, report_html
from barrier.report.plans import plan_tables, who_sees
from barrier.report.telling import Telling, most_telling
from barrier.report.view import View, network_html
from barrier.results.became_protected import NONE_ERASED, Erased
from barrier.results.folder import whole_folder, write_csv
from barrier.results.worklist import NAME as WORKLIST

CHANGES = "changes.jsonl"  # since the last scan into the same folder


@dataclass(frozen=True)
class Scanned:
    """What a scan did: where the results are, how many findings and clusters, rows set aside, what to look at first.

    The rules that could not be asked are in ``failed``.
    """

    out: Path
    findings: int
    clusters: int
    rejected: int
    warnings: tuple[str, ...]
    telling: tuple[Telling, ...]
    record: dict[str, Any]
    new: int
    unreached: tuple[Path, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advised:
    """The plans for clusters and findings, the powers and gates behind them, and whose view it is."""

    plans: Sequence[Plan]
    powers: Powers
    sharing: Sharing
    today: date
    partner: str | None


@dataclass(frozen=True)
class Made:
    """Everything a scan writes.

    Args:
        found: Findings and occupancy.
        clusters: The structures.
        advised: The plans.
        work: The work list, where one was asked for.
        addresses: Occupancy with owners and landlords, where a snapshot was kept.
        past: What the scans before tell.
        built_on: The scan before, where only what changed since was looked at.
        erased: What became protected since the last scan.
    """

    found: Detected
    clusters: Sequence[Cluster]
    advised: Advised
    work: pd.DataFrame | None
    addresses: pd.DataFrame | None = None
    past: Past | None = None
    built_on: str | None = None
    erased: Erased = NONE_ERASED


@dataclass
class Stopwatch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a block."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - begun, 3)


def write_results(
    out: Path,
    region: Region,
    made: Made,
    previous: Scan | None,
    *,
    summary: Summary,
    watch: Stopwatch,
    settle: Callable[[], None],
) -> Scanned:
    """Write the result folder; it takes the place of the last one when the store is on the disk.

    Args:
        out: The folder.
        region: What was read.
        made: What was made of it.
        previous: What the last scan found.
        summary: About the scan.
        watch: Seconds by stage.
        settle: Waits until what was loaded is on the disk.

    Raises:
        TryAgainError: The disk is full or cannot be written; what was there is as before.
    """
    found, clusters, advised = made.found, made.clusters, made.advised
    findings = found.findings()
    detectors: list[Detector] = [r.detector for r in found.runs]
    telling = tuple(most_telling(findings, detectors))
    changes = _changes(previous, made, summary)
    with whole_folder(out) as folder:
        with watch.stage("write"):
            write_csv(folder / "occupancy.csv", found.occupancy.table[list(COLUMNS)])
            with (folder / "findings.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f.as_json() + "\n" for f in findings)
            with (folder / "clusters.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(c.as_json() + "\n" for c in clusters)
            with (folder / "advice.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(as_json(line) + "\n" for line in advice_lines(advised.plans, advised.powers))
            if changes is not None:
                told = sorted(json_text(x, sort_keys=True) for x in lines_of(changes))
                (folder / CHANGES).write_text("".join(x + "\n" for x in told), encoding="utf-8", newline="\n")
            if made.work is not None:
                write_csv(folder / WORKLIST, made.work)
            if len(region.rejected):
                write_rejected(folder / "rejected.csv", region.rejected)
            _write_views(folder / "networks", clusters, summary)
            tables = plan_tables(advised.plans, advised.powers, summary.model)
            seeing = (
                None if advised.partner else who_sees(advised.plans, advised.powers, advised.sharing, advised.today)
            )
            measured = found.occupancy.table
            page = report_html(
                summary,
                findings,
                detectors,
                measured,
                telling=telling,
                clusters=clusters,
                plans=tables,
                seeing=seeing,
                changes=changes,
                past=made.past,
            )
            (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
        with watch.stage("load"):
            settle()
        times = {
            "read_by": actor(),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "built_on": made.built_on,
            "became_protected": made.erased.numbers(),
            "seconds": watch.seconds,
            "seconds_by_detector": {
                "occupancy": round(found.occupancy_seconds, 3),
                **{r.detector.id: round(r.seconds, 3) for r in found.runs},
            },
        }
        seal_results(folder, {**summary.record, **times})
    rejected = region.rejects.rows()
    return Scanned(
        out,
        len(findings),
        len(clusters),
        rejected,
        tuple(summary.record["warnings"]),
        telling,
        {**summary.record, **times},
        len(findings) if changes is None else len(changes.really_new()),
        made.erased.unreached,
        tuple(found.failed()),
    )


def _changes(previous: Scan | None, made: Made, summary: Summary) -> Changes | None:
    """Return what changed since the last scan into the same folder."""
    if previous is None:
        return None
    findings = {f.id: parsed_json(f.as_json()) for f in made.found.findings()}
    table = made.found.occupancy.table if made.addresses is None else made.addresses
    occupancy = table.set_index("address")
    found = diff(previous, Scan(summary.record, findings, [c.record for c in made.clusters], occupancy))
    found = found.without(made.erased.quiet)
    return replace(found, notes=(*found.notes, *made.erased.notes()))


def _write_views(folder: Path, clusters: Sequence[Cluster], summary: Summary) -> None:
    """Write a page for each structure that the report shows."""
    audience = audience_line(summary.record["audience"]) if summary.record.get("audience") else ""
    view = View(summary.region, summary.day, summary.model, summary.words, audience)
    for cluster in clusters[:SHOWN_CLUSTERS]:
        folder.mkdir(exist_ok=True)
        (folder / f"{cluster.id}.html").write_text(network_html(cluster, view), encoding="utf-8", newline="\n")
