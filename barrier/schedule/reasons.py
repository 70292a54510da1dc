"""Why a delivery was set aside, for whoever delivered it.

Rule: kinds of problems from a list, with the table and line; nothing of what a scan said goes out as it stands, for it
can name paths of this machine and content of files.
"""

from __future__ import annotations

import re
from pathlib import Path

from barrier.ingest.folder import ENDINGS
from barrier.model.schema import schema

OTHER = "cannot be used; ask who receives the delivery"
MOST_LINES = 200
_KINDS = (
    ("a link", "is a link or no plain file; deliver a copy of the file itself"),
    ("plain file", "is a link or no plain file; deliver a copy of the file itself"),
    ("leads out", "is a link or no plain file; deliver a copy of the file itself"),
    ("somebody else", "is a file of somebody else; deliver a copy"),
    ("more than", "is larger, or holds more, than can be read"),
    ("larger than", "is larger, or holds more, than can be read"),
    ("no table of the model", "no table that is known was found"),
)
_OF_A_FILE = (  # said only of a file that is known: of anything else the same words mean something else
    ("gzip", "is no complete gzip file"),
    ("not a Parquet file", "is no Parquet file that can be read"),
    ("spreadsheet", "is no spreadsheet that can be read"),
    ("UTF-8", "is no UTF-8 text"),
    ("empty file", "is empty; a header line is expected"),
    ("the table", "stands there twice"),
    ("stands twice", "has a column twice"),
    ("one and the same", "has a column twice"),
    ("two cells stand at", "has two cells at one place"),
    ("which is not read", "has a column of a kind that is not read"),
    ("which are not read", "has a column of a kind that is not read"),
    (
        "what is secret",
        "has a column that may say what is secret, and nothing reads it; expected: protected",
    ),
    ("column", "has a column too few or too many"),
    ("not a table", "is no table that can be read"),
    ("not valid YAML", "is no valid YAML"),
    ("field required", "lacks a field"),
    ("not a field", "has a field that is not known"),
    ("extra inputs", "has a field that is not known"),
    ("input should be", "has a value of another kind than expected"),
    ("expected", "has a value of another kind than expected"),
    ("barrier model", "names a barrier model that is not known"),
)
_LINE = re.compile(r"\bline (\d{1,12})\b")


def supplier_reason(said: str) -> str:
    """Return what a scan said about a delivery, as kinds of problems, one a line."""
    lines = [line.removeprefix("Error: ") for line in said.splitlines() if not line.startswith(("Hint:", "Note:"))]
    told = list(dict.fromkeys(_kind(line) for line in lines if line.strip()))
    rest = len(told) - MOST_LINES
    return "\n".join(told[:MOST_LINES] + ([f"and {rest} more"] if rest > 0 else [])) or f"the delivery {OTHER}"


def names_delivered(said: str, delivery: Path) -> bool:
    """Return whether an error that a scan said is about something in a delivery: a file of it, or itself."""
    files = [n for f in delivery.rglob("*") for n in (f.relative_to(delivery).as_posix(), f.name)]
    names = tuple(f"{n}:" for n in (*_names(), *files, delivery.name, str(delivery)))
    return any(
        line.removeprefix("Error: ").startswith(names) for line in said.splitlines() if line.startswith("Error:")
    )


def _kind(line: str) -> str:
    file = next((name for name in _names() if line.startswith(f"{name}:")), "")
    kind = next((told for mark, told in (*_KINDS, *_OF_A_FILE * bool(file)) if mark in line), OTHER)
    at = _LINE.search(line.removeprefix(file)) if file else None
    return f"{file or 'the delivery'}{f', line {at.group(1)}' if at else ''}: {kind}"


def _names() -> list[str]:
    tables = [f"{name}{end}" for name in (*schema().labels, *schema().relationships) for end in ENDINGS]
    return [*tables, "region.yaml"]
