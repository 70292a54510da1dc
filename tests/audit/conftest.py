"""A store for tests of its log of readings."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.store.own_folders import mark_store


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Return an empty store, in which nothing was read yet."""
    place = tmp_path / "r.barrier"
    mark_store(place)
    return str(place)
