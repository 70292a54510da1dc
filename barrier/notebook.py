"""The face of Barrier in Python: open a store, ask it questions, get data frames.

Rule: reading only; what is read is recorded as on the command line.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from barrier.detect.library import Detector, Explore, load_detectors, load_explore
from barrier.detect.occupancy import occupancy
from barrier.errors import InputError
from barrier.model.barriers import load_model
from barrier.model.dates import today
from barrier.model.norms import shipped_norms
from barrier.networks.clusters import Cluster
from barrier.scan.audit import ReadEvent, record
from barrier.scan.networks import networks_of
from barrier.settings import PURPOSE_VARIABLE, SETTINGS_VARIABLE, first_purpose, no_purpose, read_settings
from barrier.store import Store, is_server, open_store, store_place


class Graph:
    """A store that was opened for reading.

    Args:
        store: The store.
        where: Its path or address, as it was opened.
        purpose: Why it is read; recorded with every reading.
    """

    def __init__(self, store: Store, where: str, purpose: str) -> None:
        self._store = store
        self._where = where
        self._purpose = purpose

    def query(self, query: str, *, at: date | None = None, **params: Any) -> pd.DataFrame:
        """Run a shipped query by name, or read-only Cypher.

        Args:
            query: Name of an explore query or detector, or Cypher.
            at: The day looked at, for shipped queries. Default today.
            params: Values of ``$parameters``.

        Raises:
            InputError: The query writes or is not valid, or a parameter is unknown.
        """
        known: dict[str, Detector | Explore] = {q.id: q for q in load_detectors()}
        known |= {q.id: q for q in load_explore()}
        shipped = known.get(query.strip())
        text: str = shipped.query if shipped else query
        arguments: Mapping[str, Any] = shipped.arguments(at or today(), params) if shipped else params
        rows = self._store.read(text, arguments)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        record(ReadEvent("query", self._where, shipped.id if shipped else "-", self._purpose, rows.total, digest))
        return rows.frame

    def occupancy(self, day: date) -> pd.DataFrame:
        """Return the occupancy of every address with anybody on it, with the columns of `occupancy.csv` and more."""
        found = occupancy(self._store, day, shipped_norms()).table
        record(ReadEvent("query", self._where, "occupancy", self._purpose, len(found), day.isoformat()))
        return found

    def clusters(self, day: date, *, model: str = "five-barriers", region: Path | None = None) -> list[Cluster]:
        """Return the clusters on a day, best first; the ``graph`` of each is a `networkx.MultiDiGraph`.

        Args:
            day: The day looked at.
            model: Barrier model by id or path.
            region: Region folder whose norms and known hubs apply; default those that ship with Barrier.
        """
        chosen = load_model(model)
        found = networks_of(self._store, load_detectors(), day=day, model=chosen, region=region).clusters
        record(ReadEvent("networks", self._where, "clusters", self._purpose, len(found), day.isoformat()))
        return found

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open(store: str | Path, *, user: str = "neo4j", password: str = "", purpose: str = "") -> Graph:
    """Open a store for reading.

    Args:
        store: ``region.barrier``, or ``bolt://host:7687``, ``neo4j+s://…``.
        user: User of a server.
        password: Password of a server.
        purpose: Why you read; it is recorded. Default: ``BARRIER_PURPOSE``, else the settings of the office.

    Raises:
        InputError: There is no store at the path, or no purpose.
    """
    where = store_place(str(store))
    if not is_server(where) and not Path(where).is_dir():
        raise InputError([f"{where}: there is no store"], hint="make one with: barrier import REGION --store STORE")
    named = os.environ.get(SETTINGS_VARIABLE)
    settings = read_settings(Path(named) if named else None)
    purpose = first_purpose(purpose, os.environ.get(PURPOSE_VARIABLE), settings.purpose)
    if not purpose:
        raise no_purpose()
    return Graph(open_store(where, user=user, password=password), where, purpose)
