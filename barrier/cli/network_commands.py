"""`barrier networks`: list, show, try out and export clusters.

Rule: people are counts; a person in a business role is shown as a position with facts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import FOLDER, Day, detector_option, emit, existing_store, json_option, opened, store_options
from barrier.detect.library import load_detectors
from barrier.model.barriers import BarrierModel, load_model
from barrier.networks.export import FORMATS, exported
from barrier.networks.whatif import check_members, compare_strategies, replacements, standing
from barrier.report.view import View, network_html
from barrier.scan.audit import ReadEvent, record
from barrier.scan.described import described_subjects
from barrier.scan.networks import Networks, networks_of

F = TypeVar("F", bound=Callable[..., Any])


@click.group("networks", cls=BarrierGroup)
def group() -> None:
    r"""List, show, try out and export clusters (structures).

    Example:
    \b
        barrier networks list --store barrier-demo.barrier --at 2026-09-01
    """


def _where(command: F) -> F:
    """Add the options that say which store, day, model and detectors."""
    day = click.option("--at", type=Day(), help="Day to look at. Default: today.")
    model = click.option("--model", default="five-barriers", show_default=True, help="Barrier model: id or YAML file.")
    purpose = click.option("--purpose", default="", help="Why; it is recorded.")
    return store_options(required=True)(day(model(purpose(detector_option(json_option(command))))))


def _found(
    *, where: str, user: str, at: date | None, model: str, folders: tuple[Path, ...], purpose: str, what: str
) -> tuple[Networks, BarrierModel]:
    chosen = load_model(model)
    with opened(existing_store(where), user) as store:
        found = networks_of(store, load_detectors(folders), day=at or date.today(), model=chosen)
    record(ReadEvent("networks", where, what, purpose, len(found.clusters), chosen.id))
    return found, chosen


@group.command("list")
@_where
def list_command(
    *, where: str, user: str, at: date | None, model: str, folders: tuple[Path, ...], purpose: str, as_json: bool
) -> None:
    r"""List the clusters, those with solid findings at most barriers first.

    Example:
    \b
        barrier networks list --store barrier-demo.barrier --at 2026-09-01
    """
    found, _ = _found(where=where, user=user, at=at, model=model, folders=folders, purpose=purpose, what="list")
    for cluster in found.clusters:
        r = cluster.record
        if as_json:
            emit(r)
            continue
        low, high = r["people"]
        people = str(low) if low == high else f"{low} to {high}"
        rank = f"{r['rank']['barriers']} barriers, {r['rank']['strong']} strong, {r['rank']['medium']} medium findings"
        held = ", ".join(f["id"] for f in r["facilitators"][:3]) or "nobody"
        click.echo(f"{r['id']} [{r['strength']}] {rank}; {len(r['members'])} members, {people} people; held by {held}")
    if not found.clusters:
        click.echo("No structure with findings at several of its members on this day.", err=True)


@group.command("show")
@click.argument("cluster")
@_where
def show_command(
    *,
    cluster: str,
    where: str,
    user: str,
    at: date | None,
    model: str,
    folders: tuple[Path, ...],
    purpose: str,
    as_json: bool,
) -> None:
    r"""Show one cluster, by its id or that of a member: positions, findings, chains, choke points, context.

    Example:
    \b
        barrier networks show ring-lender --store barrier-demo.barrier --at 2026-09-01
    """
    found, chosen = _found(where=where, user=user, at=at, model=model, folders=folders, purpose=purpose, what=cluster)
    r = found.named(cluster).record
    if as_json:
        emit(r)
        return
    click.echo(f"{r['id']} [{r['strength']}], {len(r['members'])} members, people affected: {r['people']}\n")
    for f in r["facilitators"]:
        apart = f"; without it {f['separates']} more groups stand apart" if f["separates"] > 0 else ""
        click.echo(f"{f['label']} {f['id']} ({', '.join(f['barriers'])}): {'; '.join(f['facts'])}{apart}")
    click.echo()
    for barrier, ids in r["barriers"].items():
        click.echo(f"{chosen.title(barrier)}: {', '.join(ids)}")
    sets = " or ".join(" + ".join(s) for s in r["choke_points"]["sets"]) or "none"
    click.echo(f"\nChains: {r['chains']['count']}. Smallest sets that break all: {sets}")
    for x in r["context"]:
        click.echo(f"Touched, no part of it: {x['id']} through {x['through']} ({x['reason']})")


@group.command("what-if")
@click.argument("cluster")
@click.option("--remove", "removed", multiple=True, metavar="ID", help="Subject that falls away. May be repeated.")
@_where
def what_if_command(
    *,
    cluster: str,
    removed: tuple[str, ...],
    where: str,
    user: str,
    at: date | None,
    model: str,
    folders: tuple[Path, ...],
    purpose: str,
    as_json: bool,
) -> None:
    r"""Show what stands of a cluster before and after, who might step in, and how ways of choosing compare.

    Example:
    \b
        barrier networks what-if ring-lender --remove ring-letting --store barrier-demo.barrier --at 2026-09-01
    """
    found, chosen = _found(where=where, user=user, at=at, model=model, folders=folders, purpose=purpose, what=cluster)
    one, steps = found.named(cluster), [s.id for s in chosen.barriers]
    check_members(one, removed)
    before, after = standing(one.graph, steps), standing(one.graph, steps, removed)
    instead, table = replacements(one, removed, found.links), compare_strategies(one, steps)
    if as_json:
        emit({"cluster": one.id, "removed": list(removed), "before": before.__dict__, "after": after.__dict__})
        for row in (*({"replacement": r} for r in instead), *({"strategy": r} for r in table.to_dict("records"))):
            emit(row)
        return
    for name, s in (("before", before), ("after", after)):
        click.echo(f"{name:7} {s.chains} chains, {s.groups} groups, {s.people} people, {s.parts} parts")
    for r in instead:
        click.echo(f"might step in: {r['id']} ({', '.join(r['functions'])}), tied to {', '.join(r['tied_to'])}")
    if removed and not instead:
        click.echo("might step in: nobody known with the same function and a tie")
    click.echo(f"\nChains left after taking out parties chosen in different ways:\n{table.to_string(index=False)}")


@click.command("view")
@click.argument("cluster")
@click.option("--out", type=FOLDER, help="File to write. Default: CLUSTER.html here.")
@_where
def view_command(
    *,
    cluster: str,
    out: Path | None,
    where: str,
    user: str,
    at: date | None,
    model: str,
    folders: tuple[Path, ...],
    purpose: str,
    as_json: bool,
) -> None:
    r"""Write one cluster, by its id or that of a member, as a page for a browser: one file that works offline.

    Example:
    \b
        barrier view ring-lender --out ring.html --store barrier-demo.barrier --at 2026-09-01
    """
    found, chosen = _found(where=where, user=user, at=at, model=model, folders=folders, purpose=purpose, what=cluster)
    one = found.named(cluster)
    with opened(existing_store(where), user) as store:
        words = described_subjects(store, one.record["members"], {})
    file = out or Path(f"{one.id}.html")
    view = View("Barrier", at or date.today(), chosen, words)
    file.write_text(network_html(one, view), encoding="utf-8", newline="\n")
    if as_json:
        emit({"cluster": one.id, "file": str(file)})
    else:
        click.echo(str(file))


@group.command("export")
@click.argument("cluster")
@click.option("--format", "form", type=click.Choice(FORMATS), default="graphml", show_default=True, help="File format.")
@click.option("--out", type=FOLDER, help="File to write. Default: standard output.")
@_where
def export_command(
    *,
    cluster: str,
    form: str,
    out: Path | None,
    where: str,
    user: str,
    at: date | None,
    model: str,
    folders: tuple[Path, ...],
    purpose: str,
    as_json: bool,
) -> None:
    r"""Write one cluster as GraphML, GEXF, JSON (node-link) or CSV (links).

    Example:
    \b
        barrier networks export ring-lender --format csv --store barrier-demo.barrier --at 2026-09-01
    """
    found, _ = _found(where=where, user=user, at=at, model=model, folders=folders, purpose=purpose, what=cluster)
    text = exported(found.named(cluster).graph, "json" if as_json else form)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")
        click.echo(str(out), err=True)
