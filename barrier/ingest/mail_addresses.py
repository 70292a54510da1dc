"""Mail addresses in all spellings that people use: `mailto:`, a name before it, brackets, capitals, a dot behind it.

Rule: exactly one address stands in a text, or none.
"""

from __future__ import annotations

import re
from contextlib import suppress

_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:|]+@[^\s@<>()\[\]\",;:|?/]+")
_APART = re.compile(r"\s*@\s*")
_AROUND = ".'`*"


def mail_in(text: str) -> str | None:
    """Return the one mail address in a text, in small letters and with its domain in one spelling.

    Args:
        text: The text, without invisible characters.
    """
    found = mails_in(text)
    return found.pop() if len(found) == 1 else None


def mails_in(text: str) -> set[str]:
    """Return every mail address in a text, in the same form."""
    return {_normal(match) for match in _ADDRESS.findall(_APART.sub("@", text))}


def _normal(address: str) -> str:
    local, _, domain = address.strip(_AROUND).casefold().partition("@")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"
