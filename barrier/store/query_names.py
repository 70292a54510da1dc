"""Labels and relationship types that a query names and the model does not have.

Rule: a query is about what Barrier wrote; what others keep in the same database, under names of their own, is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise

from barrier.model.schema import schema
from barrier.store.cypher import Token, line_of

_CLOSING = {")": "(", "]": "[", "}": "{"}
_AND_SO_ON = {"|", "&", "!", ":", "("}  # between the names of one expression


def unknown_names(text: str, pieces: Sequence[Token]) -> list[str]:
    """Return what a query names as label or relationship type and the model does not have, a line each.

    Args:
        text: The query, decoded.
        pieces: The same in pieces.
    """
    problems = []
    for token, in_link in _named(pieces):
        what, known = ("relationship type", schema().relationships) if in_link else ("label", schema().labels)
        name = token.text.strip("`")
        if name not in schema().labels and name not in schema().relationships:
            near = get_close_matches(name, list(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; the model has {', '.join(known)}"
            problems.append(f"unknown {what} {_shown(name)} on query line {line_of(text, token.begin)}{hint}")
    return list(dict.fromkeys(problems))


def _named(pieces: Sequence[Token]) -> Iterator[tuple[Token, bool]]:
    """Yield each name behind a colon that is no key of a map, and whether it stands in a link."""
    opened: list[str] = [""]
    taking = False
    for number, (token, after) in enumerate(pairwise([*pieces, Token("sign", "", "", 0, 0)])):
        if (taking and token.kind in ("word", "quoted")) or (taking and token.text == "%"):
            yield token, opened[-1] == "["
        if token.text in _CLOSING.values():
            opened.append(token.text)
        elif token.text in _CLOSING and len(opened) > 1:
            opened.pop()
        if token.text == ":":
            taking = not (opened[-1] == "{" and number > 1 and pieces[number - 2].text in ("{", ","))
        elif token.text.upper() == "IS" and after.text.upper() not in ("NULL", "NOT"):  # (n IS Label)
            taking = True
        elif taking and token.text not in _AND_SO_ON:
            taking = token.kind in ("word", "quoted") and after.text in _AND_SO_ON - {"("}


def _shown(name: str) -> str:
    """Return a name as it may be repeated: letters, digits and low lines only."""
    return name if name.isascii() and name.replace("_", "").isalnum() and len(name) <= 40 else "in backticks"
