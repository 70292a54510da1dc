"""igraph without its drawing.

Rule: the one place that imports igraph. Where Matplotlib is installed, igraph imports its pyplot at once, half a second
at the start of every command; it does without where Matplotlib cannot be imported, so it is told so for that moment.
"""

from __future__ import annotations

import sys

_HIDDEN = "matplotlib"
_free = _HIDDEN not in sys.modules
if _free:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]  # an import of it now says that it is not there
try:
    import igraph
finally:
    if _free:
        del sys.modules[_HIDDEN]

__all__ = ["igraph"]
