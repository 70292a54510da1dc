"""The numbers behind clusters, as data: `graphs/networks.yaml`.

Rule: a number an analyst might want to change stands in the file, not in code.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from barrier import resources
from barrier.model.yamlfile import Strict, load_yaml


class KnownHub(Strict):
    """Something that links everybody for an innocent reason, until a date."""

    id: str
    reason: str
    expires: date


class NetworkSettings(Strict):
    """The content of `graphs/networks.yaml`."""

    format: Literal[1]
    about: str
    free_links: Annotated[int, Field(ge=1)]
    weak_weight: Annotated[float, Field(gt=0, lt=1)]
    half_life_days: Annotated[float, Field(gt=0)]
    reach: Annotated[int, Field(ge=1)]
    max_members: Annotated[int, Field(ge=3)]
    resolution: Annotated[float, Field(gt=0)]
    seed: int
    min_people: Annotated[int, Field(ge=1)]
    known_hubs: tuple[KnownHub, ...] = ()


@lru_cache(maxsize=1)
def shipped_settings() -> NetworkSettings:
    """Return the settings that ship with Barrier."""
    return load_yaml(resources.graphs() / "networks.yaml", NetworkSettings)
