"""Protection works backwards: what becomes protected is in no byte any more, and only how many did is said."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from barrier.casework.database import CaseDatabase
from barrier.erasure import erase
from barrier.scan import run as run_module
from tests.helpers import Results, put_back, run
from tests.searching import holding
from tools.demo_region import build

pytestmark = pytest.mark.slow

PLACE = "a-vrouwenopvang-998877"
WORDS = (PLACE, "p-opvang-", "b-opvang-", "t-opvang-", "s-opvang-", "o-opvang-", "l-opvang-", "i-opvang-")
WHY = ["--at", "2026-09-01", "--purpose", "test"]
LATER = ["--at", "2026-09-02", "--purpose", "test"]


def _add(folder: Path, table: str, *rows: dict[str, str]) -> None:
    file = folder / f"{table}.csv"
    head = file.read_text(encoding="utf-8").splitlines()[0].split(",")
    with file.open("a", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, head, lineterminator="\n", restval="")
        writer.writerows({k: v for k, v in row.items() if k in head} for row in rows)


def _deliver(folder: Path) -> None:
    """Write a region with every situation and a crowded place, people who live only there, what is only about it."""
    build(folder, persons=40)
    people = [f"p-opvang-{i}" for i in range(14)]
    _add(folder, "Address", {"id": PLACE, "municipality": "GM9001", "kind": "dwelling", "area_m2": "60"})
    _add(folder, "Person", *({"id": p, "birth_year": "1990"} for p in people))
    stay = {"target_id": PLACE, "function": "residence", "from": "2026-01-01", "source": "BRP"}
    _add(folder, "REGISTERED_AT", *({"source_id": p, **stay} for p in people))
    _add(folder, "Business", {"id": "b-opvang-1", "name": "b-opvang-naam", "sbi": "7820"})
    _add(folder, "ESTABLISHED_AT", {"source_id": "b-opvang-1", "target_id": PLACE})
    _add(folder, "WORKS_FOR", *({"source_id": p, "target_id": "b-opvang-1", "from": "2026-01-01"} for p in people))
    _add(folder, "OWNS", {"source_id": "ring-director", "target_id": PLACE, "from": "2020-01-01"})
    _add(folder, "LETS", {"source_id": "b-opvang-1", "target_id": PLACE, "from": "2020-01-01"})
    _add(folder, "Contact", {"id": "t-opvang-1", "kind": "phone"})
    _add(folder, "REACHED_AT", *({"source_id": p, "target_id": "t-opvang-1"} for p in people[:5]))
    signal = {"kind": "crowding_report", "barrier": "housing", "holder": "police", "observed": "2026-08-01"}
    _add(
        folder,
        "Signal",
        {"id": "s-opvang-1", "origin": "o-opvang-1", "reliability": "confirmed", "expires": "2028-01-01", **signal},
    )
    _add(folder, "CONCERNS", {"source_id": "s-opvang-1", "target_id": PLACE})
    _add(folder, "Inspection", {"id": "i-opvang-1", "date": "2026-08-10", "team": "housing", "outcome": "breach"})
    _add(folder, "INSPECTED", {"source_id": "i-opvang-1", "target_id": PLACE})
    _add(folder, "Licence", {"id": "l-opvang-1", "kind": "room_letting", "status": "active"})
    _add(folder, "FOR_PREMISES", {"source_id": "l-opvang-1", "target_id": PLACE})


def _protect(region: Path, *ids: str) -> None:
    for table in ("Address", "Person"):
        file = region / f"{table}.csv"
        rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
        for row in rows:
            row["protected"] = "true" if row["id"] in ids else row["protected"]
        with file.open("w", newline="", encoding="utf-8") as target:
            writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _work(region: Path, out: Path) -> None:
    """Scan a region twice; leave a case about the place, a decision and a document."""
    store = f"{out}.barrier"
    for day in ("2026-08-31", "2026-09-01"):
        done = run("scan", str(region), "--out", str(out), "--at", day, "--purpose", "test", "--control-sample", "2")
        assert done.exit_code == 0, done.output
    about = PLACE
    done = run("case", "open", about, "--by", "Jansen", "--store", store, *WHY)
    assert done.exit_code == 0, done.output
    weigh = ["case", "weigh", "case-2026-0001", "--verdict", "no action", "--by", "Jansen", "--store", store]
    assert run(*weigh, "--reason", f"klein huis, zie {PLACE}.").exit_code == 0
    assert run(*weigh, "--reason", "klein huis naast de kerk").exit_code == 0
    done = run("case", "document", about, "--out", str(out / "document.docx"), "--store", store, *WHY)
    assert done.exit_code == 0, done.output
    run("networks", "show", "b-opvang-1", "--store", store, *WHY)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do the work of `_work` once, and save what it left."""
    place = tmp_path_factory.mktemp("worked") / "place"
    (place / "home").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place / "home"))
        _deliver(place / "delivery" / "region")
        _work(place / "delivery" / "region", place / "work" / "out")
    shutil.copytree(place, place.with_name("saved"), symlinks=True)
    return place


@pytest.fixture
def tmp_path(worked: Path) -> Path:
    """Return the place with the work as it was left, whatever another test did with it."""
    return put_back(worked, worked.with_name("saved"))


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return tmp_path / "delivery" / "region"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def scanned(tmp_path: Path, home: Path) -> Results:
    """Return results of two scans of the region, with a case about the place, a decision and a document."""
    return Results(tmp_path / "work" / "out")


def _searched(scanned: Results, home: Path) -> list[tuple[str, str]]:
    return holding(WORDS, scanned.path.parent, home)


def test_a_place_that_becomes_protected_is_in_no_byte_any_more(scanned: Results, region: Path, home: Path) -> None:
    before = {name for name, _ in _searched(scanned, home)}
    assert {"findings.jsonl", "cases.sqlite", "Address.arrow", "report.html", "document.docx"} <= before
    _protect(region, PLACE)

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert done.exit_code == 0, done.output
    left = _searched(scanned, home)
    assert left == [], left
    assert "1 place became protected; older traces in this store" in done.output
    assert "Documents, exports, results for partners and copies written elsewhere keep theirs" in done.output
    assert "1 case about what became protected was closed" in done.output
    protected = Results(scanned.path).scan["became_protected"]
    assert (protected["places"], protected["cases_closed"]) == (1, 1)


def _on(scanned: Results) -> list[str]:
    return ["--store", str(scanned.store), "--purpose", "test"]


def test_a_case_about_it_is_as_if_it_never_was_and_the_journal_holds(
    scanned: Results, region: Path, home: Path
) -> None:
    store = ["--store", str(scanned.store)]
    unknown = run("case", "show", "case-2026-0009", *store)
    _protect(region, PLACE)
    run("scan", str(region), "--out", str(scanned.path), *LATER)

    shown = run("case", "show", "case-2026-0001", *store)
    assert (shown.exit_code, shown.output) == (2, unknown.output.replace("0009", "0001"))
    assert "case-2026-0001" not in run("case", "list", *store).output
    assert CaseDatabase(scanned.store / "cases.sqlite").verify() == []
    assert holding(["klein huis"], scanned.store) == []  # what was said in it names no id, and goes too
    (last, *_) = reversed(CaseDatabase(scanned.store / "cases.sqlite").lines())
    assert (last["action"], last["content"]["cases_sealed"]) == ("erase", 1)
    again = run("case", "open", "ring-lender", "--by", "Jansen", *store, *LATER)
    assert again.output.startswith("case-2026-0002")  # a number is not given out again


def test_what_it_held_is_not_told_as_gone(scanned: Results, region: Path, home: Path) -> None:
    _protect(region, PLACE)
    run("scan", str(region), "--out", str(scanned.path), *LATER)

    changes = (scanned.path / "changes.jsonl").read_text(encoding="utf-8")
    assert [json.loads(x) for x in changes.splitlines() if '"gone"' in x and "overcrowded" in x] == []
    assert "became protected" in changes


@pytest.mark.parametrize("step", ["erase_results", "forget_baseline", "erase_from_cases", "erase_snapshots", "load"])
def test_an_erasure_that_is_cut_off_is_finished_before_anything_is_shown(
    scanned: Results, region: Path, home: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    _protect(region, PLACE)
    with monkeypatch.context() as patch:
        patch.setattr(run_module if step == "load" else erase, step, killed)
        with pytest.raises(Killed):
            run("scan", str(region), "--out", str(scanned.path), *LATER)
    assert holding([PLACE], scanned.store) != []

    shown = run("history", "list", *_on(scanned))

    assert shown.exit_code == 0, shown.output
    assert _searched(scanned, home) == []


def test_an_import_erases_as_a_scan_does(scanned: Results, region: Path, home: Path) -> None:
    _protect(region, PLACE)
    done = run("import", str(region), *_on(scanned))

    assert "1 place became protected" in done.output
    assert _searched(scanned, home) == []


def test_other_results_of_the_store_are_cleaned_and_those_that_are_away_are_named(
    scanned: Results, region: Path, home: Path, tmp_path: Path
) -> None:
    other, away = tmp_path / "work" / "other", tmp_path / "work" / "away"
    for out in (other, away):
        run("scan", str(region), "--out", str(out), "--store", str(scanned.store), *LATER)
    moved = tmp_path / "moved"
    away.rename(moved)
    _protect(region, PLACE)

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert f"{away}: older results could not be reached" in done.output
    assert _searched(scanned, home) == []
    assert Results(scanned.path).scan["became_protected"] == {
        "places": 1,
        "persons": 0,
        "cases_closed": 1,
        "results_unreached": 1,
    }
    moved.rename(away)
    run("scan", str(region), "--out", str(scanned.path), *LATER)
    assert _searched(scanned, home) == []


@pytest.mark.parametrize("is_copy", [True, False], ids=["copied", "moved"])
def test_a_copy_cleans_its_own_results_and_a_store_that_moved_all_of_them(
    scanned: Results, region: Path, home: Path, tmp_path: Path, *, is_copy: bool
) -> None:
    apart, work, now = tmp_path / "apart" / "out", tmp_path / "work", tmp_path / "now"
    run("scan", str(region), "--out", str(apart), "--store", str(scanned.store), *LATER)
    shutil.copytree(work, now) if is_copy else work.rename(now)
    before = {f: f.read_bytes() for place in (work, apart) for f in place.rglob("*") if f.is_file()}
    _protect(region, PLACE)

    done = run("scan", str(region), "--out", str(now / "again"), "--store", str(now / "out.barrier"), *LATER)

    assert done.exit_code == 0, done.output
    assert holding(WORDS, now, home) == []
    assert ({f: f.read_bytes() for f in before if f.exists()} == before) is is_copy
    assert (holding(WORDS, apart, home) == []) is not is_copy


def test_a_place_that_was_away_and_comes_back_protected_leaves_nothing(
    scanned: Results, region: Path, home: Path
) -> None:
    whole = region.with_name("whole")
    shutil.copytree(region, whole)
    file = region / "Address.csv"
    file.write_text("".join(x for x in file.read_text().splitlines(keepends=True) if not x.startswith(PLACE)))
    run("scan", str(region), "--out", str(scanned.path), *LATER)
    _protect(whole, PLACE)

    done = run("scan", str(whole), "--out", str(scanned.path), *LATER)

    assert "1 place became protected" in done.output
    assert _searched(scanned, home) == []


def test_where_nothing_new_is_protected_the_past_is_not_looked_at(
    scanned: Results, region: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _protect(region, PLACE)
    run("scan", str(region), "--out", str(scanned.path), *LATER)
    monkeypatch.setattr(erase, "_erase", lambda *_, **__: pytest.fail("looked at the past"))

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert done.exit_code == 0, done.output
    assert "became protected" not in done.output


def test_a_director_who_becomes_protected_leaves_nothing(scanned: Results, region: Path, home: Path) -> None:
    _protect(region, "ring-director")
    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert "1 person became protected" in done.output
    assert holding(["ring-director"], scanned.path.parent, home) == []


@pytest.mark.parametrize("name", ["scan.json", "clusters.jsonl", "findings.jsonl", "occupancy.csv"])
def test_damaged_results_that_name_it_are_emptied_and_do_not_look_whole(
    scanned: Results, region: Path, home: Path, name: str
) -> None:
    with (scanned.path / name).open("r+b") as file:
        file.write(b"\xb5\xff")
    _protect(region, PLACE)

    done = run("import", str(region), "--store", str(scanned.store), "--purpose", "test")

    assert done.exit_code == 0, done.output
    assert _searched(scanned, home) == []
    refused = run("diff", str(scanned.path), str(scanned.path), "--purpose", "test")
    assert refused.exit_code == 2
    assert "damaged, or changed by hand" in refused.output
    assert run("scan", str(region), "--out", str(scanned.path), *LATER).exit_code == 0


def test_a_damaged_snapshot_goes_with_it_and_that_is_told(scanned: Results, region: Path, home: Path) -> None:
    damaged = min((scanned.store / "history").iterdir())
    content = bytearray((damaged / "clusters.parquet").read_bytes())
    content[-6] ^= 0xFF
    (damaged / "clusters.parquet").write_bytes(content)
    _protect(region, PLACE)

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert f"damaged snapshots cannot be shown to be clean and were removed: {damaged.name}" in done.output
    assert not damaged.exists()
    assert _searched(scanned, home) == []


@pytest.mark.parametrize(
    "header",
    ["Protected", "indicatie_geheim", "\u200bprotected"],
    ids=["another case", "in Dutch", "an invisible mark"],
)
def test_nothing_is_left_when_the_flag_is_called_otherwise(
    scanned: Results, region: Path, home: Path, header: str
) -> None:
    _protect(region, PLACE)
    for table in ("Address", "Person"):
        file = region / f"{table}.csv"
        file.write_text(file.read_text(encoding="utf-8").replace("protected", header, 1), encoding="utf-8")

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert done.exit_code == 0, done.output
    assert _searched(scanned, home) == []


@pytest.mark.parametrize("spelled", [f"{PLACE}\u200b", f"\u00a0{PLACE}", PLACE.upper()])
@pytest.mark.parametrize("extra", ["", ",,"], ids=["a whole row", "a row with cells too many"])
def test_nothing_is_left_of_an_id_that_is_flagged_in_another_spelling(
    scanned: Results, region: Path, home: Path, spelled: str, extra: str
) -> None:
    file = region / "Address.csv"
    head = file.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = ",".join({"id": spelled, "protected": "true"}.get(c, "") for c in head)
    file.write_text(file.read_text(encoding="utf-8") + row + extra + "\n", encoding="utf-8")

    done = run("scan", str(region), "--out", str(scanned.path), *LATER)

    assert "1 place became protected" in done.output  # exit code 2 where the row itself is set aside
    assert _searched(scanned, home) == []
