"""What commands that read a store on a day have in common: one set of options, one object.

Rule: every reading is recorded with its purpose before anything is shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from barrier.advise.plan import Plan, Setting
from barrier.advise.plans import plans
from barrier.advise.sharing import Viewer
from barrier.analysis.analyse import Analysis, analyse
from barrier.analysis.kept import Agreed, Asked, Kept, agreed, kept_of, missing_detectors
from barrier.analysis.ruleset import RuleSet
from barrier.audit.events import Kind, ReadEvent, record
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
    tell,
)
from barrier.detect.library import Detector, load_detectors
from barrier.disclosure.partner_results import PartnerResults, partner_plans, partner_results
from barrier.disclosure.partner_view import partner_graphs, tables_of, viewer_of
from barrier.model.barriers import BarrierModel
from barrier.model.dates import today
from barrier.model.rules import Rules
from barrier.report.audience import audience_line
from barrier.results.subject_names import described_subjects
from barrier.store import Store


@dataclass(frozen=True)
class Reading:
    """Which store is read, for which day, by which rules, and why.

    Args:
        store: Path or address.
        user: User of a server.
        asked: The day, barrier model and rules that were asked for; the rest is that of the last scan.
        folders: Folders with more detectors.
        purpose: Why.
        as_json: Whether a script reads the answer.
        partner: Partner whose view is wanted; default everything.
        investigation: Whether a criminal investigation is open.
        consent: Whether those concerned gave their consent.
    """

    store: str
    user: str
    asked: Asked
    folders: tuple[Path, ...]
    purpose: str
    as_json: bool
    partner: str | None = None
    investigation: bool = False
    consent: bool = False

    @property
    def terms(self) -> RuleSet:
        """The day, and by what is looked: those of the last scan, but for what was asked; differences are told once."""
        return self._agreed.terms

    @cached_property
    def _kept(self) -> Kept | None:
        with opened(existing_store(self.store), self.user) as store:
            return kept_of(store.terms())

    @cached_property
    def _agreed(self) -> Agreed:
        found = agreed(self._kept, self.asked, today=today())
        tell(found.notes)
        return found

    @cached_property
    def detectors(self) -> tuple[Detector, ...]:
        """The detectors that came with Barrier, and those of the folders that were named."""
        found = tuple(load_detectors(self.folders))
        tell(missing_detectors(self._kept, found))
        return found

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

    def networks(self, what: str, *, named: tuple[str, ...] = ()) -> Analysis:
        """Return the clusters, and record that they were read."""
        terms = self.terms
        with opened(existing_store(self.store), self.user) as store:
            viewer = self.viewer()
            if viewer is None:
                found = analyse(store, self.detectors, terms)
            else:
                found = self._for_partner(store, viewer).analysis()
        self.record(what, len(found.clusters), named=named)
        return found

    def _for_partner(self, store: Store, viewer: Viewer) -> PartnerResults:
        graphs = partner_graphs(tables_of(store), viewer)
        click.echo(audience_line(graphs.as_record()), err=True)
        return partner_results(graphs, self.detectors, self.terms)

    def plans(self, setting: Setting, what: str, *, asked: str = "") -> list[Plan]:
        """Return the plans for clusters and findings, weak ones only where asked about; record the reading."""
        return self.everything(setting, what, asked=asked)[1]

    def everything(
        self, setting: Setting, what: str, *, asked: str = ""
    ) -> tuple[Analysis, list[Plan], dict[str, str]]:
        """Return clusters, plans and what their members are, and record that they were read."""
        with opened(existing_store(self.store), self.user) as store:
            viewer = self.viewer()
            results = self._for_partner(store, viewer) if viewer else None
            if results is None:
                found = analyse(store, self.detectors, self.terms)
                made = plans(store, found.findings, found.clusters, found.occupancy, setting, asked=asked)
            else:
                found = results.analysis()
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
        model: str | None,
        folders: tuple[Path, ...],
        rules: Rules,
        named: bool,
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
            Asked(at, model, rules, named=named, partner=partner is not None),
            folders,
            purpose,
            as_json,
            partner,
            investigation,
            consent,
        )
        return command(reading=reading, **rest)

    day = click.option("--at", type=Day(), help="Day to look at. Default: that of the last scan.")
    model = click.option("--model", help="Barrier model: id or YAML file. Default: that of the last scan.")
    more = rules_options(purpose_option(detector_option(partner_options(json_option(with_reading)))))
    return store_options(required=True)(day(model(more)))
