"""Barrier: barrier-model analysis against human trafficking, for municipalities and their chain partners.

In Python: `barrier.open` gives a store to query; `barrier.residents_on` and `barrier.residents_between` read
register rows. Loading happens at first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from barrier.lazy import importing
from barrier.version import VERSION

if TYPE_CHECKING:
    from barrier.detect.residents import residents_between, residents_on
    from barrier.notebook import open

__all__ = ["__version__", "open", "residents_between", "residents_on"]

__version__ = VERSION
__getattr__ = importing(
    __name__,
    {
        "open": "barrier.notebook",
        "residents_between": "barrier.detect.residents",
        "residents_on": "barrier.detect.residents",
    },
)
