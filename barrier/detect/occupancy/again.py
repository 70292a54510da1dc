"""The occupancy measured again where something changed.

Rule: the same measure on fewer addresses; what it says of an address never depends on another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.detect.occupancy.verdicts import Occupancy, occupancy
from barrier.model.norms import Norms
from barrier.store import Columns


def occupancy_again(
    graph: Columns, day: date, norms: Norms, *, earlier: pd.DataFrame, anchors: Sequence[str], gone: Sequence[str]
) -> Occupancy:
    """Measure the occupancy at some addresses; what an earlier measure said of the others still holds.

    Args:
        graph: The graph as columns.
        day: The day looked at.
        norms: Area a person; the same as then.
        earlier: Table of the earlier measure.
        anchors: Ids of the addresses that are measured.
        gone: Ids of addresses that are no more.

    Returns:
        The table of all addresses; intervals and addresses behind it are those that were measured.
    """
    found = occupancy(_Around(graph, pa.array(anchors, pa.string())), day, norms)
    new = found.table[_among(found.table["address"], anchors)]
    kept = earlier[~_among(earlier["address"], [*anchors, *gone])]
    table = pd.concat([kept, new], ignore_index=True).sort_values("address", ignore_index=True)
    return replace(found, table=table)


class _Around:
    """A graph in which only some addresses are lived at: those, and where people were seen who perhaps live there."""

    def __init__(self, graph: Columns, anchors: pa.Array) -> None:
        self._graph = graph
        self._anchors = anchors
        seen = pa.array(graph.edges("STAYS_AT", ["target_id"])["target_id"], pa.string())
        self._known = pa.concat_arrays([anchors, seen])

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label, of addresses the known ones."""
        found = self._graph.nodes(label, columns)
        return found[_among(found["id"], self._known)].reset_index(drop=True) if label == "Address" else found

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type, of those to addresses the ones that count."""
        found = self._graph.edges(relationship, columns)
        if relationship == "STAYS_AT":
            return found
        among = self._anchors if relationship == "REGISTERED_AT" else self._known
        return found[_among(found["target_id"], among)].reset_index(drop=True)


def _among(ids: pd.Series, wanted: pa.Array | Sequence[str]) -> npt.NDArray[np.bool_]:
    found = pc.is_in(pa.array(ids, pa.string()), value_set=pa.array(wanted, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
