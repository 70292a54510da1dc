"""Partners who look, and regions made at random, for tests of what may be told to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa

from barrier import resources
from barrier.advise.powers import shipped_powers
from barrier.advise.sharing import Gate, Sharing, Viewer, shipped_sharing
from barrier.analysis.ruleset import RuleSet, ruleset_of
from barrier.detect.library import load_detectors
from barrier.disclosure.partner_results import PartnerResults, partner_results
from barrier.disclosure.partner_view import partner_graphs
from barrier.ingest.region import read_region
from barrier.store.tables import GraphTables, LinkTable

DAY = date(2026, 9, 1)
TODAY = date(2026, 11, 24)
PARTNERS = sorted(shipped_powers().partners)
STRENGTHS = ("weak", "medium", "strong")


def terms() -> RuleSet:
    """Return the numbers that ship, on the day of the demo region."""
    return ruleset_of(DAY)


def viewer(partner: str, **more: Any) -> Viewer:
    """Return a partner who looks by the shipped gates, or by others."""
    given = {"day": TODAY, "sharing": shipped_sharing(), "partners": shipped_powers().partners, **more}
    return Viewer(partner, **given)


def told(tables: GraphTables, who: Viewer) -> PartnerResults:
    """Return what is told to a partner of a region."""
    return partner_results(partner_graphs(tables, who), load_detectors(), terms())


def demo_tables() -> GraphTables:
    """Return the demo region."""
    return read_region(resources.fixtures() / "demo").tables


def with_some_rows(tables: GraphTables, chance: Random, *, share: float, only: str | None = None) -> GraphTables:
    """Return a region with a random share of the links of each type, or of one type."""

    def kept(name: str, link: LinkTable) -> LinkTable:
        if only is not None and name != only:
            return link
        return link.filter(pa.array([chance.random() < share for _ in range(link.table.num_rows)], pa.bool_()))

    return replace(tables, links={name: kept(name, link) for name, link in tables.links.items()})


def random_sharing(chance: Random, partner: str) -> Sharing:
    """Return the shipped rules with gates for a partner that open or close kinds of data at random."""
    rules = shipped_sharing()
    kinds = sorted({d.data for d in rules.links.values()} | set(rules.signals.values()) | {"signal", "inspection"})
    gates = []
    for data in kinds:
        condition = chance.choice(
            ["open", "open", "never", "source_hidden", "consent", "withheld_during_investigation"]
        )
        given = {"id": f"random_{data}", "data": [data], "from": ["*"], "to": [partner], "condition": condition}
        gates.append(Gate.model_validate({**given, "purpose": "test", "source": "test"}))
    return rules.model_copy(update={"gates": tuple(gates)})
