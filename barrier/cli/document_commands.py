"""`barrier case document`, `barrier case agenda`, `barrier regional-scan`: documents as DOCX or HTML.

Rule: with --as, a document is made from what that partner may see.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.advise.powers import LANGUAGES
from barrier.audit.places import cases_of
from barrier.casework.cases import Cases, no_such_case
from barrier.cli.case_commands import group
from barrier.cli.case_views import CASES, names_of, seen_by
from barrier.cli.options import emit
from barrier.cli.outfile import OutFile, out_option
from barrier.cli.reading import Reading, reading_options
from barrier.disclosure.casefile import case_file
from barrier.model.dates import day_number, today
from barrier.report.documents import KINDS, Audience, Document, Writer, agenda, anchored
from barrier.report.regional import regional_scan
from barrier.report.texts import texts
from barrier.report.written import document_bytes

_LANG = click.option("--lang", type=click.Choice(LANGUAGES), default="nl", show_default=True, help="Language.")
_OUT = out_option("File to write: .docx or .html.", required=True)


def _writer(reading: Reading, lang: str) -> Writer:
    detectors = {d.id: d for d in reading.detectors}
    return Writer(texts(lang), detectors, reading.terms.powers)


def _anchor(cases: Cases, reading: Reading) -> str:
    """Return the last line of the journal, for a partner without its number: how much is decided is not theirs."""
    head = cases.database.head()
    return "" if head is None else head.hash if reading.partner else str(head)


def _done(reading: Reading, made: Document, out: OutFile) -> None:
    out.write(document_bytes(made, out.place))
    if reading.as_json:
        emit({"file": str(out.place)})
    else:
        click.echo(str(out.place))


@group.command("document")
@click.argument("case")
@click.option("--kind", type=click.Choice(sorted(KINDS)), default="report", show_default=True, help="Which document.")
@_LANG
@_OUT
@CASES
@reading_options
def document_command(*, case: str, kind: str, lang: str, out: OutFile, file: Path | None, reading: Reading) -> None:
    r"""Write an administrative report or a pre-weigh document about a case.

    Example:
    \b
        barrier case document ring-lender --out report.docx --store barrier-demo.barrier --at 2026-09-01
    """
    cases = Cases(cases_of(reading.store, file), today())
    seen, reader = seen_by(reading, lang)
    reading.record(f"document {case}", 1, kind="document", named=names_of(cases, case))
    one = case_file(cases.get(case), seen, reader)
    if one is None:
        raise no_such_case(case)
    made = KINDS[kind](one, _writer(reading, lang))
    _done(reading, anchored(made, _anchor(cases, reading), texts(lang)), out)


@group.command("agenda")
@_LANG
@_OUT
@CASES
@reading_options
def agenda_command(*, lang: str, out: OutFile, file: Path | None, reading: Reading) -> None:
    r"""Write the agenda of the case meeting, with a sheet for each open case.

    Example:
    \b
        barrier case agenda --out agenda.html --store barrier-demo.barrier --at 2026-09-01
    """
    cases = Cases(cases_of(reading.store, file), today())
    seen, reader = seen_by(reading, lang)
    rows = (cases.get(row["case_id"]) for row in cases.all() if not row["closed_at"])
    files = [f for f in (case_file(row, seen, reader) for row in rows) if f is not None]
    ageing, whom = [] if reading.partner else cases.ageing(), Audience(reader.name, reader.audience)
    made = agenda(files, _writer(reading, lang), day=today().isoformat(), ageing=ageing, whom=whom)
    known = files or not reading.partner  # a partner without a case is not told that there is a journal
    _done(reading, anchored(made, _anchor(cases, reading), texts(lang)) if known else made, out)


@click.command("regional-scan")
@_LANG
@_OUT
@reading_options
def regional_command(*, lang: str, out: OutFile, reading: Reading) -> None:
    r"""Write a regional scan: counts by municipality and barrier, effort beside them, small counts not shown.

    Example:
    \b
        barrier regional-scan --out region.html --store barrier-demo.barrier --at 2026-09-01
    """
    found = reading.networks("regional-scan")
    with reading.opened() as store:
        day = day_number(reading.day)
        made = regional_scan(store, found.findings, day=day, model=reading.model, texts=texts(lang), towns={})
    reading.record("regional-scan", len(found.findings))
    _done(reading, made, out)
