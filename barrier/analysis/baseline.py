"""What the next scan of a store can build on: what was found, by which rules, on which day, and the occupancy.

Rule: nothing is carried over but the occupancy of addresses that reach nothing changed; findings are always looked up
again. Where anything does not fit, all is looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from barrier.detect.library import Detector
from barrier.detect.occupancy import occupancy_again
from barrier.detect.reach import Earlier, Reach, offsets_of
from barrier.detect.run import Detected, Measured, timed
from barrier.errors import DamagedError
from barrier.files import private_folder, tighten_all
from barrier.ingest.known import Known
from barrier.ingest.region import reading_version
from barrier.model.norms import Norms
from barrier.model.rules import Rules
from barrier.printable import parsed_json
from barrier.store import Store, is_server
from barrier.store.changes import Changes
from barrier.store.columns import read_mapped, write_mapped
from barrier.store.manifest import MANIFEST, manifest_of, seal
from barrier.store.own_folders import BASELINE, mark_store, remove_own, store_id
from barrier.store.tables import GraphTables, TableColumns
from barrier.version import VERSION

FOLDER = "baseline"


@dataclass(frozen=True)
class Baseline:
    """What an earlier scan of a store left.

    Args:
        folder: Where it is.
        scan_id: That scan.
        fingerprint: Of the content it looked at.
        norms: Digest of the norms it used.
        reading: Digest of how it read the files.
        earlier: What it found.
    """

    folder: Path
    scan_id: str
    fingerprint: str
    norms: str
    reading: str
    earlier: Earlier

    @classmethod
    def of(cls, store: str, damaged: Callable[[str], object] = lambda _: None) -> Baseline | None:
        """Return what the last scan of a store left; None where there is none that this version can use.

        Args:
            store: The store.
            damaged: Told where it is damaged.
        """
        folder = Path(store) / FOLDER
        if is_server(store) or not (folder / "baseline.json").is_file():
            return None
        try:
            manifest_of(folder, kind=FOLDER, store=store_id(Path(store))).check()
            told = parsed_json((folder / "baseline.json").read_text(encoding="utf-8"))
            earlier = Earlier(date.fromisoformat(told["day"]), told["rules"], told["subjects"])
            found = cls(folder, told["scan_id"], told["fingerprint"], told["norms"], told["reading"], earlier)
        except (DamagedError, OSError, ValueError, KeyError) as error:
            if (folder / MANIFEST).is_file():  # versions without checksums wrote none
                damaged(f"what the last scan left to build on is damaged, so this one looked at everything ({error})")
            return None
        return found if told["version"] == VERSION else None

    def known(self, store: Store, rules: Rules) -> Known | None:
        """Return what a store holds, for reading files again by some rules; None where it holds something else."""
        try:
            held = store.snapshot()
        except DamagedError:  # loading says so
            return None
        same = held is not None and held.fingerprint == self.fingerprint and self.reading == _reading(rules.digest)
        return Known(store.table, store.ids, self.fingerprint) if same else None

    def occupancy(self) -> pd.DataFrame | None:
        """Return the table of the occupancy; None where it cannot be read."""
        try:
            table: pd.DataFrame = read_mapped(self.folder / "occupancy.arrow").to_pandas()
        except (OSError, pa.ArrowInvalid):
            return None
        return table


@dataclass(frozen=True)
class Again:
    """What has to be looked at again.

    Args:
        anchors: By detector, those it looks at; detectors that are not there look everywhere.
        measured: The occupancy; None where it has to be measured everywhere.
        scan_id: The scan it builds on.
    """

    anchors: Mapping[str, Sequence[str]]
    measured: Measured | None
    scan_id: str


def look_again(
    baseline: Baseline, tables: GraphTables, changes: Changes, detectors: Sequence[Detector], *, day: date, norms: Norms
) -> Again | None:
    """Return what has to be looked at again; None where the baseline is of another content.

    Args:
        baseline: What an earlier scan left.
        tables: The content now.
        changes: What differs from the content before.
        detectors: Those that will run.
        day: The day looked at now.
        norms: The norms that hold now.
    """
    if baseline.fingerprint != changes.before:
        return None
    reach = Reach(tables, changes, baseline.earlier, day, offsets_of(detectors))
    found = {d.id: reach.of(d) for d in detectors}
    anchors = {i: among for i, among in found.items() if among is not None}
    return Again(anchors, _measured(baseline, reach, day, norms), baseline.scan_id)


def _measured(baseline: Baseline, reach: Reach, day: date, norms: Norms) -> Measured | None:
    """Return the occupancy, measured where it may be another; None where that is everywhere."""
    before = baseline.earlier.day
    if baseline.norms != norms.digest() or norms.on(before) != norms.on(day) or not reach.same_year:
        return None
    anchors, known = reach.of_occupancy(), baseline.occupancy()
    if anchors is None or known is None:
        return None
    gone = reach.changes.tables["Address"].removed.column("id") if "Address" in reach.changes.tables else []
    graph, told = TableColumns(reach.tables), {"anchors": anchors, "gone": gone}
    return Measured(*timed(lambda: occupancy_again(graph, day, norms, earlier=known, **told)))


def keep_baseline(store: str, found: Detected, *, record: Mapping[str, Any]) -> None:
    """Leave what the next scan can build on, whole or not at all; a disk that is full leaves none.

    Args:
        store: The store.
        found: What the scan found.
        record: Content of scan.json but for times.
    """
    if is_server(store):
        return
    place = Path(store) / FOLDER
    part = place.with_suffix(".part")
    told = {
        "scan_id": record["scan_id"],
        "fingerprint": record["input_fingerprint"],
        "day": record["at"],
        "norms": record["norms"],
        "reading": _reading(record["rules"]),
        "version": VERSION,
        "rules": {r.detector.id: r.detector.digest + r.ground for r in found.runs if not r.failed},
        "subjects": {r.detector.id: sorted({f.subject["id"] for f in r.findings}) for r in found.runs},
    }
    forget_baseline(store)
    try:
        private_folder(part)
        table = pa.Table.from_pandas(found.occupancy.table, preserve_index=False)
        write_mapped(part / "occupancy.arrow", table)
        (part / "baseline.json").write_text(json.dumps(told), encoding="utf-8")
        tighten_all(part)
        seal(part, kind=FOLDER, name=told["scan_id"], store=mark_store(Path(store)))
        part.rename(place)
    except OSError:
        remove_own(part, BASELINE)


def _reading(rules: str) -> str:
    return hashlib.sha256(reading_version() + rules.encode()).hexdigest()[:16]


def forget_baseline(store: str) -> None:
    """Remove what the last scan left, so that the next one looks at everything."""
    if not is_server(store):
        for folder in (Path(store) / FOLDER, (Path(store) / FOLDER).with_suffix(".part")):
            remove_own(folder, BASELINE)


def rows_held(store: Store) -> int:
    """Return how many rows a store holds; none where it is damaged."""
    try:
        held = store.snapshot()
    except DamagedError:  # loading says so
        return 0
    return sum(held.counts.values()) if held else 0
