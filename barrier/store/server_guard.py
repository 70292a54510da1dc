r"""What a query may say on a Neo4j server, beside what the guard says of every query.

Rule: a server looks at its clock between rows, never within a value; what can take for ever within one value is not
sent. The embedded store needs none of this: there a query runs in a process of its own, which can be ended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from barrier.errors import InputError
from barrier.store.cypher import Token, line_of, tokens
from barrier.store.regular_expressions import pattern_problem

MOST_NUMBERS = 1000  # that range() may give to anything but UNWIND
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNKNOWN = re.compile(r"(?:[^\\]|\\[\\'\"ntrbf])*+\\")  # a backslash that stores may read in two ways
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_GOES_ON = frozenset({"+", ".", "[", "-", "*", "/", "%", "^"})  # behind it, a value is not yet whole
_NONE = Token("none", "", "", 0, 0)
_HINT = (
    "a server cannot stop such a query: use CONTAINS, STARTS WITH or ENDS WITH, and UNWIND range(…) AS x; "
    "or ask the embedded store (docs/guide/neo4j.md)"
)


def ensure_stoppable(text: str, params: Mapping[str, Any]) -> None:
    """Refuse a query with a value that a server might work at for ever.

    Args:
        text: The query, as the guard returned it.
        params: Its parameters: a regular expression may be one.

    Raises:
        InputError: It has a regular expression with too many ways, or a list without an end.
    """
    pieces = tokens(text)
    problems = []
    for number, piece in enumerate(pieces):
        problem = None
        if piece.text == "=~":
            problem = _expression_problem(pieces[number + 1 : number + 3], params)
        elif piece.keyword == "RANGE" or piece.text.strip("`").lower() == "range":
            problem = _range_problem(pieces, number)
        if problem:
            problems.append(f"query: {problem} on query line {line_of(text, piece.begin)}")
    if problems:
        raise InputError(problems, hint=_HINT)


def _expression_problem(behind: Sequence[Token], params: Mapping[str, Any]) -> str | None:
    value, after = [*behind, _NONE, _NONE][:2]
    pattern: Any = None
    if value.kind == "string":
        if _UNKNOWN.match(value.text[1:-1]):
            return "=~ with a single backslash, write two of them,"
        pattern = _ESCAPED.sub(lambda m: _LETTERS.get(m.group(1), m.group(1)), value.text[1:-1])
    elif value.kind == "parameter":
        pattern = params.get(value.text[1:])
    if not isinstance(pattern, str) or after.text in _GOES_ON:
        return "=~ with something else than a text or a parameter that is one"
    problem = pattern_problem(pattern)
    return f"=~ with {problem}," if problem else None


def _range_problem(pieces: Sequence[Token], number: int) -> str | None:
    """Return what is wrong with `range(`: it stands behind UNWIND alone, or its numbers are few and written out."""
    opened = pieces[number + 1] if number + 1 < len(pieces) else _NONE
    if opened.text != "(":
        return None
    inside, after = _inside(pieces, number + 2)
    if pieces[number - 1].keyword == "UNWIND" and after.keyword == "AS":
        return None
    written = "".join(p.text for p in inside)
    bounds = re.fullmatch(r"(-?\d{1,9}),(-?\d{1,9})", written)
    if bounds and abs(int(bounds[2]) - int(bounds[1])) < MOST_NUMBERS:
        return None
    return f"range() that is not UNWIND range(…) AS x, or up to {MOST_NUMBERS:,} numbers written out,"


def _inside(pieces: Sequence[Token], begin: int) -> tuple[Sequence[Token], Token]:
    """Return what stands in a pair of round brackets, and the piece behind it."""
    depth = 1
    for place in range(begin, len(pieces)):
        depth += {"(": 1, ")": -1}.get(pieces[place].text, 0)
        if depth == 0:
            return pieces[begin:place], pieces[place + 1] if place + 1 < len(pieces) else _NONE
    return pieces[begin:], _NONE
