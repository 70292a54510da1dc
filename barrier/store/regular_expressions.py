"""Regular expressions that a Neo4j server may be given: those whose work is known before they are tried.

Rule: what is allowed is a list, as for queries. A server tries every way in which a text may fit, looks at no clock
while it does, and can be stopped by nobody; so there are few ways, and a pattern that has more is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_REPEATS = 2  # each goes through the whole text once more for each place where the one before it ended
MOST_CHOICES = 100  # ways through `?` and `|`
MOST_TIMES = 1000  # of {n}
_PIECE = re.compile(
    r"""
      (?P<open>\((?:\?:)?(?!\?))
    | (?P<close>\))
    | (?P<bar>\|)
    | (?P<repeat>(?:[*+]|\{\d{1,4}(?:,\d{0,4})?\})[?+]?)
    | (?P<optional>\?[?+]?)
    | (?P<one>
          \[\^?(?:\\[^0-9a-zA-Z]|\\[dDwWsS]|[^\[\]\\&])+\]
        | \\[^0-9a-zA-Z] | \\[dDwWsSbB] | \\[pP]\{\w+\} | [^\\\[\](){}?*+|]
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_FIXED = re.compile(r"\{(\d+)(?:,(\d*))?\}")


@dataclass
class _Group:
    """What is in a pair of brackets, as far as it was read."""

    has_choice: bool = False
    bars: int = 0


def pattern_problem(pattern: str) -> str | None:
    """Return why a server is not given a regular expression, or None where it is."""
    text = pattern.removeprefix("(?i)")
    groups, closed = [_Group()], _Group()
    place, repeats, choices, before = 0, 0, 1, "open"
    while place < len(text):
        piece = _PIECE.match(text, place)
        kind = str(piece.lastgroup) if piece else ""
        if piece is None:
            return f"a sign that is not on the list, at place {len(pattern) - len(text) + place + 1}"
        place = piece.end()
        if kind == "open":
            groups.append(_Group())
        elif kind == "bar":
            groups[-1].bars += 1
        elif kind == "close":
            if len(groups) == 1:
                return "a bracket that closes nothing"
            closed = groups.pop()
            choices *= 1 + closed.bars
            groups[-1].has_choice |= closed.has_choice or closed.bars > 0
        elif kind in ("repeat", "optional"):
            problem, again, ways = _repeated(piece.group(), closed if before == "close" else _Group(), before)
            if problem:
                return problem
            repeats, choices = repeats + again, choices * ways
            groups[-1].has_choice = True
        before = kind
    return _too_many(repeats, choices * (1 + groups[0].bars), left_open=len(groups) > 1)


def _repeated(sign: str, what: _Group, before: str) -> tuple[str | None, int, int]:
    """Return what is wrong with a repeat, whether it is one of any length, and the ways that it adds."""
    if before not in ("one", "close"):
        return "a repeat of nothing or of a repeat", 0, 1
    if sign[0] == "?":
        return None, 0, 2
    if what.has_choice or what.bars:
        return "a repeat or | within what is repeated", 0, 1
    fixed = _FIXED.match(sign)
    if fixed and int(fixed[1]) > MOST_TIMES:
        return f"{fixed[1]} times; at most {MOST_TIMES:,}", 0, 1
    return None, int(fixed is None or fixed[2] is not None), 1


def _too_many(repeats: int, choices: int, *, left_open: bool) -> str | None:
    if left_open:
        return "a bracket that is not closed"
    if repeats > MOST_REPEATS:
        return f"{repeats} repeats of any length; at most {MOST_REPEATS}"
    if choices > MOST_CHOICES:
        return f"{choices:,} ways through ? and |; at most {MOST_CHOICES}"
    return None
