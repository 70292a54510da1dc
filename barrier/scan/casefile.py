"""Where the cases of a store are kept."""

from __future__ import annotations

import re
from pathlib import Path

from barrier.store import is_server


def cases_file(store: str) -> Path:
    """Return the file: in the folder of an embedded store, else in the state folder of the user."""
    if is_server(store):
        name = re.sub(r"[^\w.-]+", "-", store.split("://", 1)[1])
        return Path.home() / ".local" / "state" / "barrier" / f"{name}.cases.sqlite"
    return Path(store) / "cases.sqlite"
