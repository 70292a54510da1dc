"""Barrier: barrier-model analysis against human trafficking, for municipalities and their chain partners.

In Python: `barrier.open` gives a store to query; `barrier.residents_on` and `barrier.residents_between` read
register rows. Loading happens at first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from barrier.version import VERSION

if TYPE_CHECKING:
    from barrier.detect.residents import residents_between, residents_on
    from barrier.notebook import open

__all__ = ["__version__", "open", "residents_between", "residents_on"]

__version__ = VERSION
_PLACES = {
    "open": "barrier.notebook",
    "residents_between": "barrier.detect.residents",
    "residents_on": "barrier.detect.residents",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module 'barrier' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
