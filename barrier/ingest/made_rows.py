"""What a mapping makes of the rows of one delivered table, and what became of each of them.

Rule: every row has one fate; what is made knows the line it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from barrier.ingest.unread_links import UnreadLinks

LINE, FILE, KEY = "__line__", "__file__", "__key__"


class Fate(IntEnum):
    """What became of a row; of two things that did, the higher one counts."""

    LEFT_OUT = 0
    EQUAL = 1
    USED = 2
    ASIDE = 3


@dataclass(frozen=True)
class Made:
    """What the rows of one table make, and what is to be told.

    Args:
        tables: Nodes by label and links by type, each with the line it comes from.
        fates: What became of each row of the table.
        notes: What a reader should know.
        named: How the keys of what is protected are written.
        unread: Links that rows set aside would have made, by type.
    """

    tables: list[tuple[str, pd.DataFrame]]
    fates: npt.NDArray[np.int8]
    notes: list[str]
    named: frozenset[str] = field(default=frozenset(), repr=False)
    unread: Mapping[str, UnreadLinks] = field(default_factory=dict, repr=False)
