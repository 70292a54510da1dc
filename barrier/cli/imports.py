"""The command that puts a region into a store without scanning it.

Rule: a command parses, calls one function, prints.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.analysis.ruleset import unused_rules
from barrier.audit.events import ReadEvent, lost_readings, record
from barrier.cli.options import (
    FOLDER,
    REJECTED,
    asked_file,
    emit,
    json_option,
    mapping_option,
    office_rules_option,
    opened,
    purpose_text_option,
    store_options,
    strict_option,
)
from barrier.cli.progress import progress_bar
from barrier.cli.scanning import delivery_purpose
from barrier.detect.library import load_detectors
from barrier.erasure.effects import effects_by
from barrier.erasure.erase import begin
from barrier.erasure.past_term import limits_of, within_term
from barrier.erasure.settling import counting
from barrier.ingest.rejects import write_rejected
from barrier.model.dates import today
from barrier.model.rules import Rules
from barrier.printable import counted
from barrier.scan.importing import counted_lines, falling, imported_terms, load, read, rejected_lines
from barrier.scan.run import stages
from barrier.store.places import place_beside
from barrier.store.same_key import ensure_same_key


@click.command("import")
@click.argument("region", type=FOLDER)
@mapping_option
@strict_option
@store_options(required=True)
@purpose_text_option
@office_rules_option
@json_option
def import_command(
    *,
    region: Path,
    mapping: Path | None,
    strict: bool,
    where: str,
    user: str,
    purpose: str,
    rules: Rules,
    as_json: bool,
) -> None:
    r"""Put a region folder into a store, whole or not at all.

    Rows that are wrong are set aside in STORE.rejected.csv (for a server: rejected.csv here), with exit code 2.

    Example:
    \b
        barrier import fixtures/demo --store barrier-demo.barrier
    """
    purpose = delivery_purpose(purpose, region, mapping)
    ensure_same_key(where)
    with (
        opened(where, user, filled=True) as store,
        progress_bar(stages(detectors=0)) as step,
        store.writing(),
    ):
        read_in = read(region, mapping=mapping, strict=strict, progress=step, rules=rules)
        terms, kept = imported_terms(read_in, rules, today=today())
        day = terms.day
        read_in = within_term(read_in, limits_of(where, day))
        rows = sum(read_in.tables.counts().values())
        erasing = begin(
            store,
            read_in.protected,
            counted=counting(read_in.tables, day),
            measured=effects_by(load_detectors(), terms),
        )
        changes = None if erasing.graph else store.changes(read_in.tables)
        changed = load(store, read_in, terms=kept, progress=step, changes=changes)
        erased = erasing.done()
        erasing.said()
        record(ReadEvent("import", where, read_in.folder.name, purpose, rows, read_in.fingerprint[:16]))
        damage = store.damage()
    notes = [*read_in.notes, *erased.notes(), *lost_readings(where)]
    rejected = read_in.rejects.rows()
    file = Path("rejected.csv") if "://" in where else place_beside(where, ".rejected.csv")
    if as_json:
        by_file = {c.file: c.as_record() for c in read_in.row_counts}
        told = {"store": where, "rows": rows, "changed": changed, "rejected_rows": rejected}
        emit({**told, "rows_by_file": by_file, "notes": notes})
    else:
        unused = unused_rules(read_in.folder.path, trusted=False)
        notes = [*unused, *notes, *rejected_lines(read_in), *counted_lines(read_in, every=bool(mapping))]
        notes += [f"the store was damaged and was built anew from the delivery ({damage})"] if damage else []
        for note in notes:
            click.echo(f"Note: {note}", err=True)
        made = f"{rows:,} nodes and links" if mapping else counted(rows, "row")
        click.echo(f"{where}: {made} " + ("loaded" if changed else "were there already, nothing changed"))
    if rejected:
        with asked_file(file):
            write_rejected(file, read_in.rejected)
        follow = f" ({falling(read_in)})" if falling(read_in) else ""
        click.echo(f"{counted(rejected, 'row was', 'rows were')} set aside{follow}: {file}", err=True)
        raise click.exceptions.Exit(REJECTED)
