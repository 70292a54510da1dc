"""Keyed hashes of columns: how a phone number, mail address, account or name becomes an id.

Rule: the value is never kept; without the key nobody can test a guess against an id.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from barrier.keys import Purpose, open_key


def keyed_hashes(values: pd.Series, key_file: Path | None, *, purpose: Purpose = Purpose.CONTACTS) -> pd.Series:
    """Return the keyed hash of each text, as 24 hexadecimal digits; each distinct text is hashed once."""
    key = open_key(key_file)
    codes, distinct = pd.factorize(values)
    hashed = [key.hash(str(v), purpose) for v in distinct]
    return pd.Series(pd.array(hashed, dtype="str").take(codes), index=values.index)
