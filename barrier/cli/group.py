"""The click group that prints Barrier's errors: message, hint, exit code, no traceback.

Rule: the only place that catches `BarrierError`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from barrier.cli.output import safe_streams
from barrier.errors import BarrierError, TryAgainError
from barrier.files import trouble

INTERRUPTED = 130


class BarrierGroup(click.Group):
    """A group whose commands may raise `BarrierError`.

    Args:
        places: Commands by name, each as ``module:attribute``, imported when it is asked for: what one command needs
            takes another no time.
    """

    def __init__(self, *args: Any, places: Mapping[str, str] | None = None, **given: Any) -> None:
        super().__init__(*args, **given)
        self._places = dict(places or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the alphabet."""
        return sorted({*self._places, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        if cmd_name in self._places and cmd_name not in self.commands:
            module, attribute = self._places[cmd_name].split(":")
            self.add_command(getattr(import_module(module), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        r"""Register a command; its help, a raw docstring, keeps the line after `\b` as it stands."""
        cmd.help = inspect.cleandoc(cmd.help).replace("\n\\b\n", "\n\n\b\n") if cmd.help else cmd.help
        super().add_command(cmd, name)

    def main(self, *args: Any, **given: Any) -> Any:
        """Run the command line, with standard output and error that steer no terminal."""
        try:
            with safe_streams():
                return super().main(*args, **given)
        except OSError as error:
            with suppress(OSError), safe_streams():
                click.echo(f"Error: {error.filename or 'what is printed'}: {trouble(error)}", err=True)
                click.echo("Hint: free space, or name another place, then try again", err=True)
            sys.exit(TryAgainError.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a deliberate error and leave with its exit code."""
        try:
            return super().invoke(ctx)
        except BarrierError as error:
            for line in str(error).split("\n"):
                click.echo(f"Error: {line}", err=True)
            if error.hint:
                click.echo(f"Hint: {error.hint}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing was changed by what was not finished.", err=True)
            sys.exit(INTERRUPTED)
