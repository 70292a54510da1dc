"""What Barrier wrote into a Neo4j database, told apart from what others wrote.

Rule: every node and link of Barrier carries a mark. Only what is marked is ever removed, and links of others are never
removed with a node of ours; where they would have to be, the load is refused and nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import neo4j
import pyarrow as pa
from neo4j.exceptions import ClientError

from barrier.errors import DamagedError, InputError, StoreError
from barrier.model.schema import node_columns, schema
from barrier.printable import json_text, parsed_json
from barrier.store.manifest import STAMP, is_stamped, stamped
from barrier.store.protocol import Progress, Terms
from barrier.store.tables import GraphTables

MARK = "barrier_import"
META = "BarrierImport"  # the one node that says what was imported
BATCH_ROWS = 20_000
_OWN_INDEX = "barrier_"
_TAKEN = {
    "Neo.ClientError.Schema.IndexWithNameAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
    "Neo.ClientError.Schema.ConstraintWithNameAlreadyExists",
}
_HINT = (
    "use a database of its own (--database NAME), or move what others keep there under labels that the model has not; "
    "what an earlier version of Barrier imported has to be deleted by hand once"
)


def ensure_nothing_foreign(tx: neo4j.ManagedTransaction, where: str) -> None:
    """Refuse a database in which nodes with a label of the model stand that Barrier did not write.

    What somebody wrote onto nodes of ours, a label or a property, would be lost with them: it is refused too.

    Args:
        tx: A reading transaction.
        where: Name of the store, for the message.

    Raises:
        InputError: There are such nodes, or such labels and properties; each label with their number.
    """
    _refuse_foreign({label: _count(tx, f"MATCH (n:{label}) WHERE n.{MARK} IS NULL") for label in _labels()}, where)
    added = {label: _count(tx, f"MATCH (n:{label}) WHERE {_written_on(label)}") for label in schema().labels}
    if any(added.values()):
        told = ", ".join(f"{count:,} {label}" for label, count in added.items() if count)
        hint = "move these labels and properties to nodes of your own, or remove them: an import replaces its nodes"
        raise InputError([f"{where}: somebody wrote labels or properties onto nodes of Barrier: {told}"], hint=hint)


def ensure_no_foreign_index(session: neo4j.Session) -> None:
    """Refuse where an index of somebody else stands in the way of a constraint, before any constraint is made.

    Raises:
        InputError: There is one; its label is told.
    """
    found = session.run(
        "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint WHERE owningConstraint IS NULL "
        "AND type = 'RANGE' AND properties = ['id'] AND size(labelsOrTypes) = 1 AND labelsOrTypes[0] IN $labels "
        "AND NOT name STARTS WITH $own RETURN DISTINCT labelsOrTypes[0] AS label ORDER BY label",
        labels=_labels(),
        own=_OWN_INDEX,
    ).value()
    if found:
        hint = "have it dropped by whoever made it, or use a database of its own (--database NAME)"
        raise InputError([f"an index that Barrier did not make stands on the id of {', '.join(found)}"], hint=hint)


def ensure_counted(tx: neo4j.ManagedTransaction, counts: Mapping[str, int], where: str) -> None:
    """Refuse to read a database that holds more or less by the names of the model than Barrier wrote.

    The server keeps these numbers, so asking takes no time.

    Args:
        tx: A reading transaction.
        counts: Nodes and links that were written, by label and relationship type.
        where: Name of the store, for the message.

    Raises:
        InputError: There are others; each name with their number.
        StoreError: Something that was written is gone.
    """
    found = counted(tx)
    more = {name: n - counts.get(name, 0) for name, n in found.items()}
    _refuse_foreign({name: max(n, 0) for name, n in more.items()}, where)
    if any(n < 0 for n in more.values()):
        told = ", ".join(f"{-n:,} {name}" for name, n in more.items() if n < 0)
        hint = "run: barrier import REGION --store STORE"
        raise StoreError(f"{where}: somebody removed what Barrier had written: {told}", hint=hint)


def counted(tx: neo4j.ManagedTransaction) -> dict[str, int]:
    """Return how many nodes of each label of the model there are, and how many links of each type from such nodes."""
    asked = {label: f"COUNT {{ MATCH (:{label}) }}" for label in schema().labels}
    for name, kind in schema().relationships.items():
        asked[name] = " + ".join(f"COUNT {{ MATCH (:{label})-[:{name}]->() }}" for label in kind.sources)
    told = tx.run("RETURN " + ", ".join(f"{count} AS {name}" for name, count in asked.items())).single(strict=True)
    return {name: int(told[name]) for name in asked}


def holds_others(tx: neo4j.ManagedTransaction) -> bool:
    """Return whether nodes without a label of the model are in the database; the server keeps these numbers."""
    ours = " + ".join(f"COUNT {{ MATCH (:{label}) }}" for label in _labels())
    told = tx.run(f"RETURN COUNT {{ MATCH () }} > {ours} AS others").single(strict=True)
    return bool(told["others"])


def ensure_unique_ids(session: neo4j.Session, label: str) -> None:
    """See to it that ids of a label are unique.

    A server that went down while it made a constraint keeps the constraint's index without it, and then refuses to make
    the constraint: such an index, known by its name, is dropped first.
    """
    name = f"{_OWN_INDEX}{label.lower()}_id"
    constraint = f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
    try:
        session.run(constraint).consume()
    except ClientError as error:
        if error.code not in _TAKEN:
            raise
        session.run(f"DROP INDEX {name} IF EXISTS").consume()
        session.run(constraint).consume()


def replace_own(
    tx: neo4j.ManagedTransaction, tables: GraphTables, progress: Progress, where: str, terms: Terms | None = None
) -> None:
    """Put tables in the place of everything that Barrier wrote before.

    Args:
        tx: A writing transaction.
        tables: The new content.
        progress: Called with the name of each table.
        where: Name of the store, for the message.
        terms: By what the content is looked at; default as before, empty for none.

    Raises:
        InputError: Something that Barrier did not write is tied to a node it wrote, or has a label of the model.
    """
    kept = kept_terms(tx) if terms is None else terms_text(terms)
    for name in schema().relationships:
        tx.run(f"MATCH ()-[r:{name}]->() WHERE r.{MARK} DELETE r").consume()
    tied = {label: _count(tx, f"MATCH (n:{label}) WHERE n.{MARK} AND EXISTS {{ (n)--() }}") for label in _labels()}
    if any(tied.values()):
        told = ", ".join(f"{count:,} {label}" for label, count in tied.items() if count)
        hint = "remove these links first, or use a database of its own (--database NAME)"
        raise InputError([f"{where}: links that Barrier did not write lead to its nodes ({told})"], hint=hint)
    for label in _labels():
        tx.run(f"MATCH (n:{label}) WHERE n.{MARK} DELETE n").consume()
    _refuse_foreign({label: _count(tx, f"MATCH (n:{label})") for label in _labels()}, where)
    for label, table in tables.nodes.items():
        progress(label)
        for rows in _batches(table):
            tx.run(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row, n.{MARK} = true", rows=rows).consume()
    for name, links in tables.links.items():
        progress(name)
        for source, target, table in links.by_labels():
            query = (
                f"UNWIND $rows AS row MATCH (s:{source} {{id: row.source_id}}) "
                f"MATCH (t:{target} {{id: row.target_id}}) CREATE (s)-[r:{name}]->(t) "
                f"SET r = row.properties, r.{MARK} = true"
            )
            for rows in _batches(table):
                tx.run(query, rows=[_link(row) for row in rows]).consume()
    noted = f"CREATE (m:{META} {{id: 'current', {MARK}: true}}) SET m += $told"
    noted_as = {"fingerprint": tables.fingerprint, "counts": json.dumps(tables.counts())}
    tx.run(noted, told={**noted_as, "unread": tables.unread.as_text(), "terms": kept}).consume()


def kept_terms(tx: neo4j.ManagedTransaction) -> str | None:
    """Return the terms that are kept with the content, as they were written; None where there are none."""
    found = tx.run(f"MATCH (m:{META} {{id: 'current'}}) WHERE m.{MARK} RETURN m.terms AS terms").value()
    return found[0] if found else None


def keep_terms(tx: neo4j.ManagedTransaction, terms: Terms) -> None:
    """Put terms in the place of those that are kept; the content stays."""
    query = f"MATCH (m:{META} {{id: 'current'}}) WHERE m.{MARK} SET m.terms = $terms"
    tx.run(query, terms=terms_text(terms)).consume()


def terms_text(terms: Terms) -> str | None:
    """Return terms as they are written, with a checksum; None for empty ones."""
    return json_text(stamped(terms)) if terms else None


def terms_of(text: str | None, where: str) -> Terms | None:
    """Return the terms that were written; None where none were.

    Raises:
        DamagedError: They are not as they were written.
    """
    if text is None:
        return None
    try:
        told = parsed_json(text)
    except (ValueError, TypeError, RecursionError):
        told = None
    if not isinstance(told, dict) or not is_stamped(told):
        hint = "scan or import the region again"
        raise DamagedError(f"{where}: the terms of the last scan are not as they were written", hint=hint)
    return {k: v for k, v in told.items() if k != STAMP}


def _written_on(label: str) -> str:
    known = ", ".join(f"'{name}'" for name in [*node_columns(label), MARK])
    return f"n.{MARK} AND (size(labels(n)) > 1 OR any(key IN keys(n) WHERE NOT key IN [{known}]))"


def _labels() -> list[str]:
    return [*schema().labels, META]


def _count(tx: neo4j.ManagedTransaction, match: str) -> int:
    return int(tx.run(f"{match} RETURN count(n) AS nodes").single(strict=True)["nodes"])


def _refuse_foreign(foreign: Mapping[str, int], where: str) -> None:
    if any(foreign.values()):
        told = ", ".join(f"{count:,} {label}" for label, count in foreign.items() if count)
        problem = f"{where}: holds what Barrier did not write, under names of its model: {told}"
        raise InputError([problem], hint=_HINT)


def _batches(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield [{k: v for k, v in row.items() if v is not None} for row in batch.to_pylist()]


def _link(row: dict[str, Any]) -> dict[str, Any]:
    properties = {k: v for k, v in row.items() if k not in ("source_id", "target_id")}
    return {"source_id": row["source_id"], "target_id": row["target_id"], "properties": properties}
