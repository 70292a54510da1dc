"""`barrier retention`: what is past its term, erasing it, and extending a term.

Rule: without --erase nothing changes; erasing and extending need a name, extending a reason.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import click

from barrier.audit.events import ReadEvent, actor, record
from barrier.audit.places import cases_of
from barrier.casework.cases import By
from barrier.casework.terms import Extensions, shipped_terms
from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER, Day, emit, json_option, opened, purpose_option, store_options
from barrier.erasure.retention import erase, past_terms, signal_ends
from barrier.errors import InputError
from barrier.model.dates import today
from barrier.printable import counted

AHEAD_DAYS = 31  # so far ahead erasing looks without --really-on: a month, for who erases before it begins

_ONE = {
    "signals": "signal",
    "links": "link",
    "persons, contacts and visits without a link": "person, contact or visit without a link",
    "snapshots": "snapshot",
    "snapshots with expired findings": "snapshot with expired findings",
}


@click.group("retention", cls=BarrierGroup)
def group() -> None:
    r"""Erase what is past its term, or extend the term of a signal.

    Example:
    \b
        barrier retention run --store barrier-demo.barrier
    """


def _extensions(where: str) -> Extensions:
    return Extensions(cases_of(where), shipped_terms())


def _check_ahead(day: date, *, meant: bool) -> None:
    """Refuse to erase as on a day that is far ahead: a slip of the keyboard there empties the store.

    Raises:
        InputError: It is, and nobody said that it is meant.
    """
    if meant or day <= today() + timedelta(days=AHEAD_DAYS):
        return
    hint = "look at the numbers without --erase; where this day is meant, add --really-on"
    raise InputError([f"--on {day}: more than {AHEAD_DAYS} days ahead; what is not past its term yet stays"], hint=hint)


@group.command("run")
@store_options(required=True)
@click.option("--results", multiple=True, type=FOLDER, help="Result folder that goes with the store. May be repeated.")
@click.option("--on", "day", type=Day(), help="Day on which terms are looked at. Default: today.")
@click.option("--erase", "really", is_flag=True, help="Erase it; without this, only the numbers are told.")
@click.option("--really-on", "meant", is_flag=True, help="Erase although --on is more than 31 days ahead.")
@click.option("--by", "name", default="", metavar="NAME", help="Who has it erased.")
@purpose_option
@json_option
def run_command(
    *,
    where: str,
    user: str,
    results: tuple[Path, ...],
    day: date | None,
    really: bool,
    meant: bool,
    name: str,
    purpose: str,
    as_json: bool,
) -> None:
    r"""Tell what is past its term, and with --erase erase it from the store, its snapshots, results and cases.

    Signals go when their own term has passed, links five years after they ended (graphs/retention.yaml), and with them
    whoever has no link left. The journal of the cases keeps that it was done, by whom, and how many.

    Example:
    \b
        barrier retention run --store barrier-demo.barrier --on 2027-01-01
    """
    extensions, now = _extensions(where), day or today()
    if really:
        _check_ahead(now, meant=meant)
    with opened(where, user) as store:
        past = past_terms(store, extensions.terms, now, extensions.until())
        record(ReadEvent("retention", where, "erase" if really else "run", purpose, sum(past.numbers().values())))
        lines: list[str] = []
        if really:
            with store.writing():
                lines = erase(store, past, results, By(name, actor()), today=now)
    if as_json:
        emit({"on": now.isoformat(), "erased": really, **past.numbers()})
        return
    click.echo(
        f"On {now} past its term: " + ", ".join(counted(n, _ONE[what], what) for what, n in past.numbers().items())
    )
    for line in lines:
        click.echo(line)
    click.echo(
        "Erased." if really else "Nothing was changed. To erase: --erase --by NAME (name results with --results)"
    )


@group.command("extend")
@click.argument("signal")
@store_options(required=True)
@click.option("--until", type=Day(), required=True, help="First day the signal no longer counts.")
@click.option("--by", "name", default="", metavar="NAME", help="Who extends it.")
@click.option("--reason", default="", help="Why.")
@purpose_option
def extend_command(*, signal: str, where: str, user: str, until: date, name: str, reason: str, purpose: str) -> None:
    r"""Extend the term of a signal, with a name and a reason, as often as graphs/retention.yaml allows.

    Example:
    \b
        barrier retention extend s-0000001 --until 2028-06-01 --by A --reason "case" --store barrier-demo.barrier
    """
    extensions = _extensions(where)
    with opened(where, user) as store:
        ends = signal_ends(store, signal, extensions.until())
    record(ReadEvent("retention", where, f"extend {signal}", purpose, 1))
    extensions.extend(signal, until, By(name, actor(), reason), ends=ends, today=today())
    click.echo(f"{signal}: counts until {until}")
