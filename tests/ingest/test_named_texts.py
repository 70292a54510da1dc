"""What is protected, and what is a value in clear, is found where somebody wrote it, not only where ids belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier.errors import InputError
from barrier.ingest.region import Region, read_region
from tests.helpers import run

SHELTER = "a-shelter-77315"


def _read(folder: Path, *, protected: bool = True, **tables: str) -> Region:
    known = {
        "Address": f"id,protected\n{SHELTER},{'true' if protected else ''}\na-1,\n",
        "Business": "id,name\nb-1,Bakery\n",
    }
    for name, text in {**known, **tables}.items():
        (folder / f"{name}.csv").write_text(text)
    return read_region(folder)


def _column(found: Region, table: str, column: str) -> list[object]:
    values: list[object] = found.tables.table(table).column(column).to_pylist()
    return values


def test_texts_that_name_what_is_protected_are_emptied_and_counted(region: Path) -> None:
    found = _read(
        region,
        Business=f"id,name\nb-1,Bakery\nb-2,Opvang {SHELTER} bv\n",
        Signal=f"id,kind,origin\ns-1,nuisance,{SHELTER}\ns-2,nuisance,o-2\n",
        CONCERNS="source_id,target_id\ns-1,a-1\ns-2,a-1\n",
        Address=f"id,protected,purposes\n{SHELTER},true,\na-1,,home|{SHELTER}\n",
        Licence=f"id,kind,conditions\nl-1,massage,no_living_in|see {SHELTER.upper()}\nl-2,massage,snf\n",
        FOR_PREMISES="source_id,target_id\nl-1,a-1\nl-2,a-1\n",
        ESTABLISHED_AT=f"source_id,target_id,source\nb-1,a-1,{SHELTER}\nb-2,a-1,KVK\n",
    )

    assert _column(found, "Business", "name") == ["Bakery", None]
    assert _column(found, "Signal", "origin") == [None, "o-2"]
    assert _column(found, "Address", "purposes") == [["home"]]
    assert _column(found, "Licence", "conditions") == [["no_living_in"], ["snf"]]
    assert _column(found, "ESTABLISHED_AT", "source") == [None, "KVK"]
    assert "5 texts that name something protected: emptied" in found.notes


@pytest.mark.parametrize(
    "written",
    ["a shelter 77315", "a_shelter_77315", "A-Shelter  77315", "ashelter77315", "opvang a shelter-77315, achter"],
)
def test_other_signs_between_the_parts_of_an_id_hide_it_nowhere(region: Path, written: str) -> None:
    found = _read(region, Business=f"id,name\nb-1,Bakery\nb-2,{chr(34)}{written}{chr(34)}\n")

    assert _column(found, "Business", "name") == ["Bakery", None]


@pytest.mark.parametrize(
    "written", ["a shelter 7731", "a shelter 77315-b", "la shelter 77315", "a shelter, 77315", "shelter 77315"]
)
def test_other_parts_or_a_piece_of_a_longer_id_are_another_thing(region: Path, written: str) -> None:
    found = _read(region, Business=f"id,name\nb-1,Bakery\nb-2,{chr(34)}{written}{chr(34)}\n")

    assert _column(found, "Business", "name") == ["Bakery", written]


def test_a_text_that_only_holds_the_letters_of_an_id_stays(region: Path) -> None:
    found = _read(region, Business=f"id,name\nb-1,x{SHELTER}\nb-2,a-1 bv\n")

    assert _column(found, "Business", "name") == [f"x{SHELTER}", "a-1 bv"]


def test_without_anything_protected_no_text_is_looked_at(region: Path) -> None:
    found = _read(region, protected=False, Business=f"id,name\nb-1,{SHELTER}\n")

    assert _column(found, "Business", "name") == [SHELTER]


def test_who_reported_by_phone_mail_or_account_stands_nowhere_in_clear_and_stays_one_origin(region: Path) -> None:
    found = _read(
        region,
        protected=False,
        Signal="id,kind,origin\ns-1,nuisance,06-12345678\ns-2,nuisance,0612345678\ns-3,nuisance,an@voorbeeld.nl\n"
        "s-4,nuisance,NL91ABNA0417164300\ns-5,nuisance,police-2026-17\n",
        CONCERNS="source_id,target_id,source\ns-1,a-1,+31612345678\ns-2,a-1,police\n",
    )
    first, second, mail, account, number = map(str, _column(found, "Signal", "origin"))

    assert first == second
    assert (first[:13], mail[:13], account[:12]) == ("hashed-phone-", "hashed-email-", "hashed-iban-")
    assert number == "police-2026-17"
    assert [str(s)[:13] for s in _column(found, "CONCERNS", "source")] == ["hashed-phone-", "police"]
    assert any("origin: values in clear (email 1, iban 1, phone 2)" in note for note in found.notes)


def test_nothing_of_it_is_shown_after_a_scan(region: Path, tmp_path: Path) -> None:
    _read(
        region,
        Signal="id,kind,holder,origin,reliability\ns-1,nuisance,police,06-12345678,probable\n"
        f"s-2,nuisance,ggd,{SHELTER},probable\n",
        CONCERNS="source_id,target_id\ns-1,b-1\ns-2,b-1\n",
        ESTABLISHED_AT="source_id,target_id\nb-1,a-1\n",
    )
    out = tmp_path / "out"

    assert run("scan", str(region), "--out", str(out)).exit_code == 0

    files = [f for place in (out, Path(f"{out}.barrier")) for f in place.rglob("*") if f.is_file()]
    for word in (b"06-12345678", SHELTER.encode()):
        assert [f.name for f in files if word in f.read_bytes()] == []


def test_ids_of_other_things_that_hold_it_are_counted_and_what_to_do_is_said(region: Path) -> None:
    found = _read(
        region,
        Address=f"id,protected\n{SHELTER},true\n{SHELTER}-b,\na-1,\n",
        Business=f"id,name\nbiz-{SHELTER},Bakery\nb-1x{SHELTER},\n",
        Signal=f"id,kind\nsig-{SHELTER.upper()}-2,nuisance\n",
        CONCERNS=f"source_id,target_id\nsig-{SHELTER.upper()}-2,a-1\n",
    )

    told = (
        "2 ids of other things hold the id of something protected: it is shown with them, deliver them under other ids"
    )
    assert told in found.notes


@pytest.mark.parametrize("setting", ["name", "purpose", "legal_basis"])
def test_what_is_said_of_the_whole_region_names_nothing_protected(region: Path, setting: str) -> None:
    (region / "region.yaml").write_text(f"{setting}: about A_shelter 77315\n")

    with pytest.raises(InputError, match="of the region names something protected") as refused:
        _read(region)
    assert "77315" not in str(refused.value)
