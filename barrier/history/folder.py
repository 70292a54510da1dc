"""A result folder read back, for comparing it with another.

Rule: only what stands in the folder is compared; a folder of another format is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import InputError

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


def read_scan(folder: Path, addresses: Callable[[Record], pd.DataFrame | None] = lambda _: None) -> Scan:
    """Read a result folder.

    Args:
        folder: The folder.
        addresses: Gives the occupancy by address where it is known from elsewhere, for the record of the scan.

    Raises:
        InputError: It is none, or a file in it cannot be read.
    """
    if not (folder / "scan.json").is_file():
        raise InputError([f"{folder}: is no result folder"], hint="name the folder that a scan wrote with --out")
    try:
        record = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
        findings = {f["id"]: f for f in _lines(folder / "findings.jsonl")}
        clusters = _lines(folder / "clusters.jsonl")
        occupancy = addresses(record)
        if occupancy is None:
            occupancy = pd.read_csv(folder / "occupancy.csv", index_col="address", dtype={"address": str})
    except (OSError, ValueError, KeyError) as error:
        raise InputError([f"{folder}: cannot be read as results: {type(error).__name__}"], hint="scan again") from error
    return Scan(record, findings, clusters, occupancy)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
