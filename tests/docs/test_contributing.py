"""CONTRIBUTING as it stands: its blocks go into a copy of the project, its commands are run, the tests it names pass.

Rule: what a newcomer is told is enough; a right detector, norm, label, power, gate or command makes no test red.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import ROOT, Checkout

pytestmark = pytest.mark.slow

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^( *)```(\w+)(?: ([^\n]+))?\n(.*?)^ *```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A block of the text: what goes where, or commands."""

    language: str
    place: str
    text: str


def blocks_of(chapter: str) -> list[Block]:
    """Return the blocks of a chapter, in order."""
    return [Block(b[2], b[3] or "", _out_of_list(b[1], b[4])) for b in _BLOCK.finditer(chapter)]


def _out_of_list(margin: str, text: str) -> str:
    return "".join(line.removeprefix(margin) for line in text.splitlines(keepends=True))


CHAPTERS = {c.partition("\n")[0]: blocks_of(c) for c in re.split(r"^## ", TEXT, flags=re.M)[1:]}
WALKS = {title: blocks for title, blocks in CHAPTERS.items() if blocks}


def apply(copy: Checkout, block: Block) -> None:
    """Put a block where it says: below a line of a file, at the end of one that is there, or into a new one."""
    name, _, below = block.place.partition(": ")
    file = copy.path / name
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    if below:
        line = re.search(rf"^{re.escape(below)}(?::| = ).*\n", old, re.M)
        assert line is not None, f"{name} has no line that begins with {below}"
        text = old[: line.end()] + block.text + old[line.end() :]
    else:
        text = f"{old.rstrip()}\n\n\n{block.text}" if old else block.text
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, dict[str, list[str]]]:
    """Return a copy after all walks, and by walk what went wrong in its commands."""
    copy = Checkout(tmp_path_factory.mktemp("project"))
    for block in (b for blocks in WALKS.values() for b in blocks if b.place):
        apply(copy, block)
    done: dict[str, str] = {}  # what several walks end with is run once, after all of them
    for line in (line for title in WALKS for line in _commands(title)):
        done[line] = done[line] if line in done else _failure(copy, line)
    return copy, {title: [done[line] for line in _commands(title) if done[line]] for title in WALKS}


def _commands(title: str) -> list[str]:
    return [line for block in WALKS[title] if block.language == "sh" for line in block.text.splitlines()]


def _failure(copy: Checkout, line: str) -> str:
    words = shlex.split(line)
    arguments = words[1:] if words[0] == "python" else ["-m", "barrier.cli", *words[1:]]
    done = copy.python(*arguments)
    return f"{line}: {done.stdout}{done.stderr}" if done.returncode else ""


def test_the_walks_that_are_promised_are_there() -> None:
    assert {
        "Add a detector (ten minutes)",
        "Add a norm",
        "Add a property, a label or a relationship",
        "Add a power (ten minutes)",
        "Add a partner and a gate",
        "Add a command",
    } <= {title for title, blocks in WALKS.items() if any(b.language == "sh" for b in blocks)}


@pytest.mark.parametrize("title", WALKS)
def test_the_commands_of_a_walk_end_well(title: str, walked: tuple[Checkout, dict[str, list[str]]]) -> None:
    assert walked[1][title] == []


# what a walk could make red: what it names, and what looks at all of a kind
TESTS = {
    "tests/detect/test_detectors.py": "let_by_many or new_version or belongs",
    "tests/report/test_documents.py": "dutch_sentence or innocent_explanation",
    "tests/model/test_model_files.py": "gm9099 or dated",
    "tests/advise/test_plans.py": "berth",
    "tests/advise/test_sharing.py": "(opens_one_way and harbour) or shipped_gate",
    "tests/cli/test_commands.py": "help_with_an_example and model",
}


def test_nothing_that_looks_at_all_of_a_kind_turns_red(walked: tuple[Checkout, dict[str, list[str]]]) -> None:
    wanted = [f"({Path(file).stem} and ({words}))" if words else Path(file).stem for file, words in TESTS.items()]
    done = walked[0].python("-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, "-k", " or ".join(wanted))

    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\d+ passed", done.stdout)


def test_the_detector_of_the_walk_has_a_case_for_its_comparison(walked: tuple[Checkout, dict[str, list[str]]]) -> None:
    copy, _ = walked
    copy.change("queries/detectors/let_by_many.cypher", "landlords >= $min", "landlords > $min")
    ((code, told),) = copy.commands("detectors test let_by_many")
    copy.change("queries/detectors/let_by_many.cypher", "landlords > $min", "landlords >= $min")

    assert code == 2, told
