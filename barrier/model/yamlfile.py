"""Reading YAML data files into pydantic models.

Rule: unknown fields are refused, and all errors of a file are reported at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from barrier.errors import InputError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, compiled where there is a compiler


class Strict(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


def load_yaml(path: Path, model: type[M]) -> M:
    """Read one YAML file into ``model``.

    Raises:
        InputError: The file cannot be read, is not YAML, or breaks the model; one line a problem.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{path.name}: cannot be read: {type(error).__name__}"]) from error
    return parse_yaml(text, model, where=path.name)


def parse_yaml(text: str, model: type[M], *, where: str) -> M:
    """Read YAML text into ``model``; ``where`` names it in messages.

    Raises:
        InputError: The text is not YAML or breaks the model; one line a problem.
    """
    try:
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f" on line {line + 1}"
        raise InputError(
            [f"{where}: not valid YAML{at}"],
            hint="check indentation, colons, and quotes around dates with unknown parts",
        ) from error
    return validate(data, model, where=where)


def validate(data: Any, model: type[M], *, where: str) -> M:
    """Check ``data`` against ``model``; ``where`` names it in messages.

    Raises:
        InputError: One line for every field that is wrong.
    """
    if not isinstance(data, dict):
        raise InputError([f"{where}: expected a mapping of fields, found {type(data).__name__}"])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [
            f"{where}: {'.'.join(str(p) for p in e['loc']) or 'file'}: {_told(e['msg'])}" for e in error.errors()
        ]
        raise InputError(problems, hint="see docs/reference for the fields of this file") from error


def _told(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
