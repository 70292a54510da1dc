"""The server store: Neo4j 5 over Bolt.

Rule: a load is one transaction, so a load that is killed leaves the database as it was; reading happens in read
transactions only. Only what Barrier wrote is touched; a database that holds anything else by its labels is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import neo4j
import pandas as pd
import pyarrow as pa
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Neo4jError, TransientError

from barrier.errors import InputError, QueryLimitError, StoreError, TryAgainError
from barrier.model.schema import schema
from barrier.printable import parsed_json
from barrier.store.address import server_address
from barrier.store.changes import Changes
from barrier.store.codes import codes_of, with_ends
from barrier.store.frames import frame_of
from barrier.store.guard import ensure_reading
from barrier.store.locks import held
from barrier.store.ownership import (
    MARK,
    META,
    counted,
    ensure_counted,
    ensure_no_foreign_index,
    ensure_nothing_foreign,
    ensure_unique_ids,
    holds_others,
    keep_terms,
    kept_terms,
    replace_own,
    terms_of,
)
from barrier.store.protocol import DEFAULT_TIMEOUT_S, Params, Progress, Rows, Snapshot, Terms
from barrier.store.server_guard import ensure_stoppable
from barrier.store.server_safety import Safety, server_safety
from barrier.store.shared_database import ensure_labelled
from barrier.store.tables import GraphTables, link_arrow_schema, node_arrow_schema
from barrier.store.unread import ALL_READ, Unread, unread_of

CONNECT_S = 10.0
RETRY_S = 15.0  # how long transient errors are tried again
_NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"
_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
T = TypeVar("T")


class Neo4jStore:
    """A store in a Neo4j 5 database.

    Args:
        where: ``bolt://host:7687`` or ``neo4j://host``, either with ``+s`` (TLS) or ``+ssc``; behind it, after a slash,
            the database where it is not the one that the server gives this user.
        user: User name.
        password: Password; empty for a server without authentication.

    Raises:
        InputError: The address is none.
    """

    def __init__(self, where: str, *, user: str = "neo4j", password: str = "") -> None:
        address = server_address(where)
        self.name = str(address)
        self._database = address.database or None
        self._source = {"server": where, "user": user, "password": password}
        try:
            auth = (user, password) if password else None
            self._driver = neo4j.GraphDatabase.driver(
                address.uri,
                auth=auth,
                notifications_min_severity="OFF",
                connection_timeout=CONNECT_S,
                connection_acquisition_timeout=CONNECT_S,
                max_transaction_retry_time=RETRY_S,
            )
            self._answered = self._is_own = self._is_shared = False
        except (ConfigurationError, ValueError) as error:
            raise InputError(
                [f"{self.name}: not a Neo4j address: {error}"], hint="expected for instance bolt://localhost:7687"
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
        terms: Terms | None = None,
    ) -> bool:
        """Replace the content in one transaction, unless it is there already; return whether it changed.

        Raises:
            InputError: The database holds nodes or links that Barrier did not write, where its own belong; nothing
                changed.
            TryAgainError: The server went away; nothing changed.
        """
        with self._session(neo4j.WRITE_ACCESS) as session:
            session.execute_read(ensure_nothing_foreign, self.name)
            snapshot = self.snapshot()
            if snapshot is not None and snapshot.fingerprint == tables.fingerprint:
                found = session.execute_read(counted)
                if all(found[name] == snapshot.counts.get(name, 0) for name in found):
                    if terms is not None:
                        session.execute_write(keep_terms, terms)
                    return False
            ensure_no_foreign_index(session)
            for label in [*schema().labels, META]:
                ensure_unique_ids(session, label)
            session.run("CALL db.awaitIndexes(60)").consume()
            session.execute_write(replace_own, tables, progress, self.name, terms)
            self._is_shared = session.execute_read(holds_others)
        self._is_own = True
        return True

    def unread(self) -> Unread:
        """Return what of the delivery is not in the graph; nothing where a version before this one loaded it."""
        query = f"MATCH (m:{META} {{id: 'current'}}) WHERE m.{MARK} RETURN m.unread AS unread"
        found = self._read(lambda tx: tx.run(query).data())
        return unread_of(parsed_json(found[0]["unread"])) if found and found[0]["unread"] else ALL_READ

    def terms(self) -> Terms | None:
        """Return by what the content is looked at, as it was loaded; None where no terms are kept.

        Raises:
            DamagedError: They are not as they were written.
        """
        return terms_of(self._read(kept_terms), self.name)

    def keep_terms(self, terms: Terms) -> None:
        """Put terms in the place of those that are kept, empty ones for none; the content stays."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            session.execute_write(keep_terms, terms)

    def damage(self) -> str | None:
        """Return None: the server looks after its own files."""
        return None

    def snapshot(self) -> Snapshot | None:
        """Return what the database holds, or None where Barrier loaded nothing yet."""
        query = (
            f"MATCH (m:{META} {{id: 'current'}}) WHERE m.{MARK} RETURN m.fingerprint AS fingerprint, m.counts AS counts"
        )
        found = self._read(lambda tx: tx.run(query).data())
        return Snapshot(found[0]["fingerprint"], parsed_json(found[0]["counts"])) if found else None

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
            InputError: The query writes, is not valid, or could not be stopped by the server.
            QueryLimitError: It took longer than ``timeout_s``.
            TryAgainError: The server went away.
        """
        text = ensure_reading(query)
        ensure_stoppable(text, params or {})
        self._ensure_own()

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

    def ensure_own_patterns(self, query: str) -> None:
        """Refuse a query that somebody brings where it would match what others keep in this database.

        Raises:
            InputError: Others keep a graph here, and a pattern of the query has no label.
        """
        self._ensure_own()
        if self._is_shared:
            ensure_labelled(ensure_reading(query))

    def safety(self) -> list[Safety]:
        """Return what the server itself leaves open, for `barrier doctor`."""
        return server_safety(lambda query: self._read(lambda tx: tx.run(query).data(), timeout_s=CONNECT_S))

    @contextmanager
    def lent(self) -> Iterator[Mapping[str, str]]:
        """Give for a block the address and the login; they go to the other process through a pipe."""
        yield self._source

    def edges(self, relationship: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all links of a type."""
        ends = {"source_id": "s.id", "target_id": "t.id"}
        wanted = ", ".join(f"{ends.get(c, f'r.`{c}`')} AS `{c}`" for c in columns)
        query = f"MATCH (s)-[r:{relationship}]->(t) WHERE r.{MARK} RETURN {wanted}"
        return self._frame(query, columns, link_arrow_schema(relationship))

    def nodes(self, label: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all nodes of a label."""
        wanted = ", ".join(f"n.`{c}` AS `{c}`" for c in columns)
        return self._frame(f"MATCH (n:{label}) RETURN {wanted}", columns, node_arrow_schema(label))

    def numbered(self, wanted: Mapping[str, Sequence[str]]) -> tuple[pa.Array, dict[str, pd.DataFrame]]:
        """Return ids by number, and columns of all links of some types with the numbers of their ends."""
        read = {name: self.edges(name, ["source_id", "target_id", *columns]) for name, columns in wanted.items()}
        ends = {n: tuple(pa.array(f[c], pa.string()) for c in ("source_id", "target_id")) for n, f in read.items()}
        codes = codes_of({name: (both[0], both[1]) for name, both in ends.items()})
        frames = {n: with_ends(f.drop(columns=["source_id", "target_id"]), codes.ends[n]) for n, f in read.items()}
        return codes.ids, frames

    def _frame(self, query: str, columns: Sequence[str], kinds: pa.Schema) -> pd.DataFrame:
        """Return what a query gives as columns of the types that the embedded store has."""
        self._ensure_own()
        rows = self._read(lambda tx: [r.values() for r in tx.run(query)])
        cells = zip(*rows, strict=True) if rows else [()] * len(columns)
        arrays = [pa.array(c, kinds.field(name).type) for name, c in zip(columns, cells, strict=True)]
        return frame_of(pa.table(arrays, names=list(columns)))

    def _ensure_own(self) -> None:
        """Refuse to read where nothing was imported, or where nodes stand that Barrier did not write; asked once."""
        if self._is_own:
            return
        snapshot = self.snapshot()
        if snapshot is None:
            hint = "run: barrier import REGION --store STORE"
            raise StoreError(f"{self.name}: nothing was imported into this database yet", hint=hint)
        self._read(lambda tx: ensure_counted(tx, snapshot.counts, self.name))
        self._is_shared = self._read(holds_others)
        self._is_own = True

    def _read(self, work: Callable[[neo4j.ManagedTransaction], T], *, timeout_s: float = DEFAULT_TIMEOUT_S) -> T:
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(neo4j.unit_of_work(timeout=timeout_s)(work))

    @contextmanager
    def _session(self, mode: str) -> Iterator[neo4j.Session]:
        try:
            if not self._answered:
                self._driver.verify_connectivity()  # who is not there at all is not waited for
                self._answered = True
            with self._driver.session(database=self._database, default_access_mode=mode, fetch_size=10_000) as session:
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
            return QueryLimitError(
                "the query took longer than its time limit", hint="narrow it down, or raise --timeout"
            )
        if error.code == _NO_DATABASE:
            hint = "leave the name out for the server's own database, or have the database made first"
            return InputError([f"{self.name}: the server has no such database"], hint=hint)
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


def _plain(value: Any) -> Any:
    return value.iso_format() if hasattr(value, "iso_format") else value
