"""Count the values of a Parquet file from standard input by its description, in a process that damage may end.

Rule: Arrow ends the process, not the reading, on some damaged descriptions of columns; whoever asks outlives it.
"""

from __future__ import annotations

import io
import sys

import pyarrow.parquet as pq


def main() -> None:
    """Print how many values there are."""
    described = pq.ParquetFile(io.BytesIO(sys.stdin.buffer.read())).metadata
    groups = [described.row_group(i) for i in range(described.num_row_groups)]
    print(sum(g.column(i).num_values for g in groups for i in range(described.num_columns)))


if __name__ == "__main__":
    main()
