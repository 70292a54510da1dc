"""Totals by name, lines below a table, units and a second table are none of its rows; a strange id alone is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.no_rows import FOOTER, TOTALS, with_keyed_rows
from barrier.ingest.odd_rows import SECOND, UNITS, with_odd_rows
from barrier.ingest.rawtable import RawTable
from barrier.ingest.reader import read_table
from tests.ingest.mapped import mapped, rejected, rows

ROWS = "NL-1,Een,3\nNL-2,Twee,4\nNL-3,Drie,5\n"
OF_SECOND = "a row of another table, whose header stands on line {}; deliver that as a file of its own"


def _read(folder: Path, text: str, key: str = "id") -> tuple[RawTable, list[str]]:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    raw, _ = with_keyed_rows(read_table(folder / "t.csv"), [[key]])
    return with_odd_rows(raw, [[key]])


def _told(folder: Path, text: str) -> list[tuple[int, str]]:
    raw, _ = _read(folder, text)
    return sorted((int(n), d.reason) for d in raw.doubts for n in raw.lines(d.rows))


@pytest.mark.parametrize(
    "row",
    [
        "Totaal Veldstad,,12",
        "Totaal Veldstad,Totaal,12",
        "Noord Totaal,,",
        "NL-1 Total,,3",
        "Gemiddelde,,4.0",
        "Som NL,,",
    ],
)
def test_a_total_of_another_name_is_set_aside(tmp_path: Path, row: str) -> None:
    assert _told(tmp_path, f"id,name,staff\n{ROWS}{row}\n") == [(5, TOTALS)]


@pytest.mark.parametrize("row", ["NL-4,Total,12", "NL-4,Totaal Bouw BV,", "NL-4,,", "NL-4,Som,3", "Someren-1,,3"])
def test_a_row_with_an_id_like_the_others_is_a_row_however_it_is_called(tmp_path: Path, row: str) -> None:
    raw, told = _read(tmp_path, f"id,name,staff\n{ROWS}{row}\n")

    assert (raw.doubts, told) == ((), [])


def test_a_business_whose_id_is_its_name_is_a_row_and_told(tmp_path: Path) -> None:
    raw, told = _read(tmp_path, f"id,name,staff\n{ROWS}Totaal Bouw BV,Totaal Bouw BV,3\n")

    assert raw.doubts == ()
    assert told == [
        "t.csv: 1 row (line 5) with a key that is not written as the others are, without a digit or with blanks: kept; "
        "take out what is no row"
    ]


def test_where_ids_are_words_a_word_is_no_evidence(tmp_path: Path) -> None:
    assert _told(tmp_path, "id,name,staff\nTotaal Noord,,3\nTotaal Zuid,,3\nTotaal West,,\nNL-1,Drie,4\n") == []
    assert _told(tmp_path, "id,name,staff\nTotaal Noord,Een,3\nTotaal Zuid,Twee,3\nTotaal West,,\nOost,Drie,4\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "Stand op 1 januari 2024",
        "1) zonder eenmanszaken",
        "Gemaakt door de gemeente",
        "* voorlopig",
        "Bron: KvK",
        "Filters:",
        "Toelichting",
        "¹ met nevenvestigingen",
        "Let op: voorlopig",
        "# 2 rows",
        "Einde",
        "Peildatum 1-1-2024",
    ],
)
def test_a_line_below_a_table_is_set_aside(tmp_path: Path, line: str) -> None:
    assert _told(tmp_path, f"id,name,staff\n{ROWS}{line},,\n") == [(5, FOOTER)]


def test_a_word_alone_is_a_line_only_at_an_end_of_enough_rows(tmp_path: Path) -> None:
    more = "".join(f"NL-{i},Meer,1\n" for i in range(4, 8))

    assert _told(tmp_path, f"id,name,staff\n{ROWS}{more}Vertrouwelijk,,\n") == [(9, FOOTER)]
    assert _told(tmp_path, f"id,name,staff\n{ROWS}Vertrouwelijk,,\n{more}") == []
    assert _told(tmp_path, f"id,name,staff\n{ROWS}Vertrouwelijk,,\n") == []


@pytest.mark.parametrize("row", ["p-long-gone,,", "ins-1 x,,", "shelter_north,,", "ring.a,,", "NL:x,,", "a/b,,"])
def test_words_put_together_as_ids_are_are_a_row_also_alone_at_the_end(tmp_path: Path, row: str) -> None:
    more = "NL-4,Vier,1\nNL-5,Vijf,2\nNL-6,Zes,2\n"

    assert _told(tmp_path, f"id,name,staff\n{ROWS}{more}{row}\n") == []


def test_where_most_rows_hold_an_id_only_one_more_is_a_row(tmp_path: Path) -> None:
    assert _told(tmp_path, "id,name\nNL-1,Een\nNL-2,\nNL-3,\nnieuwe markt,\n") == []


@pytest.mark.parametrize(
    "row", ["tekst,tekst,m2", "(code),(text),(EUR)", "varchar(20),varchar(255),int", "object,object,int64"]
)
def test_units_and_kinds_below_the_header_are_no_row(tmp_path: Path, row: str) -> None:
    assert _told(tmp_path, f"id,name,staff\n{row}\n{ROWS}") == [(2, UNITS)]


def test_units_further_down_are_a_row(tmp_path: Path) -> None:
    assert _told(tmp_path, "id,name\na,Een\nb,Twee\nc,Drie\nd,Vier\ntekst,tekst\n") == []


def test_a_second_table_is_set_aside_with_all_its_rows(tmp_path: Path) -> None:
    second = "kvk,plaats,adres\n12,Veldstad,Dijk\n13,Veldstad,Kade\n"

    assert _told(tmp_path, f"id,name,staff\n{ROWS}{second}") == [
        (5, SECOND),
        (6, OF_SECOND.format(5)),
        (7, OF_SECOND.format(5)),
    ]


def test_below_an_empty_line_any_words_are_the_header_of_a_second_table(tmp_path: Path) -> None:
    second = "Wijk,Buurt,Kleur\nNL-9,Zuid,4\n"

    assert _told(tmp_path, f"id,name,staff\n{ROWS}\n{second}") == [(6, SECOND), (7, OF_SECOND.format(6))]
    assert _told(tmp_path, f"id,name,staff\n{ROWS}{second}") == []


def test_the_first_header_once_more_ends_a_second_table(tmp_path: Path) -> None:
    second = "kvk,plaats,adres\n12,Veldstad,Dijk\n"

    told = _told(tmp_path, f"id,name,staff\n{ROWS}{second}id,name,staff\nNL-4,Vier,1\n")

    assert [line for line, _ in told] == [5, 6, 7]


def test_ids_that_few_others_are_like_are_told_in_a_long_table(tmp_path: Path) -> None:
    many = "".join(f"NL-{i},Zaak,1\n" for i in range(40))

    raw, told = _read(tmp_path, f"id,name,staff\n{many}Wonen,Vier,1\nBouwen en wonen,Vijf,2\n")

    assert raw.doubts == ()
    assert [n.partition(" with")[0] for n in told] == ["t.csv: 2 rows (lines 42, 43)"]


def test_a_mapping_sets_them_aside_by_its_keys(tmp_path: Path) -> None:
    text = "naam;kvk\nTotaal Bouw BV;90000001\nBakker;90000002\nSlager;90000003\nTotaal;Totaal Veldstad\n"
    source = """
  - file: k.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [kvk]}, properties: {name: {column: naam}}}
"""

    read = mapped(tmp_path, {"k.csv": text}, source)

    assert rows(read, "Business", "name") == [("Totaal Bouw BV",), ("Bakker",), ("Slager",)]
    assert rejected(read) == [("k.csv", 5, "", TOTALS)]


@pytest.mark.parametrize(
    "line",
    [
        "(2 rows affected)",
        "(2 rijen)",
        "2 rows selected.",
        '"2 rows in set (0,01 sec)"',
        "-- Einde bestand --",
        "Pagina 1 van 2",
        "Gegenereerd op 1-1-2024",
        "Exportdatum: 2024-01-01",
        "Aantal: 2",
        "EOF",
        "Einde",
    ],
)
def test_a_line_below_a_list_of_ids_with_an_empty_column_or_none_is_set_aside(tmp_path: Path, line: str) -> None:
    alone = _told(tmp_path, f"id\nNL-1\nNL-2\n{line}\n")

    assert _told(tmp_path, f"id,name\nNL-1,Een\nNL-2,Twee\n{line},\n") != []
    assert [n for n, _ in alone] == ([] if line == "Einde" else [4])  # a thing may be called so


@pytest.mark.parametrize(
    "row", ["Eindhoven", "endpoint", "page-1", "2", "row1", "Bron", "p:1", "*1", "geof", "record-2"]
)
def test_an_id_in_a_list_of_ids_alone_stays(tmp_path: Path, row: str) -> None:
    assert _told(tmp_path, f"id\nNL-1\nNL-2\n{row}\n") == []


def test_a_row_that_counts_the_others_is_a_total(tmp_path: Path) -> None:
    assert _told(tmp_path, "id,staff\nNL-1,1\nAantal,2\n") == [(3, TOTALS)]


def test_a_header_once_more_is_told_once_through_a_mapping(tmp_path: Path) -> None:
    head = "pc;kvk;start"
    source = """
  - file: k.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [kvk], width: 8}, properties: {started: {column: start}}}
      a: {label: Address, id: {prefix: a-, columns: [{column: pc, normal_form: postcode}]}}
    links:
      - {type: ESTABLISHED_AT, source: b, target: a, properties: {from: {column: start}}}
"""
    text = f"{head}\n9999XX;1;2020-01-01\n{head}\npc;kvk;\n9999XY;2;2020-01-01\n"

    read = mapped(tmp_path, {"k.csv": text}, source)

    assert rejected(read) == [("k.csv", n, "", "the header stands here once more") for n in (3, 4)]
    assert read.notes == ()


LONG = "".join(f"b-{n},x,1\n" for n in range(1, 50))


@pytest.mark.parametrize("key", ["ring-lender", "straw_b", "shop.nl"])
def test_ids_of_words_put_together_are_not_told(tmp_path: Path, key: str) -> None:
    assert _read(tmp_path, f"id,name,staff\n{LONG}{key},x,1\n")[1] == []


@pytest.mark.parametrize("key", ["lender", "Bouw Groep-BV", "Totaal-Groep x"])
def test_words_alone_or_with_blanks_are_told(tmp_path: Path, key: str) -> None:
    assert (
        "1 row (line 51) with a key that is not written as the others"
        in _read(tmp_path, f"id,name,staff\n{LONG}{key},x,1\n")[1][0]
    )
