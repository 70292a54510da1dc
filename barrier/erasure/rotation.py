"""Rotating the key: ids that were hashed are hashed on, in stores, snapshots, cases and results, and go on joining.

Rule: what becomes what is written down first; after a kill it is finished, and until then nothing else uses the key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from barrier.analysis.baseline import forget_baseline
from barrier.audit.places import cases_of
from barrier.casework.cases import By
from barrier.casework.database import CaseDatabase
from barrier.casework.journal import Entry
from barrier.disclosure.partner_view import tables_of
from barrier.errors import InputError, TryAgainError
from barrier.files import read_regular, trouble, write_private
from barrier.history.rewriting import finish_rewriting, rewrite_snapshot
from barrier.history.snapshots import Snapshot, snapshots
from barrier.ingest.clear_values import HASHED
from barrier.ingest.mapping_file import MappingFile
from barrier.keys import Key, Purpose, digest, key_from_text, key_text, read_key, rotation_file, write_key
from barrier.model.yamlfile import load_yaml
from barrier.printable import counted, parsed_json
from barrier.results.snapshot import history_folder
from barrier.store import Terms, open_store
from barrier.store.embedded import EmbeddedStore
from barrier.store.same_key import known_key, note_key

_CLUSTER = r"\bc-[0-9a-f]{10}\b"
_CASE_TEXTS = {
    "dossier": ("about_id", "members", "findings"),
    "advice": ("record",),
    "intervention": ("targets",),
    "control": ("subject",),
}
_RESULTS = (".jsonl", ".csv", ".html", ".json")


@dataclass(frozen=True)
class Rotation:
    """What a rotation does: which id becomes which, where, and the key after it."""

    ids: Mapping[str, str]
    prefixes: tuple[str, ...]
    stores: tuple[str, ...]
    results: tuple[str, ...]
    key: Key

    def pattern(self) -> re.Pattern[str]:
        """Return what finds the ids in any text."""
        return re.compile(f"{_hashed(self.prefixes)}|{_CLUSTER}")

    def text(self, text: str) -> str:
        """Return a text with the new ids."""
        return self.pattern().sub(lambda found: self.ids.get(found.group(), found.group()), text)


def prefixes_of(mappings: Sequence[Path]) -> tuple[str, ...]:
    """Return how the ids begin that mapping files have hashed."""
    files = [load_yaml(m, MappingFile) for m in mappings]
    found = {n.id.prefix for f in files for s in f.sources for n in s.nodes.values() if n.id.hash}
    return tuple(sorted(found))


def rotate(
    key_file: Path, stores: Sequence[str], results: Sequence[Path], prefixes: Sequence[str], by: By, *, today: date
) -> list[str]:
    """Rotate the key, or finish a rotation that was killed; return what was done, a line each.

    Args:
        key_file: The key.
        stores: Every embedded store with ids made by it.
        results: Result folders that go with them.
        prefixes: How ids begin that a mapping has hashed.
        by: Who has it done.
        today: The day it is.

    Raises:
        InputError: Nobody is named, or a store or result folder is none.
        TryAgainError: The disk is full; running it again finishes it.
    """
    by.named()
    note = rotation_file(key_file)
    try:
        with ExitStack() as held:
            if note.exists():
                rotation = _noted(note)
                opened = [_opened(s, held) for s in rotation.stores]
            else:
                _check_places(key_file, stores, results)
                opened = [_opened(s, held) for s in stores]
                rotation = _planned(key_file, opened, results, tuple(prefixes), today)
                write_private(note, _text(rotation), durable=True)
            done = [_rotate_store(store, rotation, by) for store in opened]
        done += [_rotate_results(Path(folder), rotation) for folder in rotation.results]
        for place in rotation.stores:
            note_key(place, rotation.key)
        write_key(key_file, rotation.key)
        note.unlink()
    except OSError as error:
        hint = "free the disk, then: barrier key rotate"
        raise TryAgainError(
            f"{error.filename or key_file}: cannot be written: {trouble(error)}; the rotation is not finished",
            hint=hint,
        ) from error
    return [*done, f"{key_file}: {len(rotation.key.generations)} secrets, fingerprint {rotation.key.fingerprint()}"]


def _check_places(key_file: Path, stores: Sequence[str], results: Sequence[Path]) -> None:
    wrong = [f"{s}: there is no embedded store" for s in stores if not (Path(s) / "current.json").is_file()]
    made = (None, *read_key(key_file).fingerprints())  # one that missed a rotation goes through it now
    wrong += [f"{s}: its ids were hashed with another key" for s in stores if known_key(s) not in made]
    wrong += [f"{r}: is no result folder" for r in results if not (r / "scan.json").is_file()]
    if wrong or not stores:
        raise InputError(wrong or ["no store was named"], hint="name every store with --store, results with --results")


def _opened(where: str, held: ExitStack) -> EmbeddedStore:
    store = open_store(where)
    held.callback(store.close)
    if not isinstance(store, EmbeddedStore):
        raise InputError([f"{where}: a server"], hint="import into it anew after the rotation")
    held.enter_context(store.writing())
    return store


def _hashed(prefixes: Iterable[str]) -> str:
    known = "|".join([rf"{HASHED}[a-z]+-", *(re.escape(p) for p in prefixes)])
    return rf"(?<![0-9A-Za-z])(?:{known})[0-9a-f]{{24}}(?![0-9a-f])"


def _planned(
    key_file: Path, stores: Sequence[EmbeddedStore], results: Sequence[Path], prefixes: tuple[str, ...], today: date
) -> Rotation:
    """Find every id that was hashed, and work out what it becomes."""
    key = read_key(key_file).rotated(today)
    pattern = re.compile(_hashed(prefixes))
    ids: dict[str, str] = {}
    clusters: list[Mapping[str, list[dict[str, str]]]] = []
    for store in stores:
        layers = _layers(store.name, key)
        kept = snapshots(history_folder(store.name))
        clusters += [c for s in kept for c in s.clusters]
        texts = [t for s in kept for table in _arrow_tables(s).values() for t in _texts_with(table, prefixes)]
        for text in [*_store_texts(store), *texts, *_case_texts(cases_of(store.name))]:
            for found in pattern.findall(text):
                ids[found] = found[:-24] + reduce(digest, layers, found[-24:])
    for cluster in clusters:
        old = [m["id"] for m in cluster["members"]]
        new = [ids.get(m, m) for m in old]
        if new != old:
            ids[str(cluster["id"])] = _cluster_id(sorted(new) if old == sorted(old) else new)
    return Rotation(ids, prefixes, tuple(s.name for s in stores), tuple(map(str, results)), key)


def _layers(store: str, key: Key) -> list[bytes]:
    """Return the keys that the ids of a store have not gone through; more than one where it missed a rotation."""
    known, made = known_key(store), key.fingerprints()
    place = made.index(known) + 1 if known in made else len(made) - 1
    return [g.subkey(Purpose.CONTACTS) for g in key.generations[place:]]


def _cluster_id(members: list[str]) -> str:
    return f"c-{hashlib.sha256(json.dumps(members).encode()).hexdigest()[:10]}"


def _store_texts(store: EmbeddedStore) -> Iterator[str]:
    if store.snapshot() is None:
        return
    for table in tables_of(store).nodes.values():
        yield from table.column("id").to_pylist()
    yield json.dumps(store.terms() or {}, ensure_ascii=False)


def _arrow_tables(snapshot: Snapshot) -> dict[str, pa.Table]:
    return {n: pa.Table.from_pandas(frame, preserve_index=False) for n, frame in snapshot.tables().items()}


def _texts_with(table: pa.Table, prefixes: tuple[str, ...]) -> Iterator[str]:
    """Return the texts of a table in which an id stands that was hashed."""
    for column in (table.column(f.name) for f in table.schema if _is_text(f.type)):
        distinct = pc.unique(column).drop_null()
        yield from distinct.filter(pc.match_substring_regex(distinct, _anywhere(prefixes))).to_pylist()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _anywhere(prefixes: Iterable[str]) -> str:
    """Return what finds rows in which such an id, or that of a structure, may stand; Arrow knows no looking around."""
    hashed = _hashed(prefixes).removeprefix("(?<![0-9A-Za-z])").removesuffix("(?![0-9a-f])")
    return f"{hashed}|{_CLUSTER}"


def _case_texts(cases: CaseDatabase) -> Iterator[str]:
    for table, columns in _CASE_TEXTS.items():
        asked = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names of the schema
        for row in cases.rows(asked) if cases.path.is_file() else ():
            yield from (str(row[c]) for c in columns)


def _text(rotation: Rotation) -> str:
    told = {**rotation.__dict__, "key": key_text(rotation.key)}
    return json.dumps(told)


def _noted(note: Path) -> Rotation:
    told = parsed_json(read_regular(note))
    lists = {name: tuple(told[name]) for name in ("prefixes", "stores", "results")}
    return Rotation(told["ids"], **lists, key=key_from_text(note, told["key"]))


def _rotate_store(store: EmbeddedStore, rotation: Rotation, by: By) -> str:
    history = history_folder(store.name)
    finish_rewriting(history)
    kept = [_rotate_snapshot(snapshot, rotation) for snapshot in snapshots(history)]
    changed = 0
    held = store.snapshot()
    if held is not None:
        tables = tables_of(store)
        nodes = {name: _renamed(table, rotation) for name, table in tables.nodes.items()}
        links = {name: replace(link, table=_renamed(link.table, rotation)) for name, link in tables.links.items()}
        changed = sum(nodes[n].column("id") != tables.nodes[n].column("id") for n in nodes)
        if changed:
            forget_baseline(store.name)
            mark = hashlib.sha256(f"{held.fingerprint} {rotation.key.fingerprint()}".encode()).hexdigest()
            new = replace(tables, nodes=nodes, links=links, unread=tables.unread.renamed(rotation.text))
            store.load(replace(new, fingerprint=mark), terms=renamed_terms(store, rotation))
        else:
            store.keep_terms(renamed_terms(store, rotation))
    cases = _rotate_cases(cases_of(store.name), rotation, by)
    told = f"{counted(changed, 'table')}, {counted(sum(kept), 'snapshot')}, {counted(cases, 'record')} of cases"
    return f"{store.name}: the new ids are in {told}"


def renamed_terms(store: EmbeddedStore, rotation: Rotation) -> Terms:
    """Return the terms of a store with the new ids of known hubs."""
    terms: Terms = parsed_json(rotation.text(json.dumps(store.terms() or {}, ensure_ascii=False)))
    return terms


def _renamed(table: pa.Table, rotation: Rotation) -> pa.Table:
    """Return a table with the new ids in its columns of text."""
    pattern = _anywhere(rotation.prefixes)
    for place, field in enumerate(table.schema):
        if not _is_text(field.type):
            continue
        column = table.column(field.name).combine_chunks()
        hits = pc.fill_null(pc.match_substring_regex(column, pattern), False)
        if pc.any(hits).as_py():
            texts = [rotation.text(t) for t in column.filter(hits).to_pylist()]
            table = table.set_column(place, field, pc.replace_with_mask(column, hits, pa.array(texts, field.type)))
    return table


def _rotate_snapshot(snapshot: Snapshot, rotation: Rotation) -> bool:
    new = {}
    for name, table in _arrow_tables(snapshot).items():
        renamed = _renamed(table, rotation)
        if not renamed.equals(table):
            new[name] = renamed.to_pandas().astype({f.name: "str" for f in table.schema if _is_text(f.type)})
    if not new:
        return False
    rewrite_snapshot(snapshot.folder, new)
    return True


def _rotate_cases(cases: CaseDatabase, rotation: Rotation, by: By) -> int:
    """Give the records of cases the new ids, in one change that the journal tells."""
    if not cases.path.is_file() or all(rotation.text(t) == t for t in _case_texts(cases)):
        return 0
    told = {"key": rotation.key.fingerprint(), "ids": len(rotation.ids)}
    changed = 0
    with cases.changing(Entry(by.person, by.account, "", "rotate", told)) as connection:
        for table, columns in _CASE_TEXTS.items():
            asked = f"SELECT rowid AS place, {', '.join(columns)} FROM {table}"  # noqa: S608 - names of the schema
            for row in connection.execute(asked).fetchall():
                new = {c: rotation.text(row[c]) for c in columns}
                if any(new[c] != row[c] for c in columns):
                    names = ", ".join(f"{c} = ?" for c in columns)
                    change = f"UPDATE {table} SET {names} WHERE rowid = ?"  # noqa: S608 - names of the schema
                    connection.execute(change, [*new.values(), row["place"]])
                    changed += 1
    return changed


def _rotate_results(folder: Path, rotation: Rotation) -> str:
    changed = 0
    for file in sorted(f for f in folder.rglob("*") if f.is_file() and not f.is_symlink() and f.suffix in _RESULTS):
        text = file.read_text(encoding="utf-8")
        new = rotation.text(text)
        if new != text:
            write_private(file, new)
            changed += 1
    return f"{folder}: the new ids are in {counted(changed, 'file')}"
