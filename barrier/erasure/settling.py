"""Ordinary addresses where somebody lived who is erased: older counts become those of now, older findings go.

Rule: nothing that is compared later shows that somebody fewer is counted there from one day on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from barrier.advise.plans import as_json
from barrier.detect.occupancy.intervals import read_stays
from barrier.erasure.effects import NO_EFFECTS, Effects
from barrier.erasure.results import REPORT, is_withdrawn, withdraw
from barrier.files import is_regular, write_private
from barrier.history.folder import seal_results
from barrier.history.snapshots import PEOPLE
from barrier.model.dates import day_number
from barrier.model.kinds import lived_at
from barrier.printable import parsed_json
from barrier.results.folder import write_csv
from barrier.store import Columns
from barrier.store.tables import GraphTables, TableColumns
from barrier.traces import Traces

Counts = Mapping[str, Sequence[int]]  # certain, possible, observed, by address
_LINES = ("findings.jsonl", "clusters.jsonl", "advice.jsonl", "changes.jsonl")
_KEPT = ["address", *PEOPLE, "area_m2"]


def homes_in(graph: Columns, persons: Set[str], hidden: Set[str]) -> frozenset[str]:
    """Return the addresses where some persons are registered or stay, but for hidden ones.

    Args:
        graph: The graph as columns.
        persons: Ids of the persons.
        hidden: Ids of what is erased.
    """
    found: set[str] = set()
    for kind in lived_at():
        edges = graph.edges(kind, ["source_id", "target_id"])
        found.update(edges.loc[edges["source_id"].isin(persons), "target_id"])
    return frozenset(found - hidden)


def counts_at(graph: Columns, homes: Set[str], day: int) -> dict[str, list[int]]:
    """Return how many people are at some addresses on a day.

    Args:
        graph: The graph as columns.
        homes: The addresses.
        day: Day number looked at.
    """
    if not homes:
        return {}
    addresses = graph.nodes("Address", ["id"])["id"]
    stays = read_stays(graph, graph.nodes("Person", ["id"])["id"], addresses)
    counts = [s.counts(day, len(addresses)) for s in (stays.certain, stays.possible, stays.observed)]
    places = np.flatnonzero(addresses.isin(homes).to_numpy(dtype=bool))
    found = {str(addresses.iloc[n]): [int(c[n]) for c in counts] for n in places}
    return {home: found.get(home, [0, 0, 0]) for home in sorted(homes)}


def counting(tables: GraphTables, day: date) -> Callable[[Set[str]], dict[str, list[int]]]:
    """Return what counts people at addresses on a day, by tables without what is protected."""
    return lambda homes: counts_at(TableColumns(tables), homes, day_number(day))


def settled(addresses: pd.DataFrame, counts: Counts) -> pd.DataFrame | None:
    """Return a table of addresses with the counts of now; None where it has them already.

    Args:
        addresses: ``address`` and the three counts.
        counts: The counts of now; an address with nobody goes.
    """
    rows = addresses["address"].isin(list(counts))
    if not rows.any():
        return None
    now = np.array([counts[a] for a in addresses.loc[rows, "address"]], dtype="int64")
    empty = pd.Series(~now.any(axis=1), index=addresses.index[rows]).reindex(addresses.index, fill_value=False)
    if not empty.any() and (addresses.loc[rows, PEOPLE].to_numpy(dtype="int64") == now).all():
        return None
    told = addresses.copy()
    told.loc[rows, PEOPLE] = now
    return told[~empty].reset_index(drop=True)


def settle_results(folder: Path, counts: Counts, effects: Effects) -> None:
    """Make older results fit what is known now; doing it again does no harm.

    Args:
        folder: The result folder.
        counts: The counts of now, by address.
        effects: What would have been found without what is erased.

    Raises:
        OSError: A file cannot be read or written; doing it again goes on.
    """
    file = folder / "occupancy.csv"
    if not (counts or effects != NO_EFFECTS) or not is_regular(file) or not file.stat().st_size:
        return
    table = pd.read_csv(file, dtype={"address": str})
    left = settled(table, counts)
    lines = {f: text for f in (folder / n for n in _LINES) if (text := _settled_lines(f, counts, effects)) is not None}
    if left is None and not lines and not is_withdrawn(folder / REPORT):
        return
    withdraw(folder)
    for found, text in lines.items():
        write_private(found, text)
    if left is not None:
        rows = left["address"].isin(list(counts))
        concluded = [c for c in left.columns if c not in _KEPT]
        write_csv(file, left.assign(**{c: left[c].astype("object").mask(rows) for c in concluded}))
    seal_results(folder)


def _settled_lines(file: Path, counts: Counts, effects: Effects) -> str | None:
    """Return what a file of lines would have said; None where it says that already."""
    if not is_regular(file):
        return None
    text = file.read_text(encoding="utf-8")
    records = [parsed_json(line) for line in text.splitlines()]
    kept: list[Any]
    if file.name == "clusters.jsonl":
        kept = [{k: v for k, v in r.items() if k != "candidates"} for r in effects.clusters(records)]
    elif file.name == "findings.jsonl":
        about = Traces(counts)
        aside = about.maybe_in(text)
        told = (effects.finding(r) for r in records if r["id"] in effects.findings or not (aside and about.named(r)))
        kept = [r for r in told if r is not None]
    else:
        about = Traces({*counts, *effects.findings, *effects.touched})
        kept = [r for r in records if not about.named(r)] if about.maybe_in(text) else records
    if kept == records:
        return None
    return "".join(as_json(r) + "\n" for r in kept)
