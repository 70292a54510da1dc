"""A scan from the command line: what it does and what it tells.

Rule: the scan itself knows nothing of a terminal.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.cli.options import emit, needed_purpose, opened
from barrier.cli.progress import progress_bar
from barrier.detect.library import detector_files
from barrier.model.dates import today
from barrier.printable import counted
from barrier.report.page import telling_lines
from barrier.results.writing import Scanned
from barrier.scan.importing import stated_purpose
from barrier.scan.memory import fit_memory, tune_process
from barrier.scan.partner_scan import scan_for_partner
from barrier.scan.run import Options, scan, stages

__all__ = ["Options", "delivery_purpose", "run_scan", "tell", "tell_json"]


def delivery_purpose(given: str, region: Path, mapping: Path | None) -> str:
    """Return why a region is read: as given, as the settings say, or as the delivery says.

    Raises:
        InputError: Nobody says it, and nobody is there to be asked.
    """
    return needed_purpose(given, stated_purpose(region, mapping))


def run_scan(region: Path, where: str, user: str, options: Options, *, quiet: bool = False) -> Scanned:
    """Scan a region into a store, or for a partner into none, and say meanwhile how far it is."""
    tune_process()  # again, now that all is imported
    fit_memory(region)
    steps = stages(detectors=len(detector_files(options.detector_folders)))
    if options.partner:
        with progress_bar(steps, quiet=quiet) as step:
            return scan_for_partner(region, options, today=today(), progress=step)
    with opened(where, user, filled=True) as store, progress_bar(steps, quiet=quiet) as step:
        return scan(region, store, options, today=today(), progress=step)


def tell(done: Scanned) -> None:
    """Print what a scan found, for people."""
    for warning in done.warnings:
        click.echo(f"Note: {warning}", err=True)
    for folder in done.unreached:
        click.echo(
            f"Note: {folder}: older results could not be reached; what is protected now may stand in them", err=True
        )
    about = sum(len(t.findings) for t in done.telling)  # as the report counts: coverage is about our own effort
    told = f"{counted(about, 'finding')} about {counted(len(done.telling), 'subject')}"
    click.echo(f"{told}, {counted(done.clusters, 'structure')}." + " Look here first:\n" * bool(done.telling))
    for line in telling_lines(done.telling):
        click.echo(line)
    seconds = sum(done.record["seconds"].values())
    click.echo(f"\nReport: {(done.out / 'report.html').resolve()}  ({seconds:.1f} s)")


def tell_json(done: Scanned) -> None:
    """Print what a scan found, for scripts."""
    counts = {"findings": done.findings, "clusters": done.clusters, "rejected_rows": done.rejected}
    unreached = {"results_unreached": [str(p) for p in done.unreached]} if done.unreached else {}
    emit({"out": str(done.out), **counts, **unreached, "scan": done.record})
