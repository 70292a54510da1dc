"""What of a delivery is not in the graph: relationship types without a row, and rows that were set aside.

Rule: of a row that was set aside only the ids of nodes that are in the graph are kept, and nothing of a row that names
something protected.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

NOT_DELIVERED = "not delivered"
EMPTY = "delivered without rows"
NONE_READ = "set aside as a whole"
MOST_ENDS = 50_000  # rows of one type of which the ids are kept; of more, none
End = tuple[str | None, str | None]


@dataclass(frozen=True)
class RowsAside:
    """The rows of one relationship type that were set aside.

    Args:
        rows: How many.
        among: How many were delivered, with those that are good.
        ends: Source and target of those of which one at least is a node of the graph, None for the other one.
    """

    rows: int
    among: int
    ends: tuple[End, ...] = field(default=(), repr=False)

    def kept(self, ends: Iterable[End]) -> RowsAside:
        """Return the same with other ends."""
        found = tuple(sorted(ends, key=lambda e: (e[0] or "", e[1] or "")))
        return replace(self, ends=found if len(found) <= MOST_ENDS else ())


@dataclass(frozen=True)
class Unread:
    """What of a delivery is not in the graph.

    Args:
        missing: Why there is nothing of a relationship type, where nothing is.
        aside: Rows that were set aside, by relationship type.
    """

    missing: Mapping[str, str] = field(default_factory=dict)
    aside: Mapping[str, RowsAside] = field(default_factory=dict)

    def without(self, ids: Set[str]) -> Unread:
        """Return the same without the rows that name one of some ids."""
        left = {n: a.kept(e for e in a.ends if ids.isdisjoint(e)) for n, a in self.aside.items()}
        return replace(self, aside=left)

    def renamed(self, new: Callable[[str], str]) -> Unread:
        """Return the same with other ids."""
        left = {n: a.kept((s and new(s), t and new(t)) for s, t in a.ends) for n, a in self.aside.items()}
        return replace(self, aside=left)

    def as_text(self) -> str:
        """Return it as JSON."""
        aside = {n: [a.rows, a.among, a.ends] for n, a in sorted(self.aside.items())}
        return json.dumps({"missing": dict(sorted(self.missing.items())), "aside": aside}, separators=(",", ":"))


ALL_READ = Unread()


def unread_of(told: Mapping[str, Any]) -> Unread:
    """Return what `Unread.as_text` wrote, parsed.

    Raises:
        ValueError, KeyError, TypeError: It is something else.
    """
    aside = {
        str(n): RowsAside(rows, among, tuple((s, t) for s, t in ends))
        for n, (rows, among, ends) in told["aside"].items()
    }
    return Unread({str(n): str(why) for n, why in told["missing"].items()}, aside)
