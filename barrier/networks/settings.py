"""The numbers behind clusters, as data: `graphs/networks.yaml`.

Rule: a number an analyst might want to change stands in the file, not in code.
"""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from barrier import resources
from barrier.model.dates import day_number
from barrier.model.yamlfile import Strict, load_yaml

KNOWN_HUBS = "known-hubs.yaml"


class KnownHub(Strict):
    """Something that links everybody for an innocent reason, until a date."""

    id: str
    reason: str
    expires: date

    def holds(self, day: int) -> bool:
        """Return whether it still counts on a day number."""
        return day_number(self.expires) > day


class KnownHubs(Strict):
    """The content of a `known-hubs.yaml`."""

    format: Literal[1]
    about: str = ""
    hubs: tuple[KnownHub, ...] = ()


class NetworkSettings(Strict):
    """The content of `graphs/networks.yaml`."""

    format: Literal[1]
    about: str
    free_links: Annotated[int, Field(ge=1)]
    weak_weight: Annotated[float, Field(gt=0, lt=1)]
    half_life_days: Annotated[float, Field(gt=0)]
    market_links: tuple[str, ...]
    contact_links: tuple[str, ...]
    service_links: tuple[str, ...]
    reach: Annotated[int, Field(ge=1)]
    max_members: Annotated[int, Field(ge=3)]
    resolution: Annotated[float, Field(gt=0)]
    seed: int
    min_people: Annotated[int, Field(ge=1)]
    significance: Annotated[float, Field(gt=0, lt=1)]
    known_hubs: tuple[KnownHub, ...] = ()


@lru_cache(maxsize=1)
def shipped_settings() -> NetworkSettings:
    """Return the settings that ship with Barrier."""
    settings = load_yaml(resources.graphs() / "networks.yaml", NetworkSettings)
    return _with_hubs(settings, resources.graphs() / KNOWN_HUBS)


def region_settings(region: Path | None) -> NetworkSettings:
    """Return the shipped settings, with the known hubs of a region folder added.

    Raises:
        InputError: Its `known-hubs.yaml` is wrong.
    """
    file = region / KNOWN_HUBS if region and region.is_dir() else None
    return _with_hubs(shipped_settings(), file, region) if file and os.path.lexists(file) else shipped_settings()


def _with_hubs(settings: NetworkSettings, file: Path, within: Path | None = None) -> NetworkSettings:
    more = load_yaml(file, KnownHubs, within=within).hubs
    return settings.model_copy(update={"known_hubs": (*settings.known_hubs, *more)})
