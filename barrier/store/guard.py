"""Keeping queries to reading, one statement at a time.

Rule: what is allowed stands on a list (clauses here, functions in `queries/allowed.yaml`); all else is refused. What
was judged is what runs: the store is given the decoded text without comments. Behind it stands a read-only transaction.

A name stands only where a value may begin, and a value is never followed by a name: so a clause that is not known here
(`SHOW`, `LOAD CSV`, one of a later version) is seen without its name being known.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from barrier import resources
from barrier.errors import InputError
from barrier.model.yamlfile import Strict, load_yaml
from barrier.store.cypher import CypherError, Token, decoded, line_of, tokens, without_comments
from barrier.store.query_names import unknown_names
from barrier.store.query_properties import unknown_properties

MOST_DEEP = 100  # brackets in brackets

# where a query is: a clause must begin, a value may begin (of a subquery also a clause), a value has ended
_CLAUSE, _VALUE, _INSIDE, _ENDED = "clause", "value", "inside", "ended"
_BEGIN = frozenset({"MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL"})
_AFTER_VALUE = frozenset(
    """
    WHERE ORDER BY SKIP OFFSET LIMIT UNION AS AND OR XOR IN CONTAINS STARTS ENDS IS THEN ELSE END
    ASC DESC ASCENDING DESCENDING
    """.split()  # noqa: SIM905 - a list of 30 texts is harder to read
)
_ENDING = frozenset({"END", "ASC", "DESC", "ASCENDING", "DESCENDING"})
_BEFORE_VALUE = frozenset({"NOT", "DISTINCT", "CASE", "WHEN"})
_VALUES = frozenset({"NULL", "TRUE", "FALSE"})
_FOLLOWED = {"ORDER": "BY", "STARTS": "WITH", "ENDS": "WITH", "OPTIONAL": "MATCH"}
_CHANGING = frozenset(
    """
    CREATE MERGE SET DELETE DETACH NODETACH REMOVE DROP FOREACH INSERT ALTER GRANT DENY REVOKE TERMINATE RENAME USE LOAD
    SHOW EXPLAIN PROFILE CYPHER YIELD
    """.split()  # noqa: SIM905 - a list of 30 texts is harder to read
)  # the words that are told by name; what is not here is refused all the same
_SUBQUERIES = frozenset({"EXISTS", "COUNT", "COLLECT"})
_NONE = Token("none", "", "", 0, 0)
_CLOSES = {"(": ")", "[": "]", "{": "}"}


class Allowed(Strict):
    """The content of `queries/allowed.yaml`."""

    format: Literal[1]
    about: str
    functions: dict[str, list[str]]
    ranking: list[str]


class _Names(NamedTuple):
    functions: frozenset[str]
    ranking: tuple[str, ...]


@lru_cache(maxsize=1)
def _names() -> _Names:
    file = load_yaml(resources.queries() / "allowed.yaml", Allowed)
    functions = frozenset(name.lower() for names in file.functions.values() for name in names)
    return _Names(functions, tuple(name.lower() for name in file.ranking))


def masked(query: str) -> str:
    """Return the words and signs of a query, without texts and names in backticks; none of one that cannot be read."""
    parts, before = [], ""
    for piece in _judged(query).pieces:
        kind = "word" if piece.kind in {"string", "quoted"} else piece.kind
        parts.append(" " if before == kind == "word" else "")
        parts.append(piece.text if piece.kind == kind else "")
        before = kind
    return "".join(parts)


def parameters(query: str) -> frozenset[str]:
    """Return the names of the ``$parameters`` a query uses; none of a query that cannot be read."""
    return _judged(query).parameters


def reading_problems(query: str) -> list[str]:
    """Return why a query is refused: one line each, empty when it only reads."""
    return list(_judged(query).problems)


def ensure_reading(query: str) -> str:
    """Return what is to be run of a query: decoded, without comments and closing semicolons.

    Raises:
        InputError: It writes, uses what is not allowed, cannot be read in one way only, or is more than one statement.
    """
    judged = _judged(query)
    if judged.problems:
        hint = "what a query may use: docs/guide/queries.md; changes belong in the region folder"
        raise InputError([f"query: {p}" for p in judged.problems], hint=hint)
    return judged.text


class _Judgement(NamedTuple):
    problems: tuple[str, ...]
    text: str = ""
    pieces: tuple[Token, ...] = ()
    parameters: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def _judged(query: str) -> _Judgement:
    try:
        text = decoded(query)
        pieces = tokens(text)
    except CypherError as error:
        return _Judgement((str(error),))
    while pieces and pieces[-1].text == ";":
        pieces.pop()
    if not pieces:
        return _Judgement(("the query is empty",))
    used = frozenset(p.text[1:] for p in pieces if p.kind == "parameter")
    problems = _Judge(text, pieces).problems() or unknown_names(text, pieces) or unknown_properties(text, pieces)
    return _Judgement(tuple(problems), without_comments(text, pieces), tuple(pieces), used)


class _Judge:
    """Goes through the pieces of a query once, and keeps the first thing that is wrong."""

    def __init__(self, text: str, pieces: list[Token]) -> None:
        self.text = text
        self.pieces = pieces
        self.state = _CLAUSE
        self.open: list[tuple[str, str]] = []  # the bracket, and where the query is after it closes

    def problems(self) -> list[str]:
        for number, token in enumerate(self.pieces):
            problem = self._step(number, token)
            if problem:
                return [problem]
        left = [f"a bracket {sign} that is not closed" for sign, _ in self.open[-1:]]
        return left

    def _step(self, number: int, token: Token) -> str | None:
        if token.kind == "sign":
            return self._sign(number, token)
        before, after = self._at(number - 1), self._at(number + 1)
        if token.kind == "word" and before.text != "." and after.text != ":":
            handled, problem = self._keyword(token, before, after)
            if handled:
                return problem
        return self._value(number, token, after)

    def _line(self, token: Token) -> int:
        return line_of(self.text, token.begin)

    def _at(self, number: int) -> Token:
        return self.pieces[number] if 0 <= number < len(self.pieces) else _NONE

    def _keyword(self, token: Token, before: Token, after: Token) -> tuple[bool, str | None]:
        word = token.keyword
        if word in _CHANGING and before.text != ":":
            return True, f"{word} on query line {self._line(token)}; a query only reads"
        if word == "CALL":
            return True, self._call(token, after)
        if word in _FOLLOWED and self._follows(word) and after.keyword != _FOLLOWED[word]:
            return (
                True,
                f"{word} {_shown(after.text)} on query line {self._line(token)}; expected {word} {_FOLLOWED[word]}",
            )
        state = self._after_keyword(word, before)
        if state is None:
            return False, None
        self.state = state
        return True, None

    def _follows(self, word: str) -> bool:
        return self.state == _ENDED or (word == "OPTIONAL" and self.state != _VALUE)

    def _after_keyword(self, word: str, before: Token) -> str | None:
        """Return where the query is after a keyword, or None where the word is none here."""
        if word in _BEGIN and (self.state != _VALUE or before.keyword in {"OPTIONAL", "STARTS", "ENDS"}):
            return _VALUE
        if word in {"ALL", "DISTINCT"} and before.keyword == "UNION":
            return _CLAUSE
        if self.state == _ENDED:
            return _after_value(word)
        if self.state == _CLAUSE:
            return _CLAUSE if word == "UNION" and before.text == "}" else None
        if word == "BY" and before.keyword == "ORDER":
            return _VALUE
        return _ENDED if word in _VALUES else _VALUE if word in _BEFORE_VALUE else None

    def _call(self, token: Token, after: Token) -> str | None:
        if after.text in {"{", "("} and after.kind == "sign" and self.state != _VALUE:
            self.state = _VALUE
            return None
        name = self._dotted_after(token)
        return (
            _ranks(name, self._line(token))
            or f"CALL of a procedure ({_shown(name)}) on query line {self._line(token)}; a query only reads"
        )

    def _dotted_after(self, token: Token) -> str:
        begin = next(n for n, t in enumerate(self.pieces) if t is token) + 1
        parts = []
        for piece in self.pieces[begin : begin + 20]:
            if piece.kind not in {"word", "quoted"} and piece.text != ".":
                break
            parts.append(piece.text)
        return "".join(parts).replace("`", "")

    def _value(self, number: int, token: Token, after: Token) -> str | None:
        """Take a name, number, text or parameter: only where a value may begin."""
        if after.text == "(" and token.kind in {"word", "quoted"}:
            problem = self._function(number, token)
            if problem:
                return problem
        line = self._line(token) if self.state in {_CLAUSE, _ENDED} else 0
        if self.state == _CLAUSE:
            expected = "MATCH, OPTIONAL MATCH, WITH, UNWIND, RETURN or CALL {"
            return f"{_shown(token.text)} on query line {line}; expected {expected}; a query only reads"
        if self.state == _ENDED:
            return f"{_shown(token.text)} on query line {line} is no clause a query may use; it only reads"
        self.state = _ENDED
        return None

    def _function(self, number: int, token: Token) -> str | None:
        name = token.text
        while self._at(number - 1).text == "." and self._at(number - 2).kind in {"word", "quoted"}:
            number -= 2
            name = f"{self.pieces[number].text}.{name}"
        name = name.replace("`", "")
        if name.lower() in _names().functions:
            return None
        ranks = _ranks(name, self._line(token))
        return (
            ranks
            or f"function {_shown(name)} on query line {self._line(token)} is not on the list of what a query may use"
        )

    def _sign(self, number: int, token: Token) -> str | None:
        sign = token.text
        if sign in _CLOSES:
            return self._opens(number, token)
        if sign in {")", "]", "}"}:
            return self._closes(token)
        if sign == ";":
            return f"more than one statement, from query line {self._line(token)} on; expected one"
        if sign == "." and self._at(number - 1).kind == "number":
            return f"a number that ends with a point on query line {self._line(token)}; write a digit behind it"
        if self.state == _CLAUSE:
            return f"{sign} on query line {self._line(token)}; expected a clause"
        if sign in {"*", "%"} and self.state != _ENDED and self._at(number - 1).text != "[":
            self.state = _ENDED  # everything, or any label
        else:
            self.state = _VALUE
        return None

    def _opens(self, number: int, token: Token) -> str | None:
        sign, before = token.text, self._at(number - 1)
        if len(self.open) >= MOST_DEEP:
            return f"more than {MOST_DEEP} brackets in brackets on query line {self._line(token)}"
        calls = self._is_call(number)
        if self.state == _CLAUSE and not calls:
            return f"{sign} on query line {self._line(token)}; expected a clause"
        if sign == "(" and self.state == _ENDED and before.kind not in {"word", "quoted"}:
            return f"( on query line {self._line(token)} follows a value; patterns that repeat are not allowed"
        state = _VALUE
        after = _ENDED
        if sign == "{" and calls:
            state = after = _CLAUSE
        elif sign == "(" and calls:
            after = _CLAUSE
        elif sign == "{" and before.keyword in _SUBQUERIES and self._at(number - 2).text not in {".", ":"}:
            state = _INSIDE
        self.open.append((sign, after))
        self.state = state
        return None

    def _is_call(self, number: int) -> bool:
        """Return whether a bracket belongs to CALL: its imports, or its subquery."""
        before = self._at(number - 1)
        if before.keyword == "CALL" and self._at(number - 2).text not in {".", ":"}:
            return True
        return (
            self.pieces[number].text == "{" and self.state == _CLAUSE and before.text == ")" and before.kind == "sign"
        )

    def _closes(self, token: Token) -> str | None:
        sign, after = self.open.pop() if self.open else ("", "")
        if _CLOSES.get(sign) != token.text:
            return f"a bracket {token.text} on query line {self._line(token)} that closes nothing"
        self.state = after
        return None


def _after_value(word: str) -> str | None:
    if word == "UNION":
        return _CLAUSE
    if word in _AFTER_VALUE or word == "WHEN":
        return _ENDED if word in _ENDING else _VALUE
    return None


def _shown(text: str) -> str:
    """Return a piece as it can stand in a line of an error, whatever is in it."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:40])


def _ranks(name: str, line: int) -> str | None:
    last = name.lower()
    if any(word == part or (len(word) > 4 and word in part) for word in _names().ranking for part in last.split(".")):
        return f"{_shown(name)} on query line {line} gives persons a score or rank; Barrier never does that (rule 1)"
    return None
