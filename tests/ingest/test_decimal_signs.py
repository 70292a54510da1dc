"""What a dot or a comma means is decided by a column only where all its texts agree, and never without a word."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from barrier.ingest.region import Region, read_region
from barrier.store.embedded import EmbeddedStore
from tests.changed import known
from tests.ingest.mapped import mapped

_WRITE = "; expected 1250 where it parts thousands, 1{}2500 (a zero more) where it stands before decimals"
TWO = "can be two numbers (one point before three digits), and the column does not tell which" + _WRITE.format(".")
BOTH = {
    sign: f"can be two numbers (one {name} before three digits), and the column is written in more than one way"
    + _WRITE.format(sign)
    for sign, name in ((".", "point"), (",", "comma"))
}
READ = "with what can be two numbers: read with {} before the decimals, as the others of the column"
AREAS = """
      a: {label: Address, id: {prefix: a-, columns: [id]}, properties: {area_m2: {column: area_m2}}}
"""


def _areas(read: Region) -> list[float | None]:
    areas: list[float | None] = read.tables.table("Address").column("area_m2").to_pylist()
    return areas


def _told(read: Region) -> list[tuple[object, ...]]:
    return [tuple(r) for r in read.rejected[["line", "reason"]].to_numpy().tolist()]


def _csv(folder: Path, *areas: str) -> None:
    rows = "".join(f'a{n},"{area}"\n' for n, area in enumerate(areas, start=2))
    (folder / "Address.csv").write_text(f"id,area_m2\n{rows}")


def _xlsx(folder: Path, *areas: object) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["id", "area_m2"])
    for n, area in enumerate(areas, start=2):
        book.active.append([f"a{n}", area])
    book.save(folder / "Address.xlsx")


def _jsonl(folder: Path, *areas: object) -> None:
    rows = [{"id": f"a{n}", "area_m2": area} for n, area in enumerate(areas, start=1)]
    (folder / "Address.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))


@pytest.mark.parametrize("cells", [[1.234, 90.5, "1.234"], [90.5, "1.234", 80]], ids=["same digits", "another number"])
def test_numbers_of_a_spreadsheet_do_not_say_what_a_text_means(tmp_path: Path, cells: Sequence[object]) -> None:
    _xlsx(tmp_path, *cells)

    read = read_region(tmp_path)

    assert _areas(read) == [c for c in cells if not isinstance(c, str)]
    assert [reason for _, reason in _told(read)] == [TWO]


def test_numbers_of_json_lines_do_not_say_what_a_text_means(tmp_path: Path) -> None:
    _jsonl(tmp_path, 90.5, "1.234", 1.234)

    read = read_region(tmp_path)

    assert _areas(read) == [90.5, 1.234]
    assert _told(read) == [(2, TWO)]


def test_texts_of_a_spreadsheet_are_read_by_the_other_texts(tmp_path: Path) -> None:
    _xlsx(tmp_path, 90.5, "1.234", "12,5", 1.234)

    read = read_region(tmp_path)

    assert _areas(read) == [90.5, 1234.0, 12.5, 1.234]
    assert f"Address.xlsx: area_m2: 1 row {READ.format('a comma')} (line 3)" in read.notes


@pytest.mark.parametrize("write", [_xlsx, _jsonl])
def test_numbers_say_nothing_about_texts_in_a_mapping_either(tmp_path: Path, write: Callable[..., None]) -> None:
    write(tmp_path, 90.5, "1.234")
    file = next(p.name for p in tmp_path.iterdir() if p.name.startswith("Address"))

    read = mapped(tmp_path, {}, f"  - file: {file}\n    nodes:{AREAS}")

    assert _areas(read) == [90.5]
    assert [reason for _, reason in _told(read)] == [f"Address.area_m2: {TWO}"]


@pytest.mark.parametrize(
    ("texts", "areas", "wrong"),
    [
        (["12,5", "1,250", "1.250"], [12.5], {3: ",", 4: "."}),
        (["1,250", "1.250", "80"], [80.0], {2: ",", 3: "."}),
        (["12,5", "90.5", "1.250"], [12.5, 90.5], {4: "."}),
        (["1.234,5", "1.250", "1,250"], [1234.5], {3: ".", 4: ","}),
    ],
)
def test_a_column_that_contradicts_itself_decides_nothing(
    tmp_path: Path, texts: list[str], areas: list[float], wrong: dict[int, str]
) -> None:
    _csv(tmp_path, *texts)

    read = read_region(tmp_path)

    assert _areas(read) == areas
    assert sorted(_told(read)) == [(line, BOTH[sign]) for line, sign in wrong.items()]
    assert not [n for n in read.notes if "two numbers" in n]


def test_what_a_column_decided_is_told_with_lines(tmp_path: Path) -> None:
    _csv(tmp_path, "90.5", "1.250", "1.250", "60", "2.500", "1.125")

    read = read_region(tmp_path)

    assert _areas(read) == [90.5, 1.25, 1.25, 60.0, 2.5, 1.125]
    assert f"Address.csv: area_m2: 4 rows {READ.format('a dot')} (lines 3, 4, 6, …)" in read.notes


def test_what_a_column_decided_is_told_by_a_mapping(tmp_path: Path) -> None:
    text = 'id,area_m2\n1,"12,5"\n2,1.250\n'

    read = mapped(tmp_path, {"a.csv": text}, f"  - file: a.csv\n    nodes:{AREAS}")

    assert _areas(read) == [12.5, 1250.0]
    assert f"a.csv: area_m2: 1 row {READ.format('a comma')} (line 3)" in read.notes


def test_a_column_without_doubt_is_quiet(tmp_path: Path) -> None:
    _csv(tmp_path, "90.5", "60", "1250", "1,234.5", "1.2500")
    (tmp_path / "Person.csv").write_text("id,birth_year\np1,1.985\np2,1990\n")

    read = read_region(tmp_path)

    assert not [n for n in read.notes if "two numbers" in n]
    assert not len(read.rejected)


def test_the_next_night_tells_it_again(tmp_path: Path) -> None:
    region = tmp_path / "region"
    region.mkdir()
    store = EmbeddedStore(tmp_path / "s.barrier")
    told = f"Address.csv: area_m2: 1 row {READ.format('a dot')} (line 3)"
    _csv(region, "90.5", "1.250", "60")
    store.load(read_region(region).tables)
    _csv(region, "90.5", "1.250", "61")

    later = read_region(region, known=known(store))

    assert later.notes.count(told) == 1
    assert later.notes == read_region(region).notes
    assert _areas(later) == [90.5, 1.25, 61.0]
