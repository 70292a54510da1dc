"""A result folder read back, for comparing it with another.

Rule: only what stands in the folder is compared; a folder of another format is refused.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from barrier.errors import InputError
from barrier.files import is_regular, read_regular

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
    if not is_regular(folder / "scan.json"):
        raise InputError([f"{folder}: is no result folder"], hint="name the folder that a scan wrote with --out")
    try:
        record = json.loads(read_regular(folder / "scan.json", within=folder))
        findings = {f["id"]: f for f in result_lines(folder, "findings.jsonl")}
        clusters = result_lines(folder, "clusters.jsonl")
        occupancy = addresses(record)
        if occupancy is None:
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
    return [json.loads(line) for line in read_regular(folder / name, within=folder).decode("utf-8").split("\n") if line]
