"""The click group that prints Barrier's errors: message, hint, exit code, no traceback.

Rule: the only place that catches `BarrierError`.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

import click

from barrier.errors import BarrierError

INTERRUPTED = 130


class BarrierGroup(click.Group):
    """A group whose commands may raise `BarrierError`."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        r"""Register a command; its help, a raw docstring, keeps the line after `\b` as it stands."""
        cmd.help = inspect.cleandoc(cmd.help).replace("\n\\b\n", "\n\n\b\n") if cmd.help else cmd.help
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a deliberate error and leave with its exit code."""
        try:
            return super().invoke(ctx)
        except BarrierError as error:
            for line in str(error).splitlines():
                click.echo(f"Error: {line}", err=True)
            if error.hint:
                click.echo(f"Hint: {error.hint}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing was changed by what was not finished.", err=True)
            sys.exit(INTERRUPTED)
