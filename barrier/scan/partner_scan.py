"""A scan for one partner: the region is read and looked at in memory, and only what may be told is written.

Rule: no store, snapshot or baseline is made of a view, and no number in its results counts what is withheld. No change
is told: what differs from the last view may be only what was withheld.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from barrier.advise.plan import Setting
from barrier.analysis.ruleset import unused_rules
from barrier.audit.events import ReadEvent, record
from barrier.detect.library import load_detectors
from barrier.disclosure.partner_results import PartnerResults, partner_plans, partner_results
from barrier.disclosure.partner_view import PartnerGraphs, partner_graphs, viewer_of
from barrier.erasure.erase import erase_from_view
from barrier.erasure.past_term import Limits, within_term
from barrier.erasure.results import is_results
from barrier.ingest.region import Region
from barrier.ingest.rejects import Rejects
from barrier.report.page import Summary
from barrier.results.folder import check_place
from barrier.results.worklist import worklist
from barrier.results.writing import Advised, Made, Scanned, Stopwatch, write_results
from barrier.scan.importing import Progress, read
from barrier.scan.prepared import check_audience
from barrier.scan.record import scan_record
from barrier.scan.run import Options, purpose_of

PSEUDONYMS = "ids are pseudonyms, because a part may only be seen that way"
STORE = "none"  # a view is kept nowhere but in the result folder
NO_CHANGES = "what changed since the last results is not told: only what is withheld may have changed"


def scan_for_partner(path: Path, options: Options, *, today: date, progress: Progress = lambda _s, _i: None) -> Scanned:
    """Read a region, and write the result folder that a partner may have.

    Args:
        path: The region folder (or the file of a mapping).
        options: What is asked, with the partner.
        today: The day on which the gates are looked at; the day looked at where nothing else says.
        progress: Called with stage and item.

    Raises:
        InputError: The region, the options, the partner or a detector are wrong, or the folder holds results for
            somebody else.
    """
    partner = options.partner or ""
    check_place(options.out, region=path)
    check_audience(options.out, partner)
    watch = Stopwatch()
    with watch.stage("scan"):
        detectors = [d for d in load_detectors(options.detector_folders) if d.header.status != "retired"]
        rules = options.rules_for(path)
        region = read(path, mapping=options.mapping, strict=options.strict, progress=progress, rules=rules)
        config = region.folder.config
        purpose, terms = purpose_of(region, options), options.terms(region, today)
        day, model, powers = terms.day, terms.model, terms.powers
        seen: dict[str, Any] = {"investigation": options.investigation, "consent": options.consent}
        viewer = viewer_of(partner, today, terms.rules, **seen)
        graphs = partner_graphs(within_term(region, Limits(day, {})).tables, viewer)
        results = partner_results(graphs, detectors, terms, progress=lambda d: progress("detect", d))
        plans = partner_plans(results, Setting(day, model, powers))
    notes = unused_rules(region.folder.path, trusted=False), (NO_CHANGES,) * is_results(options.out)
    shown = _as_seen(region, graphs, (*notes[0], *notes[1]))
    runs = results.found.runs
    written = scan_record(shown, runs, terms, purpose=purpose, store=STORE)
    written |= {"view": partner, "audience": _audience(graphs, results)}
    findings = results.found.findings()
    told = {"view": partner, **seen, "rules": terms.rules.digest}
    noted = record(
        ReadEvent("scan", str(options.out), region.folder.name, purpose, len(findings), written["scan_id"], **told)
    )
    advised = Advised(plans, powers, viewer.sharing, today, partner)
    made = Made(results.found, results.clusters, advised, None)
    if options.control_sample is not None:
        table = results.found.occupancy.table
        work, _ = worklist(findings, table, sample=options.control_sample, scan=written["scan_id"], store=STORE)
        made = replace(made, work=work)
    named = [*(f.subject for f in findings), *(m for c in results.clusters for m in c.record["members"])]
    words = results.words(named, config.towns())
    written |= {"readings": noted.hash}
    summary = Summary(region.folder.name, day, purpose, config.legal_basis, model, written, words)
    erase_from_view(options.out, region.protected, partner)
    return write_results(options.out, shown, made, None, summary=summary, watch=watch, settle=_nothing)


def _nothing() -> None:
    """Wait for no store."""


def _audience(graphs: PartnerGraphs, results: PartnerResults) -> dict[str, Any]:
    return {**graphs.as_record(), "not_asked": list(results.not_asked)}


def _as_seen(region: Region, graphs: PartnerGraphs, notes: tuple[str, ...]) -> Region:
    """Return a region with the counts of what a partner sees, and nothing of how it was delivered."""
    counts = graphs.tables.counts()
    return replace(
        region,
        tables=graphs.tables,
        rejected=region.rejected[:0],
        rejects=Rejects(),
        aside={},
        row_counts=(),
        notes=(*notes, *(PSEUDONYMS,) * graphs.pseudonymous),
        rows_read={name: n for name, n in counts.items() if n},
        withheld=0,
        rows_loaded=counts,
        fingerprint=graphs.tables.fingerprint,
    )
