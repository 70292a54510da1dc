"""The main job: a region folder in, findings with reasons out.

Rule: a scan needs a purpose, and its results come whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.advise.plan import Plan, Setting
from barrier.advise.powers import Powers, region_powers
from barrier.advise.sharing import Sharing, Viewer, region_sharing
from barrier.detect.library import Detector, load_detectors
from barrier.detect.occupancy import COLUMNS
from barrier.detect.run import Detected, DetectorRun, detect
from barrier.errors import InputError
from barrier.ingest.region import Region
from barrier.ingest.rejects import write_rejected
from barrier.model.barriers import BarrierModel, load_model
from barrier.model.dates import day_number
from barrier.model.norms import region_norms
from barrier.model.schema import schema
from barrier.networks.clusters import Cluster, find_clusters
from barrier.networks.settings import region_settings
from barrier.report.page import SHOWN_CLUSTERS, Summary, report_html
from barrier.report.plans import plan_tables, who_sees
from barrier.report.telling import Telling, most_telling
from barrier.report.view import View, network_html
from barrier.scan.advising import advice_lines, as_json, plans
from barrier.scan.audit import ReadEvent, actor, record
from barrier.scan.described import described_subjects
from barrier.scan.importing import Progress, load, read, rejected_lines
from barrier.scan.memory import release_memory
from barrier.scan.results import check_place, whole_folder, write_csv
from barrier.scan.views import region_as_seen
from barrier.scan.worklist import NAME as WORKLIST
from barrier.scan.worklist import worklist
from barrier.store import Store
from barrier.version import VERSION


@dataclass(frozen=True)
class Options:
    """What a scan is asked to do.

    Args:
        out: The result folder.
        at: The day looked at; default `at` or the extract date in region.yaml, else today.
        model: Barrier model by id or path; default that of region.yaml.
        purpose: Why; default that of region.yaml.
        detector_folders: More detectors.
        mapping: How to read another layout.
        strict: Refuse the region when a row is wrong.
        partner: Partner whose view is wanted; default everything that was delivered.
        investigation: Whether a criminal investigation is open, for the gates of a partner's view.
        consent: Whether those concerned gave their consent, for the gates of a partner's view.
        control_sample: Size of the random sample in a work list; default no work list.
    """

    out: Path
    at: date | None = None
    model: str | None = None
    purpose: str = ""
    detector_folders: tuple[Path, ...] = ()
    mapping: Path | None = None
    strict: bool = False
    partner: str | None = None
    investigation: bool = False
    consent: bool = False
    control_sample: int | None = None


@dataclass(frozen=True)
class Scanned:
    """What a scan did: where the results are, how many findings and clusters, rows set aside, what to look at first."""

    out: Path
    findings: int
    clusters: int
    rejected: int
    warnings: tuple[str, ...]
    telling: tuple[Telling, ...]
    record: dict[str, Any]


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
    """Everything a scan writes: findings, clusters, plans, perhaps a work list."""

    found: Detected
    clusters: Sequence[Cluster]
    advised: Advised
    work: pd.DataFrame | None


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


def scan(
    path: Path, store: Store, options: Options, *, today: date, progress: Progress = lambda _s, _i: None
) -> Scanned:
    """Read a region, put it into a store, run the detectors, and write the result folder.

    Args:
        path: The region folder (or the file of a mapping).
        store: Where the graph goes.
        options: What is asked.
        today: The day looked at when neither the options nor region.yaml say.
        progress: Called with stage and item.

    Raises:
        InputError: The region, the options or a detector are wrong, or there is no purpose.
        TryAgainError: The store is in use, the server is gone, or the disk is full.
    """
    check_place(options.out)
    watch = Stopwatch()
    detectors = [d for d in load_detectors(options.detector_folders) if d.header.status != "retired"]
    with watch.stage("read"):
        region = read(path, mapping=options.mapping, strict=options.strict, progress=progress)
        if options.partner:
            region = region_as_seen(region, _viewer(options, region.folder.path, today))
    purpose = _purpose(region, options)
    model = load_model(options.model or region.folder.config.model)
    day = options.at or region.folder.config.at or region.folder.config.extract_date or today
    with store.writing():
        with watch.stage("load"):
            load(store, region, progress=progress)
        region = region.counted()  # the tables are in the store now
        release_memory()
        norms = region_norms(region.folder.path)
        with watch.stage("detect"):
            found = detect(
                store, detectors, day=day, norms=norms, model=model, progress=lambda d: progress("detect", d)
            )
        with watch.stage("clusters"):
            settings = region_settings(region.folder.path)
            clusters = find_clusters(
                store, day_number(day), found.findings(), found.occupancy, model=model, settings=settings
            )
        with watch.stage("advice"):
            setting = Setting(day, model, region_powers(region.folder.path))
            made = plans(store, found.findings(), clusters, found.occupancy, setting)
            gates = region_sharing(region.folder.path)
            advised = Advised(made, setting.powers, gates, today, options.partner)
        findings = sum(len(r.findings) for r in found.runs)
        written = _record(region, day, purpose=purpose, model=model, runs=found.runs, store=store.name)
        record(ReadEvent("scan", store.name, region.folder.name, purpose, findings, written["scan_id"]))
        config = region.folder.config
        named = [*(f.subject for f in found.findings()), *(m for c in clusters for m in c.record["members"])]
        words = described_subjects(store, named, config.towns())
        work = None
        if options.control_sample is not None:
            told, table = written["scan_id"], found.occupancy.table
            work = worklist(found.findings(), table, sample=options.control_sample, scan=told, store=store.name)
        summary = Summary(region.folder.name, day, purpose, config.legal_basis, model, written, words)
        done = Made(found, clusters, advised, work)
        return _write(options.out, region, done, summary=summary, watch=watch)


def _viewer(options: Options, region: Path, today: date) -> Viewer:
    partners = region_powers(region).partners
    sharing = region_sharing(region)
    partner = options.partner or ""
    return Viewer(partner, today, sharing, partners, investigation=options.investigation, consent=options.consent)


def _purpose(region: Region, options: Options) -> str:
    purpose = (options.purpose or region.folder.config.purpose).strip()
    if not purpose:
        hint = "say why, with --purpose TEXT or purpose: in region.yaml"
        raise InputError(["a scan of a region needs a purpose, and none was given"], hint=hint)
    return purpose


def _record(
    region: Region, day: date, *, purpose: str, model: BarrierModel, runs: Sequence[DetectorRun], store: str
) -> dict[str, Any]:
    """Return the content of scan.json but for times."""
    used = [{"id": r.detector.id, "version": r.detector.header.version, "hash": r.detector.digest} for r in runs]
    config = region.folder.config
    identity = json.dumps([region.fingerprint, day.isoformat(), used, model.id, model.version, VERSION])
    return {
        "scan_id": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "region": region.folder.name,
        "at": day.isoformat(),
        "purpose": purpose,
        "legal_basis": config.legal_basis,
        "extract_date": config.extract_date.isoformat() if config.extract_date else None,
        "software_version": VERSION,
        "model": {"id": model.id, "version": model.version, "name": model.name},
        "store": "neo4j" if "://" in store else "embedded",
        "input_fingerprint": region.fingerprint,
        "rows_read": region.rows_read,
        "rows_loaded": {k: v for k, v in region.rows_loaded.items() if v},
        "rows_rejected": len(region.rejected),
        "withheld": region.withheld,
        "detectors": used,
        "findings": {r.detector.id: len(r.findings) for r in runs},
        "warnings": [*region.notes, *_rejected_warning(region)],
    }


def _rejected_warning(region: Region) -> list[str]:
    count = len(region.rejected[["file", "line"]].drop_duplicates())
    return [f"{count:,} rows were set aside, see rejected.csv", *rejected_lines(region)] if count else []


def _write(out: Path, region: Region, made: Made, *, summary: Summary, watch: Stopwatch) -> Scanned:
    found, clusters, advised = made.found, made.clusters, made.advised
    findings = found.findings()
    detectors: list[Detector] = [r.detector for r in found.runs]
    telling = tuple(most_telling(findings, detectors))
    with whole_folder(out) as folder:
        with watch.stage("write"):
            write_csv(folder / "occupancy.csv", found.occupancy.table[list(COLUMNS)])
            with (folder / "findings.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f.as_json() + "\n" for f in findings)
            with (folder / "clusters.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(c.as_json() + "\n" for c in clusters)
            with (folder / "advice.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(as_json(line) + "\n" for line in advice_lines(advised.plans, advised.powers))
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
                summary, findings, detectors, measured, telling=telling, clusters=clusters, plans=tables, seeing=seeing
            )
            (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
        times = {
            "read_by": actor(),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": watch.seconds,
            "seconds_by_detector": {
                "occupancy": round(found.occupancy_seconds, 3),
                **{r.detector.id: round(r.seconds, 3) for r in found.runs},
            },
        }
        text = json.dumps({**summary.record, **times}, ensure_ascii=False, indent=1)
        (folder / "scan.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    rejected = len(region.rejected[["file", "line"]].drop_duplicates())
    return Scanned(
        out,
        len(findings),
        len(clusters),
        rejected,
        tuple(summary.record["warnings"]),
        telling,
        {**summary.record, **times},
    )


def _write_views(folder: Path, clusters: Sequence[Cluster], summary: Summary) -> None:
    """Write a page for each structure that the report shows."""
    view = View(summary.region, summary.day, summary.model, summary.words)
    for cluster in clusters[:SHOWN_CLUSTERS]:
        folder.mkdir(exist_ok=True)
        (folder / f"{cluster.id}.html").write_text(network_html(cluster, view), encoding="utf-8", newline="\n")


def stages(detectors: int) -> int:
    """Return how many steps of progress a scan has."""
    tables = len(schema().labels) + len(schema().relationships)
    return 2 * tables + 2 + detectors
