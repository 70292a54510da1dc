"""Occupancy: how many people were at an address on a day, against what the address allows."""

from __future__ import annotations

from barrier.detect.occupancy.again import occupancy_again
from barrier.detect.occupancy.verdicts import COLUMNS, Occupancy, occupancy

__all__ = ["COLUMNS", "Occupancy", "occupancy", "occupancy_again"]
