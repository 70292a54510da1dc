"""Where the shipped data files are: `graphs/`, `queries/`, `fixtures/`.

Rule: the only place that knows whether Barrier runs from a checkout or from a wheel.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds `graphs/`, `queries/` and `fixtures/`."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent


def graphs() -> Path:
    """Return the folder of the model: schema, barrier models, norms."""
    return root() / "graphs"


def queries() -> Path:
    """Return the folder of the shipped Cypher files."""
    return root() / "queries"


def fixtures() -> Path:
    """Return the folder of the bundled regions and mappings."""
    return root() / "fixtures"
