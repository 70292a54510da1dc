"""Running detectors over a store.

Rule: a detector that fails costs its own findings, and a scan says so: it found nothing and it could not be asked are
two things. Who asks for one answer only, and has no place to say it, is told the error instead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

import pandas as pd

from barrier.detect.findings import Finding, Row, Subjects, findings_of, rows_of, texts_of
from barrier.detect.ground import Ground, ground_digest, hits_of, is_groundless, not_looked_for
from barrier.detect.header import Value
from barrier.detect.innocence import with_reasons
from barrier.detect.library import Detector
from barrier.detect.measures import overcrowded_rows
from barrier.detect.occupancy import Occupancy, occupancy
from barrier.errors import BarrierError, InputError, QueryLimitError, TryAgainError
from barrier.model.barriers import BarrierModel
from barrier.model.dates import day_number
from barrier.model.norms import Norms
from barrier.store import Columns, Store
from barrier.store.guard import parameters
from barrier.store.limits import Limits, read_limited, stop_running

T = TypeVar("T")
Progress = Callable[[str], None]
TIMEOUT_S = 900.0
FOREIGN = Limits(time_s=300.0, memory_mb=2048)  # of a detector that somebody else wrote
_NEEDS_OCCUPANCY = "overcrowded"


@dataclass(frozen=True)
class DetectorRun:
    """What one detector found and how long it took.

    Args:
        detector: The detector.
        findings: Its hits, ordered by id.
        seconds: Time it took.
        unread: What of the tables that decide about it was not read, in words.
        ground: Hash of what was not read of that on whose absence it rests.
        failed: Why it could not be asked; empty where it was.
    """

    detector: Detector
    findings: tuple[Finding, ...]
    seconds: float
    unread: str = ""
    ground: str = ""
    failed: str = ""


@dataclass(frozen=True)
class Detected:
    """What all detectors found.

    Args:
        occupancy: The measure behind the overcrowded addresses.
        runs: One for each detector, in the order given.
        occupancy_seconds: Time the measure took, beside the first detectors.
    """

    occupancy: Occupancy
    runs: tuple[DetectorRun, ...]
    occupancy_seconds: float

    def findings(self) -> list[Finding]:
        """Return the findings of all detectors, ordered by id."""
        return sorted((f for r in self.runs for f in r.findings), key=lambda f: f.id)

    def failed(self) -> dict[str, str]:
        """Return why rules could not be asked, by their ids."""
        return {r.detector.id: r.failed for r in self.runs if r.failed}


@dataclass(frozen=True)
class _Answer:
    """What a rule answered, in how many seconds, or why it could not be asked."""

    rows: list[Row]
    seconds: float
    failed: str = ""


@dataclass(frozen=True)
class Measured:
    """The occupancy and the seconds it took."""

    occupancy: Occupancy
    seconds: float


def measure_occupancy(graph: Columns, day: date, norms: Norms) -> Measured:
    """Measure the occupancy of a graph, of a store or of tables that are on their way into one."""
    return Measured(*timed(lambda: occupancy(graph, day, norms)))


def detect(
    store: Store,
    detectors: Sequence[Detector],
    *,
    day: date,
    norms: Norms,
    model: BarrierModel,
    given: Mapping[str, Mapping[str, Value]] | None = None,
    measured: Measured | None = None,
    anchors: Mapping[str, Sequence[str]] | None = None,
    progress: Progress = lambda _: None,
    spare_failed: bool = False,
) -> Detected:
    """Measure the occupancy of a store and run detectors on it, side by side.

    Args:
        store: The store.
        detectors: Those to run; retired ones are left out.
        day: The day looked at.
        norms: Area a person, for the occupancy.
        model: The barrier model in which the findings are placed.
        given: Parameters by detector id, in place of the defaults.
        measured: The occupancy, where it was measured already.
        anchors: By detector id the anchors that are looked at; default all.
        progress: Called with the id of each detector that is done.
        spare_failed: Whether one that the store refuses, or that takes more than it may, is told in its run instead.

    Raises:
        InputError: A detector is wrong; nothing is returned.
        QueryLimitError: A query took more than it may.
        TryAgainError: The store went away.
    """
    active, unread = [d for d in detectors if d.header.status != "retired"], store.unread()
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        crowding = pool.submit(lambda: measured or measure_occupancy(store, day, norms))
        known = pool.submit(Subjects.of, store)

        def search(detector: Detector) -> _Answer:
            crowded = crowding.result().occupancy if _needs_occupancy(detector) else None
            own, among = (given or {}).get(detector.id), (anchors or {}).get(detector.id)

            def ask() -> list[Row]:
                return rows_of(detector, _rows(store, detector, day, given=own, crowded=crowded, anchors=among))

            answer = _Answer([], 0.0) if is_groundless(detector, unread) else _asked(ask, spared=spare_failed)
            progress(detector.id)
            return answer

        # who needs the occupancy goes last; it was begun first, so nobody waits in vain
        searches = {d.id: pool.submit(search, d) for d in sorted(active, key=_needs_occupancy)}
        found = _results([searches[d.id] for d in active])
        labels = known.result().labels(texts_of(row for a in found for row in a.rows))  # looked up once for all
    runs = []
    for detector, answer in zip(active, found, strict=True):
        rows, barrier = answer.rows, model.place(detector.header.barrier)
        findings = findings_of(detector, rows, barrier=barrier, day=day, labels=labels)
        findings = with_reasons(findings, crowding.result().occupancy.table)
        again = partial(_found_at, store, detector, day, (given or {}).get(detector.id))
        findings = Ground.of(detector, unread).kept(findings, rows, store, again)
        told = not_looked_for(detector, unread), ground_digest(detector, unread)
        runs.append(DetectorRun(detector, tuple(findings), answer.seconds, *told, failed=answer.failed))
    return Detected(crowding.result().occupancy, tuple(runs), crowding.result().seconds)


def _asked(ask: Callable[[], list[Row]], *, spared: bool) -> _Answer:
    """Return what a rule answers; where it fails by itself and is ``spared``, why.

    A store that is gone fails for every rule alike, and for the scan: that error goes on.
    """
    begun = time.perf_counter()
    try:
        rows = ask()
    except (InputError, QueryLimitError) as error:
        if not spared:
            raise
        # the cause leaves out where the file of the rule lies
        reason = error.__cause__ if isinstance(error.__cause__, BarrierError) else error
        return _Answer([], time.perf_counter() - begun, "; ".join(str(reason).splitlines()))
    return _Answer(rows, time.perf_counter() - begun)


def _found_at(
    store: Store, detector: Detector, day: date, given: Mapping[str, Value] | None, anchors: Sequence[str]
) -> list[str]:
    """Return the ids of what a detector finds at some anchors."""
    rows = rows_of(detector, _rows(store, detector, day, given=given, crowded=None, anchors=anchors))
    return list(hits_of(detector, rows))


def _results(searches: Sequence[Future[T]]) -> list[T]:
    """Wait for all; where one fails, or somebody stops the scan, what runs in processes of its own is ended first."""
    try:
        return [search.result() for search in searches]
    except BaseException:
        for search in searches:
            search.cancel()
        stop_running()
        raise


def _needs_occupancy(detector: Detector) -> bool:
    return detector.header.measure is not None or _NEEDS_OCCUPANCY in parameters(detector.query)


def _rows(
    store: Store,
    detector: Detector,
    day: date,
    *,
    given: Mapping[str, Value] | None,
    crowded: Occupancy | None,
    anchors: Sequence[str] | None,
) -> pd.DataFrame:
    """Return the rows of one detector: of its query, or of the measure it names."""
    if detector.header.measure == "occupancy" and crowded is not None:
        return overcrowded_rows(crowded, day=day_number(day), explanations=detector.header.explanations)
    query = detector.query if anchors is None else detector.at_anchors()
    arguments = detector.arguments(day, given, crowded.overcrowded() if crowded else [], anchors or ())
    try:
        if detector.is_shipped:
            return store.read(query, arguments, timeout_s=TIMEOUT_S).frame
        return read_limited(store, query, arguments, limits=FOREIGN).frame
    except InputError as error:
        raise InputError([f"{_named(detector)}: {p}" for p in error.problems], hint=error.hint) from error
    except TryAgainError as error:
        hint = error.hint if detector.is_shipped else "narrow the query down, or leave the file out"
        raise type(error)(f"{_named(detector)}: {error}", hint=hint) from error


def _named(detector: Detector) -> str:
    return detector.id if detector.is_shipped else str(detector.path)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what a piece of work gives, and the seconds it took."""
    begun = time.perf_counter()
    return work(), time.perf_counter() - begun
