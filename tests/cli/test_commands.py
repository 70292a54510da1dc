"""The command line as a user meets it: help and examples, exit codes, output for people and for scripts."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from barrier import resources
from barrier.cli.main import main
from barrier.detect.library import load_explore
from barrier.store.own_folders import READINGS
from tests.helpers import Results, copy_store, run

pytestmark = pytest.mark.slow


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = {" ".join(path): command for path, command in _commands(main)}
EXAMPLES = [
    line.strip()
    for command in COMMANDS.values()
    for line in (command.help or "").splitlines()
    if line.strip().startswith(("barrier ", "echo "))
] + [q.header.example for q in load_explore()]


@pytest.fixture(scope="module")
def place(demo: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a user has it after `barrier demo`, with a file of ids."""
    folder = tmp_path_factory.mktemp("user")
    copy_store(demo.store, folder / "barrier-demo.barrier")
    shutil.copytree(demo.path, folder / "barrier-demo")
    (folder / "fixtures").symlink_to(resources.fixtures())
    (folder / "ids.csv").write_text("id,note\nring-a1,first\nring-lender,second\nnowhere,third\n")
    return folder


def test_a_scan_begins_to_read_its_graph_before_it_imports_what_takes_long() -> None:
    code = (
        "import sys, click\n"
        "from barrier.cli.main import main\n"
        "main.get_command(click.Context(main), 'scan')\n"
        "print('barrier.store.ahead' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False"]


def test_a_scan_imports_what_structures_and_terminals_need_only_where_they_are() -> None:
    code = "import sys, barrier.cli.scanning; print(sorted({'networkx', 'rich', 'pygal', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["['pandas']"]


def test_a_check_imports_nothing_that_only_a_scan_needs() -> None:
    code = (
        "import sys\n"
        "from barrier.cli.main import main\n"
        "main(['check', 'fixtures/demo'], standalone_mode=False)\n"
        "print(sorted({'igraph', 'jinja2', 'phonenumbers', 'barrier.scan.run'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_every_option_says_what_it_is(name: str) -> None:
    command = COMMANDS[name]

    assert "Example" in (command.help or "")
    assert [p.name for p in command.params if isinstance(p, click.Option) and not p.help] == []
    shown = run(*name.split(), "--help")
    assert shown.exit_code == 0
    assert re.search(r"Example:\n\n +barrier ", shown.output)
    assert "\\b" not in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_entry_in_the_reference(name: str) -> None:
    text = Path("docs/reference/commands.md").read_text(encoding="utf-8")

    assert f"## barrier {name}\n" in text


def _with_case(place: Path, folder: Path, *, opened: bool) -> Path:
    """Return a folder with the store of the demo and, in it, a case with one visit that was accepted and planned."""
    store = folder / "barrier-demo.barrier"
    copy_store(place / store.name, store)
    if opened:
        on = ["--store", str(store)]
        run("case", "open", "ring-lender", "--by", "Jansen", "--at", "2026-09-01", *on)
        run("case", "accept", "ring-lender", "housing_visit", "--by", "Jansen", "--reason", "first look", *on)
        plan = ["--on", "2026-09-02", "--basis", "Awb 5:11", "--by", "Jansen"]
        run("case", "intervene", "ring-lender", "housing_visit", *plan, *on)
    return folder


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_works_as_it_stands(
    example: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    shutil.rmtree(place / "big-region", ignore_errors=True)
    said, _, rest = example.partition(" | ")
    stdin = shlex.split(said)[1] if said.startswith("echo ") else None
    words = shlex.split(rest if stdin else said)
    if words[1] == "case":
        place = _with_case(place, tmp_path, opened=words[2] != "open")
        (place / "office.key").write_bytes(b"k" * 32)
        if words[2] == "restored":
            (place / "barrier-demo.barrier" / "cases.sqlite").unlink()
        monkeypatch.chdir(place)
    if words[1:3] == ["audit", "restored"]:
        copy_store(place / "barrier-demo.barrier", tmp_path / "barrier-demo.barrier")
        (tmp_path / "barrier-demo.barrier.audit.jsonl").unlink()
        monkeypatch.chdir(tmp_path)
    if words[1] == "key":  # of its own: other stores of the tests would be read with another key than theirs
        shutil.copytree(Path.home() / ".config", tmp_path / "home" / ".config")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        shutil.copytree(place / "barrier-demo", tmp_path / "barrier-demo")
        copy_store(place / "barrier-demo.barrier", tmp_path / "barrier-demo.barrier")
        monkeypatch.chdir(tmp_path)
    if words[1] == "schedule" and words[2] != "add":
        job = ["--region", "fixtures/demo", "--out", "nightly", "--cron", "15 3 * * *", "--file", "schedule.sqlite"]
        run("schedule", "add", "nightly", *job)
    small = {"200000": "2000"}  # the example shows a large region; a small one proves the same command

    done = run(*[small.get(w, w) for w in words[1:]], stdin=stdin)

    assert done.exit_code == 0, done.output


def test_the_demo_says_where_the_report_is_and_its_ten_most_telling_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("demo")

    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    numbers = [line.split(". ")[0] for line in lines if re.match(r"\d+\. ", line)]
    assert numbers == [str(i) for i in range(1, 11)]
    assert str(tmp_path / "barrier-demo" / "report.html") in done.stdout
    assert {p.name for p in tmp_path.iterdir()} == {
        "barrier-demo",
        "barrier-demo.barrier",
        "barrier-demo.barrier.lock",
        "barrier-demo.barrier.audit.jsonl",
    } - ({"barrier-demo.barrier.lock"} if not (tmp_path / "barrier-demo.barrier.lock").exists() else set())


def test_a_scan_tells_scripts_what_it_did_as_one_json_object(tmp_path: Path) -> None:
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "out"), "--json")

    told = json.loads(done.stdout)
    assert told["findings"] == len(Results(tmp_path / "out").findings)
    assert told["scan"]["at"] == "2026-09-01"


def test_the_same_input_gives_the_same_bytes(demo: Results, tmp_path: Path) -> None:
    run("scan", "fixtures/demo", "--out", str(tmp_path / "again"))

    for name in ("findings.jsonl", "occupancy.csv", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (demo.path / name).read_bytes()


def test_another_day_gives_another_answer(demo: Results, tmp_path: Path) -> None:
    run("scan", "fixtures/demo", "--out", str(tmp_path / "then"), "--at", "2025-12-01")
    then = Results(tmp_path / "then")

    assert then.occupancy.loc["ring-a1", "certain"] == 21
    assert demo.occupancy.loc["ring-a1", "certain"] == 7


def test_a_result_folder_holds_what_the_design_says(demo: Results) -> None:
    assert {p.name for p in demo.path.iterdir()} == {
        "scan.json",
        "occupancy.csv",
        "findings.jsonl",
        "clusters.jsonl",
        "advice.jsonl",
        "networks",
        "report.html",
    }
    assert list(demo.occupancy.reset_index().columns) == [
        "address",
        "certain",
        "possible",
        "observed",
        "area_m2",
        "norm_m2",
        "permitted",
        "m2_per_person",
        "verdict",
        "explanation",
        "peak_from",
        "peak_until",
        "together",
    ]
    assert set(demo.findings[0]) == {
        "id",
        "detector",
        "version",
        "hash",
        "barrier",
        "subject",
        "facts",
        "strength",
        "explanations",
        "sources",
        "first_seen",
        "expires",
    }
    assert demo.scan["purpose"] == "test"


def test_every_finding_expires_after_ninety_days_and_carries_its_rule(demo: Results) -> None:
    assert {f["expires"] for f in demo.findings} == {"2026-11-30"}
    assert all(f["version"] >= 1 and len(f["hash"]) == 16 and f["facts"] for f in demo.findings)


def test_an_import_makes_a_store_and_the_second_one_changes_nothing(tmp_path: Path) -> None:
    store = tmp_path / "x.barrier"
    first = run("import", "fixtures/demo", "--store", str(store))
    before = _times(store)
    second = run("import", "fixtures/demo", "--store", str(store), "--json")

    assert "loaded" in first.output
    assert json.loads(second.stdout)["changed"] is False
    assert _times(store) == before


def _times(store: Path) -> dict[str, int]:
    """Return when files of a store were written, but for where the log of its readings ends."""
    return {p.name: p.stat().st_mtime_ns for p in store.rglob("*") if p.name != READINGS}


def test_an_import_sets_wrong_rows_aside_in_a_file_beside_the_store(region: Path, tmp_path: Path) -> None:
    (region / "Person.csv").write_text("id,birth_year\np-1,x\np-2,1990\n")
    done = run("import", str(region), "--store", str(tmp_path / "x.barrier"))

    assert done.exit_code == 2
    assert "1 row was set aside" in done.stderr
    assert (tmp_path / "x.barrier.rejected.csv").read_text().count("\n") == 2


def test_score_answers_row_by_row_and_keeps_the_other_columns(demo: Results, place: Path) -> None:
    done = run("score", str(place / "ids.csv"), "--store", str(demo.store), "--at", "2026-09-01")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}

    assert done.exit_code == 0
    assert [rows["ring-a1"][c] for c in ("note", "state", "label", "housing", "entry", "finance")] == [
        "first",
        "found",
        "Address",
        "strong",
        "strong",
        "",
    ]
    assert "overcrowded:ring-a1" in rows["ring-a1"]["findings"]
    assert [rows["nowhere"][c] for c in ("state", "reasons")] == [
        "unknown",
        "no address, business or licence with this id in the store",
    ]


def test_score_refuses_a_person_with_the_reason_and_answers_the_rest(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("id\nring-p1\nring-a1\n")
    done = run("score", str(tmp_path / "ids.csv"), "--store", str(demo.store), "--at", "2026-09-01", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.exit_code == 2
    assert [r["state"] for r in rows] == ["refused", "found"]
    assert rows[0]["reasons"].startswith("a person is never scored")
    assert rows[0]["findings"] == ""


def test_score_without_the_column_says_which_there_are(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("nummer\nring-a1\n")
    done = run("score", str(tmp_path / "ids.csv"), "--store", str(demo.store))

    assert done.exit_code == 2
    assert "ids.csv: line 1: expected the columns id; missing id, found nummer" in done.stderr


def test_query_gives_a_table_csv_and_json(demo: Results) -> None:
    text = "MATCH (b:Business) WHERE b.id STARTS WITH 'ring-l' RETURN b.id AS id, b.name AS name ORDER BY id"
    store = str(demo.store)

    assert "Vlotwerk Uitzend" in run("query", "-", "--store", store, stdin=text).stdout
    assert run("query", "-", "--store", store, "--csv", stdin=text).stdout.splitlines()[0] == "id,name"
    found = run("query", "-", "--store", store, "--json", stdin=text).stdout.splitlines()
    assert [json.loads(line)["id"] for line in found] == ["ring-lender", "ring-letting"]


def test_query_with_parameters_from_a_file(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "mine.cypher").write_text("MATCH (b:Business) WHERE b.id = $which RETURN b.name AS name\n")
    file, store = str(tmp_path / "mine.cypher"), str(demo.store)

    assert (
        run("query", file, "--store", store, "--param", "which=ring-lender", "--csv").stdout
        == "name\nVlotwerk Uitzend\n"
    )
    missing = run("query", file, "--store", store)
    assert missing.exit_code == 2
    assert "no value for $which" in missing.stderr


def test_a_detector_can_be_run_as_a_query_with_other_thresholds(demo: Results) -> None:
    arguments = ("query", "rapid_turnover", "--store", str(demo.store), "--param", "at=2026-09-01", "--csv")

    assert "ring-a1" in run(*arguments).stdout
    assert "ring-a1" not in run(*arguments, "--param", "min_stays=99").stdout


def test_a_query_that_is_wrong_says_so_without_a_traceback(demo: Results) -> None:
    done = run("query", "-", "--store", str(demo.store), stdin="MATCH (a:Address RETURN a")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: query: ")
    assert "Traceback" not in done.output


def test_every_reading_is_recorded_with_who_when_why_and_how_many(demo: Results) -> None:
    text = "MATCH (b:Business {id: 'ring-lender'}) RETURN b.name AS name"
    run("query", "-", "--store", str(demo.store), "--purpose", "case 7", stdin=text)
    log = demo.store.with_name(f"{demo.store.name}.audit.jsonl")
    last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])

    assert [last["action"], last["purpose"], last["rows"], last["subject"]] == ["query", "case 7", 1, "-"]
    assert last["actor"]
    assert "ring-lender" not in json.dumps({k: v for k, v in last.items() if k != "store"})


def test_generate_gives_the_same_region_for_the_same_seed_and_refuses_a_full_folder(tmp_path: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert run("generate", "--persons", "500", "--seed", seed, "--out", str(tmp_path / name)).exit_code == 0
    content = {n: [(f.name, f.read_bytes()) for f in sorted((tmp_path / n).iterdir())] for n in "abc"}

    assert content["a"] == content["b"]
    assert content["a"] != content["c"]
    assert run("generate", "--persons", "500", "--out", str(tmp_path / "a")).exit_code == 2


def test_a_generated_region_is_without_a_wrong_row(tmp_path: Path) -> None:
    run("generate", "--persons", "3000", "--out", str(tmp_path / "r"))

    assert run("check", str(tmp_path / "r")).exit_code == 0


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("scann").exit_code == 2


def test_a_result_folder_with_other_things_in_it_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    done = run("scan", "fixtures/demo", "--out", str(tmp_path / "out"))

    assert done.exit_code == 2
    assert "holds something that is not the result of a scan" in done.stderr
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"
