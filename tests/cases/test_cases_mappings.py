"""Small tables and spreadsheets that once went wrong through a mapping; the table of all cases is in
test_cases_regions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from barrier.errors import InputError
from barrier.ingest.region import Region
from tests.helpers import Results, run
from tests.ingest.mapped import counted, mapped, rejected, rows

RESIDENCES = """
  - file: {file}
    nodes:
      p: {{label: Person, id: {{prefix: p-, columns: [anr]}}}}
      a: {{label: Address, id: {{prefix: a-, columns: [adres]}}, properties: {{kind: {{value: dwelling}}{area}}}}}
    links:
      - type: REGISTERED_AT
        source: p
        target: a
        properties: {{from: {{column: van}}, until: {{column: tot}}, function: {{value: residence}}}}
"""


def test_case_05_a_return_to_an_address_counts(tmp_path: Path) -> None:
    text = "101;X1;2019-01-01;2020-01-01\n101;X2;2020-01-01;2026-01-01\n101;X1;2026-01-01;\n"
    text += "102;X1;2019-01-01;\n103;X1;2019-01-01;\n"
    sources = RESIDENCES.format(file="brp.csv", area=", area_m2: {value: '20'}")
    (tmp_path / "in").mkdir()
    mapped(tmp_path / "in", {"brp.csv": f"anr;adres;van;tot\n{text}"}, sources)
    asked = ("--mapping", str(tmp_path / "in" / "map.yaml"), "--out", str(tmp_path / "out"), "--at", "2026-09-01")

    done = run("scan", str(tmp_path / "in" / "brp.csv"), *asked)

    assert done.exit_code == 0, done.output
    people = Results(tmp_path / "out").occupancy["certain"].astype("int64")
    assert people.to_dict() == {"a-x1": 3}


def test_case_05_three_payments_are_three(tmp_path: Path) -> None:
    text = "bsnhash;iban;bedrag;aantal;maand\n" + "".join(f"1;NL1;1500;1;2026-0{n}-28\n" for n in (1, 2, 3))
    read = mapped(
        tmp_path,
        {"c.csv": text},
        """
  - file: c.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [bsnhash]}}
      i:
        label: Contact
        id: {prefix: iban-, columns: [iban], normal_form: iban, hash: true}
        properties: {kind: {value: iban}}
    links:
      - type: PAID_TO
        source: b
        target: i
        properties: {amount_eur: {column: bedrag}, payments: {column: aantal}, from: {column: maand}}
""",
    )

    paid = rows(read, "PAID_TO", "amount_eur", "payments")
    assert (sum(float(str(a)) for a, _ in paid), sum(int(str(n)) for _, n in paid)) == (4500.0, 3)


def test_case_05_every_class_of_shares_stays(tmp_path: Path) -> None:
    text = "nr,h,kind,on,off\n1,h1,25-50|votes,2016-04-06,\n1,h1,75-100,2018-04-06,2020-01-01\n"
    read = mapped(
        tmp_path,
        {"psc.csv": text + "1,h2,75-100,2020-01-01,\n1,,statement,2016-04-06,\n"},
        """
  - file: psc.csv
    nodes:
      b: {label: Business, id: {prefix: ch-, columns: [nr]}}
      p: {label: Person, id: {prefix: p-, columns: [h], hash: true}}
    links:
      - type: CONTROLS
        source: p
        target: b
        properties: {from: {column: 'on'}, until: {column: 'off'}, share: {column: kind, values: {75-100: '0.75'}}}
""",
    )

    assert rows(read, "CONTROLS", "from", "share") == [("2016-04-06", None), ("2018-04-06", 0.75), ("2020-01-01", 0.75)]


def test_case_07_an_empty_part_of_a_key_makes_no_address(tmp_path: Path) -> None:
    text = "kvk,straat,plaats\n1,,Veldstad\n2,,Veldstad\n3,Kade 1,Veldstad\n4,-,Veldstad\n5,onbekend,Veldstad\n"
    read = mapped(
        tmp_path,
        {"kvk.csv": text},
        """
  - file: kvk.csv
    nodes:
      b: {label: Business, id: {prefix: kvk-, columns: [kvk]}}
      a: {label: Address, id: {prefix: a-, columns: [straat, plaats]}, properties: {kind: {value: commercial}}}
    links: [{type: ESTABLISHED_AT, source: b, target: a}]
""",
    )

    assert rows(read, "Address", "id") == [("a-kade-1-veldstad",)]
    assert "kvk.csv: 4 rows without a key of a: no ESTABLISHED_AT is made (lines 2, 3, 5, …)" in read.notes


def test_case_07_what_stands_for_nothing_is_no_hub(tmp_path: Path) -> None:
    text = "kvk;mail;tel\n" + "".join(f"{n};geen;n.v.t.\n" for n in range(1, 13))
    read = mapped(
        tmp_path,
        {"c.csv": text},
        """
  - file: c.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [kvk]}}
      m: {label: Contact, id: {prefix: m-, columns: [mail], hash: true}, properties: {kind: {value: email}}}
      t: {label: Contact, id: {prefix: t-, columns: [tel], hash: true}, properties: {kind: {value: phone}}}
    links:
      - {type: REACHED_AT, source: b, target: m}
      - {type: REACHED_AT, source: b, target: t}
""",
    )

    assert (read.rows_loaded["Business"], read.rows_loaded["Contact"]) == (12, 0)
    assert "c.csv: 12 rows without a key of m: no REACHED_AT is made (lines 2, 3, 4, …)" in read.notes


def _book(tmp_path: Path, table: Sequence[Sequence[object]], *, merged: str = "") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["anr", "adres", "m2", "van", "tot"], *table):
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    return book


def _read(tmp_path: Path, book: openpyxl.Workbook) -> Region:
    book.save(tmp_path / "x.xlsx")
    return mapped(tmp_path, {}, RESIDENCES.format(file="x.xlsx", area=", area_m2: {column: m2}"))


PEOPLE: list[list[object]] = [["101", "X1", 90, "2024-01-01", None], ["102", "X1", 90, "2024-01-01", None]]


def test_case_11_a_column_that_stands_twice_in_a_sheet_is_refused(tmp_path: Path) -> None:
    book = _book(tmp_path, PEOPLE)
    book.worksheets[0]["F1"] = "van"

    with pytest.raises(InputError, match="column van: a name that stands twice, expected every column once"):
        _read(tmp_path, book)


def test_case_12_formulas_and_errors_are_set_aside_with_their_cells(tmp_path: Path) -> None:
    lost: list[list[object]] = [["101", "X1", 90, "=TODAY()", None], ["=A2", "X1", "=1+1", "2024-01-01", None]]
    read = _read(tmp_path, _book(tmp_path, [*lost, ["103", "#N/A", 1, "2024-01-01", None]]))

    assert [(line, column) for _, line, column, _ in rejected(read)] == [
        (2, "van"),
        (3, "anr"),
        (3, "m2"),
        (4, "adres"),
    ]
    assert counted(read) == ["x.xlsx: 3 rows: 0 used, 3 set aside"]


def test_case_12_the_sheet_that_is_read_and_those_that_are_not_are_named(tmp_path: Path) -> None:
    book = _book(tmp_path, PEOPLE)
    book.create_sheet("Blad2").append(["anr"])
    told = _read(tmp_path, book).notes
    hidden = _book(tmp_path, PEOPLE)
    hidden.create_sheet("Sheet0", 0).sheet_state = "hidden"

    assert "x.xlsx: sheet 1 (Sheet) was read; not read: sheet 2 (Blad2)" in told
    assert "x.xlsx: sheet 2 (Sheet) was read; not read: sheet 1 (Sheet0) (hidden)" in _read(tmp_path, hidden).notes


def test_case_12_residents_below_a_merged_address_are_set_aside(tmp_path: Path) -> None:
    table: list[list[object]] = [*PEOPLE, ["103", "X1", 90, "2024-01-01", None]]
    read = _read(tmp_path, _book(tmp_path, table, merged="B2:B4"))

    assert [(line, column) for _, line, column, _ in rejected(read)] == [(3, "adres"), (4, "adres")]
    assert rows(read, "REGISTERED_AT", "source_id") == [("p-101",)]


TOTALS: list[object] = ["Totaal: 2", None, 180, None, None]


def test_case_12_the_row_of_totals_is_no_person(tmp_path: Path) -> None:
    read = _read(tmp_path, _book(tmp_path, [*PEOPLE, TOTALS]))

    assert rows(read, "Person", "id") == [("p-101",), ("p-102",)]
    assert counted(read) == ["x.xlsx: 3 rows: 2 used, 1 set aside"]


def test_case_22_the_first_value_that_is_there_counts_and_a_conflict_is_told(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"c.csv": "adres,m2,soort,kvk\nX1,,dwelling,1\nX1,20,dwelling,2\nX1,999,commercial,3\n"},
        """
  - file: c.csv
    nodes:
      a:
        label: Address
        id: {prefix: a-, columns: [adres]}
        properties: {kind: {column: soort}, area_m2: {column: m2}}
      b: {label: Business, id: {prefix: b-, columns: [kvk]}}
    links: [{type: ESTABLISHED_AT, source: b, target: a}]
""",
    )

    assert rows(read, "Address", "kind", "area_m2") == [("dwelling", 20.0)]
    assert sum("1 node has more than one" in note for note in read.notes) == 2


def test_case_22_words_that_no_entry_takes_are_told(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"c.csv": "kvk,sbi\n1,Uitzendbureau\n2,uitzendbureau\n3,UITZENDBUREAU \n4,\n5,Bakker\n"},
        "  - file: c.csv\n    nodes: {b: {label: Business, id: {prefix: b-, columns: [kvk]}, "
        "properties: {sbi: {column: sbi, values: {Uitzendbureau: '78201'}}}}}\n",
    )

    assert [sbi for (sbi,) in rows(read, "Business", "sbi")] == ["78201", "78201", "78201", None, None]
    assert any(n.startswith("c.csv: sbi: 1 row with a word that no entry of values takes") for n in read.notes)


def _business(tmp_path: Path, file: str, text: str, node: str, *, more: str = "") -> Region:
    return mapped(tmp_path, {file: text}, f"  - file: {file}\n{more}    nodes: {{b: {{label: Business, {node}}}}}\n")


def test_case_23_companies_house(tmp_path: Path) -> None:
    text = 'Name, Number,Date,Sic\n"ALPHA LTD","01234567","05/04/2012","78200 - Temporary agency"\n'
    node = "id: {prefix: ch-, columns: [Number]}, properties: {started: {column: Date, format: dd/mm/yyyy}, "
    read = _business(tmp_path, "basic.csv", text, node + r"sbi: {column: Sic, match: '^\d{5}'}}")

    assert rows(read, "Business", "id", "started", "sbi") == [("ch-01234567", "2012-04-05", "78200")]


def test_case_23_trade_register_with_lost_zeros(tmp_path: Path) -> None:
    text = 'kvkNummer;datumAanvang\n1234567;20120405\n01234567;20120405\n"01.234.567";20120400\n'
    node = "id: {prefix: kvk-, columns: [kvkNummer], width: 8}, "
    read = _business(
        tmp_path, "kvk.csv", text, f"{node}properties: {{started: {{column: datumAanvang, format: yyyymmdd}}}}"
    )

    assert rows(read, "Business", "id", "started") == [("kvk-01234567", "2012-04-05")]
    assert not len(read.rejected)


def test_case_23_moments_of_the_legal_entity_register_are_days(tmp_path: Path) -> None:
    text = "nr,on,off\n1,1990-03-01T00:00:00.000+01:00,\n2,2001-01-01T00:00:00Z,2020-12-31T23:59:59.000+01:00\n"
    node = "id: {prefix: b-, columns: [nr]}, properties: {started: {column: 'on'}, ended: {column: 'off'}}"

    assert rows(_business(tmp_path, "lei.csv", text, node), "Business", "started", "ended") == [
        ("1990-03-01", None),
        ("2001-01-01", "2020-12-31"),
    ]


def test_case_23_json_lines_of_one_kind(tmp_path: Path) -> None:
    text = '{"id": "co-1", "schema": "Company", "properties": {"name": ["Alpha BV"]}}\n'
    text += '{"id": "p-1", "schema": "Person", "properties": {"birthDate": ["1980"]}}\n'
    node = "id: {prefix: n-, columns: [id]}, properties: {name: {column: properties.name}}"
    where = "    where: [{column: schema, is: Company}]\n"
    read = _business(tmp_path, "entities.ftm.json", text, node, more=where)

    assert rows(read, "Business", "id", "name") == [("n-co-1", "Alpha BV")]
    assert counted(read) == ["entities.ftm.json: 2 rows: 1 used, 1 left out by the mapping"]


def test_case_23_offshore_leaks_with_a_filter_by_kind_of_link(tmp_path: Path) -> None:
    links = "1,2,officer_of,2006-03-23\n2,3,registered_address,\n2,4,same_name_as,\n"
    sources = """
  - file: e.csv
    nodes:
      e:
        label: Business
        id: {prefix: n-, columns: [id]}
        properties: {started: {column: d, format: [dd-MMM-yyyy, iso]}}
  - file: r.csv
    where: [{column: t, is: officer_of}]
    nodes:
      o: {label: Person, id: {prefix: n-, columns: [s]}}
      e: {label: Business, id: {prefix: n-, columns: [e]}}
    links: [{type: DIRECTS, source: o, target: e, properties: {from: {column: f}}}]
"""
    files = {"e.csv": "id,d\n2,23-MAR-2006\n4,2007-01-01\n", "r.csv": f"s,e,t,f\n{links}"}
    read = mapped(tmp_path, files, sources)

    assert rows(read, "Business", "id", "started") == [("n-2", "2006-03-23"), ("n-4", "2007-01-01")]
    assert rows(read, "DIRECTS", "source_id", "target_id") == [("n-1", "n-2")]
    assert not len(read.rejected)

    unfiltered = mapped(tmp_path, files, sources.replace("    where: [{column: t, is: officer_of}]\n", ""))
    assert {(file, line) for file, line, *_ in rejected(unfiltered)} == {("r.csv", 3), ("r.csv", 4)}
