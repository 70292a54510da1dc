"""`barrier key`: the secret behind hashed ids.

Rule: what is in it is never shown.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.audit.events import actor
from barrier.casework.cases import By
from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER
from barrier.erasure.rotation import prefixes_of, rotate
from barrier.keys import default_key_file
from barrier.model.dates import today


@click.group("key", cls=BarrierGroup)
def group() -> None:
    r"""Rotate the key that ids of contacts and pseudonyms are made with; `barrier doctor` says where it is.

    Example:
    \b
        barrier key rotate --store barrier-demo.barrier --by "A. Vos"
    """


@group.command("rotate")
@click.option("--store", "stores", multiple=True, metavar="STORE", help="Embedded store with ids of it. Name them all.")
@click.option("--results", multiple=True, type=FOLDER, help="Result folder to keep in step. May be repeated.")
@click.option(
    "--mapping", "mappings", multiple=True, type=FOLDER, help="Mapping whose ids are hashed. May be repeated."
)
@click.option("--by", "name", default="", metavar="NAME", help="Who has it done.")
def rotate_command(
    *, stores: tuple[str, ...], results: tuple[Path, ...], mappings: tuple[Path, ...], name: str
) -> None:
    r"""Add a secret to the key, and hash every id on that was made with it: stores, their snapshots and cases, results.

    Ids go on joining: what is delivered next goes through all secrets. A rotation that was killed is finished by the
    same command; until then nothing else uses the key. Put the new key in the backup.

    Example:
    \b
        barrier key rotate --store barrier-demo.barrier --results barrier-demo --by "A. Vos"
    """
    by = By(name, actor())
    for line in rotate(default_key_file(), stores, results, prefixes_of(mappings), by, today=today()):
        click.echo(line)
