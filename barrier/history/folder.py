"""A result folder read back, for comparing it with another.

Rule: only what stands in the folder is compared, as the scan wrote it; a folder of another format is refused.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import DamagedError, InputError, TryAgainError
from barrier.files import is_regular, read_regular
from barrier.history.pending import pending_store
from barrier.printable import parsed_json
from barrier.store.manifest import STAMP, check_file, entries, is_stamped, stamped, write_record
from barrier.store.own_folders import is_own

RECORD = "scan.json"
FILES = "files"  # key in it: size and checksum of the others
VIEWS = "networks"
_LINES = ("findings.jsonl", "clusters.jsonl", "advice.jsonl", "changes.jsonl")
_OF_SCANS = {"scan_id", "at", "detectors", "input_fingerprint"}
RESULTS = (RECORD, *_LINES, "occupancy.csv", "rejected.csv", "worklist.csv", "report.html", f"{VIEWS}/*.html")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Scan:
    """What one scan found.

    Args:
        record: Content of scan.json.
        findings: Findings by id.
        clusters: Clusters, best first.
        occupancy: `occupancy.csv`, by address.
    """

    record: Record
    findings: Mapping[str, Record]
    clusters: Sequence[Record]
    occupancy: pd.DataFrame

    @property
    def detectors(self) -> dict[str, str]:
        """Hash of each detector that ran, by id."""
        return {d["id"]: d["hash"] for d in self.record["detectors"]}

    @property
    def failed(self) -> list[str]:
        """Ids of the detectors that could not be asked."""
        return [d["id"] for d in self.record["detectors"] if "failed" in d]


def read_scan(folder: Path, addresses: Callable[[Record], pd.DataFrame | None] = lambda _: None) -> Scan:
    """Read a result folder.

    Args:
        folder: The folder.
        addresses: Gives the occupancy by address where it is known from elsewhere, for the record of the scan.

    Raises:
        DamagedError: A file in it is not as the scan wrote it.
        InputError: It is none, or a file in it cannot be read.
    """
    record = checked_record(folder, "findings.jsonl", "clusters.jsonl")
    try:
        findings = {f["id"]: f for f in result_lines(folder, "findings.jsonl")}
        clusters = result_lines(folder, "clusters.jsonl")
        occupancy = addresses(record)
        if occupancy is None:
            checked_record(folder, "occupancy.csv")
            occupancy = pd.read_csv(
                io.BytesIO(read_regular(folder / "occupancy.csv", within=folder)),
                index_col="address",
                dtype={"address": str},
            )
    except (OSError, ValueError, KeyError) as error:
        raise InputError([f"{folder}: cannot be read as results: {type(error).__name__}"], hint="scan again") from error
    return Scan(record, findings, clusters, occupancy)


def result_lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the records in a file of a result folder, one a line.

    Raises:
        InputError: It is no plain file in the folder.
        OSError: It cannot be read.
        ValueError: It holds something else.
    """
    return [
        parsed_json(line) for line in read_regular(folder / name, within=folder).decode("utf-8").split("\n") if line
    ]


def checked_record(folder: Path, *names: str, erasing: bool = False) -> dict[str, Any]:
    """Return the content of scan.json, once it and files beside it are known to be as the scan wrote them.

    Results of versions without checksums are read as they are.

    Args:
        folder: The folder.
        names: Files in it.
        erasing: Whether who asks erases from it.

    Raises:
        DamagedError: One is not.
        InputError: It is no result folder.
        TryAgainError: Something is being erased from it.
    """
    file = folder / RECORD
    if not erasing and (store := pending_store(folder)) is not None:
        hint = f"run any command on the store, it goes on: barrier history list --store {store}"
        raise TryAgainError(f"{folder}: something is being erased from it, and that is not finished", hint=hint)
    if not is_regular(file):
        raise InputError([f"{folder}: is no result folder"], hint="name the folder that a scan wrote with --out")
    try:
        record: dict[str, Any] = parsed_json(read_regular(file, within=folder))
        listed = record.get(FILES, {})
        sealed = bool({FILES, STAMP} & set(record))
        fits = set(record) >= (_OF_SCANS | {FILES} if sealed else _OF_SCANS) and (not sealed or is_stamped(record))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(file, "cannot be read") from error
    if not fits:
        raise _damaged(file, "is not as the scan wrote it")
    for name in names if listed else ():
        if name not in listed:
            raise _damaged(folder / name, "is not one of the files of this scan")
        size, digest = listed[name]
        try:
            check_file(folder / name, (int(size), str(digest)))
        except DamagedError as error:
            raise _damaged(folder / name, "is not as the scan wrote it") from error
    return record


def _damaged(place: Path, what: str) -> DamagedError:
    hint = "scan again, or compare snapshots: barrier diff DAY DAY --store STORE"
    return DamagedError(f"{place}: {what}: damaged, or changed by hand", hint=hint)


def seal_results(folder: Path, record: Record | None = None) -> None:
    """Write scan.json with size and checksum of every file of the scan, and its own checksum.

    Args:
        folder: A result folder; files of somebody else in it are not listed.
        record: What scan.json says; default what it said.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    told = dict(record) if record is not None else parsed_json(read_regular(folder / RECORD, within=folder))
    names = own_files(folder) - {RECORD}
    told[FILES] = entries(folder, sorted(n for n in names if (folder / n).is_file()))
    write_record(folder / RECORD, stamped(told), indent=1)


def is_result(folder: Path) -> bool:
    """Return whether a scan wrote a folder: by scan.json, or where that is damaged, by all that is in it."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        record = parsed_json(read_regular(folder / RECORD, within=folder))
        if isinstance(record, dict) and set(record) >= _OF_SCANS:
            return True
    except (OSError, ValueError, RecursionError, InputError):
        pass
    return is_own(folder, RESULTS) and all((folder / name).is_file() for name in (*_LINES[:3], "occupancy.csv"))


def own_files(folder: Path) -> set[str]:
    """Return the paths of the files in a result folder that a scan wrote, as they have the names of such files."""
    names = (f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file() and not f.is_symlink())
    return {name for name in names if any(fnmatchcase(name, known) for known in RESULTS)} - _strange_views(folder)


def _strange_views(folder: Path) -> set[str]:
    """Return pages of networks that the scan did not write, where it says which ones it did."""
    try:
        listed = parsed_json(read_regular(folder / RECORD, within=folder)).get(FILES)
    except (OSError, ValueError, AttributeError, InputError):
        return set()
    pages = {f"{VIEWS}/{f.name}" for f in (folder / VIEWS).glob("*.html")}
    return pages - set(listed) if isinstance(listed, dict) and listed else set()
