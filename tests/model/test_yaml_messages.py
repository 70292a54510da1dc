"""Messages about a settings file name the place; of its content only plain words, for it may be any file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from barrier.errors import InputError
from barrier.ingest.mapping_file import MappingFile
from barrier.model.yamlfile import SHOWN_PROBLEMS, Strict, load_yaml, parse_yaml
from barrier.schedule.alerts import Alerts

SECRET = "very secret: 12 $6$x"


class Trial(Strict):
    """A file with one field."""

    name: str = ""
    numbers: dict[str, int] = Field(default_factory=dict)


def _problems(text: str, model: Any = Trial) -> list[str]:
    with pytest.raises(InputError) as error:
        parse_yaml(text, model, where="x.yaml")
    return list(error.value.problems)


def test_an_unknown_field_is_named_when_it_is_a_plain_word() -> None:
    assert _problems("nmae: x\n") == ["x.yaml: nmae: not a field; fields are name, numbers"]


@pytest.mark.parametrize("key", [SECRET, "x" * 41, "esc\x1b", "a/b", "naam\u202e"])
def test_a_field_that_is_no_plain_word_is_told_by_its_line(key: str) -> None:
    text = f"name: x\n# comment\n{key!r}: 1\n" if "\x1b" not in key else 'name: x\n\n"esc\\e": 1\n'

    assert _problems(text) == ["x.yaml: a key that is no plain word on line 3: not a field; fields are name, numbers"]


def test_a_key_below_a_known_field_is_told_by_its_line() -> None:
    found = _problems(f"name: x\nnumbers:\n  one: 1\n  '{SECRET}': two\n")

    assert found[0].startswith("x.yaml: numbers: a key that is no plain word on line 4: expected a whole number")
    assert "secret" not in found[0]


def test_what_a_rule_of_a_file_says_about_its_values_shows_plain_words_only() -> None:
    node = "{label: 'very secret label', id: {prefix: p, columns: [id]}}"
    (found,) = _problems(f"format: 1\nabout: x\nsources:\n- {{file: a, nodes: {{p: {node}}}}}\n", MappingFile)

    assert found == "x.yaml: file: p: unknown label …"


def test_a_value_that_chooses_between_kinds_is_not_shown() -> None:
    channel = "{kind: 'very secret kind'}"
    found = _problems(f"format: 1\nrecipients:\n- {{name: x, results: o, channel: {channel}}}\n", Alerts)

    assert not [f for f in found if "secret" in f]
    assert [f for f in found if "expected one of 'smtp', 'webhook', 'folder'" in f]


def test_text_that_is_no_yaml_is_not_repeated() -> None:
    assert _problems(f"{SECRET}: : {SECRET}\n") == ["x.yaml: not valid YAML on line 1"]


def test_a_text_of_one_word_is_not_repeated() -> None:
    assert _problems("verysecret\n") == ["x.yaml: expected a mapping of fields, found str"]


def test_a_file_with_very_many_problems_names_the_first() -> None:
    found = _problems("".join(f"k{i}: 1\n" for i in range(1000)))

    assert len(found) == SHOWN_PROBLEMS + 1
    assert found[-1] == "x.yaml: and 980 more"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    ["name: " + "[" * 200_000, "".join(f"{' ' * i}a:\n" for i in range(3000)),
     "a: &a [x,x]\n" + "".join(f"k{i}: &k{i} [{','.join([f'*k{i - 1}' if i else '*a'] * 10)}]\n" for i in range(30))],
    ids=["brackets", "indents", "aliases"],
)  # fmt: skip
def test_a_file_that_is_nested_or_repeats_itself_without_end_is_refused(text: str) -> None:
    assert len(_problems(text)) <= SHOWN_PROBLEMS + 1


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.yaml").open("wb") as file:
        file.truncate(5_000_000_000)

    with pytest.raises(InputError, match="larger than"):
        load_yaml(tmp_path / "x.yaml", Trial)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("numbers: yes\n", "numbers: expected a mapping of names to values"),
        ("name: 3\n", "name: expected text; put it in quotes"),
        ("numbers: {one: x}\n", "numbers.one: expected a whole number"),
    ],
)
def test_a_value_of_another_kind_says_what_is_expected_in_plain_words(text: str, told: str) -> None:
    assert _problems(text) == [f"x.yaml: {told}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: a\nnumbers: {}\nname: b\n", ["x.yaml: name stands twice, on lines 1 and 3; expected once"]),
        ("numbers: {a: 1, b: 2,\n  a: 3}\n", ["x.yaml: a stands twice, on lines 1 and 2; expected once"]),
        (
            "name: a\n'name': b\nname: c\n",
            [f"x.yaml: name stands twice, on lines 1 and {n}; expected once" for n in (2, 3)],
        ),
        (
            "numbers:\n  a b: 1\n  a b: 2\n",
            ["x.yaml: a key that is no plain word stands twice, on lines 2 and 3; expected once"],
        ),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_lines(text: str, told: list[str]) -> None:
    assert _problems(text) == told


def test_the_same_key_in_two_mappings_and_in_a_merged_one_stands_once_in_each() -> None:
    text = "numbers: {<<: &a {x: 1, y: 2}, x: 3}\n"

    assert parse_yaml(text, Trial, where="x.yaml").numbers == {"x": 3, "y": 2}
