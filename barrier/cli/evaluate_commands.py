"""`barrier evaluate`: what looking brought, by detector, beside the control sample.

Rule: this is the only place where the control sample is told apart from findings.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.audit.events import ReadEvent, record
from barrier.audit.places import cases_of
from barrier.casework.evaluation import Outcomes, hit_rates, read_outcomes
from barrier.cli.options import FOLDER, REJECTED, STORE, emit, existing_store, json_option, purpose_option
from barrier.cli.outfile import KEPT_FILE


@click.command("evaluate")
@click.option("--store", "where", type=STORE, required=True, metavar="STORE", help="Store the cases belong to.")
@click.option("--outcomes", type=FOLDER, help="CSV with id and outcome of the work list that was looked at.")
@click.option("--cases", "file", type=KEPT_FILE, help="File with the cases. Default: in the store's folder.")
@purpose_option
@json_option
def evaluate_command(*, where: str, outcomes: Path | None, file: Path | None, purpose: str, as_json: bool) -> None:
    r"""Show how often looking brought something: by detector, and for the random control sample.

    Example:
    \b
        barrier evaluate --store barrier-demo.barrier
    """
    database = cases_of(existing_store(where), file)
    known = read_outcomes(outcomes, database) if outcomes else Outcomes({})
    rates = hit_rates(database, known.by_subject)
    record(ReadEvent("evaluate", where, "evaluate", purpose, len(rates)))
    for r in rates:
        if as_json:
            emit({**r.__dict__, "rate": round(r.rate, 3)})
        else:
            click.echo(
                f"{r.detector}: {r.hits} of {r.looked} ({r.rate:.0%}, 95 % between {r.low:.0%} and {r.high:.0%})"
            )
    for line in known.told:
        click.echo(f"Note: {line}", err=True)
    if not rates:
        others = f"{outcomes} holds none of a work list" if outcomes else "give --outcomes"
        click.echo(f"No outcome is recorded yet: see barrier case outcome; {others}.", err=True)
    if known.has_rejects:
        raise click.exceptions.Exit(REJECTED)
