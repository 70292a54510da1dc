"""Public names of a package that are imported when they are first asked for.

Rule: nothing is imported here that takes long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def importing(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return what a package takes as its ``__getattr__``.

    Args:
        package: Name of the package.
        places: The module of each public name.
    """

    def found(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(places[name]), name)

    return found
