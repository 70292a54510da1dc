"""Commands that show a case to a partner: only to whom it may be told, and of that only what may be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barrier import resources
from tests.helpers import run

pytestmark = pytest.mark.slow

AT = ["--at", "2026-09-01"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("cases") / "out"
    store = ["--store", f"{out}.barrier"]
    for command in (
        ["scan", str(resources.fixtures() / "demo"), "--out", str(out)],
        ["case", "open", "ring-lender", "--by", "Jansen", *store, *AT],
        ["case", "accept", "case-2026-0001", "brp_enquiry", "--by", "Jansen", "--reason", "least intrusive", *store],
        ["case", "accept", "case-2026-0001", "labour_register", "--by", "Visser", "--reason", "the file", *store],
        ["case", "assign", "case-2026-0001", "--partner", "tax", "--to", "De Wit", "--by", "Jansen", *store],
    ):
        done = run(*command)
        assert done.exit_code == 0 or "labour_register" in command, done.output
    return [*store, *AT]


@pytest.mark.parametrize("partner", ["bank", "ggd", "fire_brigade", "notary", "care_coordinator"])
def test_a_case_that_is_not_for_a_partner_gives_the_words_of_an_unknown_one(partner: str, place: list[str]) -> None:
    names = ("ring-lender", "case-2026-0001", "ring-a1", "nothing-there")
    told = [run("case", "show", name, "--as", partner, *place) for name in names]
    words = {t.stdout + t.stderr.replace(n, "X") for t, n in zip(told, names, strict=True)}

    assert {t.exit_code for t in told} == {2}
    assert len(words) == 1

    listed = run("case", "list", "--as", partner, *place)
    assert (listed.exit_code, listed.stdout) == (0, "")


def test_a_partner_of_the_covenant_sees_step_and_own_decisions_and_not_those_of_care(place: list[str]) -> None:
    row = json.loads(run("case", "show", "ring-lender", "--as", "civil_registry", "--json", *place).stdout)
    states = {(a["partner"], a["power"]): a["state"] for a in row["advice"]}

    assert row["step"] == "assignment"
    assert states["civil_registry", "brp_enquiry"] == "accepted"
    assert {s for (p, _), s in states.items() if p in ("comensha", "care_coordinator", "fairwork")} == {"not_shown"}
    assert row["title"] == "case-2026-0001"
    assert "members" not in row


def test_under_pseudonyms_neither_the_number_of_the_case_nor_who_opened_it_is_told(place: list[str]) -> None:
    told = run("case", "show", "ring-lender", "--as", "emm", "--json", *place).stdout

    assert [w for w in ("case-2026", "Jansen", "De Wit", "ring-") if w in told] == []
    assert json.loads(told)["case_id"].startswith("x-")


def test_waiting_feedback_is_told_to_the_reporter_alone(place: list[str]) -> None:
    listed = run("case", "list", "--ageing", "--as", "mayor", *place)

    assert (listed.exit_code, listed.stdout) == (0, "")


def test_people_that_are_withheld_are_not_told_as_nobody(place: list[str], tmp_path: Path) -> None:
    page = tmp_path / "d.html"
    done = run("case", "document", "ring-lender", "--lang", "en", "--as", "social_support", "--out", str(page), *place)

    if done.exit_code == 0:
        assert " 0 people" not in page.read_text(encoding="utf-8")
    advised = run("advise", "--as", "social_support", *place).stdout
    assert "0 people" not in advised


@pytest.mark.parametrize("as_partner", [(), ("--as", "police"), ("--as", "civil_registry"), ("--as", "emm")])
def test_a_list_and_a_case_say_the_same_of_it(as_partner: tuple[str, ...], place: list[str]) -> None:
    listed = run("case", "list", *as_partner, *place).stdout.splitlines()
    shown = run("case", "show", "ring-lender", *as_partner, *place).stdout.splitlines()

    assert listed == shown[:1]
    assert [line for line in listed if line.count("case-2026-0001") > 1] == []


def test_a_document_names_a_case_without_a_title_of_its_own_once(place: list[str], tmp_path: Path) -> None:
    for partner in ("police", "civil_registry"):
        page = tmp_path / f"{partner}.html"
        run("case", "document", "ring-lender", "--lang", "en", "--as", partner, "--out", str(page), *place)
        text = page.read_text(encoding="utf-8")

        assert "case-2026-0001" in text
        assert "(case-2026-0001)" not in text
