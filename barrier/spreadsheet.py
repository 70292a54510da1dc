"""Tables for spreadsheets: no cell starts a formula, and none holds what would steer a terminal or hide.

Rule: every CSV that Barrier writes or prints goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from barrier.printable import UNSAFE, visible

# some spreadsheets take the wide forms as well
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _re2(characters: Iterable[str], *, but: str = "") -> str:
    """Return characters for a class of an expression of RE2."""
    return "".join(c if c == but else f"\\x{{{ord(c):x}}}" for c in characters)


_UNSAFE = f"^[{_re2(_FORMULA)}]|[{_re2(UNSAFE, but='-')}]"


def safe_cell(text: str) -> str:
    """Return the text of a cell; one that a spreadsheet would run as a formula gets an apostrophe in front."""
    shown = visible(text)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with every text in it, and every name of a column, made harmless."""
    columns = {c: _harmless(frame[c]) if frame[c].dtype in ("object", "str") else frame[c] for c in frame.columns}
    made = pd.DataFrame(columns, columns=frame.columns, index=frame.index)
    return made.set_axis([safe_cell(c) if isinstance(c, str) else c for c in frame.columns], axis=1)


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV."""
    text: str = safe_cells(frame).to_csv(index=False, lineterminator="\n")
    return text


def _harmless(column: pd.Series) -> pd.Series:
    if column.dtype == "str":
        odd = pc.match_substring_regex(pa.array(column, pa.string()), _UNSAFE)
        if not pc.any(odd).as_py():
            return column
    codes, distinct = pd.factorize(column)
    safe = [safe_cell(v) if isinstance(v, str) else v for v in distinct]
    return pd.Series(pd.array([*safe, None], dtype=object).take(codes), index=column.index)
