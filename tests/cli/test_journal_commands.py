"""`barrier case verify`, `sign`, `restored` and `barrier audit`, on a store with a case in it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from barrier.audit.events import readings_about
from barrier.audit.places import audit_file, cases_file
from barrier.casework.marks import mark_file
from tests.casework.journals import edit, rewrite_chain
from tests.helpers import Results, copy_store, run

pytestmark = pytest.mark.slow

AT = ("--at", "2026-09-01")


@pytest.fixture(scope="module")
def original(demo: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store, its results and log, in which a case was opened and decided upon."""
    folder = tmp_path_factory.mktemp("office")
    copy_store(demo.store, folder / "results.barrier")
    on = ("--store", str(folder / "results.barrier"))
    assert run("case", "open", "ring-lender", "--by", "Jansen", *AT, *on).exit_code == 0
    assert run("case", "accept", "ring-lender", "wml", "--by", "Jansen", "--reason", "yes", *on).exit_code == 0
    scanned = run("scan", "fixtures/demo", "--out", str(folder / "results"), *AT)
    assert scanned.exit_code == 0, scanned.output
    return folder


@pytest.fixture
def office(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "office")
    return tmp_path / "office"


def _case(office: Path, command: str, *arguments: str) -> Result:
    return run("case", command, *arguments, "--store", str(office / "results.barrier"))


def _file(office: Path) -> Path:
    return cases_file(str(office / "results.barrier"))


def _log(office: Path) -> Path:
    return audit_file(str(office / "results.barrier"))


def test_verify_says_what_it_was_held_against_and_what_it_cannot_show(office: Path) -> None:
    done = _case(office, "verify")

    assert done.exit_code == 0, done.output
    assert "journal: 2 lines, whole; held against" in done.stdout
    assert "cannot show who sat at the keyboard" in done.stderr


def test_results_and_log_carry_the_last_line_and_a_chain_written_anew_fails_against_either(office: Path) -> None:
    scan = json.loads((office / "results" / "scan.json").read_text(encoding="utf-8"))
    assert scan["journal"].startswith("2:")
    mark_file(_file(office)).unlink()
    rewrite_chain(_file(office), {"Jansen": "Pietersen"})

    done = _case(office, "verify")
    assert done.exit_code == 2
    assert "results/scan.json knows line 2 with another content" in done.stderr
    assert "results.barrier.audit.jsonl line" in done.stderr
    _log(office).unlink()
    (office / "results" / "scan.json").rename(office / "kept.json")
    gone = _case(office, "verify")  # of the journal nothing is left that could tell; of the log its mark does
    assert (gone.exit_code, "log of readings: readings.head knows line" in gone.stderr) == (2, True)
    assert re.search(r"knows line 2\b", gone.stderr) is None
    assert "kept.json knows line 2 " in _case(office, "verify", "--anchor", str(office / "kept.json")).stderr
    assert _case(office, "verify", "--anchor", scan["journal"]).exit_code == 2
    assert _case(office, "verify", "--anchor", scan["journal"].split(":")[1]).exit_code == 2


@pytest.mark.parametrize("name", ["report.docx", "report.html"])
@pytest.mark.parametrize("viewed", [(), ("--as", "labour_inspectorate")], ids=["office", "partner"])
def test_a_document_carries_the_last_line_for_a_partner_without_its_number(
    office: Path, name: str, viewed: tuple[str, ...]
) -> None:
    out = office / name
    if viewed:
        made = _case(office, "agenda", "--out", str(out), *AT, *viewed)
    else:
        made = _case(office, "document", "ring-lender", "--out", str(out), *AT)
    assert made.exit_code == 0, made.output
    assert _case(office, "verify", "--anchor", str(out)).exit_code == 0
    if viewed and name.endswith("html"):
        assert "logboek: 2:" not in out.read_text(encoding="utf-8")

    mark_file(_file(office)).unlink()
    _log(office).unlink()
    shutil.rmtree(office / "results")
    rewrite_chain(_file(office), {"Jansen": "Pietersen"})
    done = _case(office, "verify", "--anchor", str(out))
    assert (done.exit_code, "with another content" in done.stderr) == (2, True)


def test_an_anchor_that_is_none_is_refused(office: Path) -> None:
    (office / "letter.html").write_text("nothing")

    assert "holds no line of the journal" in _case(office, "verify", "--anchor", str(office / "letter.html")).stderr
    assert "no file, and no anchor" in _case(office, "verify", "--anchor", "12:abc").stderr


@pytest.mark.parametrize("marked", [True, False], ids=["mark kept", "mark gone too"])
@pytest.mark.parametrize("attack", ["deleted", "emptied", "empty database"])
@pytest.mark.parametrize(
    "command", [("case", "list"), ("case", "show", "ring-lender"), ("case", "verify"), ("evaluate",)], ids=" ".join
)
def test_cases_that_vanished_are_an_error_in_every_command(
    office: Path, attack: str, command: tuple[str, ...], marked: bool
) -> None:
    _file(office).unlink()
    if attack != "deleted":
        _file(office).touch()
    if attack == "empty database":
        with closing(sqlite3.connect(_file(office))) as raw:
            raw.execute("CREATE TABLE t (a)")
            raw.execute("DROP TABLE t")
    if not marked:
        mark_file(_file(office)).unlink()

    done = run(*command, "--store", str(office / "results.barrier"))
    assert done.exit_code == 2
    assert "there were cases" in done.stderr


def test_a_scan_too_refuses_a_store_whose_cases_vanished(office: Path) -> None:
    _file(office).unlink()

    done = run("scan", "fixtures/demo", "--out", str(office / "results"), *AT)
    assert (done.exit_code, "there were cases" in done.stderr) == (2, True)


def test_after_a_copy_was_brought_back_one_goes_on_by_saying_so(office: Path) -> None:
    shutil.copy(_file(office), office / "backup")
    assert _case(office, "reject", "ring-lender", "bibob", "--by", "J", "--reason", "no").exit_code == 2
    assert _case(office, "assign", "ring-lender", "--partner", "tax", "--to", "A", "--by", "J").exit_code == 0
    assert _case(office, "list").exit_code == 0  # the log of readings knows line 3 now
    shutil.copy(office / "backup", _file(office))

    assert "lines 3 to 3 are missing: cut off, or an older copy" in _case(office, "verify").stderr
    assert _case(office, "restored", "--by", "Jansen").exit_code == 2
    done = _case(office, "restored", "--by", "Jansen", "--reason", "disk broke")
    assert done.stdout == "journal: lines 3 to 3 are lost; recorded by Jansen\n"
    after = _case(office, "verify")
    assert after.exit_code == 0, after.output
    assert "lines 3 to 3 were lost, and Jansen recorded it" in after.stderr


def test_the_office_signs_and_a_chain_written_anew_does_not_pass(office: Path) -> None:
    key = office / "office.key"
    key.write_bytes(b"k" * 32)
    signed = _case(office, "sign", "--signing-key", str(key), "--by", "Jansen")
    assert signed.stdout.startswith("2:")
    assert "signed with this key up to line 2 of 2" in _case(office, "verify", "--signing-key", str(key)).stderr

    edit(_file(office), "DELETE FROM journal_signature")
    assert _case(office, "verify", "--signing-key", str(key)).exit_code == 2
    key.write_bytes(b"short")
    assert "at least 16 bytes" in _case(office, "verify", "--signing-key", str(key)).stderr


def test_who_looked_at_somebody_is_answered_without_the_log_naming_anybody(office: Path) -> None:
    on = ("--store", str(office / "results.barrier"))
    run("networks", "show", "ring-lender", *AT, *on, "--purpose", "intake")
    done = run("audit", "about", "ring-lender", *on)

    assert b"ring-lender" not in _log(office).read_bytes()
    assert "networks (about something): intake" in done.stdout
    assert "case accept (about something)" in done.stdout
    assert run("audit", "about", "ring-nobody", *on).stdout == ""
    assert json.loads(run("audit", "show", "1", *on).stdout)["n"] == 1
    assert run("audit", "show", "9999", *on).exit_code == 2


def test_a_log_that_was_cut_off_fails_against_the_results_beside_it(office: Path) -> None:
    on = ("--store", str(office / "results.barrier"))
    assert run("audit", "verify", *on).exit_code == 0
    lines = _log(office).read_bytes().splitlines(keepends=True)
    _log(office).write_bytes(b"".join(lines[:2]))

    done = run("audit", "verify", *on)
    assert done.exit_code == 2
    assert "results/scan.json knows line" in done.stderr


def test_case_verify_does_not_lean_on_a_log_that_was_touched(office: Path) -> None:
    _log(office).write_bytes(_log(office).read_bytes().replace(b'"purpose":"test"', b'"purpose":"rest"', 1))

    done = _case(office, "verify")
    assert (done.exit_code, "log of readings: line" in done.stderr) == (2, True)


def test_an_older_copy_put_back_right_after_a_decision_is_told_and_not_gone_on_with(office: Path) -> None:
    store = office / "results.barrier"
    shutil.copytree(store, office / "copy")
    assert _case(office, "weigh", "ring-lender", "--verdict", "care", "--by", "Vos", "--reason", "x 1").exit_code == 0
    shutil.rmtree(store)
    (office / "copy").rename(store)

    told = _case(office, "verify")
    weighed = _case(office, "assign", "ring-lender", "--partner", "tax", "--to", "Smit", "--by", "Vos")

    assert told.exit_code == 2
    assert "line 3" in told.stderr
    assert weighed.exit_code == 2
    assert "line 3 of the journal, which" in weighed.stderr
    assert "case restored" in weighed.stderr
    assert _case(office, "restored", "--by", "Vos", "--reason", "backup of yesterday").exit_code == 0
    assert _case(office, "assign", "ring-lender", "--partner", "tax", "--to", "Smit", "--by", "Vos").exit_code == 0
    assert _case(office, "verify").exit_code == 0


QUERY = "MATCH (b:Business) WHERE b.id = $node OR b.id IN ['x-1', \"x-2\"] RETURN b.id AS id ORDER BY id"


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        ("ring-lender", ("query", "{query}", "--param", "node=ring-lender")),
        ("x-2", ("query", "{query}", "--param", "node=ring-lender")),
        ("x-1", ("query", "{query}", "--param", "node=ring-lender")),
        ("ring-letting", ("score", "{ids}", *AT)),
        ("ring-lender", ("view", "ring-lender", "--out", "{folder}/v.html", *AT)),
        ("ring-lender", ("advise", "ring-lender", *AT)),
        ("ring-letting", ("networks", "what-if", "ring-lender", "--remove", "ring-letting", *AT)),
        ("case-2026-0001", ("case", "show", "ring-lender", *AT)),
        ("case-2026-0001", ("case", "document", "ring-lender", "--out", "{folder}/d.html", *AT)),
        ("ring-lender", ("case", "journal", "ring-lender")),
        ("case-2026-0001", ("case", "journal", "ring-lender")),
    ],
)
def test_whatever_way_somebody_was_asked_for_the_log_answers(
    office: Path, asked: str, arguments: tuple[str, ...]
) -> None:
    places = {"query": office / "q.cypher", "ids": office / "ids.csv", "folder": office}
    places["query"].write_text(QUERY, encoding="utf-8")
    places["ids"].write_text("id\nring-letting\n", encoding="utf-8")
    store = str(office / "results.barrier")
    before = len(readings_about(store, asked))
    done = run(*(a.format(**places) for a in arguments), "--store", store)

    assert done.exit_code == 0, done.output
    assert len(readings_about(store, asked)) > before


def _on(office: Path, *command: str) -> Result:
    return run(*command, "--store", str(office / "results.barrier"))


def test_a_log_removed_before_a_scan_into_the_same_folder_is_told_by_the_scan_and_by_verify(office: Path) -> None:
    _log(office).unlink()
    again = run("scan", "fixtures/demo", "--out", str(office / "results"), *AT)
    told = json.loads((office / "results" / "scan.json").read_text(encoding="utf-8"))["warnings"]

    assert again.exit_code == 0
    assert [w for w in told if "of the log of readings is gone: cut off, removed" in w]
    assert _on(office, "audit", "verify").exit_code == 2
    assert "known elsewhere, was gone; see: barrier audit restored" in _on(office, "audit", "verify").stderr
    assert _case(office, "verify").exit_code == 2


def test_a_store_copied_without_its_log_is_read_and_says_what_to_do_until_it_was_done(office: Path) -> None:
    store = office / "elsewhere.barrier"
    shutil.copytree(office / "results.barrier", store)
    to_do = f"barrier audit restored --store {store} --by NAME --reason TEXT"
    on = ("--store", str(store))
    for command in (("networks", "list", *AT), ("case", "list"), ("case", "open", "ring-lender", "--by", "J", *AT)):
        done = run(*command, *on)
        assert (done.exit_code, done.stderr.count(to_do)) == (2 if "open" in command else 0, 1), done.output
    assert to_do in run("doctor", *on).stdout
    assert run("audit", "verify", *on).exit_code == 2
    assert run("audit", "restored", "--by", "Jansen", *on).exit_code == 2

    done = run("audit", "restored", "--by", "Jansen", "--reason", "moved to a new machine", *on)
    assert done.exit_code == 0
    assert done.stdout.startswith("audit: line ")
    assert done.stdout.endswith(" lost; recorded by Jansen\n")
    after = run("audit", "verify", *on)
    assert after.exit_code == 0, after.output
    assert "and what came with it was lost; Jansen recorded why on" in after.stderr
    assert to_do not in run("networks", "list", *AT, *on).stderr
    assert run("audit", "restored", "--by", "Jansen", "--reason", "again", *on).exit_code == 2


def test_a_log_whose_last_line_was_cut_off_is_told_although_no_results_know_the_line(office: Path) -> None:
    assert _on(office, "networks", "list", *AT).exit_code == 0
    assert _on(office, "audit", "verify").exit_code == 0
    _log(office).write_bytes(b"".join(_log(office).read_bytes().splitlines(keepends=True)[:-1]))

    done = _on(office, "audit", "verify")
    assert (done.exit_code, "readings.head knows line" in done.stderr) == (2, True), done.stderr
    assert _on(office, "networks", "list", *AT).exit_code == 0
    assert _on(office, "audit", "verify").exit_code == 2


def test_the_log_of_an_import_that_was_removed_is_told(tmp_path: Path) -> None:
    on = ("--store", str(tmp_path / "x.barrier"))
    assert run("import", "fixtures/demo", *on).exit_code == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".head")] == []
    (tmp_path / "x.barrier.audit.jsonl").unlink()

    assert run("audit", "verify", *on).exit_code == 2
    again = run("import", "fixtures/demo", *on)
    assert (again.exit_code, "line 1 of the log of readings is gone" in again.stderr) == (0, True)
    assert run("audit", "verify", *on).exit_code == 2
