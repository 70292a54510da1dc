"""The report: one page for a person to read, without network, that prints.

Rule: everything from the data is escaped by the template engine; what was not looked at stands beside what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from barrier.detect.findings import TERM_DAYS, Finding
from barrier.detect.innocence import not_checked
from barrier.detect.library import Detector
from barrier.detect.sentences import NOT_SHOWN, people_words, sentence, spoken, spoken_fact
from barrier.history.diff import Changes
from barrier.history.folder import Record
from barrier.model.barriers import ACROSS, BarrierModel
from barrier.networks.clusters import Cluster
from barrier.printable import visible
from barrier.report.audience import audience_line
from barrier.report.charts import Past, crowding_chart, structures_chart
from barrier.report.layout import layer_pictures
from barrier.report.plans import PlanTable, Seeing
from barrier.report.telling import COVERAGE, Telling, telling_order

SHOWN_FINDINGS = 60
SHOWN_ADDRESSES = 40
SHOWN_TELLING = 10
SHOWN_CLUSTERS = 20
SHOWN_CHANGES = 15
_VERDICTS = {
    "overcrowded": "Overcrowded",
    "possibly_overcrowded": "Possibly overcrowded",
    "area_unreliable": "Area says nothing",
    "explained": "Full, but explained",
    "ok": "Within the norm",
}


@dataclass(frozen=True)
class Summary:
    """What a report says about the scan itself.

    Args:
        region: Name of the region.
        day: Day looked at.
        purpose: Why.
        legal_basis: On which ground.
        model: Barrier model.
        record: Content of scan.json but for times.
        words: What each subject is, by id.
    """

    region: str
    day: date
    purpose: str
    legal_basis: str
    model: BarrierModel
    record: dict[str, Any]
    words: Mapping[str, str]


@lru_cache(maxsize=1)
def page_template() -> jinja2.Template:
    """Return the template of the page; what is asked for once is not compiled again."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"spoken": spoken, "spoken_fact": spoken_fact, "people": people_words}
    return environment.get_template("report.html.j2")


def report_html(
    summary: Summary,
    findings: Sequence[Finding],
    detectors: Sequence[Detector],
    occupancy: pd.DataFrame,
    *,
    telling: Sequence[Telling],
    clusters: Sequence[Cluster] = (),
    plans: Mapping[str, PlanTable] | None = None,
    seeing: Seeing | None = None,
    changes: Changes | None = None,
    past: Past | None = None,
) -> str:
    """Return the page.

    Args:
        summary: About the scan.
        findings: All findings.
        detectors: The detectors that ran.
        occupancy: Columns of occupancy.csv.
        telling: Subjects, most telling first.
        clusters: Structures, best first.
        plans: Draft plan by structure.
        seeing: Which partner may see which kind of data.
        changes: What changed since the last scan into the same folder.
        past: What the scans before tell together.
    """
    by_id, found = {d.id: d for d in detectors}, {f.id: f for f in findings}
    coverage = [f for f in findings if f.subject["label"] == COVERAGE]
    not_looked_for = _not_looked_for(summary.record["detectors"])
    hidden = (summary.record.get("audience") or {}).get("pseudonyms")

    def said(finding: Finding) -> str:
        return sentence(finding, by_id[finding.detector], unknown=NOT_SHOWN if hidden else "unknown")

    page = page_template().render(
        s=summary,
        audience=audience_line(summary.record["audience"]) if summary.record.get("audience") else "",
        partly=bool((summary.record.get("audience") or {}).get("not_asked")),
        telling=telling[:SHOWN_TELLING],
        subjects=len(telling),
        clusters=[c.record for c in clusters[:SHOWN_CLUSTERS]],
        pictures={c.id: layer_pictures(c.graph) for c in clusters[:SHOWN_CLUSTERS]},
        plans=plans or {},
        seeing=seeing,
        changes=changes,
        past=past,
        charts=[structures_chart(past), crowding_chart(past)] if past else [],
        shown_changes=SHOWN_CHANGES,
        fates=[f for f in changes.fates if f.fate != "same"] if changes else [],
        more_clusters=max(0, len(clusters) - SHOWN_CLUSTERS),
        titles=summary.model.title,
        steps=_steps(
            summary.model,
            [f for f in findings if f.subject["label"] != COVERAGE],
            detectors,
            not_looked_for,
        ),
        coverage=[(f, said(f)) for f in sorted(coverage, key=_by_signals)],
        not_checked=not_checked(summary.record["rows_loaded"]),
        coverage_unread=_coverage_unread(detectors, not_looked_for),
        detectors=detectors,
        sentence=said,
        name=lambda f: by_id[f.detector].header.name,
        told=lambda record: _told(record, by_id, found),
        shown=SHOWN_FINDINGS,
        verdicts=[(name, int((occupancy["verdict"] == key).sum())) for key, name in _VERDICTS.items()],
        explained=_addresses(occupancy, "explained"),
        unreliable=_addresses(occupancy, "area_unreliable"),
        shown_addresses=SHOWN_ADDRESSES,
        term_days=TERM_DAYS,
        total=len(findings) - len(coverage),
        fact_name=lambda d, n: d.header.facts[n].about if n in d.header.facts else n.replace("_", " "),
    )
    return visible(page)


def _not_looked_for(detectors: Sequence[Record]) -> dict[str, str]:
    """Return, by rule, what it did not look for, or that it could not be asked at all."""
    unread = {d["id"]: str(d["unread"]) for d in detectors if "unread" in d}
    return unread | {d["id"]: f"could not be asked: {d['failed']}" for d in detectors if "failed" in d}


_COVERED = "coverage"  # in the key of a rule: it is about a municipality and a sector


def _coverage_unread(detectors: Sequence[Detector], unread: Mapping[str, str]) -> list[str]:
    """Return why rules about sectors where nobody looked say nothing, one that could not be asked each."""
    return [unread[d.id] for d in detectors if _COVERED in d.header.key and d.id in unread]


def _told(record: Record, detectors: Mapping[str, Detector], found: Mapping[str, Finding]) -> str:
    """Return a finding of this scan in words; of one that is gone only its rule: its facts may be past their term."""
    detector, finding = detectors.get(record["detector"]), found.get(record["id"])
    name = detector.header.name if detector else str(record["detector"]).replace("_", " ")
    return f"{name}: {sentence(finding, detector)}" if detector and finding else name


def _steps(
    model: BarrierModel, findings: Sequence[Finding], detectors: Sequence[Detector], unread: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the barriers in the order of the model, each with its detectors and their findings."""
    found: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=telling_order):
        found.setdefault(finding.detector, []).append(finding)
    steps = []
    for barrier in [*(b.id for b in model.barriers), ACROSS]:
        here = [d for d in detectors if model.place(d.header.barrier) == barrier]
        mine: list[tuple[Detector, list[Finding]]] = [(d, found.get(d.id, [])) for d in here]
        hits = [x for x in mine if x[1]]
        hits.sort(key=_first_order)
        everything = [f for _, fs in mine for f in fs]
        steps.append(
            {
                "id": barrier,
                "name": model.title(barrier),
                "about": next((b.about for b in model.barriers if b.id == barrier), ""),
                "hits": hits,
                "silent": [d for d, fs in mine if not fs and not unread.get(d.id)],
                "unread": [(d, unread[d.id]) for d, fs in mine if not fs and unread.get(d.id)],
                "counts": {s: sum(f.strength == s for f in everything) for s in ("strong", "medium", "weak")},
            }
        )
    return steps


def _first_order(hits: tuple[Detector, list[Finding]]) -> tuple[int, int, str]:
    return telling_order(hits[1][0])


def _addresses(occupancy: pd.DataFrame, verdict: str) -> list[dict[str, Any]]:
    rows = occupancy[occupancy["verdict"] == verdict]
    rows = rows.assign(people=rows[["possible", "observed"]].max(axis=1))
    rows = rows.sort_values(["people", "address"], ascending=[False, True])
    return [{str(k): v for k, v in r.items()} for r in rows.to_dict("records")]


def _by_signals(finding: Finding) -> tuple[int, str]:
    return -int(finding.facts["origins"]["value"]), finding.id


def telling_lines(telling: Iterable[Telling], *, limit: int = SHOWN_TELLING) -> list[str]:
    """Return the first subjects as lines for a terminal."""
    return [f"{i}. {t.line}" for i, t in enumerate(list(telling)[:limit], start=1)]
