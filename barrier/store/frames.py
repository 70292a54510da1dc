"""Arrow tables as the pandas frames that kglite reads.

Rule: a missing integer stays missing (no floats in between), lists are lists.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return ``table`` as a frame with nullable integers and booleans, and lists of text."""
    columns = {name: _series(table.column(name)) for name in table.column_names}
    return pd.DataFrame(columns, columns=table.column_names, copy=False)


def column_types(table: pa.Table) -> dict[str, str]:
    """Return the kglite type of columns that an empty or all-null frame would not show."""
    kinds = {pa.string(): "string", pa.int64(): "integer", pa.float64(): "float", pa.list_(pa.string()): "list"}
    return {
        f.name: kinds[f.type]
        for f in table.schema
        if f.type in kinds and table.column(f.name).null_count == table.num_rows
    }


def _series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if pa.types.is_list(kind):
        return pd.Series(_lists(column), dtype=object)
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()} if column.null_count else {}
    if kind in nullable or column.null_count == len(column):  # also where nothing shows that it is text
        with_missing: pd.Series = column.to_pandas(types_mapper=nullable.get)
        return with_missing
    series: pd.Series = column.to_pandas()  # without a mapper: with one, a column of text takes a hundred times as long
    return series


def _lists(column: pa.ChunkedArray) -> np.ndarray:
    """Return one Python list a row; equal rows share one list (distinct lists are few)."""
    encoded = pc.binary_join(column, "|").combine_chunks().dictionary_encode()
    distinct = np.empty(len(encoded.dictionary) + 1, dtype=object)
    for i, text in enumerate(encoded.dictionary.to_pylist()):
        distinct[i] = text.split("|")
    taken: np.ndarray = distinct[pc.fill_null(encoded.indices, len(distinct) - 1).to_numpy(zero_copy_only=False)]
    return taken
