"""Ids that differ only in case, in how accents are composed, or in what nobody sees: noticed, never taken as one.

Rule: `p1` and `P1` may be two; whoever delivers them is told where they stand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.ingest.rawtable import RawTable

_UNSEEN = r"[\p{Cf}\p{Cc}]+"
_EXAMPLES = 2


def folded(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ids in small letters, composed, without invisible characters and blanks around."""
    if not pc.all(pc.string_is_ascii(ids)).as_py():
        ids = pc.replace_substring_regex(pc.utf8_normalize(ids, "NFKC"), _UNSEEN, "")
    return pc.utf8_lower(pc.utf8_trim_whitespace(ids))


def alike_notes(raw: RawTable, column: str = "id") -> list[str]:
    """Return what to tell of ids of a node table that are nearly the same."""
    ids = pc.utf8_trim_whitespace(raw.table.column(column))
    forms = folded(ids)
    if pc.all(pc.equal(forms, ids)).as_py():  # nothing to fold: ids that differ do so in letters
        return []
    pairs = pd.DataFrame({"form": forms.to_numpy(), "id": ids.to_numpy()}).dropna().drop_duplicates()
    alike = pairs[pairs["form"].duplicated(keep=False)]
    if alike.empty:
        return []
    first = alike.index[alike["form"] == alike["form"].iloc[0]].to_numpy(dtype=np.int64)[:_EXAMPLES]
    lines = " and ".join(str(line) for line in raw.lines(first))
    return [
        f"{raw.name}: {len(alike):,} ids differ from another one in case, accents or invisible characters only (such "
        f"as lines {lines}): kept apart"
    ]


def written_otherwise(values: pa.ChunkedArray, known: pa.Array) -> pa.ChunkedArray:
    """Return which ids are none of those that are known, and one of them but for case, accents and what is not seen."""
    among = folded(pa.chunked_array([known])).combine_chunks()
    return pc.fill_null(pc.is_in(folded(values), value_set=among), False)
