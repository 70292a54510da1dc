"""What only a row that is set aside ties to somebody protected goes with them all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.ingest.region import read_region

PEOPLE = "id,protected\np-1,\np-2,true\n"
CONTACTS = "id,kind\nc-1,\nc-2,\nc-3,\n"


def _contacts(folder: Path, links: str, reached: str = "") -> list[str]:
    (folder / "Person.csv").write_text(PEOPLE)
    (folder / "Address.csv").write_text("id\na-1\n")
    (folder / "REGISTERED_AT.csv").write_text("source_id,target_id\np-1,a-1\n")
    (folder / "Contact.csv").write_text(CONTACTS)
    (folder / "PAID_TO.csv").write_text(f"source_id,target_id,amount_eur\n{links}")
    (folder / "REACHED_AT.csv").write_text(f"source_id,target_id\n{reached}")
    ids: list[str] = read_region(folder).tables.table("Contact").column("id").to_pylist()
    return ids


def test_a_contact_of_somebody_protected_goes_also_where_the_amount_cannot_be_read(tmp_path: Path) -> None:
    assert _contacts(tmp_path, "p-2,c-1,1.000\n") == ["c-2", "c-3"]


def test_a_firm_at_a_protected_address_goes_also_where_the_row_of_the_address_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "Address.csv").write_text("id,protected,y\na-1,true,x\na-2,,1.5\na-3,,x\n")
    (tmp_path / "Business.csv").write_text("id\nb-1\nb-2\nb-3\n")
    (tmp_path / "ESTABLISHED_AT.csv").write_text("source_id,target_id\nb-1,a-1\nb-2,a-2\nb-3,a-3\n")

    read = read_region(tmp_path)

    assert read.tables.table("Business").column("id").to_pylist() == ["b-2", "b-3"]
    assert read.protected.neighbours == {"b-1"}


@pytest.mark.parametrize("flagged", ["SHELTER-77-X", "shelter_77_x", "shelter 77 x", "Shelter-077-x"])
def test_a_firm_goes_where_the_flag_spells_the_address_otherwise_than_the_links(tmp_path: Path, flagged: str) -> None:
    (tmp_path / "Address.csv").write_text(f"id,protected\n{flagged},true\na-2,\n")
    (tmp_path / "Business.csv").write_text("id\nb-1\nb-2\n")
    (tmp_path / "ESTABLISHED_AT.csv").write_text("source_id,target_id\nb-1,shelter-77-x\nb-2,a-2\n")

    assert read_region(tmp_path).tables.table("Business").column("id").to_pylist() == ["b-2"]


@pytest.mark.parametrize("row", ["b-1,shelter-77,x,", "b-1,shelter-77", "b-1,,shelter-77,x"])
def test_a_firm_goes_where_the_row_that_ties_it_has_a_wrong_number_of_cells(tmp_path: Path, row: str) -> None:
    (tmp_path / "Address.csv").write_text("id,protected\nshelter-77,true\na-2,\n")
    (tmp_path / "Business.csv").write_text("id\nb-1\nb-2\nb-3\n")
    links = f"source_id,target_id,from\n{row}\nb-2,a-2,\nb-3,a-2,,,\n"
    (tmp_path / "ESTABLISHED_AT.csv").write_text(links)

    assert read_region(tmp_path).tables.table("Business").column("id").to_pylist() == ["b-2", "b-3"]


def test_a_phone_of_a_protected_person_goes_also_where_the_row_of_the_person_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "Person.csv").write_text("id,protected,birth_year\np-1,true,x\np-2,,1980\n")
    (tmp_path / "Contact.csv").write_text("id,kind\nc-1,\nc-2,\n")
    (tmp_path / "REACHED_AT.csv").write_text("source_id,target_id\np-1,c-1\np-2,c-2\n")

    assert read_region(tmp_path).tables.table("Contact").column("id").to_pylist() == ["c-2"]


def test_a_contact_that_an_ordinary_person_has_too_stays(tmp_path: Path) -> None:
    assert _contacts(tmp_path, "p-2,c-1,1.000\n", reached="p-1,c-1\n") == ["c-1", "c-2", "c-3"]


def test_a_contact_of_an_ordinary_person_whose_row_is_set_aside_stays(tmp_path: Path) -> None:
    assert _contacts(tmp_path, "p-1,c-1,1.000\n") == ["c-1", "c-2", "c-3"]
