"""The numbers behind clusters, as data: `graphs/networks.yaml`.

Rule: a number an analyst might want to change stands in the file, not in code.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from barrier import resources
from barrier.model.dates import day_number
from barrier.model.rules import Rules
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml

KNOWN_HUBS, NUMBERS = "known-hubs.yaml", "networks.yaml"


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
    settings = load_yaml(resources.graphs() / NUMBERS, NetworkSettings)
    return _with_hubs(settings, load_yaml(resources.graphs() / KNOWN_HUBS, KnownHubs).hubs)


@lru_cache(maxsize=8)
def settings_of(rules: Rules) -> NetworkSettings:
    """Return the numbers of the rules, else the shipped ones, with the known hubs of the rules added.

    Raises:
        InputError: A file there is wrong.
    """
    settings = shipped_settings()
    for file in rules.named(NUMBERS):
        given = parse_yaml(file.text, NetworkSettings, where=file.name)
        settings = _with_hubs(given, settings.known_hubs)
    for file in rules.named(KNOWN_HUBS):
        settings = _with_hubs(settings, parse_yaml(file.text, KnownHubs, where=file.name).hubs)
    return settings


def _with_hubs(settings: NetworkSettings, more: tuple[KnownHub, ...]) -> NetworkSettings:
    return settings.model_copy(update={"known_hubs": (*settings.known_hubs, *more)})
