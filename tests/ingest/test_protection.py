"""What is protected stays out with all that is known only through it; in doubt it is protected."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.region import read_region
from barrier.store.tables import GraphTables

SHELTER = "a-shelter-77315"


def _write(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text.replace(" ", "\n") + "\n", encoding="utf-8")
    return folder


def _left(tables: GraphTables) -> set[str]:
    return {i for table in tables.nodes.values() for i in table.column("id").to_pylist()}


def _ends(tables: GraphTables) -> set[str]:
    return {i for link in tables.links.values() for c in ENDS.split(",") for i in link.table.column(c).to_pylist()}


ENDS = "source_id,target_id"
ADDRESSES = f"id,protected {SHELTER},true a-1,"


@pytest.mark.parametrize(
    ("tables", "left"),
    [
        ({"Person": "id p-1", "REGISTERED_AT": f"{ENDS} p-1,{SHELTER}"}, {"a-1"}),
        ({"Person": "id p-1", "REGISTERED_AT": f"{ENDS} p-1,{SHELTER} p-1,a-1"}, {"a-1", "p-1"}),
        (
            {"Person": "id p-1", "Contact": "id t-1", "REGISTERED_AT": f"{ENDS} p-1,{SHELTER}"}
            | {"REACHED_AT": f"{ENDS} p-1,t-1"},
            {"a-1"},
        ),
        ({"Business": "id b-1", "ESTABLISHED_AT": f"{ENDS} b-1,{SHELTER}"}, {"a-1"}),
        (
            {"Business": "id b-1", "Person": "id p-1", "ESTABLISHED_AT": f"{ENDS} b-1,{SHELTER}"}
            | {"DIRECTS": f"{ENDS} p-1,b-1"},
            {"a-1"},
        ),
        (
            {"Business": "id b-1", "Person": "id p-1", "ESTABLISHED_AT": f"{ENDS} b-1,{SHELTER}"}
            | {"DIRECTS": f"{ENDS} p-1,b-1", "REGISTERED_AT": f"{ENDS} p-1,a-1"},
            {"a-1", "b-1", "p-1"},
        ),
        (
            {"Business": "id b-1", "Licence": "id l-1", "FOR_PREMISES": f"{ENDS} l-1,{SHELTER}"}
            | {"HOLDS": f"{ENDS} b-1,l-1", "ESTABLISHED_AT": f"{ENDS} b-1,a-1"},
            {"a-1", "b-1"},
        ),
        (
            {"Business": "id b-1", "Person": "id p-1", "Licence": "id l-1", "FOR_PREMISES": f"{ENDS} l-1,{SHELTER}"}
            | {"HOLDS": f"{ENDS} b-1,l-1", "MANAGES": f"{ENDS} p-1,l-1", "ESTABLISHED_AT": f"{ENDS} b-1,a-1"},
            {"a-1", "b-1"},
        ),
        ({"Signal": "id s-1", "CONCERNS": f"{ENDS} s-1,{SHELTER}"}, {"a-1"}),
        ({"Signal": "id s-1", "CONCERNS": f"{ENDS} s-1,{SHELTER} s-1,a-1"}, {"a-1", "s-1"}),
        ({"Inspection": "id i-1", "INSPECTED": f"{ENDS} i-1,{SHELTER}"}, {"a-1"}),
        ({"Person": "id p-1 p-2", "ARRIVED_THROUGH": f"{ENDS} p-1,p-2", "STAYS_AT": f"{ENDS} p-1,{SHELTER}"}, {"a-1"}),
    ],
    ids=[
        "a resident of it alone",
        "a resident who also lived elsewhere",
        "the phone of a resident of it alone",
        "a business with its only seat there",
        "such a business and its director without an address",
        "a business there whose director lives elsewhere",
        "a licence for it, not the holder",
        "the manager of such a licence alone",
        "a signal about it",
        "a signal about it and another place",
        "a visit to it",
        "two persons who hold each other up",
    ],
)
def test_what_is_known_only_through_a_protected_place_stays_out(
    region: Path, tables: dict[str, str], left: set[str]
) -> None:
    read = read_region(_write(region, Address=ADDRESSES, **tables))

    assert _left(read.tables) == left
    assert _ends(read.tables) <= left
    assert SHELTER in read.protected.places


@pytest.mark.parametrize("kind", ["REGISTERED_AT", "STAYS_AT"])
def test_the_homes_of_protected_persons_are_the_ordinary_ones_where_they_live_or_stay(region: Path, kind: str) -> None:
    links = {kind: f"{ENDS} p-1,a-1 p-1,{SHELTER} p-2,a-2"}
    read = read_region(_write(region, Address=f"{ADDRESSES} a-2,", Person="id,protected p-1,true p-2,", **links))

    assert read.protected.homes == {"a-1"}


@pytest.mark.parametrize("flagged", [f"{SHELTER}\u200b", f"'{SHELTER}'"])
def test_what_is_flagged_in_another_spelling_alone_is_known_as_it_is_seen(region: Path, flagged: str) -> None:
    read = read_region(_write(region, Address=f"id,protected {flagged},true a-1,"))

    assert SHELTER in read.protected.places


def test_a_company_register_without_addresses_keeps_a_business_with_another_director(region: Path) -> None:
    tables = {"Person": "id,protected p-witness,true p-2,", "Business": "id b-1 b-2"}
    links = f"{ENDS} p-witness,b-1 p-2,b-1 p-witness,b-2"
    read = read_region(_write(region, **tables, DIRECTS=links))

    assert _left(read.tables) == {"p-2", "b-1"}
    assert read.protected.neighbours == {"b-2"}


@pytest.mark.parametrize(
    "rows",
    [
        f"id,protected,area_m2 {SHELTER},true,=1+1",
        f"id,protected {SHELTER}, {SHELTER},true",
        f"id,protected {SHELTER},geheim",
        f"id,protected {SHELTER},JA",
        f"id,protected {SHELTER},1",
    ],
    ids=["a row that is set aside", "the second row of an id", "a word for secret", "yes in Dutch", "a number"],
)
def test_in_doubt_an_address_is_protected(region: Path, rows: str) -> None:
    read = read_region(_write(region, Address=rows))

    assert read.protected.places == {SHELTER}
    assert _left(read.tables) == set()


@pytest.mark.parametrize("word", ["", "false", "FALSE", "nee", "0"])
def test_a_plain_no_protects_nothing(region: Path, word: str) -> None:
    read = read_region(_write(region, Address=f"id,protected a-1,{word}"))

    assert read.protected.ids == frozenset()


def test_protected_ids_do_not_stand_in_what_a_region_says_of_itself(region: Path) -> None:
    read = read_region(_write(region, Address=ADDRESSES))

    assert SHELTER not in repr(read.counted())
    assert SHELTER not in read.rejected.to_csv()


SPELLINGS = ("{}\u200b", "\ufeff{}", "\u00a0{}\u00a0", "'{}'", '"""{}"""', "{}\x07", "{}\u00ad")
WIDE = SHELTER.replace("7", "\uff17")


@pytest.mark.parametrize("spelled", [*SPELLINGS, SHELTER.upper(), WIDE])
@pytest.mark.parametrize("other_way", [False, True], ids=["the flag", "the place"])
def test_an_id_in_another_spelling_protects_the_place_it_is(region: Path, spelled: str, other_way: bool) -> None:
    one, other = spelled.format(SHELTER), SHELTER
    flag, place = (other, one) if other_way else (one, other)
    read = read_region(_write(region, Address=f"id,protected,kind {flag},true,dwelling {place},,dwelling a-1,,"))

    assert _left(read.tables) == {"a-1"}
    assert SHELTER in read.protected.places
    assert read.withheld == 1


@pytest.mark.parametrize(
    ("flagged", "other"),
    [
        ("012345672", "12345672"),
        ("12345672", "012345672"),
        ("123456782", "123456782.0"),
        ("123456782,0", "123456782"),
        ("p-0123", "p-123"),
        ("p-0123-01", "P123/1"),
        ("p|1|A", "p|1A|"),
    ],
)
def test_who_looks_like_somebody_protected_is_withheld_with_their_links(region: Path, flagged: str, other: str) -> None:
    persons = f'id,protected "{flagged}",ja "{other}", p-9,'
    read = read_region(_write(region, Person=persons, Address="id a-1", REGISTERED_AT=f'{ENDS} "{other}",a-1 p-9,a-1'))

    assert _left(read.tables) == {"p-9", "a-1"}
    assert _ends(read.tables) == {"p-9", "a-1"}
    assert read.withheld == 2
    assert "2 protected persons and addresses were left out" in " ".join(read.notes)
    assert not any(flagged in note or other in note for note in read.notes)


@pytest.mark.parametrize(
    ("flagged", "other"),
    [("123456782", "123-456-782"), ("1234.56.782", "123456782"), ("123;456;782", "123456782")],
)
def test_a_citizen_number_in_groups_is_the_same_protected_person(region: Path, flagged: str, other: str) -> None:
    persons = f'id,protected "{flagged}",ja "{other}", p-9,'
    read = read_region(_write(region, Person=persons, Address="id a-1", REGISTERED_AT=f'{ENDS} "{other}",a-1 p-9,a-1'))

    assert _left(read.tables) == {"p-9", "a-1"}
    assert _ends(read.tables) == {"p-9", "a-1"}
    assert read.withheld == 1


@pytest.mark.parametrize("other", ["p-10", "p-20", "q-2", "p-2b", "p-2.5", "p-\u00e9", "-"])
def test_who_does_not_look_like_somebody_protected_stays(region: Path, other: str) -> None:
    read = read_region(_write(region, Person=f"id,protected p-2,ja p-\u00e8,ja p-01.0,ja {other}, p-9,"))

    assert _left(read.tables) == {"p-9", other} - {"-"}


LOST = ["1.23456782E8", "1.23456782E+08", '"1,23456782E+08"', "1.23457e8", "1E+08", "'1.23457E+08", "12.3457E+07"]
LOST += ["BSN 1.23457E+08", "1.23457 E+08", "1.23457\u00d710^8", "1.23457 x 10\u2078", "\uff11.23457E+08"]


def _persons(folder: Path, *rows: str) -> Path:
    (folder / "Person.csv").write_text("\n".join(["id,birth_year,protected", *rows, ""]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("written", LOST)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_protected_id_in_scientific_notation_refuses_the_file(written: str, first: bool, tmp_path: Path) -> None:
    rows = [f"{written},1970,1", "123456782,1980,0"]

    with pytest.raises(InputError, match=r"Person\.csv: line [23]: protected, and the id of it cannot be read"):
        read_region(_persons(tmp_path, *(rows if first else rows[::-1])))


def test_a_protected_address_whose_number_a_spreadsheet_rounded_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id;protected\n0344010000000001;0\n3,44E+14;1\n")

    with pytest.raises(InputError, match="line 3: protected, and the id of it cannot be read"):
        read_region(tmp_path)


def test_a_row_with_too_many_cells_that_may_protect_such_an_id_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a row with too many or too few cells may protect an id that cannot be read"):
        read_region(_persons(tmp_path, "1.23457E+08,1970,1,1", "123456782,1980,0"))


def test_an_ordinary_id_in_scientific_notation_sets_its_row_aside(tmp_path: Path) -> None:
    region = read_region(_persons(tmp_path, "1.23457E+08,1970,0", "p-9,1980,0"))

    assert _left(region.tables) == {"p-9"}
    assert [str(r).partition(",")[0] for r in region.rejected["reason"]] == ["a number in scientific notation"]


@pytest.mark.parametrize("plain", ["p-1e5", "12E4", "3f2e-11.0", "a1.b2e3x", "2e-klas-4", "1.2.e", "1.2.3e4-5"])
def test_a_protected_id_that_is_no_number_is_read_as_it_stands(plain: str, tmp_path: Path) -> None:
    region = read_region(_persons(tmp_path, f"{plain},1970,1", "p-9,1980,0"))

    assert region.protected.persons == {plain}
    assert _left(region.tables) == {"p-9"}


@pytest.mark.parametrize("second", ["nee", ""])
def test_a_row_without_the_flag_of_a_protected_id_is_counted_and_its_place_is_not_told(
    tmp_path: Path, second: str
) -> None:
    (tmp_path / "Address.csv").write_text(f"id,protected\na-1,ja\na-1,{second}\na-2,\n")

    read = read_region(tmp_path)

    told = "Address.csv: 1 row without the flag, of an id that is protected in another row, in whatever spelling"
    assert f"{told}: protected too" in read.notes
    assert _left(read.tables) == {"a-2"}
    assert read.withheld == 1


def test_where_each_row_of_a_protected_id_has_the_flag_nothing_is_told_of_others(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id,protected\na-1,ja\nA-1,1\na-2,\n")

    assert not [n for n in read_region(tmp_path).notes if "without the flag" in n]
