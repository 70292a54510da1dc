"""The command that reads a region and loads nothing.

Rule: it imports what reads a region and nothing of what scans one, so that it begins at once.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.analysis.ruleset import check_rules, unused_rules
from barrier.cli.options import FOLDER, emit, json_option, mapping_option, office_rules_option
from barrier.cli.progress import progress_bar
from barrier.errors import BarrierError
from barrier.model.rules import Rules
from barrier.model.schema import schema
from barrier.printable import counted
from barrier.scan.importing import counted_lines, falling, read


@click.command("check")
@click.argument("region", type=FOLDER)
@mapping_option
@office_rules_option
@json_option
def check_command(*, region: Path, mapping: Path | None, rules: Rules, as_json: bool) -> None:
    r"""Check a region folder without loading it, and list every row that is wrong.

    Rules of the office (--rules) are checked first: a file that is wrong is refused.

    Example:
    \b
        barrier check fixtures/demo
    """
    check_rules(rules)
    tables = len(schema().labels) + len(schema().relationships)
    with progress_bar(tables + 1) as step:
        found = read(region, mapping=mapping, strict=False, progress=step, rules=rules)
    if as_json:
        for row in found.rejected.to_dict("records"):
            emit(row)
    else:
        for row in found.rejected.to_dict("records"):
            place = f"{row['file']}: line {row['line']}: {row['column'] or 'row'}"
            click.echo(f"{place}: {row['reason']} (found {row['value_kind']})")
    for note in (
        *unused_rules(found.folder.path, trusted=False),
        *found.notes,
        *counted_lines(found, every=bool(mapping)),
    ):
        click.echo(f"Note: {note}", err=True)
    good = sum(found.tables.counts().values())
    made = " nodes and links" if mapping else ""
    if len(found.rejected):
        wrong = [f"{counted(found.rejects.own().rows(), 'row is', 'rows are')} wrong", falling(found)]
        raise BarrierError(
            f"{region}: {', '.join(w for w in wrong if w)}, {good:,}{made} good",
            hint="mend the rows; an import sets them aside and loads the rest",
        )
    click.echo(f"{region}: {good:,}{made or ' rows'}, all good", err=as_json)
