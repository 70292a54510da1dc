"""What a graph of the embedded store answers to a query.

Rule: what the engine says is told in one line, with what to do; how it works inside is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import kglite
import pandas as pd

from barrier.errors import InputError, QueryLimitError
from barrier.store.protocol import Rows


def answer_of(
    graph: kglite.FrozenGraph, text: str, params: Mapping[str, Any], *, timeout_s: float, row_limit: int | None
) -> Rows:
    """Run one reading Cypher statement on a graph.

    Raises:
        InputError: The query is not valid.
        QueryLimitError: It took longer than ``timeout_s``.
    """
    try:
        result = graph.cypher(text, params=dict(params), timeout_ms=max(1, int(timeout_s * 1000)), row_limit=row_limit)
    except kglite.CypherTimeoutError as error:
        hint = "narrow it down, or raise --timeout"
        raise QueryLimitError(f"the query took longer than {timeout_s:g} seconds", hint=hint) from error
    except (kglite.KgError, ValueError, TypeError) as error:
        hint = "see docs/guide/queries.md for the common Cypher"
        raise InputError([f"query: {str(error).splitlines()[0]}"], hint=hint) from error
    total = (result.diagnostics or {}).get("total_rows")
    frame = pd.DataFrame(result.to_list(), columns=result.columns, dtype=object)
    return Rows(frame, len(frame) if total is None else int(total))
