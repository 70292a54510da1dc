"""The answer of a query as JSON between two processes: lists, nulls, days and maps come back as what they were.

Rule: nothing is imported here that takes long.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

READY = b"ready\n"  # the store is open, the query begins
MOST_DEEP = 100  # lists and maps in one another
_MAP, _DAY, _TIME = "map", "day", "time"


def tagged(value: Any, deep: int = 0) -> Any:
    """Return a value as JSON can hold it; what JSON does not know is an object with one key that says its kind.

    Raises:
        RecursionError: Lists or maps lie in one another deeper than anybody needs.
    """
    if deep > MOST_DEEP:
        raise RecursionError
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [tagged(v, deep + 1) for v in value]
    if isinstance(value, date):
        return {_TIME if isinstance(value, datetime) else _DAY: value.isoformat()}
    if hasattr(value, "items"):  # maps, and nodes and links of a server
        return {_MAP: {str(k): tagged(v, deep + 1) for k, v in value.items()}}
    return str(value.iso_format() if hasattr(value, "iso_format") else value)  # days and durations of a server


def untagged(value: Any) -> Any:
    """Return what `tagged` was given."""
    if isinstance(value, list):
        return [untagged(v) for v in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == _MAP:
        return {k: untagged(v) for k, v in inner.items()}
    return date.fromisoformat(inner) if kind == _DAY else datetime.fromisoformat(inner)
