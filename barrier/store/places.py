"""Where files that go with a store are kept: in its folder, or for a server in the state folder of the user.

Rule: one place decides, and importing it takes no time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from barrier.store import is_server


def place_beside(store: str | Path, ending: str) -> Path:
    """Return the file beside an embedded store that has its name and an ending; the same by whatever path it is named.

    Args:
        store: Path of the store; a link leads to the folder it means, and `.` has that folder's name.
        ending: For instance `.lock`.
    """
    place = Path(os.path.realpath(store))
    return place.parent / f"{place.name}{ending}"


def state_path(store: str, name: str) -> Path:
    """Return where a file or folder of a store is.

    Args:
        store: Path or address of the store.
        name: Name in the folder of an embedded store.
    """
    if not is_server(store):
        return Path(store) / name
    of_server = re.sub(r"[^\w.-]+", "-", store.split("://", 1)[1])
    return Path.home() / ".local" / "state" / "barrier" / f"{of_server}.{name}"
