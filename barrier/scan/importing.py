"""Reading a region and putting it into a store.

Rule: rows that are set aside are always told, in `rejected.csv` and in the exit code; nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from barrier.analysis.kept import terms_to_keep
from barrier.analysis.ruleset import DEFAULT_MODEL, RuleSet, ruleset_of
from barrier.errors import InputError
from barrier.ingest.count import count_lines
from barrier.ingest.folder import region_config
from barrier.ingest.known import Known
from barrier.ingest.mapping import mapped_config, read_mapped
from barrier.ingest.placeholders import placeholders_of
from barrier.ingest.region import Region, read_region
from barrier.ingest.secrecy import secrecy_of
from barrier.model.barriers import known_models
from barrier.model.rules import NO_RULES, Rules
from barrier.printable import counted
from barrier.store import Store, Terms
from barrier.store.changes import Changes
from barrier.store.same_key import keep_key
from barrier.traces import Traces

Progress = Callable[[str, str], None]


def read(
    path: Path,
    *,
    mapping: Path | None,
    strict: bool,
    progress: Progress,
    rules: Rules = NO_RULES,
    known: Known | None = None,
) -> Region:
    """Read a region folder, or another layout through a mapping file.

    Args:
        path: The region folder, or the file of a mapping.
        mapping: How to read another layout.
        strict: Refuse the region when a row is wrong.
        progress: Called with stage and table.
        rules: Those of the office: which words stand for nothing, and which names say nothing of secrecy.
        known: What the store holds of an earlier delivery of the folder.

    Raises:
        InputError: It cannot be read, or a row is wrong and ``strict`` was asked.
    """

    def reading(table: str) -> None:
        progress("read", table)

    told: dict[str, Any] = {"words": placeholders_of(rules), "secrecy": secrecy_of(rules), "progress": reading}
    region = read_mapped(path, mapping, **told) if mapping else read_region(path, known=known, **told)
    if strict and len(region.rejected):
        raise InputError(rejected_lines(region), hint="mend these rows, or leave --strict out to set them aside")
    return region


def stated_purpose(path: Path, mapping: Path | None) -> str:
    """Return the purpose that a delivery states, or its mapping; empty where it states none.

    Raises:
        InputError: The file in which it would stand is wrong.
    """
    return mapped_config(mapping).purpose if mapping else region_config(path).purpose


def load(
    store: Store,
    region: Region,
    *,
    terms: Terms,
    progress: Progress,
    settle: bool = True,
    changes: Changes | None = None,
) -> bool:
    """Put a region into a store, whole or not at all; return whether the store changed.

    Args:
        store: The store; the caller holds it, and settles it unless ``settle``.
        region: The region.
        terms: By what it is looked at from now on.
        progress: Called with stage and table.
        settle: Whether all is on the disk at the end.
        changes: What differs from what the store holds, where that is known.
    """
    told: dict[str, Any] = {"settle": settle, "changes": changes, "terms": terms}
    changed = store.load(region.tables, progress=lambda table: progress("load", table), **told)
    keep_key(store.name)
    return changed


def imported_terms(region: Region, rules: Rules, *, today: date) -> tuple[RuleSet, Terms]:
    """Return by what a region is looked at once it is imported, and what the store keeps of it: as a scan would.

    A model that is not known is kept by its name: whoever reads the store has to name a known one.

    Args:
        region: The region.
        rules: Those of the office.
        today: The day looked at where region.yaml says none; it is not kept then.

    Raises:
        InputError: A rule is wrong.
    """
    config = region.folder.config
    day, model = config.at or config.extract_date, config.model
    terms = ruleset_of(day or today, model if model in known_models(rules) else DEFAULT_MODEL, rules=rules)
    told: dict[str, Any] = {"day": day, "model": model, "delivered": 0, "detectors": ()}
    return terms, terms_to_keep(terms, **told, erased=Traces(region.protected.ids))


def counted_lines(region: Region, *, every: bool = False) -> list[str]:
    """Return what became of the rows of each file of which not all are used, or of ``every`` one."""
    return [f"rows of {line}" for line in count_lines(region.row_counts, every=every)]


def falling(region: Region) -> str:
    """Return in words how many rows are set aside only because what they name was; empty where none is."""
    count = region.rejects.following()
    return f"{counted(count, 'row falls', 'rows fall')} with what they name" if count else ""


def rejected_lines(region: Region) -> list[str]:
    """Return the rows set aside in words: one line for each file, column and reason, with the first line number."""
    return region.rejects.lines()
