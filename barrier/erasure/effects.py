"""What the past would have shown without what is erased: findings, structures and visits that rested on it.

Rule: a finding about somebody ordinary that counted a protected person or place is told as it would have been without
them, so that no comparison shows a drop on the day of the flag.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.analysis.analyse import analyse
from barrier.analysis.ruleset import RuleSet
from barrier.detect.library import Detector
from barrier.disclosure.partner_view import tables_of
from barrier.history.folder import Record
from barrier.history.snapshots import Content
from barrier.model.dates import day_number
from barrier.printable import parsed_json
from barrier.results.snapshot import snapshot_content
from barrier.store import Store
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables

_VISITS = ["municipality", "sector", "day"]


@dataclass(frozen=True)
class Effects:
    """How what was found in the graph of a store changes when something is taken out of it.

    Args:
        findings: By id, the record without it; None where there is no such finding then.
        touched: Members of the structures that change.
        structures: Records of what they become.
        visits: Municipality, sector, day and number of the visits that go.
        fresh: Subjects of findings that are there only without it.
    """

    findings: Mapping[str, Record | None] = field(default_factory=dict, repr=False)
    touched: Sequence[str] = field(default=(), repr=False)
    structures: Sequence[Record] = field(default=(), repr=False)
    visits: Sequence[Sequence[Any]] = field(default=(), repr=False)
    fresh: Sequence[str] = field(default=(), repr=False)

    def finding(self, record: Record) -> Record | None:
        """Return what an older finding would have been; None where it goes."""
        now = self.findings.get(record["id"], record)
        return now if now is None or "expires" not in record else {**now, "expires": record["expires"]}

    def clusters(self, records: Iterable[Record]) -> list[Record]:
        """Return what older structures would have been."""
        touched, kept, ids = set(self.touched), list[Record](), set[str]()
        for record in records:
            members = _members(record)
            left = [record] if touched.isdisjoint(members) else [s for s in self.structures if _members(s) & members]
            kept += [r for r in left if r["id"] not in ids]
            ids |= {r["id"] for r in left}
        return kept

    def without_visits(self, visits: pd.DataFrame) -> pd.DataFrame:
        """Return numbers of visits by place and day without those that go."""
        gone = {(town, sector, int(day)): int(n) for town, sector, day, n in self.visits}
        keys = zip(*(visits[c] for c in _VISITS), strict=True)
        fewer = [gone.get((town, sector, int(day)), 0) for town, sector, day in keys]
        left = visits.assign(visits=(visits["visits"] - fewer).astype(visits["visits"].dtype))
        return left[left["visits"] > 0].reset_index(drop=True)


NO_EFFECTS = Effects()
Measuring = Callable[[Store, Set[str], Set[str]], Effects]


def effects_by(detectors: Sequence[Detector], terms: RuleSet) -> Measuring:
    """Return what works out how the past changes, by the rules of a scan."""
    return lambda store, gone, homes: effects_of(store, gone, homes, detectors, terms)


def effects_of(store: Store, gone: Set[str], homes: Set[str], detectors: Sequence[Detector], terms: RuleSet) -> Effects:
    """Look at the graph of a store with and without some ids, and return what differs.

    Args:
        store: The store.
        gone: The ids.
        homes: Ordinary addresses about which every finding is told.
        detectors: The rules.
        terms: The day and the numbers.
    """
    tables = tables_of(store)
    before = _content(store, detectors, terms)
    after = _content(EmbeddedStore.in_memory(without_ids(tables, gone)), detectors, terms)
    old, new = ({f["id"]: f for f, _, _ in content.findings} for content in (before, after))
    told = {i: f for i, f in new.items() if f["subject"]["id"] in homes}
    changed = {i: new.get(i) for i, f in old.items() if new.get(i) != f}
    then, now = ({c["id"]: c for c in content.clusters} for content in (before, after))
    touched = {m for i, c in then.items() if now.get(i) != c for m in _members(c)}
    return Effects(
        {**told, **changed},
        sorted(touched),
        [c for c in now.values() if touched & _members(c)],
        _fewer(before.visits, after.visits),
        sorted({f["subject"]["id"] for i, f in new.items() if i not in old}),
    )


def without_ids(tables: GraphTables, ids: Iterable[str]) -> GraphTables:
    """Return a graph without some nodes and all their links."""
    named = frozenset(ids)
    gone = pa.array(sorted(named), pa.string())
    masks = {n: pc.invert(pc.is_in(t.column("id"), value_set=gone)) for n, t in tables.nodes.items()}
    for name, link in tables.links.items():
        ends = [pc.is_in(link.table.column(c), value_set=gone) for c in ("source_id", "target_id")]
        masks[name] = pc.invert(pc.or_(*ends))
    left = {n: m.combine_chunks() if isinstance(m, pa.ChunkedArray) else m for n, m in masks.items()}
    return replace(tables.filter(left), unread=tables.unread.without(named))


def _content(store: Store, detectors: Sequence[Detector], terms: RuleSet) -> Content:
    found = analyse(store, detectors, terms)
    told: dict[str, Any] = {"record": {}, "day": day_number(terms.day), "links": found.links}
    content = snapshot_content(store, found.findings, found.clusters, found.occupancy, **told)
    plain = parsed_json(json.dumps([[list(row) for row in content.findings], list(content.clusters)]))
    return Content({}, plain[0], plain[1], content.addresses, content.visits)


def _members(cluster: Mapping[str, Any]) -> set[str]:
    return {m["id"] for m in cluster["members"]}


def _fewer(before: pd.DataFrame, after: pd.DataFrame) -> list[list[Any]]:
    both = before.merge(after, on=_VISITS, how="left", suffixes=("", "_left"))
    fewer = both.assign(gone=both["visits"] - both["visits_left"].fillna(0).astype("int64"))
    fewer = fewer[fewer["gone"] > 0]
    return [[r["municipality"], r["sector"], int(r["day"]), int(r["gone"])] for r in fewer.to_dict("records")]
