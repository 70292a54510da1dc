"""Why somebody looks: every command that reads what is kept records it before it shows anything, or reads nothing."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import click
import pytest

from barrier.audit.events import readings
from barrier.audit.places import audit_file
from barrier.settings import Settings, first_purpose, read_settings
from tests.cli.test_commands import COMMANDS
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

_KEPT = {"--store", "--results", "--cases"}  # options that name what is kept
_NOT_RECORDED = {
    "doctor": "says whether a store answers and how many rows it has, nothing of what is in it",
    "audit restored": "shows numbers of lines; who did it and why stands in the log",
    "audit verify": "says whether the log is whole and how long it is; it must work where nothing can be written to it",
    "case verify": "says whether the journal is whole and how long it is; it must work where the log is damaged",
    "case sign": "shows a checksum; who signed stands in the journal",
    "case restored": "shows numbers of lines; who did it and why stands in the journal",
    "key rotate": "shows how many ids were renamed; who did it stands in the journal",
    "detectors test": "its --cases are test cases of rules",
}


def _reads(name: str) -> bool:
    params = COMMANDS[name].params
    named = {o for p in params if isinstance(p, click.Option) for o in p.opts}
    folders = {p.name for p in params if isinstance(p, click.Argument)} & {"earlier", "later", "results", "store"}
    return bool(named & _KEPT or folders)


READING = sorted(name for name in COMMANDS if _reads(name) and name not in _NOT_RECORDED)


def _lines(*stores: Path) -> list[dict[str, Any]]:
    return [line for store in stores for line in readings(str(store))]


def test_the_list_of_commands_that_record_nothing_names_real_commands() -> None:
    assert sorted(_NOT_RECORDED) == sorted(n for n in _NOT_RECORDED if n in COMMANDS and _reads(n))


@pytest.mark.parametrize("name", READING)
def test_a_command_that_reads_what_is_kept_takes_a_purpose(name: str) -> None:
    assert "purpose" in {p.name for p in COMMANDS[name].params}


@pytest.fixture(scope="module")
def kept(demo: Results, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return results and a store of their own, with an open case."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(demo.store, folder / "results.barrier")
    shutil.copytree(demo.path, folder / "results")
    found = Results(folder / "results")
    at = ["--store", str(found.store), "--at", "2026-09-01"]
    assert run("case", "open", "ring-lender", "--by", "Jansen", *at).exit_code == 0
    return found


def _asked(name: str, kept: Results, tmp_path: Path) -> list[str]:
    """Return a call of a command with something for all that it requires."""
    (tmp_path / "ids.csv").write_text("id\nring-a1\n")
    ids = {"address": "ring-a1", "case": "ring-lender", "about": "ring-lender", "cluster": "ring-lender"}
    paths = {"region": tmp_path / "region", "earlier": kept.path, "later": kept.path, "file": tmp_path / "ids.csv"}
    given = (
        ids | {k: str(v) for k, v in paths.items()} | {"name": "signals_by_barrier", "intervention": "1", "number": "1"}
    )
    call = name.split()
    for param in COMMANDS[name].params:
        if isinstance(param, click.Argument):
            call.append(given.get(param.name or "", "x"))
        elif param.name == "where" and name != "diff":
            call += ["--store", str(kept.store)]
        elif param.name == "at":
            call += ["--at", "2026-09-01"]
        elif param.required:
            first = param.type.choices[0] if isinstance(param.type, click.Choice) else None
            value = "2026-09-01" if param.type.name == "date" else first or str(tmp_path / "x.html")
            call += [param.opts[0], str(value)]
    return call


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("purpose", [None, " \t\u200b"])
def test_nothing_is_read_without_a_purpose(name: str, purpose: str | None, kept: Results, tmp_path: Path) -> None:
    before = _lines(kept.store)
    done = run(*_asked(name, kept, tmp_path), env={"BARRIER_PURPOSE": purpose})

    assert done.exit_code == 2
    assert done.stdout == ""
    assert "no purpose was given" in done.stderr or name in ("scan", "import")
    assert '--purpose "why"' in done.stderr or name in ("scan", "import")
    assert _lines(kept.store) == before


_FAILS = {"retention extend", "displacement"}  # there is no such signal, and no intervention to look at
_SHOWN = [n for n in READING if n not in ("scan", "import")]


@pytest.mark.parametrize("name", _SHOWN)
def test_what_is_shown_was_recorded_with_its_purpose(
    name: str, kept: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*_asked(name, kept, tmp_path), env={"BARRIER_PURPOSE": f"why {name}"})
    new = [line for line in _lines(kept.store, kept.path.resolve()) if line["purpose"] == f"why {name}"]

    assert new or (name in _FAILS and done.exit_code and done.stdout == "")


@pytest.mark.parametrize("name", ["history list", "diff", "case list", "unusual", "query", "networks list"])
def test_what_cannot_be_recorded_is_not_handed_out(name: str, kept: Results, tmp_path: Path) -> None:
    logs = [audit_file(str(kept.store)), audit_file(str(kept.path.resolve()))]
    aside = [(log, log.with_name(f"{log.name}.aside")) for log in logs]
    for log, old in aside:
        if log.exists():
            log.rename(old)
        log.mkdir()
    try:
        done = run(*_asked(name, kept, tmp_path))
    finally:
        for log, old in aside:
            log.rmdir()
            if old.exists():
                old.rename(log)

    assert (done.exit_code, done.stdout) == (3, "")


def test_a_purpose_comes_from_the_command_then_the_environment_then_the_settings(kept: Results, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('purpose = "of the settings"\n')
    asked = ["--settings", str(settings), "history", "list", "--store", str(kept.store)]
    run(*asked, "--purpose", "of the command", env={"BARRIER_PURPOSE": "of the environment"})
    run(*asked, env={"BARRIER_PURPOSE": "of the environment"})
    run(*asked, env={"BARRIER_PURPOSE": None})

    assert [line["purpose"] for line in _lines(kept.store)][-3:] == [
        "of the command",
        "of the environment",
        "of the settings",
    ]


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('purpos = "x"\n')
    done = run("--settings", str(tmp_path / "settings.toml"), "history", "list", "--store", "x")

    assert done.exit_code == 2
    assert "purpos" in done.stderr


def test_without_a_file_there_are_no_settings() -> None:
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("given", "purpose"),
    [
        (("", None, "case 7"), "case 7"),
        ((" \n", "\u200b\u2060", "a1"), "a1"),
        (("\u3164\u3164", "\u2800", "\u115f\uffa0", "\u034f\ufe0f", "case 7"), "case 7"),
        ((".", "-", "...", "x"), ""),
        (("two\nlines",), "two lines"),
        (("",), ""),
    ],
)
def test_blanks_and_what_cannot_be_seen_are_no_purpose(given: tuple[str | None, ...], purpose: str) -> None:
    assert first_purpose(*given) == purpose


def test_a_purpose_is_asked_for_once_at_a_terminal(kept: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    asked = ["history", "list", "--store", str(kept.store)]
    done = run(*asked, stdin="case 9\n", env={"BARRIER_PURPOSE": None})
    refused = run(*asked, stdin=" \n", env={"BARRIER_PURPOSE": None})

    assert (done.exit_code, refused.exit_code) == (0, 2)
    assert done.stderr.count("Why do you look?") == 1
    assert _lines(kept.store)[-1]["purpose"] == "case 9"


def test_a_query_that_was_typed_leaves_no_hash_that_anybody_could_try_out(demo: Results) -> None:
    typed = "MATCH (a:Address {id: 'ring-a1'}) RETURN a.kind AS kind"

    assert run("query", "-", "--store", str(demo.store), "--purpose", "test", stdin=typed).exit_code == 0

    log = audit_file(str(demo.store)).read_text()
    assert '"query"' in log
    assert hashlib.sha256(typed.encode()).hexdigest()[:16] not in log
