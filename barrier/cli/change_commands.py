"""`barrier unusual` and `barrier displacement`: what the scans of a store say about change.

Rule: effort stands beside every count; too little data is said to be too little.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.audit.events import ReadEvent, record
from barrier.cli.history_commands import kept_of
from barrier.cli.options import FOLDER, REJECTED, STORE, emit, json_option, opened, purpose_option, store_options
from barrier.errors import InputError
from barrier.history.anomalies import ALARMS_A_YEAR, LEAST_WEEKS, full_addresses, unusual, weekly
from barrier.history.displacement import WINDOW_DAYS, Displacement, Events, alternates, displaced, read_events
from barrier.results.snapshot import geography, interventions


@click.command("unusual")
@click.option("--store", "where", type=STORE, required=True, metavar="STORE", help="Store that was scanned.")
@click.option(
    "--alarms-a-year", type=float, default=ALARMS_A_YEAR, show_default=True, help="False alarms that are accepted."
)
@purpose_option
@json_option
def unusual_command(*, where: str, alarms_a_year: float, purpose: str, as_json: bool) -> None:
    r"""Show which counts of the last week, and which addresses, their own past does not explain.

    New findings are counted by rule and municipality, sector and region, and compared with their past, the season and
    the other places; visits stand beside. docs/backtest.md says how soon a rise is found.

    Example:
    \b
        barrier unusual --store barrier-demo.barrier
    """
    kept = kept_of(where)
    panel = weekly(kept)
    enough = len(panel.counts) > LEAST_WEEKS
    found = [*unusual(panel, alarms_a_year=alarms_a_year), *full_addresses(kept, alarms_a_year=alarms_a_year)]
    record(ReadEvent("history", where, "unusual", purpose, len(found)))
    if as_json:
        for one in found:
            emit({**one.__dict__, "week": one.week.isoformat()})
        return
    if not enough:
        click.echo(f"Not enough data: {len(kept)} scans; {LEAST_WEEKS} weeks before the last ones are needed.")
        return
    series = panel.counts.shape[1]
    click.echo(f"{len(found)} of {series} series unusual; about {alarms_a_year:g} a year would be by chance.")
    for one in found:
        click.echo(one.told())


@click.command("displacement")
@store_options(required=True)
@click.option("--events", type=FOLDER, help="CSV with date,kind,place,note. Default: interventions of the cases.")
@click.option("--window", type=int, default=WINDOW_DAYS, show_default=True, help="Days before and after.")
@purpose_option
@json_option
def displacement_command(
    *, where: str, user: str, events: Path | None, window: int, purpose: str, as_json: bool
) -> None:
    r"""Show what happened in and around a place after somebody stepped in there, and who turned up elsewhere.

    A place is an address, a business or a municipality. Below that: structures that went from one municipality to
    another and back.

    Example:
    \b
        barrier displacement --store barrier-demo.barrier --events fixtures/events.csv
    """
    kept = kept_of(where)
    with opened(where, user) as store:
        place = geography(store, kept)
    listed = read_events(events, place, last=kept[-1].day) if events else Events(tuple(interventions(where)))
    found = listed.found
    if not found:
        other = f"{events} holds none" if events else "give --events FILE"
        raise InputError(["no event to look at"], hint=f"record interventions with barrier case; {other}")
    record(ReadEvent("history", where, "displacement", purpose, len(found)))
    for event in found:
        one = displaced(kept, event, place, window=window)
        if as_json:
            emit(_told(one))
        else:
            _show(one)
    for row in alternates(kept, place.towns):
        stays = ", ".join(f"{s['municipality']} since {s['since']}" for s in row["stays"])
        if as_json:
            emit(row)
        else:
            click.echo(f"structure {row['structure']} alternates: {stays}")
    for line in listed.told:
        click.echo(f"Note: {line}", err=True)
    if listed.has_rejects:
        raise click.exceptions.Exit(REJECTED)


def _told(one: Displacement) -> dict[str, object]:
    event = {**one.event.__dict__, "day": one.event.day.isoformat()}
    zones = [z.__dict__ for z in one.zones]
    came = [{"id": i, "likely": likely} for i, likely in one.came]
    told = {"per_visit": one.per_visit, "followed": one.followed, "came": came, "likely_not_seen": one.not_seen}
    return {"event": event, "zones": zones, "ratio": one.ratio, "verdict": one.verdict, **told}


def _show(one: Displacement) -> None:
    note = f" ({one.event.note})" if one.event.note else ""
    click.echo(f"{one.event.day} {one.event.kind} at {one.event.place}{note}: {one.verdict}")
    for zone in one.zones:
        effort = f"visits {zone.visits_before} and {zone.visits_after}"
        click.echo(f"  {zone.where}: {zone.before} new findings before, {zone.after} after; {effort}")
    if one.ratio:
        interval = f"{one.ratio[0]:g} ({one.ratio[1]:g} to {one.ratio[2]:g})"
        click.echo(f"  ring and tied against elsewhere: {interval}; for as many visits {one.per_visit:g}")
    for detector, before, after in one.by_form:
        click.echo(f"  {detector}: {before} before, {after} after, close by")
    if one.came or one.not_seen:
        joined = [f"{i} (a tie made it likely)" if likely else f"{i} (no tie before)" for i, likely in one.came]
        click.echo(
            f"  joined since: {', '.join(joined) or 'nobody'}; {one.not_seen} others were likely and did not come"
        )
    for row in one.followed:
        towns = ", ".join(row["municipalities"])
        click.echo(f"  {', '.join(row['members'])} now at {', '.join(row['new_addresses'])} ({towns})")
