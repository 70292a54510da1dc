"""`barrier history`: what the scans of a store tell together.

Rule: a structure is one line, whatever its id on a day.
"""

from __future__ import annotations

import click

from barrier.audit.events import ReadEvent, record
from barrier.cli.group import BarrierGroup
from barrier.cli.options import STORE, emit, existing_store, json_option, purpose_option
from barrier.errors import InputError
from barrier.history.snapshots import Snapshot, damaged_snapshots, size_of, snapshots
from barrier.history.structures import follow
from barrier.printable import counted
from barrier.results.snapshot import history_folder

_STORE = click.option("--store", "where", type=STORE, required=True, metavar="STORE", help="Store that was scanned.")


@click.group("history", cls=BarrierGroup)
def group() -> None:
    r"""Look back over the scans of a store: snapshots, structures, one address.

    Example:
    \b
        barrier history structures --store barrier-demo.barrier
    """


def kept_of(where: str) -> list[Snapshot]:
    """Return the snapshots of a store.

    Raises:
        InputError: There is none.
    """
    history = history_folder(existing_store(where))
    kept = snapshots(history)
    for problem in damaged_snapshots(history):
        click.echo(f"Note: {problem}", err=True)
    if not kept:
        raise InputError([f"{where}: has no snapshot yet"], hint="every barrier scan with this store leaves one")
    return kept


@group.command("list")
@_STORE
@purpose_option
@json_option
def list_command(*, where: str, purpose: str, as_json: bool) -> None:
    r"""List the snapshots of a store.

    Example:
    \b
        barrier history list --store barrier-demo.barrier
    """
    kept = kept_of(where)
    record(ReadEvent("history", where, "list", purpose, len(kept)))
    for one in kept:
        row = {"day": one.day.isoformat(), "findings": len(one.findings), "structures": len(one.clusters)}
        if as_json:
            emit({**row, "scan": one.record["scan_id"], "bytes": size_of([one])})
        else:
            told = f"{counted(len(one.findings), 'finding')}, {counted(len(one.clusters), 'structure')}"
            click.echo(f"{row['day']}: {told}")
    if not as_json:
        click.echo(f"{counted(len(kept), 'snapshot')}, {size_of(kept) / 1e6:.1f} MB")


@group.command("structures")
@click.argument("member", required=False)
@_STORE
@purpose_option
@json_option
def structures_command(*, member: str | None, where: str, purpose: str, as_json: bool) -> None:
    r"""Show the line of each structure: new, grown, shrunk, moved, split, merged, gone, resumed.

    MEMBER shows only the line of that structure, or of one it is or was a member of.

    Example:
    \b
        barrier history structures ring-lender --store barrier-demo.barrier
    """
    kept = kept_of(where)
    ids = {c["id"] for s in kept for c in s.clusters if member in (c["id"], *(m["id"] for m in c["members"]))}
    lines = [x for x in follow([(s.day, s.clusters) for s in kept]) if not member or ids & {s.id for s in x.stages}]
    record(ReadEvent("history", where, f"structures {member or ''}".strip(), purpose, len(lines)))
    if member and not lines:
        raise InputError([f"{member}: in no structure of these scans"], hint="see: barrier history structures")
    for line in lines:
        if as_json:
            stages = [{**s.__dict__, "day": s.day.isoformat()} for s in line.stages]
            emit({"id": line.last.id, "ended": line.ended, "stages": stages})
        else:
            click.echo(f"{line.last.id}: {line.told()}")


@group.command("address")
@click.argument("address")
@_STORE
@purpose_option
@json_option
def address_command(*, address: str, where: str, purpose: str, as_json: bool) -> None:
    r"""Show how many people an address had in each scan, with its owners and landlords.

    Example:
    \b
        barrier history address ring-a1 --store barrier-demo.barrier
    """
    kept = [(one.day, one.addresses[one.addresses["address"] == address]) for one in kept_of(where)]
    rows = [
        {"day": day.isoformat(), **{str(k): v for k, v in r.items()}} for day, f in kept for r in f.to_dict("records")
    ]
    record(ReadEvent("history", where, f"address {address}", purpose, len(rows)))
    if not rows:
        raise InputError([f"{address}: nobody lived there in any scan"], hint="see: barrier history list")
    for told in rows:
        if as_json:
            emit(told)
        else:
            people = f"{told['certain']} certain, {told['possible']} possible, {told['observed']} observed"
            click.echo(f"{told['day']}: {people}; owners {told['owners'] or '?'}, landlords {told['landlords'] or '?'}")
