"""Reading YAML data files into pydantic models.

Rule: unknown fields are refused, and all errors of a file are reported at once, without showing more of it than plain
words: what was meant to be a settings file may be any file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from barrier.errors import InputError
from barrier.files import read_regular

_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, compiled where there is a compiler
_MERGE = "<<"  # takes the keys of other mappings over; it may stand there more than once
_BOOLEAN = "tag:yaml.org,2002:bool"


class _Loader(_SAFE):  # type: ignore[misc]  # which one it is shows only here
    """The safe loader, with the words of YAML 1.2: only true and false are booleans, `off`, `no` and `y` are text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {
        first: [(tag, words) for tag, words in found if tag != _BOOLEAN or first in "tTfF"]
        for first, found in _SAFE.yaml_implicit_resolvers.items()
    }


class Strict(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)
LARGEST = 4_000_000  # bytes of one file
MOST_VALUES = 200_000  # of one file, with what its aliases repeat
SHOWN_PROBLEMS = 20
_KINDS = {
    "tuple_type": "a list, such as [one, two]",
    "list_type": "a list, such as [one, two]",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of fields",
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date, such as 2026-09-01",
}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def load_yaml(path: Path, model: type[M], *, within: Path | None = None) -> M:
    """Read one YAML file into ``model``.

    Args:
        path: The file.
        model: What it must be.
        within: The delivered folder it lies in: it is not read through a link.

    Raises:
        InputError: The file cannot be read, is not YAML, or breaks the model; one line a problem.
    """
    try:
        text = read_regular(path, within=within, limit=LARGEST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{path.name}: cannot be read: {type(error).__name__}"]) from error
    return parse_yaml(text, model, where=path.name)


def yaml_files(folder: Path, pattern: str) -> list[Path]:
    """Return the YAML files in a folder below a delivered one, by name; none where it is not there.

    Raises:
        InputError: The folder is a link, or no folder.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        hint = "deliver the folder itself"
        raise InputError([f"{folder.name}: is a link or no folder; expected a folder with YAML files"], hint=hint)
    return sorted(folder.glob(pattern))


def parse_yaml(text: str, model: type[M], *, where: str) -> M:
    """Read YAML text into ``model``; ``where`` names it in messages.

    Raises:
        InputError: The text is not YAML or breaks the model; one line a problem.
    """
    return validate(yaml_data(text, where=where), model, where=where, text=text)


def yaml_data(text: str, *, where: str) -> Any:
    """Return what YAML text says; ``where`` names it in messages.

    Raises:
        InputError: The text is not YAML.
    """
    try:
        _check_repeats(text, where)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if twice := _keys_twice(node):
                raise InputError([f"{where}: {t}" for t in twice[:SHOWN_PROBLEMS]], hint="take one of the two out")
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f" on line {line + 1}"
        raise InputError(
            [f"{where}: not valid YAML{at}"],
            hint="check indentation, colons, and quotes around dates with unknown parts",
        ) from error


def _keys_twice(root: yaml.Node | None) -> list[str]:
    """Return what to say of keys that stand twice in one mapping: of two values one would be lost unsaid."""
    todo, seen, found = [root], set[int](), list[tuple[int, str]]()
    while todo:
        node = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            todo += node.value
        elif isinstance(node, yaml.MappingNode):
            lines: dict[tuple[str, str], int] = {}
            for key, value in node.value:
                todo.append(value)
                if isinstance(key, yaml.ScalarNode) and key.value != _MERGE:
                    line = key.start_mark.line + 1
                    name = key.value if is_plain(key.value) else "a key that is no plain word"
                    if first := lines.get((key.tag, key.value)):
                        found.append((line, f"{name} stands twice, on lines {first:,} and {line:,}; expected once"))
                    lines.setdefault((key.tag, key.value), line)
    return [text for _, text in sorted(found)]


def _check_repeats(text: str, where: str) -> None:
    """Refuse aliases that make a small file a large one, or part of itself; counted without building it."""
    if "*" not in text:
        return
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise InputError([f"{where}: an alias stands within what it repeats"], hint="write it out")
            total += sizes[event.anchor]
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            sizes[anchor or ""] = total - before
        elif isinstance(event, yaml.NodeEvent):
            total += 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, total - 1))
            sizes |= {event.anchor: 1} if isinstance(event, yaml.ScalarEvent) and event.anchor else {}
        if total > MOST_VALUES:
            raise InputError(
                [f"{where}: more than {MOST_VALUES:,} values, repeats counted; no settings file has as many"],
                hint="write out what is meant, without aliases",
            )


def _own_errors(found: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Return errors without the lists that are only too short because of errors in what stands in them."""
    places = [e["loc"] for e in found]
    return [
        e
        for e in found
        if e["type"] != "too_short" or not any(p != e["loc"] and p[: len(e["loc"])] == e["loc"] for p in places)
    ]


def validate(data: Any, model: type[M], *, where: str, text: str = "") -> M:
    """Check ``data`` against ``model``; ``where`` names it in messages, ``text`` is what it was read from.

    Raises:
        InputError: One line for every field that is wrong.
    """
    if not isinstance(data, dict):
        raise InputError([f"{where}: expected a mapping of fields, found {type(data).__name__}"])
    try:
        return model.model_validate(data)
    except (ValidationError, RecursionError) as error:
        found = _own_errors(error.errors()) if isinstance(error, ValidationError) else []
        odd = _not_plain(data)
        problems = [f"{where}: {_place(e['loc'], text)}: {_told(e, odd, model)}" for e in found[:SHOWN_PROBLEMS]]
        problems += [f"{where}: and {len(found) - SHOWN_PROBLEMS:,} more"] if len(found) > SHOWN_PROBLEMS else []
        problems = problems or [f"{where}: nested too deeply"]
        raise InputError(problems, hint=f"see docs/reference{_page(where)} for the fields of this file") from error


def _page(where: str) -> str:
    """Return the page with the fields of a file, where it is known."""
    return "/rules.md" if where.startswith(("partners/", "norms/", "models/")) else ""


def is_plain(word: object) -> bool:
    """Return whether a word of a file can be shown: short, of letters, digits, dot, dash and underscore."""
    return _PLAIN.fullmatch(str(word)) is not None


def _place(loc: Sequence[str | int], text: str) -> str:
    """Return where a field stands: its path, with the line in place of a key that is no plain word."""
    if all(is_plain(p) for p in loc):
        return ".".join(map(str, loc)) or "file"
    line = _line_of([str(p) for p in loc], text)
    known = ".".join(str(p) for p in loc if is_plain(p))
    return f"{known}: a key that is no plain word" * bool(known) + "a key that is no plain word" * (not known) + line


def _line_of(loc: Sequence[str], text: str) -> str:
    try:
        node: Any = yaml.compose(text, Loader=_Loader) if text else None
    except (yaml.YAMLError, RecursionError):
        return ""
    line = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == part), None)
            if pair is not None:
                line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
    return "" if line is None else f" on line {line + 1}"


def _not_plain(data: Any) -> set[str]:
    """Return the words of a file that cannot be shown; each part of it is looked at once, however often it is named."""
    seen: set[int] = set()

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list, tuple, set)) and id(value) not in seen:
            seen.add(id(value))
            parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
            for part in parts:
                yield from texts(part)

    return {t for t in texts(data) if t and not is_plain(t)}


def _told(problem: Any, odd: set[str], model: type[BaseModel]) -> str:
    if problem["type"] == "union_tag_invalid":
        return f"expected one of {problem['ctx']['expected_tags']}"
    if problem["type"] == "extra_forbidden":
        fields = ", ".join(f.alias or name for name, f in model.model_fields.items())
        return "not a field" + (f"; fields are {fields}" if len(problem["loc"]) == 1 else "")
    if problem["type"] in _KINDS:
        return f"expected {_KINDS[problem['type']]}"
    text = str(problem["msg"]).removeprefix("Value error, ")
    for word in sorted(odd, key=len, reverse=True):
        for form in (word, repr(word)[1:-1]):
            text = text.replace(form, "…")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
