"""The examples of files with rules, in the reference and in the guide, are read as they stand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from barrier.advise.sharing import sharing_of, shipped_sharing
from barrier.analysis.ruleset import check_rules
from barrier.errors import InputError
from barrier.model.rules import RuleFile, Rules
from tests.helpers import run
from tools.reference_rules import EXAMPLES

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "advice.md"


def test_the_examples_of_the_reference_are_read_together_with_what_ships() -> None:
    check_rules(Rules(tuple(RuleFile(name, text) for name, text in EXAMPLES.items())))


def test_the_date_of_a_covenant_is_written_alone_as_in_the_guide() -> None:
    (text,) = re.findall(r"```yaml\n(format: 1\ncovenants:.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    ours, shipped = sharing_of(Rules((RuleFile("partners/sharing-ours.yaml", text),))), shipped_sharing()

    assert (ours.covenants["riec"].expires, ours.covenants["riec"].verify) == (date(2029, 1, 1), False)
    assert ours.covenants["riec"].members == shipped.covenants["riec"].members
    assert {g.id for g in shipped.gates} - {g.id for g in ours.gates} == {"covenant_minors"}


def test_a_covenant_of_nobody_is_refused() -> None:
    text = "format: 1\ncovenants: {ours: {expires: 2029-01-01}}\n"

    with pytest.raises(InputError, match="covenant ours: expected members"):
        sharing_of(Rules((RuleFile("partners/sharing-ours.yaml", text),)))


@pytest.mark.parametrize("name", ["partners/sharing-ours.yaml", "partners/ours.yaml"])
def test_switching_off_what_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="unknown (gate|power) no_such_thing"):
        check_rules(Rules((RuleFile(name, "format: 1\noff: [no_such_thing]\n"),)))


def test_check_refuses_a_broken_file_with_rules_and_names_the_page_of_its_fields(tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "partners"
    rules.mkdir(parents=True)
    (rules / "sharing-ours.yaml").write_text("format: 1\ncovenants: {riec: {ends: 2029-01-01}}\n")

    done = run("check", "fixtures/demo", "--rules", str(rules.parent))

    assert done.exit_code == 2
    assert "docs/reference/rules.md" in done.stderr
