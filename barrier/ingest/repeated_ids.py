"""Ids that stand in more than one row, of one file or several: one is kept, and it is told where that one stands.

Rule: a row wholly equal to an earlier one of its file is dropped and counted; any other with its id is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.cells import Mask
from barrier.ingest.count import equal_rows
from barrier.ingest.tables import NodeRows

_NAMED = 20  # ids of which it is said one by one where they stand
_WHAT_TO_DO = "deliver one row for each, under an id of its own"


def node_tables(delivered: Sequence[NodeRows]) -> dict[str, pa.Table]:
    """Return the good rows by label; of rows with one id, in one file or several, the first is kept.

    Another row with its id is set aside, but for one that is wholly equal to an earlier one in its file.
    """
    tables = {found.label: found.good() for found in delivered}
    ids = pa.chunked_array([c for found in delivered for c in found.table.column("id").chunks], pa.string())
    if pc.count_distinct(ids).as_py() == len(ids) - ids.null_count:
        return tables
    earlier: list[_Earlier] = []
    for found in delivered:
        here = pc.fill_null(found.table.column("id"), "").combine_chunks()
        repeated = _repeats(here) | _stands_in(here, earlier)
        found.rows.equal = repeated & ~found.rows.wrong & equal_rows(found.rows.raw.table, here, repeated)
        _set_aside(repeated & ~found.rows.equal & ~found.rows.wrong, found, here, earlier)
        tables[found.label] = found.good()
        kept = np.flatnonzero(found.rows.kept())
        earlier.append(_Earlier(found, here.take(pa.array(kept)), kept))
    return tables


@dataclass(frozen=True)
class _Earlier:
    """Ids that stand in a file already, and in which of its rows."""

    found: NodeRows
    ids: pa.Array
    rows: npt.NDArray[np.int64]

    def places_of(self, ids: pa.Array) -> tuple[Mask, list[str]]:
        """Return which ids stand in this file, and where each of those does, in words."""
        at = pc.index_in(ids, value_set=self.ids)
        known = pc.is_valid(at).to_numpy(zero_copy_only=False)
        raw, rows = self.found.rows.raw, self.rows[at.drop_null().to_numpy()]
        told: dict[int, str] = {}
        for file, some in raw.by_file(np.unique(rows)):
            told |= {r: f"{file} line {n}" for r, n in zip(some.tolist(), raw.lines(some).tolist(), strict=True)}
        return known, [told[r] for r in rows.tolist()]


def _set_aside(repeated: Mask, found: NodeRows, ids: pa.Array, earlier: Sequence[_Earlier]) -> None:
    """Set rows aside whose id stands in another row, with the place of that one."""
    rows = np.flatnonzero(repeated)
    if not len(rows):
        return
    said = ids.take(pa.array(rows))
    told = pd.DataFrame({"row": rows, "label": found.label, "place": ""})
    every = np.arange(len(ids))
    for other in (_Earlier(found, ids, every), *earlier):
        known, places = other.places_of(said)
        told.loc[known, "place"], told.loc[known, "label"] = places, other.found.label
    few = pc.count_distinct(said).as_py() <= _NAMED
    told["one"] = told["place"] if few else ""
    for (label, one), group in told.groupby(["label", "one"], sort=False):
        where = one or f"such as {group['place'].iloc[0]}"
        mask = np.zeros(len(repeated), dtype=bool)
        mask[group["row"].to_numpy()] = True
        found.rows.reject(mask, "id", f"id stands there already, as {label} ({where}); {_WHAT_TO_DO}")


def _repeats(ids: pa.Array) -> Mask:
    """Return which ids stand earlier in the same column."""
    repeats = np.ones(len(ids), dtype=bool)
    repeats[np.unique(ids.dictionary_encode().indices.to_numpy(), return_index=True)[1]] = False
    return repeats


def _stands_in(ids: pa.Array, earlier: Sequence[_Earlier]) -> Mask:
    if not earlier:
        return np.zeros(len(ids), dtype=bool)
    known = pa.concat_arrays([e.ids for e in earlier])
    return np.asarray(pc.is_in(ids, value_set=known).to_numpy(zero_copy_only=False), dtype=bool)
