"""Text from registers and files, made fit to be shown: on a terminal, in a page, a document, a table, a message.

Rule: what would steer a terminal, turn the direction of writing or hide, is shown by its number; nothing is left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
# C0 but for tab and newline, DEL and C1; line separators and marks between lines; the blank of Braille; and all that
# Unicode calls Default_Ignorable_Code_Point (no width, no picture: joiners, direction marks, selectors, fillers, tags):
# a name of a Dutch register has none of them, and with one it looks like another name and is not found
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSAFE = f"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u2800\ufff9-\ufffb{_IGNORABLE}"
_UNSAFE = re.compile(f"[{UNSAFE}\ud800-\udfff]")


def says_something(text: str, *, least: int = 2) -> bool:
    """Return whether somebody can read something in a text: at least so many letters or digits that show."""
    return sum(c.isalnum() for c in _UNSAFE.sub("", text)) >= least


_SEVERAL = {"person": "people", "address": "addresses", "business": "businesses", "feedback": "feedback"}


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its word: `1 finding`, `2 findings`, `1 person`, `1,200 people`.

    Args:
        number: The number.
        one: The word for one.
        several: The word for any other number, where it is not the same with an s.
    """
    return f"{number:,} {one if number == 1 else several or _SEVERAL.get(one) or one + 's'}"


def visible(text: str) -> str:
    """Return text with every character that would steer, turn or hide shown as its number, such as ⟨U+202E⟩."""
    return text if _UNSAFE.search(text) is None else _UNSAFE.sub(_number, text)


def one_line(text: str) -> str:
    """Return text as `visible`, on one line: a newline in a name could make up a message of its own."""
    return visible(text).replace("\n", "⟨U+000A⟩")


def visible_all(data: T) -> T:
    """Return data of dictionaries, lists, data classes and text with `visible` done to every text in it."""
    made: T = _shown(data)
    return made


def _shown(data: Any) -> Any:
    made = data
    if isinstance(data, str):
        made = visible(data)
    elif isinstance(data, dict):
        made = {visible_all(k): visible_all(v) for k, v in data.items()}
    elif isinstance(data, (list, tuple)):
        made = type(data)(visible_all(v) for v in data)
    elif is_dataclass(data) and not isinstance(data, type):
        made = replace(data, **{f.name: visible_all(getattr(data, f.name)) for f in fields(data)})
    return made


def json_text(data: object, **options: Any) -> str:
    r"""Return JSON in which characters that would steer, turn or hide are escaped, such as ``\u202e``."""
    text = json.dumps(data, ensure_ascii=False, **options)
    return text if _UNSAFE.search(text) is None else _UNSAFE.sub(_escaped, text)


def parsed_json(text: str | bytes | bytearray) -> Any:
    """Return what a text of JSON says.

    Raises:
        ValueError: It is no JSON, or is nested deeper than anything that Barrier writes.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _number(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found.group()):04X}⟩"


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found.group())[1:-1]
