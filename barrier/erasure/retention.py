"""What is past its term, and erasing it: from the store, snapshots, results and cases.

Rule: nothing is erased without a name; a dry run tells the numbers first; the journal keeps the event, never the ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.analysis.kept import terms_without
from barrier.casework.cases import By
from barrier.casework.terms import Terms
from barrier.disclosure.partner_view import tables_of
from barrier.erasure.erase import done_with, erase_ids
from barrier.erasure.ledger import read_ledger
from barrier.erasure.past_term import without_past
from barrier.errors import InputError, TryAgainError
from barrier.files import trouble
from barrier.history.rewriting import finish_rewriting, rewrite_snapshot
from barrier.history.snapshots import Snapshot, damaged_snapshots, snapshots
from barrier.model.dates import day_of
from barrier.printable import counted, parsed_json
from barrier.results.became_protected import LOST
from barrier.results.snapshot import history_folder
from barrier.store import Store
from barrier.store.own_folders import SNAPSHOT, remove_own
from barrier.store.tables import GraphTables


@dataclass(frozen=True)
class Past:
    """What is past its term in a store.

    Args:
        tables: The graph without it.
        ids: Ids of signals, and of persons, contacts and visits without a link left.
        tokens: These ids, and origins that no other signal has.
        signals: How many signals.
        links: How many links.
        loose: How many persons, contacts and visits.
        snapshots: Snapshots that are past their term as a whole.
        expired: Snapshots whose findings have expired and still hold facts.
    """

    tables: GraphTables
    ids: frozenset[str]
    tokens: frozenset[str]
    signals: int
    links: int
    loose: int
    snapshots: tuple[Snapshot, ...]
    expired: tuple[Snapshot, ...]

    def numbers(self) -> dict[str, int]:
        """Return the numbers, for people and for the journal."""
        return {
            "signals": self.signals,
            "links": self.links,
            "persons, contacts and visits without a link": self.loose,
            "snapshots": len(self.snapshots),
            "snapshots with expired findings": len(self.expired),
        }


def past_terms(store: Store, terms: Terms, today: date, extended: Mapping[str, date]) -> Past:
    """Return what is past its term in a store and its snapshots."""
    tables = tables_of(store)
    gone = without_past(tables, today, extended, links_days=terms.links_days)
    erased = frozenset([*gone.signals.to_pylist(), *gone.loose])
    kept = snapshots(history_folder(store.name))
    old = tuple(s for s in kept if s.day <= today - timedelta(days=terms.snapshots_days))
    expired = tuple(s for s in kept if s not in old and _expired(s, today).any())
    tokens = erased | _origins(tables.table("Signal"), gone.signals)
    return Past(gone.tables, erased, tokens, len(gone.signals), gone.links, len(gone.loose), old, expired)


def erase(store: Store, past: Past, results: Sequence[Path], by: By, *, today: date) -> list[str]:
    """Erase what is past its term; return what was done, a line each.

    Args:
        store: The store.
        past: What is past its term.
        results: Result folders that go with the store.
        by: Who has it done.
        today: The day it is.

    Raises:
        InputError: Nobody is named, or a result folder is none.
        TryAgainError: The disk is full or cannot be written; running it again goes on.
    """
    by.named()
    for folder in results:
        if not (folder / "scan.json").is_file():
            raise InputError([f"{folder}: is no result folder"], hint="name folders that a scan wrote with --out")
    done = []
    try:
        history = history_folder(store.name)
        finish_rewriting(history)
        for snapshot in past.snapshots:
            if not remove_own(snapshot.folder, SNAPSHOT):
                done.append(f"{snapshot.folder}: holds files of somebody else, and was not removed")
        done += [f"{problem}; facts that expired were not erased from it" for problem in damaged_snapshots(history)]
        for snapshot in past.expired:
            _bare_snapshot(snapshot, today)
        unreached, records = erase_ids(store, past.tokens, results, by, {**past.numbers(), "on": today.isoformat()})
        if past.ids or past.links:
            mark = hashlib.sha256(f"{today} {sorted(past.ids)} {past.links}".encode()).hexdigest()
            store.load(replace(past.tables, fingerprint=mark), terms=terms_without(store, past.tokens))
        done_with(store)
    except OSError as error:
        raise TryAgainError(
            f"{error.filename or store.name}: cannot be written: {trouble(error)}; erasing stopped",
            hint="free the disk, run it again",
        ) from error
    done.append(f"Erased from {counted(records, 'record')} of cases")
    done += [f"{folder}: could not be reached; what was erased may stand in it" for folder in unreached]
    done += [LOST] if read_ledger(store.name).lost else []
    return [*done, "reports that named something erased were withdrawn; scan again for new ones"]


def signal_ends(store: Store, signal: str, extended: Mapping[str, date]) -> date:
    """Return the first day on which a signal no longer counts.

    Raises:
        InputError: There is no such signal, or it has no term.
    """
    rows = store.nodes("Signal", ["id", "expires_day"])
    found = rows.loc[rows["id"] == signal, "expires_day"].dropna()
    if found.empty:
        raise InputError([f"{signal}: no such signal in the store, or it has no term"])
    return extended.get(signal) or day_of(int(found.iloc[0]))


def _origins(signals: pa.Table, ids: pa.Array) -> frozenset[str]:
    """Return the origins that only erased signals have."""
    gone = pc.is_in(signals.column("id"), value_set=ids)
    erased = set(signals.column("origin").filter(gone).to_pylist())
    kept = set(signals.column("origin").filter(pc.invert(gone)).to_pylist())
    return frozenset(o for o in erased - kept if o)


def _expired(snapshot: Snapshot, today: date) -> pd.Series:
    """Return which findings of a snapshot have expired and still hold facts."""
    records = snapshot.findings["record"]
    until = [parsed_json(r).get("expires", "") for r in records]
    return pd.Series([u != "" and u <= today.isoformat() for u in until], dtype=bool)


def _bare_snapshot(snapshot: Snapshot, today: date) -> None:
    """Erase the facts of findings that have expired from a snapshot."""
    rows, expired = snapshot.findings, _expired(snapshot, today)
    records = [parsed_json(r) for r in rows["record"]]
    bare = [_bare(r) if e else r for r, e in zip(records, expired, strict=True)]
    texts = [json.dumps(r, ensure_ascii=False, sort_keys=True) for r in bare]
    rewrite_snapshot(snapshot.folder, {"findings": rows.assign(record=texts)})


def _bare(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finding without its facts: that it was there is all that is left."""
    kept = ("id", "detector", "version", "barrier", "subject", "strength")
    return {k: record[k] for k in kept if k in record} | {"facts": {}, "sources": [], "explanations": []}
