"""Stores: where the graph of a region lives, and how to open one.

Loading happens at first use, so that a command can begin to read a graph before it has imported all it needs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from barrier.errors import InputError
from barrier.files import tighten
from barrier.lazy import importing
from barrier.store.address import is_server, store_place
from barrier.store.own_folders import check_store_place, is_store

if TYPE_CHECKING:
    from barrier.store.embedded import EmbeddedStore
    from barrier.store.protocol import Columns, NumberedColumns, Rows, Snapshot, Store, Terms

__all__ = [
    "Columns",
    "EmbeddedStore",
    "NumberedColumns",
    "Rows",
    "Snapshot",
    "Store",
    "Terms",
    "check_place",
    "is_server",
    "open_store",
    "store_place",
]

__getattr__ = importing(
    __name__,
    {
        "Columns": "barrier.store.protocol",
        "EmbeddedStore": "barrier.store.embedded",
        "NumberedColumns": "barrier.store.protocol",
        "Rows": "barrier.store.protocol",
        "Snapshot": "barrier.store.protocol",
        "Store": "barrier.store.protocol",
        "Terms": "barrier.store.protocol",
    },
)


def open_store(where: str | Path, *, user: str | None = None, password: str | None = None) -> Store:
    """Return the store at a path (embedded) or at an address (Neo4j).

    Args:
        where: ``region.barrier``, or ``bolt://host:7687``, ``neo4j+s://host/database``.
        user: User of the server; default neo4j.
        password: Password of the server.

    Raises:
        InputError: The address is not one of a Neo4j server, or the path is no text.
    """
    place = store_place(str(where))
    if is_server(place):
        from barrier.store.neo4j import Neo4jStore  # here, because who has no server need not wait for the driver

        return Neo4jStore(place, user=user or "neo4j", password=password or "")
    from barrier.store.embedded import EmbeddedStore

    if "\ufffd" in os.fsencode(where).decode("utf-8", "replace"):
        hint = "rename the folder, or name another store"
        raise InputError([f"{where}: the name of a store must be text in UTF-8"], hint=hint)
    if Path(where).is_dir() and is_store(Path(where)):  # a folder that is no store is left as it is
        tighten(Path(where))
    return EmbeddedStore(Path(where))


def check_place(where: str | Path) -> None:
    """Refuse a place for a store that holds something else, before work begins; nothing in it is touched.

    Raises:
        InputError: It is a file, or somebody else's folder.
    """
    if not is_server(str(where)):
        check_store_place(Path(where))
