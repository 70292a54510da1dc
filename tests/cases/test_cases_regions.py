"""Small regions and lists that once went wrong, each with what is right.

| case | what | test |
|---|---|---|
| 01 | a graph of others in Neo4j stays, and is refused | tests/contract/test_foreign_graph.py |
| 02 | a scan on Neo4j without ESTABLISHED_AT and FOR_PREMISES | tests/contract/test_sparse_regions.py |
| 03 | an open quote is named with its line | here |
| 05 | two periods, three payments, three shares | test_cases_mappings.py |
| 07 | an empty or meaningless part of a key | test_cases_mappings.py |
| 09 | secrecy under another header | here |
| 11, 12 | spreadsheets | test_cases_mappings.py |
| 15 | a share of oneself is no circle | here |
| 17 | its own answer scored again | here |
| 18 | a line break in a header | here |
| 19 | a missing name is null | here; on Neo4j tests/contract/test_sparse_regions.py |
| 21 | a licence of the future, ends before beginnings | here |
| 22, 23 | first values, foreign formats | test_cases_mappings.py |
| 24 | events and outcomes | here |
| 25 | ended, day unknown | here |
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.helpers import Results, copy_store, run

pytestmark = pytest.mark.slow

PERSONS = "id,birth_year\n" + "".join(f"p{n},1990\n" for n in range(1, 10))
ADDRESSES = "id,municipality,kind,area_m2\na1,GM9001,dwelling,60\na2,GM9001,dwelling,200\n"
BUSINESSES = "id,name,sbi\nb1,Een,78201\nb2,Twee,4711\n"


def _living(people: int, address: str = "a1", until: str = "") -> str:
    rows = "".join(f"p{n},{address},2020-01-01,{until},residence\n" for n in range(1, people + 1))
    return f"source_id,target_id,from,until,function\n{rows}"


def _write(region: Path, **files: str) -> Path:
    plain = {"Person": PERSONS, "Address": ADDRESSES, "Business": BUSINESSES, "REGISTERED_AT": _living(6)}
    for name, text in {**plain, **files}.items():
        (region / f"{name}.csv").write_text(text, encoding="utf-8")
    return region


def _scan(region: Path) -> Results:
    out = region.parent / "out"
    done = run("scan", str(region), "--out", str(out), "--at", "2026-09-01")
    assert done.exit_code in (0, 2), done.output
    return Results(out)


def _people(found: Results) -> tuple[int, int]:
    certain, possible = found.occupancy.loc[["a1"], ["certain", "possible"]].astype("int64").to_numpy()[0].tolist()
    return certain, possible


@pytest.mark.parametrize(
    "rows",
    [
        'b1,"De Hoek uitzend,78201\nb2,Twee,4711\nb3,Drie,4711\nb4,Vier "x",4711\nb5,Vijf,4711\n',
        'b1,"De Hoek uitzend,78201\nb2,Twee,4711\nb5,"Vijf bv",4711\nb6,Zes,1\n',
    ],
    ids=["openquote", "openquote2"],
)
def test_case_03_an_open_quote_is_refused_with_its_line(region: Path, rows: str) -> None:
    done = run("check", str(_write(region, Business=f"id,name,sbi\n{rows}")))

    assert done.exit_code == 2
    assert "Business.csv: line 2: a quote that is not closed takes other rows in (column 2)" in done.stderr


@pytest.mark.parametrize(
    ("header", "flag"), [("Protected", "true"), ("indicatie_geheim", "7"), ("prot\u200bected", "true")]
)
def test_case_09_who_is_secret_under_another_header_is_not_loaded(region: Path, header: str, flag: str) -> None:
    rows = "".join(f"p{n},1990,{flag if n < 4 else ''}\n" for n in range(1, 10))
    found = _scan(_write(region, Person=f"id,birth_year,{header}\n{rows}"))

    assert found.scan["withheld"] == 3
    assert found.scan["rows_loaded"]["Person"] == 6
    assert _people(found) == (3, 3)


def test_case_15_a_share_of_oneself_is_no_circle_and_the_circle_of_two_stays(region: Path) -> None:
    controls = "source_id,target_id,from,share\nb1,b1,2020-01-01,0.1\nb2,b3,2020-01-01,1\nb3,b2,2020-01-01,1\n"
    found = _scan(_write(region, Business=BUSINESSES + "b3,Drie,4711\n", CONTROLS=controls))

    assert found.by("circular_ownership") == ["b2"]


def test_case_17_its_own_answer_is_answered_anew(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "rc.csv").write_text("id,naam\nring-a1,x\nnope,y\n")
    where = ("--store", str(copy_store(demo.store, tmp_path / "s.barrier")))
    first = run("score", str(tmp_path / "rc.csv"), *where, "--out", str(tmp_path / "r1.csv"))
    again = run("score", str(tmp_path / "r1.csv"), *where)

    assert first.exit_code == again.exit_code == 0
    assert [r["state"] for r in csv.DictReader(again.stdout.splitlines())] == ["found", "unknown"]


def test_case_18_a_line_break_in_a_header_is_read(region: Path) -> None:
    done = run("check", str(_write(region, Business='id;"name\n(statutair)";sbi\nb1;Een;78201\nb2;Twee;4711\n')))

    assert done.exit_code == 0
    assert "Business.csv: 1 column that is not in the model (column 2): dropped" in done.stderr


def test_case_19_a_name_that_is_missing_is_null(region: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "s.barrier")
    run("import", str(_write(region, Business="id,sbi\nb1,78201\nb2,4711\n")), "--store", store)
    asked = "MATCH (b:Business) WHERE b.name IS NULL RETURN count(*) AS n"

    done = run("query", "-", "--store", store, "--json", stdin=asked)

    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"n": 2}]


@pytest.mark.parametrize(
    ("term", "rejected"),
    [("2027-01-01,", 0), ("2024-01-01,2023-12-31", 2)],
    ids=["lic2-future", "lic2-rev"],
)
def test_case_21_a_licence_that_does_not_hold_takes_no_finding_away(region: Path, term: str, rejected: int) -> None:
    licences = f"id,kind,status,valid_from,valid_until\nl1,room_letting,active,{term}\n"
    works = "".join(f"p{n},b1,2020-01-01,agency\n" for n in range(1, 10))
    found = _scan(
        _write(
            region,
            Address=ADDRESSES.replace("dwelling,60", "dwelling,200"),
            REGISTERED_AT=_living(9),
            WORKS_FOR=f"source_id,target_id,from,form\n{works}",
            LETS="source_id,target_id,from\nb2,a1,2020-01-01\n",
            Licence=licences,
            FOR_PREMISES="source_id,target_id,from\nl1,a1,2020-01-01\n",
        )
    )

    assert found.by("letting_without_licence") == ["a1"]
    assert found.scan["rows_rejected"] == rejected


def test_case_21_a_business_that_ended_before_it_began_is_set_aside(region: Path) -> None:
    text = "id,started,ended\nb1,2015-01-01,1950-01-01\nb2,2015-01-01,2014-12-31\nb3,2015-01-01,9999-12-31\n"

    done = run("check", str(_write(region, Business=text)))

    assert done.exit_code == 2
    assert [f"Business.csv: line {n}: ended: ended lies before started" in done.stdout for n in (2, 3, 4)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("rows", "answered", "told"),
    [
        ("2026-09-01;closure;ring-a1;x\n".replace("2026-09-01", "01-09-2026"), 0, "line 2: date: not a date"),
        (
            "2026-06-01;closure;ring-a1;a;b\n2026-06-01;closure;ring-a2\n2026-06-01;closure;bestaatniet;\n"
            "2026-06-01;closure;ring-a3;ok\n",
            1,
            "rows of ev.csv: 4 rows: 1 used, 3 set aside",
        ),
        ("2026-06-01;closure;bestaatniet;\n2026-06-01;closure;RING-A1;\n", 0, "lines 2, 3: place: no address"),
    ],
    ids=["ev1", "ev3", "ev6"],
)
def test_case_24_events_are_read_like_a_region(
    demo: Results, tmp_path: Path, rows: str, answered: int, told: str
) -> None:
    (tmp_path / "ev.csv").write_text(f"date;kind;place;note\n{rows}")

    done = run("displacement", "--store", str(demo.store), "--events", str(tmp_path / "ev.csv"))

    assert done.exit_code == 2
    assert done.stdout.count(" closure at ") == answered
    assert told in done.stderr


def test_case_24_outcomes_that_contradict_each_other_or_of_nobody_are_told(demo: Results, tmp_path: Path) -> None:
    store = copy_store(demo.store, tmp_path / "s.barrier")
    (tmp_path / "out4.csv").write_text("id,outcome\na-0000071,breach\na-0000071,nothing\nonzin,breach\n")
    (tmp_path / "out2.csv").write_text("id;outcome\nring-a1;breach\nring-a3;breach\n")

    four, two = (run("evaluate", "--store", str(store), "--outcomes", str(tmp_path / f"out{n}.csv")) for n in (4, 2))

    assert four.exit_code == 2
    assert "lines 2, 3: outcome: another row says otherwise of the same id" in four.stderr
    assert "line 4: id: this id stands in no work list of the cases" in four.stderr
    assert "give --outcomes" not in two.stderr


@pytest.mark.parametrize("until", ["0000-00-00", "2026-00-00"], ids=["until-zero", "until-partial"])
def test_case_25_who_left_on_an_unknown_day_may_still_live_there(region: Path, until: str) -> None:
    found = _scan(_write(region, REGISTERED_AT=_living(6, until=until)))

    assert _people(found) == (0, 6)
