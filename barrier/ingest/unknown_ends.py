"""Ends of links that are no node: why, and what to do.

Rule: where the row of the node was set aside, the link falls with it, and nothing is wrong with the link itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.alike_ids import HOW, written_otherwise
from barrier.ingest.cells import Mask
from barrier.ingest.placeholders import REASON, Placeholders

_FLOAT = r"\.0+$"


class NodeIds(NamedTuple):
    """The ids of the nodes of some labels that are there, and of those whose rows were set aside."""

    known: pa.Array
    gone: pa.Array


def unknown_ends(
    values: pa.ChunkedArray, nodes: NodeIds, words: Placeholders, labels: Sequence[str]
) -> Iterator[tuple[Mask, str, bool]]:
    """Yield which ends are no node for a reason, the first that fits first, and whether the row falls with another.

    Args:
        values: Ids that are none of the nodes.
        nodes: The ids of the nodes, and those whose rows were set aside.
        words: Words that stand for nothing.
        labels: The labels that the end may have.
    """
    none = f"there is no {' or '.join(labels)} with this id"
    yield _among(values, words.ids(values, labels[0])), f"{none}: it {REASON}", False
    yield _among(values, nodes.gone), f"{none}: its row was set aside, and this one falls with it", True
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(values), _FLOAT, "")
    whole = pc.replace_substring_regex(pa.chunked_array([nodes.known]), _FLOAT, "").combine_chunks()
    floats = "but one without .0 behind it or with it: a program kept ids as numbers; write them as text in both files"
    yield _among(plain, whole), f"{none}, {floats}", False
    alike = written_otherwise(values, nodes.known)
    yield _mask(alike), f"{none}, but one that differs only in {HOW}; write it alike in both files", False
    yield np.ones(len(values), dtype=bool), f"{none}; deliver it too, or take this row out", False


def _among(values: pa.ChunkedArray, ids: pa.Array) -> Mask:
    return _mask(pc.is_in(pc.utf8_trim_whitespace(values), value_set=ids, skip_nulls=True))


def _mask(found: pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(found, False).to_numpy(), dtype=bool)
