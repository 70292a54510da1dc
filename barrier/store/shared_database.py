"""A query on a database in which others keep a graph too: each of its patterns begins at what Barrier wrote.

Rule: labels of the model are on nodes of Barrier only, which is checked before the first reading. So a pattern that
names one is tied to the region; one that does not matches what others keep there, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from barrier.errors import InputError
from barrier.store.cypher import Token, line_of, tokens

_ENDS = frozenset({"WHERE", "RETURN", "WITH", "MATCH", "OPTIONAL", "UNWIND", "CALL", "UNION"})
_SUBQUERIES = frozenset({"EXISTS", "COUNT", "COLLECT"})


def ensure_labelled(text: str) -> None:
    """Refuse a query with a pattern in which no node has a label.

    Args:
        text: The query, as the guard returned it.

    Raises:
        InputError: There is such a pattern; its line is told.
    """
    problems = []
    for part in _parts(tokens(text)):
        if not _has_label(part):
            line = line_of(text, part[0].begin) if part else 1
            problems.append(f"query: a pattern without a label on query line {line}; others keep a graph here too")
    if problems:
        hint = "give a node of it a label, as in (a:Address), or use a database of its own (--database NAME)"
        raise InputError(problems, hint=hint)


def _parts(pieces: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield each pattern of a MATCH, and of a subquery without one: what stands between its commas."""
    for number, piece in enumerate(pieces[:-1]):
        bare = piece.text == "{" and pieces[number - 1].keyword in _SUBQUERIES
        if piece.keyword == "MATCH" or (bare and pieces[number + 1].text == "("):
            yield from _split(pieces, number + 1)


def _split(pieces: Sequence[Token], begin: int) -> Iterator[Sequence[Token]]:
    depth, first = 0, begin
    for place in range(begin, len(pieces)):
        piece = pieces[place]
        depth += (piece.text in ("(", "[", "{")) - (piece.text in (")", "]", "}"))
        ends = depth < 0 or (depth == 0 and piece.keyword in _ENDS)
        if ends or (depth == 0 and piece.text == ","):
            yield pieces[first:place]
            first = place + 1
        if ends:
            return
    yield pieces[first:]


def _has_label(part: Sequence[Token]) -> bool:
    """Return whether a node of a pattern has a label, and none has a label that it must not have."""
    if any(p.text == "!" for p in part):
        return False
    for number, piece in enumerate(part):
        if piece.text == "(" and (number == 0 or part[number - 1].kind == "sign"):
            inside = [p.text.upper() for p in part[number + 1 : number + 3]]
            if inside[:1] == [":"] or inside[1:] in ([":"], ["IS"]):
                return True
    return False
