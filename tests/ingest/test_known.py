"""Files are read beside what a store holds: what stands there is taken over, with what reading everything gives."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from barrier import resources
from barrier.ingest.region import Region, read_region
from barrier.store.changes import changes_between
from barrier.store.embedded import EmbeddedStore
from barrier.store.tables import GraphTables
from tests.changed import changed, known

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedStore:
    """Return a store with the demo region."""
    store = EmbeddedStore(tmp_path_factory.mktemp("stored") / "s.barrier")
    store.load(read_region(resources.fixtures() / "demo").tables)
    return store


def _same_reading(region: Path, store: EmbeddedStore) -> Region:
    """Read a region beside what a store holds, compare with reading everything, and return it."""
    part, whole = read_region(region, known=known(store)), read_region(region)
    for name, table in whole.tables.all_tables().items():
        assert part.tables.table(name).equals(table), name
    for name, links in whole.tables.links.items():
        assert part.tables.links[name].source_labels.to_pylist() == links.source_labels.to_pylist(), name
        assert part.tables.links[name].target_labels.to_pylist() == links.target_labels.to_pylist(), name
    assert part.notes == whole.notes
    assert part.rejected.equals(whole.rejected)
    assert (part.rows_read, part.withheld, part.fingerprint) == (whole.rows_read, whole.withheld, whole.fingerprint)
    assert _difference(store, part.tables) == _difference(store, whole.tables)
    _right_numbers(part.tables)
    return part


def _right_numbers(tables: GraphTables) -> None:
    """Check that the number of each end stands for its id, and that no id stands there that no link names."""
    codes, named = tables.codes(), set()
    for name, links in tables.links.items():
        for column, numbers in zip(("source_id", "target_id"), codes.ends[name], strict=True):
            ends = links.table.column(column).combine_chunks()
            assert codes.ids.take(pa.array(numbers)).equals(ends), (name, column)
            named |= set(ends.to_pylist())
    assert set(codes.ids.drop_null().to_pylist()) == named


def _difference(store: EmbeddedStore, tables: GraphTables) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Return which rows went and came by table; a row that only changed its place is neither."""
    found = {}
    for name, change in changes_between(store.table, tables, before=known(store).fingerprint).tables.items():
        gone, come = (Counter(map(str, t.to_pylist())) for t in (change.removed, change.added))
        if gone != come:
            found[name] = gone - come, come - gone
    return found


def test_a_row_that_was_taken_over_and_is_withheld_now_counts_as_gone(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,protected\np-1,false\np-2,false\n", encoding="utf-8")
    (tmp_path / "Address.csv").write_text("id\na-1\n", encoding="utf-8")
    (tmp_path / "REGISTERED_AT.csv").write_text("source_id,target_id\np-1,a-1\np-2,a-1\n", encoding="utf-8")
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    (tmp_path / "Person.csv").write_text("id,protected\np-1,true\np-2,false\n", encoding="utf-8")

    read = _same_reading(tmp_path, store)

    found = _difference(store, read.tables)["REGISTERED_AT"]
    assert [sum(c.values()) for c in found] == [1, 0]
    assert "p-1" in str(found[0])


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_reading_takes_unchanged_rows_over_and_gives_what_reading_everything_gives(
    stored: EmbeddedStore, tmp_path: Path, seed: int
) -> None:
    region = changed(resources.fixtures() / "demo", tmp_path / "region", seed=seed)

    assert _same_reading(region, stored).tables.taken


@pytest.mark.parametrize("file", ["Person", "Address", "Business", "REGISTERED_AT", "Licence"])
def test_a_file_that_is_not_delivered_takes_its_links_along(stored: EmbeddedStore, tmp_path: Path, file: str) -> None:
    shutil.copytree(resources.fixtures() / "demo", tmp_path / "region")
    (tmp_path / "region" / f"{file}.csv").unlink()

    read = _same_reading(tmp_path / "region", stored)

    assert read.tables.table(file).num_rows == 0


RESIDENCES = (
    "p-1,a-1,2020-01-01,",
    "p-1,a-2,2022-01-01,",
    "p-2,a-1,0000-00-00,",
    "p-2,a-3,2021-01-01,",
    "p-2,a-2,0000-00-00,",
)


@pytest.mark.parametrize(
    ("addresses", "rows"),
    [
        ("a-1 a-3", RESIDENCES),  # the later home of p-1 is gone: the earlier one is open again
        ("a-1 a-2 a-3", RESIDENCES[:1] + RESIDENCES[2:]),
        ("a-1 a-2 a-3", (*RESIDENCES[:2], RESIDENCES[4], *RESIDENCES[2:4])),  # moved in the file
        ("a-1 a-2 a-3 a-1", RESIDENCES),  # an address twice
        ("a-1 a-2 a-3 p-1", RESIDENCES),  # an id under two labels
    ],
)
def test_other_residences_of_a_person_are_read_anew(tmp_path: Path, addresses: str, rows: tuple[str, ...]) -> None:
    def write(addresses: str, rows: tuple[str, ...]) -> None:
        (tmp_path / "Person.csv").write_text("id\np-1\np-2\n", encoding="utf-8")
        (tmp_path / "Address.csv").write_text("id\n" + "".join(f"{a}\n" for a in addresses.split()), encoding="utf-8")
        links = "".join(f"{row}\n" for row in rows)
        (tmp_path / "REGISTERED_AT.csv").write_text(f"source_id,target_id,from,until\n{links}", encoding="utf-8")

    write("a-1 a-2 a-3", RESIDENCES)
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    write(addresses, rows)

    _same_reading(tmp_path, store)


def test_a_cell_that_became_wrong_is_set_aside_where_it_was_empty_before(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id,area_m2\na-1,\na-2,70\n", encoding="utf-8")
    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(tmp_path).tables)
    (tmp_path / "Address.csv").write_text("id,area_m2\na-1,many\na-2,70\n", encoding="utf-8")

    read = read_region(tmp_path, known=known(store))

    assert read.tables.nodes["Address"].column("id").to_pylist() == ["a-2"]
    assert read.rejected[["line", "column"]].to_numpy().tolist() == [[2, "area_m2"]]


def test_what_was_taken_over_says_nothing_of_another_table_or_another_store(stored: EmbeddedStore) -> None:
    tables = read_region(resources.fixtures() / "demo", known=known(stored)).tables
    shorter = replace(tables, nodes={**tables.nodes, "Signal": tables.nodes["Signal"].slice(1)})
    empty = {name: table.slice(0, 0) for name, table in tables.all_tables().items()}

    assert _difference(stored, tables) == {}
    assert [sum(c.values()) for c in _difference(stored, shorter)["Signal"]] == [1, 0]
    assert changes_between(empty.__getitem__, tables, before="another").share() == 1


def test_numbers_are_given_out_anew_when_many_are_out_of_use(tmp_path: Path) -> None:
    def region(persons: range) -> None:
        rows = "".join(f"p-{i},a-1\n" for i in persons)
        (tmp_path / "Person.csv").write_text("id\n" + "".join(f"p-{i}\n" for i in persons), encoding="utf-8")
        (tmp_path / "Address.csv").write_text("id\na-1\n", encoding="utf-8")
        (tmp_path / "REGISTERED_AT.csv").write_text(f"source_id,target_id\n{rows}", encoding="utf-8")

    store = EmbeddedStore(tmp_path / "s.barrier")
    region(range(10))
    store.load(read_region(tmp_path).tables)

    numbers = {}
    for gone in (1, 4):
        region(range(gone, 10))
        numbers[gone] = _same_reading(tmp_path, store).tables.codes().ids

    assert [(len(n), n.null_count) for n in numbers.values()] == [(11, 1), (7, 0)]


ODD = {
    "Person": ["id", "p1", "p2", "p3", "p4", "p5"],
    "Address": ["id;area_m2;rooms", "0301;12,5;3", "0302;1.000;2", "0303;80;1", "0304;1 250;"],
    "Business": [
        "id,started,ended",
        "b1,2024-05-31T22:00:00Z,9999-12-31",
        "b2,2020-01-01 00:00:00,2999-12-31T00:00:00",
    ],
    "REGISTERED_AT": [
        "source_id,target_id,from,until,function",
        "p1,0301,2020-01-01,9999-12-31,residence",
        "p1,,2023-00-00,,",
        "p2,0301,2020-01-01,,residence",
        "p2,0302,2022-01-01,,correspondence",
        "p3,0301,2020-01-01T00:00:00,0000-00-00,",
        "p4,0302,2020-01-01,,",
        "p5,301,2020-01-01,,",
    ],
}
NEXT_NIGHT = {
    "nothing": {},
    "evidence went": {"Address": ["id;area_m2;rooms", "0301;12;3", "0302;1.000;2", "0303;80;1", "0304;1 250;"]},
    "a doubtful number came": {"Address": [*ODD["Address"][:3], "0303;1.250;1", "0304;1 250;"]},
    "a closing row moved": {
        "REGISTERED_AT": [x.replace("2023-00-00", "2024-02-01") for x in ODD["REGISTERED_AT"]],
    },
    "a closing row went": {"REGISTERED_AT": [x for x in ODD["REGISTERED_AT"] if "2023" not in x]},
    "a letter address and a closing row came": {
        "REGISTERED_AT": [*ODD["REGISTERED_AT"], "p4,0303,2024-01-01,,correspondence", "p3,,2021-01-01,,", "p4,303,,,"]
    },
    "an end turned": {"Business": ["id,started,ended", "b1,2024-06-01,2024-05-31T21:00:00Z", "b2,2020-01-01,"]},
}


@pytest.mark.parametrize("night", NEXT_NIGHT)
def test_odd_dates_numbers_and_closing_rows_read_the_same_beside_a_store(tmp_path: Path, night: str) -> None:
    def written(files: dict[str, list[str]]) -> Path:
        for name, lines in files.items():
            (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path

    store = EmbeddedStore(tmp_path / "s.barrier")
    store.load(read_region(written(ODD)).tables)

    read = _same_reading(written({**ODD, **NEXT_NIGHT[night]}), store)

    assert read.rows_loaded["Person"] == 5


def test_what_is_read_in_other_words_is_told_again_beside_a_store(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text("name: T\nextract_date: 2026-09-01\n", encoding="utf-8")
    (tmp_path / "Person.csv").write_text("id,birth_year\np1,2027\np2,0\np3,1980\n", encoding="utf-8")
    (tmp_path / "Business.csv").write_text(
        "id,name,sbi,legal_form\nb1,onbekend,SBI 78201,B.V.\nb2,Twee,078201,bv\nb3,Drie,78201 uitzenden,\n",
        encoding="utf-8",
    )
    (tmp_path / "Address.csv").write_text(
        "id\tkind\tpurposes\tarea_m2\tmunicipality\na1\tDwelling\tWoonfunctie;celfunctie\tn.v.t.\tgm0344\n2-jan\t\t\t\t\na3\t\t\t\t\n",
        encoding="utf-8",
    )
    (tmp_path / "Licence.csv").write_text(
        "id,conditions\nl1,8 personen\nl2,12 bedden\nl3,max_persons=8\nl4,sauna\n", encoding="utf-8"
    )
    store = EmbeddedStore(tmp_path / "s.barrier")
    first = read_region(tmp_path)
    store.load(first.tables)

    read = _same_reading(tmp_path, store)

    assert read.notes == first.notes
    assert len([n for n in read.notes if n.startswith(("Business", "Address", "Licence", "Person"))]) == 10
