"""`barrier score`, `barrier generate`, `barrier doctor`.

Rule: a command parses, calls one function, prints.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.cli.doctor import check_up
from barrier.cli.options import (
    FOLDER,
    emit,
    existing_store,
    json_option,
    opened,
    store_options,
)
from barrier.cli.outfile import OUT_FOLDER, OutFile, out_option
from barrier.cli.reading import Reading, reading_options
from barrier.ingest.synthetic import generate
from barrier.printable import counted
from barrier.report.audience import audience_line
from barrier.results.folder import csv_bytes
from barrier.results.out_place import ensure_out_folder
from barrier.scan.score import score
from barrier.spreadsheet import csv_text

REFUSED = 2


@click.command("score")
@click.argument("file", type=FOLDER)
@out_option("CSV to write. Default: standard output.")
@click.option("--column", default="id", show_default=True, help="Column with the ids.")
@reading_options
def score_command(*, file: Path, out: OutFile, column: str, reading: Reading) -> None:
    r"""Answer a CSV of address, business or licence ids: strength by barrier, finding ids, reasons in words.

    The same rows come out with new columns. A person's id is refused, with exit code 2; the other rows are answered.

    Example:
    \b
        barrier score ids.csv --store barrier-demo.barrier --at 2026-09-01 --out answers.csv
    """
    terms = reading.terms
    with opened(existing_store(reading.store), reading.user) as store:
        done = score(file, store, reading.detectors, terms, column=column, viewer=reading.viewer())
    named = tuple(str(i).strip() for i in done.frame[column].fillna(""))
    reading.record(file.name, len(done.frame), kind="score", named=named)
    if done.audience:
        click.echo(audience_line(done.audience), err=True)
    if reading.as_json:
        for row in done.frame.where(done.frame.notna(), None).to_dict("records"):
            emit(row)
    elif out.path is None:
        click.echo(csv_text(done.frame), nl=False)
    else:
        out.write(csv_bytes(done.frame))
        click.echo(f"{out.place}: {counted(len(done.frame), 'row')}", err=True)
    for line in done.told:
        click.echo(f"Note: {line}", err=True)
    if done.refused:
        click.echo(
            f"Error: {counted(done.refused, 'row names', 'rows name')} a person; a person is never scored", err=True
        )
    if done.refused or done.has_rejects:
        raise click.exceptions.Exit(REFUSED)


@click.command("generate")
@click.option("--persons", default=3000, show_default=True, type=click.IntRange(100), help="Number of persons.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same region.")
@click.option("--out", required=True, type=OUT_FOLDER, help="Folder for the region; must not hold anything.")
@json_option
def generate_command(*, persons: int, seed: int, out: Path, as_json: bool) -> None:
    r"""Make a fictional region of any size, in the format of a region folder.

    Example:
    \b
        barrier generate --persons 200000 --seed 7 --out big-region
    """
    ensure_out_folder(out)
    rows = generate(out, persons=persons, seed=seed)
    if as_json:
        emit({"out": str(out), "rows": rows})
    else:
        click.echo(f"{out}: {counted(sum(rows.values()), 'row')} in {counted(len(rows), 'table')}")


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
