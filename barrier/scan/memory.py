"""How the process of a scan uses memory and cores.

Rule: results never depend on it; where the platform has no such call, nothing happens. Libraries are imported where
they are used, so that `tune_process` comes before those of a scan.
"""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

SMALL_BYTES = 200_000_000


def tune_process() -> None:
    """Let Python's search for cycles leave out the libraries and go around less often, and linear algebra use one core.

    Results are many small objects and hold no cycles, and matrices are small: threads of OpenBLAS would only wait for
    work, a core busy with it. For whoever owns the process, not for a library inside another program.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def fit_memory(path: Path) -> None:
    """Choose where Arrow takes memory for one region or delivered file; for whoever owns the process.

    The system's allocator keeps less where little is moved (12,000 companies: 80 MB of 480), Arrow's own where much is
    (a million persons: 0.5 GB of 5.4).
    """
    import pyarrow as pa

    files = path.rglob("*") if path.is_dir() else [path]
    size = sum(f.stat().st_size for f in files if f.is_file())
    pa.set_memory_pool(pa.system_memory_pool() if size < SMALL_BYTES else pa.default_memory_pool())


def release_memory() -> None:
    """Give memory that is free, but kept by the allocators, back to the system.

    Reading a region leaves pieces that neither Arrow nor glibc returns by itself; on a region of 200,000 persons
    that is a fifth of the peak.
    """
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # not glibc
        return
