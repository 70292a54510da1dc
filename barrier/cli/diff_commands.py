"""`barrier diff`: what changed from one scan to another.

Rule: what only changed because a rule or a delivery changed is told apart.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from barrier.audit.events import ReadEvent, record
from barrier.cli.options import FOLDER, STORE, emit, existing_store, json_option, purpose_option, settled_results
from barrier.errors import InputError
from barrier.history.diff import Changes, diff, lines_of
from barrier.history.folder import Scan, read_scan
from barrier.history.snapshots import snapshot_named
from barrier.printable import counted
from barrier.results.snapshot import history_folder

_SHOWN = 15
_WORDS = {
    "really": "",
    "detector": "the detector changed",
    "norm": "the norm changed",
    "model": "the barrier model changed",
    "input": "a table is far smaller or larger",
    "rows_set_aside": "rows that they may rest on were set aside: not known",
    "not_asked": "their rule could not be asked: not known",
    "renumbered": "only the id changed",
    "correction": "areas were corrected at many addresses at once",
}


@click.command("diff")
@click.argument("earlier", type=FOLDER)
@click.argument("later", type=FOLDER)
@click.option(
    "--store", "where", type=STORE, metavar="STORE", help="EARLIER and LATER are days of snapshots of this store."
)
@purpose_option
@json_option
def diff_command(*, earlier: Path, later: Path, where: str | None, purpose: str, as_json: bool) -> None:
    r"""Show what changed from one scan to a later one: findings, structures, occupancy, owners and landlords.

    EARLIER and LATER are result folders, or with --store days on which the store was scanned.

    Example:
    \b
        barrier diff barrier-demo barrier-demo
    """
    if where:
        history = history_folder(existing_store(where))
        changes = diff(*(snapshot_named(history, str(name)).scan() for name in (earlier, later)))
    else:
        changes = diff(*(_of_everything(settled_results(folder)) for folder in (earlier, later)))
    logs = [where] if where else sorted({str(earlier.resolve()), str(later.resolve())})
    for log in logs:  # of result folders, each beside its own
        record(ReadEvent("diff", log, f"{earlier.name} {later.name}", purpose, len(lines_of(changes))))
    if as_json:
        for line in lines_of(changes):
            emit(line)
        return
    for text in told(changes):
        click.echo(text)


def _of_everything(folder: Path) -> Scan:
    """Read the results of a scan of everything.

    Raises:
        InputError: They were made for a partner: what differs between two views may be only what was withheld.
    """
    found = read_scan(folder)
    if partner := found.record.get("view"):
        hint = "compare two scans of everything"
        raise InputError([f"{folder}: was made for {partner}: what changed is not known of a view"], hint=hint)
    return found


def told(changes: Changes) -> list[str]:
    """Return the changes for a terminal."""
    lines = [f"Note: {n}" for n in changes.notes]
    for name in ("new", "gone", "stronger", "weaker"):
        found = getattr(changes, name)
        reasons = Counter(_WORDS[c.reason] for c in found if c.reason != "really")
        why = "".join(f"; {n} because {r}" for r, n in reasons.items())
        lines.append(f"{name}: {sum(c.reason == 'really' for c in found)}{why}")
        shown = [c for c in found if c.reason == "really"]
        lines += [f"  {c.finding['id']} [{c.finding['strength']}]" for c in shown[:_SHOWN]]
        lines += [f"  … and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
    for fate in (f for f in changes.fates if f.fate != "same"):
        came = f", from {', '.join(fate.parents)}" if fate.parents else ""
        lines.append(
            f"structure {fate.id}: {fate.fate}{came} (+{len(fate.joined)} -{counted(len(fate.left), 'member')})"
        )
    for h in changes.holders[:_SHOWN]:
        where = h["addresses"][0] if len(h["addresses"]) == 1 else f"{len(h['addresses'])} addresses at once"
        lines.append(f"new {h['what']} of {where}: {h['after']}" + f", before {h['before']}" * bool(h["before"]))
    lines += [f"address {a}: {counted(t, 'person')} then, {n} now" for a, t, n in changes.jumps[:_SHOWN]]
    lines += [f"… and {len(changes.jumps) - _SHOWN} more addresses"] if len(changes.jumps) > _SHOWN else []
    return lines
