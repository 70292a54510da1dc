"""Keeping queries to reading, one statement at a time.

Rule: the read-only transaction is the wall; this check comes before it, gives the line, and also stops what a
read-only transaction lets through (files read by LOAD CSV, procedures).
"""

from __future__ import annotations

import re

from barrier.errors import InputError

_MASK = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:``|[^`])*`", re.DOTALL)
_CLAUSES = "CREATE|MERGE|SET|DELETE|DETACH|REMOVE|DROP|FOREACH|INSERT|ALTER|GRANT|DENY|REVOKE|TERMINATE|RENAME|USE"
_WRITES = re.compile(rf"(?<![.:$\w])({_CLAUSES})(?!\w|\s*[:(.,)\]])", re.IGNORECASE)
_FOREACH = re.compile(r"(?<![.:$\w])(FOREACH|MERGE|CREATE|INSERT|DELETE|SET)\s*\(", re.IGNORECASE)
_LOAD = re.compile(r"(?<![.:$\w])LOAD\s+CSV\b", re.IGNORECASE)
_PROCEDURE = re.compile(r"(?<![.:$\w])CALL\s+(?![({\s])[\w.`]+", re.IGNORECASE)
_PARAMETER = re.compile(r"\$(\w+)")


def masked(query: str) -> str:
    """Return the query with strings, comments and quoted names blanked out, line breaks kept."""
    return _MASK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), query)


def parameters(query: str) -> set[str]:
    """Return the names of the ``$parameters`` a query uses."""
    return set(_PARAMETER.findall(masked(query)))


def reading_problems(query: str) -> list[str]:
    """Return why a query is refused: one line each, empty when it only reads."""
    text = masked(query)
    problems = []
    for pattern, what in (
        (_WRITES, "{0}"),
        (_FOREACH, "{0}"),
        (_LOAD, "LOAD CSV"),
        (_PROCEDURE, "CALL of a procedure"),
    ):
        for match in pattern.finditer(text):
            name = what.format(match.group(1).upper()) if match.groups() else what
            problems.append(f"{name} on query line {text[: match.start()].count(chr(10)) + 1}; a query only reads")
    if ";" in text.rstrip().rstrip(";"):
        problems.append(
            f"more than one statement, from query line {text[: text.index(';')].count(chr(10)) + 1} on; expected one"
        )
    if not text.strip().rstrip(";"):
        problems.append("the query is empty")
    return sorted(set(problems))


def ensure_reading(query: str) -> str:
    """Return the query without a closing semicolon.

    Raises:
        InputError: It writes, reads files, calls procedures, or is more than one statement.
    """
    problems = reading_problems(query)
    if problems:
        raise InputError(problems, hint="write changes into the region folder and import it again")
    return query.rstrip().rstrip(";") if masked(query).rstrip().endswith(";") else query
