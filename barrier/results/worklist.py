"""The work list of a scan: addresses to look at, with a blinded random control sample among them.

Rule: the list does not say why an address is on it; which ones are the sample is kept with the cases, for later.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from barrier.audit.events import actor
from barrier.audit.places import cases_of
from barrier.casework.evaluation import draw_sample, keep_worklist
from barrier.detect.findings import Finding
from barrier.printable import counted

NAME = "worklist.csv"


def worklist(
    findings: Sequence[Finding], occupancy: pd.DataFrame, *, sample: int, scan: str, store: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return the addresses to look at, ordered by id, and what to tell; keep which of them are the control sample.

    Args:
        findings: Of the scan; weak ones are left out.
        occupancy: Every address with anybody on it; the sample is drawn from those without any finding.
        sample: Size of the control sample.
        scan: Id of the scan.
        store: Store of the scan, with which the cases are kept.
    """
    found: dict[str, list[str]] = {}
    touched = {f.subject["id"] for f in findings}
    for finding in findings:
        if finding.subject["label"] == "Address" and finding.strength != "weak":
            found.setdefault(finding.subject["id"], []).append(finding.detector)
    quiet = [a for a in occupancy["address"] if a not in touched]
    drawn = draw_sample(quiet, sample, scan)
    work: dict[str, list[str]] = {**found, **{address: [] for address in drawn}}
    keep_worklist(cases_of(store), scan, actor(), work)
    drawn_of = f"{counted(len(drawn), 'address', 'addresses')} instead of {sample:,}"
    few = f"control sample: {drawn_of}: no more are without any finding"
    return pd.DataFrame({"label": "Address", "id": sorted(work)}), [few] if len(drawn) < sample else []
