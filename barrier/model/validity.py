"""Which licences and businesses hold on a day, by the first day they hold and the first day they no longer do.

Rule: what begins later does not hold yet; a day that is not known excludes nothing. The queries of the detectors say
the same with `coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def holds_on(first: pd.Series, until: pd.Series, day: int) -> npt.NDArray[np.bool_]:
    """Return which rows hold on a day.

    Args:
        first: Day number on which each begins, missing where it is not known.
        until: Day number on which each no longer holds, missing where it is not known or still so.
        day: The day.
    """
    begun, ended = (first <= day).fillna(True), (until <= day).fillna(False)
    return np.asarray((begun | first.isna()) & ~ended, dtype=bool)
