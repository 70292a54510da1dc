"""`barrier schedule`: scans at set times, for those without cron.

Rule: for those with cron or systemd, `barrier scan` is safe to call from it (see deploy/).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER, emit, json_option, purpose_text_option, settings, trust_option
from barrier.cli.outfile import KEPT_FILE, OUT_FOLDER
from barrier.errors import InputError
from barrier.model.rules import office_rules
from barrier.settings import first_purpose

_DEFAULT = Path.home() / ".local" / "state" / "barrier" / "schedule.sqlite"


@click.group("schedule", cls=BarrierGroup)
def group() -> None:
    r"""Add, list, run and remove scans at set times; run them with the daemon.

    Example:
    \b
        barrier schedule list --file schedule.sqlite
    """


def _scheduled(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--file`, and hand over the schedule."""

    @functools.wraps(command)
    def with_schedule(*, file: Path, **rest: Any) -> Any:
        from barrier.schedule.jobs import Schedule  # here: its import takes half a second

        return command(schedule=Schedule(file), **rest)

    about = "File with the jobs. Default: in the state folder of the user."
    return click.option("--file", type=KEPT_FILE, default=_DEFAULT, help=about)(with_schedule)


@group.command("add")
@click.argument("name")
@click.option("--region", type=FOLDER, help="Region folder that is read each time.")
@click.option("--drop", type=FOLDER, help="Drop folder with deliveries, in place of a region folder.")
@click.option("--out", type=OUT_FOLDER, required=True, help="Folder for the results.")
@click.option("--cron", required=True, help='When, in Dutch time: "minute hour day month weekday".')
@click.option("--jitter", type=int, default=0, show_default=True, help="Random delay of at most so many seconds.")
@click.option("--timeout", type=float, default=21600.0, show_default=True, help="End a scan after so many seconds.")
@purpose_text_option
@click.option("--rules", type=FOLDER, metavar="DIR", help="Folder with your own rules. Default: from the settings.")
@trust_option
@click.option("--alerts", type=FOLDER, help="File with recipients that are told after each scan.")
@_scheduled
def add_command(
    *,
    name: str,
    region: Path | None,
    drop: Path | None,
    out: Path,
    cron: str,
    jitter: int,
    timeout: float,
    purpose: str,
    rules: Path | None,
    trusted: bool,
    alerts: Path | None,
    schedule: Any,
) -> None:
    r"""Add a scan at set times, or change it.

    Purpose and rules are kept with the job. What is dropped is never trusted: its own purpose and rules do not count.

    Example:
    \b
        barrier schedule add nightly --region fixtures/demo --out nightly --cron "15 3 * * *" --file schedule.sqlite
    """
    from barrier.results.out_place import ensure_out_folder
    from barrier.schedule.jobs import Job, office_options

    ensure_out_folder(out, [place for place in (region, drop) if place])
    if (region is None) == (drop is None):
        raise InputError([f"{name}: expected a region folder or a drop folder, one of them"])
    options = _options(purpose, rules, trusted=trusted)
    where = {"region": str(region.resolve()) if region else "", "drop": str(drop.resolve()) if drop else ""}
    where["alerts"] = str(alerts.resolve()) if alerts else ""
    job = Job(name, out=str(out.resolve()), cron=cron, jitter_s=jitter, timeout_s=timeout, options=options, **where)
    if drop:
        office_options(job)
    schedule.add(job)
    click.echo(f"{name}: {cron}")


def _options(purpose: str, rules: Path | None, *, trusted: bool) -> tuple[str, ...]:
    """Return the options that a job keeps: why, and by whose rules."""
    why, folder = first_purpose(purpose, settings().purpose), rules or settings().rules
    if folder:
        from barrier.analysis.ruleset import check_rules  # here: who lists jobs need not wait for it

        check_rules(office_rules(folder))
    named = [("--purpose", why), ("--rules", str(folder.resolve()) if folder else "")]
    return (*(text for pair in named if pair[1] for text in pair), *("--trust-delivery",) * trusted)


@group.command("list")
@json_option
@_scheduled
def list_command(*, as_json: bool, schedule: Any) -> None:
    r"""List the jobs with next and last run, how long it took and what became of it.

    Example:
    \b
        barrier schedule list --file schedule.sqlite
    """
    from barrier.schedule.jobs import clear_copies, overview

    clear_copies(schedule.path)
    rows = overview(schedule)
    for row in rows:
        if as_json:
            emit(row)
            continue
        took = f" in {row['seconds']} s" if row["last"] else ""
        click.echo(f"{row['job']}: next {row['next']}; last {row['last'] or '-'}: {row['result']}{took}")
    for note in schedule.notes():
        click.echo(f"Note: {note}", err=True)
    schedule.ensure_whole()
    if not rows:
        click.echo("No job yet: see barrier schedule add --help", err=True)


@group.command("run")
@click.argument("name")
@_scheduled
def run_command(*, name: str, schedule: Any) -> None:
    r"""Run a job now; exit code 3 when it failed.

    Example:
    \b
        barrier schedule run nightly --file schedule.sqlite
    """
    from barrier.schedule.jobs import run_job

    schedule.job(name)
    result = run_job(str(schedule.path), name)
    click.echo(f"{name}: {result}")
    if result not in ("done", "new findings", "nothing new", "done, rows set aside"):
        click.echo((schedule.last_run(name) or {}).get("said", ""), err=True)
        raise click.exceptions.Exit(3)


@group.command("remove")
@click.argument("name")
@_scheduled
def remove_command(*, name: str, schedule: Any) -> None:
    r"""Remove a job; what is known of its runs stays.

    Example:
    \b
        barrier schedule remove nightly --file schedule.sqlite
    """
    from barrier.schedule.jobs import clear_copies

    schedule.remove(name)
    clear_copies(schedule.path)
    click.echo(f"{name}: removed")


@group.command("daemon")
@click.option(
    "--file", type=KEPT_FILE, default=_DEFAULT, help="File with the jobs. Default: in the user's state folder."
)
@click.option("--once", is_flag=True, help="Run what is due and end.")
def daemon_command(*, file: Path, once: bool) -> None:
    r"""Run the jobs at their times until it is stopped; a second daemon on the same file is refused.

    Example:
    \b
        barrier schedule daemon --once --file schedule.sqlite
    """
    from barrier.schedule.daemon import serve

    serve(file, once=once)
