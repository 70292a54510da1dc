"""What only a row that is set aside ties to somebody protected goes with them all the same."""

from __future__ import annotations

from pathlib import Path

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


def test_a_contact_that_an_ordinary_person_has_too_stays(tmp_path: Path) -> None:
    assert _contacts(tmp_path, "p-2,c-1,1.000\n", reached="p-1,c-1\n") == ["c-1", "c-2", "c-3"]


def test_a_contact_of_an_ordinary_person_whose_row_is_set_aside_stays(tmp_path: Path) -> None:
    assert _contacts(tmp_path, "p-1,c-1,1.000\n") == ["c-1", "c-2", "c-3"]
