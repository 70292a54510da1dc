"""`barrier case`: from draft advice to decisions, interventions, feedback and outcomes.

Rule: accepting and rejecting are one command each; nothing is decided without a name and a reason.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from barrier.advise.plan import Setting
from barrier.audit.events import ReadEvent, actor, record
from barrier.audit.places import cases_of
from barrier.casework.cases import OUTCOMES, VERDICTS, By, Cases
from barrier.casework.database import Row
from barrier.cli.advise_commands import named_plan
from barrier.cli.case_views import CaseReading, case_reading_options, names_of
from barrier.cli.group import BarrierGroup
from barrier.cli.options import (
    STORE,
    Day,
    emit,
    existing_store,
    office_rules_option,
    purpose_option,
)
from barrier.cli.outfile import KEPT_FILE
from barrier.cli.reading import Reading, reading_options
from barrier.detect.sentences import NOT_SHOWN
from barrier.disclosure.partner_view import viewer_of
from barrier.model.dates import today
from barrier.model.rules import Rules
from barrier.printable import counted

_JOURNAL = {n: f"barrier.cli.journal_commands:{n}_command" for n in ("journal", "restored", "sign", "verify")}


@click.group("case", cls=BarrierGroup, places=_JOURNAL)
def group() -> None:
    r"""Open, weigh, assign, decide, carry out, tell the reporters, close.

    Example:
    \b
        barrier case list --store barrier-demo.barrier
    """


def case_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--store`, `--cases` and `--purpose`, record the reading, and hand over the cases."""

    @functools.wraps(command)
    def with_cases(*, where: str, file: Path | None, purpose: str, **rest: Any) -> Any:
        cases = Cases(cases_of(existing_store(where), file), today())
        done, case = click.get_current_context().info_name, rest.get("case") or ""
        count = 1 if case else len(cases.all())
        event = ReadEvent("case", where, f"{done} {case}".strip(), purpose, count, named=names_of(cases, case))
        record(event)
        before = cases.database.head()
        done_well = command(cases=cases, **rest)
        if cases.database.head() != before:  # the log knows the line that was written, not only the one before it
            record(replace(event, rows=0))
        for note in cases.database.notes:
            click.echo(f"Note: {note}", err=True)
        return done_well

    store = click.option(
        "--store", "where", type=STORE, required=True, metavar="STORE", help="Store the cases belong to."
    )
    about = "File with the cases. Default: cases.sqlite in the store's folder."
    return store(click.option("--cases", "file", type=KEPT_FILE, help=about)(purpose_option(with_cases)))


def by_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by` and `--reason`, and hand over who does it and why."""

    @functools.wraps(command)
    def with_by(*, name: str, reason: str, **rest: Any) -> Any:
        return command(by=By(name, actor(), reason), **rest)

    name = click.option("--by", "name", default="", metavar="NAME", help="Who decides.")
    return name(click.option("--reason", default="", help="Why.")(with_by))


@group.command("open")
@click.argument("about")
@click.option("--title", default="", help="A title. Default: what it is about.")
@click.option(
    "--cases", "file", type=KEPT_FILE, help="File with the cases. Default: cases.sqlite in the store's folder."
)
@by_options
@reading_options
def open_command(*, about: str, title: str, file: Path | None, by: By, reading: Reading) -> None:
    r"""Open a case from a cluster or finding, with the draft advice of today.

    Example:
    \b
        barrier case open ring-lender --by Jansen --store barrier-demo.barrier --at 2026-09-01
    """
    powers = reading.terms.powers
    plan = named_plan(reading.plans(Setting(reading.day, reading.model, powers), about, asked=about), about)
    cases = Cases(cases_of(reading.store, file), today())
    name = title or f"{plan.dossier.kind} {plan.dossier.id}"
    opened = cases.open(plan.dossier, plan.records(powers), by, title=name, scan=reading.day.isoformat())
    reading.record(opened, 1, kind="case", named=(opened, about, plan.dossier.id))
    if reading.as_json:
        emit({"case": opened, "about": plan.dossier.id, "advice": len(plan.advice)})
    else:
        click.echo(f"{opened}: {name}, {len(plan.advice)} pieces of draft advice")


@group.command("list")
@click.option("--ageing", is_flag=True, help="Only feedback that waits longer than agreed.")
@case_reading_options
def list_command(*, ageing: bool, reading: Reading, shown: CaseReading) -> None:
    r"""List cases, or the feedback to reporters that waits longer than agreed.

    Example:
    \b
        barrier case list --ageing --store barrier-demo.barrier
    """
    for row in shown.ageing() if ageing else shown.all():
        if reading.as_json:
            emit(row)
        elif ageing:
            click.echo(
                f"{row['case_id']}: {row['reporter']} waits for feedback, {counted(row['late_days'], 'day')} too long"
            )
        else:
            click.echo(_heading(row))


@group.command("show")
@click.argument("case")
@case_reading_options
def show_command(*, case: str, reading: Reading, shown: CaseReading) -> None:
    r"""Show a case: advice with its state, who works on it, interventions, feedback.

    Example:
    \b
        barrier case show ring-lender --store barrier-demo.barrier
    """
    row = shown.get(case)
    if reading.as_json:
        emit(row)
        return
    click.echo(_heading(row))
    if row["step"]:
        click.echo(f"Weighed: {row['verdict'] or 'not yet'}")
    for a in row["advice"]:
        who = f" by {a['decided_by']}: {a['reason']}" if a["decided_by"] else ""
        blocked = f" (blocked: {', '.join(a['blocked'])})" if a["blocked"] and a["state"] == "draft" else ""
        click.echo(f"  {a['id']} [{a['state']}{who}] {a['partner']}: {a['instrument']}{blocked}")
    for x in row["assignments"]:
        click.echo(f"  assigned: {x['partner']} to {x['person']}")
    for i in row["interventions"]:
        click.echo(f"  intervention {i['id']} on {i['day']} by {i['partner']}: {i['outcome'] or 'no outcome yet'}")
    for f in row["feedback"]:
        click.echo(f"  feedback to {f['reporter']}: {f['sent_at'] or 'due ' + f['due']}")


def _heading(row: Row) -> str:
    """Return the line about a case, the same wherever it is named: who opened it and when come through one gate."""
    title = f" {row['title']}" if row["title"] != row["case_id"] else ""
    opened = f", opened {row['opened_at']} by {row['opened_by']}" if row["opened_by"] else ""
    closed = f", closed {row['closed_at']}" if row["closed_at"] else ""
    return f"{row['case_id']} [{row['step'] or NOT_SHOWN}]{title}{opened}{closed}"


@group.command("file")
@click.argument("case")
@click.option(
    "--fact", "facts", multiple=True, help="Fact that only people know, such as earlier_warning. May be repeated."
)
@by_options
@case_options
def file_command(*, case: str, facts: tuple[str, ...], by: By, cases: Cases) -> None:
    r"""Record that the file of a case is put together, with facts that no register holds.

    Example:
    \b
        barrier case file ring-lender --by Jansen --store barrier-demo.barrier
    """
    completed = cases.gather(case, facts, by)
    click.echo(f"{case}: file put together" + f", {len(facts)} facts recorded" * bool(facts))
    for advice in completed:
        click.echo(f"  nothing is missing any more: {advice}")


@group.command("weigh")
@click.argument("case")
@click.option("--verdict", type=click.Choice(VERDICTS), required=True, help="Route that was chosen.")
@by_options
@case_options
def weigh_command(*, case: str, verdict: str, by: By, cases: Cases) -> None:
    r"""Record which route the meeting chose, and why.

    Example:
    \b
        barrier case weigh ring-lender --verdict care --by Jansen --reason "acute" --store barrier-demo.barrier
    """
    cases.weigh(case, verdict, by)
    click.echo(f"{case}: weighed, {verdict}")


@group.command("assign")
@click.argument("case")
@click.option("--partner", required=True, help="Id of the partner.")
@click.option("--to", "person", required=True, metavar="NAME", help="Who does it.")
@by_options
@case_options
def assign_command(*, case: str, partner: str, person: str, by: By, cases: Cases) -> None:
    r"""Give a partner's part of a case to a person.

    Example:
    \b
        barrier case assign ring-lender --partner tax --to "De Wit" --by Jansen --store barrier-demo.barrier
    """
    cases.assign(case, partner, person, by)
    click.echo(f"{case}: {partner} to {person}")


@group.command("accept")
@click.argument("case")
@click.argument("advice")
@by_options
@case_options
def accept_command(*, case: str, advice: str, by: By, cases: Cases) -> None:
    r"""Accept a piece of draft advice, with a name and a reason.

    Example:
    \b
        barrier case accept ring-lender brp_enquiry --by Jansen --reason "least intrusive" --store barrier-demo.barrier
    """
    cases.decide(case, advice, "accepted", by)
    click.echo(f"{advice}: accepted by {by.person}")


@group.command("reject")
@click.argument("case")
@click.argument("advice")
@by_options
@case_options
def reject_command(*, case: str, advice: str, by: By, cases: Cases) -> None:
    r"""Reject a piece of draft advice, with a name and a reason.

    Example:
    \b
        barrier case reject ring-lender close_home --by Jansen --reason "no warning yet" --store barrier-demo.barrier
    """
    cases.decide(case, advice, "rejected", by)
    click.echo(f"{advice}: rejected by {by.person}")


@group.command("intervene")
@click.argument("case")
@click.argument("advice")
@click.option("--on", "day", type=Day(), required=True, help="Day of the intervention.")
@click.option("--basis", default="", help="Legal basis it is carried out on.")
@click.option("--met", multiple=True, metavar="SAFEGUARD", help="Safeguard that is met, such as beds. May be repeated.")
@by_options
@case_options
def intervene_command(
    *, case: str, advice: str, day: date, basis: str, met: tuple[str, ...], by: By, cases: Cases
) -> None:
    r"""Record that accepted advice is carried out; refused while something that must come first is open.

    Example:
    \b
        barrier case intervene ring-lender housing_visit --on 2026-12-01 --basis Awb --by A --store barrier-demo.barrier
    """
    for warning in cases.intervene(case, advice, day, basis, by, met=met):
        click.echo(f"Warning: {warning}", err=True)
    click.echo(f"{advice}: planned for {day}")


@group.command("outcome")
@click.argument("case")
@click.argument("intervention", type=int)
@click.option("--result", type=click.Choice(OUTCOMES), required=True, help="What it brought.")
@click.option("--helped", type=int, default=0, help="Number of victims helped.")
@by_options
@case_options
def outcome_command(*, case: str, intervention: int, result: str, helped: int, by: By, cases: Cases) -> None:
    r"""Record what an intervention brought. Outcomes never become signals.

    Example:
    \b
        barrier case outcome ring-lender 1 --result "victims helped" --helped 9 --by Jansen --store barrier-demo.barrier
    """
    cases.outcome(case, intervention, result, by, helped=helped)
    click.echo(f"{case}: intervention {intervention}: {result}")


@group.command("feedback")
@click.argument("case")
@click.option("--to", "reporter", required=True, metavar="PARTNER", help="Partner whose signal it was.")
@office_rules_option
@by_options
@case_options
def feedback_command(*, case: str, reporter: str, rules: Rules, by: By, cases: Cases) -> None:
    r"""Tell a reporter what came of a signal, in the form the gates allow; prints the text to send.

    Example:
    \b
        barrier case feedback ring-lender --to civil_registry --by Jansen --store barrier-demo.barrier
    """
    viewer = viewer_of(reporter, today(), rules)
    click.echo(cases.feedback(case, reporter, by, viewer=viewer))


@group.command("close")
@click.argument("case")
@by_options
@case_options
def close_command(*, case: str, by: By, cases: Cases) -> None:
    r"""Close a case, with a reason; says what is still open in it.

    Example:
    \b
        barrier case close ring-lender --by Jansen --reason "houses let anew" --store barrier-demo.barrier
    """
    for left in cases.close(case, by):
        click.echo(f"Note: {left}", err=True)
    click.echo(f"{case}: closed")
