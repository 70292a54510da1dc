"""Nothing from a register, a file name or an argument steers a terminal or hides in what Barrier writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from barrier import resources
from barrier.cli.main import main
from barrier.errors import InputError
from barrier.printable import visible
from barrier.results.folder import check_place
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

ODD = "\x1b]8;;http://x.example\x07z\u202ey\x9b2J\u2066"
FORMULA = "=cmd|' /C calc'!A0"


def _clean(text: str) -> bool:
    return visible(text) == text


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the demo region was scanned with names, streets and sources that want to steer a terminal."""
    place = tmp_path_factory.mktemp("odd")
    region = Path(shutil.copytree(resources.fixtures() / "demo", place / "region"))
    for file in region.glob("*.csv"):
        frame = pd.read_csv(file, dtype="str", keep_default_na=False)
        for column in {"name", "street", "place", "source", "conditions"} & set(frame.columns):
            frame[column] = [f"{FORMULA} {ODD} {v}" for v in frame[column]]
        frame.to_csv(file, index=False)
    yaml = (region / "region.yaml").read_text(encoding="utf-8")
    name = json.dumps(f"Odd {ODD}")
    (region / "region.yaml").write_text(re.sub(r"^name: .*$", lambda _: f"name: {name}", yaml, flags=re.M))
    for day in ("2026-09-01", "2026-09-02"):
        scanning = ["--out", str(place / "out"), "--at", day, "--control-sample", "5"]
        done = run("scan", str(region), *scanning)
        assert done.exit_code == 0, done.output
        assert _clean(done.output)
    return place


def test_every_file_of_the_results_is_clean(odd: Path) -> None:
    files = [f for f in (odd / "out").rglob("*") if f.is_file()]

    assert len(files) > 8
    for file in files:
        text = re.sub(r"<script>.*?</script>", "", file.read_text(encoding="utf-8"), flags=re.S)  # the library's own
        assert _clean(text), file.name
    assert "⟨U+202E⟩" in (odd / "out" / "report.html").read_text(encoding="utf-8")


def test_the_names_in_the_scripts_of_a_page_are_shown_by_number_too(odd: Path) -> None:
    pages = [f.read_text(encoding="utf-8") for f in (odd / "out" / "networks").iterdir()]

    data = [re.search(r'id="data">(.*?)</script>', page, re.S) for page in pages]
    texts = [json.dumps(json.loads(found[1]), ensure_ascii=False) for found in data if found]
    assert len(texts) == len(pages)
    assert any("⟨U+202E⟩" in t for t in texts)
    assert not any("\\u001b" in t or not _clean(t) for t in texts)


def test_the_lines_of_the_results_say_what_was_delivered(odd: Path) -> None:
    lines = (odd / "out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()

    assert any(ODD in source for line in lines for source in json.loads(line)["sources"])


@pytest.mark.parametrize(
    "command",
    [
        ["networks", "list"],
        ["networks", "list", "--json"],
        ["networks", "show", "ring-lender"],
        ["networks", "show", f"no-such{ODD}\nError: x"],
        ["networks", "what-if", "ring-lender", "--remove", "ring-letting"],
        ["networks", "export", "ring-lender", "--format", "csv"],
        ["networks", "export", "ring-lender", "--format", "json"],
        ["networks", "export", "ring-lender", "--format", "graphml"],
        ["networks", "export", "ring-lender", "--format", "gexf"],
        ["advise", "ring-lender"],
        ["query", "-"],
        ["query", "-", "--csv"],
        ["query", "-", "--json"],
        ["history", "list"],
        ["history", "structures", "ring-lender"],
        [f"no-such-command{ODD}"],
        ["networks", f"--no-such-option{ODD}"],
    ],
    ids=lambda c: " ".join(c)[:40].encode("ascii", "replace").decode(),
)
def test_no_command_prints_anything_that_steers(odd: Path, command: list[str]) -> None:
    store = ["--store", str(odd / "out.barrier")] if not command[0].startswith("no-such") else []
    day = ["--at", "2026-09-01"] if command[0] in ("networks", "advise") else []
    question = "MATCH (b:Business) WHERE b.id STARTS WITH 'ring' RETURN b.id AS id, b.name AS name"

    done = run(*command, *store, *day, stdin=question)

    assert _clean(done.stdout)
    assert _clean(done.stderr)
    assert done.output
    if "csv" in " ".join(command):
        assert not re.search(r'(^|,)"?[=+@-]', done.stdout, re.M)


def test_a_message_cannot_be_made_up_with_a_newline_in_a_name(tmp_path: Path) -> None:
    done = run("check", str(tmp_path / "x\nError: all is well, go on"))

    assert not [line for line in done.stderr.splitlines() if line.startswith("Error: all is well")]


@pytest.mark.parametrize("kind", ["docx", "html"])
def test_a_document_is_clean_and_can_be_made(odd: Path, tmp_path: Path, kind: str) -> None:
    store = ["--store", str(odd / "out.barrier")]
    run("case", "open", "ring-lender", "--by", f"Jansen{ODD}", *store, "--at", "2026-09-01")
    out = tmp_path / f"d.{kind}"

    done = run("case", "document", "ring-lender", "--out", str(out), *store, "--at", "2026-09-01")

    assert done.exit_code == 0, done.output
    text = zipfile.ZipFile(out).read("word/document.xml").decode() if kind == "docx" else out.read_text("utf-8")
    assert _clean(text)
    assert "⟨U+202E⟩" in text


def test_names_of_files_that_are_no_text_do_not_stop_a_command(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/odd-\xff\x1b[2J"
    os.mkdir(folder)
    Path(os.fsdecode(folder), "Nonsense.csv").write_text("id\n1\n")
    Path(os.fsdecode(folder), "Person.csv").write_text("id\np1\n")
    command: list[Any] = ["scan", folder, "--purpose", "test", "--at", "2026-09-01", "--out", tmp_path / "out"]
    for given, code in ((command, 0), ([*command[:-1], os.fsencode(tmp_path) + b"/out-\xfe"], 2)):
        done = subprocess.run([sys.executable, "-m", "barrier.cli", *given], capture_output=True, check=False)

        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr
        assert not {b"\xff", b"\xfe", b"\x1b"} & {bytes([b]) for b in done.stdout + done.stderr}


def test_an_argument_that_is_no_text_is_refused_where_it_would_be_kept(odd: Path) -> None:
    done = run("case", "note", "x", "--by", "\udcff", "--store", str(odd / "out.barrier"))

    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_nobody_who_stops_reading_gets_a_message_about_it() -> None:
    command = f"{sys.executable} -m barrier.cli detectors list --json | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert json.loads(done.stdout)["id"]
    assert done.stderr == ""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_is_closed_stops_nothing(closed: str) -> None:
    command = f"{sys.executable} -m barrier.cli detectors list {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def _process(*command: str, asked: str = "", stdout: Any = subprocess.PIPE, **given: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "barrier.cli", *command],
        input=asked,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, **given},
    )


def _question(demo: Results) -> list[str]:
    return ["query", "-", "--store", str(demo.store), "--purpose", "test"]


def test_a_letter_that_an_encoding_does_not_have_is_shown_by_its_number(demo: Results) -> None:
    done = _process(*_question(demo), asked="RETURN '日本é' AS x", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u65e5\u672c\xe9" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]], ids=["table", "csv", "json"])
def test_output_that_cannot_be_written_is_an_error_with_what_to_do(demo: Results, form: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _process(*_question(demo), *form, asked="RETURN 1 AS x", stdout=full)

    assert done.returncode == 3
    assert done.stderr.startswith("Error: what is printed: no space left on the device\nHint: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]], ids=["table", "csv", "json"])
def test_a_command_without_standard_output_works(
    demo: Results, form: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    query = [*_question(demo)[:1], "signals_by_barrier", *_question(demo)[2:], *form]

    with pytest.raises(SystemExit) as ended:
        main(query)

    assert ended.value.code == 0


def test_an_answer_nested_too_deep_is_refused_in_so_many_words(demo: Results) -> None:
    done = _process(*_question(demo), asked="RETURN reduce(x = [], i IN range(1, 900) | [x]) AS x")

    assert done.returncode == 2
    assert "Error: query: the answer is nested too deep\n" in done.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always text")
def test_a_result_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be text in UTF-8"):
        check_place(tmp_path / "r_\udcff")
