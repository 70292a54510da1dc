"""What commands that read a store on a day have in common: one set of options, one object.

Rule: every reading is recorded with its purpose before anything is shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from barrier.advise.plan import Plan, Setting
from barrier.advise.sharing import Viewer
from barrier.cli.options import (
    Day,
    detector_option,
    existing_store,
    json_option,
    opened,
    partner_options,
    purpose_option,
    rules_options,
    store_options,
)
from barrier.detect.library import load_detectors
from barrier.model.barriers import BarrierModel
from barrier.model.dates import today
from barrier.model.rules import Rules
from barrier.report.audience import audience_line
from barrier.scan.advising import plans
from barrier.scan.audit import Kind, ReadEvent, record
from barrier.scan.described import described_subjects
from barrier.scan.networks import Networks, networks_of
from barrier.scan.partner import PartnerResults, partner_plans, partner_results
from barrier.scan.ruleset import RuleSet, ruleset_of
from barrier.scan.views import partner_graphs, tables_of, viewer_of
from barrier.store import Store


@dataclass(frozen=True)
class Reading:
    """Which store is read, for which day, by which rules, and why.

    Args:
        store: Path or address.
        user: User of a server.
        terms: The day, and by what is looked: barrier model, norms, powers, gates.
        folders: Folders with more detectors.
        purpose: Why.
        as_json: Whether a script reads the answer.
        partner: Partner whose view is wanted; default everything.
        investigation: Whether a criminal investigation is open.
        consent: Whether those concerned gave their consent.
    """

    store: str
    user: str
    terms: RuleSet
    folders: tuple[Path, ...]
    purpose: str
    as_json: bool
    partner: str | None = None
    investigation: bool = False
    consent: bool = False

    @property
    def day(self) -> date:
        """The day looked at."""
        return self.terms.day

    @property
    def model(self) -> BarrierModel:
        """The barrier model."""
        return self.terms.model

    def viewer(self) -> Viewer | None:
        """Return whose view is wanted, or None for everything in the store."""
        if self.partner is None:
            return None
        seen = {"investigation": self.investigation, "consent": self.consent}
        return viewer_of(self.partner, today(), self.terms.rules, **seen)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Open the store, or a store in memory with what a partner sees of it."""
        with opened(existing_store(self.store), self.user) as store:
            viewer = self.viewer()
            yield partner_graphs(tables_of(store), viewer).seen if viewer else store

    def networks(self, what: str, *, named: tuple[str, ...] = ()) -> Networks:
        """Return the clusters, and record that they were read."""
        with opened(existing_store(self.store), self.user) as store:
            viewer = self.viewer()
            if viewer is None:
                detectors = load_detectors(self.folders)
                found = networks_of(store, detectors, self.terms)
            else:
                found = self._for_partner(store, viewer).networks()
        self.record(what, len(found.clusters), named=named)
        return found

    def _for_partner(self, store: Store, viewer: Viewer) -> PartnerResults:
        graphs = partner_graphs(tables_of(store), viewer)
        click.echo(audience_line(graphs.as_record()), err=True)
        return partner_results(graphs, load_detectors(self.folders), self.terms)

    def plans(self, setting: Setting, what: str, *, asked: str = "") -> list[Plan]:
        """Return the plans for clusters and findings, weak ones only where asked about; record the reading."""
        return self.everything(setting, what, asked=asked)[1]

    def everything(
        self, setting: Setting, what: str, *, asked: str = ""
    ) -> tuple[Networks, list[Plan], dict[str, str]]:
        """Return clusters, plans and what their members are, and record that they were read."""
        with opened(existing_store(self.store), self.user) as store:
            viewer = self.viewer()
            results = self._for_partner(store, viewer) if viewer else None
            if results is None:
                detectors = load_detectors(self.folders)
                found = networks_of(store, detectors, self.terms)
                made = plans(store, found.findings, found.clusters, found.occupancy, setting, asked=asked)
            else:
                found = results.networks()
                made = partner_plans(results, setting, asked=asked)
            members = ({"id": i, "label": label} for p in made for i, label in p.dossier.members.items())
            words = results.words(members, {}) if results else described_subjects(store, members, {})
        self.record(what, len(made), kind="advise")
        return found, made, words

    def record(self, what: str, count: int, *, kind: Kind = "networks", named: tuple[str, ...] = ()) -> None:
        """Record a reading."""
        event = ReadEvent(kind, self.store, what, self.purpose, count, self.model.id, named=named)
        viewed = replace(event, view=self.partner or "", consent=self.consent, investigation=self.investigation)
        record(replace(viewed, rules=self.terms.rules.digest))


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
        rules: Rules,
        purpose: str,
        as_json: bool,
        partner: str | None,
        investigation: bool,
        consent: bool,
        **rest: Any,
    ) -> Any:
        reading = Reading(
            where,
            user,
            ruleset_of(at or today(), model, rules=rules),
            folders,
            purpose,
            as_json,
            partner,
            investigation,
            consent,
        )
        return command(reading=reading, **rest)

    day = click.option("--at", type=Day(), help="Day to look at. Default: today.")
    model = click.option("--model", default="five-barriers", show_default=True, help="Barrier model: id or YAML file.")
    more = rules_options(purpose_option(detector_option(partner_options(json_option(with_reading)))))
    return store_options(required=True)(day(model(more)))
