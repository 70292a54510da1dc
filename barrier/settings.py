"""The settings of an office: one TOML file, read once into one frozen object.

Rule: whatever is unknown in it is refused; what a command was told itself goes before it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from barrier.errors import InputError
from barrier.files import read_regular
from barrier.model.rules import refuse_shared
from barrier.model.yamlfile import LARGEST, Strict, validate
from barrier.printable import says_something

PURPOSE_VARIABLE, SETTINGS_VARIABLE = "BARRIER_PURPOSE", "BARRIER_SETTINGS"
LONGEST_PURPOSE = 500


class Settings(Strict):
    """The content of `settings.toml`; all of it may be absent.

    ``purpose`` is why this office reads, where a command does not say it; ``rules`` is the folder with its own rules.
    """

    purpose: str = ""
    rules: Path | None = None


def default_file() -> Path:
    """Return where the settings are looked for when no other file is named."""
    return Path.home() / ".config" / "barrier" / "settings.toml"


def read_settings(file: Path | None = None) -> Settings:
    """Read the settings; without a file named, those of the user, who need not have any.

    Raises:
        InputError: The file is not there, is not TOML, holds something unknown, or names rules and
            others could change it.
    """
    if file is None and not default_file().is_file():
        return Settings()
    path = file or default_file()
    try:
        data = tomllib.loads(read_regular(path, limit=LARGEST).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        hint = "name a file with --settings, or in BARRIER_SETTINGS"
        raise InputError([f"{path}: settings cannot be read: {type(error).__name__}"], hint=hint) from error
    except tomllib.TOMLDecodeError as error:
        hint = 'write lines such as: purpose = "why you look"'
        raise InputError([f"{path}: not valid TOML: {error}"], hint=hint) from error
    found = validate(data, Settings, where=str(path))
    if found.rules is None:
        return found
    place = path.resolve()
    refuse_shared([*reversed(place.parents), place], what=str(path))  # who can change it could choose the gates
    return found.model_copy(update={"rules": place.parent / found.rules.expanduser()})


def process_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings for what has no command line, a notebook or a job, with the purpose of the environment.

    Raises:
        InputError: The settings are wrong.
    """
    variables = os.environ if environ is None else environ
    named = variables.get(SETTINGS_VARIABLE)
    found = read_settings(Path(named) if named else None)
    purpose = first_purpose(variables.get(PURPOSE_VARIABLE), found.purpose)
    return found.model_copy(update={"purpose": purpose})


def first_purpose(*given: str | None) -> str:
    """Return the first purpose that says something, in one line; empty where none does.

    Blanks, invisible characters, line ends and marks such as `.` say nothing.
    """
    for text in given:
        plain = "".join(c for c in " ".join((text or "").split()) if c.isprintable()).strip()
        if says_something(plain):
            return plain[:LONGEST_PURPOSE]
    return ""


def no_purpose() -> InputError:
    """Return the refusal of a reading without a purpose, with what to type."""
    hint = (
        f'say why you look, with --purpose "why"; or once for all: export {PURPOSE_VARIABLE}="why", '
        f'or a line purpose = "why" in {default_file()}'
    )
    told = "no purpose was given that says why (two letters at least), and what is read by whom is recorded with it"
    return InputError([told], hint=hint)
