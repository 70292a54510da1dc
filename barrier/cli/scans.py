"""Commands on a region: scan, import, check, demo.

Rule: a command parses, calls one function, prints.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from barrier import resources
from barrier.cli.options import FOLDER, Day, detector_option, emit, json_option, opened, partner_options, store_options
from barrier.cli.progress import progress_bar
from barrier.errors import BarrierError
from barrier.ingest.rejects import write_rejected
from barrier.model.dates import today
from barrier.report.page import telling_lines
from barrier.scan.importing import load, read, rejected_lines
from barrier.scan.memory import fit_memory
from barrier.scan.run import Options, scan, stages
from barrier.scan.writing import Scanned

REJECTED = 2
NEW_HITS = 10
_MAPPING = click.option("--mapping", type=FOLDER, help="Mapping file (YAML) for another layout, CSV or XLSX.")
_STRICT = click.option("--strict", is_flag=True, help="Refuse the region when any row is wrong.")


@click.command("scan")
@click.argument("region", type=FOLDER)
@click.option("--out", required=True, type=FOLDER, help="Folder for the results; replaced whole at the end.")
@click.option("--at", type=Day(), help="Day to look at. Default: the extract date in region.yaml, else today.")
@click.option("--model", help="Barrier model: an id such as migrant-workers, or a YAML file.")
@click.option("--purpose", default="", help="Why you scan. Needed here or in region.yaml; it is recorded.")
@_MAPPING
@_STRICT
@store_options(required=False)
@detector_option
@partner_options
@click.option(
    "--control-sample", type=int, help="Write worklist.csv with this many random addresses among those found."
)
@click.option("--afresh", is_flag=True, help="Look everywhere, also where nothing changed since the last scan.")
@click.option("--fail-on-new", is_flag=True, help="Exit code 10 when there are findings that the last scan had not.")
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
    control_sample: int | None,
    afresh: bool,
    fail_on_new: bool,
    as_json: bool,
) -> None:
    r"""Scan a region folder and write findings, occupancy and a report.

    The graph goes into STORE, by default OUT.barrier beside the result folder. A STORE that was scanned before is
    looked at where something changed since, with the results of a scan of everything. Exit code 2 says that rows were
    set aside (see rejected.csv); the rest was scanned. With --as, all that PARTNER may not see is taken out first.

    Example:
    \b
        barrier scan fixtures/demo --out results --at 2026-09-01
    """
    options = Options(
        out, at, model, purpose, folders, mapping, strict, partner, investigation, consent, control_sample, afresh
    )
    done = _scan(region, where or str(default_store(out)), user, options)
    if as_json:
        emit(
            {
                "out": str(out),
                "findings": done.findings,
                "clusters": done.clusters,
                "rejected_rows": done.rejected,
                "scan": done.record,
            }
        )
    else:
        _tell(done)
    if done.rejected:
        raise click.exceptions.Exit(REJECTED)
    if fail_on_new and done.new:
        raise click.exceptions.Exit(NEW_HITS)


@click.command("demo")
@click.option("--out", default="barrier-demo", show_default=True, type=FOLDER, help="Folder for the results.")
def demo_command(out: Path) -> None:
    r"""Scan the bundled, fictional region and say where the report is.

    Example:
    \b
        barrier demo --out barrier-demo
    """
    done = _scan(resources.fixtures() / "demo", str(default_store(out)), "", Options(out))
    _tell(done)


def default_store(out: Path) -> Path:
    """Return where the graph of a scan goes by default: beside the result folder, never inside it."""
    return out.with_name(f"{out.name}.barrier")


def _scan(region: Path, where: str, user: str, options: Options) -> Scanned:
    fit_memory(region)
    with opened(where, user) as store, progress_bar(stages(detectors=27)) as step:
        return scan(region, store, options, today=today(), progress=step)


def _tell(done: Scanned) -> None:
    for warning in done.warnings:
        click.echo(f"Note: {warning}", err=True)
    about = sum(len(t.findings) for t in done.telling)  # as the report counts: coverage is about our own effort
    told = f"{about:,} findings about {len(done.telling):,} subjects, {done.clusters:,} structures"
    click.echo(f"{told}. Look here first:\n")
    for line in telling_lines(done.telling):
        click.echo(line)
    seconds = sum(done.record["seconds"].values())
    click.echo(f"\nReport: {(done.out / 'report.html').resolve()}  ({seconds:.1f} s)")


@click.command("import")
@click.argument("region", type=FOLDER)
@_MAPPING
@_STRICT
@store_options(required=True)
@json_option
def import_command(*, region: Path, mapping: Path | None, strict: bool, where: str, user: str, as_json: bool) -> None:
    r"""Put a region folder into a store, whole or not at all.

    Rows that are wrong are set aside in STORE.rejected.csv (for a server: rejected.csv here), with exit code 2.

    Example:
    \b
        barrier import fixtures/demo --store barrier-demo.barrier
    """
    with opened(where, user) as store, progress_bar(stages(detectors=0)) as step, store.writing():
        read_in = read(region, mapping=mapping, strict=strict, progress=step)
        done = load(store, read_in, progress=step)
    rows = sum(read_in.tables.counts().values())
    rejected = len(read_in.rejected[["file", "line"]].drop_duplicates())
    file = Path("rejected.csv") if "://" in where else Path(f"{where.rstrip('/')}.rejected.csv")
    if as_json:
        emit({"store": where, "rows": rows, "changed": done.changed, "rejected_rows": rejected, "notes": read_in.notes})
    else:
        for note in (*read_in.notes, *rejected_lines(read_in)):
            click.echo(f"Note: {note}", err=True)
        click.echo(f"{where}: {rows:,} rows " + ("loaded" if done.changed else "were there already, nothing changed"))
    if rejected:
        write_rejected(file, read_in.rejected)
        click.echo(f"{rejected:,} rows were set aside: {file}", err=True)
        raise click.exceptions.Exit(REJECTED)


@click.command("check")
@click.argument("region", type=FOLDER)
@_MAPPING
@json_option
def check_command(region: Path, mapping: Path | None, as_json: bool) -> None:
    r"""Check a region folder without loading it, and list every row that is wrong.

    Example:
    \b
        barrier check fixtures/demo
    """
    with progress_bar(stages(detectors=0) // 2) as step:
        found = read(region, mapping=mapping, strict=False, progress=step)
    if as_json:
        for row in found.rejected.to_dict("records"):
            emit(row)
    else:
        for row in found.rejected.to_dict("records"):
            place = f"{row['file']}: line {row['line']}: {row['column'] or 'row'}"
            click.echo(f"{place}: {row['reason']} (found {row['value_kind']})")
    for note in found.notes:
        click.echo(f"Note: {note}", err=True)
    good = sum(found.tables.counts().values())
    if len(found.rejected):
        raise BarrierError(
            f"{region}: {len(found.rejected[['file', 'line']].drop_duplicates()):,} rows are wrong, {good:,} are good",
            hint="mend the rows; an import sets them aside and loads the rest",
        )
    click.echo(f"{region}: {good:,} rows, all good", err=as_json)
