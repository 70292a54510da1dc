"""An id that stands in more than one row of a region folder: of the row set aside it is told where the other one is."""

from __future__ import annotations

from pathlib import Path

from barrier.ingest.region import Region, read_region

THERE = "id stands there already"
ONE_EACH = "deliver one row for each, under an id of its own"


def _read(region: Path, **tables: str) -> Region:
    for name, text in tables.items():
        (region / f"{name}.csv").write_text(text)
    return read_region(region)


def _rejected(read: Region) -> list[tuple[object, ...]]:
    return [tuple(r) for r in read.rejected[["file", "line", "reason"]].to_numpy().tolist()]


def test_the_row_that_stands_there_is_told_with_label_file_and_line(region: Path) -> None:
    read = _read(region, Business="id,name\nb-1,Een\nb-2,Twee\nb-1,Drie\na-9,Vier\n", Address="id\na-8\na-9\n")

    assert _rejected(read) == [
        ("Business.csv", 4, f"{THERE}, as Business (Business.csv line 2); {ONE_EACH}"),
        ("Business.csv", 5, f"{THERE}, as Address (Address.csv line 3); {ONE_EACH}"),
    ]


def test_a_row_that_is_twice_elsewhere_is_told_with_the_first_file(region: Path) -> None:
    read = _read(region, Person="id\nx-1\n", Address="id\na-1\nx-1\n", Business="id\nb-1\nb-2\nx-1\n")

    assert _rejected(read) == [
        ("Address.csv", 3, f"{THERE}, as Person (Person.csv line 2); {ONE_EACH}"),
        ("Business.csv", 4, f"{THERE}, as Person (Person.csv line 2); {ONE_EACH}"),
    ]


def test_of_very_many_ids_one_is_told_as_an_example(region: Path) -> None:
    ids = "".join(f"b-{i},Een\n" for i in range(21))

    read = _read(region, Business=f"id,name\n{ids}{ids.replace('Een', 'Twee')}")

    assert len(read.rejected) == 21
    assert set(read.rejected["reason"]) == {f"{THERE}, as Business (such as Business.csv line 2); {ONE_EACH}"}
