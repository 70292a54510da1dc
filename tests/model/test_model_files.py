"""The model as data: unknown fields are refused, every error at once, two barrier models, dated norms."""

from __future__ import annotations

from datetime import date

import pytest

from barrier.errors import InputError
from barrier.model.barriers import BarrierModel, load_model, model_names
from barrier.model.norms import Norms, shipped_norms
from barrier.model.yamlfile import parse_yaml
from tests.helpers import Results, run

WRONG = """
format: 1
id: x
version: one
name: X
source: nowhere
barriers:
  - {id: entry, name: Entry, about: A, relationships: [], colour: red}
across: Across
taste: sweet
"""


def test_every_error_of_a_file_is_named_at_once() -> None:
    with pytest.raises(InputError) as error:
        parse_yaml(WRONG, BarrierModel, where="x.yaml")

    assert [p.split(": ")[1] for p in error.value.problems] == ["version", "barriers.0.colour", "taste"]


def test_an_unknown_relationship_in_a_barrier_model_is_refused() -> None:
    text = "format: 1\nid: x\nversion: 1\nname: X\nsource: s\nacross: A\nbarriers:\n"
    text += "  - {id: a, name: A, about: a, relationships: [KNOWS]}\n"

    with pytest.raises(InputError, match="unknown relationship KNOWS"):
        parse_yaml(text, BarrierModel, where="x.yaml")


def test_two_models_ship_and_place_the_same_finding_at_different_steps() -> None:
    assert model_names() == ["five-barriers", "migrant-workers"]
    assert load_model("five-barriers").place("identity") == "identity"
    assert load_model("migrant-workers").place("identity") == "registration"
    assert load_model("migrant-workers").place("finance") == "stay"


def test_a_scan_with_the_six_step_model_places_findings_at_its_steps(demo: Results, tmp_path: object) -> None:
    out = demo.path.parent / "six"
    done = run("scan", "fixtures/demo", "--out", str(out), "--model", "migrant-workers")

    assert done.exit_code == 0
    found = Results(out)
    assert {f["barrier"] for f in found.findings} >= {"recruitment_entry", "registration", "housing", "labour", "stay"}
    assert len(found.findings) == len(demo.findings)
    assert "Recruitment and entry" in found.report


def test_the_norm_of_the_day_counts() -> None:
    on = shipped_norms().on(date(2026, 9, 1))

    assert {kind: norm.m2_per_person for (kind, _), norm in on.items()} == {
        "dwelling": 12,
        "caravan": 6,
        "lodging": 10,
        "recreational": 12,
        "unknown": 12,
    }
    assert shipped_norms().on(date(2011, 1, 1)) == {}


def test_a_norm_of_the_municipality_that_began_later_is_kept_apart() -> None:
    text = "format: 1\nabout: local\nnorms:\n"
    text += "  - {kind: dwelling, m2_per_person: 20, from: 2025-01-01, municipality: GM9001, source: order}\n"
    local = parse_yaml(text, Norms, where="local.yaml")

    both = shipped_norms().plus([local]).on(date(2026, 1, 1))

    assert both["dwelling", "GM9001"].m2_per_person == 20
    assert both["dwelling", None].m2_per_person == 12
