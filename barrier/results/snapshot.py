"""Where snapshots of a store are kept, and what goes into one.

Rule: only a scan of everything leaves a snapshot; what one partner saw is not what the region holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.audit.places import cases_of
from barrier.detect.findings import Finding
from barrier.detect.occupancy import Occupancy
from barrier.history.anomalies import full_addresses, unusual, weekly
from barrier.history.displacement import Event, Geography
from barrier.history.snapshots import FOLDER, PEOPLE, Content, Snapshot, problem_of, snapshots
from barrier.history.structures import follow
from barrier.model.kinds import seats
from barrier.networks.clusters import Cluster
from barrier.networks.whatif import candidates
from barrier.printable import parsed_json
from barrier.report.charts import Crowding, Past
from barrier.store import Columns
from barrier.store.places import state_path

MOST_SHOWN = 60  # scans that a report looks back
_TEXT = pa.large_string()  # as in frames, so that nothing is copied
LOOKED_BACK_DAYS = 400  # so far back visits are kept in each snapshot


def history_folder(store: str) -> Path:
    """Return the folder: in that of an embedded store, else in the state folder of the user."""
    return state_path(store, FOLDER)


def snapshot_content(
    graph: Columns,
    findings: Sequence[Finding],
    clusters: Sequence[Cluster],
    measured: Occupancy,
    *,
    record: Mapping[str, Any],
    day: int,
    links: pd.DataFrame | None = None,
) -> Content:
    """Return what a snapshot of a scan holds.

    Args:
        graph: The graph as columns.
        findings: All findings.
        clusters: All clusters.
        measured: The occupancy.
        record: Content of scan.json but for times.
        day: Day number looked at.
        links: Links of the party graph, for who might take a place in a cluster; None where it was not kept.
    """
    inspected = graph.edges("INSPECTED", ["source_id", "target_id"])
    where = _places(graph, {*(f.subject["id"] for f in findings), *inspected["target_id"]})
    told = [(parsed_json(f.as_json()), *where.get(f.subject["id"], ("", ""))) for f in sorted(findings, key=_id)]
    table = measured.table[["address", *PEOPLE, "area_m2"]].reset_index(drop=True)
    table["owners"] = _holders(graph, "OWNS", day, _text(table["address"])).to_pandas()
    table["landlords"] = _holders(graph, "LETS", day, _text(table["address"])).to_pandas()
    near = candidates(clusters, links) if links is not None else {}
    records = [{**c.record, "candidates": near.get(c.id, [])} for c in clusters]
    return Content(record, told, records, table, _visits(graph, day, inspected, where))


def _id(finding: Finding) -> str:
    return finding.id


def _places(graph: Columns, wanted: set[str]) -> dict[str, tuple[str, str]]:
    """Return municipality and sector of subjects, by id.

    The sector of a business is the first two digits of its activity code, that of an address its kind; a business or
    licence is where it sits.
    """
    named = pa.array(sorted(wanted), _TEXT)
    seated = pd.concat([graph.edges(kind, ["source_id", "target_id"]) for kind in seats()])
    seated = seated[_among(seated["source_id"], named)].drop_duplicates("source_id")
    homes = graph.nodes("Address", ["id", "municipality", "kind"])
    asked = pa.chunked_array([named, *_text(seated["target_id"]).chunks])
    homes = homes[_among(homes["id"], asked)].set_index("id").fillna("").astype("str")
    firms = graph.nodes("Business", ["id", "sbi"])
    firms = firms[_among(firms["id"], named)]
    town = homes["municipality"].to_dict()
    found = {i: (town[i], kind) for i, kind in homes["kind"].items() if i in wanted}
    sectors = dict(zip(firms["id"], firms["sbi"].str[:2].fillna(""), strict=True))
    seat_of = dict(zip(seated["source_id"], seated["target_id"], strict=True))
    return found | {i: (town.get(seat_of.get(i, ""), ""), sectors.get(i, "")) for i in wanted - found.keys()}


def _holders(graph: Columns, kind: str, day: int, addresses: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the owners or landlords on a day of each address, with spaces between them; none is empty."""
    edges = graph.edges(kind, ["source_id", "target_id", "start_day", "end_day"])
    edges = edges[(edges["start_day"] <= day) & (edges["end_day"] > day)]
    links = pa.table({"holder": _text(edges["source_id"]), "address": _text(edges["target_id"])})
    shared = pa.array(edges["target_id"].duplicated(keep=False))
    alone, several = links.filter(pc.invert(shared)), links.filter(shared).sort_by("holder")
    groups = several.group_by("address", use_threads=False).aggregate([("holder", "list")])
    held = pa.chunked_array([*alone.column("address").chunks, *groups.column("address").chunks], _TEXT)
    joined = pc.binary_join(groups.column("holder_list").cast(pa.list_(pa.string())), " ").cast(_TEXT)
    holders = pa.chunked_array([*alone.column("holder").chunks, *joined.chunks], _TEXT)
    return pc.fill_null(holders.take(pc.index_in(addresses, value_set=held.combine_chunks())), "")


def _text(column: pd.Series) -> pa.ChunkedArray:
    """Return a column as Arrow text, which is compared without an object a row."""
    return pa.chunked_array([pa.array(column, _TEXT)])


def _among(column: pd.Series, ids: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return the rows that hold one of some ids."""
    found: npt.NDArray[np.bool_] = pc.is_in(_text(column), value_set=ids).to_numpy()
    return found


def _visits(graph: Columns, day: int, inspected: pd.DataFrame, where: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Return visits of the last 400 days by municipality, sector and day."""
    known = graph.nodes("Inspection", ["id", "date_day"]).dropna(subset=["date_day"])
    known = known[(known["date_day"] <= day) & (known["date_day"] > day - LOOKED_BACK_DAYS)]
    edges = inspected.merge(known, left_on="source_id", right_on="id")
    places = [where[target] for target in edges["target_id"]]
    made = pd.DataFrame(
        {
            "municipality": pd.Series([town for town, _ in places], dtype="str"),
            "sector": pd.Series([sector for _, sector in places], dtype="str"),
            "day": edges["date_day"].astype("int64"),
            "inspection": edges["source_id"],
        }
    )
    keys = ["municipality", "sector", "day"]
    return made.groupby(keys)["inspection"].nunique().rename("visits").reset_index()


def past_of(history: Path) -> Past | None:
    """Return what the snapshots in a folder tell together, or None where there are fewer than two."""
    kept = snapshots(history, last=MOST_SHOWN)
    if len(kept) < 2:
        return None
    odd = [*unusual(weekly(kept)), *full_addresses(kept)]
    return Past(follow([(s.day, s.clusters) for s in kept]), [Crowding(s.day, *s.crowding) for s in kept], odd)


def addresses_of(record: Mapping[str, Any], history: Path) -> pd.DataFrame | None:
    """Return the occupancy of a scan by address, with owners and landlords; None where no snapshot of it is there.

    Args:
        record: Content of scan.json.
        history: Folder of the snapshots.
    """
    name = f"{record['at']}-{record['scan_id'][:8]}"
    folder = history / name
    if not folder.is_dir() or problem_of(folder) is not None:
        return None
    return Snapshot(folder).addresses.set_index("address")


def geography(graph: Columns, kept: Sequence[Snapshot]) -> Geography:
    """Return where the addresses of a store are, and which members of structures were tied to which."""
    homes = graph.nodes("Address", ["id", "municipality", "x", "y"])
    known = homes.dropna(subset=["municipality"])
    towns = {str(a): str(t) for a, t in zip(known["id"], known["municipality"], strict=True)}
    places = homes.dropna(subset=["x", "y"]).set_index("id")[["x", "y"]].astype("float64")
    tied: dict[str, set[str]] = {}
    for cluster in (c for s in kept for c in s.clusters):
        members = {m["id"] for m in cluster["members"]}
        for member in members:
            tied.setdefault(member, set()).update(members - {member})
    businesses = graph.nodes("Business", ["id"])["id"]
    known_ids = frozenset([*homes["id"], *businesses])
    return Geography(towns, places, {k: frozenset(v) for k, v in tied.items()}, known_ids)


def interventions(store: str) -> list[Event]:
    """Return the interventions of the cases of a store as events, one for each address or business they were at."""
    rows = cases_of(store).rows("SELECT * FROM intervention ORDER BY day, id")
    return [
        Event(date.fromisoformat(r["day"]), f"intervention of {r['partner']}", target, r["case_id"])
        for r in rows
        for target in parsed_json(r["targets"])
    ]
