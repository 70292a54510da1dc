"""Broken tables, mappings, YAML and options: no traceback, every row counted, no value of a secret column shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.fuzz import fuzz

pytestmark = pytest.mark.slow

TIMES = 250


@pytest.mark.parametrize("seed", range(0, 8 * TIMES, TIMES), ids="from seed {}".format)
def test_whatever_is_delivered_nothing_breaks_on_it(seed: int) -> None:
    assert list(fuzz(TIMES, seed=seed)) == []


def test_a_parquet_file_whose_description_is_damaged_ends_its_reading_and_not_the_process() -> None:
    command = [sys.executable, "-c", "import tools.fuzz; assert tools.fuzz.one(6880) == []"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
