"""The query files that ship with Barrier, and a user's own.

Rule: a file that breaks a rule is refused when it is loaded, with every problem at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from barrier import resources
from barrier.detect.header import DetectorHeader, ExploreHeader, Parameter, Value
from barrier.errors import InputError
from barrier.files import read_regular
from barrier.model.dates import FAR_PAST, day_number
from barrier.model.yamlfile import LARGEST, parse_yaml
from barrier.store.guard import parameters, reading_problems

GIVEN = {"at", "at_day", "overcrowded", "unknown_start", "anchors"}
_AT_ANCHORS = re.compile(r"//\s*anchors:\s*(\w+\.id IN \$anchors AND)")
H = TypeVar("H", DetectorHeader, ExploreHeader)


@dataclass(frozen=True)
class QueryFile(Generic[H]):
    """A query with its header.

    Args:
        header: What it asks and with which parameters.
        query: The Cypher, without the header.
        path: Where it stands.
        digest: SHA-256 of the file, first 16 digits.
    """

    header: H
    query: str
    path: Path
    digest: str

    @property
    def is_shipped(self) -> bool:
        """Whether it came with Barrier; what somebody else wrote runs within limits, in a process of its own."""
        return self.path.parent in {resources.queries() / kind for kind in ("detectors", "explore")}

    @property
    def id(self) -> str:
        """The id of the header."""
        return self.header.id

    def at_anchors(self) -> str:
        """Return the query with its comment ``// anchors: a.id IN $anchors AND`` made part of it."""
        return _AT_ANCHORS.sub(r"\1", self.query)

    def arguments(
        self,
        day: date,
        given: Mapping[str, Value] | None = None,
        overcrowded: Sequence[str] = (),
        anchors: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return the parameters of a run: defaults, then ``given``, then what every query may use.

        ``$at`` is the day looked at as text, ``$at_day`` its day number, ``$overcrowded`` the ids of the overcrowded
        addresses, ``$unknown_start`` the start_day of a link whose start is not known. ``$anchors`` are
        the ids that `at_anchors` looks at.

        Raises:
            InputError: A name in ``given`` is no parameter of this query.
        """
        unknown = sorted(set(given or {}) - set(self.header.params))
        if unknown:
            known = ", ".join(self.header.params) or "none"
            raise InputError([f"{self.id}: unknown parameter {', '.join(unknown)}; it has: {known}"])
        values = {name: p.default for name, p in self.header.params.items()} | dict(given or {})
        fixed = {
            "at": day.isoformat(),
            "at_day": day_number(day),
            "overcrowded": list(overcrowded),
            "anchors": list(anchors),
            "unknown_start": FAR_PAST,
        }
        used = parameters(self.at_anchors())
        return {name: v for name, v in {**values, **fixed}.items() if name in used}


Detector = QueryFile[DetectorHeader]
Explore = QueryFile[ExploreHeader]


def detector_files(folders: Sequence[Path] = ()) -> list[Path]:
    """Return the files of the shipped detectors and those in ``folders``, as `load_detectors` reads them."""
    return [
        path for folder in (resources.queries() / "detectors", *folders) for path in sorted(folder.glob("*.cypher"))
    ]


def load_detectors(folders: Sequence[Path] = ()) -> list[Detector]:
    """Return the shipped detectors and those in ``folders``, by id.

    Raises:
        InputError: Any file is wrong, or an id stands twice; all problems at once.
    """
    return _load([resources.queries() / "detectors", *folders], DetectorHeader)


def load_explore() -> list[Explore]:
    """Return the shipped queries that an analyst starts from, by id."""
    return _load([resources.queries() / "explore"], ExploreHeader)


def _load(folders: Sequence[Path], header: type[H]) -> list[QueryFile[H]]:
    found: dict[str, QueryFile[H]] = {}
    problems: list[str] = []
    hints: set[str] = set()
    for folder in folders:
        files = sorted(folder.glob("*.cypher"))
        if not files:
            problems.append(f"{folder}: no .cypher files there")
        for path in files:
            try:
                file = read_query_file(path, header)
            except InputError as error:
                problems += error.problems
                hints |= {error.hint} if error.hint else set()
                continue
            if file.id in found:
                problems.append(f"{folder.name}/{path.name}: the id {file.id} is taken by {found[file.id].path.name}")
            found[file.id] = file
    if problems:
        raise InputError(problems, hint="; ".join(sorted(hints)) or None)
    return [found[k] for k in sorted(found)]


def read_query_file(path: Path, header: type[H]) -> QueryFile[H]:
    """Read one query file and check it.

    Raises:
        InputError: The header is wrong, the id is not the file name, parameters differ, a label or relationship
            type does not exist, or the query writes; all problems at once.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        text = read_regular(path, within=path.parent, limit=LARGEST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{where}: cannot be read as UTF-8 text"]) from error
    return _query_file(text, path, header, where)


@lru_cache(maxsize=256)
def _query_file(text: str, path: Path, header: type[H], where: str) -> QueryFile[H]:
    """Return what one text says; the same text is looked at once in the life of a process.

    Raises:
        InputError: As `read_query_file` says.
    """
    lines = text.splitlines()
    head = [line[3:].removeprefix(" ") for line in lines if line.startswith("//|")]
    parsed = parse_yaml("\n".join(head), header, where=f"{where}: header")
    query = "\n".join(line for line in lines if not line.startswith("//|")).strip() + "\n"
    problems = [f"{where}: {p}" for p in _problems(path, parsed.id, parsed.params, query)]
    anchored = bool(_AT_ANCHORS.search(query))
    if anchored != bool(getattr(parsed, "anchor", ())):
        problems.append(f"{where}: anchor in the header and a comment // anchors: a.id IN $anchors AND go together")
    if problems:
        raise InputError(problems, hint=_hint(problems))
    return QueryFile(parsed, query, path, hashlib.sha256(text.encode()).hexdigest()[:16])


def _problems(path: Path, name: str, params: Mapping[str, Parameter], query: str) -> list[str]:
    problems = []
    if name != path.stem:
        problems.append(f"id {name} differs from the file name {path.stem}")
    used, declared = parameters(query) - GIVEN, set(params)
    if used != declared:
        problems.append(f"parameters differ: used {sorted(used)}, declared {sorted(declared)}")
    return problems + reading_problems(query)


def _hint(problems: Sequence[str]) -> str | None:
    if any("parameters differ" in p for p in problems):
        return "declare each $name under params:, with a default and a unit"
    if any("only reads" in p for p in problems):
        return "put graph changes in an ingestion job, not in queries/"
    return None
