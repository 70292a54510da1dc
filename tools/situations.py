"""The situations of the bundled region: small graphs after the case studies, each with its look-alikes.

Rule: a situation says where it comes from, and nobody in it exists.
"""

from __future__ import annotations

from typing import Literal

from barrier import resources
from barrier.ingest.described import Described
from barrier.model.yamlfile import load_yaml

SINCE = "2020-01-01"


class Situation(Described):
    """The content of `fixtures/situations/<name>.yaml`."""

    format: Literal[1]
    about: str
    source: str


def load_situations() -> list[Situation]:
    """Return the situations, by file name."""
    return [load_yaml(f, Situation) for f in sorted((resources.fixtures() / "situations").glob("*.yaml"))]
