"""Regular expressions of mappings: found by RE2, whose time grows with the text and never with the ways it may fit.

Rule: the pattern is the office's, the cells are the supplier's; no cell can make a reading go on for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def pattern_problem(pattern: str) -> str | None:
    """Return why a text is no regular expression, or None where it is one."""
    try:
        first_fits(pattern, [""])
    except pa.ArrowInvalid:
        return "not a regular expression, or one that looks ahead, looks behind or refers back"
    return None


def first_fits(pattern: str, texts: Sequence[str | None]) -> list[str | None]:
    """Return the part of each text that a pattern fits first; None where it fits nothing.

    Raises:
        pa.ArrowInvalid: The pattern is none of RE2's.
    """
    column = pa.array(texts, pa.string())
    part = pc.replace_substring_regex(column, rf"(?s:^.*?)({pattern})(?s:.*)$", r"\1")
    return list(pc.if_else(pc.match_substring_regex(column, pattern), part, None).to_pylist())
