"""What scan.json says of rows that were set aside, and on which tables each rule rests.

Rule: of the rows only their number and a mark of sixteen bits are kept: enough to see that others are set aside today,
too few to try out ids that somebody knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from barrier.detect.ground import tables_read
from barrier.detect.run import DetectorRun
from barrier.errors import InputError
from barrier.ingest.region import Region
from barrier.keys import Purpose, keyed_hash
from barrier.printable import counted
from barrier.scan.importing import falling, rejected_lines

_MARK_DIGITS = 4


def rows_set_aside(region: Region) -> dict[str, list[Any]]:
    """Return how many rows of each table are set aside, with the mark; empty where there is no key."""
    return {name: [rows.rows, _mark(rows.digest)] for name, rows in sorted(region.aside.items())}


def _mark(digest: str) -> str:
    try:
        return keyed_hash(digest, Purpose.PROTECTED)[:_MARK_DIGITS]
    except InputError:
        return ""


def used_detector(run: DetectorRun) -> dict[str, Any]:
    """Return what scan.json says of a rule: the tables that it rests on, what of them was not read, why it failed."""
    detector, header = run.detector, run.detector.header
    told = {"unread": run.unread} if run.unread else {}
    told |= {"failed": run.failed} if run.failed else {}
    return {
        "id": detector.id,
        "version": header.version,
        "hash": detector.digest,
        "reads": sorted(tables_read(detector)),
        **told,
    }


def failed_warnings(runs: Iterable[DetectorRun]) -> list[str]:
    """Return what a scan says of rules that could not be asked."""
    return [
        f"{run.detector.id} could not be asked, so what it would find is not known: {run.failed}"
        for run in runs
        if run.failed
    ]


def set_aside_warning(region: Region) -> list[str]:
    """Return what a scan says of rows that were set aside."""
    count = region.rejects.rows()
    follow = f" ({falling(region)})" if falling(region) else ""
    return (
        [f"{counted(count, 'row was', 'rows were')} set aside{follow}, see rejected.csv", *rejected_lines(region)]
        if count
        else []
    )
