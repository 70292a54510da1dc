"""`barrier query` by name: what a query needs is asked for; an empty answer is never an answer to nothing."""

from __future__ import annotations

import pytest

from tests.helpers import Results, run


@pytest.mark.parametrize("more", [[], ["--param", "node="]], ids=["left out", "empty"])
def test_a_query_without_what_it_needs_is_refused_with_an_example(more: list[str], demo: Results) -> None:
    done = run("query", "neighbours", "--store", str(demo.store), *more)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "neighbours: no value for node: Id of any node." in done.stderr
    assert "barrier query neighbours --store barrier-demo.barrier --param node=ring-lender" in done.stderr


def test_a_query_with_what_it_needs_answers(demo: Results) -> None:
    done = run("query", "neighbours", "--store", str(demo.store), "--param", "node=ring-lender")

    assert done.exit_code == 0
    assert "No rows." not in done.stdout
