"""Properties that a query asks for and the model does not have.

Rule: only what is surely a node or link of the query is judged; a key of a map, or a part of a date, may have any name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from barrier.model.schema import link_columns, node_columns, schema
from barrier.store.cypher import Token, line_of

_DATE_PARTS = frozenset(
    """
    year quarter month week weekYear day dayOfQuarter dayOfWeek ordinalDay hour minute second epochSeconds epochMillis
    years quarters months weeks days hours minutes seconds
    """.split()  # noqa: SIM905 - a list of 30 texts is harder to read
)
_OWN = frozenset({"barrier_import"})  # what Barrier writes beside the model, on a server
_NONE = Token("none", "", "", 0, 0)
_NAMES = ("word", "quoted")
_BEFORE_PATTERN = {"(": frozenset({"", ",", "-", "{", "=", "(", ">"}), "[": frozenset({"-"})}
_KEYWORDS = frozenset({"MATCH", "WHERE", "AND", "OR", "XOR", "NOT", "WHEN", "EXISTS", "COUNT"})
_Owners = dict[str, set[str]]


def unknown_properties(text: str, pieces: Sequence[Token]) -> list[str]:
    """Return what a query asks of a node or link that the model does not have there, a line each.

    Args:
        text: The query, decoded.
        pieces: The same in pieces.
    """
    around = [_NONE, _NONE, *pieces, _NONE, _NONE]
    owners, free = _owners(around), {*_map_keys(around), *_DATE_PARTS, *_OWN}
    problems = []
    for token, labels in _asked(around, owners):
        name, known = token.text.strip("`"), _known(labels)
        if name in known or name in free:
            continue
        near = get_close_matches(name, known, n=1)
        of = f" of {' or '.join(sorted(labels))}" if labels else ""
        has = f"; the model has {', '.join(known)}" if labels else "; the model has no such property"
        hint = f"; did you mean {near[0]}?" if near else has
        problems.append(f"unknown property {_shown(name)}{of} on query line {line_of(text, token.begin)}{hint}")
    return list(dict.fromkeys(problems))


def _known(labels: set[str]) -> list[str]:
    """Return the properties of some labels or relationship types; of all where none is given."""
    nodes, links = schema().labels, schema().relationships
    wanted = labels or {*nodes, *links}
    return list(dict.fromkeys(c for n in sorted(wanted) for c in (node_columns(n) if n in nodes else link_columns(n))))


def _owners(pieces: Sequence[Token]) -> _Owners:
    """Return the variables that a pattern gives to nodes and links, with what they are; empty where that varies."""
    found: _Owners = {}
    varying = set()
    for i in range(2, len(pieces) - 2):
        opener, name, before = pieces[i - 1], pieces[i], pieces[i - 2]
        if name.kind not in _NAMES or not _opens_pattern(opener, before):
            continue
        following = pieces[i + 1].text
        if following == ":":
            labels = _labels(pieces, i + 2)
            found.setdefault(name.text, set()).update(labels)
            varying |= set() if labels else {name.text}
        elif following in (")", "{") or (opener.text == "[" and following in ("]", "*")):
            found.setdefault(name.text, set())
    named = {pieces[i + 1].text for i in range(2, len(pieces) - 2) if pieces[i].keyword == "AS"}
    named |= {pieces[i - 1].text for i in range(2, len(pieces) - 2) if pieces[i].keyword == "IN"}
    return {name: set() if name in varying or name in named else labels for name, labels in found.items()}


def _opens_pattern(opener: Token, before: Token) -> bool:
    if opener.text not in _BEFORE_PATTERN:
        return False
    return before.keyword in _KEYWORDS or before.kind == "none" or before.text in _BEFORE_PATTERN[opener.text]


def _labels(pieces: Sequence[Token], start: int) -> set[str]:
    """Return the labels of one expression; none where it is more than a list of them."""
    found = set()
    for i in range(start, len(pieces), 2):
        name, after = pieces[i], pieces[i + 1].text
        if name.kind not in _NAMES or name.text.strip("`") not in {*schema().labels, *schema().relationships}:
            return set()
        found.add(name.text.strip("`"))
        if after not in ("|", ":", "&"):
            return found if after in (")", "]", "{", "*") else set()
    return set()


def _asked(pieces: Sequence[Token], owners: _Owners) -> Iterator[tuple[Token, set[str]]]:
    """Yield each property that is asked of a node or link, and of what."""
    for i in range(2, len(pieces) - 2):
        before, dot, name, after = pieces[i - 2 : i + 2]
        if name.kind not in _NAMES:
            continue
        if dot.text == "." and before.text in owners and after.text != "(" and pieces[i - 3].text != ".":
            yield name, owners[before.text]
        in_pattern = (
            dot.text == "{" and after.text == ":" and before.kind in _NAMES and pieces[i - 3].text in (":", "|")
        )
        if in_pattern:
            yield from ((key, _labels(pieces, i - 2)) for key in _keys(pieces, i))


def _keys(pieces: Sequence[Token], start: int) -> Iterator[Token]:
    """Yield the keys of one map."""
    deep, i = 0, start
    while i < len(pieces) - 1 and deep >= 0:
        token = pieces[i]
        deep += (token.text in ("{", "[", "(")) - (token.text in ("}", "]", ")"))
        if deep == 0 and token.kind in _NAMES and pieces[i + 1].text == ":" and pieces[i - 1].text in ("{", ","):
            yield token
        i += 1


def _map_keys(pieces: Sequence[Token]) -> Iterator[str]:
    """Yield the keys of maps that a query makes itself, those of patterns left out."""
    for i in range(2, len(pieces) - 2):
        mark, name, after = pieces[i - 1], pieces[i], pieces[i + 1]
        opened = mark.text == "{" and pieces[i - 2].kind not in _NAMES
        if name.kind in _NAMES and after.text == ":" and (opened or mark.text == ","):
            yield name.text.strip("`")


def _shown(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() and len(name) <= 40 else "in backticks"
