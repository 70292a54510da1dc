"""`barrier detectors`: list, show and test the rules.

Rule: what is listed is what a scan runs.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.analysis.detector_cases import case_folder, run_cases
from barrier.cli.group import BarrierGroup
from barrier.cli.options import detector_option, emit, json_option
from barrier.detect.library import Detector, load_detectors
from barrier.errors import InputError
from barrier.printable import counted

FAILED = 2


@click.group("detectors", cls=BarrierGroup)
def group() -> None:
    r"""List, show and test the rules (detectors).

    Example:
    \b
        barrier detectors list
    """


@group.command("list")
@click.option("--drafts/--no-drafts", default=False, show_default=True, help="Show drafts and retired ones too.")
@detector_option
@json_option
def list_command(*, drafts: bool, folders: tuple[Path, ...], as_json: bool) -> None:
    r"""List the detectors with the question each asks.

    Example:
    \b
        barrier detectors list --json | jq -r .id
    """
    for detector in load_detectors(folders):
        header = detector.header
        if header.status != "stable" and not drafts:
            continue
        if as_json:
            emit({**header.model_dump(mode="json"), "hash": detector.digest})
        else:
            click.echo(f"{header.id:30} {header.barrier:9} v{header.version}  {header.asks}")


@group.command("show")
@click.argument("detector_id")
@detector_option
@json_option
def show_command(*, detector_id: str, folders: tuple[Path, ...], as_json: bool) -> None:
    r"""Show one detector: header, parameters and query.

    Example:
    \b
        barrier detectors show overcrowded
    """
    detector = _named(detector_id, folders)
    if as_json:
        emit({**detector.header.model_dump(mode="json"), "hash": detector.digest, "query": detector.query})
    else:
        click.echo(detector.path.read_text(encoding="utf-8"), nl=False)


@group.command("test")
@click.argument("detector_id", required=False)
@click.option("--cases", type=click.Path(path_type=Path), help="Folder with <id>.yaml files of your own cases.")
@detector_option
@json_option
def test_command(*, detector_id: str | None, cases: Path | None, folders: tuple[Path, ...], as_json: bool) -> None:
    r"""Run the cases of all detectors or of one: those that must hit and those that must stay silent.

    The cases of your own detectors are looked for beside them (DIR/<id>.yaml) and in --cases.

    Example:
    \b
        barrier detectors test landlord_is_employer
    """
    chosen = [_named(detector_id, folders)] if detector_id else load_detectors(folders)
    places = [*([cases] if cases else []), *folders, case_folder()]
    failed = ran = 0
    for detector in chosen:
        for result in run_cases(detector, places):
            ran += 1
            failed += bool(result.problems)
            if as_json:
                emit(result.__dict__)
            else:
                mark = "FAILS" if result.problems else "ok   "
                click.echo("; ".join([f"{mark} {result.detector}: {result.name}", *result.problems]))
    click.echo(f"{counted(ran, 'case')}, {failed} failed", err=True)
    if failed:
        raise click.exceptions.Exit(FAILED)


def _named(detector_id: str, folders: tuple[Path, ...]) -> Detector:
    found = {d.id: d for d in load_detectors(folders)}
    if detector_id not in found:
        raise InputError([f"{detector_id}: no such detector"], hint="see: barrier detectors list")
    return found[detector_id]
