"""What a query may not say on a server, which cannot stop what it does within one value."""

from __future__ import annotations

from typing import Any

import pytest

from barrier.detect.library import load_detectors, load_explore
from barrier.errors import InputError
from barrier.store.guard import ensure_reading
from barrier.store.server_guard import ensure_stoppable


def _checked(query: str, params: dict[str, Any] | None = None) -> None:
    ensure_stoppable(ensure_reading(query), params or {})


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (b:Business) WHERE b.name =~ '(?i).*bouw.*' RETURN b.id AS id",
        'MATCH (b:Business) WHERE b.name =~ $pattern AND b.sbi =~ "\\\\d{4}" RETURN b.id AS id',
        "UNWIND range(1, 10000000) AS x RETURN x",
        "RETURN [x IN range(-5, 900) | x] AS xs, 'range(1, 9999)' AS y // =~ '(a+)+'",
        "MATCH (a:Address) RETURN a.rooms AS range",
    ],
)
def test_what_a_server_can_stop_is_let_through(query: str) -> None:
    _checked(query, {"pattern": "p-[0-9]+"})


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("RETURN 'aa!' =~ '(a+)+$' AS x", "=~ with a repeat or | within what is repeated, on query line 1"),
        ("RETURN 1 AS y,\n 'aa!' =~ $bad AS x", "=~ with a repeat or | within what is repeated, on query line 2"),
        ("RETURN 'a' =~ '(a' + '+)+$' AS x", "=~ with something else than a text or a parameter that is one"),
        ("RETURN 'a' =~ ('(a+)+$') AS x", "=~ with something else"),
        ("MATCH (b:Business) RETURN 'a' =~ b.name AS x", "=~ with something else"),
        ("RETURN 'a' =~ toLower($bad) AS x", "=~ with something else"),
        ("RETURN 'a' =~ $many[0] AS x", "=~ with something else"),
        ("RETURN 'a' =~ $absent AS x", "=~ with something else"),
        ("RETURN 'aa' =~ '(a)\\1' AS x", "=~ with a single backslash, write two of them,"),
        ("RETURN 'aa' =~ '(a)\\\\1' AS x", "=~ with a sign that is not on the list, at place 4,"),
        ("RETURN reduce(s = 0, x IN range(1, 10000000000) | s + x) AS n", "range() that is not UNWIND range"),
        ("RETURN all(x IN range(0, 1000) WHERE x > 0) AS n", "range() that is not UNWIND range"),
        ("RETURN toStringList(`range`(1, 10000000000)) AS n", "range() that is not UNWIND range"),
        ("UNWIND reverse(range(1, 10000000000)) AS x RETURN x", "range() that is not UNWIND range"),
        ("UNWIND range(1, 10000000000) = [1] AS x RETURN x", "range() that is not UNWIND range"),
        ("WITH RANGE (1, $most) AS xs RETURN max(xs) AS x", "range() that is not UNWIND range"),
    ],
)
def test_what_a_server_might_work_at_for_ever_is_refused(query: str, problem: str) -> None:
    with pytest.raises(InputError) as error:
        _checked(query, {"bad": "(a+)+$", "many": ["(a+)+$"], "most": 10})

    assert str(error.value).startswith(f"query: {problem}")
    assert "CONTAINS" in str(error.value.hint)


def test_every_shipped_query_can_be_stopped() -> None:
    for query in [*(q.query for q in load_explore()), *(d.query for d in load_detectors())]:
        _checked(query)
