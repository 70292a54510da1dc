"""The threat model: what it names as proof is there."""

from __future__ import annotations

import re

import pytest

from barrier import resources

PAGE = (resources.root() / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|queries|docs)/[\w/.-]+)`", PAGE)))


@pytest.mark.parametrize("path", NAMED)
def test_every_test_and_file_that_the_threat_model_names_is_there(path: str) -> None:
    assert (resources.root() / path).exists()


def test_the_threat_model_names_tests_in_every_chapter() -> None:
    chapters = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    without = [c.splitlines()[0] for c in chapters if c.startswith("V") and "tests/" not in c]

    assert without == []
