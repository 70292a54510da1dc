"""Erasing from results: files of somebody else are never lost, and none of them can stop it."""

from __future__ import annotations

import html
import json
import os
import zipfile
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from docx import Document

from barrier.erasure.results import erase_results
from barrier.history.folder import seal_results
from barrier.results import foreign_files
from barrier.traces import Traces

ID = "a-veilig-1"
TRACES = Traces([ID])
RECORD = {"scan_id": "s", "at": "2026-09-01", "detectors": [], "input_fingerprint": "f"}
PAGE = (
    '<!doctype html>\n<html lang="en">\n<head>\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
)


def _results(folder: Path) -> Path:
    (folder / "networks").mkdir(parents=True)
    for name in ("findings.jsonl", "clusters.jsonl", "advice.jsonl"):
        (folder / name).write_text("")
    (folder / "occupancy.csv").write_text('"address"\n')
    (folder / "report.html").write_text(PAGE)
    seal_results(folder, RECORD)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return _results(tmp_path / "res")


def _packed(file: Path, *, encrypted: bool = False, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(file, "w", method) as packed:
        packed.writestr("notes.txt", f"about {ID}")
    if encrypted:
        content = bytearray(file.read_bytes())
        for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(head) + flags] |= 1
        file.write_bytes(content)
    return file


def test_own_files_of_a_scan_that_was_killed_are_handed_over_before_what_it_left_is_removed(results: Path) -> None:
    previous = _results(results.with_name(".res.previous"))
    (previous / "notes.txt").write_text("mine")
    (previous / "photos").mkdir()
    (previous / "photos" / "1.jpg").write_bytes(b"picture")

    left = erase_results(results, TRACES)

    assert left == []
    assert (results / "notes.txt").read_text() == "mine"
    assert (results / "photos" / "1.jpg").read_bytes() == b"picture"
    assert not previous.exists()


@pytest.mark.parametrize("name", [".res.part-thesis", ".res.part-٣", ".res.part-999999999", ".res.previous"])
def test_a_folder_of_somebody_else_beside_results_stays(results: Path, name: str) -> None:
    thesis = results.with_name(name)
    thesis.mkdir()
    (thesis / "scan.json").write_text("mine")

    erase_results(results, TRACES)

    assert (thesis / "scan.json").read_text() == "mine"


def test_what_another_scan_is_writing_stays_and_what_a_killed_one_left_goes(results: Path) -> None:
    at_work = _results(results.with_name(f".res.part-{os.getppid()}"))
    killed = _results(results.with_name(".res.part-999999999"))

    erase_results(results, TRACES)

    assert (at_work / "scan.json").is_file()
    assert not killed.exists()


def test_what_cannot_be_read_is_named_and_does_not_stop_erasing(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_files, "MOST_BYTES", 1000)
    (results / "findings.jsonl").write_text(f'{{"id":"x","subject":"{ID}"}}\n')
    seal_results(results)
    broken = [
        _packed(results / "secret.zip", encrypted=True),
        results / "cut.zip",
        results / "bomb.zip",
        results / "large.bin",
    ]
    broken[1].write_bytes(b"PK\x05\x06" + b"\xff" * 18)
    with zipfile.ZipFile(broken[2], "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", "0" * 100_000)
    broken[3].write_text("0" * 2000)
    method = _packed(results / "method.zip")
    method.write_bytes(method.read_bytes().replace(b"\x14\0\0\0\0\0\0\0", b"\x14\0\0\0\x63\0\0\0"))

    left = erase_results(results, TRACES)

    assert set(left) >= {results / "secret.zip", results / "bomb.zip", results / "large.bin"}
    assert (results / "findings.jsonl").read_text() == ""
    assert all(file.is_file() for file in broken)


def test_an_id_is_found_where_two_pieces_of_a_file_meet(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_files, "_PIECE", 7)
    (results / "notes.txt").write_text(f"this is about {ID} and more")
    (results / "other.txt").write_text(f"this is about {ID}0 and more")

    assert erase_results(results, TRACES) == [results / "notes.txt"]


def test_pages_and_documents_of_somebody_else_are_named_and_those_of_barrier_removed(results: Path) -> None:
    for name in ("mine.html", "networks/mine.html"):
        (results / name).write_text(f"<!doctype html><p>my notes on {ID}")
    (results / "made.html").write_text(f"{PAGE}<p>{ID}")
    for name, author in (("mine.docx", "A. Analyst"), ("made.docx", "Barrier")):
        document = Document()
        document.core_properties.author = author
        document.add_paragraph(f"about {ID}")
        document.save(str(results / name))

    left = erase_results(results, TRACES)

    assert left == [results / "mine.docx", results / "mine.html", results / "networks" / "mine.html"]
    assert all(file.is_file() for file in left)
    assert not (results / "made.html").exists()
    assert not (results / "made.docx").exists()


@pytest.mark.parametrize("one", ["B&B-opvang-12", "O'Brien-12", "caf\u00e9-opvang-1", "a/b opvang", "x<y>-opvang"])
@pytest.mark.parametrize("written", ["html", "xml", "json", "address"])
def test_a_document_goes_whatever_escapes_stand_in_the_id(results: Path, one: str, written: str) -> None:
    told = {
        "html": html.escape(one),
        "xml": escape(one, {"'": "&apos;"}),
        "json": json.dumps(one),
        "address": quote(one, safe=""),
    }
    (results / "view.html").write_text(f"{PAGE}<p>about {told[written]} and more")

    assert erase_results(results, Traces([one])) == []
    assert not (results / "view.html").exists()
