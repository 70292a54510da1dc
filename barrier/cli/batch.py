"""`barrier score`, `barrier generate`, `barrier doctor`.

Rule: a command parses, calls one function, prints.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from barrier.cli.options import (
    FOLDER,
    Day,
    asked_file,
    detector_option,
    emit,
    existing_store,
    json_option,
    opened,
    partner_options,
    purpose_option,
    rules_options,
    store_options,
)
from barrier.detect.library import load_detectors
from barrier.ingest.synthetic import generate
from barrier.model.dates import today
from barrier.model.rules import Rules
from barrier.report.audience import audience_line
from barrier.scan.audit import ReadEvent, record
from barrier.scan.doctor import check_up
from barrier.scan.results import write_csv
from barrier.scan.ruleset import ruleset_of
from barrier.scan.score import score
from barrier.scan.views import viewer_of
from barrier.spreadsheet import csv_text

REFUSED = 2


@click.command("score")
@click.argument("file", type=FOLDER)
@click.option("--out", type=FOLDER, help="CSV to write. Default: standard output.")
@click.option("--at", type=Day(), help="Day to look at. Default: today.")
@click.option("--column", default="id", show_default=True, help="Column with the ids.")
@click.option("--model", default="five-barriers", show_default=True, help="Barrier model: id or YAML file.")
@rules_options
@purpose_option
@store_options(required=True)
@detector_option
@partner_options
@json_option
def score_command(
    *,
    file: Path,
    out: Path | None,
    at: date | None,
    column: str,
    model: str,
    rules: Rules,
    purpose: str,
    where: str,
    user: str,
    folders: tuple[Path, ...],
    partner: str | None,
    investigation: bool,
    consent: bool,
    as_json: bool,
) -> None:
    r"""Answer a CSV of address, business or licence ids: strength by barrier, finding ids, reasons in words.

    The same rows come out with new columns. A person's id is refused, with exit code 2; the other rows are answered.

    Example:
    \b
        barrier score ids.csv --store barrier-demo.barrier --at 2026-09-01 --out answers.csv
    """
    detectors = [d for d in load_detectors(folders) if d.header.status != "retired"]
    terms = ruleset_of(at or today(), model, rules=rules)
    seen: dict[str, Any] = {"investigation": investigation, "consent": consent}
    viewer = viewer_of(partner, today(), rules, **seen) if partner else None
    with opened(existing_store(where), user) as store:
        done = score(file, store, detectors, terms, column=column, viewer=viewer)
    told = {"rules": rules.digest, "view": partner or "", **seen}
    record(ReadEvent("score", where, file.name, purpose, len(done.frame), terms.model.id, **told))
    if done.audience:
        click.echo(audience_line(done.audience), err=True)
    if as_json:
        for row in done.frame.where(done.frame.notna(), None).to_dict("records"):
            emit(row)
    elif out is None:
        click.echo(csv_text(done.frame), nl=False)
    else:
        with asked_file(out):
            write_csv(out, done.frame)
        click.echo(f"{out}: {len(done.frame):,} rows", err=True)
    for line in done.told:
        click.echo(f"Note: {line}", err=True)
    if done.refused:
        click.echo(f"Error: {done.refused} rows name a person; a person is never scored", err=True)
    if done.refused or done.has_rejects:
        raise click.exceptions.Exit(REFUSED)


@click.command("generate")
@click.option("--persons", default=3000, show_default=True, type=click.IntRange(100), help="Number of persons.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same region.")
@click.option("--out", required=True, type=FOLDER, help="Folder for the region; must not hold anything.")
@json_option
def generate_command(*, persons: int, seed: int, out: Path, as_json: bool) -> None:
    r"""Make a fictional region of any size, in the format of a region folder.

    Example:
    \b
        barrier generate --persons 200000 --seed 7 --out big-region
    """
    rows = generate(out, persons=persons, seed=seed)
    if as_json:
        emit({"out": str(out), "rows": rows})
    else:
        click.echo(f"{out}: {sum(rows.values()):,} rows in {len(rows)} tables")


@click.command("doctor")
@store_options(required=False)
@json_option
def doctor_command(*, where: str | None, user: str, as_json: bool) -> None:
    r"""Say what is installed, whether the shipped data is whole, and whether a store answers.

    Example:
    \b
        barrier doctor --store barrier-demo.barrier
    """
    if where is None:
        findings = check_up(None)
    else:
        with opened(where, user) as store:
            findings = check_up(store)
    for finding in findings:
        if as_json:
            emit(finding.__dict__)
        else:
            click.echo(f"{'ok     ' if finding.good else 'PROBLEM'} {finding.what}: {finding.found}")
    if not all(f.good for f in findings):
        raise click.exceptions.Exit(REFUSED)
