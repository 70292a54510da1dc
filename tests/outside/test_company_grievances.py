"""The first real input: 12,000 invented companies in a layout of their own, through a mapping file."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import openpyxl
import pytest

from tests.helpers import Results, run

FILE = Path(__file__).parent / "data" / "company_grievances_input.csv.gz"
MAPPING = "fixtures/mappings/company-grievances.yaml"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("companies") / "out"
    done = run("scan", str(FILE), "--mapping", MAPPING, "--out", str(out))
    assert done.exit_code == 0, done.output
    return Results(out)


def test_the_companies_become_a_region(scanned: Results) -> None:
    rows = list(csv.DictReader(gzip.decompress(FILE.read_bytes()).decode().splitlines()))
    columns = ("name", "address", "city", "email", "phone", "owner")
    distinct = {tuple(r[c].strip().casefold() for c in columns) for r in rows}
    grievances = sum(int(r[c]) for r in rows for c in r if c.endswith("_grievances"))
    loaded = scanned.scan["rows_loaded"]

    assert len(rows) == 12000
    assert loaded["Business"] == len(distinct) == 11850
    assert loaded["Signal"] == loaded["CONCERNS"] <= grievances
    assert loaded["ESTABLISHED_AT"] == loaded["DIRECTS"] == 11850


def test_shared_contacts_and_signals_at_two_barriers_are_found(scanned: Results) -> None:
    assert len(scanned.by("shared_contact_many_businesses")) > 100
    assert len(scanned.by("signals_at_two_barriers")) > 100


def test_no_name_phone_or_mail_of_an_owner_is_kept(scanned: Results) -> None:
    first = next(csv.DictReader(gzip.decompress(FILE.read_bytes()).decode().splitlines()))
    files = [f for place in (scanned.path, scanned.store) for f in place.rglob("*") if f.is_file()]

    for value in (first["owner"], first["email"], first["phone"]):
        assert [f.name for f in files if value.encode() in f.read_bytes()] == []


def test_the_same_file_as_xlsx_gives_the_same_region(scanned: Results, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(gzip.decompress(FILE.read_bytes()).decode().splitlines()[:200]):
        sheet.append([int(c) if c.isdigit() and len(c) < 4 else c for c in row])
    book.save(tmp_path / "companies.xlsx")
    (tmp_path / "companies.csv").write_text("\n".join(gzip.decompress(FILE.read_bytes()).decode().splitlines()[:200]))

    for ending in ("csv", "xlsx"):
        source = str(tmp_path / f"companies.{ending}")
        assert run("scan", source, "--mapping", MAPPING, "--out", str(tmp_path / ending)).exit_code == 0

    assert Results(tmp_path / "csv").findings == Results(tmp_path / "xlsx").findings
    assert Results(tmp_path / "csv").scan["rows_loaded"] == Results(tmp_path / "xlsx").scan["rows_loaded"]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("name,sector\nA,Retail\n")
    done = run("check", str(tmp_path / "c.csv"), "--mapping", MAPPING)

    assert done.exit_code == 2
    assert "c.csv: column address is missing; found " in done.stderr
