"""A hash chain whose content can be erased: the journal of the cases and the log of readings are both one.

Rule: a link commits to the one before it, to its header, and to a salted hash of each part of its content; a part can
go without breaking the chain, and only where a later link says that it went.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from barrier.errors import InputError
from barrier.printable import parsed_json

START = "0" * 64
CLOCK_SLACK_S = 5  # clocks are set by the network, by a second or two
_ANCHOR = re.compile(r"(?:(?P<number>\d{1,12}):)?(?P<hash>[0-9a-f]{64})")


@dataclass(frozen=True)
class Head:
    """Where a chain ends: the number of its last link and the hash of it. As text ``12:ab34…``."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Anchor:
    """A link that somebody kept outside: its hash, its number where that was kept too, and where it was kept."""

    hash: str
    number: int | None
    place: str


@dataclass(frozen=True)
class Part:
    """A part of the content, with the salt that keeps its hash from being guessed."""

    salt: str
    text: str

    @property
    def digest(self) -> str:
        """The hash that a header commits to."""
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Link:
    """A link of a chain.

    Args:
        header: What stays, as the text that was hashed.
        hash: Its hash.
        parts: Content by name; what was erased is not there.
    """

    header: str
    hash: str
    parts: Mapping[str, Part]

    def told(self) -> dict[str, Any]:
        """Return the header as an object; empty where it is none."""
        try:
            found = parsed_json(self.header)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def head(self) -> Head:
        """Number and hash of this link."""
        return Head(int(self.told()["n"]), self.hash)


@dataclass
class Checked:
    """What is wrong with a chain, what is worth saying, how much was erased, and the hashes of its links by number."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    erased: int = 0
    hashes: dict[int, str] = field(default_factory=dict)

    @property
    def head(self) -> Head | None:
        """The last link."""
        last = max(self.hashes, default=None)
        return None if last is None else Head(last, self.hashes[last])


def canonical(header: Mapping[str, Any]) -> str:
    """Return a header as the one text that is hashed."""
    return json.dumps(header, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def hash_of(header: str) -> str:
    """Return the hash of the text of a header."""
    return hashlib.sha256(header.encode(errors="surrogatepass")).hexdigest()


def new_part(text: str) -> Part:
    """Return a part with a new salt."""
    return Part(secrets.token_hex(16), text)


def next_link(after: Head | None, header: Mapping[str, Any], parts: Mapping[str, Part], *, last_at: str = "") -> Link:
    """Return the link that follows.

    Args:
        after: The last link, or None for the first of a chain.
        header: What stays for ever: no ids of subjects, no free text.
        parts: Content that may be erased later.
        last_at: Time of the last link; a clock before it is said in the header.
    """
    number, previous = (after.number + 1, after.hash) if after else (1, START)
    back = seconds_back(last_at, time_of(header))
    told = {**header, "n": number, "prev": previous, "parts": {k: p.digest for k, p in parts.items()}}
    text = canonical({**told, "clock_back_s": back} if back else told)
    return Link(text, hash_of(text), dict(parts))


def time_of(header: Mapping[str, Any]) -> str:
    """Return the time in a header: ``at`` in the journal, ``when`` in the log of readings."""
    return str(header.get("at") or header.get("when") or "")


def seconds_back(before: str, after: str) -> int:
    """Return by how many seconds a time lies before the last one; 0 within what clocks do by themselves."""
    try:
        seconds = (datetime.fromisoformat(before) - datetime.fromisoformat(after)).total_seconds()
    except (ValueError, TypeError):
        return 0
    return int(seconds) if seconds > CLOCK_SLACK_S else 0


def check(links: Iterable[Link], *, start: Head | None = None) -> Checked:
    """Return what a chain shows: links changed, missing, swapped or added in between, content changed or gone unsaid.

    Args:
        links: All links in order.
        start: What the first one follows.
    """
    found = Checked()
    last, last_at = start, ""
    gone: dict[str, str] = {}
    said: set[str] = set()
    for link in links:
        told = link.told()
        number, expected = told.get("n"), (last.number if last else 0) + 1
        if hash_of(link.header) != link.hash or not isinstance(number, int):
            found.problems.append(f"line {expected if not isinstance(number, int) else number}: was changed")
            number = number if isinstance(number, int) else expected
        if number != expected:
            found.problems.append(f"line {expected}: missing (the next one is {number})")
        elif told.get("prev") != (last.hash if last else START):
            found.problems.append(f"line {number}: does not follow the line before it")
        at = time_of(told)
        if seconds_back(last_at, at):
            found.problems.append(
                f"line {number}: its time, {at}, is before that of the line before it ({last_at}): "
                "a clock was set back, or a time was made up"
            )
        _check_parts(link, told, number, found, gone)
        said.update(str(e) for e in told.get("erased", ()))
        last, last_at = Head(number, link.hash), at or last_at
        found.hashes[number] = link.hash
    found.problems += [problem for name, problem in gone.items() if name not in said]
    found.erased = len({name.split(":")[0] for name in gone if name in said})
    return found


def _check_parts(link: Link, told: Mapping[str, Any], number: int, found: Checked, gone: dict[str, str]) -> None:
    committed = told.get("parts")
    committed = committed if isinstance(committed, dict) else {}
    for name, digest in committed.items():
        if name not in link.parts:
            gone[f"{number}:{name}"] = f"line {number}: its content is gone, and no line says that it was erased"
        elif link.parts[name].digest != digest:
            found.problems.append(f"line {number}: its content was changed")
    if link.parts.keys() - committed.keys():
        found.problems.append(f"line {number}: content was added to it")


def anchors_in(text: str, place: str) -> Iterator[Anchor]:
    """Return the anchors in a text: hashes of 64 hexadecimal digits, with or without a number before them."""
    for found in _ANCHOR.finditer(text):
        number = found["number"]
        yield Anchor(found["hash"], int(number) if number else None, place)


def anchor_of(text: str) -> Anchor:
    """Return an anchor that somebody typed: ``NUMBER:HASH`` or a hash.

    Raises:
        InputError: It is none.
    """
    found = _ANCHOR.fullmatch(text.strip())
    if found is None:
        hint = "give a file or folder that is there, or the number and hash that were kept, such as 12:ab34…"
        raise InputError([f"{text}: no file, and no anchor of 64 hexadecimal digits"], hint=hint)
    return Anchor(found["hash"], int(found["number"]) if found["number"] else None, "as given")
