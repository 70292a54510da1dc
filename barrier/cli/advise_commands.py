"""`barrier advise`: who can do what about a cluster or finding, in which order, and what must come first.

Rule: everything is a draft; what is missing and what blocks stands beside what is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from barrier.advise.beds import Beds
from barrier.advise.plan import Plan, Setting
from barrier.advise.powers import LANGUAGES, Powers
from barrier.cli.options import FOLDER, emit
from barrier.cli.reading import Reading, reading_options
from barrier.detect.sentences import NOT_SHOWN
from barrier.errors import InputError
from barrier.printable import counted


@click.command("advise")
@click.argument("about", required=False)
@click.option("--beds", "beds_file", type=FOLDER, help="CSV of beds arranged: about, group, people, beds, for, region.")
@click.option("--met", multiple=True, metavar="SAFEGUARD", help="Safeguard that is met, such as care_notice.")
@click.option("--know", multiple=True, metavar="FACT", help="Fact that people know, such as statement.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of instruments.")
@reading_options
def advise_command(
    *,
    about: str | None,
    beds_file: Path | None,
    met: tuple[str, ...],
    know: tuple[str, ...],
    lang: str,
    reading: Reading,
) -> None:
    r"""Show the plan for a cluster or finding (by its id or that of a member), or one line for each.

    Example:
    \b
        barrier advise ring-lender --store barrier-demo.barrier --at 2026-09-01
    """
    powers = reading.terms.powers
    beds = Beds.read(beds_file) if beds_file else Beds.none()
    for note in beds.told:
        click.echo(f"Note: {note}", err=True)
    setting = Setting(
        reading.day, reading.model, powers, beds, _known(met, powers.safeguards), _known(know, powers.facts)
    )
    plans = reading.plans(setting, about or "list", asked=about or "")
    known = {i for plan in plans for i in (plan.dossier.id, *plan.dossier.members)}
    strange = sorted(set(beds.rows["about"]) - known)
    if strange:
        click.echo(f"Note: {beds_file}: {len(strange):,} of its ids are in no plan that is shown", err=True)
    chosen = plans if about is None else [named_plan(plans, about)]
    if reading.as_json:
        for line in (r for plan in chosen for r in plan.records(powers)):
            emit(line)
        return
    for plan in chosen:
        for text in [_line(plan)] if about is None else _shown(plan, powers, reading, lang):
            click.echo(text)


def _known(given: tuple[str, ...], known: dict[str, Any]) -> frozenset[str]:
    strange = sorted(set(given) - set(known))
    if strange:
        raise InputError([f"{s}: not known" for s in strange], hint=f"known: {', '.join(sorted(known))}")
    return frozenset(given)


def named_plan(plans: list[Plan], about: str) -> Plan:
    """Return a plan by the id of what it is about, or of a member.

    Raises:
        InputError: There is none.
    """
    found = [p for p in plans if about == p.dossier.id] or [p for p in plans if about in p.dossier.members]
    if not found:
        hint = "see: barrier advise --store STORE --at DAY; findings and their subjects: findings.jsonl"
        raise InputError(
            [f"{about}: no plan for it, and it is no member of a cluster or subject of a finding"], hint=hint
        )
    return found[0]


def _line(plan: Plan) -> str:
    first = plan.advice[0] if plan.advice else None
    then = f"first: {first.power.partner}, {first.power.en}" if first else "no fitting power"
    return f"{plan.dossier.id}: {len(plan.advice)} pieces of advice; {then}"


def _shown(plan: Plan, powers: Powers, reading: Reading, lang: str) -> list[str]:
    people = plan.dossier.people[1] if plan.dossier.people_shown else NOT_SHOWN
    lines = [f"Draft plan for {plan.dossier.kind} {plan.dossier.id}, people affected: {people}"]
    lines.append(
        f"Beds: {plan.beds['arranged']} arranged for {counted(people, 'person') if isinstance(people, int) else people}"
    )
    if plan.beds["outside_region"]:
        lines.append(f"Warning: {plan.beds['outside_region']} beds lie outside the region; a case may suffer from that")
    if plan.advice:
        e = plan.advice[0].evidence
        lines.append(
            f"Evidence: exploitation {e.exploitation}, operator's duties {e.duty}; {e.independent} independent "
            f"sources, {e.observed} things seen, {e.inferred} inferred"
        )
    for number, a in enumerate(plan.advice, start=1):
        p = a.power
        barriers = ", ".join(reading.model.title(b) + ", by a link or signal" * (b in a.linked) for b in a.barriers)
        name = getattr(powers.partners[p.partner], lang)
        lines += ["", f"{number}. [{barriers}] {name}: {getattr(p, lang)} ({', '.join(a.targets)})"]
        lines.append(f"   basis: {p.basis}{' TO BE VERIFIED' * p.verify}; {p.days[0]} to {counted(p.days[1], 'day')}")
        lines.append(f"   known: {'; '.join(f['about'] for f in a.present)}")
        for m in a.missing:
            who = ", ".join(getattr(powers.partners[x], lang) for x in m["from"])
            lines.append(f"   {m.get('state', 'missing')}: {m['about']} (ask {who})")
        lines.append(f"   effect on victims: {getattr(powers.effects[p.effect], lang)}")
        for c in a.preconditions:
            mark = "BLOCKED until" if c["safeguard"] in a.blocked else "first" if c["state"] == "open" else "met"
            lines.append(f"   {mark}: {c['about']}")
        lines += [f"   conflict: {c}" for c in plan.conflicts.get(p.id, ())]
    lines += ["", *(f"No fitting power at {reading.model.title(b)}: {why}" for b, why in plan.uncovered.items())]
    if plan.leaves is not None:
        chains, groups, people = plan.leaves
        left = f"{counted(chains, 'chain')} for {counted(groups, 'group')}, {counted(people, 'person')}"
        lines.append(f"The plan leaves standing: {left}")
    for r in (r for r in plan.routes() if r["advice"]):
        days = f"{r['days'][0]} to {counted(r['days'][1], 'day')}"
        lines.append(
            f"Route {r['route']}: {r['advice']} pieces of advice, {r['ready']} ready, {r['blocked']} blocked, {days}"
        )
    return lines
