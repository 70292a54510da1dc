"""What a scan says of what became protected: numbers, and where it could not look.

Rule: never an id, never a place; paths of folders only to the person who scans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barrier.printable import counted

ERASED = (
    "older traces in this store, its snapshots and cases, and the result folders it knows were erased. Documents, "
    "exports, results for partners and copies written elsewhere keep theirs: docs/guide/schedule.md says what to do"
)
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
        cases: How many cases were about it, and were closed to readers.
        unreached: Result folders of the store that are not there, or could not be changed.
        dropped: Snapshots that were damaged and went.
        quiet: Ordinary addresses where an erased person lived: no difference about them is told.
        lost: Whether it is not known any more which result folders there were.
    """

    places: int = 0
    persons: int = 0
    cases: int = 0
    unreached: tuple[Path, ...] = ()
    dropped: tuple[str, ...] = ()
    quiet: frozenset[str] = field(default=frozenset(), repr=False)
    lost: bool = False

    def numbers(self) -> dict[str, int]:
        """Return the numbers, for people, scan.json and the journal."""
        told = {"places": self.places, "persons": self.persons, "cases_closed": self.cases}
        return {**told, "results_unreached": len(self.unreached)}

    def counts(self) -> dict[str, int]:
        """Return how many places, persons and cases, empty where there are none."""
        told = {"places": self.places, "persons": self.persons, "cases": self.cases}
        return told if any(told.values()) else {}

    def notes(self) -> list[str]:
        """Return what a scan says of it: numbers only."""
        parts = [f"{n} {what}{'s' * (n > 1)}" for n, what in ((self.places, "place"), (self.persons, "person")) if n]
        said = [f"{' and '.join(parts)} became protected; {ERASED}"] if parts else []
        closed = (
            f"{counted(self.cases, 'case')} about what became protected {'was' if self.cases == 1 else 'were'} closed"
        )
        said += [closed] if self.cases else []
        said += [LOST] if said and self.lost else []
        gone = ", ".join(self.dropped)
        return [*said, *([f"damaged snapshots cannot be shown to be clean and were removed: {gone}"] if gone else [])]


def erased_of(counts: Mapping[str, int], unreached: Iterable[Path] = (), *, lost: bool = False) -> Erased:
    """Return what became protected, from what `Erased.counts` gave."""
    places, persons, cases = (counts.get(name, 0) for name in ("places", "persons", "cases"))
    return Erased(places, persons, cases, tuple(unreached), lost=lost)


NONE_ERASED = Erased()
