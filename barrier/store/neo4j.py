"""The server store: Neo4j 5 over Bolt.

Rule: a load is one transaction, so a load that is killed leaves the database as it was; reading happens in read
transactions only. Only nodes with a label of the schema are touched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import neo4j
import pandas as pd
import pyarrow as pa
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Neo4jError, TransientError

from barrier.errors import InputError, StoreError, TryAgainError
from barrier.model.schema import link_columns, node_columns, schema
from barrier.store.changes import Changes
from barrier.store.codes import codes_of, with_ends
from barrier.store.guard import ensure_reading
from barrier.store.locks import held
from barrier.store.protocol import DEFAULT_TIMEOUT_S, Params, Progress, Rows, Snapshot
from barrier.store.tables import GraphTables

BATCH_ROWS = 20_000
CONNECT_S = 10.0
RETRY_S = 15.0  # how long transient errors are tried again
_META = "BarrierImport"
_INDEX_LEFT = {"Neo.ClientError.Schema.IndexWithNameAlreadyExists", "Neo.ClientError.Schema.IndexAlreadyExists"}
_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
T = TypeVar("T")


class Neo4jStore:
    """A store in a Neo4j 5 database.

    Args:
        uri: ``bolt://``, ``neo4j://``, or either with ``+s`` (TLS) or ``+ssc``.
        user: User name.
        password: Password; empty for a server without authentication.
    """

    def __init__(self, uri: str, *, user: str = "neo4j", password: str = "") -> None:
        self.name = uri
        try:
            auth = (user, password) if password else None
            self._driver = neo4j.GraphDatabase.driver(
                uri,
                auth=auth,
                notifications_min_severity="OFF",
                connection_timeout=CONNECT_S,
                connection_acquisition_timeout=CONNECT_S,
                max_transaction_retry_time=RETRY_S,
            )
            self._answered = False
        except (ConfigurationError, ValueError) as error:
            raise InputError(
                [f"{uri}: not a Neo4j address: {error}"], hint="expected for instance bolt://localhost:7687"
            ) from error

    def prefetch(self) -> None:
        """Do nothing: a server needs no warning."""

    def table(self, name: str) -> pa.Table:
        """Raise an OSError: a server keeps no columns as they were read."""
        raise FileNotFoundError(f"{self.name}: no columns of {name}")

    def ids(self) -> pa.Array:
        """Raise an OSError: a server keeps no columns as they were read."""
        raise FileNotFoundError(f"{self.name}: no ids")

    def settle(self, *, wait: bool = True) -> None:
        """Do nothing: a load is one transaction, and done when it returns."""

    def changes(self, tables: GraphTables) -> Changes | None:
        """Return no changes where the database holds the same, else None: a server is always loaded whole."""
        snapshot = self.snapshot()
        same = snapshot is not None and snapshot.fingerprint == tables.fingerprint
        return Changes({}, sum(tables.counts().values()), tables.fingerprint) if same else None

    def load(
        self,
        tables: GraphTables,
        *,
        progress: Progress = lambda _: None,
        settle: bool = True,
        changes: Changes | None = None,
    ) -> bool:
        """Replace the content in one transaction, unless it is there already; return whether it changed.

        Raises:
            TryAgainError: The server went away; nothing changed.
        """
        snapshot = self.snapshot()
        if snapshot is not None and snapshot.fingerprint == tables.fingerprint:
            return False
        with self._session(neo4j.WRITE_ACCESS) as session:
            for label in [*schema().labels, _META]:
                ensure_unique_ids(session, label)
            session.run("CALL db.awaitIndexes(60)").consume()
            session.execute_write(_replace_all, tables, progress)
        return True

    def snapshot(self) -> Snapshot | None:
        """Return what the database holds, or None where Barrier loaded nothing yet."""
        query = f"MATCH (m:{_META} {{id: 'current'}}) RETURN m.fingerprint AS fingerprint, m.counts AS counts"
        found = self._read(lambda tx: tx.run(query).data())
        return Snapshot(found[0]["fingerprint"], json.loads(found[0]["counts"])) if found else None

    def read(
        self,
        query: str,
        params: Params | None = None,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        row_limit: int | None = None,
    ) -> Rows:
        """Run one reading Cypher statement in a read transaction.

        Raises:
            InputError: The query writes, or is not valid.
            TryAgainError: It took longer than ``timeout_s``, or the server went away.
        """
        text = ensure_reading(query)

        def work(tx: neo4j.ManagedTransaction) -> Rows:
            result = tx.run(text, dict(params or {}))
            columns = list(result.keys())
            kept, total = [], 0
            for record in result:
                total += 1
                if row_limit is None or total <= row_limit:
                    kept.append([_plain(v) for v in record.values()])
            return Rows(pd.DataFrame(kept, columns=columns, dtype=object), total)

        return self._read(work, timeout_s=timeout_s)

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type."""
        ends = {"source_id": "s.id", "target_id": "t.id"}
        wanted = ", ".join(f"{ends.get(c, f'r.`{c}`')} AS `{c}`" for c in columns)
        return self._frame(f"MATCH (s)-[r:{relationship}]->(t) RETURN {wanted}", columns, link_columns(relationship))

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""
        wanted = ", ".join(f"n.`{c}` AS `{c}`" for c in columns)
        return self._frame(f"MATCH (n:{label}) RETURN {wanted}", columns, node_columns(label))

    def numbered(self, wanted: Mapping[str, Sequence[str]]) -> tuple[pa.Array, dict[str, pd.DataFrame]]:
        """Return ids by number, and columns of all links of some types with the numbers of their ends."""
        read = {name: self.edges(name, ["source_id", "target_id", *columns]) for name, columns in wanted.items()}
        ends = {n: tuple(pa.array(f[c], pa.string()) for c in ("source_id", "target_id")) for n, f in read.items()}
        codes = codes_of({name: (both[0], both[1]) for name, both in ends.items()})
        frames = {n: with_ends(f.drop(columns=["source_id", "target_id"]), codes.ends[n]) for n, f in read.items()}
        return codes.ids, frames

    def _frame(self, query: str, columns: Sequence[str], kinds: dict[str, str]) -> pd.DataFrame:
        values = self._read(lambda tx: [r.values() for r in tx.run(query)])
        frame = pd.DataFrame(values, columns=list(columns), dtype=object)
        dtypes = {"integer": "Int64", "number": "float64", "boolean": "boolean", "list": "object"}
        for column in columns:
            kind = dtypes.get(kinds.get(column, "string"), "str")
            integer_ready = kind == "Int64" and not frame[column].isna().any()
            frame[column] = frame[column].astype(pd.api.types.pandas_dtype("int64" if integer_ready else kind))
        return frame

    def _read(self, work: Callable[[neo4j.ManagedTransaction], T], *, timeout_s: float = DEFAULT_TIMEOUT_S) -> T:
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=timeout_s)(work))

    @contextmanager
    def _session(self, mode: str) -> Iterator[neo4j.Session]:
        try:
            if not self._answered:
                self._driver.verify_connectivity()  # who is not there at all is not waited for
                self._answered = True
            with self._driver.session(default_access_mode=mode, fetch_size=10_000) as session:
                yield session
        except AuthError as error:
            raise InputError(
                [f"{self.name}: user or password is wrong"], hint="set NEO4J_USERNAME and NEO4J_PASSWORD"
            ) from error
        except ClientError as error:
            raise self._client_problem(error) from error
        except (DriverError, TransientError) as error:
            hint = "check that Neo4j runs and answers there, then try again; nothing changed"
            raise TryAgainError(
                f"{self.name}: no answer from the server ({type(error).__name__})", hint=hint
            ) from error
        except Neo4jError as error:
            raise TryAgainError(
                f"{self.name}: the server failed: {error.code}", hint="see the log of the server"
            ) from error

    def _client_problem(self, error: ClientError) -> Exception:
        if error.code and error.code.startswith(_TIMED_OUT):
            return TryAgainError("the query took longer than its time limit", hint="narrow it down, or raise --timeout")
        if error.code and ".Statement." in error.code:
            first = str(error.message).splitlines()[0]
            return InputError([f"query: {first}"], hint="see docs/guide/queries.md for the common Cypher")
        return StoreError(f"{self.name}: {error.code}", hint="see the log of the server")

    def writing(self) -> AbstractContextManager[None]:
        """Hold the database for one import or scan from this machine."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:16]
        return held(Path.home() / ".local" / "state" / "barrier" / f"server-{digest}.lock", what=self.name)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()


def ensure_unique_ids(session: neo4j.Session, label: str) -> None:
    """See to it that ids of a label are unique.

    A server that went down while it made a constraint keeps the constraint's index without it, and then refuses to make
    the constraint: such an index is dropped first.
    """
    constraint = f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
    try:
        session.run(constraint).consume()
    except ClientError as error:
        if error.code not in _INDEX_LEFT:
            raise
        left = session.run(
            "SHOW INDEXES YIELD name, labelsOrTypes, properties, owningConstraint "
            "WHERE labelsOrTypes = [$label] AND properties = ['id'] AND owningConstraint IS NULL RETURN name",
            label=label,
        ).value()
        for name in left:
            session.run(f"DROP INDEX `{name}` IF EXISTS").consume()
        session.run(constraint).consume()


def _replace_all(tx: neo4j.ManagedTransaction, tables: GraphTables, progress: Progress) -> None:
    for label in [*schema().labels, _META]:
        tx.run(f"MATCH (n:{label}) DETACH DELETE n").consume()
    for label, table in tables.nodes.items():
        progress(label)
        for rows in _batches(table):
            tx.run(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows=rows).consume()
    for name, links in tables.links.items():
        progress(name)
        for source, target, table in links.by_labels():
            query = (
                f"UNWIND $rows AS row MATCH (s:{source} {{id: row.source_id}}) "
                f"MATCH (t:{target} {{id: row.target_id}}) CREATE (s)-[r:{name}]->(t) SET r = row.properties"
            )
            for rows in _batches(table):
                ends = [
                    {"source_id": r.pop("source_id"), "target_id": r.pop("target_id"), "properties": r} for r in rows
                ]
                tx.run(query, rows=ends).consume()
    query = f"CREATE (m:{_META} {{id: 'current', fingerprint: $fingerprint, counts: $counts}})"
    tx.run(query, fingerprint=tables.fingerprint, counts=json.dumps(tables.counts())).consume()


def _batches(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield [{k: v for k, v in row.items() if v is not None} for row in batch.to_pylist()]


def _plain(value: Any) -> Any:
    return value.iso_format() if hasattr(value, "iso_format") else value
