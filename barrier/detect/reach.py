"""Which anchors of a detector can have another result than last time: those from which something changed is reached.

Rule: too many is slow, too few is wrong. An anchor stays away only when nothing it reaches was changed, no day among it
was passed, and nothing was found there the last time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.detect.header import Way
from barrier.detect.library import Detector
from barrier.model.dates import day_number
from barrier.model.schema import schema
from barrier.store.changes import Changes
from barrier.store.tables import GraphTables

MOST_ANCHORS = 0.4  # part of all anchors; above, looking everywhere takes no longer
_TEXT = pa.string()
_OCCUPANCY = (
    Way((("REGISTERED_AT", "STAYS_AT"),), "Person"),
    Way((("REGISTERED_AT",), ("STAYS_AT",)), None),  # seen elsewhere, so perhaps no longer here
    Way((("FOR_PREMISES",),), "Licence"),
)


@dataclass(frozen=True)
class Earlier:
    """What an earlier scan found in the state that changes begin with.

    Args:
        day: The day it looked at.
        rules: Digest of each detector that ran, by id.
        subjects: Ids of the subjects found, by detector.
    """

    day: date
    rules: Mapping[str, str]
    subjects: Mapping[str, Sequence[str]]


class Reach:
    """From what changed back to the anchors that reach it.

    Args:
        tables: The graph as it is now.
        changes: What differs from the earlier state.
        earlier: What was found in it.
        day: Day looked at now.
        offsets: Numbers of days by which rules look back or ahead.
    """

    def __init__(
        self, tables: GraphTables, changes: Changes, earlier: Earlier, day: date, offsets: Sequence[int]
    ) -> None:
        self.tables = tables
        self.changes = changes
        self.earlier = earlier
        self.same_year = day.year == earlier.day.year
        self._days = sorted((day_number(earlier.day), day_number(day)))
        self._offsets = sorted({0, *offsets})
        self._rows: dict[str, pa.Table] = {}
        self._ways: dict[tuple[frozenset[str], Way], pa.Array] = {}

    def of(self, detector: Detector) -> list[str] | None:
        """Return the anchors of a detector that have to be looked at; None where all have to."""
        header = detector.header
        if not header.anchor or self.earlier.rules.get(detector.id) != detector.digest or not self.same_year:
            return None
        found = pa.array(self.earlier.subjects.get(detector.id, []), _TEXT)
        return self.anchors(header.anchor, header.reach, found)

    def of_occupancy(self) -> list[str] | None:
        """Return the addresses whose occupancy may be another, those over a norm before included; None: all."""
        found = pa.array(self.earlier.subjects.get("overcrowded", []), _TEXT)
        return self.anchors(("Address",), _OCCUPANCY, found)

    def anchors(self, labels: Sequence[str], ways: Sequence[Way], found: pa.Array) -> list[str] | None:
        """Return the anchors that reach something changed along one of the ways, or what was found.

        Args:
            labels: Labels an anchor may have.
            ways: Ways from an anchor to what decides about it.
            found: Ids of subjects found earlier: anchors themselves, or what stands at the end of a way.
        """
        start = frozenset(labels)
        parts = [found, *(self._changed_nodes(label) for label in labels)]
        parts += [self._along(start, way) for way in ways]
        parts += [self._walk(way.steps, self._stops(start, way), found) for way in ways]
        ids = pa.concat_arrays([self.tables.table(label).column("id").combine_chunks() for label in labels])
        kept = ids.filter(pc.is_in(ids, value_set=pc.unique(pa.concat_arrays(parts))))
        return None if len(kept) > MOST_ANCHORS * len(ids) else kept.to_pylist()

    def _along(self, start: frozenset[str], way: Way) -> pa.Array:
        """Return what stands at the beginning of a way and reaches something changed at its end."""
        known = self._ways.get((start, way))
        if known is None:
            stops = self._stops(start, way)
            last = way.steps[-1]
            reached = [self._ends(self._changed(name), name, stops[-2], stops[-1])[0] for name in last]
            if way.label:
                reached.append(self._back(last, stops[-2], stops[-1], self._changed_nodes(way.label)))
            known = self._walk(way.steps[:-1], stops, pa.concat_arrays(reached))
            self._ways[start, way] = known
        return known

    def _walk(self, steps: Sequence[Sequence[str]], stops: Sequence[frozenset[str]], ids: pa.Array) -> pa.Array:
        """Return what stands at the beginning of steps that end at ``ids``."""
        for i in range(len(steps) - 1, -1, -1):
            ids = self._back(steps[i], stops[i], stops[i + 1], ids)
        return ids

    def _stops(self, start: frozenset[str], way: Way) -> list[frozenset[str]]:
        """Return the labels at the beginning of a way and after each step."""
        stops = [start]
        for step in way.steps:
            stops.append(self._next(stops[-1], step))
        return stops

    @staticmethod
    def _next(labels: frozenset[str], step: Sequence[str]) -> frozenset[str]:
        """Return the labels at the other end of a step."""
        kinds = [schema().relationships[name] for name in step]
        ahead = {t for k in kinds if labels & set(k.sources) for t in k.targets}
        return frozenset(ahead | {s for k in kinds if labels & set(k.targets) for s in k.sources})

    def _back(self, step: Sequence[str], near: frozenset[str], far: frozenset[str], ids: pa.Array) -> pa.Array:
        """Return the near ends of the links of a step whose far end is among ``ids``."""
        found = [pa.array([], _TEXT)]
        if len(ids):
            for name in step:
                starts, stops = self._ends(self.tables.table(name), name, near, far)
                found.append(starts.filter(pc.is_in(stops, value_set=ids)))
        return pc.unique(pa.concat_arrays(found))

    @staticmethod
    def _ends(links: pa.Table, name: str, near: frozenset[str], far: frozenset[str]) -> tuple[pa.Array, pa.Array]:
        """Return the near and the far ends of links, in each direction that the labels allow."""
        kind = schema().relationships[name]
        source, target = (links.column(c).combine_chunks() for c in ("source_id", "target_id"))
        starts, stops = [pa.array([], _TEXT)], [pa.array([], _TEXT)]
        if near & set(kind.sources) and far & set(kind.targets):
            starts, stops = [*starts, source], [*stops, target]
        if near & set(kind.targets) and far & set(kind.sources):
            starts, stops = [*starts, target], [*stops, source]
        return pa.concat_arrays(starts), pa.concat_arrays(stops)

    def _changed_nodes(self, label: str) -> pa.Array:
        return self._changed(label).column("id").combine_chunks()

    def _changed(self, name: str) -> pa.Table:
        """Return the rows of a table that differ, or hold a day that a rule passed since; ends or ids only."""
        if name not in self._rows:
            ends = ["id"] if name in schema().labels else ["source_id", "target_id"]
            table = self.tables.table(name)
            parts = [table.filter(pa.array(self._passed(table))).select(ends)]
            if name in self.changes.tables:
                parts.append(self.changes.tables[name].both().select(ends))
            self._rows[name] = pa.concat_tables(parts)
        return self._rows[name]

    def _passed(self, table: pa.Table) -> np.ndarray:
        """Return the rows with a day between the two days looked at, or as far before or behind as a rule looks."""
        first, last = self._days
        passed = np.zeros(table.num_rows, dtype=bool)
        for column in (c for c in table.column_names if c.endswith("_day")):
            days = pc.fill_null(table.column(column), np.iinfo(np.int64).min // 2).to_numpy()
            for shift in {s for offset in self._offsets for s in (offset, -offset)}:
                passed |= (days >= first + shift) & (days <= last + shift)
        return passed


def offsets_of(detectors: Sequence[Detector]) -> list[int]:
    """Return the numbers of days among the parameters of detectors."""
    params = [p for d in detectors for p in d.header.params.values()]
    return sorted({p.default for p in params if p.unit == "days" and isinstance(p.default, int)})
