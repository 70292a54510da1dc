"""`barrier alerts`: tell whom it concerns that there is something new.

Rule: messages have counts and where to look; what cannot be handed over waits and is tried again.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER, emit, json_option
from barrier.cli.outfile import KEPT_FILE
from barrier.errors import InputError
from barrier.model.dates import today
from barrier.printable import counted

_BEFORE = Path("alerts.sqlite")  # what this was before jobs and commands had the same
_OUTBOX = click.option(
    "--outbox", type=KEPT_FILE, help="File in which messages wait. Default: beside the recipients, NAME.outbox.sqlite."
)


@click.group("alerts", cls=BarrierGroup)
def group() -> None:
    r"""Tell recipients of new findings and overdue feedback, by mail, webhook or file.

    Example:
    \b
        barrier alerts send fixtures/alerts.yaml --outbox alerts.sqlite
    """


@group.command("send")
@click.argument("recipients", type=FOLDER)
@_OUTBOX
@json_option
def send_command(*, recipients: Path, outbox: Path | None, as_json: bool) -> None:
    r"""Write what is new to each recipient of a file, once, and hand over what waits.

    Exit code 3 says that something waits and will be tried again at the next call.

    Example:
    \b
        barrier alerts send fixtures/alerts.yaml --outbox alerts.sqlite
    """
    from barrier.schedule.alerts import read_alerts, send_alerts
    from barrier.schedule.outbox import Outbox

    box = Outbox(_outbox(recipients, outbox))
    if box.is_new():
        told = "recipients are told of every finding of the strengths they ask for"
        click.echo(f"Note: {box.path}: no outbox yet; {told}", err=True)
    done = send_alerts(read_alerts(recipients), box, today=today())
    if as_json:
        emit(done.__dict__)
    else:
        click.echo(f"{counted(done.written, 'message')} written, {done.sent} handed over, {done.waiting} waiting")
        if done.others:
            told = counted(done.others, "finding of another strength is", "findings of other strengths are")
            click.echo(f"{told} told in no message so far (strengths in {recipients.name})")
        for row in box.waiting():
            click.echo(
                f"  waits for {row['recipient']}, tried {counted(row['attempts'], 'time')}: {row['problem']}", err=True
            )
    box.ensure_whole()
    if done.waiting:
        raise click.exceptions.Exit(3)


@group.command("list")
@click.argument("recipients", type=FOLDER, required=False)
@_OUTBOX
@json_option
def list_command(*, recipients: Path | None, outbox: Path | None, as_json: bool) -> None:
    r"""List messages that wait, then those that were handed over.

    Example:
    \b
        barrier alerts list --outbox alerts.sqlite
    """
    from barrier.schedule.outbox import Outbox

    box = Outbox(_outbox(recipients, outbox))
    found = [*box.waiting(), *box.sent()]
    for row in found:
        if as_json:
            emit({k: row[k] for k in ("id", "recipient", "written", "subject", "attempts", "problem", "sent")})
        else:
            state = f"sent {row['sent']}" if row["sent"] else f"waits, next try {row['next_try']}: {row['problem']}"
            click.echo(f"{row['written']} to {row['recipient']}: {row['subject']} [{state}]")
    box.ensure_whole()
    if not found:
        click.echo("No message yet", err=True)


def _outbox(recipients: Path | None, outbox: Path | None) -> Path:
    """Return the outbox that is named, else that of the recipients, which their jobs use too.

    Raises:
        InputError: Neither is named, or what was told is kept in the outbox of before.
    """
    from barrier.results.out_place import ensure_kept_file
    from barrier.schedule.outbox import outbox_file

    if outbox:
        return outbox
    if recipients is None:
        raise InputError(["no outbox was named"], hint="name the file with recipients, or an outbox with --outbox")
    file = outbox_file(recipients)
    ensure_kept_file(file)
    if _BEFORE.is_file() and not file.exists():
        hint = f"move it to {file}, or name it with --outbox: else what it told would be told once more"
        raise InputError([f"{_BEFORE}: messages are kept beside the recipients now"], hint=hint)
    return file
