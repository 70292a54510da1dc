"""The main job: a region folder in, findings with reasons out.

Rule: a scan needs a purpose, and its results come whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.advise.plan import Setting
from barrier.advise.plans import plans
from barrier.analysis.analyse import Known as KnownBefore
from barrier.analysis.analyse import analyse, occupancy_of
from barrier.analysis.baseline import Again, Baseline, keep_baseline, look_again, rows_held
from barrier.analysis.kept import terms_to_keep
from barrier.analysis.ruleset import RuleSet, delivery_ruleset, unused_rules
from barrier.audit.events import ReadEvent, record
from barrier.audit.places import cases_of
from barrier.detect.library import Detector, load_detectors
from barrier.detect.run import Measured
from barrier.disclosure.holders import unknown_holders
from barrier.erasure.effects import effects_by
from barrier.erasure.erase import begin
from barrier.erasure.past_term import limits_of, within_term
from barrier.erasure.settling import counting
from barrier.history.rewriting import finish_rewriting
from barrier.history.snapshots import damaged_snapshots, keep_snapshot
from barrier.ingest.known import Known
from barrier.ingest.region import Region
from barrier.model.dates import day_number
from barrier.model.rules import NO_RULES, Rules, rules_for
from barrier.model.schema import schema
from barrier.networks.parties import PartyGraph, party_graph
from barrier.printable import counted
from barrier.report.page import Summary
from barrier.results.folder import check_place
from barrier.results.snapshot import MOST_SHOWN, history_folder, past_of, snapshot_content
from barrier.results.subject_names import described_subjects
from barrier.results.worklist import worklist
from barrier.results.writing import Advised, Made, Scanned, Stopwatch, write_results
from barrier.scan.importing import Progress, load, read
from barrier.scan.memory import release_memory
from barrier.scan.prepared import Prepared, check_audience, prepare, prepared_again
from barrier.scan.record import scan_record
from barrier.settings import first_purpose, no_purpose
from barrier.store import Store, Terms
from barrier.store.ahead import LARGE_ROWS
from barrier.store.changes import Changes
from barrier.store.same_key import check_target
from barrier.store.tables import TableColumns
from barrier.traces import Traces


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
        afresh: Look everywhere, also where nothing changed since the last scan of the store.
        rules: Rules of the office, on top of the shipped ones.
        trust_delivery: Whether the rules that came with the data are used too.
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
    afresh: bool = False
    rules: Rules = NO_RULES
    trust_delivery: bool = False

    def terms(self, region: Region, today: date) -> RuleSet:
        """Return by what a region is looked at, and on which day.

        Raises:
            InputError: There is no such model, or a rule is wrong.
        """
        config = region.folder.config
        day = self.at or config.at or config.extract_date or today
        return delivery_ruleset(day, config, asked=self.model, rules=self.rules_for(region.folder.path))

    def kept(self, region: Region, terms: RuleSet, detectors: Sequence[Detector]) -> Terms:
        """Return what the store keeps of the terms, without what is protected in the region."""
        model, delivered = self.model or region.folder.config.model, len(terms.rules.files) - len(self.rules.files)
        told: dict[str, Any] = {"day": terms.day, "model": model, "delivered": delivered, "detectors": detectors}
        return terms_to_keep(terms, **told, erased=Traces(region.protected.ids))

    def rules_for(self, delivery: Path) -> Rules:
        """Return the rules of the office, and those of the delivery where it is trusted.

        Raises:
            InputError: It is trusted, and the view of a partner is asked for; or a file of it is wrong.
        """
        return rules_for(delivery, self.rules, trusted=self.trust_delivery, partner=self.partner)


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
        ValueError: The options name a partner.
        TryAgainError: The store is in use, the server is gone, or the disk is full.
    """
    if options.partner:
        raise ValueError("a scan for a partner goes through scan_for_partner, which writes only what may be told")
    check_place(options.out, store=store.name, region=path)
    check_target(store.name)
    check_audience(options.out, "")
    place = path if path.is_dir() else path.parent
    with ThreadPoolExecutor(max_workers=1) as beside:
        preparing = beside.submit(prepare, options.out, store.name, options.rules_for(place))
        return _scan(path, store, options, beside, preparing, today=today, progress=progress)


def _scan(
    path: Path,
    store: Store,
    options: Options,
    beside: Executor,
    preparing: Future[Prepared],
    *,
    today: date,
    progress: Progress,
) -> Scanned:
    watch = Stopwatch()
    detectors = [d for d in load_detectors(options.detector_folders) if d.header.status != "retired"]
    with watch.stage("read"):
        region, terms, baseline = _read_beside(path, store, options, today=today, progress=progress)
    purpose, kept_terms = purpose_of(region, options), options.kept(region, terms, detectors)
    prepared = preparing.result()  # a wrong file of the office is told before anything is replaced
    with store.writing():
        with watch.stage("load"):
            asked: dict[str, Any] = {"out": options.out, "measured": effects_by(detectors, terms)}
            erasing = begin(store, region.protected, counted=counting(region.tables, terms.day), **asked)
            baseline = None if erasing.graph else baseline  # all is looked at
            loading: dict[str, Any] = {"kept": kept_terms, "beside": beside, "progress": progress}
            before = _load(store, region, terms, detectors=detectors, baseline=baseline, **loading)
            erased = erasing.done()
        strange = unknown_holders(region.tables, prepared.sharing, prepared.powers.partners)
        region = _with_notes(region.counted(), store, [*strange, *erased.notes()])  # the tables are in the store now
        release_memory()
        if erasing.begun:
            prepared = prepared_again(prepared, options.out, store.name)
        made = _analysed(store, terms, before, prepared, detectors, today=today, watch=watch, progress=progress)
        written = scan_record(region, made.found.runs, terms, purpose=purpose, store=store.name)
        written["warnings"] += prepared.warnings
        made = replace(made, built_on=before.again.scan_id if before.again else None, erased=erased)
        findings = made.found.findings()
        read_by = ReadEvent("scan", store.name, region.folder.name, purpose, len(findings), written["scan_id"])
        noted = record(replace(read_by, rules=written["rules"]))
        config = region.folder.config
        named = [*(f.subject for f in findings), *(m for c in made.clusters for m in c.record["members"])]
        words = described_subjects(store, named, config.towns())
        if options.control_sample is not None:
            told, table = written["scan_id"], made.found.occupancy.table
            work, few = worklist(findings, table, sample=options.control_sample, scan=told, store=store.name)
            made, written["warnings"] = replace(made, work=work), [*written["warnings"], *few]
        progress("write", counted(len(findings), "finding"))
        with watch.stage("snapshot"):
            made = _kept(store, made, written=written, links=before.links())
        kept = written | {"readings": str(noted), "journal": str(cases_of(store.name).head() or "")}
        summary = Summary(region.folder.name, terms.day, purpose, config.legal_basis, terms.model, kept, words)
        done = write_results(
            options.out, region, made, prepared.previous, summary=summary, watch=watch, settle=store.settle
        )
        erasing.said()
        return done


def _read_beside(
    path: Path, store: Store, options: Options, *, today: date, progress: Progress
) -> tuple[Region, RuleSet, Baseline | None]:
    """Read a region beside what the store holds of it; return it, its rules, and what the last scan left."""
    damage: list[str] = []
    baseline = None if options.afresh else Baseline.of(store.name, damage.append)
    small = baseline is not None and rows_held(store) <= LARGE_ROWS
    if small:
        store.prefetch()
    rules = options.rules_for(path)
    known = baseline.known(store, rules) if baseline and small else None
    region, terms = _delivered(path, store, options, today=today, known=known, progress=progress)
    if known is not None and baseline is not None and baseline.known(store, rules) is None:  # another scan came between
        region, terms = _delivered(path, store, options, today=today, known=None, progress=progress)
    return replace(region, notes=(*region.notes, *damage)), terms, baseline


def _delivered(
    path: Path, store: Store, options: Options, *, today: date, known: Known | None, progress: Progress
) -> tuple[Region, RuleSet]:
    """Read a region and return what is scanned of it, without what is past its term, and by what it is looked at."""
    rules = options.rules_for(path)
    region = read(path, mapping=options.mapping, strict=options.strict, progress=progress, rules=rules, known=known)
    terms = options.terms(region, today)
    region = within_term(region, limits_of(store.name, terms.day))
    unused = unused_rules(region.folder.path, trusted=options.trust_delivery)
    return replace(region, notes=(*unused, *region.notes)), terms


def _kept(store: Store, made: Made, *, written: dict[str, Any], links: pd.DataFrame | None) -> Made:
    """Leave a snapshot and what the next scan builds on; return what was made, with the past."""
    where, day = history_folder(store.name), date.fromisoformat(written["at"])
    finish_rewriting(where)
    written["warnings"] += damaged_snapshots(where, last=MOST_SHOWN)
    told: dict[str, Any] = {"record": written, "day": day_number(day), "links": links}
    content = snapshot_content(store, made.found.findings(), made.clusters, made.found.occupancy, **told)
    keep_snapshot(where, content)
    keep_baseline(store.name, made.found, record=written)
    return replace(made, addresses=content.addresses, past=past_of(where))


def _with_notes(region: Region, store: Store, notes: Sequence[str]) -> Region:
    """Return a region with more notes, and one where the store was damaged."""
    damage = store.damage()
    said = [f"the store was damaged and was built anew from the delivery ({damage})"] if damage is not None else []
    return replace(region, notes=(*region.notes, *said, *notes))


@dataclass(frozen=True)
class _Before:
    """What is worked out from the tables of a region beside other work, and what has to be looked at again."""

    measured: Measured | None
    reading: Future[PartyGraph] | None
    again: Again | None

    def parties(self) -> PartyGraph | None:
        """Return the party graph, where it was read from the tables."""
        return self.reading.result() if self.reading else None

    def known(self) -> KnownBefore:
        """Return what is known for the analysis."""
        return KnownBefore(self.measured, self.again.anchors if self.again else None, self.parties)

    def links(self) -> pd.DataFrame | None:
        """Return the links of the party graph, where it was read from the tables."""
        return self.reading.result().links if self.reading else None


def _load(
    store: Store,
    region: Region,
    terms: RuleSet,
    *,
    kept: Terms,
    detectors: Sequence[Detector],
    baseline: Baseline | None,
    beside: Executor,
    progress: Progress,
) -> _Before:
    """Put a region into a store; from the same tables, measure the occupancy and read the party graph.

    A store takes rows in without holding Python up: where all is new, that has the other work beside it.
    """
    tables = TableColumns(region.tables)

    def read_parties() -> PartyGraph:
        return party_graph(tables, day_number(terms.day), model=terms.model, settings=terms.settings)

    small = sum(region.rows_loaded.values()) <= LARGE_ROWS
    if baseline is None:
        reading = beside.submit(read_parties) if small else None
        measuring = beside.submit(occupancy_of, tables, terms) if small else None
        load(store, region, terms=kept, progress=progress)
        return _Before(measuring.result() if measuring else None, reading, None)
    changes = store.changes(region.tables)
    looking = beside.submit(_again, baseline, region, changes, terms, detectors)
    load(store, region, terms=kept, progress=progress, settle=False, changes=changes)
    again = looking.result()
    return _Before(again.measured if again else None, beside.submit(read_parties) if small else None, again)


def _again(
    baseline: Baseline, region: Region, changes: Changes | None, terms: RuleSet, detectors: Sequence[Detector]
) -> Again | None:
    if changes is None:
        return None
    return look_again(baseline, region.tables, changes, detectors, day=terms.day, norms=terms.norms)


def _analysed(
    store: Store,
    terms: RuleSet,
    before: _Before,
    prepared: Prepared,
    detectors: Sequence[Detector],
    *,
    today: date,
    watch: Stopwatch,
    progress: Progress,
) -> Made:
    """Look at the store, and make the plans for what was found."""

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        if name == "clusters":
            progress(name, "")
        with watch.stage(name):
            yield

    told: dict[str, Any] = {"stage": stage, "progress": lambda d: progress("detect", d), "spare_failed": True}
    analysis = analyse(store, detectors, terms, known=before.known(), **told)
    found, clusters = analysis.found, analysis.clusters
    del analysis  # with the links of a large region
    progress("clusters", counted(len(clusters), "structure"))
    progress("advice", "")
    with watch.stage("advice"):
        setting = Setting(terms.day, terms.model, prepared.powers)
        made = plans(store, found.findings(), clusters, found.occupancy, setting)
    progress("advice", counted(sum(len(p.advice) for p in made), "piece of advice", "pieces of advice"))
    return Made(found, clusters, Advised(made, prepared.powers, prepared.sharing, today, None), None)


def purpose_of(region: Region, options: Options) -> str:
    """Return why a region is scanned.

    Raises:
        InputError: Neither the options nor region.yaml say.
    """
    purpose = first_purpose(options.purpose, region.folder.config.purpose)
    if not purpose:
        raise no_purpose()
    return purpose


def stages(detectors: int) -> int:
    """Return how many steps of progress a scan has."""
    tables = len(schema().labels) + len(schema().relationships)
    return 2 * tables + 7 + detectors
