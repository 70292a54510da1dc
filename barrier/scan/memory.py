"""Keeping the memory of a scan small, and giving it back between stages.

Rule: results never depend on it; where the platform has no such call, nothing happens.
"""

from __future__ import annotations

import ctypes
import gc
from pathlib import Path

import pyarrow as pa

SMALL_BYTES = 200_000_000


def tune_process() -> None:
    """Let Python's search for cycles leave out the libraries and go around less often.

    Results are many small objects and hold no cycles. For whoever owns the process, not for a library inside another
    program.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def fit_memory(path: Path) -> None:
    """Choose where Arrow takes memory for one region or delivered file; for whoever owns the process.

    The system's allocator keeps less where little is moved (12,000 companies: 80 MB of 480), Arrow's own where much is
    (a million persons: 0.5 GB of 5.4).
    """
    files = path.rglob("*") if path.is_dir() else [path]
    size = sum(f.stat().st_size for f in files if f.is_file())
    pa.set_memory_pool(pa.system_memory_pool() if size < SMALL_BYTES else pa.default_memory_pool())


def release_memory() -> None:
    """Give memory that is free, but kept by the allocators, back to the system.

    Reading a region leaves pieces that neither Arrow nor glibc returns by itself; on a region of 200,000 persons
    that is a fifth of the peak.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # not glibc
        return
