"""What every scan leaves behind: a compact snapshot, so that a year can be looked at together.

Rule: snapshots hold what a whole region showed, so they stay with the store; each is written whole or not at all.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from barrier.errors import DamagedError, InputError, TryAgainError
from barrier.files import force_to_disk, private_folder, tighten_all, trouble
from barrier.history.folder import Record, Scan
from barrier.printable import parsed_json
from barrier.store.manifest import MANIFEST, Manifest, manifest_of, seal
from barrier.store.own_folders import HISTORY as FOLDER
from barrier.store.own_folders import SNAPSHOT, remove_own, store_id

__all__ = ["FOLDER", "PEOPLE"]
KIND = "snapshot"
_SEALED = "sealed"  # key in scan.json of a snapshot that has a manifest
PEOPLE = ["certain", "possible", "observed"]
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}")
_TABLES = ("findings", "clusters", "addresses", "visits")


@dataclass(frozen=True)
class Content:
    """What goes into a snapshot.

    Args:
        record: Content of scan.json but for times.
        findings: Records of findings with the municipality and sector of each subject.
        clusters: Records of clusters.
        addresses: ``address, certain, possible, observed, area_m2, owners, landlords``, one row an address.
        visits: ``municipality, sector, day, visits``: visits by day.
    """

    record: Record
    findings: Sequence[tuple[Record, str, str]]
    clusters: Sequence[Record]
    addresses: pd.DataFrame
    visits: pd.DataFrame


@dataclass(frozen=True)
class Snapshot:
    """One snapshot on disk; tables are read when they are asked for."""

    folder: Path

    @property
    def name(self) -> str:
        """Day and first part of the scan id."""
        return self.folder.name

    @property
    def day(self) -> date:
        """Day the scan looked at."""
        return date.fromisoformat(self.name[:10])

    @cached_property
    def record(self) -> Record:
        """Content of scan.json of the scan."""
        found: Record = parsed_json(self._text("scan.json"))
        return found

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding: ``id, detector, barrier, label, subject, strength, municipality, sector, record``."""
        return self._table("findings")

    @cached_property
    def clusters(self) -> list[Record]:
        """Records of the clusters, best first."""
        return [parsed_json(text) for text in self._table("clusters")["record"]]

    @cached_property
    def addresses(self) -> pd.DataFrame:
        """One row an address, as in `Content`."""
        return self._table("addresses")

    @cached_property
    def people(self) -> pd.Series:
        """People certainly or as observed at each address, by address; only these columns are read."""
        most: pd.Series = self._table("addresses", ["address", "certain", "observed"]).set_index("address").max(axis=1)
        return most

    @property
    def crowding(self) -> tuple[int, int]:
        """Overcrowded addresses, and the people who live there."""
        addresses, people = self.record["crowding"]
        return int(addresses), int(people)

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Visits by municipality, sector and day."""
        return self._table("visits")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name."""
        return {name: self._table(name) for name in _TABLES}

    def scan(self) -> Scan:
        """Return the snapshot as a scan that can be compared."""
        findings = {i: parsed_json(r) for i, r in zip(self.findings["id"], self.findings["record"], strict=True)}
        return Scan(self.record, findings, self.clusters, self.addresses.set_index("address"))

    def _text(self, name: str) -> str:
        self._check(name)
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _unreadable(self.folder) from error

    def _table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        self._check(f"{name}.parquet")
        try:
            frame: pd.DataFrame = pq.read_table(self.folder / f"{name}.parquet", columns=columns).to_pandas()
        except (OSError, pa.ArrowInvalid) as error:
            raise _unreadable(self.folder) from error
        return frame

    @cached_property
    def _manifest(self) -> Manifest | None:
        return _manifest_of(self.folder)

    def _check(self, name: str) -> None:
        if self._manifest is not None:
            self._manifest.check(name)


def keep_snapshot(history: Path, content: Content) -> Path:
    """Write a snapshot, whole or not at all; one of the same scan is replaced.

    Raises:
        TryAgainError: The disk is full or cannot be written.
    """
    name = f"{content.record['at']}-{content.record['scan_id'][:8]}"
    part, place = history / f".{name}.part", history / name
    try:
        for left in history.glob(".*.part"):  # of a scan that was killed
            remove_own(left, SNAPSHOT)
        private_folder(part)
        told = {**content.record, "crowding": _crowding(content), _SEALED: True}
        (part / "scan.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        for table, frame in _frames(content).items():
            write_table(part / f"{table}.parquet", frame)
        tighten_all(part)
        seal(part, kind=KIND, name=name, store=owner_of(history), durable=True)
        remove_own(place, SNAPSHOT)
        part.rename(place)
        force_to_disk(history)
    except OSError as error:
        hint = "free space on the disk, then scan again; the results are written"
        raise TryAgainError(f"{history}: the snapshot cannot be written: {trouble(error)}", hint=hint) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)  # made just now, by this very call
    return place


def _crowding(content: Content) -> list[int]:
    full = [f["subject"]["id"] for f, _, _ in content.findings if f["detector"] == "overcrowded"]
    rows = content.addresses[content.addresses["address"].isin(full)]
    return [len(full), int(rows[["certain", "observed"]].max(axis=1).sum())]


def write_table(file: Path, frame: pd.DataFrame) -> None:
    """Write one table of a snapshot."""
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file, compression="zstd", compression_level=3)


def _frames(content: Content) -> Mapping[str, pd.DataFrame]:
    rows = [
        {
            "id": f["id"],
            "detector": f["detector"],
            "barrier": f["barrier"],
            "label": f["subject"]["label"],
            "subject": f["subject"]["id"],
            "strength": f["strength"],
            "municipality": town,
            "sector": sector,
            "record": json.dumps(f, ensure_ascii=False, sort_keys=True),
        }
        for f, town, sector in content.findings
    ]
    columns = ["id", "detector", "barrier", "label", "subject", "strength", "municipality", "sector", "record"]
    clusters = [{"id": c["id"], "record": json.dumps(c, ensure_ascii=False, sort_keys=True)} for c in content.clusters]
    return {
        "findings": pd.DataFrame(rows, columns=columns, dtype="str"),
        "clusters": pd.DataFrame(clusters, columns=["id", "record"], dtype="str"),
        "addresses": content.addresses,
        "visits": content.visits,
    }


def owner_of(history: Path) -> str:
    """Return whose snapshots a folder holds: the id of the embedded store around it, or the name for a server."""
    return store_id(history.parent) or history.name


def snapshots(history: Path, *, last: int | None = None) -> list[Snapshot]:
    """Return the snapshots in a folder, the earliest first; of several scans of one day the one written last.

    One that is damaged, or of another store, is left out: `damaged_snapshots` names it.

    Args:
        history: The folder.
        last: So many at most, the latest; earlier ones are not looked at.
    """
    found: dict[str, Path] = {}
    for folder in sorted(snapshot_folders(history), key=_written_when):
        found[folder.name[:10]] = folder
    kept: list[Snapshot] = []
    for day in sorted(found, reverse=True):
        if last is not None and len(kept) >= last:
            break
        if problem_of(found[day]) is None:
            kept.append(Snapshot(found[day]))
    return kept[::-1]


def damaged_snapshots(history: Path, *, last: int | None = None) -> list[str]:
    """Return what is wrong with the snapshots that are left out, a line each."""
    folders = snapshot_folders(history)[-last if last else 0 :]
    return [f"snapshot left out: {problem}" for problem in map(problem_of, folders) if problem is not None]


def snapshot_folders(history: Path) -> list[Path]:
    """Return the folders of all snapshots by name, damaged ones among them."""
    named = (f for f in history.iterdir() if _NAME.fullmatch(f.name)) if history.is_dir() else ()
    return sorted(f for f in named if f.is_dir() and not f.is_symlink())


def _written_when(folder: Path) -> tuple[int, str]:
    file = folder / "scan.json"
    return (file.stat().st_mtime_ns if file.is_file() else 0), folder.name


def problem_of(folder: Path) -> str | None:
    """Return what is wrong with a snapshot, or None where it is as it was written."""
    changed = tuple(sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in folder.iterdir()))
    return _problem(folder, changed)


@lru_cache(maxsize=2000)
def _problem(folder: Path, changed: tuple[tuple[str, int, int], ...]) -> str | None:
    try:
        manifest = _manifest_of(folder)
        if manifest is not None:
            manifest.check()
    except DamagedError as error:
        return str(error)
    return None


def _manifest_of(folder: Path) -> Manifest | None:
    """Return the manifest of a snapshot; None where it was written by a version without.

    Raises:
        DamagedError: It is missing, damaged, or of another snapshot or store.
    """
    if not (folder / MANIFEST).exists() and not _is_sealed(folder):
        return None
    return manifest_of(folder, kind=KIND, name=folder.name, store=owner_of(folder.parent))


def _is_sealed(folder: Path) -> bool:
    try:
        return _SEALED in parsed_json((folder / "scan.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True


def _unreadable(folder: Path) -> DamagedError:
    return DamagedError(f"{folder}: the snapshot cannot be read", hint="move this folder elsewhere; the others go on")


def snapshot_named(history: Path, name: str) -> Snapshot:
    """Return a snapshot by day or name.

    Raises:
        DamagedError: It is damaged.
        InputError: There is none.
    """
    found = [f for f in sorted(snapshot_folders(history), key=_written_when) if name in (f.name, f.name[:10])]
    if not found:
        raise InputError([f"{name}: no snapshot of this day"], hint="see: barrier history list --store STORE")
    problem = problem_of(found[-1])
    if problem is not None:
        raise DamagedError(problem, hint="move this folder elsewhere, or name another day")
    return Snapshot(found[-1])


def new_findings(kept: Sequence[Snapshot]) -> pd.DataFrame:
    """Return the findings that each snapshot has and the one before had not.

    What is new because its detector was changed or joined is left out; so is everything in the first snapshot.

    Returns:
        The columns of `Snapshot.findings` but ``record``, and ``day``.
    """
    frames = []
    for before, after in pairwise(kept):
        rules = _rules(before.record)
        same = {d for d, digest in _rules(after.record).items() if rules.get(d) == digest}
        rows = after.findings
        fresh = rows[~rows["id"].isin(set(before.findings["id"])) & rows["detector"].isin(same)]
        frames.append(fresh.drop(columns="record").assign(day=after.day))
    columns = ["id", "detector", "barrier", "label", "subject", "strength", "municipality", "sector", "day"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _rules(record: Record) -> dict[str, str]:
    return {d["id"]: d["hash"] for d in record["detectors"]}


def size_of(kept: Iterable[Snapshot]) -> int:
    """Return the bytes that snapshots take."""
    return sum(f.stat().st_size for s in kept for f in s.folder.iterdir())
