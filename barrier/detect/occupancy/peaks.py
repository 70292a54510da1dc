"""When an address was fullest.

Rule: the peak is the last stretch of days, up to the day looked at, with the largest number of persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from barrier.detect.occupancy.intervals import Codes, Intervals


@dataclass(frozen=True)
class Peaks:
    """Peak by address: number of persons, first day, and first day after; ``until`` is -1 where it still lasts."""

    persons: Codes
    start: Codes
    until: Codes


def peaks(stays: Intervals, *, addresses: int, day: int) -> Peaks:
    """Return the peak of each address over all days up to ``day``.

    Args:
        stays: United intervals.
        addresses: Number of addresses.
        day: Day looked at; later days do not count.
    """
    seen = stays.take(stays.start <= day)
    ends = seen.end <= day
    address = np.concatenate([seen.address, seen.address[ends]])
    when = np.concatenate([seen.start, seen.end[ends]])
    change = np.concatenate([np.ones(len(seen.start), np.int64), -np.ones(int(ends.sum()), np.int64)])
    order = np.lexsort((when, address))
    address, when, change = address[order], when[order], change[order]
    found = Peaks(np.zeros(addresses, np.int64), np.full(addresses, -1), np.full(addresses, -1))
    if not len(address):
        return found
    last_of_day = np.append((address[1:] != address[:-1]) | (when[1:] != when[:-1]), True)
    level = np.cumsum(change)[last_of_day]
    address, when = address[last_of_day], when[last_of_day]
    first = np.flatnonzero(np.append(True, address[1:] != address[:-1]))
    owner = np.cumsum(np.append(True, address[1:] != address[:-1])) - 1
    level = level - np.append(0, level[first[1:] - 1])[owner]
    _fill(found, address, when, level)
    return found


def _fill(found: Peaks, address: Codes, when: Codes, level: Codes) -> None:
    np.maximum.at(found.persons, address, level)
    at_peak = np.flatnonzero(level == found.persons[address])
    found.start[address[at_peak]] = when[at_peak]  # the last one written is the latest
    following = np.append(when[1:], -1)
    has_next = np.append(address[1:] == address[:-1], False)
    found.until[address[at_peak]] = np.where(has_next, following, -1)[at_peak]
