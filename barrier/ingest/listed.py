"""Values of closed lists, and lists in a cell, in other spellings: `Dwelling`, `gm 0344`, `B.V.`, `snf; max. 8 pers.`.

Rule: case, blanks, dots and signs that mean nothing in a list are understood; what may be several values and is not
surely one of the list stays as it is and is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from barrier.ingest.placeholders import shipped_placeholders, word_form
from barrier.model.person_limits import LIMIT, written_limit
from barrier.model.schema import Property

OTHER_LIMIT = "with a number of persons in other words, read as max_persons=N"
UNREAD_LIMIT = (
    "with a number of persons that cannot be read: such a licence is taken to allow nobody; expected max_persons=8"
)
OTHER_SIGN = "with a comma or semicolon where | parts values: read as several values"
PERHAPS_SEVERAL = "with a comma or semicolon and words that are in no list: kept as one value; write | between values"
WITH_WORDS = "with words behind the code: read as the code alone"
NO_CODE = "with what is no code of 2 to 5 digits: kept as it stands, and no rule knows it; give each row one code"
CODE_REMARKS = (WITH_WORDS, NO_CODE)
_CODE = re.compile(
    r"(?:(?:sbi|nace)[\s:.\-]*)?(?:[a-u](?=\d))?(?P<code>\d{2}(?:[ .]?\d{1,2}){0,2})(?P<words>\s*[-:]?\s+[^\W\d].*)?",
    re.I | re.A | re.S,
)
_CODE_DIGITS = 5
_WHOLE = re.compile(r"(\d{3,5})\.0", re.A)
_QUOTED = re.compile(r"""'([^'|]*)'|"([^"|]*)\"""")
_WRITTEN = re.compile(r"""\[\s*(?P<quoted>(?:(?:'[^'|]*'|"[^"|]*")\s*(?:,\s*)?)*)\]|\{(?P<array>[^{}|:;]*)\}""", re.S)
LIST_REMARKS = (OTHER_LIMIT, UNREAD_LIMIT, OTHER_SIGN, PERHAPS_SEVERAL)
_BETWEEN = re.compile("[;,]")
_SIGNS = re.compile(r"[\s_\-]+")


class List(NamedTuple):
    """A list as it was read from a cell: its values, those of them that are in no list, and what is to be told."""

    values: list[str]
    new: list[str]
    told: frozenset[str]


def listed(text: str, values: Sequence[str]) -> str | None:
    """Return the value of a closed list that a text is, in whatever case and with whatever blanks; None where none."""
    return text if text in values else _forms(tuple(values)).get(_form(text))


def patterned(text: str, pattern: str) -> str | None:
    """Return a text that fits a pattern but for case, blanks and signs that do not show; None where it does not."""
    plain = word_form(text).upper().replace(" ", "")
    return plain if re.fullmatch(pattern, plain) else None


def read_code(text: str) -> tuple[str, str]:
    """Return a code of activities in digits alone (`78.20.1`, `SBI 78201`, `N78.20`), and what is to be told of it."""
    found = _CODE.fullmatch(word_form(text))
    whole = _WHOLE.fullmatch(text.strip())  # 78201.0, as a program writes a number
    digits = whole.group(1) if whole else re.sub(r"\D", "", found.group("code")) if found else ""
    if digits and len(digits) <= _CODE_DIGITS:
        return digits, WITH_WORDS if found and found.group("words") else ""
    return text, NO_CODE if any(c.isdecimal() for c in text) else ""


def read_list(cell: str, prop: Property) -> List:
    """Return the values of a cell with a list; parts that are empty or stand for nothing are none.

    Args:
        cell: What stands in the cell, with ``|`` between values.
        prop: What they are values of.
    """
    made: list[str] = []
    new: list[str] = []
    told: set[str] = set()
    for item in (i.strip() for i in _items(cell)):
        pieces = _pieces(item, prop)
        told |= {OTHER_SIGN} if len(pieces) > 1 else set()
        for piece in pieces:
            value, remark = _value(piece, prop)
            told |= {remark} if remark else set()
            made += [value] if value == LIMIT or remark != UNREAD_LIMIT else [value, LIMIT]
            new += [value.partition("=")[0]] if prop.values and _is_new(value, prop) and not remark else []
    return List(made, new, frozenset(told))


def _items(cell: str) -> list[str]:
    """Return the items of a cell: between bars, or as programs write lists (`['a', 'b']`, `["a"]`, `{a,b}`)."""
    found = _WRITTEN.fullmatch(cell)
    if found is None:
        return cell.split("|")
    if found.group("array") is not None:
        return [i.strip(' "') for i in found.group("array").split(",")]
    return [one or other for one, other in _QUOTED.findall(found.group("quoted") or "")]


def _value(piece: str, prop: Property) -> tuple[str, str]:
    """Return the value that a piece is, and what is to be told of it."""
    limit = written_limit(piece) if LIMIT in prop.values else None
    known = listed(piece, prop.values)
    if limit == LIMIT:
        return known or piece, UNREAD_LIMIT
    if limit is not None:
        return limit, OTHER_LIMIT if "".join(piece.split()).casefold() != limit else ""
    several = prop.values and known is None and len(_filled(_BETWEEN.split(piece))) > 1
    return known or piece, PERHAPS_SEVERAL if several else ""


def _is_new(value: str, prop: Property) -> bool:
    return value.partition("=")[0] not in prop.values


def _pieces(item: str, prop: Property) -> list[str]:
    """Return an item, in its parts where a comma or a semicolon stands between values of the list."""
    parts = _filled(_BETWEEN.split(item))
    surely = prop.values and _BETWEEN.search(item) and all(_is_known(p, prop) for p in parts)
    return parts if surely else _filled([item])


def _filled(parts: Sequence[str]) -> list[str]:
    nothing = shipped_placeholders()
    return [p.strip() for p in parts if p.strip() and not nothing.stands_for_nothing(p)]


def _is_known(part: str, prop: Property) -> bool:
    limit = written_limit(part) if LIMIT in prop.values else None
    return listed(part, prop.values) is not None or limit not in (None, LIMIT)


def _form(text: str) -> str:
    return _SIGNS.sub("_", word_form(text).replace(".", ""))


@lru_cache(maxsize=64)
def _forms(values: tuple[str, ...]) -> dict[str, str]:
    return {_form(v): v for v in values}
