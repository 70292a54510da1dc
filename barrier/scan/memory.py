"""Giving memory back between the stages of a scan.

Rule: results never depend on it; where the platform has no such call, nothing happens.
"""

from __future__ import annotations

import ctypes
import gc

import pyarrow as pa


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
