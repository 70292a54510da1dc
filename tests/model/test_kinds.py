"""The schema decides: no list of labels or relationships in the package but in the two modules that read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from barrier import resources
from barrier.advise.powers import shipped_powers
from barrier.detect.header import DetectorHeader
from barrier.detect.library import load_detectors
from barrier.errors import InputError
from barrier.model import kinds
from barrier.model.barriers import ACROSS, load_model
from barrier.model.schema import Schema, schema
from barrier.model.yamlfile import validate

PACKAGE = Path(kinds.__file__).parents[1]
# what may name several kinds at once, and why: a rule about just these, never a list that a new kind belongs on
ALLOWED = {
    "model/schema.py": "reads the schema",
    "detect/ground.py": "what the measure of occupancy reads (decision 002): its header, so to say",
    "advise/dossier.py": "which end of HOLDS and of FOR_PREMISES is the licence",
}
_CONTAINERS = (ast.Tuple, ast.List, ast.Set, ast.Dict)


def _names(node: ast.AST, known: set[str]) -> Iterator[str]:
    """Yield the labels and relationships in a literal, at any depth."""
    if isinstance(node, ast.Constant):
        if node.value in known:
            yield str(node.value)
    elif isinstance(node, _CONTAINERS):
        for part in ast.iter_child_nodes(node):
            yield from _names(part, known)


def lists_of_kinds(code: str, known: set[str]) -> list[str]:
    """Return the literals that name two labels or relationships or more, with their line."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, _CONTAINERS):
            names = sorted({*_names(node, known)})
            found += [f"{node.lineno}: {', '.join(names)}"] if len(names) > 1 else []
    return found


def _known() -> set[str]:
    return {*schema().labels, *schema().relationships}


@pytest.mark.parametrize(
    "code",
    [
        'A = ("Person", "Address")',
        'A = {"LETS": 1, "OWNS": 2}',
        'x = kind in ["LETS", "OWNS"]',
        'for a, b in (("owners", "OWNS"), ("landlords", "LETS")): pass',
        'PERSON, PLACE = "Person", "Address"',
    ],
)
def test_a_list_of_kinds_is_found_however_it_is_written(code: str) -> None:
    assert len(lists_of_kinds(code, _known())) >= 1


def test_one_name_and_columns_are_no_list() -> None:
    assert lists_of_kinds('graph.edges("LETS", ["source_id", "target_id"]); x = ("LETS", 3)', _known()) == []


def test_no_module_holds_a_list_of_labels_or_relationships() -> None:
    found = {str(p.relative_to(PACKAGE)): lists_of_kinds(p.read_text("utf-8"), _known()) for p in PACKAGE.rglob("*.py")}
    wrong = [f"{path}:{line}" for path, lines in found.items() if path not in ALLOWED for line in lines]

    assert wrong == [], "ask barrier/model/kinds.py; say in graphs/schema.yaml what it needs to know"


def test_nothing_is_allowed_that_needs_no_leave() -> None:
    assert [p for p in ALLOWED if not lists_of_kinds((PACKAGE / p).read_text(encoding="utf-8"), _known())] == []


def _schema_with(change: Any) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((resources.graphs() / "schema.yaml").read_text(encoding="utf-8"))
    change(data)
    return data


@pytest.mark.parametrize("gone", ["data", "holder"])
def test_a_relationship_of_which_nobody_could_be_told_who_may_see_it_is_refused_with_what_to_add(gone: str) -> None:
    data = _schema_with(lambda d: d["relationships"]["LETS"].pop(gone))

    with pytest.raises(InputError, match=r"relationship LETS: who may see it.* add data .* and holder"):
        validate(data, Schema, where="schema.yaml")


@pytest.mark.parametrize("gone", ["absence", "misses", "network"])
def test_a_relationship_says_what_is_needed_to_read_it_right(gone: str) -> None:
    data = _schema_with(lambda d: d["relationships"]["LETS"].pop(gone))

    with pytest.raises(InputError, match=rf"relationships.LETS.{gone}: field required"):
        validate(data, Schema, where="schema.yaml")


def test_a_label_says_whether_its_nodes_are_persons() -> None:
    data = _schema_with(lambda d: d["labels"]["Licence"].pop("personal"))

    with pytest.raises(InputError, match=r"labels.Licence.personal: field required"):
        validate(data, Schema, where="schema.yaml")


@pytest.mark.parametrize("flag", ["subject", "scored", "public"])
def test_a_label_of_persons_is_never_judged_nor_public(flag: str) -> None:
    data = _schema_with(lambda d: d["labels"]["Person"].update({flag: True}))

    with pytest.raises(InputError, match="personal: direct is never subject, scored or public"):
        validate(data, Schema, where="schema.yaml")


def test_only_a_person_or_a_place_is_protected() -> None:
    flag = {"type": "boolean", "about": "x"}
    data = _schema_with(lambda d: d["labels"]["Contact"]["properties"].update({"protected": flag}))

    with pytest.raises(InputError, match=r"label Contact: protected: only a Person or an Address is"):
        validate(data, Schema, where="schema.yaml")


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        ({"layer": "letting"}, "a link needs both layer and says"),
        ({}, "expected layer and says, or people, or network: none"),
        (
            {"layer": "friends", "says": {"en": ["a", "b"], "nl": ["a", "b"]}},
            "friends is no layer; layers are",
        ),
    ],
)
def test_a_network_says_its_layer_and_its_words(network: dict[str, Any], problem: str) -> None:
    data = _schema_with(lambda d: d["relationships"]["LETS"].update({"network": network}))

    with pytest.raises(InputError, match=problem):
        validate(data, Schema, where="schema.yaml")


def test_of_each_link_of_a_network_both_directions_have_words_in_both_languages() -> None:
    said = {name: kinds.network_of(name).says for name in kinds.network_links()}

    assert [n for n, says in said.items() if says is None or not all(w.strip() for w in (*says.en, *says.nl))] == []
    assert kinds.words_of("SUPPLIES_WORKERS_TO") == ("supplies workers to", "hires workers from")


def test_what_may_show_too_much_is_not_so_where_nothing_is_said() -> None:
    data = _schema_with(lambda d: None)
    data["labels"]["Vehicle"] = {
        "about": "A vehicle.",
        "personal": "indirect",
        "properties": {"id": {"type": "string", "key": True, "about": "x"}},
    }
    label = validate(data, Schema, where="schema.yaml").labels["Vehicle"]

    assert (label.subject, label.scored, label.facilitator, label.public) == (False, False, False, False)
    assert (label.data, label.known_by, label.keeps_without_links, label.described_by) == (None, (), False, ())


def test_a_rule_may_not_say_that_something_is_absent_of_which_absence_says_nothing() -> None:
    header = next(d.header for d in load_detectors() if d.id == "straw_director").model_dump(exclude_unset=True)

    with pytest.raises(InputError, match="that there is no LETS is no evidence"):
        validate({**header, "absent": ["OWNS", "LETS"]}, DetectorHeader, where="mine.cypher")


def test_a_power_is_about_a_subject_never_about_a_person() -> None:
    powers = shipped_powers()
    about_persons = powers.powers[0].model_copy(update={"subjects": ("Person",)})
    wrong = powers.model_copy(update={"powers": (about_persons,)})

    assert wrong.problems() == [f"{about_persons.id}: unknown label Person"]


def test_a_step_takes_the_relationships_of_the_step_that_it_replaces_and_those_that_it_lists() -> None:
    model = load_model("migrant-workers")
    stay = next(s for s in model.barriers if s.id == "stay").model_copy(update={"relationships": ("LETS",)})
    moved = model.model_copy(update={"barriers": (*(s for s in model.barriers if s.id != "stay"), stay)})

    assert model.step_of("REGISTERED_AT") == "registration"
    assert model.step_of("CONCERNS") == ACROSS
    assert (model.step_of("LETS"), moved.step_of("LETS")) == ("housing", "stay")


def test_what_somebody_may_have_written_is_text_and_no_code_or_fixed_value() -> None:
    of = {label: kinds.free_texts(schema().labels[label].properties) for label in ("Business", "Signal", "Address")}

    assert of["Business"] == ("name", "legal_form")
    assert of["Signal"] == ("kind", "barrier", "holder", "origin")
    assert of["Address"] == ("purposes",)


def test_a_view_under_pseudonyms_leaves_out_what_is_personal_and_where_it_is() -> None:
    assert kinds.withheld_under_pseudonyms("Address") == ("x", "y")
    assert kinds.withheld_under_pseudonyms("Business") == ("name",)
    assert kinds.withheld_under_pseudonyms("Person") == ()
