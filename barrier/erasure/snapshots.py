"""Erasing ids from the snapshots of a store.

Rule: a snapshot is written anew beside the old one and takes its place when it is whole; one that cannot be read cannot
be shown to be clean, and goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from barrier.erasure.effects import Effects
from barrier.erasure.results import new_id
from barrier.erasure.settling import Counts, settled
from barrier.errors import DamagedError
from barrier.history.rewriting import RECORD, finish_rewriting, rewrite_snapshot
from barrier.history.snapshots import KIND
from barrier.printable import parsed_json
from barrier.store.manifest import MANIFEST, manifest_of
from barrier.store.own_folders import SNAPSHOT, remove_own
from barrier.traces import Traces

_HOLDERS = ("owners", "landlords")


def found_in_snapshots(history: Path, ids: Set[str]) -> frozenset[str]:
    """Return which of some ids snapshots hold, as addresses, owners, landlords or members of structures.

    One that cannot be read holds none.
    """
    found: set[str] = set()
    for file in sorted(history.glob("*/addresses.parquet")):
        try:
            addresses = pq.read_table(file, columns=["address", *_HOLDERS]).to_pandas()
            clusters = pq.read_table(file.with_name("clusters.parquet"), columns=["record"]).to_pandas()
            members = [m["id"] for r in clusters["record"] for m in parsed_json(r)["members"]]
        except (OSError, pa.ArrowException, ValueError, KeyError):
            continue
        holders = (text.split(" ") for column in _HOLDERS for text in addresses[column].unique())
        found.update(*holders, addresses["address"], members)
    return frozenset(ids & found)


def erase_snapshots(history: Path, traces: Traces, counts: Counts, effects: Effects) -> None:
    """Erase ids from every snapshot in a folder, also from what killed scans left.

    Args:
        history: The folder.
        traces: The ids.
        counts: What is counted from now on at ordinary addresses.
        effects: What would have been found without them.

    Raises:
        OSError: One cannot be written; doing it again goes on.
    """
    if not history.is_dir():
        return
    finish_rewriting(history)
    for folder in sorted(f for f in history.iterdir() if f.is_dir() and not f.is_symlink()):
        if folder.name.startswith("."):
            remove_own(folder, SNAPSHOT)
            continue
        try:
            tables = tables_in(folder)
            told = _settled(tables, erased_tables(tables, traces), counts, effects)
            if told is None and traces.within((folder / RECORD).read_text(encoding="utf-8")):
                told = tables  # only what was said of the scan names one: its purpose
            record = {} if told is None else _record(folder, told, traces)
        except (OSError, pa.ArrowException, ValueError, KeyError, DamagedError):
            remove_own(folder, SNAPSHOT)
            continue
        if told is not None:
            rewrite_snapshot(folder, told, record=record)


def tables_in(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a snapshot by name, whatever its manifest says."""
    return {file.stem: pq.read_table(file).to_pandas() for file in sorted(folder.glob("*.parquet"))}


def erased_tables(tables: Mapping[str, pd.DataFrame], traces: Traces) -> dict[str, pd.DataFrame] | None:
    """Return the tables of a snapshot without some ids, or None where they name none of them.

    Args:
        tables: ``findings``, ``clusters``, ``addresses``, ``visits``.
        traces: The ids.
    """
    findings, clusters, addresses = (tables[n] for n in ("findings", "clusters", "addresses"))
    named = _where(findings["id"], traces.in_text)
    named |= _where(findings["record"], lambda r: traces.named(parsed_json(r)))
    of_clusters = _where(clusters["record"], traces.maybe_in)
    here = addresses["address"].isin(traces.ids)
    held = {c: _where(addresses[c], lambda t: any(i in traces.ids for i in t.split(" "))) for c in _HOLDERS}
    if not (named.any() or of_clusters.any() or here.any() or any(h.any() for h in held.values())):
        return None
    for column, rows in held.items():
        texts = addresses.loc[rows, column].map(lambda t: " ".join(i for i in t.split(" ") if i not in traces.ids))
        addresses = addresses.assign(**{column: addresses[column].mask(rows, texts)})
    left = [_cluster(parsed_json(r), traces) for r in clusters["record"]]
    records = [json.dumps(c, ensure_ascii=False, sort_keys=True) for c in left]
    return {
        "findings": findings[~named].reset_index(drop=True),
        "clusters": pd.DataFrame({"id": [c["id"] for c in left], "record": records}, dtype="str"),
        "addresses": addresses[~here].reset_index(drop=True),
    }


def _where(column: pd.Series, holds: Callable[[str], bool]) -> pd.Series:
    """Return which texts of a column something holds for; a column without rows gives none."""
    return pd.Series([holds(text) for text in column], index=column.index, dtype=bool)


def _settled(
    tables: Mapping[str, pd.DataFrame], told: dict[str, pd.DataFrame] | None, counts: Counts, effects: Effects
) -> dict[str, pd.DataFrame] | None:
    """Return the tables of a snapshot as they would have been: of findings about counted addresses only known ones."""
    now = {**tables, **(told or {})}
    addresses = settled(now["addresses"], counts)
    left = {
        "findings": _findings(now["findings"], counts, effects),
        "clusters": _clusters(now["clusters"], effects),
        "addresses": now["addresses"] if addresses is None else addresses,
        "visits": effects.without_visits(now["visits"]),
    }
    same = addresses is None and all(left[name].equals(now[name]) for name in ("findings", "clusters", "visits"))
    return told if same else left


def _findings(rows: pd.DataFrame, counts: Counts, effects: Effects) -> pd.DataFrame:
    about = rows["subject"].isin(list(counts)) & ~rows["id"].isin(list(effects.findings))
    rows = rows[~about].reset_index(drop=True)
    changed = rows["id"].isin(list(effects.findings))
    if not changed.any():
        return rows
    told = [effects.finding(parsed_json(r)) for r in rows["record"]]
    gone = pd.Series([t is None for t in told], dtype=bool)
    left = [t for t in told if t is not None]
    records = [json.dumps(t, ensure_ascii=False, sort_keys=True) for t in left]
    return rows[~gone].reset_index(drop=True).assign(strength=[t["strength"] for t in left], record=records)


def _clusters(rows: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    if not effects.touched:
        return rows
    left = effects.clusters(map(json.loads, rows["record"]))
    records = [json.dumps(c, ensure_ascii=False, sort_keys=True) for c in left]
    return pd.DataFrame({"id": [c["id"] for c in left], "record": records}, dtype="str")


def _cluster(record: dict[str, Any], traces: Traces) -> dict[str, Any]:
    told: dict[str, Any] = traces.scrubbed(record)
    return {**told, "id": new_id(record, traces) if traces.named(record["members"]) else record["id"]}


def _record(folder: Path, tables: Mapping[str, pd.DataFrame], traces: Traces) -> dict[str, Any]:
    if (folder / MANIFEST).exists():
        manifest_of(folder, kind=KIND, name=folder.name).check()  # what is damaged is not made to look whole
    told: dict[str, Any] = traces.scrubbed(parsed_json((folder / RECORD).read_text(encoding="utf-8")))
    return {**told, "crowding": _crowding(tables["findings"], tables["addresses"])}


def _crowding(findings: pd.DataFrame, addresses: pd.DataFrame) -> list[int]:
    full = findings.loc[findings["detector"] == "overcrowded", "subject"]
    rows = addresses[addresses["address"].isin(full)]
    return [len(full), int(rows[["certain", "observed"]].max(axis=1).sum())]
