"""Only what Barrier made is ever removed: folders and files of somebody else are as they were after every command."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from tests.helpers import Results, run

pytestmark = pytest.mark.slow

DEMO = "fixtures/demo"


def _content(folder: Path) -> dict[str, str]:
    """Return a mark of everything in a folder, links as links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link {path.readlink()}"
        else:
            found[name] = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a folder of somebody else with the names that Barrier uses."""
    folder = tmp_path / "photos"
    for name in ("g-2024", "g-0123456789abcdef", "history", "baseline", "baseline.part", "networks"):
        (folder / name).mkdir(parents=True)
        (folder / name / "picture.jpg").write_bytes(b"picture")
    (folder / "current.json").write_text('{"song": 3}')
    (folder / "report.html").write_text("mine")
    (folder / "history" / "2026-01-05-0123abcd").mkdir()
    (folder / "history" / ".x.part").mkdir()
    return folder


def _small(tmp_path: Path) -> Path:
    """Return a small region with a finding."""
    region = tmp_path / "small"
    region.mkdir()
    (region / "region.yaml").write_text("name: Trial\npurpose: test\nextract_date: 2026-09-01\n")
    (region / "Address.csv").write_text("id,municipality,kind,area_m2\na-1,GM9001,dwelling,20\n")
    (region / "Person.csv").write_text("id\n" + "".join(f"p-{i}\n" for i in range(6)))
    links = "".join(f"p-{i},a-1,2026-01-01\n" for i in range(6))
    (region / "REGISTERED_AT.csv").write_text("source_id,target_id,from\n" + links)
    return region


def _refused(done: Result) -> None:
    assert done.exit_code == 2, done.output
    assert "Error: " in done.output
    assert "Hint: " in done.output


def test_a_folder_of_somebody_else_is_as_it_was_after_every_command_on_it_as_a_store(
    foreign: Path, tmp_path: Path
) -> None:
    region, before = str(_small(tmp_path)), _content(foreign)
    store = ["--store", str(foreign)]
    for command in (
        ["scan", region, "--out", str(tmp_path / "out"), *store],
        ["scan", region, "--out", str(tmp_path / "out"), *store, "--afresh"],
        ["import", region, *store],
        ["query", "-", *store],
        ["history", "list", *store],
        ["case", "list", *store],
        ["case", "open", "a-1", "--by", "A", "--reason", "test", "--at", "2026-09-01", *store],
        ["unusual", *store],
        ["advise", *store],
        ["networks", "list", *store],
        ["retention", "run", "--erase", "--by", "A", *store],
    ):
        done = run(*command, stdin="MATCH (p:Person) RETURN p.id AS id", env={"BARRIER_PURPOSE": "test"})
        assert done.exit_code == 2, (command, done.output)
        assert _content(foreign) == before, command
    assert not (tmp_path / "out").exists()


def test_a_scan_with_a_foreign_folder_as_store_or_results_ends_before_it_reads(foreign: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "no-region")

    as_store = run("scan", missing, "--out", str(tmp_path / "out"), "--store", str(foreign))
    as_results = run("scan", missing, "--out", str(foreign))

    assert "photos: holds something that is not a store of Barrier" in as_store.output
    assert "photos: holds something that is not the result of a scan" in as_results.output
    _refused(as_store)
    _refused(as_results)


def test_a_store_keeps_what_somebody_put_into_it(tmp_path: Path) -> None:
    region, out = _small(tmp_path), tmp_path / "out"
    assert run("scan", str(region), "--out", str(out)).exit_code == 0
    store = tmp_path / "out.barrier"
    for name in ("g-holiday", "baseline/notes", "history/mine"):
        (store / name).mkdir()
        (store / name / "notes.txt").write_text("mine")
    (store / "notes.docx").write_text("mine")
    (region / "Person.csv").write_text("id\n" + "".join(f"p-{i}\n" for i in range(7)))
    assert run("scan", str(region), "--out", str(out)).exit_code == 0

    kept = ("g-holiday/notes.txt", "baseline/notes/notes.txt", "history/mine/notes.txt", "notes.docx")
    assert [(store / name).read_text() for name in kept] == ["mine"] * 4
    generations = [p.name for p in store.glob("g-*") if p.name != "g-holiday"]
    assert generations == [json.loads((store / "current.json").read_text())["generation"]]


def test_a_store_whose_mark_is_gone_is_known_by_what_is_in_it_and_keeps_its_past(tmp_path: Path) -> None:
    region, out, store = _small(tmp_path), tmp_path / "out", tmp_path / "out.barrier"
    assert run("scan", str(region), "--out", str(out), "--at", "2026-08-01").exit_code == 0
    (store / "barrier-store.json").unlink()
    assert run("scan", str(region), "--out", str(out), "--at", "2026-09-01").exit_code == 0

    assert [line[:10] for line in run("history", "list", "--store", str(store)).output.splitlines()[:2]] == [
        "2026-08-01",
        "2026-09-01",
    ]
    (store / "barrier-store.json").unlink()
    (store / "current.json").unlink()
    assert run("scan", str(region), "--out", str(out), "--at", "2026-09-02").exit_code == 0
    assert len(run("history", "list", "--store", str(store)).output.splitlines()) == 4


def test_own_files_in_a_result_folder_move_over_into_the_new_one(tmp_path: Path) -> None:
    region, out = _small(tmp_path), tmp_path / "out"
    assert run("scan", str(region), "--out", str(out)).exit_code == 0
    (out / "notes.docx").write_text("mine")
    (out / "meeting" / "march").mkdir(parents=True)
    (out / "meeting" / "march" / "minutes.txt").write_text("mine")
    (out / "networks").mkdir(exist_ok=True)
    (out / "networks" / "drawing.html").write_text("mine")
    (out / "shortcut").symlink_to("/nowhere/at/all")
    (out / "empty").mkdir()
    (out / "findings.jsonl").write_text("of Barrier, changed by hand\n")
    done = run("scan", str(region), "--out", str(out))
    assert done.exit_code == 0, done.output

    kept = ("notes.docx", "meeting/march/minutes.txt", "networks/drawing.html")
    assert [(out / name).read_text() for name in kept] == ["mine"] * 3
    assert (out / "shortcut").is_symlink()
    assert (out / "empty").is_dir()
    assert [f["detector"] for f in Results(out).findings] != []
    assert "findings.jsonl: is not as the scan wrote it" in done.output
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []


def test_a_file_whose_name_a_new_scan_takes_is_kept_under_another(tmp_path: Path) -> None:
    region, out = _small(tmp_path), tmp_path / "out"
    assert run("scan", str(region), "--out", str(out)).exit_code == 0
    (out / "networks").rmdir() if (out / "networks").is_dir() else None
    (out / "networks").write_text("mine")
    assert run("scan", DEMO, "--out", str(out)).exit_code == 0

    assert (out / "networks").is_dir()
    assert (out / "kept-1-networks").read_text() == "mine"
    assert run("scan", DEMO, "--out", str(out)).exit_code == 0
    assert (out / "kept-1-networks").read_text() == "mine"


@pytest.mark.parametrize("moment", ["before the new ones", "after the new ones", "half moved"])
def test_a_kill_while_results_are_replaced_loses_no_own_file(tmp_path: Path, moment: str) -> None:
    region, out = _small(tmp_path), tmp_path / "out"
    assert run("scan", str(region), "--out", str(out)).exit_code == 0
    written, previous = _content(out), tmp_path / ".out.previous"
    shutil.copytree(out, previous)
    (previous / "notes.docx").write_text("mine")
    if moment == "before the new ones":
        shutil.rmtree(out)
    elif moment == "half moved":
        (previous / "findings.jsonl").unlink()
    assert run("scan", str(region), "--out", str(out)).exit_code == 0

    assert (out / "notes.docx").read_text() == "mine"
    assert set(_content(out)) == {*written, "notes.docx", "changes.jsonl"}
    assert not previous.exists()


def test_a_result_folder_that_is_a_link_is_written_where_it_leads(tmp_path: Path) -> None:
    region, link, target = _small(tmp_path), tmp_path / "results", tmp_path / "disk" / "of-today"
    target.mkdir(parents=True)
    link.symlink_to(target)
    for _ in range(2):
        assert run("scan", str(region), "--out", str(link)).exit_code == 0

    assert link.is_symlink()
    assert (target / "scan.json").is_file()
    assert (target / "changes.jsonl").is_file()
    assert [p.name for p in target.parent.iterdir()] == ["of-today"]


def test_a_result_folder_that_is_a_link_to_nothing_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "results").symlink_to(tmp_path / "not-mounted")
    done = run("scan", str(_small(tmp_path)), "--out", str(tmp_path / "results"))

    _refused(done)
    assert "is a link to something that is not there" in done.output
    assert not (tmp_path / "not-mounted").exists()


@pytest.mark.parametrize(
    "place",
    ["store", "in the store", "around the store", "region", "around the region", "home", "here", "root", "above"],
)
def test_results_in_the_place_of_something_else_are_refused_and_nothing_changes(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    region, store = _small(tmp_path), tmp_path / "s.barrier"
    assert run("import", str(region), "--store", str(store), env={"BARRIER_PURPOSE": "test"}).exit_code == 0
    home, here = tmp_path / "home", tmp_path / "deep" / "here"
    home.mkdir()
    here.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    before = _content(tmp_path)
    out = {
        "store": store,
        "in the store": store / "out",
        "around the store": tmp_path / "new",
        "region": region,
        "around the region": tmp_path,
        "home": home,
        "here": Path("."),
        "root": Path("/"),
        "above": Path(".."),
    }[place]
    used = tmp_path / "new" / "s.barrier" if place == "around the store" else store
    done = run("scan", str(region), "--out", str(out), "--store", str(used))

    _refused(done)
    assert _content(tmp_path) == before


@pytest.mark.parametrize("out", [".", "..", "/"])
def test_results_here_without_a_store_are_refused_in_words(out: str, tmp_path: Path) -> None:
    _refused(run("scan", str(_small(tmp_path)), "--out", out))


def test_the_folder_of_another_program_with_a_scan_json_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "scanner"
    out.mkdir()
    (out / "scan.json").write_text('{"pages": 3, "dpi": 300}')
    (out / "report.html").write_text("mine")
    before = _content(out)

    _refused(run("scan", str(_small(tmp_path)), "--out", str(out)))
    assert _content(out) == before


def test_results_whose_record_is_lost_are_not_compared_with_and_that_is_said(tmp_path: Path) -> None:
    scan = ("scan", str(_small(tmp_path)), "--out", str(tmp_path / "out"))
    run(*scan)
    (tmp_path / "out" / "scan.json").unlink()

    again = run(*scan)

    said = f"the last results are not compared with: {tmp_path / 'out' / 'scan.json'}: is missing"
    assert again.exit_code == 0
    assert said in " ".join(again.stderr.split())
    assert "not compared" not in run(*scan).stderr
