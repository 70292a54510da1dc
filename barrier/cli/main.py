"""The command line: `barrier`.

Rule: every group has its module; this one only puts them together.
"""

from __future__ import annotations

import click

from barrier.cli import (
    alert_commands,
    case_commands,
    detector_commands,
    document_commands,
    history_commands,
    network_commands,
    retention_commands,
    schedule_commands,
)
from barrier.cli.advise_commands import advise_command
from barrier.cli.batch import doctor_command, generate_command, score_command
from barrier.cli.change_commands import displacement_command, unusual_command
from barrier.cli.diff_commands import diff_command
from barrier.cli.evaluate_commands import evaluate_command
from barrier.cli.group import BarrierGroup
from barrier.cli.queries import query_command
from barrier.cli.scans import check_command, demo_command, import_command, scan_command
from barrier.scan.memory import tune_process
from barrier.version import VERSION


@click.group(cls=BarrierGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="barrier")
def main() -> None:
    r"""Find overcrowded addresses and facilitators of human trafficking in the registers of a region, and say why.

    Begin with: barrier demo
    """
    tune_process()


_COMMANDS = (
    demo_command,
    scan_command,
    import_command,
    check_command,
    query_command,
    detector_commands.group,
    network_commands.group,
    network_commands.view_command,
    advise_command,
    case_commands.group,
    document_commands.regional_command,
    evaluate_command,
    diff_command,
    history_commands.group,
    unusual_command,
    displacement_command,
    retention_commands.group,
    schedule_commands.group,
    alert_commands.group,
    score_command,
    generate_command,
    doctor_command,
)
for _command in _COMMANDS:
    main.add_command(_command)
