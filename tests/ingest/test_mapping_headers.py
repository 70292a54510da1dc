"""Headers of a file that a mapping reads are compared without case, blanks, accents and signs that do not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from tests.ingest.mapped import mapped, rejected, rows

SOURCE = """
  - file: 'k*.csv'
    nodes:
      b: {label: Business, id: {prefix: b-, columns: [kvk]}, properties: {name: {column: 'Naam bedrijf'}}}
"""


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("naam bedrijf;KVK ", "column 1"),
        ("NAAM_BEDRIJF;kvk", "column NAAM_BEDRIJF"),
        ("Náám Bedrijf;\u200bKvk", "column 1"),
    ],
)
def test_a_header_in_another_spelling_is_the_column_and_is_told(tmp_path: Path, header: str, column: str) -> None:
    read = mapped(tmp_path, {"k1.csv": "kvk;Naam bedrijf\n1;Een\n", "k2.csv": f"{header}\nTwee;2\n"}, SOURCE)

    assert rows(read, "Business", "id", "name") == [("b-1", "Een"), ("b-2", "Twee")]
    assert next(n for n in read.notes if "is read as" in n) == f"k2.csv: {column} is read as Naam bedrijf"
    assert not [n for n in read.notes if n.startswith("k1.csv")]
    assert not rejected(read)


def test_two_headers_that_are_one_are_refused_where_the_mapping_reads_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="k.csv: line 1: column 1 .*kvk.*column 3 .*KVK.*: are one and the same"):
        mapped(tmp_path, {"k.csv": "kvk;Naam bedrijf;KVK \n1;Een;2\n"}, SOURCE)


def test_two_headers_that_are_one_and_that_nothing_reads_are_left_alone(tmp_path: Path) -> None:
    read = mapped(tmp_path, {"k.csv": "kvk;Naam bedrijf;opm;Opm \n1;Een;x;y\n"}, SOURCE)

    assert rows(read, "Business", "id", "name") == [("b-1", "Een")]


def test_columns_that_a_mapping_tells_apart_itself_are_read_as_they_stand(tmp_path: Path) -> None:
    source = SOURCE.replace("'Naam bedrijf'", "KVK")

    read = mapped(tmp_path, {"k.csv": "kvk;KVK\n1;Een\n"}, source)

    assert rows(read, "Business", "id", "name") == [("b-1", "Een")]


def test_a_flag_in_another_spelling_protects(tmp_path: Path) -> None:
    node = "{label: Address, id: {prefix: a-, columns: [k]}, properties: {protected: {column: geheim}}}"

    read = mapped(tmp_path, {"a.csv": "k;Geheim \n1;ja\n2;nee\n"}, f"  - file: a.csv\n    nodes: {{a: {node}}}\n")

    assert rows(read, "Address", "id") == [("a-2",)]
    assert read.withheld == 1


def test_a_column_that_is_named_as_not_secret_may_be_spelled_otherwise(tmp_path: Path) -> None:
    node = "{label: Address, id: {prefix: a-, columns: [k]}}"
    source = f"  - file: a.csv\n    not_secret: [geheimhouding]\n    nodes: {{a: {node}}}\n"

    assert rows(mapped(tmp_path, {"a.csv": "k;GEHEIMHOUDING\n1;nee\n"}, source), "Address", "id") == [("a-1",)]


def test_lines_of_json_have_their_names_compared_too(tmp_path: Path) -> None:
    text = '{"KVK": "1", "naam_bedrijf": "Een"}\n{"KVK": "2"}\n'

    read = mapped(tmp_path, {"k.jsonl": text}, SOURCE.replace("'k*.csv'", "k.jsonl"))

    assert rows(read, "Business", "id", "name") == [("b-1", "Een"), ("b-2", None)]


def test_a_key_of_values_that_is_no_text_is_told_once_and_nothing_else(tmp_path: Path) -> None:
    node = "{label: Business, id: {prefix: b-, columns: [kvk]}, properties: {sbi: {column: s, values: {0111: x}}}}"

    with pytest.raises(InputError) as told:
        mapped(tmp_path, {"k.csv": "kvk;s\n1;2\n"}, f"  - file: k.csv\n    nodes: {{b: {node}}}\n")

    assert len(told.value.problems) == 1
    assert "expected text; put it in quotes" in told.value.problems[0]


def test_a_list_that_is_empty_is_still_told(tmp_path: Path) -> None:
    node = "{label: Business, id: {prefix: b-, columns: []}}"

    with pytest.raises(InputError, match="at least 1 item"):
        mapped(tmp_path, {"k.csv": "kvk;s\n1;2\n"}, f"  - file: k.csv\n    nodes: {{b: {node}}}\n")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Oppervlakte (m2)", "column Oppervlak (m2) is missing; column 2 is nearly called so"),
        ("maat", "column Oppervlak (m2) is missing; found 2 columns with other names"),
    ],
)
def test_a_column_that_is_nearly_called_as_the_mapping_says_is_told_by_its_place(
    tmp_path: Path, header: str, told: str
) -> None:
    sources = """
- file: a.csv
  nodes:
    a: {label: Address, id: {prefix: a-, columns: [nr]}, properties: {area_m2: {column: Oppervlak (m2)}}}
"""
    with pytest.raises(InputError) as refused:
        mapped(tmp_path, {"a.csv": f"nr;{header}\n1;70\n"}, sources)

    assert refused.value.problems == (f"a.csv: {told}",)
    assert refused.value.hint == "name the columns as they stand in the file, which has one line of names"
