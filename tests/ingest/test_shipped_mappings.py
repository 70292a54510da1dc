"""Mappings that ship: public files of other systems become a region, in the layouts that people met."""

from __future__ import annotations

from pathlib import Path

import pytest

from barrier import resources
from barrier.ingest.mapping import read_mapped
from barrier.ingest.mapping_file import MappingFile
from barrier.ingest.region import Region
from barrier.model.yamlfile import load_yaml
from tests.ingest.mapped import counted, rejected, rows

MAPPINGS = resources.fixtures() / "mappings"


def _read(folder: Path, mapping: str, **files: str) -> Region:
    for name, text in files.items():
        (folder / name.replace("__", ".").replace("_", "-")).write_text(text, encoding="utf-8")
    return read_mapped(folder, MAPPINGS / f"{mapping}.yaml", key_file=folder / "key")


@pytest.mark.parametrize("file", sorted(p.name for p in MAPPINGS.glob("*.yaml")))
def test_a_mapping_that_ships_is_right(file: str) -> None:
    assert load_yaml(MAPPINGS / file, MappingFile).about


def test_companies_house(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "companies-house",
        basic__csv="CompanyName, CompanyNumber,RegAddress.AddressLine1, RegAddress.PostCode,DissolutionDate,"
        'IncorporationDate,SICCode.SicText_1\n"ALPHA LTD","01234567","1 QUAY","AB1 2CD","","05/04/2012",'
        '"78200 - Temporary employment agency activities"\n"BETA LTD","SC234567","1 Quay","ab12cd","31/12/2020",'
        '"01/02/2003","None Supplied"\n',
    )

    assert rows(read, "Business", "id", "sbi", "started", "ended") == [
        ("ch-01234567", "78200", "2012-04-05", None),
        ("ch-sc234567", None, "2003-02-01", "2020-12-31"),
    ]
    assert rows(read, "Address", "id") == [("ch-a-AB12CD-1-quay",)]
    assert len(rows(read, "ESTABLISHED_AT", "target_id")) == 2
    assert [n for n in read.notes if "SicText" in n]


def test_gleif(tmp_path: Path) -> None:
    address = "Entity.LegalAddress.FirstAddressLine,Entity.LegalAddress.PostalCode"
    read = _read(
        tmp_path,
        "gleif-lei",
        lei__csv=f"LEI,Entity.LegalName,{address},Entity.EntityCreationDate,Entity.EntityExpirationDate\n"
        "529900AAAAAAAAAAAA01,Alpha B.V.,Kade 1,1234 AB,1990-03-01T00:00:00.000+01:00,\n529900AAAAAAAAAAAA02,"
        '"Beta ""De Hoek"" B.V.",KADE 1,1234AB,2001-01-01T00:00:00Z,2020-12-31T23:59:59.000+01:00\n',
    )

    assert rows(read, "Business", "id", "name", "started", "ended") == [
        ("lei-529900aaaaaaaaaaaa01", "Alpha B.V.", "1990-03-01", None),
        ("lei-529900aaaaaaaaaaaa02", 'Beta "De Hoek" B.V.', "2001-01-01", "2020-12-31"),
    ]
    assert rows(read, "Address", "id") == [("lei-a-1234AB-kade-1",)]


def test_offshore_leaks(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "icij-offshore-leaks",
        nodes_entities__csv="node_id,name,incorporation_date,inactivation_date\n"
        "10000001,ALPHA HOLDING,23-MAR-2006,18-FEB-2013\n10000002,BETA LTD,2007-01-01,\n"
        "10000003,GAMMA LTD,2008-01-01,\n",
        nodes_officers__csv="node_id,name\n12000001,PERSOON EEN\n12000002,BETA LTD\n",
        nodes_addresses__csv='node_id,address\n14000001,"KADE 1; 1234 AB VELDSTAD"\n14000002,"KADE 2\nVELDSTAD"\n',
        relationships__csv="node_id_start,node_id_end,rel_type,link,start_date,end_date\n"
        "12000001,10000001,officer_of,director of,2006-03-23,2010-01-01\n"
        "12000001,10000001,officer_of,shareholder of,2006-03-23,\n"
        "12000002,10000003,officer_of,shareholder of,,\n"
        "10000001,14000001,registered_address,registered address,,\n"
        "10000002,14000001,registered_address,registered address,,\n"
        "12000001,14000002,registered_address,residential address,,\n"
        "10000001,10000002,same_name_as,same name as,,\n",
    )

    assert not len(read.rejected)
    assert rows(read, "Business", "id", "started", "ended")[0] == ("n-10000001", "2006-03-23", "2013-02-18")
    assert rows(read, "DIRECTS", "source_id", "target_id", "role", "until") == [
        ("n-12000001", "n-10000001", "director", "2010-01-01"),
        ("n-12000001", "n-10000001", "owner", None),
        ("n-12000002", "n-10000003", "owner", None),
    ]
    assert len(rows(read, "ESTABLISHED_AT", "source_id")) == 2
    assert counted(read) == ["relationships.csv: 7 rows: 5 used, 2 left out by the mapping"]


def test_open_data_of_the_chamber_of_commerce(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "kvk-open-dataset",
        kvk__csv="kvkNummer;datumAanvang;datumEinde;activiteitenCode;rechtsvormCode\n1234567;20120405;;78201;BV\n"
        '01234567;20120405;;78201;BV\n"01.234.567";20120400;;;\n',
    )

    assert rows(read, "Business", "id", "sbi", "legal_form", "started") == [
        ("kvk-01234567", "78201", "bv", "2012-04-05")
    ]
    assert [n for n in read.notes if "more than one started" in n]
    assert rejected(read) == []


def test_follow_the_money(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "follow-the-money",
        entities__ftm__json='{"id": "co-1", "schema": "Company", "properties": {"name": ["Alpha BV"]}}\n'
        '{"id": "p-1", "schema": "Person", "properties": {"birthDate": ["1980"], "phone": ["+31612345678"]}}\n'
        '{"id": "d-1", "schema": "Directorship", "properties": '
        '{"director": ["p-1"], "organization": ["co-1"], "startDate": ["2020"]}}\n'
        '{"id": "e-1", "schema": "Email", "properties": {}}\n',
    )

    assert rows(read, "Business", "id", "name") == [("ftm-co-1", "Alpha BV")]
    assert rows(read, "Person", "birth_year") == [(1980,)]
    assert rows(read, "DIRECTS", "target_id", "from") == [("ftm-co-1", "2020-00-00")]
    assert len(rows(read, "REACHED_AT", "target_id")) == 1
    assert counted(read) == ["entities.ftm.json: 4 rows: 3 used, 1 left out by the mapping"]


def test_a_name_that_no_entity_has_is_empty_and_told(tmp_path: Path) -> None:
    read = _read(tmp_path, "follow-the-money", x__jsonl='{"id": "co-1", "schema": "Company", "properties": {}}\n')

    assert rows(read, "Business", "id", "name") == [("ftm-co-1", None)]
    assert "x.jsonl: properties.name stands in no line, and is empty everywhere" in read.notes
