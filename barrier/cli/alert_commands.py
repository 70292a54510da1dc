"""`barrier alerts`: tell whom it concerns that there is something new.

Rule: messages have counts and where to look; what cannot be handed over waits and is tried again.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER, emit, json_option
from barrier.model.dates import today

_OUTBOX = click.option(
    "--outbox", type=FOLDER, default="alerts.sqlite", show_default=True, help="File in which messages wait."
)


@click.group("alerts", cls=BarrierGroup)
def group() -> None:
    r"""Tell recipients of new findings and overdue feedback, by mail, webhook or file.

    Example:
    \b
        barrier alerts send fixtures/alerts.yaml
    """


@group.command("send")
@click.argument("recipients", type=FOLDER)
@_OUTBOX
@json_option
def send_command(*, recipients: Path, outbox: Path, as_json: bool) -> None:
    r"""Write what is new to each recipient of a file, once, and hand over what waits.

    Exit code 3 says that something waits and will be tried again at the next call.

    Example:
    \b
        barrier alerts send fixtures/alerts.yaml --outbox alerts.sqlite
    """
    from barrier.schedule.alerts import read_alerts, send_alerts
    from barrier.schedule.outbox import Outbox

    box = Outbox(outbox)
    done = send_alerts(read_alerts(recipients), box, today=today())
    if as_json:
        emit(done.__dict__)
    else:
        click.echo(f"{done.written} messages written, {done.sent} handed over, {done.waiting} waiting")
        for row in box.waiting():
            click.echo(f"  waits for {row['recipient']}, tried {row['attempts']} times: {row['problem']}", err=True)
    if done.waiting:
        raise click.exceptions.Exit(3)


@group.command("list")
@_OUTBOX
@json_option
def list_command(*, outbox: Path, as_json: bool) -> None:
    r"""List messages that wait, then those that were handed over.

    Example:
    \b
        barrier alerts list --outbox alerts.sqlite
    """
    from barrier.schedule.outbox import Outbox

    box = Outbox(outbox)
    for row in [*box.waiting(), *box.sent()]:
        if as_json:
            emit({k: row[k] for k in ("id", "recipient", "written", "subject", "attempts", "problem", "sent")})
        else:
            state = f"sent {row['sent']}" if row["sent"] else f"waits, next try {row['next_try']}: {row['problem']}"
            click.echo(f"{row['written']} to {row['recipient']}: {row['subject']} [{state}]")
