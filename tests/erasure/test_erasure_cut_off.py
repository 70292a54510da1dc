"""An erasure that is really killed, at every late step: the next command finishes it, and the numbers are told."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

import barrier
from barrier.errors import TryAgainError
from barrier.history.folder import read_scan
from barrier.history.snapshots import snapshots
from barrier.store import open_store
from barrier.traces import Traces
from tests.helpers import Results, put_back, run
from tests.processes import command
from tests.searching import holding

pytestmark = pytest.mark.slow

PLACE = "a-vrouwenopvang-998877"
PERSON = "p-opvang-"
TOLD = "1 place became protected; older traces in this store"
LATER = ["--at", "2026-09-02", "--purpose", "test"]
KILLED_AT = """
import importlib, os, signal, sys
module = importlib.import_module(sys.argv[1])
step = getattr(module, sys.argv[2])
def killed(*given, **named):
    if sys.argv[3] == "after":
        step(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, sys.argv[2], killed)
from barrier.cli.main import main
main(sys.argv[4:])
"""
Rows = Sequence[Mapping[str, str]]


def _write(folder: Path, table: str, rows: Rows) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _deliver(folder: Path, *, protected: str = "") -> None:
    folder.mkdir(exist_ok=True)
    places = [(PLACE, "60"), ("a-gewoon-1", "80"), ("a-gewoon-2", "20")]
    told = {"municipality": "GM9001", "kind": "dwelling"}
    rows = [{"id": i, **told, "area_m2": m2, "protected": str(i == protected).lower()} for i, m2 in places]
    _write(folder, "Address", rows)
    people = [(f"{PERSON}{i}", PLACE) for i in range(12)] + [(f"p-gewoon-{i}", "a-gewoon-2") for i in range(9)]
    _write(folder, "Person", [{"id": p, "birth_year": "1990"} for p, _ in people])
    stay = {"function": "residence", "from": "2026-01-01", "source": "BRP"}
    _write(folder, "REGISTERED_AT", [{"source_id": p, "target_id": a, **stay} for p, a in people])


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scan a small region with a crowded place, open a case about that, and save what is there."""
    place = tmp_path_factory.mktemp("worked") / "place"
    (place / "home").mkdir(parents=True)
    region, out = place / "delivery" / "region", place / "work" / "out"
    region.parent.mkdir()
    _deliver(region)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place / "home"))
        done = run("scan", str(region), "--out", str(out), "--at", "2026-09-01", "--purpose", f"kijk naar {PLACE}")
        assert done.exit_code == 0, done.output
        store = ["--store", f"{out}.barrier", "--purpose", "test"]
        done = run("case", "open", PLACE, "--by", "Jansen", *store, "--at", "2026-09-01")
        assert done.exit_code == 0, done.output
    shutil.copytree(place, place.with_name("saved"), symlinks=True)
    return place


@pytest.fixture
def tmp_path(worked: Path) -> Path:
    """Return the place as it was left, whatever another test did with it."""
    return put_back(worked, worked.with_name("saved"))


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the small region, and set a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "delivery" / "region"


@pytest.fixture
def scanned(region: Path, tmp_path: Path) -> Results:
    """Return results of a scan of the region, in which the place is delivered as protected now."""
    _deliver(region, protected=PLACE)
    return Results(tmp_path / "work" / "out")


def _killed_scan(region: Path, scanned: Results, step: str, when: str) -> None:
    place, _, name = step.rpartition(".")
    scan = ["scan", str(region), "--out", str(scanned.path), *LATER]
    done = command(place, name, when, *scan, code=KILLED_AT)
    assert done.returncode == -signal.SIGKILL, done.stderr


def _left(scanned: Results, tmp_path: Path) -> list[tuple[str, str]]:
    return holding([PLACE, PERSON], scanned.path.parent, tmp_path / "home")


STEPS = [
    ("barrier.erasure.erase.write_intent", "after"),
    ("barrier.erasure.erase.forget_baseline", "after"),
    ("barrier.casework.erasing._seal", "after"),
    ("barrier.history.rewriting._finish", "before"),
    ("barrier.erasure.erase.erase_readings", "after"),
    ("barrier.scan.run.load", "after"),
    ("barrier.erasure.erase.write_ledger", "after"),
    ("barrier.erasure.erase.remove_intent", "after"),
    ("barrier.scan.run.keep_snapshot", "after"),
    ("barrier.results.writing.seal_results", "before"),
]


def test_a_scan_killed_at_any_late_step_leaves_no_byte_after_the_next_command_and_the_numbers_are_told(
    region: Path, scanned: Results, tmp_path: Path
) -> None:
    saved = [(tmp_path / name, tmp_path / f"{name}.saved") for name in ("work", "home")]
    for folder, copy in saved:
        shutil.copytree(folder, copy, copy_function=shutil.copy2)
    for step, when in STEPS:
        for folder, copy in saved:
            shutil.rmtree(folder)
            shutil.copytree(copy, folder, copy_function=shutil.copy2)
        _killed_scan(region, scanned, step, when)
        pending = (scanned.store / "erasing.json").exists()

        shown = run("history", "list", "--store", str(scanned.store), "--purpose", "test")

        assert shown.exit_code == 0, (step, shown.output)
        assert _left(scanned, tmp_path) == [], step
        assert (TOLD in shown.output) == pending, (step, shown.output)
        done = run("scan", str(region), "--out", str(scanned.path), *LATER)
        assert done.exit_code == 0, (step, done.output)
        assert TOLD in done.output, (step, done.output)
        found = Results(scanned.path)
        assert found.scan["became_protected"]["places"] == 1, step
        assert TOLD in found.report, step
        again = run("scan", str(region), "--out", str(scanned.path), *LATER)
        assert "became protected" not in again.output, step


def _cut_off(scanned: Results, region: Path, tmp_path: Path) -> None:
    _killed_scan(region, scanned, "barrier.erasure.erase.write_intent", "after")
    assert ("findings.jsonl", PLACE) in _left(scanned, tmp_path)


def test_diff_of_result_folders_finishes_an_erasure_before_it_reads_them(
    region: Path, scanned: Results, tmp_path: Path
) -> None:
    _cut_off(scanned, region, tmp_path)

    done = run("diff", str(scanned.path), str(scanned.path), "--purpose", "test")

    assert done.exit_code == 0, done.output
    assert TOLD in done.output
    assert _left(scanned, tmp_path) == []


def test_alerts_finish_an_erasure_before_they_count_what_is_new(region: Path, scanned: Results, tmp_path: Path) -> None:
    _cut_off(scanned, region, tmp_path)
    to = {"name": "office", "results": str(scanned.path), "channel": {"kind": "folder", "path": str(tmp_path / "in")}}
    alerts = tmp_path / "alerts.yaml"
    alerts.write_text(json.dumps({"format": 1, "recipients": [{**to, "strengths": ["strong", "medium", "weak"]}]}))

    done = run("alerts", "send", str(alerts), "--outbox", str(tmp_path / "box.sqlite"))

    assert done.exit_code == 0, done.output
    assert _left(scanned, tmp_path) == []


def test_results_of_an_erasure_that_another_process_is_at_are_not_read(
    region: Path, scanned: Results, tmp_path: Path
) -> None:
    _cut_off(scanned, region, tmp_path)

    with open_store(scanned.store).writing():
        done = run("diff", str(scanned.path), str(scanned.path), "--purpose", "test")
        with pytest.raises(TryAgainError, match="something is being erased from it"):
            read_scan(scanned.path)

    assert done.exit_code == 3, done.output
    assert PLACE not in done.output


def test_a_folder_of_somebody_else_gets_no_list_of_what_is_protected(region: Path, tmp_path: Path) -> None:
    _deliver(region, protected=PLACE)
    foreign = tmp_path / "foreign"
    (foreign / "history").mkdir(parents=True)
    (foreign / "history" / "essay.txt").write_text("mine")
    (foreign / "cases.sqlite").write_text("mine too")

    done = run("import", str(region), "--store", str(foreign), "--purpose", "test")

    assert done.exit_code == 2, done.output
    assert holding([PLACE], foreign) == []
    assert sorted(f.name for f in foreign.rglob("*") if f.is_file()) == ["cases.sqlite", "essay.txt"]


@pytest.mark.parametrize("spelling", [PLACE, PLACE.upper(), PLACE.title()], ids=["as is", "upper", "title"])
def test_an_id_in_another_case_goes_from_reasons_and_purposes(
    region: Path, scanned: Results, tmp_path: Path, spelling: str
) -> None:
    store = ["--store", str(scanned.store)]
    opened = run("case", "open", "a-gewoon-2", "--by", "Jansen", *store, "--at", "2026-09-01", "--purpose", "test")
    case = opened.output.split()[0].rstrip(":")
    why = f"zie ook {spelling}."
    weighed = run("case", "weigh", case, "--verdict", "no action", "--by", "Jansen", "--reason", why, *store)
    assert weighed.exit_code == 0, weighed.output
    run("history", "list", *store, "--purpose", f"om ({spelling})")

    run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert _left(scanned, tmp_path) == []
    assert case in run("case", "list", *store).output


def test_an_id_with_an_accent_is_found_in_its_other_spelling() -> None:
    traces = Traces(["a-caf\u00e9-998877"])

    assert traces.within("naast A-CAFE\u0301-998877, links")
    assert not traces.within("naast a-cafe-998877, links")


def test_no_count_of_an_ordinary_address_drops_where_somebody_who_lived_there_becomes_protected(
    region: Path, scanned: Results, tmp_path: Path
) -> None:
    _deliver(region)
    other = tmp_path / "work" / "other"
    run("scan", str(region), "--out", str(other), "--store", str(scanned.store), *LATER)
    people = (region / "Person.csv").read_text(encoding="utf-8").splitlines()
    flagged = [f"{x},{'true' if x.startswith('p-gewoon-8,') else 'false'}" for x in people[1:]]
    (region / "Person.csv").write_text("\n".join([f"{people[0]},protected", *flagged]) + "\n", encoding="utf-8")

    done = run("scan", str(region), "--out", str(scanned.path), "--at", "2026-09-03", "--purpose", "test")

    assert "1 person became protected" in done.output
    kept = snapshots(scanned.store / "history")
    assert [int(s.people["a-gewoon-2"]) for s in kept] == [8, 8, 8]
    assert [int(s.people[PLACE]) for s in kept] == [12, 12, 12]
    changes = (scanned.path / "changes.jsonl").read_text(encoding="utf-8")
    assert "a-gewoon-2" not in changes
    told = run("diff", str(other), str(scanned.path), "--purpose", "test").output
    assert "gone: 0" in told
    assert "weaker: 0" in told
    assert "people then" not in told
    assert Results(other).occupancy["certain"].to_dict()["a-gewoon-2"] == 8
    assert holding(["p-gewoon-8"], scanned.path.parent, tmp_path / "home") == []


def test_a_notebook_finishes_an_erasure_before_it_reads(
    region: Path, scanned: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _cut_off(scanned, region, tmp_path)

    with barrier.open(scanned.store, purpose="test") as graph:
        places = graph.query("MATCH (a:Address) RETURN a.id AS id")["id"].tolist()
        day = graph.occupancy(date(2026, 9, 1))

    assert sorted(places) == ["a-gewoon-1", "a-gewoon-2"]
    assert PLACE not in day.to_string()
    assert TOLD in capsys.readouterr().err
    assert _left(scanned, tmp_path) == []


def test_a_notebook_reads_nothing_while_another_process_erases(region: Path, scanned: Results, tmp_path: Path) -> None:
    _cut_off(scanned, region, tmp_path)

    with open_store(scanned.store).writing(), pytest.raises(TryAgainError):
        barrier.open(scanned.store, purpose="test")


@pytest.mark.parametrize("flagged", ["a-nergens-1", f"{PLACE}-2"], ids=["never known", "part of the name is known"])
def test_a_place_that_the_store_never_knew_did_not_become_protected(
    region: Path, scanned: Results, flagged: str
) -> None:
    _deliver(region)
    file = region / "Address.csv"
    rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*rows, f"{flagged},GM9001,dwelling,60,true"]) + "\n", encoding="utf-8")

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert done.exit_code == 0, done.output
    assert "became protected" not in done.output
    assert Results(scanned.path).scan["became_protected"]["places"] == 0
    _deliver(region, protected=PLACE)
    rows = file.read_text(encoding="utf-8").splitlines()
    other = PLACE.upper()  # the same place in another spelling, flagged too
    file.write_text("\n".join([*rows, *(f"{i},GM9001,dwelling,60,true" for i in (flagged, other))]) + "\n")

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert TOLD in done.output
    assert Results(scanned.path).scan["became_protected"]["places"] == 1
