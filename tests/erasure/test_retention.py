"""Retention: what is past its term is told first, erased from everywhere, and extended only with a reason."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barrier.audit.places import cases_of
from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.erasing import erase_from_cases
from barrier.casework.terms import shipped_terms
from barrier.erasure.past_term import Limits, limits_of
from barrier.erasure.retention import erase, past_terms
from barrier.model.dates import today
from barrier.store.embedded import EmbeddedStore
from barrier.store.own_folders import READINGS
from barrier.traces import Traces
from tests.helpers import Results, put_back, run

pytestmark = pytest.mark.slow

GONE = "s-secret-of-camp"
LATER = "2026-10-01"
ERASE = ["--erase", "--really-on", "--by", "De Wit"]  # whatever day it is today


def _deliver(folder: Path) -> None:
    """Write the demo region with a signal that expires soon and a person whose only link ended long ago."""
    shutil.copytree("fixtures/demo", folder)
    with (folder / "Signal.csv").open("a") as file:
        file.write(f"{GONE},long_hours,labour,labour_inspectorate,2026-08-01,o-{GONE},confirmed,gdpr,2026-09-15\n")
    with (folder / "CONCERNS.csv").open("a") as file:
        file.write(",".join([GONE, "ring-lender", *[""] * (len(_header(folder, "CONCERNS")) - 2)]) + "\n")
    with (folder / "Person.csv").open("a") as file:
        file.write(",".join(["p-long-gone", *[""] * (len(_header(folder, "Person")) - 1)]) + "\n")
    values = {
        "source_id": "p-long-gone",
        "target_id": "ring-a1",
        "function": "residence",
        "from": "2010-01-01",
        "until": "2012-01-01",
    }
    with (folder / "REGISTERED_AT.csv").open("a") as file:
        file.write(",".join(values.get(c, "") for c in _header(folder, "REGISTERED_AT")) + "\n")


def _header(folder: Path, table: str) -> list[str]:
    return (folder / f"{table}.csv").read_text().splitlines()[0].split(",")


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scan the region once, open a case, and save what is there."""
    place = tmp_path_factory.mktemp("worked") / "place"
    place.mkdir()
    _deliver(place / "region")
    assert run("scan", str(place / "region"), "--out", str(place / "out"), "--at", "2026-09-01").exit_code == 0
    on = ["--store", str(place / "out.barrier"), "--at", "2026-09-01"]
    assert run("case", "open", "ring-lender", "--by", "Jansen", *on).exit_code == 0
    shutil.copytree(place, place.with_name("saved"), symlinks=True)
    return place


@pytest.fixture
def tmp_path(worked: Path) -> Path:
    """Return the place as it was left, whatever another test did with it."""
    return put_back(worked, worked.with_name("saved"))


@pytest.fixture
def region(tmp_path: Path) -> Path:
    return tmp_path / "region"


@pytest.fixture
def scanned(tmp_path: Path) -> Results:
    return Results(tmp_path / "out")


def _everything(folder: Path) -> str:
    """Return all bytes of a folder but for the number of its readings; compressed tables and graphs read as well."""
    found = []
    for file in (f for f in folder.rglob("*") if f.is_file() and f.name != READINGS):
        if file.suffix == ".parquet":
            found.append(json.dumps(pq.read_table(file).to_pydict(), default=str))
        if file.suffix == ".arrow":
            found.append(json.dumps(pa.ipc.open_file(file).read_all().to_pydict(), default=str))
        found.append(file.read_bytes().decode("latin-1"))
    return "\n".join(found)


def _store(scanned: Results) -> str:
    return str(scanned.path.with_name("out.barrier"))


def test_a_dry_run_tells_the_numbers_and_changes_nothing(scanned: Results) -> None:
    before = _everything(Path(_store(scanned)))
    done = run("retention", "run", "--store", _store(scanned), "--on", LATER, "--json")

    told = json.loads(done.output)
    assert told["signals"] == 1
    assert told["links"] > 1  # the demo region has more that ended long ago
    assert told["persons, contacts and visits without a link"] >= 1
    assert told["erased"] is False
    assert _everything(Path(_store(scanned))) == before


def test_what_was_erased_is_in_no_byte_of_store_results_and_cases(scanned: Results) -> None:
    everywhere = _everything(Path(_store(scanned))) + _everything(scanned.path)
    assert {t in everywhere for t in (GONE, f"o-{GONE}", "p-long-gone")} == {True}
    erased = [*ERASE, "--results", str(scanned.path)]
    done = run("retention", "run", "--store", _store(scanned), "--on", LATER, *erased)

    assert done.exit_code == 0, done.output
    assert re.search(r"Erased from [1-9]\d* records of cases", done.output)
    everywhere = _everything(Path(_store(scanned))) + _everything(scanned.path)
    left = [f.name for f in Path(_store(scanned)).rglob("*") if f.is_file() and b"p-long-gone" in f.read_bytes()]
    assert left == []
    assert [t for t in (GONE, f"o-{GONE}", "p-long-gone") if t in everywhere] == []
    query = "MATCH (n) WHERE n.id IN ['s-secret-of-camp', 'p-long-gone'] RETURN n.id"
    assert GONE not in run("query", "-", "--store", _store(scanned), "--json", stdin=query).output
    assert "withdrawn" in (scanned.path / "report.html").read_text()


def test_the_journal_keeps_that_it_was_done_by_whom_and_how_many(scanned: Results) -> None:
    run("retention", "run", "--store", _store(scanned), "--on", LATER, *ERASE)
    database = CaseDatabase(Path(_store(scanned)) / "cases.sqlite")
    lines = database.lines()

    assert (lines[-1]["action"], lines[-1]["actor"], lines[-1]["content"]["signals"]) == ("erase", "De Wit", 1)
    assert database.verify() == []


@pytest.mark.parametrize("ahead", [32, 300_000], ids=["32 days", "a year of four digits mistyped"])
def test_a_day_far_ahead_erases_nothing_without_a_word_that_it_is_meant(scanned: Results, ahead: int) -> None:
    store = ["--store", _store(scanned)]
    day = (today() + timedelta(days=ahead)).isoformat()
    before = _everything(Path(_store(scanned)))

    refused = run("retention", "run", *store, "--on", day, "--erase", "--by", "De Wit")

    assert refused.exit_code == 2
    assert f"--on {day}: more than 31 days ahead; what is not past its term yet stays" in refused.output
    assert "add --really-on" in refused.output
    assert _everything(Path(_store(scanned))) == before
    assert run("retention", "run", *store, "--on", day).exit_code == 0  # the numbers are told
    assert run("retention", "run", *store, "--on", day, *ERASE).exit_code == 0


def test_a_day_within_a_month_erases_as_before(scanned: Results) -> None:
    day = (today() + timedelta(days=31)).isoformat()

    done = run("retention", "run", "--store", _store(scanned), "--on", day, "--erase", "--by", "De Wit")

    assert done.exit_code == 0, done.output


def test_nobody_named_erases_nothing(scanned: Results) -> None:
    done = run("retention", "run", "--store", _store(scanned), "--on", LATER, *ERASE[:2])

    assert done.exit_code == 2
    assert GONE in _everything(Path(_store(scanned)))


def test_findings_of_an_old_snapshot_lose_their_facts_and_the_snapshot_goes_after_two_years(scanned: Results) -> None:
    history = Path(_store(scanned)) / "history"
    run("retention", "run", "--store", _store(scanned), "--on", "2027-01-01", *ERASE)
    (kept,) = history.iterdir()
    records = [json.loads(r) for r in pq.read_table(kept / "findings.parquet").to_pydict()["record"]]

    assert {len(r["facts"]) for r in records} == {0}
    run("retention", "run", "--store", _store(scanned), "--on", "2028-10-01", *ERASE)
    assert list(history.iterdir()) == []


def test_an_owner_that_is_erased_is_gone_from_the_snapshots_too(region: Path, tmp_path: Path) -> None:
    with (region / "Person.csv").open("a") as file:
        file.write(",".join(["p-old-owner", *[""] * (len(_header(region, "Person")) - 1)]) + "\n")
    table = pd.read_csv(region / "OWNS.csv", dtype="str", keep_default_na=False)
    told = {"source_id": "p-old-owner", "target_id": "ring-a1", "from": "2010-01-01", "until": "2026-09-10"}
    pd.concat([table, pd.DataFrame([told])]).fillna("").to_csv(region / "OWNS.csv", index=False)
    run("scan", str(region), "--out", str(tmp_path / "owned"), "--at", "2026-09-01")
    store = EmbeddedStore(tmp_path / "owned.barrier")
    short = shipped_terms().model_copy(update={"links_days": 7})
    past = past_terms(store, short, date(2026, 10, 1), {})
    assert "p-old-owner" in _everything(tmp_path / "owned.barrier")
    erase(store, past, [], By("De Wit", "account"), today=date(2026, 10, 1))

    assert "p-old-owner" not in _everything(tmp_path / "owned.barrier")


def test_a_delivery_that_brings_an_expired_signal_again_does_not_bring_it_back(region: Path, tmp_path: Path) -> None:
    done = run("scan", str(region), "--out", str(tmp_path / "later"), "--at", LATER)

    assert "1 signal was past the term and left out" in done.output
    assert GONE not in _everything(tmp_path / "later.barrier")


def _extend(scanned: Results, until: str, *more: str) -> str:
    done = run("retention", "extend", GONE, "--store", _store(scanned), "--until", until, *more)
    return f"{done.exit_code} {done.output}"


def test_a_term_is_extended_with_name_and_reason_once_and_no_longer_than_allowed(scanned: Results) -> None:
    why = ["--by", "De Wit", "--reason", "case under way"]

    assert "a decision needs a reason" in _extend(scanned, "2026-12-01", "--by", "De Wit")
    assert "no later than 2027-03-16" in _extend(scanned, "2028-01-01", *why)
    assert _extend(scanned, "2026-12-01", *why) == f"0 {GONE}: counts until 2026-12-01\n"
    assert "was extended 1 times, and no more is allowed" in _extend(scanned, "2027-01-01", *why)


def test_an_extended_signal_stays_and_counts_until_its_new_term(scanned: Results, region: Path) -> None:
    _extend(scanned, "2026-12-01", "--by", "De Wit", "--reason", "case under way")
    told = json.loads(run("retention", "run", "--store", _store(scanned), "--on", LATER, "--json").output)
    run("scan", str(region), "--out", str(scanned.path), "--at", LATER)

    assert told["signals"] == 0
    assert f"o-{GONE}" in (scanned.path / "findings.jsonl").read_text()


BROUGHT_BACK = {"again": (), "again, everywhere": ("--afresh",), "an earlier day": ("--at", "2026-09-01")}


@pytest.mark.parametrize("more", BROUGHT_BACK.values(), ids=list(BROUGHT_BACK))
def test_what_was_erased_does_not_come_back_with_the_same_delivery(
    scanned: Results, region: Path, more: tuple[str, ...]
) -> None:
    store = ["--store", _store(scanned)]
    run("retention", "run", *store, "--on", LATER, *ERASE)
    for day in ("2026-10-02", "2026-10-03"):  # the first one finds no store to build on, the second one does
        done = run("scan", str(region), "--out", str(scanned.path), *("--at", day), *more)

        assert done.exit_code == 0, done.output
        assert re.search(r"2,\d{3} links past their term were left out", done.output)
        assert "persons, contacts and visits left without a link by that: left out" in done.output
        assert [t for t in (GONE, "p-long-gone") if t in _everything(Path(_store(scanned)))] == []
        told = json.loads(run("retention", "run", *store, "--on", LATER, "--json").output)
        assert (told["signals"], told["links"], told["persons, contacts and visits without a link"]) == (0, 0, 0)


def test_an_import_after_an_erasure_does_not_bring_it_back_either(scanned: Results, region: Path) -> None:
    store = ["--store", _store(scanned)]
    run("retention", "run", *store, "--on", LATER, *ERASE)

    done = run("import", str(region), *store)

    assert done.exit_code == 0, done.output
    assert "links past their term were left out" in done.output
    assert [t for t in (GONE, "p-long-gone") if t in _everything(Path(_store(scanned)))] == []


def test_a_night_after_an_erasure_finds_what_a_scan_of_everything_finds(scanned: Results, region: Path) -> None:
    run("retention", "run", "--store", _store(scanned), "--on", LATER, *ERASE)
    for day in ("2026-10-02", "2026-10-12"):  # links pass their term between these days
        run("scan", str(region), "--out", str(scanned.path), "--at", day)
    night = Results(scanned.path).scan
    found = [(scanned.path / n).read_bytes() for n in ("findings.jsonl", "occupancy.csv", "clusters.jsonl")]
    run("scan", str(region), "--out", str(scanned.path), "--at", "2026-10-12", "--afresh")
    whole = Results(scanned.path)

    assert (bool(night["built_on"]), whole.scan["built_on"]) == (True, None)
    assert night["rows_loaded"] == whole.scan["rows_loaded"]
    assert night["input_fingerprint"] == whole.scan["input_fingerprint"]
    assert found == [(whole.path / n).read_bytes() for n in ("findings.jsonl", "occupancy.csv", "clusters.jsonl")]


def test_a_store_of_which_nothing_was_erased_keeps_links_that_ended_long_ago(scanned: Results, region: Path) -> None:
    done = run("scan", str(region), "--out", str(scanned.path), "--at", "2026-09-02")

    assert "past their term" not in done.output
    assert "p-long-gone" in _everything(Path(_store(scanned)))


def test_the_day_of_an_erasure_is_kept_for_a_server_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    server, day = "bolt://localhost:7687", date(2026, 9, 1)
    assert limits_of(server, day) == Limits(day, {}, None)
    told = {"links": 3, "on": LATER}
    erase_from_cases(cases_of(server), Traces(()), Traces(()), By("De Wit", "account"), told)

    assert limits_of(server, day) == Limits(date(2026, 10, 1), {}, 1826)
