"""Numbers in place of ids: each node that a link joins has one, so that links are compared as integers.

Rule: which number a node has says nothing, and results never depend on it; an id that no link names any more is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int32]
Ends = tuple[Numbers, Numbers]
NONE: Ends = np.zeros(0, np.int32), np.zeros(0, np.int32)
LEAST_USED = 0.8  # part of the numbers; below, all are given out anew


@dataclass(frozen=True)
class Codes:
    """The numbers of nodes.

    Args:
        ids: The id that each number stands for; null where none does any more.
        ends: Numbers of the sources and of the targets of links, row by row, by relationship type.
    """

    ids: pa.Array
    ends: Mapping[str, Ends]

    def of(self, ids: pa.Array) -> Numbers:
        """Return the number of each id, -1 where it has none; ``ids`` are different from one another, and few."""
        return places_of(self.ids, ids)


@dataclass(frozen=True)
class Part:
    """A table of links in which some rows have their numbers already.

    Args:
        ends: Sources and targets of all rows, as ids.
        known: Numbers of the rows that have them, in their order.
        fresh: Places of the other rows.
    """

    ends: tuple[pa.ChunkedArray | pa.Array, pa.ChunkedArray | pa.Array]
    known: Ends
    fresh: npt.NDArray[np.int64]


def codes_of(ends: Mapping[str, tuple[pa.ChunkedArray | pa.Array, pa.ChunkedArray | pa.Array]]) -> Codes:
    """Return numbers for the nodes that links join.

    Args:
        ends: Ids of the sources and of the targets, row by row, by relationship type.
    """
    flat = [_flat(column) for both in ends.values() for column in both]
    encoded = pa.chunked_array(flat, pa.string()).combine_chunks().dictionary_encode()
    stops = np.cumsum([len(column) for column in flat])[:-1]
    parts = np.split(encoded.indices.to_numpy(), stops) if flat else []
    return Codes(encoded.dictionary, {name: (parts[2 * i], parts[2 * i + 1]) for i, name in enumerate(ends)})


def codes_again(ids: pa.Array, parts: Mapping[str, Part]) -> Codes | None:
    """Return numbers where most rows have them; None where so many are out of use that others are better.

    Args:
        ids: The id that each number stood for.
        parts: The links, by relationship type.
    """
    asked = codes_of({n: (_flat(p.ends[0]).take(_rows(p)), _flat(p.ends[1]).take(_rows(p))) for n, p in parts.items()})
    number = places_of(ids, asked.ids)
    new = np.flatnonzero(number < 0)
    number[new] = len(ids) + np.arange(len(new), dtype=np.int32)
    ids = pa.concat_arrays([ids, asked.ids.take(pa.array(new))])
    used = np.zeros(len(ids), dtype=bool)
    found: dict[str, Ends] = {}
    for name, part in parts.items():
        both = []
        for known, fresh in zip(part.known, asked.ends[name], strict=True):
            is_known = np.ones(len(known) + len(fresh), dtype=bool)
            is_known[part.fresh] = False
            codes = np.empty(len(is_known), np.int32)
            codes[is_known], codes[~is_known] = known, number[fresh]
            used[codes] = True
            both.append(codes)
        found[name] = both[0], both[1]
    if used.sum() < LEAST_USED * len(used):
        return None
    # taken, not masked: of a masked id the bytes would stay in the file
    return Codes(ids.take(pa.array(np.arange(len(ids)), mask=~used)), found)


def with_ends(frame: pd.DataFrame, ends: Ends) -> pd.DataFrame:
    """Return columns of links with ``source_code`` and ``target_code``, the numbers of their ends, before them."""
    return pd.concat([pd.DataFrame({"source_code": ends[0], "target_code": ends[1]}), frame], axis="columns")


def _rows(part: Part) -> pa.Array:
    return pa.array(part.fresh)


def places_of(ids: pa.Array, wanted: pa.Array) -> Numbers:
    """Return where each of the wanted ids stands among many, -1 where it does not; none stands twice on either side."""
    found = np.full(len(wanted), -1, np.int32)
    which = pc.fill_null(pc.index_in(ids, value_set=wanted), -1).to_numpy()
    here = np.flatnonzero(which >= 0)
    found[which[here]] = here
    return found


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
