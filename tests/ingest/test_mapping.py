"""Mappings: no row, link or value of a foreign table is lost, merged or made up without a word."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from barrier.errors import InputError
from tests.ingest.mapped import RESIDENCES, counted, mapped, rejected, rows

BRP = """anr;adres;van;tot
101;X1;2019-01-01;2020-01-01
101;X2;2020-01-01;2026-01-01
101;X1;2026-01-01;
102;X1;2019-01-01;
"""


def test_a_return_to_an_address_is_a_link_of_its_own(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"brp.csv": BRP}, RESIDENCES)

    assert rows(read, "REGISTERED_AT", "source_id", "target_id", "from") == [
        ("p-101", "a-x1", "2019-01-01"),
        ("p-101", "a-x2", "2020-01-01"),
        ("p-101", "a-x1", "2026-01-01"),
        ("p-102", "a-x1", "2019-01-01"),
    ]


def test_a_row_that_is_wholly_equal_is_taken_once_and_counted(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"brp.csv": BRP + "102;X1;2019-01-01;\n"}, RESIDENCES)

    assert len(rows(read, "REGISTERED_AT", "from")) == 4
    assert counted(read) == ["brp.csv: 5 rows: 4 used, 1 equal to an earlier one"]


def test_every_payment_and_every_class_of_shares_stays(tmp_path: Path) -> None:
    pay = "a;iban;bedrag;maand\n1;NL91ABNA0417164300;1500;2026-01-31\n1;NL91ABNA0417164300;1500;2026-02-28\n"
    psc = "nr,h,kind,on,off\n1,h1,25-50|votes,2016-04-06,\n1,h1,75-100,2018-04-06,2020-01-01\n"
    psc += "1,h2,75-100,2020-01-01,\n1,,,,\n"
    read = mapped(
        tmp_path,
        {"pay.csv": pay, "psc.csv": psc},
        """
  - file: pay.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [a]}}
      i: {label: Contact, id: {prefix: iban-, columns: [iban], hash: true}, properties: {kind: {value: iban}}}
    links:
      - {type: PAID_TO, source: b, target: i, properties: {amount_eur: {column: bedrag}, from: {column: maand}}}
  - file: psc.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [nr]}}
      p: {label: Person, id: {prefix: p-, columns: [h], hash: true}}
    links:
      - type: CONTROLS
        source: p
        target: b
        properties: {from: {column: 'on'}, until: {column: 'off'}, share: {column: kind, values: {75-100: '0.75'}}}
""",
    )

    assert rows(read, "PAID_TO", "amount_eur", "from") == [(1500.0, "2026-01-31"), (1500.0, "2026-02-28")]
    assert rows(read, "CONTROLS", "from", "share") == [("2016-04-06", None), ("2018-04-06", 0.75), ("2020-01-01", 0.75)]
    assert "psc.csv: 1 row without a key of p: no CONTROLS is made (line 5)" in read.notes


HUB = """
  - file: c.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [kvk]}}
      m: {label: Contact, id: {prefix: mail-, columns: [mail], hash: true}, properties: {kind: {value: email}}}
      t: {label: Contact, id: {prefix: tel-, columns: [tel], hash: true}, properties: {kind: {value: phone}}}
      a: {label: Address, id: {prefix: a-, columns: [straat, plaats]}, properties: {kind: {value: commercial}}}
    links:
      - {type: REACHED_AT, source: b, target: m}
      - {type: REACHED_AT, source: b, target: t}
      - {type: ESTABLISHED_AT, source: b, target: a}
"""
NOTHING = [
    "geen;n.v.t.;;Veldstad",
    "GEEN; ;-;Veldstad",
    "n.v.t;0000000000;onbekend;Veldstad",
    "Onbekend;06-00000000;N.V.T.;Veldstad",
    "geen@geen.nl;+31 6 00000000;x;Veldstad",
    "nvt;unknown;?;Veldstad",
    "none;null;(onbekend);Veldstad",
    "x;X;n/a;Veldstad",
    "--;11111111;niet bekend;Veldstad",
    "\u200bgeen;nee;\u00a0geen\u00a0;Veldstad",
]


def test_what_stands_for_nothing_makes_no_contact_and_no_address(tmp_path: Path) -> None:
    lines = [f"{n};{row}" for n, row in enumerate(NOTHING, start=1)]
    read = mapped(tmp_path, {"c.csv": "kvk;mail;tel;straat;plaats\n" + "\n".join(lines) + "\n"}, HUB)

    assert read.rows_loaded["Business"] == len(NOTHING)
    assert read.rows_loaded["Contact"] == read.rows_loaded["Address"] == read.rows_loaded["ESTABLISHED_AT"] == 0
    assert not len(read.rejected)
    assert (
        "c.csv: mail: 10 rows with a word that stands for nothing: no key is made of it; "
        "where it is one, name it under values in placeholders.yaml (lines 2, 3, 4, …)" in read.notes
    )
    assert "c.csv: 10 rows without a key of a: no ESTABLISHED_AT is made (lines 2, 3, 4, …)" in read.notes


def test_a_part_of_a_key_that_need_not_be_there_may_be_empty_and_a_letter_x_is_one(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"a.csv": "straat,nr,letter\nKade,1,\nKade,1,x\nKade,1,-\nKade,,a\n"},
        """
  - file: a.csv
    nodes:
      a: {label: Address, id: {prefix: a-, columns: [straat, nr, {column: letter, required: false}]}}
""",
    )

    assert rows(read, "Address", "id") == [("a-kade-1",), ("a-kade-1-x",)]
    assert rejected(read) == [("a.csv", 5, "", "makes nothing: no key is filled in it")]


def test_the_first_value_that_is_there_wins_and_contradictions_are_told_with_their_lines(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"c.csv": "adres,m2,soort,kvk\nX1,,dwelling,1\nX1,20,dwelling,2\nX1,20.0,,4\nX1,999,commercial,3\n"},
        """
  - file: c.csv
    nodes:
      a:
        label: Address
        id: {prefix: a-, columns: [adres]}
        properties: {kind: {column: soort}, area_m2: {column: m2}}
      b: {label: Business, id: {prefix: b-, columns: [kvk]}}
    links:
      - {type: ESTABLISHED_AT, source: b, target: a}
""",
    )

    assert rows(read, "Address", "id", "kind", "area_m2") == [("a-x1", "dwelling", 20.0)]
    assert [n.removeprefix("Address: 1 node has more than one ") for n in read.notes if "more than one" in n] == [
        "kind (such as c.csv line 2, and another in c.csv line 5): the first is kept",
        "area_m2 (such as c.csv line 3, and another in c.csv line 5): the first is kept",
    ]


def test_words_are_matched_without_case_and_blanks_and_those_that_no_entry_takes_are_told(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"c.csv": "kvk,sbi\n1,Uitzendbureau\n2,uitzendbureau\n3,UITZENDBUREAU \n4,\n5,bakker\n6,Jansen 12\n7,geen\n"},
        """
  - file: c.csv
    nodes:
      b:
        label: Business
        id: {prefix: b-, columns: [kvk]}
        properties: {sbi: {column: sbi, values: {Uitzendbureau: '78201'}}}
""",
    )

    assert [sbi for _, sbi in rows(read, "Business", "id", "sbi")] == ["78201"] * 3 + [None] * 4
    assert (
        "c.csv: sbi: 2 rows with a word that no entry of values takes: no sbi of Business: "
        "bakker and 1 that are no plain words (lines 6, 7)"
    ) in read.notes
    assert "c.csv: sbi: 1 row with a word that stands for nothing: no sbi of Business (line 8)" in read.notes


def test_a_fault_is_told_under_its_own_file_and_nodes_of_a_second_file_are_merged(tmp_path: Path) -> None:
    source = """
  - file: {file}
    nodes:
      p: {{label: Person, id: {{prefix: p-, columns: [anr]}}, properties: {{birth_year: {{column: jaar}}}}}}
      a: {{label: Address, id: {{prefix: a-, columns: [adres]}}}}
    links:
      - {{type: REGISTERED_AT, source: p, target: a, properties: {{from: {{column: van}}, until: {{column: tot}}}}}}
"""
    read = mapped(
        tmp_path,
        {
            "one.csv": "anr,jaar,adres,van,tot\n1,,X1,2020-01-01,\n",
            "two.csv": "anr,jaar,adres,van,tot\n1,1980,X2,2024-01-01,\n2,soon,X1,2024-01-01,\n"
            "3,,X1,2024-05-01,2020-01-01\n",
        },
        source.format(file="one.csv") + source.format(file="two.csv"),
    )

    assert rows(read, "Person", "id", "birth_year") == [("p-1", 1980)]
    assert rows(read, "REGISTERED_AT", "source_id", "target_id") == [("p-1", "a-x1"), ("p-1", "a-x2")]
    assert rejected(read) == [
        ("two.csv", 3, "jaar", "Person.birth_year: not a number; expected a whole number"),
        ("two.csv", 4, "tot", "REGISTERED_AT.until lies before from"),
    ]


def test_a_row_that_is_set_aside_takes_nothing_from_the_others_and_still_protects(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"a.csv": "nr,m2,geheim,toon\n1,abc,,1\n1,20,,1\n2,abc,ja,1\n2,30,,1\n3,40,ja,0\n3,40,,1\n4,50,,1\n"},
        """
  - file: a.csv
    where: [{column: toon, is: '1'}]
    nodes:
      a:
        label: Address
        id: {prefix: a-, columns: [nr]}
        properties: {area_m2: {column: m2}, protected: {column: geheim}}
""",
    )

    assert rows(read, "Address", "id", "area_m2") == [("a-1", 20.0), ("a-4", 50.0)]
    assert read.withheld == 2
    assert [line for _, line, *_ in rejected(read)] == [2, 4]
    assert counted(read) == ["a.csv: 7 rows: 4 used, 2 set aside, 1 left out by the mapping"]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("{column: soort, is: officer_of}", [2, 3]),
        ("{column: soort, is: [officer_of, SAME_AS]}", [2, 3, 4]),
        ("{column: soort, is_not: [officer_of]}", [4, 5, 6]),
        ("{column: soort, filled: true}", [2, 3, 4]),
        ("{column: soort, filled: false}", [5, 6]),
    ],
)
def test_rows_that_do_not_count_are_left_out_and_counted(tmp_path: Path, where: str, kept: list[int]) -> None:
    read = mapped(
        tmp_path,
        {"r.csv": "id,soort\n2,officer_of\n3, Officer_Of \n4,same_as\n5,\n6,n.v.t.\n"},
        f"""
  - file: r.csv
    where: [{where}]
    nodes:
      b: {{label: Business, id: {{prefix: b-, columns: [id]}}}}
""",
    )

    assert rows(read, "Business", "id") == [(f"b-{n}",) for n in kept]
    assert counted(read) == [f"r.csv: 5 rows: {len(kept)} used, {5 - len(kept)} left out by the mapping"]


def test_several_files_and_a_pattern_are_one_source(tmp_path: Path) -> None:
    files = {"brp-1.csv": "anr\n1\n", "brp-2.csv": "anr\n2\n", "more.csv": "anr\n3\n", "other.csv": "anr\n4\n"}
    node = "nodes: {p: {label: Person, id: {prefix: p-, columns: [anr]}}}"
    read = mapped(tmp_path, files, f"  - file: ['brp-*.csv', more.csv]\n    {node}\n")

    assert rows(read, "Person", "id") == [("p-1",), ("p-2",), ("p-3",)]
    for pattern, said in (("none-*.csv", "no such file"), ("../*.csv", "leads out")):
        with pytest.raises(InputError, match=said):
            mapped(tmp_path, {}, f"  - file: '{pattern}'\n    {node}\n")


def test_two_keys_that_differ_in_signs_are_two_and_none_becomes_the_other(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"b.csv": "nr\nA/B\nA-B\nA.B\nA B\na-b\n"},
        "  - file: b.csv\n    nodes: {b: {label: Business, id: {prefix: b-, columns: [nr]}}}\n",
    )

    assert rows(read, "Business", "id") == [("b-a/b",), ("b-a-b",), ("b-a.b",)]
    assert rejected(read) == [("b.csv", 5, "nr", "the key makes the id of another one (blank or dash)")]
    assert "b.csv: 1 id of b is written in more than one way (such as lines 3 and 6): taken as one" in read.notes


def test_a_row_without_the_target_closes_a_residence_where_a_mapping_says_so(tmp_path: Path) -> None:
    text = "anr;adres;van;tot\n1;X1;2019-01-01;\n1;;2021-01-01;\n"
    source = RESIDENCES.replace("{type: REGISTERED_AT,", "{type: REGISTERED_AT, closing: true,")

    assert rows(mapped(tmp_path, {"brp.csv": text}, RESIDENCES), "REGISTERED_AT", "end_day") == [(2_932_896,)]
    (left,) = rows(mapped(tmp_path, {"brp.csv": text}, source), "REGISTERED_AT", "target_id", "end_day")
    assert left == ("a-x1", 18_628)  # 2021-01-01


def test_repeated_nodes_are_counted_before_they_are_made(tmp_path: Path) -> None:
    node = "{label: Signal, id: {prefix: s-, columns: [id]}, repeat: times}"
    sources = f"  - file: s.csv\n    nodes: {{s: {node}}}\n"

    read = mapped(tmp_path, {"s.csv": "id,times\n1,2\n2,many\n3,\n"}, sources)
    assert rows(read, "Signal", "id") == [("s-1-1",), ("s-1-2",)]
    assert [r[1:] for r in rejected(read)] == [
        (3, "times", "expected a count: not a number; expected a whole number"),
        (4, "", "makes nothing: no key is filled in it"),
    ]
    with pytest.raises(InputError, match="nodes that times asks for; at most 20,000,000"):
        mapped(tmp_path, {"s.csv": "id,times\n1,900000000000\n"}, sources)


def test_several_sheets_are_one_source_and_merged_cells_are_filled_where_asked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, number in (("Noord", 1), ("Zuid", 5)):
        sheet = book.create_sheet(name)
        for row in (["adres", "anr"], [f"X{number}", number], [None, number + 1]):
            sheet.append(row)
        sheet.merge_cells("A2:A3")
    book.remove(book.worksheets[0])
    book.save(tmp_path / "l.xlsx")
    source = """
  - file: l.xlsx
    sheet: [Noord, Zuid]
    merged: fill
    nodes:
      p: {label: Person, id: {prefix: p-, columns: [anr]}}
      a: {label: Address, id: {prefix: a-, columns: [adres]}}
    links:
      - {type: STAYS_AT, source: p, target: a}
"""

    filled = mapped(tmp_path, {}, source)
    bare = mapped(tmp_path, {}, source.replace("    merged: fill\n", ""))

    assert rows(filled, "STAYS_AT", "source_id", "target_id") == [
        ("p-1", "a-x1"),
        ("p-2", "a-x1"),
        ("p-5", "a-x5"),
        ("p-6", "a-x5"),
    ]
    assert [place[:2] for place in rejected(bare)] == [("l.xlsx (Noord)", 3), ("l.xlsx (Zuid)", 3)]
