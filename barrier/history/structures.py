"""The line of each structure over many scans: when it was first seen, what became of it, whether it came back.

Rule: a structure is followed by its members, whatever its id; what ended and comes back is the same line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from barrier.history.diff import SAME, Fate, fates, jaccard, members_of
from barrier.history.folder import Record
from barrier.printable import counted


@dataclass(frozen=True)
class Stage:
    """A structure on the day of one scan.

    Args:
        day: Day looked at.
        id: Its id then; before, where it is gone.
        fate: new, same, grown, shrunk, moved, split, merged, resumed, gone.
        members: Number of members; 0 where it is gone.
        people: People affected, low and high.
        parents: Ids in the scan before.
    """

    day: date
    id: str
    fate: str
    members: int
    people: tuple[int, int]
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A structure over time."""

    stages: tuple[Stage, ...]

    @property
    def last(self) -> Stage:
        """What is known of it last."""
        return self.stages[-1]

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self.last.fate == "gone"

    def told(self) -> str:
        """Return the line in words: the days on which something changed."""
        shown = [s for i, s in enumerate(self.stages) if s.fate != "same" or i == len(self.stages) - 1]
        return "; ".join(f"{s.day} {s.fate}" + f" ({counted(s.members, 'member')})" * bool(s.members) for s in shown)


def follow(scans: Sequence[tuple[date, Sequence[Record]]]) -> list[Line]:
    """Return the lines of all structures, those that are there first.

    Args:
        scans: Day and clusters of each scan, the earliest first.
    """
    lines: dict[str, Line] = {}  # by id in the scan before
    over: list[tuple[Line, set[str]]] = []  # lines that ended, with their last members
    done: list[Line] = []
    before: Sequence[Record] = []
    for day, clusters in scans:
        by_id = {c["id"]: c for c in clusters}
        was = {c["id"]: members_of(c) for c in before}
        now: dict[str, Line] = {}
        used: set[str] = set()
        changes = fates(before, clusters)
        for fate in changes:
            if fate.fate == "gone":
                line = lines[fate.id]
                over.append((replace(line, stages=(*line.stages, _gone(day, fate.id))), was[fate.id]))
                continue
            stage = _stage(day, fate, by_id[fate.id])
            parent = next((p for p in fate.parents if p not in used), None)
            if parent is not None:
                used.add(parent)
                now[fate.id] = Line((*lines[parent].stages, stage))
            elif fate.parents:  # the other parts of one that split
                now[fate.id] = Line((stage,))
            else:
                now[fate.id] = _again(over, stage, members_of(by_id[fate.id]))
        merged = {p for f in changes if f.fate == "merged" for p in f.parents} - used
        done += [replace(lines[p], stages=(*lines[p].stages, _gone(day, p))) for p in sorted(merged)]
        lines, before = now, clusters
    ended = [line for line, _ in over] + done
    return [lines[c["id"]] for c in before] + sorted(ended, key=lambda x: (x.last.day, x.last.id), reverse=True)


def _again(over: list[tuple[Line, set[str]]], stage: Stage, members: set[str]) -> Line:
    """Return a new line, or the one that had ended and is like it."""
    alike = [(jaccard(members, last), i) for i, (_, last) in enumerate(over)]
    best, index = max(alike, default=(0.0, -1))
    if best < SAME:
        return Line((replace(stage, fate="new"),))
    line, _ = over.pop(index)
    return Line((*line.stages, replace(stage, fate="resumed", parents=(line.last.id,))))


def _stage(day: date, fate: Fate, cluster: Record) -> Stage:
    low, high = cluster["people"] or (0, 0)  # a partner is not shown it everywhere
    return Stage(day, fate.id, fate.fate, len(cluster["members"]), (int(low), int(high)), fate.parents)


def _gone(day: date, name: str) -> Stage:
    return Stage(day, name, "gone", 0, (0, 0), (name,))
