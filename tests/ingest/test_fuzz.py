"""Broken tables, mappings, YAML and options: no traceback, every row counted, no value of a secret column shown."""

from __future__ import annotations

import pytest

from tools.fuzz import fuzz

TIMES = 250


@pytest.mark.parametrize("seed", range(0, 8 * TIMES, TIMES), ids="from seed {}".format)
def test_whatever_is_delivered_nothing_breaks_on_it(seed: int) -> None:
    assert list(fuzz(TIMES, seed=seed)) == []
