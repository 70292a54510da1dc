"""`barrier case verify`, `sign`, `restored`, `journal`: what can be trusted of what was decided.

Rule: says what it can and what it cannot prove; a problem is exit code 2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from barrier.audit.anchors import anchors_beside, named_anchors
from barrier.audit.events import checked_log
from barrier.audit.places import cases_of
from barrier.casework.cases import By, Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.journal import RESTORED, Entry
from barrier.casework.verifying import office_key
from barrier.chain import Anchor, Checked
from barrier.cli.case_commands import by_options, case_options
from barrier.cli.options import FOLDER, STORE, emit, existing_store
from barrier.cli.outfile import KEPT_FILE
from barrier.printable import counted

F = TypeVar("F", bound=Callable[..., Any])
_STORE = click.option("--store", "where", type=STORE, required=True, metavar="STORE", help="Store the cases belong to.")
_FILE = click.option("--cases", "file", type=KEPT_FILE, help="File with the cases. Default: in the store's folder.")
_ANCHOR = click.option(
    "--anchor", "anchors", multiple=True, metavar="FILE|LINE", help="A document, scan.json, result folder, or N:HASH."
)
CANNOT = (
    "This shows that nothing was changed without a line since the lines kept elsewhere were written. It cannot show "
    "who sat at the keyboard, or that lines at the end were not added by hand; and where nothing is kept elsewhere, "
    "that the file is not another one."
)


def _signing_key(*, required: bool) -> Callable[[F], F]:
    about = "Key of the office: a file of at least 16 bytes, outside the store."
    name = "BARRIER_SIGNING_KEY"
    return click.option(
        "--signing-key", "key_file", type=FOLDER, envvar=name, show_envvar=True, required=required, help=about
    )


def tell_checked(what: str, found: Checked, erased: str, known: int) -> None:
    """Print what a check of a chain found, and end with exit code 2 on a problem.

    Args:
        what: Which chain.
        found: What the check found.
        erased: What was erased of some lines, in words.
        known: How many lines kept elsewhere it was held against.
    """
    for problem in found.problems:
        click.echo(f"{what}: {problem}", err=True)
    for note in found.notes:
        click.echo(f"Note: {note}", err=True)
    if found.problems:
        raise click.exceptions.Exit(2)
    lines = found.head.number if found.head else 0
    gone = f", {found.erased} with {erased} erased" if found.erased else ""
    click.echo(f"{what}: {counted(lines, 'line')}{gone}, whole; held against {counted(known, 'line')} kept elsewhere")


def _known(where: str, file: Path | None, anchors: tuple[str, ...]) -> list[Anchor]:
    beside = anchors_beside(where, "journal") if file is None else []
    return [*named_anchors(anchors, "journal"), *beside]


@click.command("verify")
@_ANCHOR
@_signing_key(required=False)
@_STORE
@_FILE
def verify_command(*, where: str, file: Path | None, anchors: tuple[str, ...], key_file: Path | None) -> None:
    r"""Check journal and tables of the cases, also against lines kept elsewhere. Exit code 2 on a problem.

    Lines are known to the log of readings, to the results beside the store, and to what --anchor names.

    Example:
    \b
        barrier case verify --store barrier-demo.barrier
    """
    cases, known = cases_of(existing_store(where), file), _known(where, file, anchors)
    found = cases.checked(known, key=office_key(key_file) if key_file else None)
    found.problems += [f"log of readings: {p}" for p in checked_log(where).problems]
    tell_checked("journal", found, "content", len(known))
    click.echo(f"last line: {found.head or 'none'}")
    click.echo(CANNOT, err=True)


@click.command("sign")
@_signing_key(required=True)
@by_options
@_STORE
@_FILE
def sign_command(*, where: str, file: Path | None, key_file: Path, by: By) -> None:
    r"""Sign the last line of the journal with a key of the office; print it with its signature, to be kept elsewhere.

    Example:
    \b
        barrier case sign --signing-key office.key --by Jansen --store barrier-demo.barrier
    """
    signed = cases_of(existing_store(where), file).sign(office_key(key_file), by.named().person)
    click.echo(signed or "no case yet: there is nothing to sign")


@click.command("restored")
@_ANCHOR
@by_options
@_STORE
@_FILE
def restored_command(*, where: str, file: Path | None, anchors: tuple[str, ...], by: By) -> None:
    r"""Go on with cases brought back from a copy, or lost: the journal keeps which lines are missing, and why.

    Example:
    \b
        barrier case restored --by Jansen --reason "disk broke" --store barrier-demo.barrier
    """
    by.reasoned()
    database: CaseDatabase = cases_of(existing_store(where), file)
    entry = Entry(by.person, by.account, "", RESTORED, {"reason": by.reason})
    first, last = database.accept_loss(entry, _known(where, file, anchors))
    click.echo(f"journal: lines {first} to {last} are lost; recorded by {by.person}")


@click.command("journal")
@click.argument("case")
@case_options
def journal_command(*, case: str, cases: Cases) -> None:
    r"""Show who did what in a case, when and why, one JSON object a line; content that was erased is null.

    Example:
    \b
        barrier case journal ring-lender --store barrier-demo.barrier
    """
    known = cases.get(case)["case_id"]
    for line in cases.database.lines():
        if line["case"] == known:
            emit(line)
