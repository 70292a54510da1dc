"""Protection works backwards: what is protected now loses every older trace, before anything from the past is used.

Rule: whole or not at all. What is to be erased is written down first; every step can be done again; whoever opens the
store after a crash finishes it before anything is shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from barrier.analysis.baseline import forget_baseline
from barrier.analysis.kept import terms_without
from barrier.audit.events import actor, erase_readings
from barrier.audit.places import cases_of
from barrier.casework.cases import By
from barrier.casework.erasing import cases_about, erase_from_cases
from barrier.disclosure.partner_view import every_pseudonym, tables_of
from barrier.erasure.effects import NO_EFFECTS, Effects, Measuring, without_ids
from barrier.erasure.intent import NAME, Intent, is_pending, read_intent, remove_intent, write_intent
from barrier.erasure.ledger import NAME as LEDGER
from barrier.erasure.ledger import Ledger, mark_of, read_ledger, write_ledger
from barrier.erasure.results import erase_results, is_results
from barrier.erasure.settling import Counts, homes_in, settle_results
from barrier.erasure.snapshots import erase_snapshots, found_in_snapshots
from barrier.errors import DamagedError, StoreError, TryAgainError
from barrier.files import trouble
from barrier.history.pending import pending_store, unmark
from barrier.history.snapshots import FOLDER, problem_of, snapshot_folders
from barrier.ingest.protection import Protected, distinct
from barrier.model.kinds import protectable
from barrier.model.schema import schema
from barrier.printable import parsed_json
from barrier.results.became_protected import FORGOTTEN, NONE_ERASED, Erased, erased_of
from barrier.results.snapshot import history_folder
from barrier.store import Store, is_server, open_store
from barrier.store.generation import CURRENT, drop_generations, remove_strays
from barrier.store.places import state_path
from barrier.traces import Traces

BY = "Barrier (protection)"
T = TypeVar("T")
_NO_IDS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Erasing:
    """An erasure before a load: where something was begun, all is erased but the graph, which the load replaces.

    Args:
        store: The store.
        ledger: What is known when the graph was replaced.
        told: What became protected.
        begun: Whether there was something to do.
        graph: Whether the graph held something: it is built from nothing then, so that no byte of it stays.
    """

    store: str
    ledger: Ledger
    told: Erased = NONE_ERASED
    begun: bool = False
    graph: bool = False

    def done(self) -> Erased:
        """Say that the graph was replaced too, and return what became protected.

        Raises:
            TryAgainError: The disk is full or cannot be written; the next command goes on.
        """
        with _disk(self.store):
            write_ledger(self.store, replace(self.ledger, untold=self.told.counts()))
            remove_intent(self.store)
        return self.told

    def said(self) -> None:
        """Say that what became protected was told to people, so that no later scan tells it again.

        Raises:
            TryAgainError: The disk is full or cannot be written; a later scan tells it again.
        """
        if self.told.counts():
            with _disk(self.store):
                write_ledger(self.store, replace(read_ledger(self.store), untold={}))


def begin(
    store: Store,
    protected: Protected,
    *,
    out: Path | None = None,
    before: Callable[[], object] = lambda: None,
    counted: Callable[[Set[str]], Counts],
    measured: Measuring,
) -> Erasing:
    """Erase every older trace of what is protected but the graph; nothing where nothing is new since the last time.

    Args:
        store: The store, held by the caller, who replaces its graph and then calls `Erasing.done`.
        protected: What is protected in the delivery that is being read.
        out: Result folder of the scan at work.
        before: Called before the first step, where there is something to do: waits for what reads the past.
        counted: Gives the counts of now, without what is protected, at some addresses.
        measured: Works out what the past would have shown without it.

    Raises:
        TryAgainError: The disk is full or cannot be written; the next command goes on.
    """
    if is_pending(store.name):
        _finish(store, graph=True)
    mark = mark_of(protected.ids)
    ledger = _with_results(read_ledger(store.name), out, mark)
    stale = [p for p, cleaned in sorted(ledger.results.items()) if not mark or cleaned != mark]
    fresh = not mark or ledger.mark != mark
    reachable = any(is_results(Path(p)) for p in stale)
    if not protected.ids or not (reachable or (fresh and _has_past(store.name))):
        away = map(Path, stale) if ledger.untold else ()
        ledger = ledger.cleaned(mark, []) if protected.ids else ledger
        return Erasing(store.name, ledger, erased_of(ledger.untold, away, lost=ledger.lost))
    before()
    protected = _as_stored(store, protected)
    held = _readable(lambda: _held(store, protected.ids), _NO_IDS)
    found = held | found_in_snapshots(history_folder(store.name), protected.ids)
    told = Erased(
        distinct(protected.places & found) + ledger.untold.get("places", 0),
        distinct(protected.persons & found) + ledger.untold.get("persons", 0),
    )
    ids = sorted(_with_pseudonyms(protected.ids, _views(stale)))
    about = _readable(lambda: len(cases_about(cases_of(store.name), Traces(ids))), 0)
    told = replace(told, cases=about + ledger.untold.get("cases", 0))
    damaged = [f for f in snapshot_folders(history_folder(store.name)) if problem_of(f) is not None]
    quiet = (
        protected.homes | _readable(lambda: homes_in(store, held, protected.ids), _NO_IDS) if held else protected.homes
    )
    effects = _readable(lambda: measured(store, held, quiet), NO_EFFECTS) if held else NO_EFFECTS
    intent = Intent(ids, ids, stale, mark, told.counts(), counted(quiet), asdict(effects))
    quiet |= frozenset(effects.fresh)
    with _disk(store.name):
        write_intent(store.name, intent)
        unreached, _ = _erase(store.name, intent, baseline=not held)
    reached = [p for p in stale if Path(p) not in unreached]
    gone = tuple(f.name for f in damaged if not f.exists())
    told = replace(told, unreached=tuple(unreached), dropped=gone, quiet=quiet, lost=ledger.lost)
    return Erasing(store.name, ledger.cleaned(mark, reached), told, begun=True, graph=bool(held))


def _with_results(ledger: Ledger, out: Path | None, mark: str) -> Ledger:
    """Return the ledger with the result folder of a scan; one that is not there yet needs no cleaning."""
    if out is None:
        return ledger
    place = str(out.resolve())
    return replace(ledger, results={place: "" if out.exists() else mark, **ledger.results})


def _has_past(store: str) -> bool:
    """Return whether anything was ever kept of a store."""
    names = (CURRENT, FOLDER, LEDGER, NAME, "cases.sqlite")
    return any(state_path(store, name).exists() for name in names) or is_server(store)


def finish_pending(store: Store, *, graph: bool = True) -> Erased:
    """Finish an erasure that was cut off; return what became protected, for people.

    Args:
        store: The store.
        graph: Erase from the graph too; without it, the erasure stays begun, and what needs no graph can go on.

    Raises:
        TryAgainError: Another process is at it, or the disk is full or cannot be written.
        StoreError: What is to be erased cannot be read.
    """
    if not is_pending(store.name):
        return NONE_ERASED
    with store.writing():
        return _finish(store, graph=graph) if is_pending(store.name) else NONE_ERASED


def _finish(store: Store, *, graph: bool) -> Erased:
    intent = read_intent(store.name)
    with _disk(store.name):
        unreached, _ = _erase(store.name, intent)
        if not graph:
            return NONE_ERASED
        try:
            erase_graph(store, intent.ids)
        except DamagedError:
            if not is_server(store.name):
                drop_generations(Path(store.name))
        store.settle()
        ledger = read_ledger(store.name)
        reached = [p for p in intent.results if Path(p) not in unreached]
        write_ledger(store.name, replace(ledger.cleaned(intent.mark, reached), untold=intent.told or ledger.untold))
        remove_intent(store.name)
    return erased_of(intent.told, unreached, lost=ledger.lost)


def finish_or_forget(store: Store) -> list[str]:
    """Finish an erasure that was cut off, before a delivery is read; return what is said of it.

    Where the note of it is damaged it is forgotten, and the delivery has everything erased that it protects.

    Raises:
        TryAgainError: Another process is at it, or the disk is full or cannot be written.
    """
    try:
        return finish_pending(store).notes()
    except DamagedError:
        with store.writing(), _disk(store.name):
            ledger = read_ledger(store.name)
            write_ledger(store.name, replace(ledger, mark="", results=dict.fromkeys(ledger.results, ""), lost=True))
            remove_intent(store.name)
        return [FORGOTTEN]


def finish_store(where: str) -> Erased:
    """Finish an erasure that was cut off in a store, but for the graph of a server; return what became protected.

    Raises:
        TryAgainError: Another process is at it, or the disk is full or cannot be written.
        StoreError: What is to be erased cannot be read.
    """
    if not is_pending(where):
        return NONE_ERASED
    store = open_store(where)
    try:
        return finish_pending(store, graph=not is_server(where))
    finally:
        store.close()


def finish_results(folder: Path) -> Erased:
    """Finish an erasure that was cut off before it came to a result folder; return what became protected.

    Raises:
        TryAgainError: Another process is at it, or the disk is full or cannot be written.
        StoreError: What is to be erased cannot be read.
    """
    where = pending_store(folder)
    return NONE_ERASED if where is None else finish_store(where)


def erase_ids(
    store: Store, ids: Set[str], results: Sequence[Path], by: By, told: Mapping[str, Any]
) -> tuple[list[Path], int]:
    """Erase ids from all but the graph, as retention asks; return folders not reached and how many records of cases.

    The caller holds the store, replaces its graph and calls `done_with`.

    Args:
        store: The store.
        ids: The ids.
        results: Result folders beside those that are known.
        by: Who has it done.
        told: Numbers for the journal.
    """
    ledger = read_ledger(store.name)
    places = sorted({*ledger.results, *(str(p.resolve()) for p in results)})
    intent = Intent(sorted(_with_pseudonyms(ids, _views(places))), [], places, ledger.mark)
    write_intent(store.name, intent)
    return _erase(store.name, intent, by=by, told=told)


def erase_from_view(out: Path, protected: Protected, partner: str) -> None:
    """Erase what is protected from the last results for a partner, before they are compared with new ones.

    Raises:
        TryAgainError: The disk is full or cannot be written; the next scan for the partner goes on.
    """
    if protected.ids and is_results(out):
        with _disk(str(out)):
            erase_results(out, Traces(_with_pseudonyms(protected.ids, [partner])))


def done_with(store: Store) -> None:
    """Say that the graph was replaced too, after `erase_ids`."""
    remove_intent(store.name)


def _erase(
    store: str,
    intent: Intent,
    *,
    baseline: bool = False,
    by: By | None = None,
    told: Mapping[str, Any] | None = None,
) -> tuple[list[Path], int]:
    """Do every step but the graph; doing it again does no harm.

    Args:
        store: The store.
        intent: What is erased.
        baseline: Whether what the next scan builds on can stay: the graph holds nothing of it.
        by: Who has it done.
        told: Numbers for the journal.

    Returns:
        Result folders that could not be reached, and how many records of cases named it.
    """
    traces, sealing, effects = Traces(intent.ids), Traces(intent.sealed), Effects(**intent.effects)
    unreached = [p for p in map(Path, intent.results) if not _cleaned(p, traces, intent.settled, effects)]
    if not baseline:
        forget_baseline(store)
    if not is_server(store):
        remove_strays(Path(store))
    _, records = erase_from_cases(cases_of(store), traces, sealing, by or By(BY, actor()), told or {})
    erase_snapshots(history_folder(store), traces, intent.settled, effects)
    erase_readings(store, traces.ids)
    return unreached, records


def _cleaned(folder: Path, traces: Traces, counts: Counts, effects: Effects) -> bool:
    try:
        # `untouched` files are somebody's own; they are told as what could not be reached
        untouched = erase_results(folder, traces)
        settle_results(folder, counts, effects)
        unmark(folder)
        return not untouched and is_results(folder)
    except OSError:
        return False


def erase_graph(store: Store, ids: Iterable[str]) -> bool:
    """Erase ids from the graph of a store that is not replaced otherwise, and its terms; return whether it held any."""
    store.keep_terms(terms_without(store, ids))
    if store.snapshot() is None or not _held(store, frozenset(ids)):
        return False
    left = without_ids(tables_of(store), ids)
    snapshot = store.snapshot()
    before = snapshot.fingerprint if snapshot else ""
    mark = hashlib.sha256(f"erased {before} {json.dumps(left.counts(), sort_keys=True)}".encode()).hexdigest()
    store.load(replace(left, fingerprint=mark))
    return True


def _held(store: Store, ids: Set[str]) -> frozenset[str]:
    """Return which of some ids the graph of a store holds.

    Raises:
        StoreError: It cannot be read.
    """
    wanted = pa.array(sorted(ids), pa.string())
    found: set[str] = set()
    for label in schema().labels if store.snapshot() is not None else ():
        held = pa.array(store.nodes(label, ["id"])["id"], pa.string())
        found.update(wanted.filter(pc.is_in(wanted, value_set=held)).to_pylist())
    return frozenset(found)


def _as_stored(store: Store, protected: Protected) -> Protected:
    """Return what is protected with every spelling of it that the graph of a store holds."""
    try:
        if store.snapshot() is None:
            return protected
        return protected.spelled(*(store.nodes(label, ["id"])["id"] for label in protectable()))
    except StoreError:  # it is built anew
        return protected


def _readable(read: Callable[[], T], otherwise: T) -> T:
    """Return what is read from the graph of a store; where it cannot be read, and is built anew, something else."""
    try:
        return read()
    except StoreError:
        return otherwise


def _views(folders: Iterable[str]) -> set[str]:
    """Return the partners for whom results were made: there, ids stand under pseudonyms."""
    found = set()
    for folder in folders:
        try:
            found.add(str(parsed_json((Path(folder) / "scan.json").read_text(encoding="utf-8")).get("view") or ""))
        except (OSError, ValueError, AttributeError):
            continue
    return found - {""}


def _with_pseudonyms(ids: Set[str], partners: Iterable[str]) -> set[str]:
    return {*ids, *(p for partner in partners for p in every_pseudonym(ids, partner))} if ids else set()


@contextmanager
def _disk(store: str) -> Iterator[None]:
    """Say in words that a disk takes no more; the next command goes on."""
    try:
        yield
    except OSError as error:
        hint = "free the disk or make the folder writable, then run any command on this store: it goes on"
        message = f"{store}: erasing what is protected now stopped: {trouble(error)}"
        raise TryAgainError(message, hint=hint) from error
