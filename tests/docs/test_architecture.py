"""The newcomer's page says of rooms and stages what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.helpers import Results

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def _first_cells(title: str) -> list[list[str]]:
    rows = [line for line in _section(title).splitlines() if line.startswith("| `")]
    return [re.findall(r"`(\w+)`", row.split("|")[1]) for row in rows]


def test_the_rooms_stand_in_the_order_of_the_layers() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    layers = [re.findall(r"barrier\.(\w+)", layer) for layer in contract["layers"]]
    folders = {f.parent.name for f in (ROOT / "barrier").glob("*/__init__.py")}
    rooms = [names for layer in layers if (names := [n for n in layer if n in folders or n == "settings"])]

    assert _first_cells("Rooms, from top to bottom") == rooms
    assert {n for names in rooms for n in names} == folders | {"settings"}


def test_the_stages_are_those_of_scan_json_in_their_order(demo: Results) -> None:
    assert [name for names in _first_cells("The stages of a scan") for name in names] == list(demo.scan["seconds"])


def test_the_files_that_the_page_names_exist() -> None:
    assert [
        f for f in re.findall(r"`(\w+/\w+\.\w+)`", PAGE) if not any((ROOT / b / f).is_file() for b in ("", "barrier"))
    ] == []
