"""A file that somebody names with --out: only what Barrier wrote there before is written over."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.helpers import Results, run

AT = ("--at", "2026-09-01", "--purpose", "test")
COMMANDS = {
    "score": (["score", "{ids}"], "out.csv"),
    "document": (["regional-scan"], "out.html"),
    "packed document": (["regional-scan"], "out.docx"),
    "view": (["view", "ring-lender"], "out.html"),
    "graphml": (["networks", "export", "ring-lender", "--format", "graphml"], "out.graphml"),
    "json": (["networks", "export", "ring-lender", "--format", "json"], "out.json"),
    "csv": (["networks", "export", "ring-lender", "--format", "csv"], "out.csv"),
}
FOREIGN = {
    "store": "current.json",
    "database": "cases.sqlite",
    "graph": "graph.kgl",
    "result": "findings.jsonl",
    "region": "Person.csv",
    "key": "key",
    "page": "page.html",
    "text": "notes.docx",
    "picture": "picture.jpg",
}


@pytest.fixture
def mine(demo: Results, tmp_path: Path) -> Path:
    """Return a folder with a file of every kind that is not an output of these commands."""
    folder = tmp_path / "mine"
    folder.mkdir()
    store = demo.store
    contents = {
        "current.json": (store / "current.json").read_bytes(),
        "cases.sqlite": b"SQLite format 3\0" + b"\0" * 84,
        "graph.kgl": next(store.glob("g-*/graph.kgl")).read_bytes(),
        "findings.jsonl": (demo.path / "findings.jsonl").read_bytes(),
        "Person.csv": b"id,birth_year\np-1,1980\n",
        "key": b"0123456789abcdef" * 4,
        "page.html": b"<!doctype html>\n<html><head><title>Mine</title></head></html>\n",
        "picture.jpg": b"\xff\xd8\xff\xe0",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(folder / "notes.docx", "w") as packed:
        packed.writestr("docProps/core.xml", "<dc:creator>Jansen</dc:creator>")
    return folder


def _command(kind: str, demo: Results, tmp_path: Path, out: Path) -> list[str]:
    words, _ = COMMANDS[kind]
    (tmp_path / "ids.csv").write_text("id\nring-a1\n")
    named = [w.format(ids=tmp_path / "ids.csv") for w in words]
    return [*named, "--out", str(out), "--store", str(demo.store), *AT]


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_file_of_somebody_else_is_refused_and_stays(kind: str, demo: Results, mine: Path, tmp_path: Path) -> None:
    if kind.endswith("document"):
        files = [f for f in mine.iterdir() if f.suffix in (".html", ".docx")]
        target = mine / COMMANDS[kind][1]
        files = [f.rename(target) for f in files if f.suffix == target.suffix]
    else:
        files = sorted(mine.iterdir())
    assert files
    for file in files:
        before = file.read_bytes()

        done = run(*_command(kind, demo, tmp_path, file))

        assert done.exit_code == 2, (file, done.output)
        assert "is there already, and Barrier did not write it" in done.output
        assert file.read_bytes() == before


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_the_command_wrote_before_is_written_again_and_a_folder_never(
    kind: str, demo: Results, tmp_path: Path
) -> None:
    out = tmp_path / COMMANDS[kind][1]
    folder = tmp_path / f"folder-{COMMANDS[kind][1]}"
    (folder / "in it").mkdir(parents=True)
    command = _command(kind, demo, tmp_path, out)

    assert run(*command).exit_code == 0
    assert run(*command).exit_code == 0
    refused = run(*_command(kind, demo, tmp_path, folder))

    assert refused.exit_code == 2, refused.output
    assert "is a folder, expected a file" in refused.output
    assert [p.name for p in folder.iterdir()] == ["in it"]


def test_an_empty_file_may_be_written(demo: Results, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.touch()

    assert run(*_command("csv", demo, tmp_path, out)).exit_code == 0
    assert out.read_text().startswith("source_id,target_id,kind")
