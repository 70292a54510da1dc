"""Keyed hashes: how a phone number, mail address, account or name becomes an id.

Rule: the value is never kept; without the key nobody can test a guess against an id.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pandas as pd

from barrier.errors import InputError
from barrier.files import new_private, private_folder, read_regular, tighten

_DIGEST_BYTES = 12
_LONGEST_KEY = 4096  # bytes that are read at most


def default_key_file() -> Path:
    """Return where the key of this user is kept."""
    return Path.home() / ".config" / "barrier" / "hash.key"


def keyed_hashes(values: pd.Series, key_file: Path | None) -> pd.Series:
    """Return the keyed hash of each text, as 24 hexadecimal digits; each distinct text is hashed once."""
    key = _key(key_file or default_key_file())
    codes, distinct = pd.factorize(values)
    hashed = [hashlib.blake2b(str(v).encode(), key=key, digest_size=_DIGEST_BYTES).hexdigest() for v in distinct]
    return pd.Series(pd.array(hashed, dtype="str").take(codes), index=values.index)


def _key(file: Path) -> bytes:
    try:
        if not file.exists():
            private_folder(file.parent)
            with new_private(file) as made:
                made.write(secrets.token_bytes(32))
        tighten(file)
        key = read_regular(file, limit=_LONGEST_KEY)
    except OSError as error:
        raise InputError([f"{file}: the key for hashed ids cannot be read or made: {error.strerror}"]) from error
    if not 16 <= len(key) <= 64:
        raise InputError([f"{file}: expected a key of 16 to 64 bytes, found {len(key)}"])
    return key
