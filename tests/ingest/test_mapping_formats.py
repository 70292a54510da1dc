"""Formats of a mapping: how dates and numbers are written, last days, widths of ids."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from barrier.errors import InputError
from barrier.ingest.cells import FROM
from barrier.ingest.date_formats import iso_dates
from barrier.ingest.mapped_cells import Distinct, property_cells
from barrier.ingest.mapping_file import Value
from barrier.ingest.placeholders import shipped_placeholders
from barrier.ingest.region import Region
from barrier.model.schema import schema
from tests.ingest.mapped import RESIDENCES, mapped, rejected, rows


@pytest.mark.parametrize(
    ("text", "formats", "day"),
    [
        ("5-4-2012", "d-m-yyyy", "2012-04-05"),
        ("05/04/2012", "dd/mm/yyyy", "2012-04-05"),
        ("20120405", "yyyymmdd", "2012-04-05"),
        ("20120400", "yyyymmdd", "2012-04-00"),
        ("00000000", "yyyymmdd", "0000-00-00"),
        ("23-MAR-2006", "dd-MMM-yyyy", "2006-03-23"),
        ("1-mrt-2006", "d-MMM-yyyy", "2006-03-01"),
        ("43831", "excel", "2020-01-01"),
        ("43831.75", "excel", "2020-01-01"),
        ("10000", "[d-m-yyyy, excel]", "1927-05-18"),
        ("2020", "[yyyy, excel]", "2020-00-00"),
        ("1042012", "[dmmyyyy, excel]", "2012-04-01"),
        ("01042012", "dmmyyyy", "2012-04-01"),
        ("2020", "[yyyy-mm-dd, yyyy-mm, yyyy]", "2020-00-00"),
        ("2020-02", "[yyyy-mm-dd, yyyy-mm, yyyy]", "2020-02-00"),
        ("2019-12-31T23:30:00Z", "iso", "2020-01-01"),
    ],
)
def test_dates_are_read_in_the_format_that_a_mapping_gives(tmp_path: Path, text: str, formats: str, day: str) -> None:
    read = _business(tmp_path, text, f"started: {{column: v, format: {formats}}}")

    assert rows(read, "Business", "started") == [(day,)]


def _business(folder: Path, text: str, properties: str) -> Region:
    source = f"{{label: Business, id: {{prefix: b-, columns: [id]}}, properties: {{{properties}}}}}"
    return mapped(folder, {"b.csv": f'id;v\n1;"{text}"\n'}, f"  - file: b.csv\n    nodes: {{b: {source}}}\n")


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("31-2-2012", "d-m-yyyy"),
        ("4/5/2012", "d-m-yyyy"),
        ("2012-04-05", "d-m-yyyy"),
        ("60", "excel"),
        ("59", "excel"),
        ("2020", "[d-m-yyyy, excel]"),
        ("9999", "excel"),
        ("02020", "excel"),
        ("202405", "excel"),
        ("2958464", "excel"),
        ("0", "excel"),
        ("٠٥-mrt-٢٠١٢", "dd-MMM-yyyy"),  # noqa: RUF001 - Arabic digits
        ("99999999", "excel"),
        ("12-foo-2012", "d-MMM-yyyy"),
        ("1-2-12", "d-m-yyyy"),
        ("٠٥-٠٤-٢٠١٢", "dd-mm-yyyy"),  # noqa: RUF001 - Arabic digits
    ],
)
def test_a_date_in_another_format_is_set_aside(tmp_path: Path, text: str, formats: str) -> None:
    read = _business(tmp_path, text, f"started: {{column: v, format: {formats}}}")

    assert [(r[0], r[1], r[2]) for r in rejected(read)] == [("b.csv", 2, "v")]
    assert read.rows_loaded["Business"] == 0


@pytest.mark.parametrize("serial", ["2958465", "401768"])
def test_the_open_ends_of_a_spreadsheet_are_open(tmp_path: Path, serial: str) -> None:
    read = _business(tmp_path, serial, "ended: {column: v, format: excel}")

    assert rows(read, "Business", "ended") == [(None,)]
    assert not len(read.rejected)


@pytest.mark.parametrize("text", ["dmyyyy", "yyyymd", "mdyyyy", "yyyy-md", "DMYYYY"])
def test_a_format_with_parts_side_by_side_that_have_no_fixed_width_is_refused(tmp_path: Path, text: str) -> None:
    said = f"format {text}: 1112024 is two days without a sign between d and m; expected dd, mm or signs"

    with pytest.raises(InputError, match=said):
        _business(tmp_path, "1112024", f"started: {{column: v, format: {text}}}")


@pytest.mark.parametrize(
    ("text", "read_as"), [("1042012", None), ("10122012", "2012-12-10"), ("1132012", "2012-03-11")]
)
def test_a_cell_that_two_formats_read_as_two_days_is_set_aside_and_another_is_not(
    text: str, read_as: str | None
) -> None:
    found = iso_dates([text], ["dmmyyyy", "ddmyyyy"])

    assert (found.read[text], text in found.several) == ((read_as, False) if read_as else ("2012-04-01", True))


def test_a_row_that_two_formats_read_as_two_days_is_set_aside_and_told(tmp_path: Path) -> None:
    read = _business(tmp_path, "2012-11-10", "started: {column: v, format: [yyyy-dd-m, yyyy-m-dd]}")

    assert rejected(read) == [
        (
            "b.csv",
            2,
            "v",
            "Business.started: can be two days, read as yyyy-dd-m or yyyy-m-dd; give the mapping the one format that "
            "is meant",
        )
    ]


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1.234,5", ",", 1234.5),
        ("1.234", ",", 1234.0),
        ("1234,567", ",", 1234.567),
        ("€ 1.234,50", ",", 1234.5),
        ("1,234.5", ".", 1234.5),
        ("1.234", ".", 1.234),
        ("12.34,5", ",", None),
        ("1,234,5", ",", None),
        ("1.5", ",", None),
        ("0.250", ",", None),
        ("-0.250", ",", None),
        ("00.250", ",", None),
        ("1234.567", ",", None),
        ("0,250", ".", None),
        ("0.250", ".", 0.25),
    ],
)
def test_numbers_are_read_with_the_decimal_sign_that_a_mapping_gives(
    tmp_path: Path, text: str, decimal: str, number: float | None
) -> None:
    source = f"""
  - file: a.csv
    nodes:
      a:
        label: Address
        id: {{prefix: a-, columns: [id]}}
        properties: {{area_m2: {{column: v, decimal: '{decimal}'}}}}
"""
    read = mapped(tmp_path, {"a.csv": f'id;v\n1;"{text}"\n'}, source)

    assert rows(read, "Address", "area_m2") == ([] if number is None else [(number,)])
    assert len(read.rejected) == (number is None)


def test_a_number_with_the_other_sign_is_told_with_what_was_expected(tmp_path: Path) -> None:
    source = """
  - file: a.csv
    nodes:
      a: {label: Address, id: {prefix: a-, columns: [id]}, properties: {area_m2: {column: v, decimal: ','}}}
"""
    read = mapped(tmp_path, {"a.csv": "id;v\n1;0.250\n"}, source)

    assert rejected(read) == [
        (
            "a.csv",
            2,
            "v",
            "Address.area_m2: not a number written with ',' before the decimals; expected 1250, 1.250 or 1250,5 "
            "(a point parts thousands, three digits each)",
        )
    ]


@pytest.mark.parametrize("text", ["31-2-2024", "1-13-2024", "1-1-1799"])
def test_a_day_that_does_not_exist_is_told_in_the_format_of_the_mapping(tmp_path: Path, text: str) -> None:
    source = """
  - file: a.csv
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [id]}, properties: {started: {column: van, format: d-m-yyyy}}}
"""
    read = mapped(tmp_path, {"a.csv": f"id;van\n1;{text}\n2;29-2-2024\n3;0-0-2024\n"}, source)

    told = "Business.started: a day that does not exist (years from 1800 on do); expected a date written d-m-yyyy"
    assert rejected(read) == [("a.csv", 2, "van", told)]
    assert rows(read, "Business", "started") == [("2024-02-29",), ("2024-00-00",)]


def test_an_end_that_surely_lies_before_its_beginning_is_set_aside(tmp_path: Path) -> None:
    formats = "format: [d-m-yyyy, m-yyyy, yyyy]"
    source = f"""
  - file: a.csv
    nodes:
      b:
        label: Business
        id: {{prefix: b-, columns: [id]}}
        properties: {{started: {{column: van, {formats}}}, ended: {{column: tot, {formats}, until: inclusive}}}}
"""
    days = {
        "1-5-2024;29-4-2024": False,
        "1-5-2024;30-4-2024": False,  # a last day before the first: no day at all
        "1-5-2024;1-5-2024": True,
        "1-5-2024;4-2024": False,
        "5-2024;30-4-2024": False,
        "5-2024;3-5-2024": True,
        "2024;2023": False,
        "2024;12-2023": False,
        "2024;2024": True,
        "1-1-2024;2023": False,
        "31-12-2023;2023": True,
    }
    text = "id;van;tot\n" + "".join(f"{i};{row}\n" for i, row in enumerate(days, start=1))

    read = mapped(tmp_path, {"a.csv": text}, source)

    assert rows(read, "Business", "id") == [(f"b-{i}",) for i, kept in enumerate(days.values(), start=1) if kept]
    assert {r[3] for r in rejected(read)} == {"Business.ended lies before started"}


def test_a_last_day_is_made_the_first_day_after(tmp_path: Path) -> None:
    text = "p,a,tot\n1,X1,2024-12-31\n2,X1,2024-05-00\n3,X1,9999-12-31\n4,X1,\n"
    source = RESIDENCES.replace("anr", "p").replace("adres", "a").replace("from: {column: van}, ", "")
    source = source.replace("brp.csv", "s.csv").replace("{column: tot}", "{column: tot, until: inclusive}")
    read = mapped(tmp_path, {"s.csv": text}, source)

    assert rows(read, "REGISTERED_AT", "until") == [("2025-01-01",), ("2024-05-00",), (None,), (None,)]
    assert rows(read, "REGISTERED_AT", "possible_end_day")[1] == (19_875,)  # 2024-06-01: it may hold on 31 May
    assert [n for n in read.notes if n.startswith("s.csv: tot")] == [
        "s.csv: tot: 1 row with a last day that is partly unknown: it may hold until the first day after that month or "
        "year (line 3)"
    ]


def test_lost_zeros_come_back_and_what_is_too_long_is_set_aside(tmp_path: Path) -> None:
    read = mapped(
        tmp_path,
        {"k.csv": 'nr\n1234567\n01234567\n"01.234.567"\n123456789\nabc\n'},
        "  - file: k.csv\n    nodes: {b: {label: Business, id: {prefix: kvk-, columns: [nr], width: 8}}}\n",
    )

    assert rows(read, "Business", "id") == [("kvk-01234567",)]
    assert rejected(read) == [
        ("k.csv", 5, "nr", "expected at most 8 digits"),
        ("k.csv", 6, "nr", "expected a number of digits without decimals"),
    ]
    assert "k.csv: 1 id of b is written in more than one way (such as lines 2 and 3): taken as one" in read.notes


def test_a_cell_that_is_a_date_needs_no_format() -> None:
    column = Distinct.of(pd.Series(["2020-05-03", "2020-05-03", "3-5-2020"], dtype="str"), days=np.array([0]))

    cells = property_cells(column, Value(column="v", format=("d-m-yyyy",)), FROM, "from", shipped_placeholders())

    assert cells.values.tolist()[::2] == ["2020-05-03", "2020-05-03"]
    assert [(rows.tolist(), reason) for rows, reason in cells.wrong] == [
        ([False, True, False], "not a date written d-m-yyyy")
    ]


@pytest.mark.parametrize(("formats", "told"), [(("d-m-yyyy",), True), (("d-m-yyyy", "excel"), False)])
def test_a_number_cell_in_a_column_of_dates_is_told_what_to_write(formats: tuple[str, ...], told: bool) -> None:
    column = Distinct.of(pd.Series(["43954", "3-5-2020"], dtype="str"), np.array([0]))

    cells = property_cells(column, Value(column="v", format=formats), FROM, "from", shipped_placeholders())

    said = "a number, as spreadsheets keep dates, and not a date written d-m-yyyy; "
    said += "where it is one, add excel to the format"
    assert [(rows.tolist(), reason) for rows, reason in cells.wrong] == ([([True, False], said)] if told else [])


def test_a_cell_that_is_a_number_needs_no_decimal_sign() -> None:
    column = Distinct.of(pd.Series(["12.5", "12.5", "12,5"], dtype="str"), np.array([0]))
    value, prop = Value(column="v", decimal=","), schema().labels["Address"].properties["area_m2"]

    cells = property_cells(column, value, prop, "area_m2", shipped_placeholders())

    assert cells.values.tolist()[::2] == ["12.5", "12.5"]
    assert [rows.tolist() for rows, _ in cells.wrong] == [[False, True, False]]


def test_a_date_of_a_spreadsheet_is_read_under_any_format(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "v"], ["1", datetime(2020, 5, 3)], ["2", "3-5-2020"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "b.xlsx")
    source = """
  - file: b.xlsx
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [id]}, properties: {started: {column: v, format: d-m-yyyy}}}
"""

    read = mapped(tmp_path, {}, source)

    assert rows(read, "Business", "id", "started") == [("b-1", "2020-05-03"), ("b-2", "2020-05-03")]
