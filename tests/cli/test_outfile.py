"""What a command writes under a name that somebody gave: never among what Barrier keeps or reads, never through a link.

All commands are walked, so that a new one is tried without being named here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from barrier import resources
from barrier.cli.main import main
from barrier.cli.outfile import KeptFileType, OutFileType, OutFolderType
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

READ = {
    *("--alerts", "--beds", "--detectors", "--drop", "--events", "--mapping", "--outcomes", "--region", "--results"),
    *("--rules", "--settings", "--signing-key", "earlier", "file", "later", "recipients", "region"),
    "--cases of detectors test",
}
NAMES = {"score": "x.csv", "networks export": "x.graphml", "view": "x.html"}
Place = tuple[str, str]


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from _commands(below, (*path, name))
    else:
        yield " ".join(path), command


ALL = dict(_commands(main))


def _writing(kind: type[click.Path]) -> list[Place]:
    return [(name, p.opts[0]) for name, command in ALL.items() for p in command.params if isinstance(p.type, kind)]


def _words(place: Place, value: Path, demo: Results) -> list[str]:
    """Return a call of a command with all that it requires, and one path to write."""
    name, option = place
    known = {"where": demo.store, "region": resources.fixtures() / "demo", "day": "2026-09-01", "until": "2026-09-01"}
    words = [*name.split(), option, str(value)]
    for p in ALL[name].params:
        filled = str(known.get(p.name or "", "1"))
        if isinstance(p.type, click.Choice):
            filled = str(next(iter(p.type.choices)))
        if p.required and isinstance(p, click.Argument):
            words.append(filled)
        elif p.required and option not in p.opts:
            words += [p.opts[0], filled]
    return words


@pytest.fixture(scope="module")
def places(demo: Results, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return folders in which nobody writes with a command, copies of what is real."""
    tmp_path = tmp_path_factory.mktemp("places")
    store = Path(shutil.copytree(demo.store, tmp_path / "mine.barrier"))
    shutil.copytree(demo.path, tmp_path / "results")
    shutil.copytree(resources.fixtures() / "demo", tmp_path / "region")
    (tmp_path / "region" / "deeper").mkdir()
    (tmp_path / "way").symlink_to(store / "history")
    return {
        "a store": store,
        "a folder of a store": store / "history",
        "a store by a link": tmp_path / "way",
        "a store by another spelling": tmp_path / "region" / ".." / "mine.barrier" / "history" / "..",
        "a region": tmp_path / "region",
        "a folder of a region": tmp_path / "region" / "deeper",
    }


def test_every_path_of_a_command_is_known_as_read_or_written() -> None:
    unknown = [
        f"{name}: {p.opts[0]}"
        for name, command in [("", main), *ALL.items()]
        for p in command.params
        if isinstance(p.type, click.Path) and not isinstance(p.type, KeptFileType | OutFileType | OutFolderType)
        if p.opts[0] not in READ and f"{p.opts[0]} of {name}" not in READ
    ]

    assert unknown == []


def test_every_file_that_is_asked_for_can_be_written_over_when_that_is_meant() -> None:
    files = _writing(OutFileType)

    assert [f for f in files if "--overwrite" not in {o for p in ALL[f[0]].params for o in p.opts}] == []
    assert len(files) >= 6


@pytest.mark.parametrize(
    "place", [p for kind in (OutFileType, KeptFileType, OutFolderType) for p in _writing(kind)], ids=" ".join
)
def test_nothing_is_written_into_a_store_or_a_region(place: Place, demo: Results, places: dict[str, Path]) -> None:
    for where, folder in places.items():
        before = sorted(folder.iterdir())

        done = run(*_words(place, folder / NAMES.get(place[0], "x.docx"), demo))

        assert done.exit_code == 2, (where, done.output)
        assert "lies in the store" in done.output or "lies in the region" in done.output, (where, done.output)
        assert "Hint: " in done.output
        assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("place", [*_writing(OutFileType), *_writing(KeptFileType)], ids=" ".join)
def test_a_file_is_not_written_through_a_link_nor_in_its_place(place: Place, demo: Results, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "x.docx"
    link.symlink_to(target)

    for real in (False, True):
        if real:
            target.write_bytes(b"")
        done = run(*_words(place, link, demo))

        assert done.exit_code == 2
        assert "is a link" in done.output
        assert link.is_symlink()
        assert target.exists() == real


@pytest.mark.parametrize("place", _writing(OutFileType), ids=" ".join)
def test_a_file_is_not_written_among_what_barrier_keeps_or_what_is_read(
    place: Place, demo: Results, places: dict[str, Path], tmp_path: Path
) -> None:
    store, rules = places["a store"], tmp_path / "rules"
    rules.mkdir()
    own = [Path.home() / ".config" / "barrier", Path.home() / ".local" / "state" / "barrier" / "deeper"]
    for folder in own:
        folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        own[0] / "x.docx": "where Barrier keeps its own",
        own[1] / "x.docx": "where Barrier keeps its own",
        store.with_name("results") / "report.html": "is a file of the results",
        store.with_name("results") / "networks" / "c-1.html": "is a file of the results",
        store.with_name("mine.barrier.audit.jsonl"): "goes with the store mine.barrier",
        store.with_name("mine.barrier.lock"): "goes with the store mine.barrier",
        store: "is a folder",
    }
    for file, said in wanted.items():
        done = run(*_words(place, file, demo), "--overwrite")

        assert done.exit_code == 2, (file, done.output)
        assert said in done.output, (file, done.output)
    assert not any((folder / "x.docx").exists() for folder in own)
    done = run(*_words(place, rules / "x.docx", demo), "--rules", str(rules))
    assert f"lies in {rules}, which is read here" in done.output


def test_an_input_is_not_written_over_by_any_of_its_names(demo: Results, tmp_path: Path) -> None:
    ids, other = tmp_path / "ids.csv", tmp_path / "other.csv"
    ids.write_text("id\nring-a1\n")
    os.link(ids, other)

    for out in (ids, other):
        done = run("score", str(ids), "--out", str(out), "--overwrite", "--store", str(demo.store))

        assert done.exit_code == 2
        assert "is read here" in done.output
    assert ids.read_text() == "id\nring-a1\n"


def test_a_file_of_somebody_else_is_lost_only_when_that_is_meant(demo: Results, tmp_path: Path) -> None:
    out = tmp_path / "notes.csv"
    out.write_text("mine")
    command = ["networks", "export", "ring-lender", "--format", "csv", "--store", str(demo.store), "--at", "2026-09-01"]

    refused = run(*command, "--out", str(out))
    assert refused.exit_code == 2
    assert "say with --overwrite that what is in it may be lost" in refused.output
    assert out.read_text() == "mine"
    assert run(*command, "--out", str(out), "--overwrite").exit_code == 0
    assert out.read_text().startswith("source_id,target_id,kind")


@pytest.mark.parametrize("kind", ["database", "key", "log", "manifest"])
def test_what_barrier_keeps_is_not_lost_even_when_that_is_said(kind: str, demo: Results, tmp_path: Path) -> None:
    kept = {
        "database": tmp_path / "schedule.sqlite",
        "key": Path.home() / ".config" / "barrier" / "hash.key",
        "log": demo.store.with_name(f"{demo.store.name}.audit.jsonl"),
        "manifest": next(demo.store.glob("history/*/manifest.json")),
    }[kind]
    job = ["--region", str(resources.fixtures() / "demo"), "--out", str(tmp_path / "out"), "--cron", "1 2 * * *"]
    assert run("schedule", "add", "n", *job, "--file", str(tmp_path / "schedule.sqlite")).exit_code == 0
    store = ["--store", str(demo.store), "--at", "2026-09-01"]
    run("networks", "list", *store, "--as", "bank")
    copy = Path(shutil.copy(kept, tmp_path / "copy"))
    before = copy.read_bytes()

    done = run("networks", "export", "ring-lender", "--out", str(copy), "--overwrite", *store)

    assert done.exit_code == 2, done.output
    assert "is a file in which Barrier keeps something" in done.output
    assert copy.read_bytes() == before


def test_a_pipe_and_standard_output_are_written_as_they_are(demo: Results) -> None:
    done = run("networks", "export", "ring-lender", "--out", "/dev/null", "--store", str(demo.store))

    assert done.exit_code == 0, done.output


def test_results_are_not_written_into_the_region_they_are_made_from(tmp_path: Path) -> None:
    region = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "region"))
    (region / "region.yaml").rename(tmp_path / "kept.yaml")

    done = run("scan", str(region), "--out", str(region / "out"))

    assert done.exit_code == 2, done.output
    assert "which is read here" in done.output
    assert not (region / "out").exists()
