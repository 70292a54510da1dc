"""Ids that differ only in how they are written (case, accents, blanks, zeros in front): noticed, never taken as one.

Rule: `p1` and `P1` may be two; whoever delivers them is told where they stand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import RawTable

_UNSEEN = r"[\p{Cf}\p{Cc}]+"
_ZEROS = r"(^|[^0-9])0[0-9]"
_EXAMPLES = 2


def folded(ids: pa.ChunkedArray, *, zeros: bool) -> pa.ChunkedArray:
    """Return ids in small letters, composed, without what nobody sees, blanks, and perhaps zeros before numbers."""
    if not pc.all(pc.string_is_ascii(ids)).as_py():
        ids = pc.replace_substring_regex(pc.utf8_normalize(ids, "NFKC"), _UNSEEN, "")
    if pc.any(pc.match_substring(ids, " ")).as_py():
        ids = pc.replace_substring(ids, " ", "")
    if zeros:
        ids = pc.replace_substring_regex(ids, r"(^|[^0-9])0+([0-9])", r"\1\2")
    return pc.utf8_lower(pc.utf8_trim_whitespace(ids))


def _may_lack_zeros(ids: pa.ChunkedArray) -> bool:
    """Return whether one id may be another with zeros in front: ids of one width are not."""
    width = pc.min_max(pc.binary_length(ids))
    return width["min"].as_py() != width["max"].as_py() and bool(pc.any(pc.match_substring_regex(ids, _ZEROS)).as_py())


def alike_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of ids of a node table that are nearly the same."""
    ids = pc.utf8_trim_whitespace(raw.table.column(column))
    forms = folded(ids, zeros=_may_lack_zeros(ids))
    if pc.all(pc.equal(forms, ids)).as_py():  # nothing to fold: ids that differ do so in letters
        return []
    if pc.count_distinct(forms).as_py() == len(ids) - ids.null_count:  # all differ, however they are read
        return []
    pairs = pd.DataFrame({"form": forms.to_numpy(), "id": ids.to_numpy()}).dropna().drop_duplicates()
    alike = pairs[pairs["form"].duplicated(keep=False)]
    if alike.empty:
        return []
    first = alike.index[alike["form"] == alike["form"].iloc[0]].to_numpy(dtype=np.int64)[:_EXAMPLES]
    lines = " and ".join(str(line) for line in raw.lines(first))
    return [
        f"{raw.name}: {len(alike):,} ids differ from another one in case, accents, blanks, zeros in front or invisible "
        f"characters only (such as lines {lines}): kept apart"
    ]


def written_otherwise(values: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
    """Return which ids are none of those that are known, and one of them but for how it is written."""
    among = folded(pa.chunked_array([known]), zeros=True).combine_chunks()
    return pc.fill_null(pc.is_in(folded(values, zeros=True), value_set=among), False)
