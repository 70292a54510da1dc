"""Which anchors of a detector can have another result than last time: those from which something changed is reached.

Rule: too many is slow, too few is wrong. An anchor stays away only when nothing it reaches was changed, no day among it
was passed, and nothing was found there the last time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.detect.ground import OCCUPANCY_WAYS, ground_digest
from barrier.detect.header import Way
from barrier.detect.library import Detector
from barrier.model.dates import day_number
from barrier.model.schema import schema
from barrier.store.changes import Changes
from barrier.store.codes import NONE, Ends
from barrier.store.tables import GraphTables

MOST_ANCHORS = 0.4  # part of all anchors; above, looking everywhere takes no longer
_TEXT = pa.string()
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Earlier:
    """What an earlier scan found in the state that changes begin with.

    Args:
        day: The day it looked at.
        rules: Digest of each detector that ran, by id, with that of what it had no ground for.
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
        first, last = sorted((day_number(earlier.day), day_number(day)))
        spans = [(first + shift, last + shift) for shift in {s for o in (0, *offsets) for s in (o, -o)}]
        self._nodes = _Nodes(tables, changes, earlier, spans)
        self._ways: dict[tuple[frozenset[str], Way], Mask] = {}

    def of(self, detector: Detector) -> list[str] | None:
        """Return the anchors of a detector that have to be looked at; None where all have to."""
        header = detector.header
        looked = detector.digest + ground_digest(detector, self.tables.unread)
        if not header.anchor or self.earlier.rules.get(detector.id) != looked or not self.same_year:
            return None
        return self.anchors(header.anchor, header.reach, self.earlier.subjects.get(detector.id, []))

    def of_occupancy(self) -> list[str] | None:
        """Return the addresses whose occupancy may be another, those over a norm before included; None: all."""
        return self.anchors(("Address",), OCCUPANCY_WAYS, self.earlier.subjects.get("overcrowded", []))

    def anchors(self, labels: Sequence[str], ways: Sequence[Way], found: Sequence[str]) -> list[str] | None:
        """Return the anchors that reach something changed along one of the ways, or what was found.

        Args:
            labels: Labels an anchor may have.
            ways: Ways from an anchor to what decides about it.
            found: Ids of subjects found earlier: anchors themselves, or what stands at the end of a way.
        """
        start, again = frozenset(labels), self._nodes.found(found)
        reached = again.copy()
        for label in labels:
            reached |= self._nodes.changed(label)
        for way in ways:
            reached |= self._along(start, way)
            reached |= self._walk(way.steps, self._stops(start, way), again)
        kept = np.logical_or.reduce([reached & self._nodes.of_label(label) for label in labels])
        most = MOST_ANCHORS * sum(self.tables.table(label).num_rows for label in labels)
        return None if np.count_nonzero(kept) > most else self._nodes.ids.filter(pa.array(kept)).to_pylist()

    def _along(self, start: frozenset[str], way: Way) -> Mask:
        """Return what stands at the beginning of a way and reaches something changed at its end."""
        known = self._ways.get((start, way))
        if known is None:
            stops = self._stops(start, way)
            last = way.steps[-1]
            reached = self._nodes.none()
            for name in last:
                for near, _ in _directed(self._nodes.changed_ends(name), name, stops[-2], stops[-1]):
                    reached[near] = True
            if way.label:
                reached |= self._back(last, stops[-2], stops[-1], self._nodes.changed(way.label))
            known = self._walk(way.steps[:-1], stops, reached)
            self._ways[start, way] = known
        return known

    def _walk(self, steps: Sequence[Sequence[str]], stops: Sequence[frozenset[str]], nodes: Mask) -> Mask:
        """Return what stands at the beginning of steps that end at ``nodes``."""
        for i in range(len(steps) - 1, -1, -1):
            nodes = self._back(steps[i], stops[i], stops[i + 1], nodes)
        return nodes

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

    def _back(self, step: Sequence[str], near: frozenset[str], far: frozenset[str], nodes: Mask) -> Mask:
        """Return the near ends of the links of a step whose far end is among ``nodes``."""
        found = self._nodes.none()
        for name in step:
            for starts, stops in _directed(self._nodes.ends(name), name, near, far):
                found[starts[nodes[stops]]] = True
        return found


def _directed(ends: Ends, name: str, near: frozenset[str], far: frozenset[str]) -> Iterator[Ends]:
    """Yield the near and the far ends of links, in each direction that the labels allow."""
    kind = schema().relationships[name]
    if near & set(kind.sources) and far & set(kind.targets):
        yield ends
    if near & set(kind.targets) and far & set(kind.sources):
        yield ends[1], ends[0]


class _Nodes:
    """The nodes that links join, that changed or that were found, each with a number.

    Changed is what differs, and what holds a day that a rule passed since.

    Args:
        tables: The graph.
        changes: What differs from the earlier state.
        earlier: What was found in it.
        spans: First and last day that rules passed since.
    """

    def __init__(
        self, tables: GraphTables, changes: Changes, earlier: Earlier, spans: Sequence[tuple[int, int]]
    ) -> None:
        self._codes, self._tables = tables.codes(), tables
        self._labelled: dict[str, Mask] = {}
        self._passed = {name: _passed(table, spans) for name, table in tables.all_tables().items()}
        self._subjects = sorted({i for found in earlier.subjects.values() for i in found})
        asked = {"": pa.array(self._subjects, _TEXT)}
        for name, passed in self._passed.items():
            is_node = name in schema().labels
            for column in ("id",) if is_node else ("source_id", "target_id"):
                parts = [changes.tables[name].both().column(column)] if name in changes.tables else []
                parts += [tables.table(name).column(column).filter(pa.array(passed))] if is_node else []
                chunks = [chunk for part in parts for chunk in part.chunks]
                asked[f"{name} {column}"] = pa.chunked_array(chunks, _TEXT).combine_chunks()
        each = pa.concat_arrays(list(asked.values())).dictionary_encode()
        number = self._codes.of(each.dictionary)
        new = np.flatnonzero(number < 0)
        number[new] = len(self._codes.ids) + np.arange(len(new))
        self.ids = pa.concat_arrays([self._codes.ids, each.dictionary.take(pa.array(new))])
        stops = np.cumsum([len(ids) for ids in asked.values()])[:-1]
        self._asked = dict(zip(asked, np.split(number[each.indices.to_numpy()], stops), strict=True))

    def none(self) -> Mask:
        """Return a mask of no node."""
        return np.zeros(len(self.ids), dtype=bool)

    def of_label(self, label: str) -> Mask:
        """Return the nodes of a label: by the links that join them, and the few that no link joins by their ids."""
        if label not in self._labelled:
            mask = self.none()
            for name, links in self._tables.links.items():
                for end, labels in zip(self.ends(name), (links.source_labels, links.target_labels), strict=True):
                    which = labels.dictionary.index(label).as_py()
                    if which >= 0:
                        mask[end if len(labels.dictionary) == 1 else end[labels.indices.to_numpy() == which]] = True
            alone = self.ids.slice(len(self._codes.ids))
            here = pc.index_in(self._tables.table(label).column("id"), value_set=alone).drop_null()
            mask[len(self._codes.ids) + here.to_numpy()] = True
            self._labelled[label] = mask
        return self._labelled[label]

    def found(self, subjects: Sequence[str]) -> Mask:
        """Return the nodes that are subjects found earlier."""
        mask = self.none()
        mask[self._asked[""][np.isin(self._subjects, list(subjects))]] = True
        return mask

    def changed(self, label: str) -> Mask:
        """Return the changed nodes of a label."""
        mask = self.none()
        mask[self._asked[f"{label} id"]] = True
        return mask

    def changed_ends(self, name: str) -> Ends:
        """Return both ends of the changed links of a type."""
        ends = zip(self.ends(name), ("source_id", "target_id"), strict=True)
        first, second = (np.concatenate([end[self._passed[name]], self._asked[f"{name} {c}"]]) for end, c in ends)
        return first, second

    def ends(self, name: str) -> Ends:
        """Return both ends of all links of a type."""
        return self._codes.ends.get(name, NONE)


def _passed(table: pa.Table, spans: Sequence[tuple[int, int]]) -> Mask:
    """Return the rows with a day in one of the spans."""
    passed = np.zeros(table.num_rows, dtype=bool)
    for column in (c for c in table.column_names if c.endswith("_day")):
        days = pc.fill_null(table.column(column), np.iinfo(np.int64).min // 2).to_numpy()
        for first, last in spans:
            passed |= (days >= first) & (days <= last)
    return passed


def offsets_of(detectors: Sequence[Detector]) -> list[int]:
    """Return the numbers of days among the parameters of detectors."""
    params = [p for d in detectors for p in d.header.params.values()]
    return sorted({p.default for p in params if p.unit == "days" and isinstance(p.default, int)})
