"""Secrecy in other words, letters and places: read as what it means or refused, and ordinary words refuse nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from barrier.errors import InputError
from barrier.ingest.mapping import read_mapped
from barrier.ingest.region import Region, read_region
from barrier.ingest.secrecy import secrecy_of
from barrier.model.rules import RuleFile, Rules

HEAD = "format: 1\nabout: x\nregion: {name: X, purpose: test, at: 2026-01-01}\nsources:\n"
OFFICE = secrecy_of(Rules((RuleFile("secrecy.yaml", "format: 1\nnot_secret: [Geheim nummer, opvanglocaties]\n"),)))


def _addresses(region: Path, header: str, cell: str) -> Path:
    (region / "Address.csv").write_text(f'id,{header}\na-1,"{cell}"\na-2,\n', encoding="utf-8")
    return region


def _left(read: Region) -> list[str]:
    ids: list[str] = read.tables.table("Address").column("id").to_pylist()
    return ids


@pytest.mark.parametrize(
    "header",
    [
        *("g\u0435heim", "gehe\u0456m", "\u0440r\u043et\u0435\u0441t\u0435d", "pr\u03bftected", "g e h e i m"),
        *(
            "secret address",
            "Geheim adres",
            "Verstrekking beperkt",
            "Sperrvermerk",
            "Auskunftssperre",
            "prot\u00e9g\u00e9",
        ),
        *("element_7010", "el 07.70.10", "70.10", "BRP 7010", "Beperking_70_10"),
    ],
)
def test_a_header_in_other_letters_or_languages_is_read_as_protected(region: Path, header: str) -> None:
    assert _left(read_region(_addresses(region, header, "ja"))) == ["a-2"]


@pytest.mark.parametrize(
    "header", ["veilig_huis", "prot.", "vertraulich", "adres gesperrt", "adres_protegee", "chroniony"]
)
def test_a_header_that_may_be_about_secrecy_is_refused(region: Path, header: str) -> None:
    with pytest.raises(InputError, match="column 2 may say what is secret, and nothing reads it"):
        read_region(_addresses(region, header, "ja"))


@pytest.mark.parametrize(
    "header",
    ["beroepsgeheim", "dierenbescherming", "beschermd_monument", "element_17010", "element_7010_oud_8", "Geheimeweg"],
)
def test_a_header_of_another_thing_is_dropped_as_ever(region: Path, header: str) -> None:
    assert _left(read_region(_addresses(region, header, "ja"))) == ["a-1", "a-2"]


@pytest.mark.parametrize(
    "cell",
    [
        *("g e h e i m", "G-E-H-E-I-M", "let op: g e h e i m", "g\u0435heim", "GEHEIM!", "secret address"),
        *("verstrekking beperkt", "Veilig Huis", "confidentieel", "Sperrvermerk", "adresse prot\u00e9g\u00e9e"),
        *("was niet geheim, nu beschermd adres", "geheimhouding", "indicatie geheim 7"),
    ],
)
def test_a_remark_in_other_words_refuses_the_file(region: Path, cell: str) -> None:
    with pytest.raises(
        InputError, match=r"column 2: 1 cell says that something is secret \(line 2\), and nothing reads"
    ):
        read_region(_addresses(region, "bijzonderheden", cell))


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "Geheimeweg",
            "Geheimeweg 3",
            "Lange Geheimestraat 12 bis",
            "niet geheim",
            "geen geheim adres",
            "Niet  Geheim.",
        ),
        *(
            "niet meer geheim",
            "not secret",
            "beroepsgeheim",
            "geheimzinnig",
            "een geheimzinnige bewoner",
            "Beschermd monument",
            "niet afgeschermd",
            "geen geheimhouding",
        ),
        *("Dierenbescherming Noord", "ag eheimen nacht"),
    ],
)
def test_a_remark_that_denies_it_or_is_about_another_thing_refuses_nothing(region: Path, cell: str) -> None:
    assert _left(read_region(_addresses(region, "bijzonderheden", cell))) == ["a-1", "a-2"]


@pytest.mark.parametrize("column", ["kind", "purposes", "municipality", "area_m2"])
@pytest.mark.parametrize(
    "cell", ["geheim", "GEHEIM ADRES", "geheim 7", "ja, geheim", "verstrekkingsbeperking", "g e h e i m"]
)
def test_a_mark_of_secrecy_in_a_column_that_is_read_as_something_else_refuses_the_file(
    region: Path, column: str, cell: str
) -> None:
    told = r"column 2: 1 cell says that something is secret \(line 2\), and it is read as something else"
    with pytest.raises(InputError, match=told) as refused:
        read_region(_addresses(region, column, cell))
    assert "call it protected" in str(refused.value.hint)
    assert "not_secret in secrecy.yaml" in str(refused.value.hint)


@pytest.mark.parametrize("column", ["source", "from"])
def test_so_does_one_in_a_row_of_who_lives_where(region: Path, column: str) -> None:
    _addresses(region, "kind", "dwelling")
    (region / "Person.csv").write_text("id\np-1\n")
    (region / "REGISTERED_AT.csv").write_text(f"source_id,target_id,{column}\np-1,a-1,geheim\n")

    with pytest.raises(InputError, match=r"REGISTERED_AT\.csv: column 3: 1 cell says that something is secret"):
        read_region(region)


def test_words_that_are_a_value_or_a_name_there_refuse_nothing(region: Path) -> None:
    _addresses(region, "purposes", "woonfunctie|opvang")
    (region / "Business.csv").write_text("id,name\nb-1,Geheim BV\nb-2,Geheim\n")
    (region / "Signal.csv").write_text(
        "id,kind,origin,source\ns-1,advert,anoniem,police\ns-2,advert,vertrouwelijk,police\n"
    )

    read = read_region(region)

    assert _left(read) == ["a-1", "a-2"]
    assert read.tables.table("Business").num_rows == 2
    assert read.tables.table("Signal").num_rows == 2


@pytest.mark.parametrize(
    "name", ["geheime_adressen.csv", "Protected.xlsx", "schuiladressen.txt", "geheim", "g\u0435heim.zip"]
)
def test_a_file_that_is_not_read_and_called_secret_refuses_the_delivery(region: Path, name: str) -> None:
    _addresses(region, "kind", "dwelling")
    (region / name).mkdir() if "." not in name else (region / name).write_text("id\na-1\n")

    with pytest.raises(InputError, match="may be about what is secret, and nothing reads it") as refused:
        read_region(region)
    assert "say in Person and Address what is protected" in str(refused.value.hint)


@pytest.mark.parametrize(
    "name", ["opvang.csv", "privacy.csv", "notities.txt", "geheimhoudingsverklaring.pdf", "beroepsgeheim.txt"]
)
def test_other_files_are_named_or_left_as_ever(region: Path, name: str) -> None:
    _addresses(region, "kind", "dwelling")
    (region / name).write_text("x\n")

    assert _left(read_region(region)) == ["a-1", "a-2"]


def _workbook(path: Path, *sheets: str) -> Path:
    book = Workbook()
    book.active.append(["id", "kind"])
    book.active.append(["a-1", "dwelling"])
    for name in sheets:
        book.create_sheet(name).append(["id"])
    book.worksheets[-1].sheet_state = "hidden" if sheets else "visible"
    book.save(path)
    return path


def test_a_sheet_that_is_not_read_and_called_secret_refuses_the_file(region: Path) -> None:
    _workbook(region / "Address.xlsx", "toelichting", "geheim")

    with pytest.raises(InputError, match=r"Address\.xlsx: sheet 3: may be about what is secret"):
        read_region(region)


def test_another_sheet_is_named_as_ever(region: Path) -> None:
    _workbook(region / "Address.xlsx", "toelichting")

    assert any("not read: sheet 2 (hidden)" in note for note in read_region(region).notes)


def test_an_office_says_which_names_say_nothing_of_secrecy(region: Path) -> None:
    _addresses(region, "geheim_nummer", "ja")
    (region / "opvanglocaties.csv").write_text("id\n")
    (region / "GEHEIM_nummer.csv").write_text("id\n")

    assert _left(read_region(region, secrecy=OFFICE)) == ["a-1", "a-2"]
    with pytest.raises(InputError):
        read_region(region)


def test_what_the_office_says_changes_the_fingerprint_of_what_is_read(region: Path) -> None:
    _addresses(region, "kind", "dwelling")

    assert read_region(region).fingerprint != read_region(region, secrecy=OFFICE).fingerprint


def _mapped(folder: Path, sources: str, **more: object) -> Region:
    (folder / "m.yaml").write_text(HEAD + sources)
    return read_mapped(folder / "in", folder / "m.yaml", **more)  # type: ignore[arg-type]


def _source(file: str, more: str = "") -> str:
    node = "{label: Address, id: {prefix: 'q-', columns: [id]}, properties: {kind: {value: dwelling}}}"
    return f"- file: {file}\n  nodes:\n    a: {node}\n{more}"


def test_a_mapping_refuses_a_file_called_secret_that_no_source_reads(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("lijst", "geheim"):
        (tmp_path / "in" / f"{name}.csv").write_text("id\na-1\n")

    with pytest.raises(InputError, match=r"geheim\.csv: may be about what is secret"):
        _mapped(tmp_path, _source("lijst.csv"))
    assert _left(_mapped(tmp_path, _source("[lijst.csv, geheim.csv]"))) == ["q-a-1"]
    assert _left(_mapped(tmp_path, _source("lijst.csv", "  not_secret: [geheim]\n"))) == ["q-a-1"]


def test_a_mapping_refuses_a_sheet_called_secret_that_no_source_reads(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    _workbook(tmp_path / "in" / "lijst.xlsx", "geheim")

    with pytest.raises(InputError, match=r"sheet 2: may be about what is secret"):
        _mapped(tmp_path, _source("lijst.xlsx"))
    read = _mapped(tmp_path, _source("lijst.xlsx", "  sheet: [Sheet, geheim]\n"))
    assert _left(read) == ["q-a-1"]


def test_a_mapping_reads_a_column_that_the_office_excuses(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lijst.csv").write_text("id,geheim nummer\na-1,ja\n")

    assert _left(_mapped(tmp_path, _source("lijst.csv"), secrecy=OFFICE)) == ["q-a-1"]
    with pytest.raises(InputError):
        _mapped(tmp_path, _source("lijst.csv"))
