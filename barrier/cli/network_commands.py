"""`barrier networks` and `barrier view`: list, show, try out, draw and export clusters.

Rule: people are counts; a person in a business role is shown as a position with facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import emit
from barrier.cli.outfile import OutFile, out_option
from barrier.cli.reading import Reading, reading_options
from barrier.detect.sentences import people_words
from barrier.errors import InputError
from barrier.model.barriers import BarrierModel
from barrier.networks.export import FORMATS, exported
from barrier.networks.whatif import check_members, compare_strategies, replacements, standing
from barrier.printable import counted
from barrier.report.audience import audience_line
from barrier.report.view import View, network_html
from barrier.results.subject_names import described_subjects

_SIZES = {"chains": "chain", "groups": "group", "people": "person"}


@click.group("networks", cls=BarrierGroup)
def group() -> None:
    r"""List, show, try out and export clusters (structures).

    Example:
    \b
        barrier networks list --store barrier-demo.barrier --at 2026-09-01
    """


@group.command("list")
@reading_options
def list_command(*, reading: Reading) -> None:
    r"""List the clusters, first those of which chance alone would make the fewest.

    Example:
    \b
        barrier networks list --store barrier-demo.barrier --at 2026-09-01
    """
    found = reading.networks("list")
    for cluster in found.clusters:
        if reading.as_json:
            emit(cluster.record)
        else:
            click.echo(_line(cluster.record))
    if not found.clusters:
        click.echo("No structure with findings at several of its members on this day.", err=True)


def _line(r: Mapping[str, Any]) -> str:
    rank = r["rank"]
    found = f"{counted(rank['barriers'], 'barrier')}, findings: {rank['strong']} strong, {rank['medium']} medium"
    held = ", ".join(f["id"] for f in r["facilitators"][:3]) or "nobody"
    size = counted(len(r["members"]), "member")
    return f"{r['id']} [{r['strength']}] {found}; {size}, people: {_people(r)}; held by {held}"


def _size(left: Mapping[str, Any]) -> str:
    return ", ".join(counted(left[name], word) for name, word in _SIZES.items())


def _people(r: Mapping[str, Any]) -> str:
    return people_words(r["people"])


@group.command("show")
@click.argument("cluster")
@reading_options
def show_command(*, cluster: str, reading: Reading) -> None:
    r"""Show one cluster, by its id or that of a member: positions, findings, layers, chains, choke points, context.

    Example:
    \b
        barrier networks show ring-lender --store barrier-demo.barrier --at 2026-09-01
    """
    r = reading.networks(cluster).named(cluster).record
    if reading.as_json:
        emit(r)
        return
    for line in _shown(r, reading.model):
        click.echo(line)


def _shown(r: Mapping[str, Any], model: BarrierModel) -> list[str]:
    lines = [f"{r['id']} [{r['strength']}], {counted(len(r['members']), 'member')}, people affected: {_people(r)}", ""]
    for f in r["facilitators"]:
        apart = f"; without it {f['separates']} more groups stand apart" if f["separates"] > 0 else ""
        lines.append(f"{f['label']} {f['id']} ({', '.join(f['barriers'])}): {'; '.join(f['facts'])}{apart}")
    lines.append("")
    lines += [f"{model.title(barrier)}: {', '.join(ids)}" for barrier, ids in r["barriers"].items()]
    for t in r["together"]:
        since = f" since {t['from']}" if t["from"] else ""
        who = f"{counted(t['people'], 'person')} share landlord {t['landlord']} and employer {t['employer']}"
        lines.append(f"{who}{since}, at {', '.join(t['addresses'])}")
    lines += ["", f"Chains: {r['chains']['count']}"]
    for example in r["chains"]["examples"]:
        passes = " > ".join(f"{model.title(b)}: {s}" for b, s in example["passes"].items())
        gaps = ", ".join(model.title(b) for b in example["gaps"])
        lines.append(
            f"  {counted(example['people'], 'person')} at {example['address']}: {passes}"
            + f"; gap: {gaps}" * bool(gaps)
        )
    for words, choke in (("all", r["choke_points"]), ("80 %", r["choke_points"]["most"])):
        how = "" if choke["exact"] else " (greedy: not certainly the smallest)"
        for chosen, left in zip(choke["sets"], choke["remains"], strict=True):
            stands = f"{_size(left)} would stand"
            lines.append(f"Smallest set that breaks {words} of them: {' + '.join(chosen)}{how}; {stands}")
    lines.append("")
    for layer, alone in r["layers"]["alone"].items():
        lines.append(f"Layer {layer} alone: {counted(alone['links'], 'link')}, {counted(alone['parts'], 'part')}")
    lines.append(f"All layers: {counted(r['layers']['merged'], 'part')}")
    lines += [f"Touched, no part of it: {x['id']} through {x['through']} ({x['reason']})" for x in r["context"]]
    return lines


@group.command("what-if")
@click.argument("cluster")
@click.option("--remove", "removed", multiple=True, metavar="ID", help="Subject that falls away. May be repeated.")
@reading_options
def what_if_command(*, cluster: str, removed: tuple[str, ...], reading: Reading) -> None:
    r"""Show what stands of a cluster before and after, who might step in, and how ways of choosing compare.

    Example:
    \b
        barrier networks what-if ring-lender --remove ring-letting --store barrier-demo.barrier --at 2026-09-01
    """
    if reading.partner:
        hint = "leave --as out; what is left standing depends on all that is known"
        raise InputError(["what-if with --as: a part of a structure does not say what breaks it"], hint=hint)
    found, steps = reading.networks(cluster, named=removed), [s.id for s in reading.model.barriers]
    one = found.named(cluster)
    check_members(one, removed)
    before, after = standing(one.graph, steps), standing(one.graph, steps, removed)
    instead, table = replacements(one, removed, found.links), compare_strategies(one, steps)
    if reading.as_json:
        emit({"cluster": one.id, "removed": list(removed), "before": before.__dict__, "after": after.__dict__})
        for row in (*({"replacement": r} for r in instead), *({"strategy": r} for r in table.to_dict("records"))):
            emit(row)
        return
    for name, s in (("before", before), ("after", after)):
        click.echo(f"{name:7} {_size(s.__dict__)}, {counted(s.parts, 'part')}")
    for r in instead:
        click.echo(f"might step in: {r['id']} ({', '.join(r['functions'])}), tied to {', '.join(r['tied_to'])}")
    if removed and not instead:
        click.echo("might step in: nobody known with the same function and a tie")
    click.echo(f"\nChains left after taking out parties chosen in different ways:\n{table.to_string(index=False)}")


@click.command("view")
@click.argument("cluster")
@out_option("File to write. Default: CLUSTER.html here.")
@reading_options
def view_command(*, cluster: str, out: OutFile, reading: Reading) -> None:
    r"""Write one cluster, by its id or that of a member, as a page for a browser: one file that works offline.

    Example:
    \b
        barrier view ring-lender --out ring.html --store barrier-demo.barrier --at 2026-09-01
    """
    found = reading.networks(cluster)
    one = found.named(cluster)
    with reading.opened() as store:
        hidden = found.audience is not None and found.audience["pseudonyms"]
        words = {} if hidden else described_subjects(store, one.record["members"], {})
    file = out.or_named(f"{one.id}.html")
    view = View("Barrier", reading.day, reading.model, words, audience_line(found.audience) if found.audience else "")
    file.write(network_html(one, view))
    if reading.as_json:
        emit({"cluster": one.id, "file": str(file.place)})
    else:
        click.echo(str(file.place))


@group.command("export")
@click.argument("cluster")
@click.option("--format", "form", type=click.Choice(FORMATS), default="graphml", show_default=True, help="File format.")
@out_option("File to write. Default: standard output.")
@reading_options
def export_command(*, cluster: str, form: str, out: OutFile, reading: Reading) -> None:
    r"""Write one cluster as GraphML, GEXF, JSON (node-link) or CSV (links).

    Example:
    \b
        barrier networks export ring-lender --format csv --store barrier-demo.barrier --at 2026-09-01
    """
    text = exported(reading.networks(cluster).named(cluster).graph, "json" if reading.as_json else form)
    if out.path is None:
        click.echo(text, nl=False)
    else:
        out.write(text)
        click.echo(str(out.place), err=True)
