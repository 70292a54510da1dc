r"""Cypher as words and signs: what a query says once it is decoded, before anybody judges it.

Rule: there is one reading of a query. What is read here in one way and on a store in another is refused: `\uXXXX` is
decoded first, comments are taken out, and outside quotes only plain letters, digits and signs are taken.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_CHARACTERS = 100_000
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_LEFT = re.compile(r"\\u")  # what Neo4j might decode once more
_AMBIGUOUS = re.compile(r"\\\\+u")  # a backslash that is quoted here and may not be there
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_NO_BREAK = re.compile(r"[^\n]")
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n\f]++ | //[^\r\n]*+ | /\*.*?\*/)
    | (?P<string>'(?:\\.|[^'\\])*+' | "(?:\\.|[^"\\])*+")
    | (?P<quoted>`[^`]++`)
    | (?P<number>0[xX][0-9A-Fa-f]++ | 0o[0-7]++ | (?:\d++(?:\.(?!\.)\d++)?|\.\d++)(?:[eE][+-]?\d++)?)
    | (?P<parameter>\$[A-Za-z_0-9]++)
    | (?P<word>[A-Za-z_][A-Za-z_0-9]*+)
    | (?P<sign><> | <= | >= | =~ | \.\. | [-+*/%^=<>!&|,.:;(){}\[\]])
    | (?P<wrong>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a query.

    Args:
        kind: ``string``, ``quoted`` (a name in backticks), ``number``, ``parameter``, ``word`` or ``sign``.
        text: The piece; a name in backticks with them.
        keyword: The piece in capitals where it may be a keyword, else nothing.
        begin: Where it begins in the decoded query.
        end: Where it ends.
    """

    kind: str
    text: str
    keyword: str
    begin: int
    end: int


class CypherError(ValueError):
    """A query that cannot be read in one way only; the message says where and why."""


def decoded(query: str) -> str:
    r"""Return a query with its ``\uXXXX`` decoded, as Neo4j does before it reads anything else.

    Raises:
        CypherError: It is too long, or a part can be decoded in more than one way.
    """
    if len(query) > MOST_CHARACTERS:
        raise CypherError(f"the query has {len(query):,} characters; expected at most {MOST_CHARACTERS:,}")
    found = _AMBIGUOUS.search(query)
    text = query if found else _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), query)
    found = found or _LEFT.search(text)
    if found:
        raise CypherError(f"a backslash and u on query line {line_of(text, found.start())}; write the character itself")
    try:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")  # two halves become the character they stand for
    except UnicodeDecodeError:
        text = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    wrong = _CONTROL.search(text)
    if wrong:
        name = f"U+{ord(wrong.group()):04X}"
        raise CypherError(f"the character {name} on query line {line_of(text, wrong.start())}; no text holds it")
    return text


def tokens(text: str) -> list[Token]:
    """Return the pieces of a decoded query; spaces and comments are left out.

    Raises:
        CypherError: A quote or comment is not closed, or a character has no place in a query.
    """
    found = []
    for match in _TOKEN.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind == "sign":
            found.append(Token(kind, piece, "", match.start(), match.end()))
        elif kind == "word":
            found.append(Token(kind, piece, piece.upper(), match.start(), match.end()))
        elif kind == "wrong":
            raise CypherError(f"{_unreadable(piece)} on query line {line_of(text, match.start())}")
        elif kind != "space":
            found.append(Token(kind, piece, "", match.start(), match.end()))
    return found


def without_comments(text: str, pieces: list[Token]) -> str:
    """Return a decoded query of which only the pieces and the line breaks are left."""
    parts, place = [], 0
    for piece in pieces:
        parts += [_blank(text[place : piece.begin]), text[piece.begin : piece.end]]
        place = piece.end
    return "".join(parts)


def _blank(gap: str) -> str:
    return gap if gap == " " else _NO_BREAK.sub(" ", gap)


def _unreadable(character: str) -> str:
    if character in "'\"`":
        return f"a quote {character} that is not closed"
    if character == "/":
        return "a comment that is not closed"
    shown = character if "!" <= character <= "~" else f"U+{ord(character):04X}"
    return f"the character {shown} outside quotes"


def line_of(text: str, place: int) -> int:
    """Return the line of a place in a text, from 1."""
    return text.count("\n", 0, place) + 1
