"""Which generation of an embedded store counts, and its files, checked before anything opens them.

Rule: `current.json` carries its own checksum and that of the manifest of the generation it names. One that a version
without checksums wrote is read as it is.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from barrier.errors import DamagedError, InputError, TryAgainError
from barrier.files import read_regular, trouble
from barrier.printable import parsed_json
from barrier.store.manifest import Manifest, damaged, is_stamped, manifest_of, stamped, write_record
from barrier.store.own_folders import GENERATION, GENERATION_NAME, remove_own

if TYPE_CHECKING:
    import kglite

    from barrier.store.protocol import Terms

CURRENT = "current.json"
GRAPH = "graph.kgl"
KIND = "generation"
_OLD_KEYS = {"generation", "fingerprint", "counts"}


@dataclass(frozen=True)
class Current:
    """What counts in a store.

    Args:
        generation: Name of its folder.
        fingerprint: Of the import it holds.
        counts: Rows by table.
        store: Id of the store; empty in a version without checksums.
        manifest: Checksum of its manifest; empty in a version without checksums.
        terms: By what it is looked at, as JSON; None where a version before terms wrote it. They may change while the
            generation stays.
    """

    generation: str
    fingerprint: str
    counts: dict[str, int]
    store: str = ""
    manifest: str = ""
    terms: Terms | None = field(default=None, compare=False)


def read_current(store: Path) -> Current | None:
    """Return what counts in the folder of a store; None where nothing was loaded yet.

    Raises:
        DamagedError: It is not as it was written.
    """
    file = store / CURRENT
    if not file.exists():
        return None
    try:
        record: dict[str, Any] = parsed_json(read_regular(file, within=store))
        known = set(record) == _OLD_KEYS or is_stamped(record)
        counts = {str(k): int(v) for k, v in record["counts"].items()}
        found = Current(record["generation"], record["fingerprint"], counts)
        if "manifest" in record:
            found = replace(found, store=record["store"], manifest=record["manifest"], terms=record.get("terms"))
        fits = known and GENERATION_NAME.fullmatch(found.generation) is not None
        fits &= found.terms is None or isinstance(found.terms, dict)
    except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(file, "cannot be read") from error
    if not fits:
        raise damaged(file, "is not as it was written")
    return found


def write_current(store: Path, current: Current) -> None:
    """Make a generation the one that counts, in one step that outlives a power cut.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    write_record(store / CURRENT, stamped(current.__dict__), durable=True)


def keep_terms(store: Path, terms: Terms | None) -> None:
    """Put terms in the place of those that are kept, where they are others; the content stays.

    Args:
        store: The folder.
        terms: The terms; None leaves what is there, an empty mapping keeps none.

    Raises:
        TryAgainError: The disk is full or cannot be written; what was there stays.
    """
    current = read_current(store)
    if current is not None and terms is not None and (current.terms or {}) != terms:
        try:
            write_current(store, replace(current, terms=terms or None))
        except OSError as error:
            raise unwritten(store, trouble(error)) from error


def unwritten(store: Path, reason: str) -> TryAgainError:
    """Return the error that says that a store cannot be written."""
    return TryAgainError(f"{store}: cannot be written: {reason}", hint="free space on the disk, then try again")


@dataclass(frozen=True)
class Generation:
    """A generation that counts.

    Args:
        folder: Where it is.
        manifest: What it holds; None where it was written by a version without checksums.
    """

    folder: Path
    manifest: Manifest | None

    @classmethod
    def of(cls, store: Path, current: Current) -> Generation:
        """Return the generation that counts.

        Raises:
            DamagedError: It is not there, or is another.
        """
        folder = store / current.generation
        if not folder.is_dir():
            raise damaged(folder, "is missing")
        told = {"kind": KIND, "store": current.store, "stamp": current.manifest}
        return cls(folder, manifest_of(folder, **told) if current.manifest else None)

    def checked(self, name: str) -> Path:
        """Return a file of it, once it is known to be as it was written.

        Raises:
            DamagedError: It is not.
        """
        if self.manifest is not None:
            self.manifest.check(name)
        return self.folder / name


def free_place(store: Path, fingerprint: str, used: str) -> Path:
    """Return where a generation is written: under no name that is in use."""
    names = (f"g-{fingerprint[:16]}", f"g-{fingerprint[16:32] or 'second'}")
    return store / f"{next(n for n in names if n != used)}.part"


@dataclass
class Draft:
    """What was loaded and is not yet what counts."""

    folder: Path
    fingerprint: str
    counts: dict[str, int]
    graph: kglite.KnowledgeGraph
    writing: Future[None] | None
    terms: Terms | None = None
    saving: Future[None] | None = None


def remove_strays(store: Path) -> None:
    """Remove what killed loads left beside the generation that counts."""
    try:
        current = read_current(store)
    except DamagedError:  # it is built anew, or dropped
        return
    if current is not None:
        _remove_generations(store, but=current.generation)


def drop_generations(store: Path) -> None:
    """Remove a graph that is damaged: it cannot be shown to be clean, and the next scan builds it anew."""
    (store / CURRENT).unlink(missing_ok=True)
    _remove_generations(store)


def _remove_generations(store: Path, *, but: str = "") -> None:
    for left in store.glob("g-*"):
        if left.name != but:
            remove_own(left, GENERATION)
