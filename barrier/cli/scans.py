"""Commands that scan a region: scan, demo.

Rule: what takes long to import is imported when the command runs, while the graph of its store is read already.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from barrier import resources
from barrier.cli.options import (
    FOLDER,
    NOT_ASKED,
    REJECTED,
    Day,
    detector_option,
    json_option,
    mapping_option,
    office_rules_option,
    partner_options,
    purpose_text_option,
    store_options,
    strict_option,
    trust_option,
)
from barrier.cli.outfile import OUT_FOLDER
from barrier.errors import InputError
from barrier.model.rules import Rules
from barrier.store.ahead import read_ahead

NEW_HITS = 10


@click.command("scan")
@click.argument("region", type=FOLDER)
@click.option("--out", required=True, type=OUT_FOLDER, help="Folder for the results; replaced whole at the end.")
@click.option("--at", type=Day(), help="Day to look at. Default: the extract date in region.yaml, else today.")
@click.option("--model", help="Barrier model: an id such as migrant-workers, or a YAML file.")
@purpose_text_option
@mapping_option
@strict_option
@store_options(required=False)
@detector_option
@partner_options
@office_rules_option
@trust_option
@click.option(
    "--control-sample",
    type=click.IntRange(min=1),
    help="Write worklist.csv with this many random addresses among those found.",
)
@click.option("--afresh", is_flag=True, help="Look everywhere, also where nothing changed since the last scan.")
@click.option("--fail-on-new", is_flag=True, help="Exit code 10 when there are findings that the last scan had not.")
@click.option("--quiet", is_flag=True, help="Do not say how far it is.")
@json_option
def scan_command(
    *,
    region: Path,
    out: Path,
    at: date | None,
    model: str | None,
    purpose: str,
    mapping: Path | None,
    strict: bool,
    where: str | None,
    user: str,
    folders: tuple[Path, ...],
    partner: str | None,
    investigation: bool,
    consent: bool,
    rules: Rules,
    trusted: bool,
    control_sample: int | None,
    afresh: bool,
    fail_on_new: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    r"""Scan a region folder and write findings, occupancy and a report.

    The graph goes into STORE, by default OUT.barrier beside the result folder. A STORE that was scanned before is
    looked at where something changed since, with the results of a scan of everything. Exit code 2 says that rows were
    set aside (see rejected.csv), exit code 3 with results that a rule could not be asked; the rest was scanned. With
    --as, only what PARTNER may know of a whole scan is written, and no store.

    Example:
    \b
        barrier scan fixtures/demo --out results --at 2026-09-01
    """
    if partner and where:
        hint = "leave --store out; of a store that is there: barrier networks, view, advise, case … --as PARTNER"
        raise InputError(["--store with --as: a scan for a partner keeps no store"], hint=hint)
    if partner and fail_on_new:
        hint = "scan without --as to know what is new; barrier alerts send tells a partner what it was not told before"
        raise InputError(["--fail-on-new with --as: of a view it is not known what is new"], hint=hint)
    store = where or str(default_store(out))
    if not (afresh or partner):
        read_ahead(Path(store))
    # here, because the graph is read meanwhile
    from barrier.cli.scanning import Options, delivery_purpose, run_scan, tell, tell_json

    purpose = delivery_purpose(purpose, region, mapping)
    options = Options(
        out,
        at,
        model,
        purpose,
        folders,
        mapping,
        strict,
        partner,
        investigation,
        consent,
        control_sample,
        afresh,
        rules,
        trusted,
    )
    done = run_scan(region, store, user, options, quiet=quiet)
    (tell_json if as_json else tell)(done)
    if done.failed:
        raise click.exceptions.Exit(NOT_ASKED)
    if done.rejected:
        raise click.exceptions.Exit(REJECTED)
    if fail_on_new and done.new:
        raise click.exceptions.Exit(NEW_HITS)


@click.command("demo")
@click.option("--out", default="barrier-demo", show_default=True, type=OUT_FOLDER, help="Folder for the results.")
def demo_command(out: Path) -> None:
    r"""Scan the bundled, fictional region and say where the report is.

    Example:
    \b
        barrier demo --out barrier-demo
    """
    from barrier.cli.scanning import Options, run_scan, tell

    tell(run_scan(resources.fixtures() / "demo", str(default_store(out)), "", Options(out)))


def default_store(out: Path) -> Path:
    """Return where the graph of a scan goes by default: beside the result folder, never inside it."""
    named = out if out.name not in ("", "..") else out.resolve()  # such as `.`, which a scan refuses with words
    return named.parent / f"{named.name or 'results'}.barrier"
