"""Running detectors over a store.

Rule: a detector that fails stops the scan; a scan with a hole in it would read as "nothing there".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import pandas as pd

from barrier.detect.findings import Finding, Subjects, findings_of
from barrier.detect.header import Value
from barrier.detect.library import Detector
from barrier.detect.measures import overcrowded_rows
from barrier.detect.occupancy import Occupancy
from barrier.errors import InputError
from barrier.model.barriers import BarrierModel
from barrier.model.dates import day_number
from barrier.model.schema import schema
from barrier.store import Store

Progress = Callable[[str], None]
TIMEOUT_S = 900.0


@dataclass(frozen=True)
class DetectorRun:
    """What one detector found and how long it took.

    Args:
        detector: The detector.
        findings: Its hits, ordered by id.
        seconds: Time it took.
    """

    detector: Detector
    findings: tuple[Finding, ...]
    seconds: float


def run_detectors(
    store: Store,
    detectors: Sequence[Detector],
    *,
    day: date,
    occupancy: Occupancy,
    model: BarrierModel,
    given: Mapping[str, Mapping[str, Value]] | None = None,
    progress: Progress = lambda _: None,
) -> list[DetectorRun]:
    """Run detectors on a store and return what each found, in the order given.

    Args:
        store: The store.
        detectors: Those to run; retired ones are left out.
        day: The day looked at.
        occupancy: The occupancy on that day.
        model: The barrier model in which the findings are placed.
        given: Parameters by detector id, in place of the defaults.
        progress: Called with the id of each detector that is done.

    Raises:
        InputError: A detector is wrong; nothing is returned.
        TryAgainError: The store went away or a query took too long.
    """
    subjects = known_subjects(store)
    crowded = occupancy.overcrowded()
    active = [d for d in detectors if d.header.status != "retired"]

    def run(detector: Detector) -> DetectorRun:
        begun = time.perf_counter()
        arguments = detector.arguments(day, (given or {}).get(detector.id), crowded)
        rows = detector_rows(store, detector, arguments, day=day, occupancy=occupancy)
        barrier = model.place(detector.header.barrier)
        found = tuple(findings_of(detector, rows, barrier=barrier, day=day, subjects=subjects))
        progress(detector.id)
        return DetectorRun(detector, found, time.perf_counter() - begun)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(run, active))


def detector_rows(
    store: Store, detector: Detector, arguments: Mapping[str, object], *, day: date, occupancy: Occupancy | None
) -> pd.DataFrame:
    """Return the rows of one detector: of its query, or of the measure it names.

    Raises:
        InputError: The query is wrong; the message names the detector.
    """
    if detector.header.measure == "occupancy" and occupancy is not None:
        return overcrowded_rows(occupancy, day=day_number(day), explanations=detector.header.explanations)
    try:
        return store.read(detector.query, arguments, timeout_s=TIMEOUT_S).frame
    except InputError as error:
        raise InputError([f"{detector.id}: {p}" for p in error.problems], hint=error.hint) from error


def known_subjects(store: Store) -> Subjects:
    """Return the label of every node that may be a subject, and the ids of persons."""
    labels = [label for label in schema().labels if label != "Person"]
    found = {label: pd.Index(store.nodes(label, ["id"])["id"]) for label in labels}
    return Subjects(found, pd.Index(store.nodes("Person", ["id"])["id"]))
