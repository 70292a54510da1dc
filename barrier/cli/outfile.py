"""`--out`: a file that somebody asks for, with `--overwrite`; and the other paths to which a command writes.

Rule: a command that writes to a path that was named has it from here; no other writes over or into anything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import click

from barrier.cli.options import asked_file, settings
from barrier.files import write_named
from barrier.store import is_server


class OutFileType(click.Path):
    """A file to write; `out_option` hands it over."""


class OutFolderType(click.Path):
    """A folder to write; what writes it looks at the place."""


class KeptFileType(click.Path):
    """A database of Barrier: jobs, messages or cases."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the file, at a place where it can be kept."""
        file = cast(Path, super().convert(value, param, ctx))
        from barrier.results.out_place import ensure_kept_file  # here, because its import takes time

        ensure_kept_file(file)
        return file


OUT_FILE = OutFileType(path_type=Path)
OUT_FOLDER = OutFolderType(path_type=Path)
KEPT_FILE = KeptFileType(path_type=Path)


@dataclass(frozen=True)
class OutFile:
    """A file that somebody asks for.

    Args:
        path: The file; None for standard output.
        overwrite: It is meant that a file of somebody else is lost.
        reads: What the same command reads.
    """

    path: Path | None
    overwrite: bool
    reads: tuple[Path, ...]

    def or_named(self, name: str) -> OutFile:
        """Return this file, or one of a name here where none was named."""
        return self if self.path else replace(self, path=Path(name)).checked()

    def checked(self) -> OutFile:
        """Return this file, at a place where it can be written."""
        from barrier.results.out_place import ensure_out_file  # here, because its import takes time

        if self.path is not None:
            ensure_out_file(self.path, self.reads)
        return self

    @property
    def place(self) -> Path:
        """The file, once there is one."""
        if self.path is None:
            raise TypeError("no file was named")
        return self.path

    def write(self, content: str | bytes) -> None:
        """Write the file, whole or not at all.

        Raises:
            InputError: What is there may not be lost.
            TryAgainError: It cannot be written.
        """
        self.checked()  # once more: making the content can take minutes
        with asked_file(self.place):
            write_named(self.place, content, overwrite=self.overwrite)


def out_option(about: str, *, required: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `--out` and `--overwrite`, and hand over the file; its place is looked at before anything is read."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_file(*, out: Path | None, overwrite: bool, **rest: Any) -> Any:
            return command(out=OutFile(out, overwrite, tuple(_read())).checked(), **rest)

        more = "Write --out also where a file of somebody else is lost by it."
        over = click.option("--overwrite", is_flag=True, help=more)
        return click.option("--out", type=OUT_FILE, required=required, help=about)(over(with_file))

    return add


def _read() -> Iterator[Path]:
    """Return the files and folders that a command was told to read."""
    given = click.get_current_context().params
    for name, value in given.items():
        if isinstance(value, str) and name in ("where", "model") and not is_server(value):
            yield Path(value)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Path) and name != "out":
                yield one
    if "rules" in given and (rules := settings().rules) is not None:
        yield rules
