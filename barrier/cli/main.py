"""The command line: `barrier`.

Rule: every group has its module; this one only says where each command is.
"""

from __future__ import annotations

from pathlib import Path

import click

from barrier.cli.group import BarrierGroup
from barrier.cli.options import SETTINGS
from barrier.files import keep_process_private
from barrier.ingest.limits import for_tables_of, set_limits
from barrier.scan.memory import tune_process
from barrier.settings import SETTINGS_VARIABLE
from barrier.version import VERSION

_PLACES = {
    "advise": "barrier.cli.advise_commands:advise_command",
    "alerts": "barrier.cli.alert_commands:group",
    "audit": "barrier.cli.audit_commands:group",
    "case": "barrier.cli.document_commands:group",
    "check": "barrier.cli.check_commands:check_command",
    "demo": "barrier.cli.scans:demo_command",
    "detectors": "barrier.cli.detector_commands:group",
    "diff": "barrier.cli.diff_commands:diff_command",
    "displacement": "barrier.cli.change_commands:displacement_command",
    "doctor": "barrier.cli.batch:doctor_command",
    "evaluate": "barrier.cli.evaluate_commands:evaluate_command",
    "generate": "barrier.cli.batch:generate_command",
    "history": "barrier.cli.history_commands:group",
    "import": "barrier.cli.imports:import_command",
    "key": "barrier.cli.key_commands:group",
    "networks": "barrier.cli.network_commands:group",
    "query": "barrier.cli.queries:query_command",
    "regional-scan": "barrier.cli.document_commands:regional_command",
    "retention": "barrier.cli.retention_commands:group",
    "scan": "barrier.cli.scans:scan_command",
    "schedule": "barrier.cli.schedule_commands:group",
    "score": "barrier.cli.batch:score_command",
    "unusual": "barrier.cli.change_commands:unusual_command",
    "view": "barrier.cli.network_commands:view_command",
}


@click.group(cls=BarrierGroup, places=_PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--max-table-gb",
    default=1.0,
    show_default=True,
    envvar="BARRIER_MAX_TABLE_GB",
    type=click.FloatRange(0.01, 64),
    help="Largest delivered table, unpacked; the other limits of the reader rise with it.",
)
@click.version_option(VERSION, prog_name="barrier")
@click.option(
    "--settings",
    envvar=SETTINGS_VARIABLE,
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=lambda context, _, file: context.meta.update({SETTINGS: file}),
    help="Settings of the office (TOML). Default: ~/.config/barrier/settings.toml, where it is.",
)
def main(max_table_gb: float) -> None:
    r"""Find overcrowded addresses and facilitators of human trafficking in the registers of a region, and say why.

    Begin with: barrier demo
    """
    keep_process_private()
    set_limits(for_tables_of(max_table_gb))
    tune_process()
