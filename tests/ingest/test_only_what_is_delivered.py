"""Region folders, mappings and results are read, and nothing they lead to; no pipe or device holds a scan up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.folder import open_folder
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import read_region
from tests.helpers import Results, run

SECRET = "postgres://office:verysecret@10.0.0.1/register"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "x.yaml").write_text(f"{SECRET}: {SECRET}\n")
    (folder / "ids.csv").write_text(f"id\n{SECRET}\n")
    return folder


@pytest.fixture
def filled(region: Path) -> Path:
    (region / "Person.csv").write_text("id\np1\n")
    return region


@pytest.mark.parametrize(
    "name", ["region.yaml", "known-hubs.yaml", "norms/x.yaml", "partners/x.yaml", "norms", "Address.csv"]
)
def test_a_link_in_a_region_folder_is_refused_and_shows_nothing(filled: Path, office: Path, name: str) -> None:
    place = filled / name
    place.unlink(missing_ok=True)
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(office if name == "norms" else office / ("ids.csv" if name.endswith("csv") else "x.yaml"))

    done = run("scan", str(filled), "--out", str(filled.parent / "out"), "--purpose", "test", "--at", "2026-09-01")

    if "norms" not in name and "partners" not in name and "hubs" not in name:  # these may not even be asked for
        assert done.exit_code == 2
        assert "link" in done.stderr
    assert "verysecret" not in done.output


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["region.yaml", "Address.csv", "Address.parquet", "Address.csv.gz"])
def test_a_pipe_in_a_region_folder_is_refused_at_once(filled: Path, name: str) -> None:
    (filled / name).unlink(missing_ok=True)
    os.mkfifo(filled / name)

    done = run("check", str(filled))

    assert done.exit_code == 2
    assert "plain file" in done.stderr


@pytest.mark.timeout(30)
def test_a_table_that_becomes_a_link_after_it_was_looked_at_is_refused(filled: Path, office: Path) -> None:
    folder = open_folder(filled)
    (filled / "Person.csv").unlink()
    (filled / "Person.csv").symlink_to(office / "ids.csv")

    from barrier.ingest.region import build_region

    with pytest.raises(InputError, match="is a link"):
        build_region(folder, {})


def test_a_region_folder_that_was_named_may_itself_be_a_link(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(filled)

    assert read_region(tmp_path / "current").rows_loaded["Person"] == 1


def test_a_region_cannot_name_a_file_as_its_barrier_model(filled: Path, office: Path) -> None:
    (filled / "region.yaml").write_text(f"purpose: test\nmodel: {office}/x.yaml\n")

    done = run("scan", str(filled), "--out", str(filled.parent / "out"))

    assert done.exit_code == 2
    assert "region.yaml: model: expected the id of a shipped barrier model" in done.stderr
    assert str(office) not in done.stderr


def test_a_table_in_capitals_is_read_and_two_spellings_of_one_are_refused(filled: Path) -> None:
    (filled / "Address.CSV").write_text("id\na1\n")

    assert read_region(filled).rows_loaded["Address"] == 1
    (filled / "PERSON.CSV").write_text("id\np2\n")
    with pytest.raises(InputError, match=r"the table Person stands there twice, also as PERSON.CSV"):
        open_folder(filled)


def test_a_file_name_cannot_make_up_a_message(filled: Path) -> None:
    (filled / "x\nNote: all is well\x1b[2J.csv").touch()

    done = run("check", str(filled))

    assert "Note: x⟨U+000A⟩Note: all is well⟨U+001B⟩[2J.csv: not a table" in done.stderr


def test_a_mapping_cannot_name_a_file_outside_the_folder(tmp_path: Path, office: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, file in enumerate(("../office/ids.csv", str(office / "ids.csv"), "linked.csv")):
        (tmp_path / "in" / "linked.csv").unlink(missing_ok=True)
        (tmp_path / "in" / "linked.csv").symlink_to(office / "ids.csv")
        mapping = tmp_path / f"{number}.yaml"
        node = "{label: Person, id: {prefix: p, columns: [id]}}"
        mapping.write_text(f"format: 1\nabout: x\nsources:\n- {{file: '{file}', nodes: {{p: {node}}}}}\n")

        with pytest.raises(InputError, match="leads out|link"):
            read_mapped(tmp_path / "in", mapping)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["link", "pipe"])
@pytest.mark.parametrize("name", ["scan.json", "findings.jsonl", "clusters.jsonl", "occupancy.csv"])
def test_a_result_folder_that_was_passed_on_leads_nowhere(
    demo: Results, office: Path, tmp_path: Path, name: str, kind: str
) -> None:
    given = Path(shutil.copytree(demo.path, tmp_path / "given"))
    (given / name).unlink()
    if kind == "pipe":
        os.mkfifo(given / name)
    else:
        (given / name).symlink_to(office / "x.yaml")

    done = run("diff", str(given), str(demo.path))

    assert done.exit_code == 2
    assert "verysecret" not in done.output


@pytest.mark.timeout(30)
@pytest.mark.parametrize("command", ["score", "beds", "cases", "detectors", "query", "events", "outcomes", "alerts"])
def test_a_pipe_in_place_of_a_file_is_refused_by_every_command(demo: Results, tmp_path: Path, command: str) -> None:
    pipe, store = tmp_path / "x.cypher", ["--store", str(demo.store)]
    os.mkfifo(pipe)
    commands = {
        "score": ["score", str(pipe), *store],
        "beds": ["advise", "ring-lender", "--beds", str(pipe), *store],
        "cases": ["case", "open", "ring-lender", "--by", "Jansen", "--cases", str(pipe), *store],
        "detectors": ["detectors", "list", "--detectors", str(tmp_path)],
        "query": ["query", str(pipe), *store],
        "events": ["displacement", "--events", str(pipe), *store],
        "outcomes": ["evaluate", "--outcomes", str(pipe), *store],
        "alerts": ["alerts", "send", str(pipe), "--outbox", str(tmp_path / "box.sqlite")],
    }

    done = run(*commands[command])

    assert done.exit_code in (2, 3), done.output


@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", ["schedule", "outbox", "store"])
def test_a_pipe_in_place_of_a_file_of_its_own_is_refused_too(tmp_path: Path, command: str) -> None:
    (tmp_path / "s.barrier").mkdir()
    os.mkfifo(tmp_path / "s.barrier" / "current.json")
    os.mkfifo(tmp_path / "p")
    commands = {
        "schedule": ["schedule", "list", "--file", str(tmp_path / "p")],
        "outbox": ["alerts", "list", "--outbox", str(tmp_path / "p")],
        "store": ["doctor", "--store", str(tmp_path / "s.barrier")],
    }

    assert run(*commands[command]).exit_code in (2, 3)
