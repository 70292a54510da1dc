"""What is new, gone, stronger or weaker from one scan to the next, and what became of each structure.

Rule: what went away because a rule, a norm, the model or a delivery changed, or may have because rows were set aside,
is never shown as gone; many equal changes at once are one line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from barrier.detect.findings import STRENGTHS
from barrier.history.folder import Record, Scan
from barrier.printable import counted

SAME = 0.3  # Jaccard index of members from which a structure is taken for a former one
BULK = 20  # so many equal changes at once are one correction
JUMP_PEOPLE, JUMP_SHARE = 3, 0.5  # an address jumps when it has so many people more, and so large a part more
LOST_ROWS = 0.5  # a table that lost more than this part of its rows makes what is gone from it uncertain
_PEOPLE = ["certain", "observed"]
OF_NORMS = ("overcrowded", "landlord_many_crowded")


@dataclass(frozen=True)
class Change:
    """A finding that is new or gone, with why; or one that is stronger or weaker.

    Args:
        finding: The record of the later scan, or of the earlier one where it is gone.
        reason: really, or what changed instead: detector, norm, model, input; renumbered where only the id did;
            correction where areas of many addresses changed at once and nobody moved; rows_set_aside where it is gone
            or weaker and may rest on rows that are set aside now and were not before: then it is not known;
            not_asked where its rule could not be asked in the scan that has it not: not known either.
        before: Strength before, where it was there.
    """

    finding: Record
    reason: str
    before: str = ""


@dataclass(frozen=True)
class Fate:
    """What became of a structure.

    Args:
        id: Its id now, or before where it is gone.
        fate: new, gone, same, grown, shrunk, moved, split, merged.
        parents: Ids of the structures it came from.
        joined: Members that came.
        left: Members that went.
    """

    id: str
    fate: str
    parents: tuple[str, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """All changes from an earlier scan to a later one."""

    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    stronger: tuple[Change, ...]
    weaker: tuple[Change, ...]
    fates: tuple[Fate, ...]
    jumps: tuple[tuple[str, int, int], ...]
    notes: tuple[str, ...]
    holders: tuple[Record, ...] = ()

    def without(self, subjects: Set[str]) -> Changes:
        """Return the changes but those about some subjects."""
        if not subjects:
            return self
        new, gone, stronger, weaker = (
            tuple(c for c in changes if c.finding["subject"]["id"] not in subjects)
            for changes in (self.new, self.gone, self.stronger, self.weaker)
        )
        jumps = tuple(j for j in self.jumps if j[0] not in subjects)
        return replace(self, new=new, gone=gone, stronger=stronger, weaker=weaker, jumps=jumps)

    def really_new(self) -> list[Change]:
        """Return findings that are new and not only because a rule or delivery changed."""
        return [c for c in self.new if c.reason == "really"]


def diff(earlier: Scan, later: Scan) -> Changes:
    """Compare two scans of a region."""
    new = [Change(f, _why(f, later, earlier)) for i, f in later.findings.items() if i not in earlier.findings]
    gone = [Change(f, _why_less(f, earlier, later)) for i, f in earlier.findings.items() if i not in later.findings]
    new, gone, notes = _renumbered(new, gone)
    then, now = together(earlier.occupancy, later.occupancy)
    corrected = _corrected(then, now)
    new, gone = _as_correction(new, corrected), _as_correction(gone, corrected)
    if corrected:
        notes.append(f"the area of {counted(len(corrected), 'address')} changed at once: a correction of the register")
    both = [(earlier.findings[i], f) for i, f in later.findings.items() if i in earlier.findings]
    moved = [(_step(b) - _step(a), a, b) for a, b in both]
    stronger = tuple(Change(b, "really", a["strength"]) for by, a, b in moved if by > 0)
    weaker = tuple(Change(b, _why_less(a, earlier, later), a["strength"]) for by, a, b in moved if by < 0)
    return Changes(
        tuple(sorted(new, key=_strongest)),
        tuple(sorted(gone, key=_strongest)),
        stronger,
        weaker,
        tuple(fates(earlier.clusters, later.clusters)),
        tuple(jumps(earlier.occupancy, later.occupancy)),
        (*notes, *_noted(earlier, later)),
        tuple(holders_changed(then, now)),
    )


def together(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of two tables whose addresses are in both, in the same order."""
    if before.index.equals(after.index):
        return before, after
    place = after.index.get_indexer(before.index)
    return before[place >= 0], after.iloc[place[place >= 0]]


def _strongest(change: Change) -> tuple[int, str]:
    return -_step(change.finding), str(change.finding["id"])


def _step(finding: Record) -> int:
    return STRENGTHS.index(finding["strength"])


def _why(finding: Record, here: Scan, there: Scan) -> str:
    """Return why a finding of one scan is not in the other."""
    detector = finding["detector"]
    if detector in there.failed:
        return "not_asked"
    if here.detectors.get(detector) != there.detectors.get(detector):
        return "detector"
    if here.record["model"] != there.record["model"]:
        return "model"
    if detector in OF_NORMS and here.record.get("norms") != there.record.get("norms"):
        return "norm"
    return "input" if _lost(here, there) else "really"


def _why_less(finding: Record, earlier: Scan, later: Scan) -> str:
    """Return why a finding of the earlier scan is not in the later one, or weaker there."""
    why = _why(finding, earlier, later)
    aside = _set_aside(earlier, later)
    if why != "really" or not aside:
        return why
    reads = next((d.get("reads") for d in earlier.record["detectors"] if d["id"] == finding["detector"]), None)
    return "really" if reads is not None and aside.isdisjoint(reads) else "rows_set_aside"


def _set_aside(earlier: Scan, later: Scan) -> frozenset[str]:
    """Return the tables of which other rows are set aside in the later scan than in the earlier one."""
    before, now = (s.record.get("rows_set_aside", {}) for s in (earlier, later))
    return frozenset(t for t, (rows, mark) in now.items() if not mark or before.get(t) != [rows, mark])


def _lost(here: Scan, there: Scan) -> list[str]:
    """Return tables that the other scan has far fewer rows of."""
    read, other = here.record["rows_read"], there.record["rows_read"]
    return [name for name, rows in read.items() if rows and other.get(name, 0) < (1 - LOST_ROWS) * rows]


def _noted(earlier: Scan, later: Scan) -> list[str]:
    notes = [f"{t}: far fewer rows than before, what is gone may still be there" for t in _lost(earlier, later)]
    notes += [f"{t}: far more rows than before, what is new may have been there" for t in _lost(later, earlier)]
    aside = ", ".join(sorted(_set_aside(earlier, later)))
    notes += [f"{d}: could not be asked this time, what it found before may still be there" for d in later.failed]
    notes += [f"{d}: could not be asked the last time, what is new may have been there" for d in earlier.failed]
    notes += (
        [f"{aside}: other rows are set aside than before, what is gone or weaker may still be there"] if aside else []
    )
    if earlier.record["model"] != later.record["model"]:
        notes.append("the barrier model changed")
    if earlier.record.get("norms") != later.record.get("norms"):
        notes.append("the norms changed")
    changed = [d for d, h in later.detectors.items() if earlier.detectors.get(d) not in (None, h)]
    return notes + ([f"detectors changed: {', '.join(sorted(changed))}"] if changed else [])


def _renumbered(new: list[Change], gone: list[Change]) -> tuple[list[Change], list[Change], list[str]]:
    """Take pairs of a gone and a new finding that differ in the id only for a renumbering, where there are many."""
    waiting: dict[str, list[Change]] = {}
    for change in gone:
        waiting.setdefault(_likeness(change.finding), []).append(change)
    pairs = []
    for change in new:
        alike = waiting.get(_likeness(change.finding), [])
        if alike and change.reason == "really":
            pairs.append((alike.pop(), change))
    if len(pairs) < BULK:
        return new, gone, []
    old, fresh = {id(a) for a, _ in pairs}, {id(b) for _, b in pairs}
    kept_new = [c if id(c) not in fresh else Change(c.finding, "renumbered") for c in new]
    kept_gone = [c if id(c) not in old else Change(c.finding, "renumbered") for c in gone]
    note = f"{counted(len(pairs), 'finding has', 'findings have')} another id and are the same otherwise: "
    note += "renumbered or merged municipalities"
    return kept_new, kept_gone, [note]


def _corrected(then: pd.DataFrame, now: pd.DataFrame) -> frozenset[str]:
    """Return addresses whose area changed while as many people live there, where that is so of many at once."""
    if "area_m2" not in then.columns or "area_m2" not in now.columns:
        return frozenset()
    same = (then[_PEOPLE].to_numpy() == now[_PEOPLE].to_numpy()).all(axis=1)
    other = then["area_m2"].fillna(0).to_numpy() != now["area_m2"].fillna(0).to_numpy()
    found = then.index[same & other]
    return frozenset(map(str, found)) if len(found) >= BULK else frozenset()


def _as_correction(changes: list[Change], corrected: frozenset[str]) -> list[Change]:
    """Return changes, those of the overcrowding of corrected addresses with that reason."""
    return [
        Change(c.finding, "correction", c.before)
        if c.reason == "really" and c.finding["detector"] in OF_NORMS and c.finding["subject"]["id"] in corrected
        else c
        for c in changes
    ]


def _likeness(finding: Record) -> str:
    facts = {n: f["value"] for n, f in finding["facts"].items() if not isinstance(f["value"], str)}
    return json.dumps([finding["detector"], finding["strength"], facts], sort_keys=True)


def fates(before: Sequence[Record], after: Sequence[Record]) -> list[Fate]:
    """Return what became of each structure.

    Two are taken for one when their members have a Jaccard index of 0.3 or more. With several parents one merged,
    several with one parent split. Moved: its parties stayed and all its addresses changed.
    """
    old = {c["id"]: members_of(c) for c in before}
    parents = {c["id"]: [o for o, m in old.items() if jaccard(m, members_of(c)) >= SAME] for c in after}
    children: dict[str, int] = {}
    for found in parents.values():
        for parent in found:
            children[parent] = children.get(parent, 0) + 1
    made = [_fate(c, parents[c["id"]], old, children) for c in after]
    taken = {p for found in parents.values() for p in found}
    return made + [Fate(c["id"], "gone", (), (), tuple(sorted(old[c["id"]]))) for c in before if c["id"] not in taken]


def _fate(cluster: Record, parents: list[str], old: Mapping[str, set[str]], children: Mapping[str, int]) -> Fate:
    members = members_of(cluster)
    if not parents:
        return Fate(cluster["id"], "new", (), tuple(sorted(members)), ())
    was = set().union(*(old[p] for p in parents))
    joined, left = tuple(sorted(members - was)), tuple(sorted(was - members))
    places = {m["id"] for m in cluster["members"] if m["label"] == "Address"}
    if len(parents) > 1:
        fate = "merged"
    elif children[parents[0]] > 1:
        fate = "split"
    elif not joined and not left:
        fate = "same"
    elif left and places and places <= set(joined):
        fate = "moved"
    else:
        fate = "grown" if len(joined) >= len(left) else "shrunk"
    return Fate(cluster["id"], fate, tuple(parents), joined, left)


def members_of(cluster: Record) -> set[str]:
    """Return the ids of the members of a cluster."""
    return {m["id"] for m in cluster["members"]}


def jaccard(a: set[str], b: set[str]) -> float:
    """Return the Jaccard index of two sets: 1 where they are equal."""
    return len(a & b) / len(a | b) if a or b else 1.0


def jumps(before: pd.DataFrame, after: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Return addresses where many more people live than before: address, then, now; largest jump first."""
    now = _people(after)
    then = _people(before).reindex(now.index).fillna(0).astype("int64")
    jumped = now - then >= np.maximum(JUMP_PEOPLE, JUMP_SHARE * then)
    found = [(str(a), int(t), int(n)) for a, t, n in zip(now[jumped].index, then[jumped], now[jumped], strict=True)]
    return sorted(found, key=lambda x: (x[1] - x[2], x[0]))


def holders_changed(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, Any]]:
    """Return addresses with another owner or landlord than before, equal changes together.

    Args:
        before: Addresses of the earlier scan, with ``owners`` and ``landlords`` where they come from a snapshot.
        after: Addresses of the later one.

    Returns:
        ``what`` (owner or landlord), ``before``, ``after`` (ids, empty where unknown or, of 20 addresses or more that
        went to one hand, where they were several) and ``addresses``; most first.
    """
    if "owners" not in before.columns or "owners" not in after.columns:
        return []
    then, now = together(before, after)
    found = []
    for what, column in (("owner", "owners"), ("landlord", "landlords")):
        old, new = then[column], now[column]
        changed = pd.DataFrame({"old": old, "new": new})[(old != new) & (new != "")]
        many = changed["new"].map(changed["new"].value_counts()) >= BULK
        changed = changed.assign(old=changed["old"].where(~many, ""))
        alike: dict[tuple[str, str], list[str]] = {}
        for address, a, b in zip(changed.index, changed["old"], changed["new"], strict=True):
            alike.setdefault((a, b), []).append(address)
        found += [{"what": what, "before": a, "after": b, "addresses": sorted(x)} for (a, b), x in alike.items()]
    return sorted(found, key=lambda r: (-len(r["addresses"]), r["what"], r["before"], r["after"]))


def _people(table: pd.DataFrame) -> pd.Series:
    """Return the people certainly or as observed at each address."""
    most: pd.Series = table[["certain", "observed"]].max(axis=1).astype("int64")
    return most


def lines_of(changes: Changes) -> list[dict[str, Any]]:
    """Return the changes as records, one for each finding, structure and jump."""
    found: list[dict[str, Any]] = []
    for name in ("new", "gone", "stronger", "weaker"):
        for c in getattr(changes, name):
            extra = {"before": c.before} if c.before else {}
            told = {"change": name, "reason": c.reason, "finding": c.finding["id"], "strength": c.finding["strength"]}
            found.append({**told, **extra})
    found += [{"change": "cluster", **f.__dict__} for f in changes.fates if f.fate != "same"]
    found += [{"change": "jump", "address": a, "then": t, "now": n} for a, t, n in changes.jumps]
    found += [{"change": "holder", **h} for h in changes.holders]
    return found + [{"change": "note", "note": n} for n in changes.notes]
