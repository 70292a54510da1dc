"""`barrier audit`: who read what, when and why.

Rule: the log holds no ids of subjects; who has an id and the key can ask who looked at it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from barrier.audit.anchors import anchors_beside, named_anchors
from barrier.audit.events import ReadEvent, accept_lost_readings, checked_log, readings, readings_about, record
from barrier.audit.marks import named
from barrier.casework.cases import By
from barrier.cli.case_commands import by_options
from barrier.cli.group import BarrierGroup
from barrier.cli.journal_commands import tell_checked
from barrier.cli.options import STORE, emit, existing_store, json_option, purpose_option, settled_results
from barrier.errors import InputError
from barrier.history.folder import is_result
from barrier.store import is_server

_ANCHOR = click.option(
    "--anchor", "anchors", multiple=True, metavar="FILE|LINE", help="A scan.json, result folder, or N:HASH."
)
_ABOUT = "Store that was read; or a result folder, which has a log for a view and for comparisons."
_STORE = click.option("--store", "where", type=STORE, required=True, metavar="STORE", help=_ABOUT)


@click.group("audit", cls=BarrierGroup)
def group() -> None:
    r"""Who read what of a store, when and why.

    Example:
    \b
        barrier audit list --store barrier-demo.barrier
    """


def _read_place(where: str) -> str:
    """Return ``where``, refused when it is neither a store nor a result folder."""
    if not is_server(where) and is_result(Path(where)):
        return str(settled_results(Path(where)).resolve())
    return existing_store(where)


def _show(lines: list[dict[str, Any]], *, as_json: bool) -> None:
    for line in lines:
        if as_json:
            emit(line)
            continue
        asked = " (about something)" if line.get("asked") else ""
        why = "purpose erased" if line.get("purpose") is None else line["purpose"] or "no purpose"
        view = f" as {line['view']}" if line.get("view") else ""
        what = f"{line.get('action', '')} {line['subject']}".strip()
        click.echo(f"{line['n']}: {line.get('when', '')} {line.get('actor', '')}{view}: {what}{asked}: {why}")


@group.command("list")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many, the newest.")
@_STORE
@purpose_option
@json_option
def list_command(*, where: str, last: int, purpose: str, as_json: bool) -> None:
    r"""List the readings of a store, the newest last.

    Example:
    \b
        barrier audit list --last 20 --store barrier-demo.barrier
    """
    where = _read_place(where)
    lines = readings(where)
    record(ReadEvent("audit", where, "list", purpose, len(lines)))
    if len(lines) > last:
        click.echo(f"Note: {len(lines) - last:,} earlier ones left out; raise --last", err=True)
    _show(lines[-last:], as_json=as_json)


@group.command("show")
@click.argument("number", type=int)
@_STORE
@purpose_option
def show_command(*, number: int, where: str, purpose: str) -> None:
    r"""Show one reading with all that is kept of it, as a JSON object.

    Example:
    \b
        barrier audit show 1 --store barrier-demo.barrier
    """
    where = _read_place(where)
    found = [x for x in readings(where) if x["n"] == number]
    if not found:
        raise InputError([f"{number}: no such line in the log"], hint="see: barrier audit list")
    record(ReadEvent("audit", where, "show", purpose, 1))
    for line in found:
        emit(line)


@group.command("about")
@click.argument("id")
@_STORE
@purpose_option
@json_option
def about_command(*, id: str, where: str, purpose: str, as_json: bool) -> None:
    r"""Say who asked for an id: an address, business, structure, signal or case. A case also has its own id.

    Example:
    \b
        barrier audit about ring-lender --store barrier-demo.barrier
    """
    where = _read_place(where)
    lines = readings_about(where, id)
    record(ReadEvent("audit", where, id, purpose, len(lines)))
    _show(lines, as_json=as_json)
    if many := sum("unnamed" in line for line in readings(where)):
        click.echo(
            f"Note: {many} readings asked for too many ids at once to keep which; see: barrier audit list", err=True
        )
    if not lines:
        click.echo("Nobody asked for it by this id; lists and queries do not say what was in them.", err=True)


@group.command("verify")
@_ANCHOR
@_STORE
def verify_command(*, where: str, anchors: tuple[str, ...]) -> None:
    r"""Check the log: no line changed, missing, swapped or added, none made up anew. Exit code 2 when one is.

    Example:
    \b
        barrier audit verify --store barrier-demo.barrier
    """
    where = _read_place(where)
    known = [*named_anchors(anchors, "readings"), *anchors_beside(where, "readings")]
    found = checked_log(where, known)
    tell_checked("audit", found, "purpose", len(known))
    here = {hash_: number for number, hash_ in found.hashes.items()}
    last = max((here.get(a.hash, 0) for a in known), default=0)
    later = (found.head.number if found.head else 0) - last
    click.echo(
        f"{later} lines are later than any line kept elsewhere: that none was cut off after them, or that all were not "
        "written anew, only a line kept elsewhere (--anchor) can tell.",
        err=True,
    )


@group.command("restored")
@_ANCHOR
@by_options
@_STORE
def restored_command(*, where: str, anchors: tuple[str, ...], by: By) -> None:
    r"""Go on with a log that was cut off, removed or not copied along: it keeps which line is missing, and why.

    Example:
    \b
        barrier audit restored --by Jansen --reason "moved to a new machine" --store barrier-demo.barrier
    """
    by.reasoned()
    lost = accept_lost_readings(_read_place(where), by.person, by.reason, named_anchors(anchors, "readings"))
    click.echo(f"audit: {', '.join(named(line) for line in lost)} lost; recorded by {by.person}")
