"""Numbers in delivered tables: thousands, decimal signs, units, and what is no number without doubt."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barrier.ingest.numbers import read_numbers
from barrier.ingest.region import read_region
from barrier.model.schema import Property
from tests.helpers import run

AREA = Property(type="number", min=0, unit="m2", about="An area.")
AMOUNT = Property(type="number", min=0, unit="EUR", about="An amount.")
COUNT = Property(type="integer", min=0, unit="rooms", about="A count.")
YEAR = Property(type="integer", min=1880, max=2100, unit="year", about="A year.")
SHARE = Property(type="number", min=0, max=1, unit="share", about="A part.")
_WRITE = "; expected 1250 where it parts thousands, 1{}2500 (a zero more) where it stands before decimals"
_TWO = "can be two numbers (one {} before three digits), and the column does not tell which"
_BOTH = "can be two numbers (one {} before three digits), and the column is written in more than one way"
TWO_POINT, TWO_COMMA = _TWO.format("point") + _WRITE.format("."), _TWO.format("comma") + _WRITE.format(",")
BOTH_POINT, BOTH_COMMA = _BOTH.format("point") + _WRITE.format("."), _BOTH.format("comma") + _WRITE.format(",")
TWO_WHOLE = _TWO.format("point") + "; expected 1250, without a sign"


def _column(prop: Property, *texts: str) -> list[float | str]:
    """Return the number of each text, or why it is none."""
    found = read_numbers(pa.array(texts), prop)
    read: list[float | str] = list(found.values.tolist())
    for reason, places in found.wrong.items():
        for place in places:
            read[place] = reason
    return read


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.000"], [TWO_POINT]),
        (["1,250", "3"], [TWO_COMMA, 3]),
        (["1.000", "12,5"], [1000, 12.5]),
        (["1,250", "12,5"], [1.25, 12.5]),
        (["1.000", "12.5"], [1, 12.5]),
        (["1,250", "12.5"], [1250, 12.5]),
        (["1.234,5", "1.000", "12.000"], [1234.5, 1000, 12000]),
        (["1,234.5", "1.000", "12.000"], [1234.5, 1, 12]),
        (["1.234,5", "1.000", "1,250"], [1234.5, BOTH_POINT, BOTH_COMMA]),
        (["12,5", "1,250", "1.250"], [12.5, BOTH_COMMA, BOTH_POINT]),
        (["1,250", "1.250", "80"], [BOTH_COMMA, BOTH_POINT, 80]),
        (["1.234.567", "1.000"], [1234567, 1000]),
        (["0.125", "1.250"], [0.125, 1.25]),
        (["1234,567", "1,250"], [1234.567, 1.25]),
        (["12.5", "12,5", "1.000"], [12.5, 12.5, BOTH_POINT]),
        (["1 234", "12"], [1234, 12]),
        (["1\u202f234,5", "1.000"], [1234.5, 1000]),
        (["1'234.50", "1\u2019234"], [1234.5, 1234]),
        (["+5", ".5", "-0"], [5, 0.5, 0]),
        (["12 m2", "12,5m²", "1.000 m2"], [12, 12.5, 1000]),
    ],
)
def test_what_a_dot_or_a_comma_means_is_seen_in_the_column(texts: list[str], numbers: list[float | str]) -> None:
    assert _column(AREA, *texts) == numbers


@pytest.mark.parametrize(
    ("prop", "text", "number"),
    [
        (YEAR, "1.985", 1985),
        (COUNT, "1.0", 1),
        (COUNT, "2,00", 2),
        (SHARE, "1.000", 1),
        (AMOUNT, "€ 1.250,-", 1250),
        (AMOUNT, "EUR 12,50", 12.5),
        (AMOUNT, "12 euro", 12),
        (AMOUNT, "1.250,--", 1250),
    ],
)
def test_a_cell_of_which_one_reading_can_be_is_that_number(prop: Property, text: str, number: float) -> None:
    assert _column(prop, text) == [number]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["4.500"], [TWO_WHOLE]),
        (["2.500", "1.000"], [TWO_WHOLE, TWO_WHOLE]),
        (["4.500", "12,0"], [4500, 12]),
        (["4.500", "12.0"], ["not a number; expected a whole number", 12]),
        (["1.234.567", "4.500"], [1234567, 4500]),
    ],
)
def test_a_column_of_whole_numbers_does_not_make_thousands_of_a_dot(
    texts: list[str], numbers: list[float | str]
) -> None:
    assert _column(COUNT, *texts) == numbers


@pytest.mark.parametrize("sign", [".", ","])
def test_a_number_without_minus_zero(sign: str) -> None:
    assert math.copysign(1, float(_column(AREA, f"-0{sign}0")[0])) == 1


@pytest.mark.parametrize(
    ("prop", "text", "reason"),
    [
        (AREA, "1e3", "a number in scientific notation, of which digits may be lost; expected all its digits"),
        (AMOUNT, "1,23E+11", "a number in scientific notation, of which digits may be lost; expected all its digits"),
        (AREA, "12345678901234567", "a number of more than 15 digits"),
        (AREA, "٣", "a number in the digits of another script; expected the digits 0 to 9"),
        (AREA, "\uff11\uff12", "a number in the digits of another script; expected the digits 0 to 9"),
        (AREA, "NaN", "not a number; expected a number, or an empty cell"),
        (AREA, "-inf", "not a number; expected a number, or an empty cell"),
        (AREA, "€ 12", "not a number; expected a number in m2, without another unit or sign"),
        (AREA, "12 ha", "not a number; expected a number in m2, without another unit or sign"),
        (AMOUNT, "$ 12", "not a number; expected a number in EUR, without another unit or sign"),
        (SHARE, "50%", "not a number; expected a number, without another unit or sign"),
        (COUNT, "2,5", "not a number; expected a whole number"),
        (AREA, "12 34", "not a number; expected a number"),
        (AREA, "1.23.4", "not a number; expected a number"),
        (AREA, "1,2345,678", "not a number; expected a number"),
        (AREA, "--5", "not a number; expected a number"),
        (AREA, "12-15", "not a number; expected a number"),
        (AREA, "twelve", "not a number; expected a number"),
    ],
)
def test_what_is_no_number_without_doubt_is_set_aside(prop: Property, text: str, reason: str) -> None:
    assert _column(prop, text) == [reason]


@settings(deadline=None)
@given(
    numbers=st.lists(st.integers(0, 10**10), min_size=1, max_size=8),
    decimals=st.integers(0, 4),
    signs=st.sampled_from([("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ".")]),
)
def test_a_number_in_any_style_is_read_as_it_was_meant_or_set_aside(
    numbers: list[int], decimals: int, signs: tuple[str, str]
) -> None:
    thousands, decimal = signs
    meant = [n / 10**decimals for n in numbers]
    texts = [f"{n:,.{decimals}f}".replace(",", "t").replace(".", decimal).replace("t", thousands) for n in meant]

    read = _column(AREA, *texts)

    assert all(r in (m, TWO_POINT, TWO_COMMA) for r, m in zip(read, meant, strict=True))
    if decimals not in (0, 3):
        assert read == meant


def test_numbers_of_a_typed_file_are_what_they_are(tmp_path: Path) -> None:
    areas = [85.125, 0.00001, 1250.0, 1.0, None]
    ids = [f"a{i}" for i in range(5)]
    pq.write_table(pa.table({"id": ids, "area_m2": pa.array(areas, pa.float64())}), tmp_path / "Address.parquet")

    read = read_region(tmp_path)

    assert read.rejected.to_dict("records") == []
    assert read.tables.nodes["Address"].column("area_m2").to_pylist() == areas


def _address_file(folder: Path, areas: list[str]) -> None:
    rows = [f"a-{i};{area}" for i, area in enumerate(areas)]
    (folder / "Address.csv").write_text("\n".join(["id;area_m2", *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (["1.000", "12,5", "80"], ["1.000", "12,5", "1.250"]),
        (["1.000", "12,5", "80"], ["1.000", "12", "1.250"]),
        (["1.000", "12", "80"], ["1.000", "12,5", "80"]),
        (["1.000", "12,5", "80"], ["1.000", "12.5", "80"]),
    ],
    ids=["a new one", "evidence went", "evidence came", "evidence turned"],
)
def test_the_next_night_reads_a_column_as_a_first_scan_does(tmp_path: Path, first: list[str], later: list[str]) -> None:
    region = tmp_path / "region"
    region.mkdir()
    (region / "Person.csv").write_text("id\np-1\n", encoding="utf-8")
    _address_file(region, first)
    assert run("import", str(region), "--store", str(tmp_path / "s.barrier")).exit_code in (0, 2)
    shutil.copytree(region, tmp_path / "fresh")
    for folder in (region, tmp_path / "fresh"):
        _address_file(folder, later)

    query = tmp_path / "q.cypher"
    query.write_text("MATCH (a:Address) RETURN a.id AS id, a.area_m2 AS area ORDER BY id", encoding="utf-8")
    told = []
    for folder, store in ((region, "s.barrier"), (tmp_path / "fresh", "t.barrier")):
        done = run("import", str(folder), "--store", str(tmp_path / store))
        asked = run("query", str(query), "--store", str(tmp_path / store), "--csv")
        told.append((done.exit_code, done.stderr.replace(str(folder), ""), asked.stdout))

    assert told[0][0] == told[1][0]
    assert told[0][2] == told[1][2]
