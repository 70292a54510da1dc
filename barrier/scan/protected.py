"""What a scan says of what became protected: numbers, and where it could not look.

Rule: never an id, never a place; paths of folders only to the person who scans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOST = (
    "the list of earlier result folders was damaged or gone once: those not named here may hold it; erase them yourself"
)
FORGOTTEN = (
    "the note of an erasure that was cut off is damaged: all that this delivery protects is erased, and what only an "
    "earlier one protected may stand there still"
)


@dataclass(frozen=True)
class Erased:
    """What became protected, and what could not be reached.

    Args:
        places: How many places that had traces.
        persons: How many persons that had traces.
        unreached: Result folders of the store that are not there, or could not be changed.
        dropped: Snapshots that were damaged and went.
        quiet: Ordinary addresses where an erased person lived: no difference about them is told.
        lost: Whether it is not known any more which result folders there were.
    """

    places: int = 0
    persons: int = 0
    unreached: tuple[Path, ...] = ()
    dropped: tuple[str, ...] = ()
    quiet: frozenset[str] = field(default=frozenset(), repr=False)
    lost: bool = False

    def numbers(self) -> dict[str, int]:
        """Return the numbers, for people, scan.json and the journal."""
        return {"places": self.places, "persons": self.persons, "results_unreached": len(self.unreached)}

    def counts(self) -> dict[str, int]:
        """Return how many places and persons, empty where there are none."""
        return {"places": self.places, "persons": self.persons} if self.places or self.persons else {}

    def notes(self) -> list[str]:
        """Return what a scan says of it: numbers only."""
        parts = [f"{n} {what}{'s' * (n > 1)}" for n, what in ((self.places, "place"), (self.persons, "person")) if n]
        said = [f"{' and '.join(parts)} became protected; every older trace was erased"] if parts else []
        said += [LOST] if parts and self.lost else []
        gone = ", ".join(self.dropped)
        return [*said, *([f"damaged snapshots cannot be shown to be clean and were removed: {gone}"] if gone else [])]


def erased_of(counts: Mapping[str, int], unreached: Iterable[Path] = (), *, lost: bool = False) -> Erased:
    """Return what became protected, from what `Erased.counts` gave."""
    return Erased(counts.get("places", 0), counts.get("persons", 0), tuple(unreached), lost=lost)


NONE_ERASED = Erased()
