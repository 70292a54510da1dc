"""Properties that the model refuses to grow and columns that the importer drops, in Dutch and English."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from barrier import resources
from barrier.errors import InputError
from barrier.ingest.region import read_region
from barrier.model.banned import is_banned
from barrier.model.schema import Schema
from barrier.model.yamlfile import parse_yaml

BANNED = [
    "nationality",
    "Nationaliteit",
    "second_nationality",
    "ethnicity",
    "etniciteit",
    "ethnic_group",
    "birthplace",
    "birth_place",
    "placeOfBirth",
    "geboorteplaats",
    "geboorteland",
    "country_of_birth",
    "countryOfOrigin",
    "region_of_origin",
    "land_van_herkomst",
    "herkomst",
    "afkomst",
    "language",
    "taal",
    "moedertaal",
    "mother_tongue",
    "religion",
    "godsdienst",
    "kerkgenootschap",
    "race",
    "skin_colour",
    "huidskleur",
    "name_origin",
    "plate_country",
    "kenteken_land",
    "migratieachtergrond",
    "residence_title",
    "verblijfstitel",
    "surname",
    "achternaam",
    "bsn",
    "04.05.10",
    "01.03.20",
]


def test_at_least_thirty_names_are_tried() -> None:
    assert len(set(BANNED)) >= 30


@pytest.mark.parametrize("name", BANNED)
def test_the_schema_refuses_a_banned_property(name: str) -> None:
    text = yaml.safe_load((resources.graphs() / "schema.yaml").read_text(encoding="utf-8"))
    text["labels"]["Person"]["properties"][name] = {"type": "string", "about": "Not allowed."}

    with pytest.raises(InputError, match="banned"):
        parse_yaml(yaml.safe_dump(text), Schema, where="schema.yaml")


@pytest.mark.parametrize("name", BANNED)
def test_the_importer_drops_a_banned_column_and_says_so(region: Path, name: str) -> None:
    (region / "Person.csv").write_text(f"id,{name}\np-1,Zzyzx\n", encoding="utf-8")

    read = read_region(region)

    assert [n for n in read.notes if f"column {name} is banned" in n] != []
    assert "Zzyzx" not in str(read.tables.nodes["Person"].to_pylist())


@pytest.mark.parametrize("name", ["kind", "rooms", "origin", "trace", "contract", "total", "share", "started"])
def test_ordinary_names_are_allowed(name: str) -> None:
    assert not is_banned(name)


def test_the_name_of_a_business_is_allowed_and_that_of_a_person_is_not() -> None:
    assert not is_banned("name", owner="Business")
    assert is_banned("name", owner="Person")
