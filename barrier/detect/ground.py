"""Whether a rule has ground for saying that something is absent, where part of a delivery was not read.

Rule: what a rule says is absent stands in its header (`absent`), and nowhere else. Where nothing of that was delivered
the rule says nothing; where rows about a subject were set aside it says nothing of that subject, unless the finding
holds whatever stood in them. What is still said carries the rows as an explanation and is never strong.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from barrier.detect.findings import SPARE, Finding
from barrier.detect.header import Way
from barrier.detect.library import Detector
from barrier.model.kinds import PLACE
from barrier.model.schema import schema
from barrier.printable import counted
from barrier.store import Columns
from barrier.store.unread import RowsAside, Unread

NOT_READ = "not_read"  # name of the explanation
FAIR = 0.1  # part of the rows of a table that may be unread about nobody knows what, and the rest says something
_WORD = re.compile(r"\w+")
_UNTYPED = re.compile(r"-\s*\[\s*\w*\s*(\*[^\]]*)?\]\s*-|--")  # a link of whatever type
OCCUPANCY_WAYS = (  # of the measure, from an address; of a rule they stand in its header
    Way((("REGISTERED_AT", "STAYS_AT"),), "Person"),
    Way((("REGISTERED_AT",), ("STAYS_AT",)), None),  # seen elsewhere, so perhaps no longer here
    Way((("FOR_PREMISES",),), "Licence"),
    Way((("OWNS",),), "Business"),  # a corporation with one number for a complex
)
Again = Callable[[Sequence[str]], Iterable[str]]


def tables_read(detector: Detector) -> set[str]:
    """Return the labels and relationship types that a rule rests on."""
    names = {*schema().labels, *schema().relationships}
    code = "\n".join(line.partition("//")[0] for line in detector.query.splitlines())
    if _UNTYPED.search(code):
        return names
    found = names & set(_WORD.findall(code))
    return found | (_of_occupancy() if "$overcrowded" in code or detector.header.measure else set())


def _of_occupancy() -> set[str]:
    steps = {name for way in OCCUPANCY_WAYS for step in way.steps for name in step}
    return {PLACE} | steps | {way.label for way in OCCUPANCY_WAYS if way.label is not None}


def is_groundless(detector: Detector, unread: Unread) -> bool:
    """Return whether a rule says that something is absent of which nothing was delivered."""
    return any(name in unread.missing for name in detector.header.absent or ())


def ground_digest(detector: Detector, unread: Unread) -> str:
    """Return a hash of what was not read of that on whose absence a rule rests; empty where all was."""
    names = set(detector.header.absent or ())
    missing = {n: why for n, why in unread.missing.items() if n in names}
    aside = {n: rows for n, rows in unread.aside.items() if n in names}
    text = Unread(missing, aside).as_text()
    return hashlib.sha256(text.encode()).hexdigest()[:16] if missing or aside else ""


def not_looked_for(detector: Detector, unread: Unread) -> str:
    """Return what was not read of the tables that decide about the findings of a rule; empty where all was."""
    ways = {name for way in detector.header.reach for step in way.steps for name in step}
    names = sorted(ways | set(detector.header.absent or ()) or tables_read(detector) & set(schema().relationships))
    missing = {why: [n for n in names if unread.missing.get(n) == why] for why in sorted(set(unread.missing.values()))}
    told = [f"{', '.join(tables)} {why}" for why, tables in missing.items() if tables]
    told += [f"{_rows(unread.aside[n].rows, n)} set aside" for n in names if n in unread.aside.keys() - unread.missing]
    return "; ".join(told)


@dataclass(frozen=True)
class Ground:
    """What was not read of that on whose absence a rule rests.

    Args:
        detector: The rule.
        rows: Rows that were set aside, by relationship type.
    """

    detector: Detector
    rows: Mapping[str, RowsAside]

    @classmethod
    def of(cls, detector: Detector, unread: Unread) -> Ground:
        """Return what was not read."""
        return cls(detector, {n: unread.aside[n] for n in detector.header.absent or () if n in unread.aside})

    def kept(
        self, findings: Sequence[Finding], found: Sequence[Mapping[str, Any]], graph: Columns, again: Again
    ) -> list[Finding]:
        """Return the findings for which there is ground, as far as there is.

        Args:
            findings: What the rule found.
            found: The rows of these.
            graph: Where it looked.
            again: Looks at some anchors only, and returns the ids of the findings there.
        """
        if not self.rows or not findings:
            return list(findings)
        elsewhere = {n: self._unplaced(n, rows) for n, rows in self.rows.items()}
        if any(elsewhere[n] > FAIR * rows.among for n, rows in self.rows.items()):
            return []
        hits = hits_of(self.detector, found)
        doubted = self._doubted({i: hit.key for i, hit in hits.items()}, self._about(graph), again)
        kept = [f for f in findings if doubted.get(f.id, 0) <= hits[f.id].spare]
        return [self._with_doubt(f, doubted.get(f.id, 0) + sum(elsewhere.values())) for f in kept]

    def _with_doubt(self, finding: Finding, rows: int) -> Finding:
        if not rows:
            return finding
        tables = " and ".join(sorted(self.rows))
        about = f"{_rows(rows, tables)} that may speak against it {'was' if rows == 1 else 'were'} set aside, not read."
        told = {"name": NOT_READ, "about": about, "holds": True, "rows": rows, "tables": tables}
        strength = "medium" if finding.strength == "strong" else finding.strength
        return replace(finding, strength=strength, explanations=[*finding.explanations, told])

    def _doubted(self, keys: Mapping[str, Sequence[str]], about: Mapping[str, int], again: Again) -> dict[str, int]:
        """Return how many unread rows are about each finding: about its subject, or an anchor that leads to it."""
        found = {i: max((about[k] for k in key if k in about), default=0) for i, key in keys.items()}
        others = sorted(about.keys() - {k for key in keys.values() for k in key})
        if others and not self._is_about_anchor():
            found |= {i: max(found.get(i, 0), sum(about[o] for o in others)) for i in again(others)}
        return {i: rows for i, rows in found.items() if rows}

    def _is_about_anchor(self) -> bool:
        return any(label.lower() in self.detector.header.key for label in self.detector.header.anchor)

    def _about(self, graph: Columns) -> dict[str, int]:
        """Return how many unread rows are about each anchor that they lead to."""
        reached = [self._back(graph, way, at) for way, at in self._places()]
        rows = pd.concat(reached).drop_duplicates() if reached else pd.DataFrame({"row": [], "node": []})
        return {str(k): int(v) for k, v in rows.groupby("node").size().items()}

    def _places(self) -> list[tuple[Way, int]]:
        """Return where on the ways of the rule the types stand of which rows are unread."""
        ways = self.detector.header.reach
        return [(w, i) for w in ways for i, step in enumerate(w.steps) if not self.rows.keys().isdisjoint(step)]

    def _back(self, graph: Columns, way: Way, at: int) -> pd.DataFrame:
        """Return the unread rows of a step with the nodes at the beginning of its way."""
        near = self._near(way, at)
        ends = [
            (f"{name} {n}", node)
            for name in sorted(self.rows.keys() & set(way.steps[at]))
            for n, pair in enumerate(self.rows[name].ends)
            for node in _near_ends(name, pair, near)
        ]
        reached = pd.DataFrame(ends, columns=["row", "node"])
        for step in reversed(way.steps[:at]):
            reached = pd.concat([_stepped(graph, name, reached) for name in step]).drop_duplicates()
        return reached

    def _near(self, way: Way, at: int) -> frozenset[str]:
        """Return the labels of the nodes from which a step of a way begins."""
        labels = frozenset(self.detector.header.anchor)
        for step in way.steps[:at]:
            kinds = [schema().relationships[n] for n in step]
            ahead = {t for k in kinds if labels & set(k.sources) for t in k.targets}
            labels = frozenset(ahead | {s for k in kinds if labels & set(k.targets) for s in k.sources})
        return labels

    def _unplaced(self, name: str, rows: RowsAside) -> int:
        """Return how many unread rows of a type are about nobody knows what."""
        places = [self._near(way, at) for way, at in self._places() if name in way.steps[at]]
        if not places:
            return rows.rows
        placed = sum(all(_near_ends(name, pair, near) for near in places) for pair in rows.ends)
        return rows.rows - placed


@dataclass(frozen=True)
class Hit:
    """A row of a query.

    Args:
        key: The values of its key.
        spare: How many of what is absent could be there: it would be a finding still.
    """

    key: tuple[str, ...]
    spare: int


def hits_of(detector: Detector, found: Sequence[Mapping[str, Any]]) -> dict[str, Hit]:
    """Return the rows that a query found by the id of their finding, of several the first."""
    hits: dict[str, Hit] = {}
    for row in found:
        key = tuple(str(row[c]) for c in detector.header.key)
        hits.setdefault(":".join([detector.id, *key]), Hit(key, int(row.get(SPARE) or 0)))
    return hits


def _near_ends(name: str, pair: tuple[str | None, str | None], near: frozenset[str]) -> list[str]:
    """Return the known ends of a row that are of the labels at the beginning of a step."""
    kind = schema().relationships[name]
    sides = zip(pair, (kind.sources, kind.targets), strict=True)
    return [node for node, labels in sides if node is not None and near & set(labels)]


def _stepped(graph: Columns, name: str, reached: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the nodes at the other ends of the links of a type."""
    links = graph.edges(name, ["source_id", "target_id"])
    found = []
    for here, there in (("source_id", "target_id"), ("target_id", "source_id")):
        ends = links[links[here].isin(set(reached["node"]))]
        found.append(
            reached.merge(ends, left_on="node", right_on=here)[["row", there]].set_axis(["row", "node"], axis=1)
        )
    return pd.concat(found)


def _rows(rows: int, table: str) -> str:
    return counted(rows, f"row of {table}", f"rows of {table}")
