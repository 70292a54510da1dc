"""The generated pages are those that the code and the data give today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside import rvig
from tools.reference import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_up_to_date(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_the_page_of_the_register_cases_is_up_to_date() -> None:
    assert (FOLDER / "rvig-cases.md").read_text(encoding="utf-8") == rvig.table(), "run: make docs"


def test_every_link_between_pages_leads_somewhere() -> None:
    import re

    root = FOLDER.parent.parent
    pages = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (Path(page.parent) / target).exists()
    ]
    assert broken == []
