"""A mark beside a result folder: something is being erased from it, in the store that the mark names.

Rule: the mark counts only while the store holds what is to be erased; it names no id.
"""

from __future__ import annotations

import json
from pathlib import Path

from barrier.files import read_regular, write_private
from barrier.printable import parsed_json


def mark_pending(folder: Path, store: str, intent: Path) -> None:
    """Mark a result folder before something is erased from it.

    Args:
        folder: The folder.
        store: The store in which the erasure is at work.
        intent: The file that is there until it is finished.

    Raises:
        OSError: The mark cannot be written.
    """
    place = str(Path(store).resolve()) if "://" not in store else store
    write_private(_mark_of(folder), json.dumps({"store": place, "intent": str(intent.resolve())}), durable=True)


def unmark(folder: Path) -> None:
    """Say that nothing of what was erased is in a result folder any more."""
    _mark_of(folder).unlink(missing_ok=True)


def pending_store(folder: Path) -> str | None:
    """Return the store in which an erasure was begun that has not cleaned a result folder yet, or None."""
    mark = _mark_of(folder)
    if not mark.is_file():
        return None
    try:
        told = parsed_json(read_regular(mark, within=mark.parent))
        return str(told["store"]) if Path(told["intent"]).exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mark_of(folder: Path) -> Path:
    place = folder.resolve()
    return place.with_name(f".{place.name}.erasing")
