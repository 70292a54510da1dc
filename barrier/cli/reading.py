"""What commands that read a store on a day have in common: one set of options, one object.

Rule: every reading is recorded with its purpose before anything is shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from barrier.cli.options import FOLDER, Day, detector_option, existing_store, json_option, opened, store_options
from barrier.detect.library import load_detectors
from barrier.model.barriers import BarrierModel, load_model
from barrier.scan.audit import Kind, ReadEvent, record
from barrier.scan.networks import Networks, networks_of


@dataclass(frozen=True)
class Reading:
    """Which store is read, for which day, by which rules, and why.

    Args:
        store: Path or address.
        user: User of a server.
        day: The day looked at.
        model: Barrier model.
        folders: Folders with more detectors.
        region: Region folder whose norms and known hubs apply.
        purpose: Why.
        as_json: Whether a script reads the answer.
    """

    store: str
    user: str
    day: date
    model: BarrierModel
    folders: tuple[Path, ...]
    region: Path | None
    purpose: str
    as_json: bool

    def networks(self, what: str) -> Networks:
        """Return the clusters, and record that they were read."""
        with opened(existing_store(self.store), self.user) as store:
            detectors = load_detectors(self.folders)
            found = networks_of(store, detectors, day=self.day, model=self.model, region=self.region)
        self.record(what, len(found.clusters))
        return found

    def record(self, what: str, count: int, *, kind: Kind = "networks") -> None:
        """Record a reading."""
        record(ReadEvent(kind, self.store, what, self.purpose, count, self.model.id))


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which store, day, model and detectors, and hand them over as ``reading``."""

    @functools.wraps(command)
    def with_reading(
        *,
        where: str,
        user: str,
        at: date | None,
        model: str,
        folders: tuple[Path, ...],
        region: Path | None,
        purpose: str,
        as_json: bool,
        **rest: Any,
    ) -> Any:
        day = at or date.today()
        reading = Reading(where, user, day, load_model(model), folders, region, purpose, as_json)
        return command(reading=reading, **rest)

    day = click.option("--at", type=Day(), help="Day to look at. Default: today.")
    model = click.option("--model", default="five-barriers", show_default=True, help="Barrier model: id or YAML file.")
    region = click.option("--region", type=FOLDER, help="Region folder whose norms and known hubs apply.")
    purpose = click.option("--purpose", default="", help="Why; it is recorded.")
    return store_options(required=True)(day(model(region(purpose(detector_option(json_option(with_reading)))))))
