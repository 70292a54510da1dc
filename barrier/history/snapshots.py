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
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from barrier.errors import InputError, StoreError, TryAgainError
from barrier.files import private_folder, tighten_all
from barrier.history.folder import Record, Scan

FOLDER = "history"
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
        found: Record = json.loads(self._text("scan.json"))
        return found

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding: ``id, detector, barrier, label, subject, strength, municipality, sector, record``."""
        return self._table("findings")

    @cached_property
    def clusters(self) -> list[Record]:
        """Records of the clusters, best first."""
        return [json.loads(text) for text in self._table("clusters")["record"]]

    @cached_property
    def addresses(self) -> pd.DataFrame:
        """One row an address, as in `Content`."""
        return self._table("addresses")

    @cached_property
    def people(self) -> pd.Series:
        """People certainly or as observed at each address, by address; only these columns are read."""
        table = pq.read_table(self.folder / "addresses.parquet", columns=["address", "certain", "observed"]).to_pandas()
        most: pd.Series = table.set_index("address").max(axis=1)
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

    def scan(self) -> Scan:
        """Return the snapshot as a scan that can be compared."""
        findings = {i: json.loads(r) for i, r in zip(self.findings["id"], self.findings["record"], strict=True)}
        return Scan(self.record, findings, self.clusters, self.addresses.set_index("address"))

    def _text(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{self.folder}: the snapshot cannot be read", hint="remove this folder") from error

    def _table(self, name: str) -> pd.DataFrame:
        try:
            frame: pd.DataFrame = pq.read_table(self.folder / f"{name}.parquet").to_pandas()
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(f"{self.folder}: the snapshot cannot be read", hint="remove this folder") from error
        return frame


def keep_snapshot(history: Path, content: Content) -> Path:
    """Write a snapshot, whole or not at all; one of the same scan is replaced.

    Raises:
        TryAgainError: The disk is full or cannot be written.
    """
    name = f"{content.record['at']}-{content.record['scan_id'][:8]}"
    part, place = history / f".{name}.part", history / name
    try:
        for left in history.glob(".*.part"):  # of a scan that was killed
            shutil.rmtree(left, ignore_errors=True)
        private_folder(part)
        told = {**content.record, "crowding": _crowding(content)}
        (part / "scan.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        for table, frame in _frames(content).items():
            write_table(part / f"{table}.parquet", frame)
        tighten_all(part)
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
    except OSError as error:
        hint = "free space on the disk, then scan again; the results are written"
        raise TryAgainError(f"{history}: the snapshot cannot be written: {error.strerror}", hint=hint) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
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


def snapshots(history: Path) -> list[Snapshot]:
    """Return the snapshots in a folder, the earliest first; of several scans of one day the one written last."""
    if not history.is_dir():
        return []
    found: dict[str, Path] = {}
    folders = [f for f in history.iterdir() if _NAME.fullmatch(f.name) and (f / "scan.json").is_file()]
    for folder in sorted(folders, key=lambda f: ((f / "scan.json").stat().st_mtime_ns, f.name)):
        found[folder.name[:10]] = folder
    return [Snapshot(found[day]) for day in sorted(found)]


def snapshot_named(history: Path, name: str) -> Snapshot:
    """Return a snapshot by day or name.

    Raises:
        InputError: There is none.
    """
    found = [s for s in snapshots(history) if name in (s.name, s.name[:10])]
    if not found:
        raise InputError([f"{name}: no snapshot of this day"], hint="see: barrier history list --store STORE")
    return found[-1]


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
