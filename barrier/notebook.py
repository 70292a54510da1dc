"""The face of Barrier in Python: open a store, ask it questions, get data frames.

Rule: reading only; what is read is recorded as on the command line.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from barrier.analysis.analyse import analyse, occupancy_of
from barrier.analysis.kept import Asked, agreed, kept_of
from barrier.analysis.ruleset import RuleSet
from barrier.audit.events import Kind, ReadEvent, record
from barrier.detect.library import Detector, Explore, load_detectors, load_explore
from barrier.erasure.erase import finish_pending
from barrier.erasure.intent import is_pending
from barrier.errors import InputError
from barrier.model.dates import today
from barrier.model.rules import NO_RULES, Rules, office_rules
from barrier.networks.clusters import Cluster
from barrier.settings import first_purpose, no_purpose, process_settings
from barrier.store import Store, is_server, open_store, store_place
from barrier.store.limits import Limits, read_limited


class Graph:
    """A store that was opened for reading.

    Args:
        store: The store.
        where: Its path or address, as it was opened.
        purpose: Why it is read; recorded with every reading.
        rules: The rules of the office.
        limits: What a query may take.
        named: Whether somebody named these rules, so that they go before those of the last scan.
    """

    def __init__(
        self,
        store: Store,
        where: str,
        purpose: str,
        rules: Rules = NO_RULES,
        limits: Limits | None = None,
        *,
        named: bool = False,
    ) -> None:
        self._named = named
        self._told: set[str] = set()
        self._limits = limits or Limits()
        self._store = store
        self._where = where
        self._purpose = purpose
        self._rules = rules

    def query(self, query: str, *, at: date | None = None, **params: Any) -> pd.DataFrame:
        """Run a shipped query by name, or read-only Cypher.

        Args:
            query: Name of an explore query or detector, or Cypher.
            at: The day looked at, for shipped queries. Default that of the last scan.
            params: Values of ``$parameters``.

        Raises:
            InputError: The query writes or is not valid, or a parameter is unknown.
        """
        known: dict[str, Detector | Explore] = {q.id: q for q in load_detectors()}
        known |= {q.id: q for q in load_explore()}
        shipped = known.get(query.strip())
        text: str = shipped.query if shipped else query
        arguments: Mapping[str, Any] = shipped.arguments(self._terms(at).day, params) if shipped else params
        rows = read_limited(self._store, text, arguments, limits=self._limits)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._record("query", shipped.id if shipped else "-", rows.total, digest)
        return rows.frame

    def occupancy(self, day: date | None = None) -> pd.DataFrame:
        """Return the occupancy of every address with anybody on it, with the columns of `occupancy.csv` and more.

        Args:
            day: The day looked at. Default that of the last scan.
        """
        terms = self._terms(day)
        found = occupancy_of(self._store, terms).occupancy.table
        self._record("query", "occupancy", len(found), terms.day.isoformat(), terms)
        return found

    def clusters(self, day: date | None = None, *, model: str | None = None) -> list[Cluster]:
        """Return the clusters on a day, best first; the ``graph`` of each is a `networkx.MultiDiGraph`.

        Args:
            day: The day looked at. Default that of the last scan.
            model: Barrier model by id or path. Default that of the last scan.
        """
        terms = self._terms(day, model)
        found = analyse(self._store, load_detectors(), terms).clusters
        self._record("networks", "clusters", len(found), terms.day.isoformat(), terms)
        return found

    def _terms(self, day: date | None, model: str | None = None) -> RuleSet:
        """Return by what is looked: as by the last scan, but for what was asked; each difference is told once."""
        found = agreed(kept_of(self._store.terms()), Asked(day, model, self._rules, named=self._named), today=today())
        for note in found.notes:
            if note not in self._told:
                self._told.add(note)
                sys.stderr.write(f"Note: {note}\n")
        return found.terms

    def _record(self, action: Kind, what: str, rows: int, run: str, terms: RuleSet | None = None) -> None:
        rules = terms.rules if terms else self._rules
        record(ReadEvent(action, self._where, what, self._purpose, rows, run, rules=rules.digest))

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open(
    store: str | Path,
    *,
    user: str = "neo4j",
    password: str = "",
    purpose: str = "",
    rules: Path | None = None,
    limits: Limits | None = None,
) -> Graph:
    """Open a store for reading.

    Args:
        store: ``region.barrier``, or ``bolt://host:7687``, ``neo4j+s://…``.
        user: User of a server.
        password: Password of a server.
        purpose: Why you read; it is recorded. Default: ``BARRIER_PURPOSE``, else the settings of the office.
        rules: Folder with rules of the office. Default: those of the last scan of the store.
        limits: What a query may take; default 60 seconds and 1,024 MB beside the graph, and all rows.

    Raises:
        InputError: There is no store at the path, no purpose, or the rules are wrong.
    """
    where = store_place(str(store))
    if not is_server(where) and not Path(where).is_dir():
        raise InputError([f"{where}: there is no store"], hint="make one with: barrier import REGION --store STORE")
    settings = process_settings()
    purpose = first_purpose(purpose, settings.purpose)
    if not purpose:
        raise no_purpose()
    folder = rules or settings.rules
    own = office_rules(folder) if folder else NO_RULES
    opened = open_store(where, user=user, password=password)
    if is_pending(where):
        for note in finish_pending(opened).notes():
            sys.stderr.write(f"Note: {note}\n")
    return Graph(opened, where, purpose, own, limits, named=rules is not None)
