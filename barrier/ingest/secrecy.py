"""What a delivery says of secrecy, in whatever words: in headers, in cells, in names of files and sheets.

Rule: what may say that somebody is to be kept secret is read as `protected` or refuses the file; what the words are is
data (`graphs/secrecy.yaml`), and only an office or its mapping says that a name says nothing of it.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from barrier import resources
from barrier.errors import InputError
from barrier.ingest.column_bytes import may_hold_letters
from barrier.ingest.reader import RawTable
from barrier.model.rules import SECRECY, Rules
from barrier.model.schema import PROTECTED
from barrier.model.yamlfile import Strict, load_yaml, parse_yaml

_BETWEEN = r"[\W_]*"
_APART = r"[\W_]+"
_ODD = r"[^\t\r\n -~]"  # in a text that has to be brought into the form of a header
_NEARLY = 0.8  # how alike a misspelt word for secrecy is, by difflib
_LINES = 3  # that are named as examples
_OTHERWISE = "take it out of the file if it says something else"
OFFICE = f"or name it under not_secret in {SECRECY} in the folder of rules, if it says nothing of secrecy"


class SecrecyNames(Strict):
    """The content of `graphs/secrecy.yaml`."""

    format: Literal[1]
    about: str
    words: tuple[str, ...]
    parts: tuple[str, ...]
    parts_of_people: tuple[str, ...]
    short: tuple[str, ...]
    texts: tuple[str, ...]
    cells: tuple[str, ...]
    elements: tuple[str, ...]
    beside: tuple[str, ...]
    ordinary: tuple[str, ...]
    street_endings: tuple[str, ...]
    negations: tuple[str, ...]
    looks_like: dict[str, str]


class SecrecyFile(Strict):
    """The content of an office's `secrecy.yaml`."""

    format: Literal[1]
    about: str = ""
    not_secret: tuple[str, ...] = ()


@dataclass(frozen=True)
class Secrecy:
    """What an office says of names in its deliveries.

    Args:
        not_secret: Names of columns, files and sheets that say nothing of secrecy, in the form of headers.
    """

    not_secret: frozenset[str] = frozenset()

    def excuses(self, name: str) -> bool:
        """Return whether the office says that a name says nothing of secrecy."""
        return header_form(name) in self.not_secret

    @cached_property
    def digest(self) -> bytes:
        """What tells this from what another office says; empty where it says nothing."""
        names = "\n".join(sorted(self.not_secret))
        return hashlib.sha256(names.encode()).digest() if names else b""


SHIPPED = Secrecy()


def secrecy_of(rules: Rules) -> Secrecy:
    """Return what the rules of an office say of names that sound like secrecy.

    Raises:
        InputError: A file of the office is wrong.
    """
    files = (parse_yaml(f.text, SecrecyFile, where=SECRECY) for f in rules.named(SECRECY))
    return Secrecy(frozenset(header_form(name) for file in files for name in file.not_secret))


@lru_cache(maxsize=1)
def _names() -> SecrecyNames:
    return load_yaml(resources.graphs() / SECRECY, SecrecyNames)


def secrecy_bytes() -> bytes:
    """Return the file that says how secrecy is called."""
    return (resources.graphs() / SECRECY).read_bytes()


def header_form(name: str) -> str:
    """Return the form in which headers are compared: words in small letters joined by underscores."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    shown = (c for c in letters if c in "\t\r\n" or unicodedata.category(c) not in ("Cf", "Cc", "Mn"))
    return re.sub(r"[\W_]+", "_", "".join(shown)).strip("_")


def _as_it_looks(name: str) -> str:
    """Return a name in the form of headers, in the Latin letters that its letters look like."""
    form = header_form(name)
    return form if form.isascii() else form.translate({ord(a): b for a, b in _names().looks_like.items()})


def means_secrecy(name: str) -> bool:
    """Return whether a header is a word for what the model calls `protected`."""
    form = _as_it_looks(name)
    compact = form.replace("_", "")
    elements = [e.replace(".", "") for e in _names().elements]
    return compact in _names().words or any(re.search(rf"(?:^|[^0-9]){e}$", compact) for e in elements)


def may_mean_secrecy(name: str, *, of_people: bool = True) -> bool:
    """Return whether a header could be about secrecy, in whatever words.

    Args:
        name: The header.
        of_people: Whether its table is about persons or addresses: elsewhere some words are ordinary ones.
    """
    form = _as_it_looks(name)
    compact = form.replace("_", "")
    if means_secrecy(name) or (of_people and compact in _names().short):
        return True
    parts = (*_names().parts, *(_names().parts_of_people if of_people else ()))
    left = "".join(word for word in _without_phrases(form, "_").split("_") if not _is_ordinary(word))
    if any(part in left for part in parts):
        return True
    return bool(difflib.get_close_matches(left, _names().words, n=1, cutoff=_NEARLY))


def _is_ordinary(word: str) -> bool:
    """Return whether a word that holds one for secrecy is another: `beroepsgeheim`, the street `Geheimeweg`."""
    return word.startswith(_names().ordinary) or word.endswith(_names().street_endings)


def _without_phrases(text: str, blank: str) -> str:
    """Return a text without the ordinary phrases of several words in it, such as `beschermd monument`."""
    for phrase in (p for p in _names().ordinary if " " in p):
        text = text.replace(phrase.replace(" ", blank), "")
    return text


def say_secrecy(texts: pa.Array) -> pa.Array:
    """Return which texts say somewhere that something is secret, read as headers are."""
    texts = _looked_at(texts)
    found = pc.fill_null(pc.match_substring_regex(texts, _within()), False)
    if not pc.any(found).as_py():
        return found
    return pc.replace_with_mask(found, found, pa.array([_says(t) for t in texts.filter(found).to_pylist()], pa.bool_()))


def are_secrecy(texts: pa.Array) -> pa.Array:
    """Return which texts as a whole say that something is secret: a mark, and neither a name nor a remark."""
    return pc.fill_null(pc.match_substring_regex(_looked_at(texts), _whole()), False)


def _looked_at(texts: pa.Array) -> pa.Array:
    """Return texts with those in odd letters as they look."""
    odd = pc.fill_null(pc.match_substring_regex(texts, _ODD), False)
    if not pc.any(odd).as_py():
        return texts
    forms = pa.array([_as_it_looks(t).replace("_", " ") for t in texts.filter(odd).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, odd, forms)


def _says(text: str) -> bool:
    """Return whether a text with a word for secrecy in it says so: other words and what is denied left out."""
    words = _without_phrases(" ".join(re.split(_APART, text.casefold())), " ").split()
    kept = " ".join(word for word in words if not _is_ordinary(word))
    return re.search(_within(), re.sub(_denied(), " ", kept)) is not None


@lru_cache(maxsize=1)
def _within() -> str:
    """Return the expression for a text that says that something is secret, in whatever signs between its words."""
    within, whole = (
        "|".join(_BETWEEN.join(map(re.escape, text.split())) for text in texts)
        for texts in (_names().texts, _names().cells)
    )
    spaced = "|".join(_APART.join(word) for word in _names().texts if " " not in word)
    return rf"(?i){within}|(?:^|[\W_])(?:{spaced})(?:$|[\W_])|^{_BETWEEN}(?:{whole}){_BETWEEN}$"


@lru_cache(maxsize=1)
def _whole() -> str:
    """Return the expression for a text that is a word for secrecy, with nothing but words that go with it."""
    words = "|".join(_BETWEEN.join(word) for word in sorted(_names().words, key=len, reverse=True))
    beside = "|".join(_names().beside)
    around = rf"(?:(?:{beside})[\W_]*)*"
    return rf"(?i)^{_BETWEEN}{around}(?:{words})[\W_]*{around}$"


@lru_cache(maxsize=1)
def _denied() -> str:
    """Return the expression for a word for secrecy with a no before it, in words with one blank between."""
    said = "|".join(re.escape(t) for t in (*_names().texts, *_names().cells) if t.split()[0] not in _names().negations)
    return rf"\b(?:{'|'.join(_names().negations)}) (?:meer |langer |longer )?(?:{said})\w*"


def check_no_secret_texts(raw: RawTable, columns: Iterable[str], what_to_do: str) -> None:
    """Refuse a table with columns in whose cells a word for secrecy stands that nothing understands.

    Args:
        raw: The table.
        columns: These columns.
        what_to_do: What the office does about it.

    Raises:
        InputError: There are any; they are shown by their place.
    """
    found = {c: say_secrecy(pc.unique(raw.table.column(c))) for c in columns}
    _refuse_cells(raw, found, f"{what_to_do}; {_OTHERWISE}", "nothing reads it")


def check_no_secret_cells(raw: RawTable, columns: Iterable[str], what_to_do: str) -> None:
    """Refuse a table with columns that are read as something else, and in which a cell as a whole says secret.

    Args:
        raw: The table.
        columns: These columns.
        what_to_do: What the office does about it.

    Raises:
        InputError: There are any.
    """
    lettered = [c for c in columns if may_hold_letters(raw.table.column(c))]
    found = {c: are_secrecy(pc.unique(raw.table.column(c))) for c in lettered}
    _refuse_cells(raw, found, f"{what_to_do}; {_OTHERWISE}", "it is read as something else")


def _refuse_cells(raw: RawTable, found: dict[str, pa.Array], hint: str, why: str) -> None:
    problems = []
    for column, said in found.items():
        if pc.any(said).as_py():
            texts = pc.unique(raw.table.column(column)).filter(said)
            rows = np.flatnonzero(pc.is_in(raw.table.column(column), value_set=texts).to_numpy())
            place, lines = raw.table.column_names.index(column) + 1, raw.lines(rows[:_LINES])
            cells = "1 cell says" if len(rows) == 1 else f"{len(rows):,} cells say"
            where = f"line{'s' if len(rows) > 1 else ''} {', '.join(f'{n:,}' for n in lines)}"
            where += ", …" if len(rows) > _LINES else ""
            problems.append(f"{raw.name}: column {place:,}: {cells} that something is secret ({where}), and {why}")
    if problems:
        raise InputError(problems, hint=hint)


def check_names(names: Iterable[tuple[str, str]], secrecy: Secrecy) -> None:
    """Refuse a delivery in which something is not read whose name says that it is about what is secret.

    Args:
        names: What it is called, without endings, and how it stands in a message; each is not read.
        secrecy: What the office says of names.

    Raises:
        InputError: There are any.
    """
    found = [t for n, t in names if may_mean_secrecy(n, of_people=False) and not secrecy.excuses(n)]
    if found:
        problems = [f"{told}: may be about what is secret, and nothing reads it" for told in found]
        raise InputError(problems, hint=f"say in Person and Address what is {PROTECTED}, and take it out; {OFFICE}")
